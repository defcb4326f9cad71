/** The drawing machine with the look of an architect's model, in a high and a low preset. */
import {
  Cartesian3, CesiumWidget, Color, EllipsoidTerrainProvider, Ion, PerspectiveFrustum, ShadowMode, SkyAtmosphere, SunLight,
} from '@cesium/engine';
import '@cesium/engine/Source/Widget/CesiumWidget.css';

export type Quality = 'high' | 'low';
interface ShadowBias { normalOffsetScale: number; depthBias: number }
/** Parts of the engine without a public name; the engine's version is pinned for them. */
interface Hidden {
  shadowMap: { _primitiveBias: ShadowBias };
  context: { defaultTexture: unknown; uniformState: object };
}

export function createWidget(element: HTMLElement): CesiumWidget {
  Ion.defaultAccessToken = '';
  const widget = new CesiumWidget(element, {
    baseLayer: false,
    terrainProvider: new EllipsoidTerrainProvider(),
    scene3DOnly: true,
    skyBox: false,
    skyAtmosphere: false,
    shadows: true,
    terrainShadows: ShadowMode.RECEIVE_ONLY,
    requestRenderMode: true,
    maximumRenderTimeChange: Infinity,
    msaaSamples: 4,
    creditContainer: document.createElement('div'),
    contextOptions: { webgl: { alpha: false, powerPreference: 'high-performance' } },
    showRenderLoopErrors: false,
  });
  const { scene } = widget;
  scene.backgroundColor = Color.fromCssColorString('#dbe7f1');
  scene.highDynamicRange = false;
  scene.fog.enabled = false;
  scene.light = new SunLight({ intensity: 2.2 });
  // A longer lens than usual keeps verticals upright, as in a photograph of a model.
  if (scene.camera.frustum instanceof PerspectiveFrustum) scene.camera.frustum.fov = Math.PI / 4;
  scene.globe.baseColor = Color.fromCssColorString('#e6e4dc');
  scene.globe.enableLighting = false;
  scene.globe.showGroundAtmosphere = false;
  scene.globe.depthTestAgainstTerrain = true;
  scene.screenSpaceCameraController.minimumZoomDistance = 5;
  scene.screenSpaceCameraController.maximumZoomDistance = 60000;
  prepareShadows(widget);
  return widget;
}

function prepareShadows(widget: CesiumWidget): void {
  const hidden = widget.scene as unknown as Hidden;
  // The default bias draws stripes on lit walls.
  Object.assign(hidden.shadowMap._primitiveBias, { normalOffsetScale: 1.5, depthBias: 4e-4 });
  // Shadow shaders read this texture before it exists, which would stop the render loop.
  let value: unknown;
  Object.defineProperty(hidden.context.uniformState, 'globeDepthTexture', {
    configurable: true, get: () => value ?? hidden.context.defaultTexture, set: (next: unknown) => { value = next; },
  });
  const map = widget.scene.shadowMap;
  map.softShadows = true;
  map.maximumDistance = 1000;
  map.darkness = 0.5;
  map.fadingEnabled = false;
}

export function applyQuality(widget: CesiumWidget, quality: Quality, shadows: boolean, near: boolean): void {
  const { scene } = widget;
  const high = quality === 'high';
  scene.msaaSamples = high ? 4 : 1;
  const occlusion = scene.postProcessStages.ambientOcclusion;
  // The dearest effect is for the view from nearby; from afar it dots the borders of terrain tiles.
  occlusion.enabled = high && near;
  Object.assign(occlusion.uniforms, { intensity: 3, bias: 0.35, lengthCap: 0.5, directionCount: 6, stepCount: 16 });
  if (high && !scene.skyAtmosphere) scene.skyAtmosphere = new SkyAtmosphere();
  if (scene.skyAtmosphere) scene.skyAtmosphere.show = high;
  scene.shadowMap.enabled = shadows;
  scene.shadowMap.size = high ? 4096 : 2048;
  scene.requestRender();
}

/** Constant light from sky and ground, the same from every side, as spherical harmonics. */
export function ambient(sky = 0.7, ground = 0.4): Cartesian3[] {
  const all = Array.from({ length: 9 }, () => new Cartesian3());
  const mean = (sky + ground) / 2, half = (sky - ground) / 2;
  all[0] = new Cartesian3(mean * 0.98, mean, mean * 1.03);
  all[2] = new Cartesian3(half * 0.98, half, half * 1.03);
  return all;
}
