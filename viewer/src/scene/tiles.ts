/** Tilesets of the city, and of what scenarios make of it: the same address for each tile that they share. */
import { Cesium3DTileset, Resource } from '@cesium/engine';
import { getJson, own, variantQuery, type Layer, type Variant } from '../api';
import { renew } from '../login';

interface Content { uri?: string; url?: string }
interface Tile { content?: Content; contents?: Content[]; children?: Tile[] }

/** Says of every request who sends it when it is sent: a token is renewed and whoever asks logs out while a tileset is drawn. */
class OwnResource extends Resource {
  constructor(url: string) {
    super({ url, retryAttempts: 1, retryCallback: (_, error) => (error?.statusCode === 401 ? renew(this.headers.Authorization?.slice(7)) : false) });
    Object.defineProperty(this, 'headers', { get: () => own(this.url), set: () => undefined });
  }

  override clone(result?: Resource): Resource {
    return super.clone(result ?? new OwnResource(this.getUrlComponent()));
  }
}

/** The engine hands the query of a tileset on to all its tiles, which would then be others than the city's: so it gets a
 * tileset without one, in which every address is whole. */
export async function tilesOf(layer: Layer, variant: Variant | null, options: Cesium3DTileset.ConstructorOptions): Promise<Cesium3DTileset> {
  if (!variant) return Cesium3DTileset.fromUrl(new OwnResource(layer.tileset), options);
  const address = new URL(`${layer.tileset}?${variantQuery(variant).replace(/&$/, '')}`);
  const tileset = await getJson<{ root: Tile }>(address.href);
  complete(tileset.root, address.href);
  const blob = URL.createObjectURL(new Blob([JSON.stringify(tileset)], { type: 'application/json' }));
  try {
    return await Cesium3DTileset.fromUrl(new OwnResource(blob), options);
  } finally {
    URL.revokeObjectURL(blob);
  }
}

function complete(tile: Tile, base: string): void {
  for (const content of [...(tile.content ? [tile.content] : []), ...(tile.contents ?? [])]) {
    const uri = content.uri ?? content.url;
    if (uri) content.uri = new URL(uri, base).href;
  }
  for (const child of tile.children ?? []) complete(child, base);
}
