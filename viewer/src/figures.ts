/** Figures of the city and of scenarios side by side, as the server reckons them. */
import { getJson, url } from './api';

export interface Limit { value: number; source?: string; kept: boolean }
export interface Figure { key: string; value: number | null; unit?: string; method?: string; ruleSet?: string; estimated?: boolean; limit?: Limit; featureIds?: string[]; unknownIds?: string[] }
/** Of one scenario or `base`. */
export interface Column { scenario: string; figures: Figure[] }
export interface Row { key: string; unit: string; method: string; cells: (Figure | undefined)[]; most: number }

export interface Answer { scenarios?: { scenario: string; figures?: Figure[] }[] }

/** Within the area of a project where there is one, else of everything. */
export const getFigures = async (names: string[], area: string | undefined): Promise<Column[]> =>
  readFigures(await getJson<Answer>(url(`compare?scenarios=${names.map(encodeURIComponent).join(',')}${area ? `&area=${encodeURIComponent(area)}` : ''}`)), names);

/** The columns in the order in which they were asked for. */
export function readFigures({ scenarios = [] }: Answer, names: string[]): Column[] {
  return names.map((scenario) => ({ scenario, figures: scenarios.find((one) => one.scenario === scenario)?.figures ?? [] }));
}

/** A row for each figure that any of them has, in the server's order; `most` is the greatest value. */
export function rowsOf(columns: Column[]): Row[] {
  const keys = [...new Set(columns.flatMap(({ figures }) => figures.map(({ key }) => key)))];
  return keys.map((key) => {
    const cells = columns.map(({ figures }) => figures.find((one) => one.key === key));
    const [first] = cells.flatMap((cell) => (cell ? [cell] : []));
    return { key, unit: first?.unit ?? '', method: first?.method ?? '', cells, most: Math.max(0, ...cells.map((cell) => cell?.value ?? 0)) };
  });
}

/** Decimals that a figure is told with. */
export function digitsOf(unit: string, most: number): number {
  if (unit === '1' || unit === '') return most > 0 && most < 10 ? 2 : 0;
  return unit === 'm' ? 1 : most < 10 ? 2 : 0;
}

/** What is told with two decimals whatever it is: 0.20 beside 0.41. */
const RATIOS = new Set(['grz', 'grzTwo', 'gfz', 'bmz', 'greenVolumeRatio']);
/** Told as less than that, where it is not nothing. */
const LEAST = 0.01;

/** A value in the reader's words: the number by `format`, with at most and at least so many decimals, and its unit. */
export function tell({ key, unit, most }: Pick<Row, 'key' | 'unit' | 'most'>, value: number, format: (value: number, most: number, least?: number) => string): string {
  if (key === 'sealedShare') return `${format(100 * value, 1)} %`;
  const shown = key === 'bmz' ? 'm³/m²' : unit;
  const behind = shown === '1' || shown === '' ? '' : ` ${shown}`;
  if (!RATIOS.has(key)) return `${format(value, digitsOf(unit, most))}${behind}`;
  return value > 0 && value < LEAST / 2 ? `< ${format(LEAST, 2)}${behind}` : `${format(value, 2, 2)}${behind}`;
}
