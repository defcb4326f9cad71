import { test } from 'node:test';
import assert from 'node:assert/strict';
import { digitsOf, readFigures, rowsOf, tell } from '../../src/figures';
import { marksOf, momentsOf, stopsOf, type Change, type Operation } from '../../src/plans';

const at = (from: string | null, to: string | null = null) => ({ from, to });
const operation = (seq: number, op: string, targets: string[], made: string[], validity = at(null)): Operation => ({ seq, op, collection: 'b', targets, made, validity });
const Y27 = '2027-01-01T00:00:00Z', Y28 = '2028-01-01T00:00:00Z', Y30 = '2030-01-01T00:00:00Z';

test('the slider stops before the first change, at each, and when all is done', () => {
  for (const [spans, expected] of [
    [[], []],
    [[at(null)], []],
    [[at(Y28)], ['2027-12-31T00:00:00Z', null]],
    [[at(Y30), at(Y28, Y30), at(Y28)], ['2027-12-31T00:00:00Z', Y28, null]],
    // One moment in two time zones.
    [[at('2028-01-01T01:00:00+01:00'), at(Y28), at(Y27)], ['2026-12-31T00:00:00Z', Y27, null]],
  ] as const) assert.deepEqual(stopsOf(momentsOf(spans.map((span, i) => operation(i, 'add', [], [], span)))), expected);
});

test('changes say which objects of a collection are new, changed and gone', () => {
  const change = (kind: Change['kind'], before: string[], after: string[], collection = 'b'): Change => ({ kind, collection, before, after });
  const all = [
    change('added', [], ['H1']), change('removed', ['B1'], []), change('replaced', ['B2', 'B3'], ['H2']), change('modified', ['B4'], ['B4']), change('moved', ['B5'], ['B5']),
    change('added', [], ['T1'], 'trees'),
  ];
  const { fresh, changed, gone } = marksOf(all, 'b');
  assert.deepEqual([[...fresh], [...changed], [...gone]], [['H1', 'H2'], ['B4', 'B5'], ['B1', 'B2', 'B3', 'B5']]);
  assert.deepEqual([...marksOf(all, 'trees').fresh], ['T1']);
  assert.equal(marksOf(all, 'other').fresh.size, 0);
});

test('figures stand in rows, each column where it was asked for', () => {
  const figure = (key: string, value: number | null) => ({ key, value, unit: '1' });
  const answer = { scenarios: [{ scenario: 'a', figures: [figure('gfz', 0.6), figure('units', 6)] }, { scenario: 'base', figures: [figure('gfz', null)] }] };
  const rows = rowsOf(readFigures(answer, ['base', 'a']));
  assert.deepEqual(rows.map(({ key, most, cells }) => [key, most, cells.map((cell) => cell?.value)]), [['gfz', 0.6, [null, 0.6]], ['units', 6, [undefined, 6]]]);
  for (const [unit, most, digits] of [['1', 0.6, 2], ['1', 2400, 0], ['m', 28.3, 1], ['m²', 1200, 0], ['m³/m²', 1.2, 2]] as const) assert.equal(digitsOf(unit, most), digits, unit);
});

test('ratios have two decimals, shares are percentages, and little is not nothing', () => {
  const plain = (value: number, most: number, least = 0) => value.toFixed(Math.max(least, Math.min(most, (String(value).split('.')[1] ?? '').length)));
  for (const [key, unit, value, told] of [
    ['grz', '1', 0.2, '0.20'], ['gfz', '1', 0.0004, '< 0.01'], ['grz', '1', 0, '0.00'], ['bmz', 'm', 1.3, '1.30 m³/m²'], ['sealedShare', '1', 0.41, '41 %'],
    ['buildings', '1', 7, '7'], ['volume', 'm³', 1200, '1200 m³'],
  ] as const) assert.equal(tell({ key, unit, most: Math.max(1, value) }, value, plain), told, key);
});
