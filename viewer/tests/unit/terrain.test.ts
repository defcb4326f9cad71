import { test } from 'node:test';
import assert from 'node:assert/strict';
import { depthOf } from '../../src/scene/depth';
import { choose, coarsestContours, contourInterval, heightSystem, type Terrain } from '../../src/terrain';

const terrain = (id: string, cell: number, extent: Terrain['extent']): Terrain => ({ id, title: id, cell, extent, heightRange: [0, 1], verticalCrs: '' });

test('the finest terrain below the city is taken', () => {
  const land = terrain('land', 10, [10, 47, 13, 50]), town = terrain('town', 1, [11, 48, 12, 49]), away = terrain('away', 0.5, [5, 50, 6, 51]);
  for (const [all, expected] of [[[away, land, town], 'town'], [[away, land], 'land'], [[away], 'away'], [[], undefined]] as const) {
    assert.equal(choose([...all], [11.4, 48.4, 11.6, 48.6])?.id, expected);
  }
});

test('contours follow the scale and the relief, and each step holds the finer ones', () => {
  for (const [level, range, expected] of [
    [17, [400, 500], 1], [15, [400, 500], 5], [13, [400, 500], 10], [11, [400, 500], 50], [17, [400, 410], 0.5], [15, [400, 410], 1], [17, [400, 2000], 5], [9, [0, 4000], 100],
  ] as const) assert.equal(contourInterval(level, [...range]), expected, `${level} ${range[1]}`);
});

test('tiles of contours are no wider than the server draws at once', () => {
  // Hand: at 48° a tile of level 14 is 40,075,017 m × cos 48° / 2^14 = 1,637 m wide; 2,048 nodes a side are allowed.
  for (const [cell, expected] of [[1, 14], [5, 12], [0.5, 15]] as const) {
    assert.equal(coarsestContours(cell, 48), expected);
    assert.ok((40075017 * Math.cos(48 * Math.PI / 180)) / 2 ** expected / cell < 2048);
  }
});

test('the ground yields by the error of its finest mesh', () => {
  // Hand: 5 m is level 14, 77,067.34 m / 2^14 / 4 = 1.176 m; 1 m is level 17, 0.147 m; both and 0.3 m.
  assert.ok(Math.abs(depthOf({ cell: 5 }) - 1.476) < 1e-3);
  assert.ok(Math.abs(depthOf({ cell: 1 }) - 0.447) < 1e-3);
});

test('height systems have names', () => {
  for (const [uri, expected] of [['http://www.opengis.net/def/crs/EPSG/0/7837', 'NHN'], ['http://www.opengis.net/def/crs/EPSG/0/5773', 'EPSG:5773'], ['ellipsoidal', ''], ['unknown', '']] as const) {
    assert.equal(heightSystem(uri), expected);
  }
});
