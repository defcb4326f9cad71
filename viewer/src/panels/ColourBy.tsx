/** The theme and its legend. */
import { SELECTED, THEMES, themeOf } from '../colour';
import { t, type Key } from '../i18n';
import { selection, theme } from '../state/store';

export function ColourBy() {
  const classes = themeOf(theme.value).classes;
  const rows = selection.value ? [...classes, { key: 'selected', colour: SELECTED }] : classes;
  return (
    <section aria-labelledby="h-colour">
      <h2 id="h-colour">{t('colourBy')}</h2>
      <select id="theme" aria-labelledby="h-colour" value={themeOf(theme.value).id} onChange={(e) => { theme.value = e.currentTarget.value; }}>
        {THEMES.map(({ id }) => <option key={id} value={id}>{t(`theme.${id}` as Key)}</option>)}
      </select>
      {rows.length > 0 && (
        <ul class="legend" aria-label={t('legend')}>
          {rows.map(({ key, colour }) => <li key={key}><span class="swatch" style={{ backgroundColor: colour }} />{t(`class.${key}` as Key)}</li>)}
        </ul>
      )}
    </section>
  );
}
