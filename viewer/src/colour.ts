/** What each "colour by" theme shows: classes with the legend's own colours. */
import { functionCode } from './codes';

export interface LegendClass { key: string; colour: string }
export interface Theme {
  id: string;
  classes: LegendClass[];
  /** Key of the class of a feature; nothing means the materials of the model. */
  classify?: (get: (name: string) => unknown) => string;
}

export const SELECTED = '#00b3c6';
/** What a plan brings, what it changes, what it takes away; of the plan on the right of the divider. */
export const PLANNED = '#f28c28', CHANGED = '#f6c98f', GONE = '#b3261e';
export const PLANNED_BESIDE = '#2f7fd6', CHANGED_BESIDE = '#a9cbee';
/** Where plans stand in each other's way. */
export const CLASH = '#8e24aa';
export const NO_DATA = '#c9c9c9';
const noData: LegendClass = { key: 'noData', colour: NO_DATA };

/** An sRGB colour `#rrggbb` as the linear values 0..1 which a style must be given to appear as that colour. */
export function linear(hex: string): [number, number, number] {
  const at = (i: number) => (parseInt(hex.slice(i, i + 2), 16) / 255) ** 2.2;
  return [at(1), at(3), at(5)];
}

function functionClass(value: unknown): string {
  const code = functionCode(value);
  if (code === undefined) return value == null || value === '' ? 'noData' : 'other';
  if (code === 9998) return 'noData';
  if (code >= 1000 && code !== 1001 && code !== 1002 && code < 2000) return 'living';
  if (code < 2000) return 'other';
  if (code >= 2460 && code < 2470) return 'parking';
  if (code >= 2050 && code < 2060) return 'retail';
  if (code >= 2000 && code < 2100) return 'business';
  if (code >= 2100 && code < 3000) return 'technical';
  if ((code >= 3020 && code < 3030) || code === 3065) return 'education';
  if (code >= 3040 && code < 3050) return 'church';
  if (code >= 3000 && code < 4000) return 'public';
  return 'other';
}

function heightClass(value: unknown): string {
  const height = typeof value === 'number' ? value : value == null || value === '' ? NaN : Number(value);
  if (!Number.isFinite(height)) return 'noData';
  if (height < 5) return 'h5';
  if (height < 10) return 'h10';
  if (height < 15) return 'h15';
  return height < 22 ? 'h22' : 'h99';
}

function roofClass(value: unknown): string {
  const code = value == null || value === '' ? NaN : Number(value);
  if (!Number.isFinite(code)) return 'noData';
  if (code === 1000) return 'flat';
  if (code === 2100 || code === 2200) return 'shedRoof';
  if (code === 3100) return 'gable';
  if (code === 3200 || code === 3300) return 'hip';
  if (code === 3400) return 'mansard';
  if (code === 3500 || code === 3600 || code === 3700 || code === 4000) return 'pointed';
  if (code === 3800 || code === 3900) return 'arched';
  return code === 5000 ? 'mixed' : 'noData';
}

export const THEMES: Theme[] = [
  { id: 'natural', classes: [] },
  { id: 'neutral', classes: [{ key: 'building', colour: '#efece6' }], classify: () => 'building' },
  {
    id: 'func',
    classify: (get) => functionClass(get('function')),
    classes: [
      { key: 'living', colour: '#f1d9b5' }, { key: 'business', colour: '#a7c6e6' }, { key: 'retail', colour: '#e6a7a1' },
      { key: 'technical', colour: '#9c8f86' }, { key: 'parking', colour: '#8a949e' }, { key: 'education', colour: '#f0e08a' },
      { key: 'church', colour: '#cfb2dd' }, { key: 'public', colour: '#7f8fd0' }, { key: 'other', colour: '#e2e2e2' }, noData,
    ],
  },
  {
    id: 'height',
    classify: (get) => heightClass(get('measuredHeight')),
    classes: [
      { key: 'h5', colour: '#ffffb2' }, { key: 'h10', colour: '#fecc5c' }, { key: 'h15', colour: '#fd8d3c' },
      { key: 'h22', colour: '#f03b20' }, { key: 'h99', colour: '#bd0026' }, noData,
    ],
  },
  {
    id: 'roof',
    classify: (get) => roofClass(get('roofType')),
    classes: [
      { key: 'flat', colour: '#7aa6c2' }, { key: 'shedRoof', colour: '#bfd9e6' }, { key: 'gable', colour: '#e39a63' },
      { key: 'hip', colour: '#8d5a44' }, { key: 'mansard', colour: '#d3b3dc' }, { key: 'pointed', colour: '#6f5fa3' },
      { key: 'arched', colour: '#efd06a' }, { key: 'mixed', colour: '#4d4d4d' }, noData,
    ],
  },
];

export const themeOf = (id: string): Theme => THEMES.find((theme) => theme.id === id) ?? (THEMES[0] as Theme);
