import { test } from 'node:test';
import assert from 'node:assert/strict';
import { instantOf, localOf, offsetMinutes, sunPosition, zoneName } from '../../src/sun';

test('local times follow summer and winter time', () => {
  for (const [local, utc, name] of [
    ['2026-06-21T17:30', '2026-06-21T15:30:00.000Z', 'MESZ'], ['2026-12-21T12:00', '2026-12-21T11:00:00.000Z', 'MEZ'],
    ['2026-03-20T09:00', '2026-03-20T08:00:00.000Z', 'MEZ'], ['2026-03-29T01:59', '2026-03-29T00:59:00.000Z', 'MEZ'],
    ['2026-03-29T03:00', '2026-03-29T01:00:00.000Z', 'MESZ'], ['2026-10-25T04:00', '2026-10-25T03:00:00.000Z', 'MEZ'],
  ] as const) {
    assert.equal(instantOf(local).toISOString(), utc, local);
    assert.equal(localOf(instantOf(local)), local);
    assert.equal(zoneName(local, 'de'), name);
  }
  assert.equal(offsetMinutes(new Date('2026-07-01T00:00:00Z')), 120);
});

test('the sun stands where an independent program puts it', () => {
  // CesiumJS with the IAU 2006 tables: azimuth 267.311, elevation 34.584.
  const { elevation, azimuth } = sunPosition(instantOf('2026-06-21T17:30'), 11.65, 48.25);
  assert.ok(Math.abs(elevation - 34.584) < 0.05, String(elevation));
  assert.ok(Math.abs(azimuth - 267.311) < 0.05, String(azimuth));
});
