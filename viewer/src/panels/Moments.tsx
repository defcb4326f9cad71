/** The slider through the phases of a scenario. */
import { t } from '../i18n';
import { date } from '../readable';
import { moment, phases, stops } from '../state/plans';

/** The stop that a moment belongs to: the last one that is not later. */
function indexOf(all: (string | null)[], value: string | null): number {
  if (value === null) return all.length - 1;
  const at = Date.parse(value);
  return Math.max(0, all.findLastIndex((stop) => stop !== null && Date.parse(stop) <= at));
}

/** The moment that is shown, in words: `ab 1.6.2028`. */
export function momentName(all: (string | null)[], value: string | null): string {
  const now = indexOf(all, value);
  const stop = all[now] ?? null;
  if (stop === null) return t('moment.end');
  if (now === 0) return t('moment.before');
  const from = t('moment.from', { date: date(stop.slice(0, 10)) });
  const phase = phases.value.find((one) => one.from !== null && Date.parse(one.from) === Date.parse(stop));
  return phase ? `${phase.label}, ${from}` : from;
}

export function Moments() {
  const all = stops.value;
  if (all.length < 2) return null;
  const now = indexOf(all, moment.value);
  const said = momentName(all, moment.value);
  return (
    <>
      <label for="moment">{t('moment')}: <output for="moment">{said}</output></label>
      <input id="moment" type="range" min={0} max={all.length - 1} step={1} value={now} list="moments" aria-valuetext={said}
        onInput={(event) => { moment.value = all[Number(event.currentTarget.value)] ?? null; }} />
      <datalist id="moments">{all.map((_, i) => <option key={i} value={i} />)}</datalist>
    </>
  );
}
