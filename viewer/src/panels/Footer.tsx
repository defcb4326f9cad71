/** Sources and licences. */
import { url } from '../api';
import { t } from '../i18n';
import { config, layers } from '../state/store';

export function Footer() {
  const sources = [...new Set([config.value?.attribution, ...layers.value.map((l) => l.attribution)].filter(Boolean))];
  return (
    <footer>
      {sources.length > 0 ? <span>© {sources.join(', ')}</span> : config.value && <span>© {config.value.title}</span>}
      {config.value && <span>{t('heightModel', { model: config.value.heightModel })}</span>}
      <a href={url('')}>{t('api')}</a>
      <span>stadtwin, CesiumJS</span>
      <a href="./licences.txt">{t('licences')}</a>
    </footer>
  );
}
