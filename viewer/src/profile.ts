/** A section through the ground: how it is asked for, measured and drawn. Knows neither the page nor the scene. */
import { getJson } from './api';
import { terrainUrl, type Terrain } from './terrain';

export type Place = [longitude: number, latitude: number];
/** `distance` along the line and `elevation` in the terrain's height system [m]; null where nothing is known. */
export interface Sample { distance: number; point: Place; elevation: number | null }
/** All in metres; `lowest` and `highest` are null where nothing is known along the whole line. */
export interface Profile { length: number; step: number; lowest: number | null; highest: number | null; ascent: number; descent: number; samples: Sample[] }

const PLOTTED = 500;
/** What the server gives at once, less a reserve for the corners. */
const MOST = 8900;

/** Length of a line, good to a thousandth [m]. */
export function lengthOf(corners: Place[]): number {
  const rad = Math.PI / 180;
  return corners.slice(1).reduce((sum, [lon, lat], i) => {
    const [before, south] = corners[i] ?? [lon, lat];
    return sum + Math.hypot((lon - before) * rad * 6378137 * Math.cos(((lat + south) / 2) * rad), (lat - south) * rad * 6367449);
  }, 0);
}

/** The smallest of 1, 2, 5, 10, 20, … that is not below the value. */
export function rounded(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((k) => k * power).find((step) => step >= value * (1 - 1e-9)) ?? 10 * power;
}

/** Distance between samples: no finer than the terrain, no more samples than asked for [m]. */
export const stepOf = (length: number, cell: number, most: number): number => (length / most <= cell ? cell : rounded(length / most));

function address(terrain: Terrain, corners: Place[], most: number, format: string): string {
  const line = corners.flat().map((value) => value.toFixed(7)).join(',');
  return terrainUrl(terrain.id, `elevation?line=${line}&step=${stepOf(lengthOf(corners), terrain.cell, most)}&f=${format}`);
}

export const getProfile = (terrain: Terrain, corners: Place[], signal?: AbortSignal) => getJson<Profile>(address(terrain, corners, PLOTTED, 'json'), { signal });
/** A table as fine as the terrain and the server allow. */
export const csvUrl = (terrain: Terrain, corners: Place[]) => address(terrain, corners, MOST, 'csv');

/** Round numbers from `low` to `high`, about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  const step = rounded((high - low) / Math.max(1, count));
  const first = Math.ceil(low / step - 1e-9);
  const found: number[] = [];
  for (let i = first; i * step <= high + step * 1e-6; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** The heights that a plot spans: those of the ground, but never so few that centimetres look like mountains. */
export function span({ lowest, highest, length }: Profile): [number, number] {
  const low = lowest ?? 0, high = highest ?? 0;
  const least = Math.max(2, length / 200);
  const margin = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return [low - margin, high + margin];
}

/** Index of the sample nearest to a distance. */
export function nearest(samples: Sample[], distance: number): number {
  let low = 0, high = samples.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.distance ?? 0) < distance) low = middle; else high = middle;
  }
  const gap = (i: number) => Math.abs((samples[i]?.distance ?? Infinity) - distance);
  return gap(low) <= gap(high) ? low : high;
}

/** The path of an SVG through the samples; it has a gap where nothing is known. */
export function pathOf(samples: Sample[], x: (distance: number) => number, y: (height: number) => number): string {
  let isDown = false;
  return samples.map(({ distance, elevation }) => {
    if (elevation === null) { isDown = false; return ''; }
    const command = isDown ? 'L' : 'M';
    isDown = true;
    return `${command}${x(distance).toFixed(1)},${y(elevation).toFixed(1)}`;
  }).join('');
}
