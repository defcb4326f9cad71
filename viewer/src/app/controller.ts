/** Starts the twin, keeps the link in step, and offers the panels their actions. */
import { effect, signal } from '@preact/signals';
import { Unreachable, getItem, getItems, getJson, getLayers, middle, reach, setBase, url, type Config, type Ground, type Item } from '../api';
import { followConflicts } from './conflicts';
import { checkPlan, followPlan, restorePlan } from './plans';
import { enter } from './session';
import { preferred } from '../i18n';
import { readLink } from '../permalink';
import type { City } from '../scene/city';
import { restoreGround, terrain } from '../state/ground';
import { left } from '../state/plans';
import { corners, followLine } from '../state/profile';
import * as store from '../state/store';
import { localOf } from '../sun';
import { getTerrain } from '../terrain';

export const city = signal<City | null>(null);
const wanted = readLink(location.hash);
let retry: ReturnType<typeof setTimeout> | undefined;
let element: HTMLElement | undefined;
let isFollowing = false;

export function prepare(): void {
  store.language.value = wanted.language === 'de' || wanted.language === 'en' ? wanted.language : preferred();
  store.time.value = wanted.time ?? `${localOf(new Date()).slice(0, 4)}-06-21T16:00`;
  if (wanted.style) store.theme.value = wanted.style;
  if (wanted.quality) { store.quality.value = wanted.quality; store.qualityFixed.value = true; }
  store.shadows.value = wanted.shadows ?? store.quality.value === 'high';
  store.shadowsFixed.value = wanted.shadows !== undefined;
  store.bare.value = wanted.bare === true;
  restoreGround(wanted.ground, wanted.underground);
  if (wanted.section) corners.value = wanted.section;
  restorePlan(wanted);
  followLine();
  effect(() => { document.documentElement.lang = store.language.value; });
  let shown = store.language.value;
  effect(() => {
    const now = store.language.value;
    const chosen = store.selection.peek();
    if (now !== shown && chosen?.item) void refetch(chosen, now);
    shown = now;
  });
}

export async function start(host: HTMLElement): Promise<void> {
  element = host;
  clearTimeout(retry);
  try {
    const config = await getJson<Config>(new URL('config.json', location.href).href);
    if (config.api) setBase(config.api);
    await enter();
    const [layers, ground, found] = await Promise.all([getLayers(), getGround(config), getTerrain(config.extent)]);
    if (found && !layers.length) config.extent = found.extent;
    terrain.value = found;
    await checkPlan();
    if (!isFollowing) { followPlan(); followConflicts(); }
    isFollowing = true;
    store.config.value = config;
    store.layers.value = layers;
    store.layerStates.value = layers.map(({ id }) => {
      const found = wanted.layers?.find((l) => l.id === id);
      return { id, visible: !wanted.layers || found !== undefined, opacity: found?.opacity ?? 1 };
    });
    if (store.problem.value === 'away') store.problem.value = 'none';
    await open(host, config, ground);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    store.problem.value = 'away';
    retry = setTimeout(() => { void start(host); }, 10000);
  }
}

export const again = () => { if (element && !city.value) void start(element); else location.reload(); };

/** A twin without ground samples lies on a plane at its usual height. */
async function getGround(config: Config): Promise<Ground> {
  const flat: Ground = { bounds: config.extent, columns: 2, rows: 2, heights: Array(4).fill(config.groundHeight || 0) };
  const ground = await getJson<Ground>(url('ground.json')).catch(() => flat);
  return ground.heights?.length ? ground : flat;
}

async function open(host: HTMLElement, config: Config, ground: Ground): Promise<void> {
  store.pending.value = 1;
  const chosen = wanted.selected ? selectAnywhere(wanted.selected) : undefined;
  try {
    const { openCity } = await import('../scene/city');
    city.value = await openCity(host, {
      config, ground, terrain: terrain.value, layers: store.layers.value, view: wanted.camera,
      onSelect: (picked) => { if (picked) void select(picked); else store.selection.value = null; },
    });
    const item = wanted.camera ? undefined : await chosen;
    if (item) lookAt(item, city.value);
  } catch (error) {
    console.error(error);
    store.problem.value = 'webgl';
    store.pending.value = 0;
  }
  keepLink();
}

