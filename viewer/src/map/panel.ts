/** What is said of a feature that was clicked on. */
import { WORDS, nameOf, valueOf, type Language } from './words';

export interface Clicked { collection: string; properties: Record<string, unknown> }

/** An element with text, attributes and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K, attributes: Record<string, string> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function show(panel: HTMLElement, { collection, properties }: Clicked, language: Language, done: () => void) {
  const words = WORDS[language];
  const id = String(properties.id ?? '');
  const item = new URL(`../collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}?f=html&lang=${language}`, location.href);
  const close = element('button', { type: 'button', id: 'close' }, words.close);
  close.addEventListener('click', done);
  const row = ([name, value]: [string, unknown]) => element('tr', {},
    element('th', { scope: 'row', title: name }, nameOf(name, language)), element('td', {}, valueOf(name, value, language)));
  const rows = Object.entries(properties).filter(([name]) => name !== 'id').sort(([a], [b]) => (a < b ? -1 : 1)).map(row);
  panel.replaceChildren(
    close,
    element('h2', { id: 'feature-id' }, id),
    element('p', {}, `${words.layer}: ${collection}`),
    element('p', {}, element('a', { id: 'feature-page', href: item.href }, words.page), ' · ',
      element('a', { href: `./#sel=${encodeURIComponent(id)}&lang=${language}` }, words.in3d)),
    element('table', {},
      element('thead', {}, element('tr', {}, element('th', { scope: 'col' }, words.attribute), element('th', { scope: 'col' }, words.value))),
      element('tbody', {}, ...rows)),
  );
  panel.hidden = false;
}
