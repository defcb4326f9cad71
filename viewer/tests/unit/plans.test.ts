import { test } from 'node:test';
import assert from 'node:assert/strict';
import { digitsOf, readFigures, rowsOf } from '../../src/figures';
import { changesOf, marksOf, momentsOf, stopsOf, type Operation } from '../../src/plans';

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

test('operations make changes; what is taken back leaves none', () => {
  const plan = [
    operation(1, 'remove', ['B1'], [], at(Y27)), operation(2, 'add', [], ['H1'], at(Y28)), operation(3, 'extrude', [], ['H2'], at(Y28, Y30)),
    operation(4, 'replace', ['B2'], ['H3', 'H4'], at(Y28)), operation(5, 'modify', ['B3'], []), operation(6, 'transform', ['H1'], [], at(Y28)), operation(7, 'remove', ['H3'], [], at(Y30)),
  ];
  const told = (moment: string | null) => changesOf(plan, moment).map(({ kind, before, after }) => `${kind} ${before.join('+')}>${after.join('+')}`);
  assert.deepEqual(told('2026-06-01T00:00:00Z'), ['modified B3>B3']);
  assert.deepEqual(told(Y27), ['removed B1>', 'modified B3>B3']);
  assert.deepEqual(told(Y28), ['removed B1>', 'added >H1', 'added >H2', 'replaced B2>H3+H4', 'modified B3>B3']);
  // The last state: H2 stands until 2030 only, and of the pair H3 is gone again.
  assert.deepEqual(told(null), ['removed B1>', 'added >H1', 'replaced B2>H4', 'modified B3>B3']);
  const { fresh, changed, gone } = marksOf(changesOf(plan, Y28), 'b');
  assert.deepEqual([[...fresh], [...changed], [...gone]], [['H1', 'H2', 'H3', 'H4'], ['B3'], ['B1', 'B2']]);
  assert.equal(marksOf(changesOf(plan, Y28), 'other').fresh.size, 0);
});

test('figures stand in rows, each column where it was asked for', () => {
  const figure = (key: string, value: number | null) => ({ key, value, unit: '1' });
  const answer = { scenarios: [{ scenario: 'a', figures: { figures: [figure('gfz', 0.6), figure('units', 6)] } }, { scenario: 'base', figures: [figure('gfz', null)] }] };
  const rows = rowsOf(readFigures(answer, ['base', 'a']));
  assert.deepEqual(rows.map(({ key, most, cells }) => [key, most, cells.map((cell) => cell?.value)]), [['gfz', 0.6, [null, 0.6]], ['units', 6, [undefined, 6]]]);
  for (const [unit, most, digits] of [['1', 0.6, 2], ['1', 2400, 0], ['m', 28.3, 1], ['m²', 1200, 0], ['m³/m²', 1.2, 2]] as const) assert.equal(digitsOf(unit, most), digits, unit);
});
