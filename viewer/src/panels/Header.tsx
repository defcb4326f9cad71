/** Title, copy link, snapshot, language. */
import { city, copyLink, snapshot } from '../app/controller';
import { LANGUAGES, t } from '../i18n';
import { language } from '../state/store';
import { Session } from './Session';

export function Header({ title }: { title: string }) {
  return (
    <header>
      <h1>{title}</h1>
      <div class="actions">
        <button type="button" onClick={() => void copyLink()}>{t('copy')}</button>
        <button type="button" disabled={!city.value} onClick={snapshot}>{t('snapshot')}</button>
        <Session />
        <select id="language" aria-label={t('language')} value={language.value} onChange={(e) => { language.value = e.currentTarget.value; }}>
          {LANGUAGES.map(([id, name]) => <option key={id} value={id} lang={id}>{name}</option>)}
        </select>
      </div>
    </header>
  );
}
