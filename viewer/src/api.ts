/** The server's answers that the viewer uses, and how they are fetched. */
import { renew } from './login';
import type { Provider } from './oidc';
import { credentials, endSession } from './state/session';

export interface Config { title: string; extent: [number, number, number, number]; groundHeight: number; undulation?: number; heightModel: string; languages: string[]; attribution?: string; imprintUrl?: string; api?: string; identityProviders?: Provider[] }
export interface Ground { bounds: [number, number, number, number]; columns: number; rows: number; heights: number[]; heightModel?: string }
export interface Layer { id: string; title: string; attribution?: string; tileset: string; count?: number }
export interface Item { id: string; geometry: { type: string; coordinates: unknown } | null; properties: Record<string, unknown> }

let base = new URL('../', location.href.replace(/[#?].*$/, ''));
export const setBase = (path: string) => { base = new URL(path.endsWith('/') ? path : `${path}/`, location.href.replace(/[#?].*$/, '')); };
export const url = (path: string) => new URL(path, base).href;

/** No answer, or one that is none; `status` 0 where there was none at all. */
export class Unreachable extends Error {
  constructor(message: string, readonly status = 0) { super(message); }
}

/** Nobody else's server learns the token. */
export const own = (address: string): Record<string, string> => (address.startsWith(base.href) ? credentials() : {});

export async function getJson<T>(address: string, how: { signal?: AbortSignal | undefined; method?: 'GET' | 'POST' } = {}, isAgain = false): Promise<T> {
  let answer: Response;
  const sent = own(address);
  const { signal, method = 'GET' } = how;
  try {
    answer = await fetch(address, { method, headers: { accept: 'application/geo+json, application/json', ...sent }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  if (answer.status === 401 && sent.Authorization) {
    if (!isAgain && await renew(sent.Authorization.slice(7))) return getJson<T>(address, how, true);
    if (sent.Authorization === own(address).Authorization) endSession();
  }
  if (!answer.ok) throw new Unreachable(`${answer.status} ${new URL(address).pathname}`, answer.status);
  return (await answer.json()) as T;
}

interface Page { links?: { rel: string; href: string }[] }
const MOST_PAGES = 100;

/** All entries of a list, which may come in pages. */
export async function getAll<T>(address: string, name: string): Promise<T[]> {
  const all: T[] = [];
  let next: string | undefined = address;
  for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
    const found: Page & Record<string, unknown> = await getJson(next);
    all.push(...((found[name] as T[] | undefined) ?? []));
    const href: string | undefined = found.links?.find(({ rel }) => rel === 'next')?.href;
    // By whatever name the server calls itself.
    next = href && new URL(address).origin + new URL(href, address).pathname + new URL(href, address).search;
  }
  return all;
}

/** The name by which the server knows the bearer of a token; null where it knows none. */
export async function whois(token: string): Promise<string | null> {
  const answer = await fetch(url('me'), { headers: { accept: 'application/json', Authorization: `Bearer ${token}` }, cache: 'no-store' })
    .catch((error: unknown) => { throw new Unreachable(String(error)); });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Unreachable(String(answer.status), answer.status);
  return ((await answer.json()) as { name: string }).name;
}

interface Collections { collections?: { id: string; title?: string; attribution?: string; featureCount?: number; links?: { href: string }[] }[] }

/** Collections with 3D Tiles, in the server's order. */
export async function getLayers(): Promise<Layer[]> {
  const { collections = [] } = await getJson<Collections>(url('collections'));
  return collections.flatMap((c) => {
    const link = c.links?.find((l) => /\/3dtiles\/tileset\.json$/.test(l.href.replace(/[?#].*$/, '')));
    if (!link) return [];
    const found = new URL(link.href, base);
    // A server that is known by two names would otherwise be a foreign host to this page.
    const tileset = found.origin === base.origin ? found.href : url(`collections/${encodeURIComponent(c.id)}/3dtiles/tileset.json`);
    return [{ id: c.id, title: c.title || c.id, tileset, ...(c.attribution ? { attribution: c.attribution } : {}), ...(c.featureCount === undefined ? {} : { count: c.featureCount }) }];
  });
}

export const itemUrl = (collection: string, id: string) => url(`collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}`);
/** The city as a scenario makes it, at a moment or when all is done. */
export interface Variant { scenario: string; moment: string | null }

/** `scenario=…&datetime=…&`, or nothing for the city as it is. */
export const variantQuery = (variant: Variant | null | undefined): string =>
  (variant ? `scenario=${encodeURIComponent(variant.scenario)}&${variant.moment ? `datetime=${encodeURIComponent(variant.moment)}&` : ''}` : '');

/** With the texts of codes in that language. */
export const getItem = (collection: string, id: string, language: string, variant?: Variant | null, signal?: AbortSignal) =>
  getJson<Item>(`${itemUrl(collection, id)}?${variantQuery(variant)}lang=${language}`, { signal });

export async function getItems(collection: string, bbox: number[], limit: number, variant?: Variant | null, signal?: AbortSignal): Promise<{ items: Item[]; matched: number | undefined }> {
  const text = bbox.map((value) => value.toFixed(6)).join(',');
  const page = await getJson<{ features?: Item[]; numberMatched?: number }>(url(`collections/${encodeURIComponent(collection)}/items?${variantQuery(variant)}bbox=${text}&limit=${limit}`), { signal });
  return { items: page.features ?? [], matched: page.numberMatched };
}

/** Those of the ids that there are, by id. */
export async function getNamed(collection: string, ids: string[], variant: Variant | null, signal?: AbortSignal): Promise<Map<string, Item>> {
  const list = ids.map((id) => `'${id.replace(/'/g, "''")}'`).join(',');
  const filter = encodeURIComponent(`id IN (${list})`);
  const page = await getJson<{ features?: Item[] }>(url(`collections/${encodeURIComponent(collection)}/items?${variantQuery(variant)}limit=${ids.length}&filter=${filter}`), { signal });
  return new Map((page.features ?? []).map((item) => [item.id, item]));
}

/** Middle of all footprints in degrees, and from there to their corners, about [m]. */
export function extentOf(items: Item[]): { lon: number; lat: number; reach: number } | undefined {
  const all: Item = { id: '', properties: {}, geometry: { type: '', coordinates: items.map((item) => item.geometry?.coordinates) } };
  const place = middle(all);
  return place && { lon: place[0], lat: place[1], reach: reach(all) };
}

/** West, south, east, north of a footprint in degrees. */
function bounds(item: Item): [number, number, number, number] | undefined {
  let w = 180, s = 90, e = -180, n = -90;
  const walk = (value: unknown): void => {
    if (!Array.isArray(value)) return;
    const [x, y] = value as unknown[];
    if (typeof x === 'number' && typeof y === 'number') { w = Math.min(w, x); e = Math.max(e, x); s = Math.min(s, y); n = Math.max(n, y); }
    else value.forEach(walk);
  };
  walk(item.geometry?.coordinates);
  return e >= w ? [w, s, e, n] : undefined;
}

/** Middle of the bounds of a footprint in degrees. */
export function middle(item: Item): [number, number] | undefined {
  const found = bounds(item);
  return found && [(found[0] + found[2]) / 2, (found[1] + found[3]) / 2];
}

/** From the middle of a footprint to its farthest corner, about [m]. */
export function reach(item: Item): number {
  const [w, s, e, n] = bounds(item) ?? [0, 0, 0, 0];
  const degree = 111320;
  return Math.hypot((e - w) * Math.cos(((s + n) / 2) * (Math.PI / 180)), n - s) * degree / 2;
}
