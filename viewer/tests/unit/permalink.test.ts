import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readLink, writeLink } from '../../src/permalink';

test('a link reads back as it was written', () => {
  for (const text of [
    '#v=1&c=11.650000,48.250000,913.3,25.0,-32.0&t=2026-06-21T17:30&s=func&l=buildings,trees~60&sel=DEBY_LOD2_4906&q=high&sh=0&lang=de',
    '#v=1&l=buildings&g=hillshade~60,contours&ug=1&p=11.650000,48.250000,11.660000,48.250000,11.660000,48.260000',
    '#v=1&sc=plan-a@3&dt=2028-06-01T00:00:00Z&cmp=base&sp=30&sel=H1', '#v=1&sc=a&cmp=b',
    '#v=1&l=', '#v=1', '#v=1&sel=A&in=houses&bare=1', '#v=1&l=a%2Cb%7E~5&sel=urn%3Ax%3A%26%3D',
  ]) assert.equal(writeLink(readLink(text)), text);
});

test('unknown keys and spoilt values are ignored', () => {
  for (const [text, expected] of [
    ['#v=1&zz=1&q=low', { quality: 'low' }], ['#c=1,2,3&t=yesterday&q=ultra&sh=2', {}], ['#c=11.6,48.2,x,0,0', {}], ['#c=11.6,,500,0,0', {}],
    ['#c=11.6,148.2,500,0,0', {}], ['#t=2026-13-41T10:00', {}], ['', {}], ['#&&==', {}], ['#v=2&q=low', {}], ['#sel=%E0%A4%A', { selected: '%E0%A4%A' }],
    ['#p=11.6,48.2', {}], ['#p=11.6,48.2,11.7', {}], ['#p=11.6,48.2,,48.3', {}], ['#p=11.6,48.2,11.7,98', {}], ['#ug=0&g=', {}],
    ['#sc=a/b&dt=2028-06-01T00:00:00Z&cmp=c', {}], ['#sc=a&dt=soon&cmp=x y&sp=200', { scenario: 'a' }], ['#cmp=a&sp=50', {}],
    ['#l=a~500,b~x', { layers: [{ id: 'a', opacity: 1 }, { id: 'b', opacity: 1 }] }],
  ] as const) assert.deepEqual(readLink(text), expected, text);
});
