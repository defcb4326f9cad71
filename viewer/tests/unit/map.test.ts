import { test } from 'node:test';
import assert from 'node:assert/strict';
import { WORDS, languageOf, nameOf, valueOf } from '../../src/map/words';

test('the map speaks both languages', () => {
  assert.deepEqual(Object.keys(WORDS.de).sort(), Object.keys(WORDS.en).sort());
  for (const [asked, preferred, expected] of [
    ['de', ['en'], 'de'], ['fr', ['de-AT'], 'de'], [null, ['fr', 'en-GB', 'de'], 'en'], [null, [], 'en'],
  ] as const) assert.equal(languageOf(asked, preferred), expected);
});

test('attributes and values are named for people', () => {
  assert.equal(nameOf('measuredHeight', 'de'), 'Gemessene Höhe');
  assert.equal(nameOf('nobodyKnowsThis', 'de'), 'nobodyKnowsThis');
  assert.equal(valueOf('measuredHeight', 6.7, 'de'), '6,7 m');
  assert.equal(valueOf('measuredHeight', 6.7, 'en'), '6.7 m');
  assert.equal(valueOf('class', 'bldg:Building', 'de'), 'Gebäude');
  assert.equal(valueOf('yearOfConstruction', 1985, 'de'), '1985');
});
