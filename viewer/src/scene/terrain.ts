/** The terrain below the city: the server's tiles, without exaggeration, and the ground that one sees through. */
import { Cartographic, CesiumTerrainProvider, Color, sampleTerrainMostDetailed, type CesiumWidget, type TerrainProvider } from '@cesium/engine';
import { terrainUrl, type Terrain } from '../terrain';
import * as store from '../state/store';

/** How much of the ground remains while one sees through it. */
const SEEN_THROUGH = 0.35;
/** Where the camera comes up when the ground closes over it [m above it]. */
const SURFACE_M = 60;

/** The terrain's tiles, or nothing where the server cannot make them (such as without a height model). */
export async function openTerrain(terrain: Terrain): Promise<TerrainProvider | undefined> {
  try {
    // Normals, although the look does without: tiles with them are those that were made beforehand. No lists of tiles in
    // the tiles: `layer.json` has them all, and Cesium fails where both are given without `metadataAvailability`.
    const provider = await CesiumTerrainProvider.fromUrl(terrainUrl(terrain.id), { requestVertexNormals: true, requestMetadata: false });
    provider.errorEvent.addEventListener(() => { store.problem.value = 'tiles'; });
    return provider;
  } catch (error) {
    console.warn(`terrain ${terrain.id}: ${String(error)}`);
    return undefined;
  }
}

/** Height of the finest terrain at a place in degrees, metres above the ellipsoid. */
export async function sampleHeight(provider: TerrainProvider, lon: number, lat: number): Promise<number | undefined> {
  const [found] = await sampleTerrainMostDetailed(provider, [Cartographic.fromDegrees(lon, lat)]);
  return found?.height;
}

/** Height of the ground as it is drawn now, where its tiles are there already. */
export function drawnHeight({ scene }: CesiumWidget, lon: number, lat: number): number | undefined {
  return scene.globe.getHeight(Cartographic.fromDegrees(lon, lat));
}

export function seeThrough(widget: CesiumWidget, on: boolean, height: (lon: number, lat: number) => number): void {
  const { scene, camera } = widget;
  const { globe } = scene;
  globe.translucency.enabled = on;
  globe.translucency.frontFaceAlpha = on ? SEEN_THROUGH : 1;
  globe.translucency.backFaceAlpha = on ? SEEN_THROUGH : 1;
  globe.undergroundColor = Color.fromCssColorString('#b8b0a2');
  scene.screenSpaceCameraController.enableCollisionDetection = !on;
  if (!on) {
    const { longitude, latitude, height: now } = camera.positionCartographic;
    const lowest = height((longitude * 180) / Math.PI, (latitude * 180) / Math.PI) + 2;
    if (now < lowest) {
      camera.setView({
        destination: Cartographic.toCartesian(new Cartographic(longitude, latitude, lowest + SURFACE_M)),
        orientation: { heading: camera.heading, pitch: Math.min(camera.pitch, -0.2), roll: 0 },
      });
    }
  }
  scene.requestRender();
}
