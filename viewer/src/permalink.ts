/** The view as text in the address's hash: written, read, never sent to a server. */
export interface CameraView { lon: number; lat: number; height: number; heading: number; pitch: number }
export interface LayerState { id: string; visible: boolean; opacity: number }
export interface Link {
  camera?: CameraView;
  /** Local time in Europe/Berlin, `2026-06-21T17:30`. */
  time?: string;
  style?: string;
  /** Layers shown with opacity 0..1; layers not named are hidden. */
  layers?: { id: string; opacity: number }[];
  selected?: string;
  /** The layer of what is selected, where the link knows it. */
  within?: string;
  /** True for the view alone, without panels: a picture within another page. */
  bare?: boolean;
  quality?: 'high' | 'low';
  shadows?: boolean;
  language?: string;
  /** Layers upon the ground, such as its shading. */
  ground?: { id: string; opacity: number }[];
  /** True while the ground is see-through. */
  underground?: boolean;
  /** Corners of a section, degrees. */
  section?: [lon: number, lat: number][];
  /** A planning scenario, `A` or `A@3`. */
  scenario?: string;
  /** When it is shown, RFC 3339; without it as it is when all is done. */
  moment?: string;
  /** What stands on the right of the divider: a scenario or `base`. */
  beside?: string;
  /** Where the divider is, 0..1. */
  divider?: number;
}

const escape = (text: string) => encodeURIComponent(text).replace(/~/g, '%7E');
const unescape = (text: string) => { try { return decodeURIComponent(text); } catch { return text; } };

export function writeLink(link: Link): string {
  const parts = ['v=1'];
  const c = link.camera;
  if (c) parts.push(`c=${c.lon.toFixed(6)},${c.lat.toFixed(6)},${c.height.toFixed(1)},${c.heading.toFixed(1)},${c.pitch.toFixed(1)}`);
  if (link.time) parts.push(`t=${link.time}`);
  if (link.style) parts.push(`s=${escape(link.style)}`);
  if (link.layers) {
    parts.push(`l=${link.layers.map(writeLayer).join(',')}`);
  }
  if (link.ground?.length) parts.push(`g=${link.ground.map(writeLayer).join(',')}`);
  if (link.underground) parts.push('ug=1');
  if (link.section?.length) parts.push(`p=${link.section.flat().map((value) => value.toFixed(6)).join(',')}`);
  if (link.scenario) parts.push(`sc=${link.scenario}`);
  if (link.moment) parts.push(`dt=${link.moment}`);
  if (link.beside) parts.push(`cmp=${link.beside}`);
  if (link.divider !== undefined) parts.push(`sp=${Math.round(link.divider * 100)}`);
  if (link.selected) parts.push(`sel=${escape(link.selected)}`);
  if (link.within) parts.push(`in=${escape(link.within)}`);
  if (link.bare) parts.push('bare=1');
  if (link.quality) parts.push(`q=${link.quality}`);
  if (link.shadows !== undefined) parts.push(`sh=${link.shadows ? 1 : 0}`);
  if (link.language) parts.push(`lang=${escape(link.language)}`);
  return `#${parts.join('&')}`;
}

const writeLayer = (l: { id: string; opacity: number }) => escape(l.id) + (l.opacity < 1 ? `~${Math.round(l.opacity * 100)}` : '');

export function readLink(hash: string): Link {
  const values = new Map<string, string>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const at = part.indexOf('=');
    if (at > 0) values.set(part.slice(0, at), part.slice(at + 1));
  }
  const link: Link = {};
  const version = values.get('v');
  if (version !== undefined && version !== '1') return link;
  const camera = readCamera(values.get('c'));
  if (camera) link.camera = camera;
  const time = values.get('t') && unescape(values.get('t') ?? '');
  if (time && /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(time) && !Number.isNaN(Date.parse(`${time}Z`))) link.time = time;
  const style = values.get('s');
  if (style) link.style = unescape(style);
  const layers = values.get('l');
  if (layers !== undefined) link.layers = layers.split(',').filter(Boolean).map(readLayer);
  const ground = values.get('g');
  if (ground) link.ground = ground.split(',').filter(Boolean).map(readLayer);
  if (values.get('ug') === '1') link.underground = true;
  const section = readSection(values.get('p'));
  if (section) link.section = section;
  readPlan(values, link);
  const selected = values.get('sel');
  if (selected) link.selected = unescape(selected);
  const within = values.get('in');
  if (within) link.within = unescape(within);
  if (values.get('bare') === '1') link.bare = true;
  const quality = values.get('q');
  if (quality === 'high' || quality === 'low') link.quality = quality;
  const shadows = values.get('sh');
  if (shadows === '0' || shadows === '1') link.shadows = shadows === '1';
  const language = values.get('lang');
  if (language) link.language = unescape(language);
  return link;
}

const SCENARIO = /^[A-Za-z0-9_-]{1,60}(@[0-9]{1,9})?$/;

function readPlan(values: Map<string, string>, link: Link): void {
  const scenario = unescape(values.get('sc') ?? ''), beside = unescape(values.get('cmp') ?? ''), moment = unescape(values.get('dt') ?? '');
  if (!SCENARIO.test(scenario)) return;
  link.scenario = scenario;
  if (SCENARIO.test(beside)) link.beside = beside;
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(moment) && !Number.isNaN(Date.parse(moment))) link.moment = moment;
  const share = Number(values.get('sp') || NaN);
  if (share >= 0 && share <= 100) link.divider = Math.round(share) / 100;
}

function readCamera(text: string | undefined): CameraView | undefined {
  const n = (text ?? '').split(',').map((part) => (part === '' ? NaN : Number(part)));
  const [lon, lat, height, heading, pitch] = n;
  if (n.length !== 5 || !n.every(Number.isFinite) || lon === undefined || lat === undefined) return undefined;
  if (height === undefined || heading === undefined || pitch === undefined) return undefined;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90 || Math.abs(height) > 1e7 || Math.abs(pitch) > 90) return undefined;
  return { lon, lat, height, heading, pitch };
}

function readSection(text: string | undefined): [number, number][] | undefined {
  const n = (text ?? '').split(',').map((part) => (part === '' ? NaN : Number(part)));
  const found = Array.from({ length: n.length >> 1 }, (_, i): [number, number] => [n[2 * i] ?? NaN, n[2 * i + 1] ?? NaN]);
  const isSound = n.length % 2 === 0 && found.length > 1 && found.length <= 500 && found.every(([lon, lat]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
  return isSound ? found : undefined;
}

function readLayer(text: string): { id: string; opacity: number } {
  const [id = '', percent] = text.split('~');
  const value = percent === undefined ? 100 : Number(percent);
  return { id: unescape(id), opacity: Number.isFinite(value) ? Math.min(100, Math.max(0, value)) / 100 : 1 };
}
