/** Local time of the city and the height of its sun. */
export const ZONE = 'Europe/Berlin';

/** Offset of the zone from UTC at an instant, in minutes. */
export function offsetMinutes(instant: Date, zone = ZONE): number {
  const part = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(instant).find((p) => p.type === 'timeZoneName')?.value ?? 'GMT';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(part);
  if (!match) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

/** Instant of a local wall clock time `2026-06-21T17:30`; in the hour that is skipped in spring, the clock after the jump. */
export function instantOf(local: string, zone = ZONE): Date {
  const wall = Date.parse(`${local}:00Z`);
  const first = wall - offsetMinutes(new Date(wall), zone) * 60000;
  return new Date(wall - offsetMinutes(new Date(first), zone) * 60000);
}

/** Local wall clock time of an instant as `2026-06-21T17:30`. */
export function localOf(instant: Date, zone = ZONE): string {
  return new Date(instant.getTime() + offsetMinutes(instant, zone) * 60000).toISOString().slice(0, 16);
}

/** Short name of the zone at that time in the given language, such as MESZ. */
export function zoneName(local: string, language: string, zone = ZONE): string {
  const summer = offsetMinutes(instantOf(local, zone), zone) === 120;
  if (language === 'de') return summer ? 'MESZ' : 'MEZ';
  return summer ? 'CEST' : 'CET';
}

/** Geometric height and azimuth (from north, clockwise) of the sun in degrees. */
export function sunPosition(instant: Date, longitude: number, latitude: number): { elevation: number; azimuth: number } {
  const rad = Math.PI / 180;
  const days = instant.getTime() / 86400000 + 2440587.5 - 2451545;
  const t = days / 36525;
  const mean = (280.46646 + t * (36000.76983 + t * 0.0003032)) % 360;
  const anomaly = (357.52911 + t * (35999.05029 - t * 0.0001537)) * rad;
  const centre = Math.sin(anomaly) * (1.914602 - t * (0.004817 + 0.000014 * t))
    + Math.sin(2 * anomaly) * (0.019993 - 0.000101 * t) + Math.sin(3 * anomaly) * 0.000289;
  const node = (125.04 - 1934.136 * t) * rad;
  const apparent = (mean + centre - 0.00569 - 0.00478 * Math.sin(node)) * rad;
  const tilt = (23.439291 - t * 0.0130042 + 0.00256 * Math.cos(node)) * rad;
  const declination = Math.asin(Math.sin(tilt) * Math.sin(apparent));
  const ascension = Math.atan2(Math.cos(tilt) * Math.sin(apparent), Math.cos(apparent));
  const sidereal = (280.46061837 + 360.98564736629 * days) * rad;
  const hour = sidereal + longitude * rad - ascension;
  const phi = latitude * rad;
  const elevation = Math.asin(Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hour));
  const azimuth = Math.atan2(-Math.sin(hour), Math.tan(declination) * Math.cos(phi) - Math.sin(phi) * Math.cos(hour));
  return { elevation: elevation / rad, azimuth: ((azimuth / rad) % 360 + 360) % 360 };
}
