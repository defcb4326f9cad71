/** The rendering preset. */
import { t } from '../i18n';
import { quality, qualityFixed, shadows, shadowsFixed } from '../state/store';

export function Rendering() {
  const choose = (value: string) => {
    quality.value = value === 'low' ? 'low' : 'high';
    qualityFixed.value = true;
    if (!shadowsFixed.value) shadows.value = quality.value === 'high';
  };
  return (
    <section aria-labelledby="h-quality">
      <h2 id="h-quality">{t('quality')}</h2>
      <select id="quality" aria-labelledby="h-quality" value={quality.value} onChange={(e) => choose(e.currentTarget.value)}>
        <option value="high">{t('quality.high')}</option>
        <option value="low">{t('quality.low')}</option>
      </select>
    </section>
  );
}
