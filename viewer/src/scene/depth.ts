/** Lets roads, land and the feet of buildings win over a terrain that is only as true as its mesh. */
import type { CesiumWidget } from '@cesium/engine';
import type { Terrain } from '../terrain';

/** Parts of the engine without a public name; the engine's version is pinned for them. */
interface Hidden { _surfaceShaderSet: { baseFragmentShaderSource: { sources: string[] } } }

/** What Cesium takes for the error of a terrain tile of level 0; the server's meshes keep to a quarter of a level's error [m]. */
const ROOT_ERROR_M = 77067.34;
/** Least depth, for surfaces that lie exactly on the ground [m]. */
const LEAST_M = 0.3;

/** Ground that seems to lie so much deeper where something else is near it [m]. */
export const depthOf = ({ cell }: Pick<Terrain, 'cell'>): number => {
  // The finest level is the coarsest whose nodes, 256 in a tile of 180° / 2^z, are not wider than a cell.
  const finest = Math.ceil(Math.log2(20037508 / 256 / cell));
  return ROOT_ERROR_M / 2 ** finest / 4 + LEAST_M;
};

/** The picture of the ground stays where it is; only what hides what is decided as if it lay deeper. */
export function yieldDepth(widget: CesiumWidget, terrain: Terrain): void {
  const base = (widget.scene.globe as unknown as Hidden)._surfaceShaderSet.baseFragmentShaderSource;
  base.sources = base.sources.map((source) => source.replace(/void\s+main\s*\(\s*(?:void)?\s*\)/g, 'void ground_main()'));
  base.sources.push(`
void main()
{
    ground_main();
#ifdef LOG_DEPTH
    vec3 up = czm_viewRotation * normalize(v_positionMC);
    float sine = max(abs(dot(normalize(v_positionEC), up)), 0.06);
    float deeper = v_depthFromNearPlusOne + ${depthOf(terrain).toFixed(3)} / sine + 2.0 * fwidth(v_depthFromNearPlusOne);
    czm_writeLogDepth(min(deeper, czm_farDepthFromNearPlusOne));
#endif
}
`);
}
