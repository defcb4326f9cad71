/** Words and numbers in the reader's language. */
import { language } from '../state/store';
import de from './de.json';
import en from './en.json';
import names from '../../../assets/names.json';

interface Name { de: string; en: string; unit?: string }
export type Key = keyof typeof de;
const catalogues: Record<string, Record<string, string>> = { de, en };

export const LANGUAGES: [id: string, name: string][] = [['de', 'Deutsch'], ['en', 'English']];

/** The sentence of a key with its values filled in. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = catalogues[language.value]?.[key] ?? en[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The name of a key made from data, or the data itself. */
export function nameOf(group: 'attr' | 'surface' | 'object', value: string): string {
  if (group === 'surface') return catalogues[language.value]?.[`surface.${value}`] ?? value;
  const table: Record<string, Name> = group === 'attr' ? names.attributes : names.classes;
  // `gen_class` is an attribute of the data called like one of the API's own, `bldg:Building` a class with its prefix.
  const plain = group === 'attr' ? value.replace(/^gen_/, '') : value.replace(/^.*:/, '');
  const found = Object.hasOwn(table, plain) ? table[plain] : undefined;
  return found?.[language.value === 'de' ? 'de' : 'en'] ?? value;
}

/** The name of a figure that the server reckons, or its key. */
export const figureName = (key: string) => catalogues[language.value]?.[`figure.${key}`] ?? key;

/** The unit of an attribute that is a number, where it is always the same. */
export function unitOf(name: string): string {
  const table: Record<string, Name> = names.attributes;
  return (Object.hasOwn(table, name) ? table[name]?.unit : undefined) ?? '';
}

export const number = (value: number, digits = 1, least = 0) => new Intl.NumberFormat(language.value, { minimumFractionDigits: least, maximumFractionDigits: digits }).format(value);

/** The first language of the browser that there is a catalogue for. */
export const preferred = () => navigator.languages.map((l) => l.slice(0, 2)).find((l) => l in catalogues) ?? 'en';
