/** What is known about the selected object. */
import { itemUrl, variantQuery } from '../api';
import { nameOf, number, t } from '../i18n';
import { rows } from '../readable';
import * as plans from '../state/plans';
import { language, layers, selection, type Selection, type SurfaceInfo } from '../state/store';

function surfaceText({ type, area, slope, azimuth }: SurfaceInfo): string {
  const parts = [nameOf('surface', type)];
  if (area !== undefined) parts.push(`${number(area)} m²`);
  if (slope !== undefined) parts.push(`${t('info.slope')} ${number(slope)}°`);
  if (azimuth !== undefined && azimuth >= 0) parts.push(`${t('info.azimuth')} ${number(azimuth, 0)}°`);
  return parts.join(', ');
}

export function Info() {
  const chosen = selection.value;
  return (
    <section aria-labelledby="h-info" id="info">
      <h2 id="h-info">{t('info')}</h2>
      <div aria-live="polite">{chosen ? <Details chosen={chosen} /> : <p class="hint">{t('info.none')}</p>}</div>
      {chosen && <Links chosen={chosen} />}
    </section>
  );
}

function Details({ chosen }: { chosen: Selection }) {
  const kind = chosen.class ?? chosen.item?.properties.class;
  const rest = rows(chosen.item?.properties ?? {}).filter(({ name }) => !(name === 'class' && chosen.item?.properties.class === kind));
  return (
    <table>
      <thead class="hidden"><tr><th scope="col">{t('info.attribute')}</th><th scope="col">{t('info.value')}</th></tr></thead>
      <tbody>
        <tr><th scope="row">{t('info.id')}</th><td id="info-id">{chosen.id}</td></tr>
        {kind !== undefined && <tr><th scope="row">{t('info.class')}</th><td>{nameOf('object', String(kind))}</td></tr>}
        <tr><th scope="row">{t('info.layer')}</th><td>{layers.value.find((l) => l.id === chosen.layer)?.title ?? chosen.layer}</td></tr>
        {chosen.variant && <tr><th scope="row">{t('info.plan')}</th><td>{plans.scenarioOf(chosen.variant.scenario)?.title ?? chosen.variant.scenario}</td></tr>}
        {chosen.surface && <tr><th scope="row">{t('info.surface')}</th><td id="info-surface">{surfaceText(chosen.surface)}</td></tr>}
        {rest.map(({ name, label, value }) => <tr key={name} data-name={name}><th scope="row" title={name}>{label}</th><td>{value}</td></tr>)}
        {!chosen.item && <tr><td colSpan={2}>{t(chosen.failed ? 'info.failed' : 'info.loading')}</td></tr>}
      </tbody>
    </table>
  );
}

function Links({ chosen }: { chosen: Selection }) {
  const address = itemUrl(chosen.layer, chosen.id);
  const { variant } = chosen;
  const scenario = plans.scenarioOf(variant?.scenario ?? null);
  // A plain link tells nobody who follows it.
  const isOpen = !variant || (scenario?.visibility === 'public' && !!scenario.publishedRevision);
  const query = variantQuery(variant);
  return (
    <div class="row">
      {isOpen && <a href={`${address}?${query}f=json`}>{t('info.json')}</a>}
      {isOpen && <a href={`${address}?${query}f=html&lang=${language.value}`}>{t('info.html')}</a>}
      <button type="button" onClick={() => { selection.value = null; }}>{t('info.close')}</button>
    </div>
  );
}
