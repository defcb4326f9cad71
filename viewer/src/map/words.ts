/** The words of the map in both languages. */
import names from '../../../assets/names.json';

export type Language = 'de' | 'en';
interface Name { de: string; en: string; unit?: string }

export const WORDS = {
  de: {
    map: 'Karte', home: 'Start', view: '3D-Ansicht', other: 'English', close: 'Schließen', page: 'Alle Angaben zum Objekt',
    in3d: 'In 3D zeigen', attribute: 'Attribut', value: 'Wert', failed: 'Die Karte kann nicht gezeigt werden: ', layer: 'Sammlung', layers: 'Ebenen',
  },
  en: {
    map: 'Map', home: 'Home', view: '3D view', other: 'Deutsch', close: 'Close', page: 'All about this feature',
    in3d: 'Show in 3D', attribute: 'Attribute', value: 'Value', failed: 'The map cannot be shown: ', layer: 'Collection', layers: 'Layers',
  },
} as const;

export type Words = (typeof WORDS)[Language];

/** What MapLibre calls its own parts. */
export const LABELS: Record<Language, Record<string, string>> = {
  de: {
    'Map.Title': 'Karte', 'NavigationControl.ZoomIn': 'Vergrößern', 'NavigationControl.ZoomOut': 'Verkleinern',
    'NavigationControl.ResetBearing': 'Ziehen, um zu drehen; klicken, um nach Norden auszurichten',
    'AttributionControl.ToggleAttribution': 'Quellenangabe zeigen',
  },
  en: {},
};

/** What the address says, else the first of the browser's languages that there are words for. */
export function languageOf(asked: string | null, preferred: readonly string[]): Language {
  const known = [asked, ...preferred].map((name) => name?.slice(0, 2)).find((name) => name === 'de' || name === 'en');
  return (known as Language | undefined) ?? 'en';
}

/** The name of an attribute for people. */
export function nameOf(attribute: string, language: Language): string {
  const table: Record<string, Name> = names.attributes;
  const plain = attribute.replace(/^gen_/, '');
  return (Object.hasOwn(table, plain) ? table[plain] : undefined)?.[language] ?? attribute;
}

/** A value for people: classes by name, numbers in their language and with their unit. */
export function valueOf(attribute: string, value: unknown, language: Language): string {
  const classes: Record<string, Name> = names.classes;
  const units: Record<string, Name> = names.attributes;
  const text = String(value);
  const plain = text.replace(/^.*:/, '');
  if (attribute === 'class' && Object.hasOwn(classes, plain)) return classes[plain]?.[language] ?? text;
  if (typeof value !== 'number') return text;
  const unit = (Object.hasOwn(units, attribute) ? units[attribute]?.unit : undefined) ?? '';
  // Years and counts have no thousands.
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2, useGrouping: value >= 10000 }).format(value);
  return unit ? `${number} ${unit}` : number;
}
