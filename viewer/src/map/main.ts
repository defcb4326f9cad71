/** The flat map of the twin, or of one collection: MapLibre with the server's own style, tiles and nothing else. */
import { Map as FlatMap, NavigationControl, ScaleControl, setWorkerUrl, type ExpressionSpecification, type MapGeoJSONFeature, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import 'maplibre-gl/dist/maplibre-gl.css';
import './map.css';
import { addSwitches, hiddenOf, hide } from './layers';
import { element, show } from './panel';
import { LABELS, WORDS, languageOf } from './words';

setWorkerUrl(new URL(workerUrl, import.meta.url).href);
const asked = new URLSearchParams(location.search);
const language = languageOf(asked.get('lang'), navigator.languages);
const collection = asked.get('collection');
const words = WORDS[language];
const base = new URL('..', location.href);
const panel = document.getElementById('feature') as HTMLElement;

function frame(title: string) {
  document.documentElement.lang = language;
  document.title = `${words.map} – ${title}`;
  (document.getElementById('title') as HTMLElement).textContent = words.map;
  const other = language === 'de' ? 'en' : 'de';
  const switched = new URLSearchParams(asked);
  switched.set('lang', other);
  const turn = element('a', { href: `?${switched}`, lang: other, hreflang: other, id: 'language' }, words.other);
  // The place stays when the language changes.
  turn.addEventListener('click', () => { turn.href = `?${switched}${location.hash}`; });
  document.getElementById('bar')?.replaceChildren(
    element('a', { class: 'site', href: new URL(`?f=html&lang=${language}`, base).href }, title),
    element('nav', { 'aria-label': words.map }, element('a', { href: `./#lang=${language}` }, words.view), turn),
  );
}

async function getJson<T>(path: string): Promise<T> {
  const answer = await fetch(new URL(path, base), { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status} ${path}`);
  return answer.json() as Promise<T>;
}

/** The colour of what was clicked on, else the style's own. */
const chosenOr = (colour: unknown) => ['case', ['boolean', ['feature-state', 'chosen'], false], '#00b3c6', colour] as unknown as ExpressionSpecification;

async function start() {
  const config = await getJson<{ title: string; extent?: [number, number, number, number] | null }>('viewer/config.json');
  frame(config.title);
  const part = collection ? `collections/${encodeURIComponent(collection)}/` : '';
  const [style, { collections }] = await Promise.all([
    getJson<StyleSpecification>(`${part}tiles/WebMercatorQuad/style.json`),
    getJson<{ collections: { id: string; title?: string }[] }>('collections'),
  ]);
  for (const layer of style.layers) if (layer.type === 'fill' && layer.paint) layer.paint['fill-color'] = chosenOr(layer.paint['fill-color']);
  hide(style, hiddenOf(location.hash));
  const map = new FlatMap({ container: 'map', style, hash: 'map', attributionControl: { compact: false }, maxZoom: 21, locale: LABELS[language] });
  map.addControl(new NavigationControl());
  map.addControl(new ScaleControl());
  const shapes = style.layers.map(({ id }) => id).filter((id) => /\.(fill|line|point)$/.test(id));
  const at = (point: { x: number; y: number }) => map.queryRenderedFeatures([point.x, point.y], { layers: shapes });
  const mark = (feature?: MapGeoJSONFeature) => {
    map.removeFeatureState({ source: 'twin', sourceLayer: marked });
    if (feature) map.setFeatureState({ source: 'twin', sourceLayer: feature.sourceLayer, id: feature.id }, { chosen: true });
    marked = feature?.sourceLayer ?? marked;
  };
  let marked = style.layers.flatMap((layer) => ('source-layer' in layer && layer['source-layer']) || [])[0] ?? '';
  const forget = () => { panel.hidden = true; if (marked) mark(); };
  const titles = new Map(collections.map(({ id, title }) => [id, title || id]));
  addSwitches(map, style, titles, words, (collection) => { if (collection === marked) forget(); });
  map.on('click', ({ point }) => {
    const [feature] = at(point);
    if (!feature?.sourceLayer) { forget(); return; }
    mark(feature);
    show(panel, { collection: feature.sourceLayer, properties: feature.properties }, language, forget);
  });
  map.on('mousemove', ({ point }) => { map.getCanvas().style.cursor = at(point).length > 0 ? 'pointer' : ''; });
  document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') forget(); });
  Object.assign(window, { __map: { map, shapes, drawn: () => map.queryRenderedFeatures({ layers: shapes }) } });
}

start().catch((error: Error) => {
  document.getElementById('map')?.replaceChildren(element('p', { role: 'alert' }, words.failed + error.message));
});
