import { test } from 'node:test';
import assert from 'node:assert/strict';
import names from '../../../assets/names.json';
import { date, rows } from '../../src/readable';
import { language } from '../../src/state/store';

const read = (properties: Record<string, unknown>) => rows(properties).map(({ label, value }) => [label, value]);

test('a building of the survey is read in German', () => {
  language.value = 'de';
  assert.deepEqual(read({
    class: 'Building', function: '31001_1000', function_text: 'Wohngebäude', roofType: '3100', measuredHeight: 11.676, HoeheDach: '489.566',
    yearOfConstruction: 1962, area: 1020.5, area_uom: 'm2', isMovable: false, lods: ['2'], children: { BuildingPart: 2 }, revision: 1,
    address: [{ number: '51', street: 'Marktring', country: 'Germany', locality: 'Erlenried', postalCode: '85998', postBox: '7' }],
    externalReferences: [{ name: 'DEXX', informationSystem: 'alkis' }], zMin: 477.89, validFrom: '2024-11-06T00:00:00Z', note: '1.5', empty: '', none: null,
  }), [
    ['Klasse', 'Gebäude'], ['Funktion', 'Wohngebäude (31001_1000)'], ['Dachform', 'Satteldach (3100)'], ['Gemessene Höhe', '11,676 m'],
    ['Höhe des Dachs', '489,566 m'], ['Baujahr', '1962'], ['Fläche', '1.020,5 m2'], ['Beweglich', 'nein'], ['Detaillierungsgrade', '2'],
    ['Teile', '2 × Gebäudeteil'], ['Fassung', '1'], ['Adresse', 'Marktring 51, 85998 Erlenried, Germany, Postfach: 7'],
    ['Fremdkennungen', 'Name: DEXX; Informationssystem: alkis'], ['Tiefster Punkt', '477,89 m'], ['Gültig ab', '6.11.2024'], ['note', '1.5'],
  ]);
});

test('and in English', () => {
  language.value = 'en';
  assert.deepEqual(read({ class: 'bldg:Building', zMax: 489.5, creationDate: '2024-11-06', function: ['31001_1000', 'x'] }),
    [['Class', 'Building'], ['Highest point', '489.5 m'], ['Created on', '6 November 2024'], ['Function', 'residential building (31001_1000), x']]);
});

test('codes of buildings name nothing else', () => {
  language.value = 'de';
  assert.deepEqual(read({ class: 'LandUse', usage: '2100' }), [['Klasse', 'Flächennutzung'], ['Nutzung', '2100']]);
  assert.deepEqual(read({ class: 'LandUse', usage: '2100', usage_text: 'Ackerland' })[1], ['Nutzung', 'Ackerland (2100)']);
});

test('dates that are none stay', () => {
  language.value = 'de';
  for (const [text, shown] of [['2024-02-30', '2024-02-30'], ['2024-1-1', '2024-1-1'], ['2026-11-25T18:49:07Z', '25.11.2026, 18:49 UTC'], ['2026-11-25T00:30:00+01:00', '24.11.2026, 23:30 UTC']] as const) {
    assert.equal(date(text), shown);
  }
});

test('every name is there in both languages', () => {
  for (const table of [names.attributes, names.classes]) {
    for (const [key, name] of Object.entries(table)) assert.ok(name.de && name.en, key);
  }
});
