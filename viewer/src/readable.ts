/** Attributes of the API as people read them in their language. */
import type { Item } from './api';
import { codeName } from './codes';
import { nameOf, number, t, unitOf } from './i18n';
import { language } from './state/store';

export interface Row { name: string; label: string; value: string }
type Properties = Record<string, unknown>;

const isObject = (value: unknown): value is Properties => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `6.11.2024` of `2024-11-06` and of midnight; other times with their minutes in UTC; anything else as it is. */
export function date(text: string): string {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d))?$/.exec(text);
  if (!match) return text;
  const [, year, month, day, hour, minute, second, zone] = match;
  const time = new Date(zone ? text : `${text}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || (!zone && time.toISOString().slice(0, 10) !== text)) return text;
  if (!zone || (zone === 'Z' && `${hour}${minute}${second}` === '000000')) {
    if (language.value === 'de') return `${Number(day)}.${Number(month)}.${year}`;
    return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }).format(time);
  }
  return `${date(time.toISOString().slice(0, 10))}, ${time.toISOString().slice(11, 16)} UTC`;
}

/** As on a letter: `Marktring 51, 85998 Erlenried, Germany`; what has no place there follows with its name. */
export function address(value: unknown): string {
  if (Array.isArray(value)) return value.map(address).join('; ');
  if (!isObject(value)) return plain('address', value);
  const places = [['text'], ['street', 'number'], ['dependentLocality'], ['postalCode', 'locality'], ['country']];
  const words = (names: string[]) => names.flatMap((name) => (value[name] == null ? [] : [String(value[name])])).join(' ');
  const others = Object.keys(value).filter((name) => !places.flat().includes(name));
  return [...places.map(words), ...others.map((name) => `${nameOf('attr', name)}: ${plain(name, value[name])}`)].filter(Boolean).join(', ');
}

/** What people call an object: its name, else its street and number, else its id. */
export function titleOf({ id, properties: { name, address: place } }: Item): string {
  return (typeof name === 'string' && name) || (place == null ? '' : address(place).split(',')[0]) || id;
}

function plain(name: string, value: unknown, unit = unitOf(name)): string {
  const measured = (text: string) => (unit === '' ? text : unit === '°' ? `${text}°` : `${text} ${unit}`);
  // Years and numbers that are names have no thousands.
  if (typeof value === 'number') return measured(unit === '' && Number.isInteger(value) ? String(value) : number(value, 3));
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (Array.isArray(value)) return value.map((one) => plain(name, one)).join(', ');
  if (isObject(value)) return rows(value).map((row) => `${row.label}: ${row.value}`).join('; ');
  const text = String(value ?? '–');
  // Surveys write measures as text, too.
  return unit !== '' && text.trim() !== '' && Number.isFinite(Number(text)) ? measured(number(Number(text), 3)) : date(text);
}

function coded(name: string, value: unknown, all: Properties): string | undefined {
  if (Array.isArray(value)) {
    const found = value.map((one, i) => coded(name, one, { ...all, [`${name}_text`]: (all[`${name}_text`] as unknown[] | undefined)?.[i] }));
    return found.some(Boolean) ? found.map((text, i) => text ?? String(value[i])).join(', ') : undefined;
  }
  // The survey's codes of buildings mean something else on a road or a field.
  const own = /^(.*:)?Building/.test(String(all.class ?? '')) ? codeName(name, value, language.value) : undefined;
  const told = all[`${name}_text`];
  const text = own ?? (typeof told === 'string' ? told : undefined);
  return text && `${text} (${String(value)})`;
}

/** The value of that name: codes with their texts, which the API puts beside them as `<name>_text`, numbers with their units. */
export function valueOf(all: Properties, name: string): string {
  const value = all[name];
  const unit = all[`${name}_uom`];
  if (name === 'class' && typeof value === 'string') return nameOf('object', value);
  if (name === 'address') return address(value);
  if (name === 'children' && isObject(value)) {
    return Object.entries(value).map(([kind, count]) => `${String(count)} × ${nameOf('object', kind)}`).join(', ');
  }
  return coded(name, value, all) ?? plain(name, value, typeof unit === 'string' ? unit : unitOf(name));
}

/** All that has a value, in the order of the API. */
export function rows(all: Properties): Row[] {
  const isBeside = (name: string) => { const of = name.replace(/_(text|uom)$/, ''); return of !== name && of in all; };
  return Object.keys(all)
    .filter((name) => !isBeside(name) && all[name] !== null && all[name] !== '')
    .map((name) => ({ name, label: nameOf('attr', name), value: valueOf(all, name) }));
}
