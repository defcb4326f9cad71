import { test } from 'node:test';
import assert from 'node:assert/strict';
import de from '../../src/i18n/de.json';
import en from '../../src/i18n/en.json';
import { THEMES } from '../../src/colour';

test('both catalogues have the same keys and the same placeholders', () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  const holes = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const [key, text] of Object.entries(de)) {
    assert.notEqual(text, '', key);
    assert.deepEqual(holes(text), holes(en[key as keyof typeof en]), key);
  }
});

test('every theme and class has a name', () => {
  for (const { id, classes } of THEMES) {
    assert.ok(`theme.${id}` in de, id);
    for (const { key } of classes) assert.ok(`class.${key}` in de, key);
  }
});
