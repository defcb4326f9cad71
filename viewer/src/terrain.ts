/** The server's models of the ground: which there is, and the addresses of what is made from it. */
import { getJson, url } from './api';

export type Box = [west: number, south: number, east: number, north: number];
/** A model of the ground; `cell` [m], `heightRange` in metres of its height system, `extent` in degrees. */
export interface Terrain { id: string; title: string; cell: number; extent: Box; heightRange: [number, number]; verticalCrs: string }

interface Described { id: string; title?: string; cell: number; heightRange?: [number, number]; verticalCrs?: string; extent?: { spatial: { bbox: Box[] } } }

export const terrainUrl = (id: string, rest = '') => url(`terrain/${encodeURIComponent(id)}${rest && `/${rest}`}`);
export const pictureUrl = (id: string, style: string) => terrainUrl(id, `styles/${style}/map/tiles/WebMercatorQuad`);

/** The finest terrain below the middle of the twin, or the first of all; none where the server has none. */
export async function getTerrain(around: Box): Promise<Terrain | null> {
  const { terrains = [] } = await getJson<{ terrains?: Described[] }>(url('terrain')).catch(() => ({ terrains: [] }));
  return choose(terrains.flatMap(read), around);
}

function read({ id, title, cell, heightRange = [0, 0], verticalCrs = '', extent }: Described): Terrain[] {
  const box = extent?.spatial.bbox[0];
  return box ? [{ id, title: title || id, cell, heightRange, verticalCrs, extent: box }] : [];
}

export function choose(terrains: Terrain[], [west, south, east, north]: Box): Terrain | null {
  const lon = (west + east) / 2, lat = (south + north) / 2;
  const below = terrains.filter(({ extent: [w, s, e, n] }) => w <= lon && lon <= e && s <= lat && lat <= n);
  return below.sort((a, b) => a.cell - b.cell)[0] ?? terrains[0] ?? null;
}

/** The height system as people name it. */
export const heightSystem = (uri: string): string => {
  const code = /EPSG\/\d+\/(\d+)$/.exec(uri)?.[1];
  if (code && /^(7837|5783|5784)$/.test(code)) return 'NHN';
  return code ? `EPSG:${code}` : '';
};

/** Steps between contours, each a whole multiple of the one before, so that lines go on where tiles of two levels meet [m]. */
const INTERVALS = [0.5, 1, 5, 10, 50, 100];

/** Step between contours in a map tile of a level, closer where the ground is nearly flat [m]. */
export function contourInterval(level: number, [low, high]: [number, number]): number {
  const usual = level >= 17 ? 1 : level >= 15 ? 2 : level >= 13 ? 3 : 4;
  const shift = high - low < 30 ? -1 : high - low > 600 ? 1 : 0;
  return INTERVALS[Math.min(Math.max(usual + shift, 0), INTERVALS.length - 1)] ?? 1;
}

/** The coarsest level of map tiles whose contours the server draws at once: no more than 4 million nodes. */
export function coarsestContours(cell: number, latitude: number): number {
  const widest = 1900 * cell;
  return Math.max(0, Math.ceil(Math.log2((40075017 * Math.cos((latitude * Math.PI) / 180)) / widest)));
}
