/** The section through the ground: its summary, its plot, and the place along it that is looked at. */
import { useEffect, useRef } from 'preact/hooks';
import { number, t } from '../i18n';
import { csvUrl, type Profile } from '../profile';
import { terrain } from '../state/ground';
import { clear, corners, cursor, isDrawing, isFresh, profile, state } from '../state/profile';
import { language } from '../state/store';
import { heightSystem } from '../terrain';
import { PlotPicture } from './PlotPicture';

const metres = (value: number | null | undefined, digits = 1) => (value == null ? '–' : `${number(value, digits)} m`);

export function Plot() {
  if (isDrawing.value || (!profile.value && state.value === 'none')) return null;
  return (
    <div class="plot" role="region" aria-labelledby="h-plot">
      <div class="row">
        <h2 id="h-plot">{t('plot')}</h2>
        {terrain.value && profile.value && <a id="plot-csv" href={csvUrl(terrain.value, corners.value)} download={`${terrain.value.id}.csv`}>{t('plot.csv')}</a>}
        <button type="button" id="plot-close" onClick={clear}>{t('plot.close')}</button>
      </div>
      {!profile.value && <p role="status">{state.value !== 'none' && t(`plot.${state.value}`)}</p>}
      {profile.value && <Found found={profile.value} />}
    </div>
  );
}

function Found({ found }: { found: Profile }) {
  const slider = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (isFresh.peek()) slider.current?.focus();
    isFresh.value = false;
  }, [found]);
  const system = heightSystem(terrain.value?.verticalCrs ?? '');
  const summary = t('plot.summary', {
    length: metres(found.length, 0), lowest: metres(found.lowest, 2), highest: metres(found.highest, 2), ascent: metres(found.ascent), descent: metres(found.descent),
  });
  const at = found.samples[cursor.value];
  const reading = at ? t('plot.reading', { distance: metres(at.distance), height: at.elevation === null ? t('plot.unknown') : `${metres(at.elevation, 2)} ${system}`.trim() }) : '';
  return (
    <>
      <p class="hint" id="plot-summary">{summary}</p>
      <PlotPicture found={found} label={`${t('plot')}. ${summary}`} height={t('plot.height', { system: system ? `m ${system}` : 'm' })} distance={t('plot.distance')} key={language.value} />
      <label for="plot-cursor">{t('plot.cursor')}: <output for="plot-cursor" id="plot-reading">{reading}</output></label>
      <input id="plot-cursor" type="range" ref={slider} min={0} max={found.samples.length - 1} step={1} value={cursor.value} aria-valuetext={reading}
        onInput={(event) => { cursor.value = Number(event.currentTarget.value); }} />
    </>
  );
}