function keepLink(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const { value } = store.link;
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, '', value), 250);
  });
}

/** Selects an object and fetches its attributes. */
export async function select({ layer, id, class: kind, variant = null }: store.Selection): Promise<void> {
  store.selection.value = { layer, id, variant, ...(kind ? { class: kind } : {}) };
  const update = (change: Partial<store.Selection>) => {
    const now = store.selection.value;
    if (now?.id === id && now.layer === layer && now.variant === variant) store.selection.value = { ...now, ...change };
  };
  await getItem(layer, id, store.language.value, variant).then((item) => update({ item }), () => update({ failed: true }));
}

/** The texts of codes come in one language. */
async function refetch({ layer, id, variant }: store.Selection, language: string): Promise<void> {
  const item = await getItem(layer, id, language, variant).catch(() => undefined);
  const now = store.selection.value;
  if (item && now?.id === id && now.layer === layer && store.language.value === language) store.selection.value = { ...now, item };
}

async function selectAnywhere(id: string): Promise<Item | undefined> {
  const known = store.layers.value.map((layer) => layer.id);
  const within = wanted.within !== undefined && known.includes(wanted.within) ? [wanted.within] : known;
  for (const layer of within) {
    const variant = left.peek();
    const item = await getItem(layer, id, store.language.value, variant).catch(() => undefined);
    if (item) { store.selection.value = { layer, id, item, variant }; return item; }
  }
  return undefined;
}

/** A link that names an object and no place means the place of the object. */
function lookAt(item: Item, city: City): void {
  const place = middle(item);
  if (!place) return;
  const height = Number(item.properties.measuredHeight) || 0;
  city.control.frame(place[0], place[1], height, Math.max(8, reach(item), height / 2));
}

const LIMIT = 50;
export async function refreshList(): Promise<void> {
  const box = city.value?.control.box() ?? (city.value ? null : store.config.value?.extent);
  const items: store.Listed[] = [];
  let matched = 0;
  for (const { id, visible } of box ? store.layerStates.value : []) {
    if (!visible || !box) continue;
    const page = await getItems(id, box, LIMIT, left.peek()).catch(() => ({ items: [], matched: 0 }));
    items.push(...page.items.slice(0, LIMIT - items.length).map((item) => ({ layer: id, item })));
    matched += page.matched ?? page.items.length;
  }
  store.listed.value = { items, matched, variant: left.peek() };
}

export function show({ layer, item }: store.Listed): void {
  const place = middle(item);
  const height = Number(item.properties.measuredHeight);
  if (place) city.value?.control.show(place[0], place[1], Math.max(15, Number.isFinite(height) ? height : 0));
  void select({ layer, id: item.id, variant: store.listed.peek()?.variant ?? null });
}

const say = (key: string) => { store.notice.value = ''; requestAnimationFrame(() => { store.notice.value = key; }); };

export async function copyLink(): Promise<void> {
  const address = new URL(store.link.value, location.href).href;
  history.replaceState(null, '', address);
  await navigator.clipboard?.writeText(address).then(() => say('copied'), () => say('copyFailed')) ?? say('copyFailed');
}

/** Saves the picture at twice the screen's resolution. */
export function snapshot(): void {
  const { widget } = city.value ?? {};
  if (!widget) return;
  const { resolutionScale } = widget;
  widget.resolutionScale = 2;
  widget.resize();
  widget.scene.render();
  const data = widget.canvas.toDataURL('image/png');
  widget.resolutionScale = resolutionScale;
  widget.resize();
  widget.scene.requestRender();
  const anchor = document.createElement('a');
  anchor.href = data;
  anchor.download = `${store.config.value?.title ?? 'stadtwin'} ${store.time.value.replace(/:/g, '')}.png`.replace(/[/\\]/g, '-');
  anchor.click();
  say('snapshot.done');
}
