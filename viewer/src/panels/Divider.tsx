/** What stands in the picture: the plan's name, and between two of them a divider that is moved. */
import { t } from '../i18n';
import * as plans from '../state/plans';
import { momentName } from './Moments';

/** Half of the slider's knob, as the scene has it [px]. */
const KNOB = 14;

const nameOf = (name: string | null) => (name === null || name === plans.BASE ? t('plans.base') : plans.scenarioOf(name)?.title ?? name);

export function Divider() {
  const name = plans.opened.value;
  if (name === null) return null;
  const share = plans.divider.value, percent = Math.round(share * 100);
  const isSplit = plans.isSplit.value;
  const planned = plans.stops.value.length ? `${t('plans.badge')}, ${momentName(plans.stops.value, plans.moment.value)}` : t('plans.badge');
  return (
    <>
      {isSplit && (
        <>
          <div class="divider" style={{ left: `calc(${KNOB}px + ${share} * (100% - ${2 * KNOB}px))` }} aria-hidden="true" />
          <input id="divider" class="across" type="range" min={0} max={100} step={1} value={percent} aria-label={t('divider')}
            aria-valuetext={t('divider.value', { left: nameOf(name), percent })} onInput={(event) => { plans.divider.value = Number(event.currentTarget.value) / 100; }} />
        </>
      )}
      <p class={`badge left${isSplit ? ' split' : ''}`}><b>{nameOf(name)}</b> <small>{planned}</small></p>
      {isSplit && <p class="badge right split"><b>{nameOf(plans.beside.value)}</b>{plans.beside.value !== plans.BASE && <small> {planned}</small>}</p>}
      {plans.switching.value && <p class="switching" role="status">{t('plans.switching')}</p>}
    </>
  );
}
