/** What lies under a point of the picture. */
import { Cartesian2, Cesium3DTileFeature, type CesiumWidget } from '@cesium/engine';
import type { Variant } from '../api';
import type { SurfaceInfo } from '../state/store';
import type { CityLayer } from './layers';

export interface Picked { layer: string; id: string; class?: string; variant: Variant | null }

const numeric = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** The tileset that something under a point belongs to. */
export function layerAt(widget: CesiumWidget, layers: CityLayer[], x: number, y: number): CityLayer | undefined {
  const found: unknown = widget.scene.pick(new Cartesian2(x, y));
  return found instanceof Cesium3DTileFeature ? layers.find((l) => l.tileset === found.tileset) : undefined;
}

export function pickBuilding(widget: CesiumWidget, layers: CityLayer[], x: number, y: number): Picked | null {
  const found: unknown = widget.scene.pick(new Cartesian2(x, y));
  if (!(found instanceof Cesium3DTileFeature)) return null;
  const id: unknown = found.getProperty('id');
  const layer = layers.find((l) => l.tileset === found.tileset);
  if (typeof id !== 'string' || !layer) return null;
  const kind: unknown = found.getProperty('class');
  return { layer: layer.id, id, variant: layer.entry.variant, ...(typeof kind === 'string' ? { class: kind } : {}) };
}

/** The single surface under the point: the tiles change their feature numbers for frames that are never shown. */
export function pickSurface(widget: CesiumWidget, layer: CityLayer, x: number, y: number): SurfaceInfo | undefined {
  const { scene } = widget;
  const { tileset } = layer;
  const style = tileset.style;
  const occlusion = scene.postProcessStages.ambientOcclusion;
  const { enabled } = occlusion;
  try {
    occlusion.enabled = false;
    tileset.style = undefined;
    tileset.featureIdLabel = 'surface';
    scene.render();
    scene.render();
    const found: unknown = scene.pick(new Cartesian2(x, y));
    if (!(found instanceof Cesium3DTileFeature)) return undefined;
    const type: unknown = found.getProperty('type');
    if (typeof type !== 'string') return undefined;
    const info: SurfaceInfo = { type };
    const [id, area, slope, azimuth] = ['id', 'area', 'slope', 'azimuth'].map((name) => found.getProperty(name) as unknown);
    if (typeof id === 'string' && id) info.id = id;
    if (numeric(area) !== undefined) info.area = numeric(area) as number;
    if (numeric(slope) !== undefined) info.slope = numeric(slope) as number;
    if (numeric(azimuth) !== undefined) info.azimuth = numeric(azimuth) as number;
    return info;
  } finally {
    tileset.featureIdLabel = 'building';
    tileset.style = style;
    occlusion.enabled = enabled;
    scene.render();
    scene.render();
    scene.requestRender();
  }
}
