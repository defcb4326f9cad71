/** Tilesets of the city, and of what scenarios make of it: the same address for each tile that they share. */
import { Cesium3DTileset, Resource } from '@cesium/engine';
import { getJson, own, variantQuery, type Layer, type Variant } from '../api';
import { renew } from '../login';

interface Content { uri?: string; url?: string }
interface Tile { content?: Content; contents?: Content[]; children?: Tile[] }

/** The engine keeps buffers by the address of a tile, and where two tilesets share them works on them twice (its issue 11484:
 * outlines split vertices in place). So each tileset has addresses of its own, by a parameter that is never sent. */
const VIEW = 'view';
let views = 0;

/** Says of every request who sends it when it is sent: a token is renewed and whoever asks logs out while a tileset is drawn. */
class OwnResource extends Resource {
  constructor(url: string, view?: number) {
    super({ url, ...(view === undefined ? {} : { queryParameters: { [VIEW]: view } }), retryAttempts: 1, retryCallback: (_, error) => (error?.statusCode === 401 ? renew(this.headers.Authorization?.slice(7)) : false) });
    Object.defineProperty(this, 'headers', { get: () => own(this.url), set: () => undefined });
  }

  override clone(result?: Resource): Resource {
    return super.clone(result ?? new OwnResource(this.getUrlComponent()));
  }

  override fetch(options?: Parameters<Resource['fetch']>[0]): ReturnType<Resource['fetch']> {
    return this.isMarked() ? this.sent().fetch(options) : super.fetch(options);
  }

  override fetchImage(options?: Parameters<Resource['fetchImage']>[0]): ReturnType<Resource['fetchImage']> {
    return this.isMarked() ? this.sent().fetchImage(options) : super.fetchImage(options);
  }

  private isMarked(): boolean {
    return VIEW in (this.queryParameters as Record<string, unknown>);
  }

  /** The same request without the mark. */
  private sent(): Resource {
    const sent = this.clone();
    delete (sent.queryParameters as Record<string, unknown>)[VIEW];
    sent.request = this.request;
    return sent;
  }
}

/** The engine hands the query of a tileset on to all its tiles, which would then be others than the city's: so it gets a
 * tileset without one, in which every address is whole. */
export async function tilesOf(layer: Layer, variant: Variant | null, options: Cesium3DTileset.ConstructorOptions): Promise<Cesium3DTileset> {
  const view = ++views;
  if (!variant) return Cesium3DTileset.fromUrl(new OwnResource(layer.tileset, view), options);
  const address = new URL(`${layer.tileset}?${variantQuery(variant).replace(/&$/, '')}`);
  const tileset = await getJson<{ root: Tile }>(address.href);
  complete(tileset.root, address.href);
  const blob = URL.createObjectURL(new Blob([JSON.stringify(tileset)], { type: 'application/json' }));
  try {
    return await Cesium3DTileset.fromUrl(new OwnResource(blob, view), options);
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
