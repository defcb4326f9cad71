/** Which collections the map shows: a switch for each, kept in the link as those that are off. */
import type { Map as FlatMap, StyleSpecification } from 'maplibre-gl';
import { element } from './panel';
import type { Words } from './words';

/** Layers of the style by the collection that they draw, in the style's order. */
export function groups(style: StyleSpecification): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const layer of style.layers) {
    const collection = 'source-layer' in layer ? layer['source-layer'] : undefined;
    if (collection) found.set(collection, [...(found.get(collection) ?? []), layer.id]);
  }
  return found;
}

/** `off=roads,water` among the parts of a hash. */
export const hiddenOf = (hash: string): Set<string> => {
  const part = hash.replace(/^#/, '').split('&').find((one) => one.startsWith('off='));
  return new Set((part?.slice(4) ?? '').split(',').filter(Boolean).map((name) => { try { return decodeURIComponent(name); } catch { return name; } }));
};

/** The hash with those collections off, its other parts as they are. */
export function withHidden(hash: string, hidden: Set<string>): string {
  const parts = hash.replace(/^#/, '').split('&').filter((part) => part && !part.startsWith('off='));
  if (hidden.size) parts.push(`off=${[...hidden].map(encodeURIComponent).join(',')}`);
  return parts.length ? `#${parts.join('&')}` : '';
}

/** Before the map is made, so that nothing is seen that is off. */
export function hide(style: StyleSpecification, hidden: Set<string>): void {
  for (const layer of style.layers) {
    if ('source-layer' in layer && layer['source-layer'] && hidden.has(layer['source-layer'])) layer.layout = { ...layer.layout, visibility: 'none' } as typeof layer.layout;
  }
}

/** Puts the switches up where there is something to choose. `turned` is told what went off. */
export function addSwitches(map: FlatMap, style: StyleSpecification, titles: Map<string, string>, words: Words, turned: (collection: string) => void): void {
  const all = groups(style);
  if (all.size < 2) return;
  const hidden = hiddenOf(location.hash);
  const apply = (collection: string) => {
    for (const id of all.get(collection) ?? []) map.setLayoutProperty(id, 'visibility', hidden.has(collection) ? 'none' : 'visible');
  };
  const rows = [...all.keys()].map((collection) => {
    const box = element('input', { type: 'checkbox', value: collection });
    box.checked = !hidden.has(collection);
    box.addEventListener('change', () => {
      if (box.checked) hidden.delete(collection); else { hidden.add(collection); turned(collection); }
      apply(collection);
      history.replaceState(null, '', location.pathname + location.search + withHidden(location.hash, hidden));
    });
    return element('label', {}, box, titles.get(collection) ?? collection);
  });
  const box = element('details', { id: 'layers' }, element('summary', {}, words.layers), element('fieldset', {}, element('legend', { class: 'unseen' }, words.layers), ...rows));
  // On a small screen the map goes first.
  box.open = matchMedia('(min-width: 40.01rem)').matches;
  map.getContainer().append(box);
}
