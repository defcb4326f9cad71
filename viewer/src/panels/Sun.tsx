/** Date, local time and shadows. */
import { number, t } from '../i18n';
import { config, language, shadows, shadowsFixed, time } from '../state/store';
import { instantOf, sunPosition, zoneName } from '../sun';

const PRESETS = [['winter', '12-21'], ['spring', '03-20'], ['summer', '06-21']] as const;
const two = (value: number) => String(value).padStart(2, '0');

export function Sun() {
  const [date = '', clock = ''] = time.value.split('T');
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  const [w, s, e, n] = config.value?.extent ?? [11.65, 48.25, 11.65, 48.25];
  const { elevation, azimuth } = sunPosition(instantOf(time.value), (w + e) / 2, (s + n) / 2);
  const spoken = `${clock} ${zoneName(time.value, language.value)}`;
  const degrees = number(elevation);
  return (
    <section aria-labelledby="h-sun">
      <h2 id="h-sun">{t('sun')}</h2>
      <label class="check"><input id="shadows" type="checkbox" checked={shadows.value}
        onChange={(event) => { shadows.value = event.currentTarget.checked; shadowsFixed.value = true; }} />{t('sun.shadows')}</label>
      <label for="date">{t('sun.date')}</label>
      <input id="date" type="date" required value={date} onChange={(event) => { if (event.currentTarget.value) time.value = `${event.currentTarget.value}T${clock}`; }} />
      <div class="row" role="group" aria-label={t('sun.presets')}>
        {PRESETS.map(([name, day]) => (
          <button type="button" key={name} aria-pressed={date.endsWith(day)} onClick={() => { time.value = `${date.slice(0, 4)}-${day}T${clock}`; }}>{t(`preset.${name}`)}</button>
        ))}
      </div>
      <label for="time">{t('sun.time')}: <output for="time">{spoken}</output></label>
      <input id="time" type="range" min={0} max={1435} step={5} value={hours * 60 + minutes} aria-valuetext={spoken}
        onInput={(event) => { const m = Number(event.currentTarget.value); time.value = `${date}T${two(Math.floor(m / 60))}:${two(m % 60)}`; }} />
      <p class="hint">{elevation > 0 ? t('sun.height', { degrees, azimuth: number(azimuth, 0) }) : t('sun.night', { degrees })}</p>
    </section>
  );
}
