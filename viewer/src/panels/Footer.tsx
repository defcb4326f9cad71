/** Sources and licences. */
import { url } from '../api';
import { t } from '../i18n';
import { config, layers } from '../state/store';

const MODELS: Record<string, string> = { gcg2016: 'GCG2016', egm96: 'EGM96' };

export function Footer() {
  const sources = [...new Set([config.value?.attribution, ...layers.value.map((l) => l.attribution)].filter(Boolean))];
  return (
    <footer>
      {sources.length > 0 && <span>© {sources.join(', ')}</span>}
      {config.value && <span>{t('heightModel', { model: MODELS[config.value.heightModel] ?? config.value.heightModel })}</span>}
      <a href={url('')}>{t('api')}</a>
      <span>stadtwin, CesiumJS</span>
      {config.value?.imprintUrl && <a id="imprint" href={config.value.imprintUrl}>{t('imprint')}</a>}
      <a href="./licences.txt">{t('licences')}</a>
    </footer>
  );
}
