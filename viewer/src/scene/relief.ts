/** Hillshade and contours as pictures upon the ground, in step with the list of layers. */
import { ImageryLayer, Rectangle, UrlTemplateImageryProvider, type CesiumWidget, type ImageryProvider } from '@cesium/engine';
import { getJson } from '../api';
import { number } from '../i18n';
import type { GroundLayer } from '../state/ground';
import * as store from '../state/store';
import { pictureUrl, type Terrain } from '../terrain';
import { contourProvider } from './contours';

export class Relief {
  private readonly layers = new Map<GroundLayer, ImageryLayer>();
  constructor(private readonly widget: CesiumWidget, private readonly terrain: Terrain) {}

  /** True while a picture lies upon the ground, which then needs finer tiles than the bare ground. */
  get isShown(): boolean { return [...this.layers.values()].some((layer) => layer.show); }

  set(id: GroundLayer, visible: boolean, opacity: number): void {
    const layer = this.layers.get(id) ?? (visible ? this.add(id) : undefined);
    if (!layer) return;
    layer.show = visible;
    layer.alpha = opacity;
  }

  private add(id: GroundLayer): ImageryLayer {
    const provider = id === 'hillshade' ? shade(this.terrain) : Promise.resolve(contourProvider(this.terrain, (metres) => number(metres)));
    const layer = ImageryLayer.fromProviderAsync(provider, {});
    layer.errorEvent.addEventListener(() => { store.problem.value = 'tiles'; });
    this.layers.set(id, layer);
    // The lines lie above the shading, whichever came first.
    this.widget.scene.imageryLayers.add(layer, id === 'hillshade' ? 0 : undefined);
    return layer;
  }
}

async function shade({ id }: Terrain): Promise<ImageryProvider> {
  const address = pictureUrl(id, 'hillshade');
  const { tileMatrixSetLimits, boundingBox: { lowerLeft, upperRight } } = await getJson<{
    tileMatrixSetLimits: unknown[]; boundingBox: { lowerLeft: [number, number]; upperRight: [number, number] };
  }>(address);
  return new UrlTemplateImageryProvider({
    url: `${address}/{z}/{y}/{x}`,
    rectangle: Rectangle.fromDegrees(...lowerLeft, ...upperRight),
    maximumLevel: tileMatrixSetLimits.length - 1,
    enablePickFeatures: false,
  });
}
