import { test } from 'node:test';
import assert from 'node:assert/strict';
import { heightOf, sidesOf, sorted, type Conflict } from '../../src/conflicts';

const side = (scenario: string | null, featureId: string) => ({ scenario, collection: 'buildings', featureId, organization: null });
const conflict = (change: Partial<Conflict>): Conflict =>
  ({ id: 1, code: 'C2', severity: 'high', first: side('A', 'H1'), second: side('B', 'H2'), state: 'open', geometry: null, area: null, volume: null, distance: null, ...change });

test('what is grave and open comes first', () => {
  const all = [conflict({ id: 1, severity: 'info' }), conflict({ id: 2, state: 'accepted' }), conflict({ id: 3, severity: 'medium' }), conflict({ id: 4 }), conflict({ id: 5 })];
  assert.deepEqual(sorted(all).map(({ id }) => id), [4, 5, 3, 1, 2]);
});

test('the own object stands first, whichever plan the server names first', () => {
  const ids = (one: Conflict, name: string) => sidesOf(one, name).map((party) => party?.featureId ?? null);
  assert.deepEqual(ids(conflict({}), 'A'), ['H1', 'H2']);
  assert.deepEqual(ids(conflict({}), 'B@3'), ['H2', 'H1']);
  // Of the city, and beyond the border.
  assert.deepEqual(ids(conflict({ code: 'C3', second: side(null, 'S1') }), 'A'), ['H1', 'S1']);
  assert.deepEqual(ids(conflict({ code: 'C4', second: null }), 'A'), ['H1', null]);
  // Two objects of one plan.
  assert.deepEqual(ids(conflict({ second: side('A', 'H3') }), 'A'), ['H1', 'H3']);
});

test('a room is as high as its volume over its ground', () => {
  // 4 m² and 12 m³: 3 m.
  assert.equal(heightOf(conflict({ area: 4, volume: 12 })), 3);
  assert.equal(heightOf(conflict({ area: 4 })), 6);
  assert.equal(heightOf(conflict({ area: 0, volume: 0 })), 6);
});
