import { test } from 'node:test';
import assert from 'node:assert/strict';
import { lengthOf, nearest, pathOf, rounded, span, stepOf, ticks, type Profile, type Sample } from '../../src/profile';

const sample = (distance: number, elevation: number | null): Sample => ({ distance, point: [11, 48], elevation });
const profile = (lowest: number, highest: number, length: number): Profile => ({ length, step: 1, lowest, highest, ascent: 0, descent: 0, samples: [] });

test('lengths are those of the ellipsoid', () => {
  // Geographical tables (WGS 84): a degree of longitude at 48° is 74,628 m, a degree of latitude from 48° to 49° 111,200 m.
  assert.ok(Math.abs(lengthOf([[11, 48], [12, 48]]) / 74628 - 1) < 2e-3);
  assert.ok(Math.abs(lengthOf([[11, 48], [11, 49]]) / 111200 - 1) < 2e-3);
  assert.equal(lengthOf([[11, 48]]), 0);
});

test('steps are round and never finer than the terrain', () => {
  for (const [value, expected] of [[1, 1], [1.1, 2], [3, 5], [7, 10], [0.03, 0.05], [20, 20], [21, 50]] as const) assert.ok(Math.abs(rounded(value) - expected) < 1e-9, `${value}`);
  for (const [length, cell, most, expected] of [[300, 1, 500, 1], [1000, 5, 500, 5], [1000, 0.5, 500, 2], [1800, 1, 500, 5], [30000, 1, 500, 100]] as const) {
    assert.equal(stepOf(length, cell, most), expected, `${length} ${cell}`);
    assert.ok(length / expected <= most);
  }
});

test('axes have round numbers within the plot', () => {
  for (const [low, high, count, expected] of [
    [0, 100, 4, [0, 50, 100]], [478.2, 483.1, 4, [480, 482]], [0, 0.9, 3, [0, 0.5]], [-3, 3, 3, [-2, 0, 2]],
  ] as const) assert.deepEqual(ticks(low, high, count), expected, `${low} ${high}`);
});

test('a plot spans the heights, and flat ground stays flat', () => {
  for (const [found, expected] of [[profile(480, 480, 100), [479, 481]], [profile(400, 500, 1000), [392, 508]], [profile(480, 481, 2000), [475.5, 485.5]]] as const) {
    assert.deepEqual(span(found), expected);
  }
});

test('the nearest sample is found and gaps stay gaps', () => {
  const samples = [sample(0, 1), sample(10, 2), sample(15, null), sample(20, 3), sample(30, 4)];
  for (const [way, expected] of [[-5, 0], [4.9, 0], [5.1, 1], [14, 2], [26, 4], [99, 4]] as const) assert.equal(nearest(samples, way), expected, `${way}`);
  assert.equal(pathOf(samples, (way) => way, (height) => height), 'M0.0,1.0L10.0,2.0M20.0,3.0L30.0,4.0');
});
