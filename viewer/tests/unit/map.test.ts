import { test } from 'node:test';
import assert from 'node:assert/strict';
import { groups, hiddenOf, hide, withHidden } from '../../src/map/layers';
import { WORDS, languageOf, nameOf, valueOf } from '../../src/map/words';

test('the map speaks both languages', () => {
  assert.deepEqual(Object.keys(WORDS.de).sort(), Object.keys(WORDS.en).sort());
  for (const [asked, preferred, expected] of [
    ['de', ['en'], 'de'], ['fr', ['de-AT'], 'de'], [null, ['fr', 'en-GB', 'de'], 'en'], [null, [], 'en'],
  ] as const) assert.equal(languageOf(asked, preferred), expected);
});

test('a link says which collections are off, and keeps the rest of itself', () => {
  assert.deepEqual([...hiddenOf('#map=18/48.25/11.65&off=roads,a%2Cb')], ['roads', 'a,b']);
  assert.deepEqual([...hiddenOf('#map=18/48.25/11.65')], []);
  assert.deepEqual([...hiddenOf('#off=%')], ['%']);
  assert.equal(withHidden('#map=18/48.25/11.65', new Set(['a,b', 'roads'])), '#map=18/48.25/11.65&off=a%2Cb,roads');
  assert.equal(withHidden('#off=roads&map=1/2/3', new Set()), '#map=1/2/3');
  assert.equal(withHidden('#off=roads', new Set()), '');
});

test('what is off is hidden with its outlines and labels before the map is made', () => {
  const style = { layers: [
    { id: 'paper' }, { id: 'roads.fill', 'source-layer': 'roads' }, { id: 'roads.label', 'source-layer': 'roads', layout: { 'text-field': 'x' } }, { id: 'water.fill', 'source-layer': 'water' },
  ] } as unknown as Parameters<typeof hide>[0];
  assert.deepEqual([...groups(style)], [['roads', ['roads.fill', 'roads.label']], ['water', ['water.fill']]]);
  hide(style, new Set(['roads', 'gone']));
  assert.deepEqual(style.layers.map(({ layout }) => layout), [undefined, { visibility: 'none' }, { 'text-field': 'x', visibility: 'none' }, undefined]);
});

test('attributes and values are named for people', () => {
  assert.equal(nameOf('measuredHeight', 'de'), 'Gemessene Höhe');
  assert.equal(nameOf('nobodyKnowsThis', 'de'), 'nobodyKnowsThis');
  assert.equal(valueOf('measuredHeight', 6.7, 'de'), '6,7 m');
  assert.equal(valueOf('measuredHeight', 6.7, 'en'), '6.7 m');
  assert.equal(valueOf('class', 'bldg:Building', 'de'), 'Gebäude');
  assert.equal(valueOf('yearOfConstruction', 1985, 'de'), '1985');
});
