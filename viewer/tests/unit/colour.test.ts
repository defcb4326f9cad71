import { test } from 'node:test';
import assert from 'node:assert/strict';
import { linear, themeOf, THEMES } from '../../src/colour';
import { codeName, functionCode } from '../../src/codes';

test('legend colours become linear', () => {
  assert.deepEqual(linear('#ffffff'), [1, 1, 1]);
  assert.deepEqual(linear('#000000'), [0, 0, 0]);
  assert.ok(Math.abs(linear('#808080')[0] - 0.2195) < 1e-3);
});

test('attributes fall into the classes of the legend', () => {
  for (const [theme, property, value, expected] of [
    ['func', 'function', '31001_1000', 'living'], ['func', 'function', '31001_2463', 'parking'], ['func', 'function', '31001_3041', 'church'],
    ['func', 'function', '31001_9998', 'noData'], ['func', 'function', undefined, 'noData'], ['func', 'function', '51009_1610', 'other'],
    ['func', 'function', '99999_1001', 'other'],
    ['height', 'measuredHeight', 4.99, 'h5'], ['height', 'measuredHeight', '22', 'h99'], ['height', 'measuredHeight', '', 'noData'], ['height', 'measuredHeight', null, 'noData'],
    ['roof', 'roofType', '3100', 'gable'], ['roof', 'roofType', 1000, 'flat'], ['roof', 'roofType', '9999', 'noData'],
  ] as const) {
    const found = themeOf(theme).classify?.((name) => (name === property ? value : undefined));
    assert.equal(found, expected, `${property} ${String(value)}`);
  }
  for (const { classes } of THEMES) assert.equal(new Set(classes.map((c) => c.colour)).size, classes.length);
});

test('codes have names', () => {
  assert.equal(functionCode('31001_1000'), 1000);
  assert.equal(codeName('roofType', '3100', 'de'), 'Satteldach');
  assert.equal(codeName('function', '31001_3041', 'en'), 'church');
  assert.equal(codeName('Gemeindeschluessel', '1000', 'de'), undefined);
});
