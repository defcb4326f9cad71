/** Conflicts of the open scenario, as a list to fly to; for those who may see them. */
import { useState } from 'preact/hooks';
import { keyOf, lookAnew, showConflict } from '../app/conflicts';
import { CLASH } from '../colour';
import { sidesOf, type Conflict, type Party } from '../conflicts';
import { number, t } from '../i18n';
import * as state from '../state/conflicts';
import * as plans from '../state/plans';

const SHOWN = 100;

/** Of a neighbour its name, of another plan's object the plan too. */
function nameOf(party: Party, own: string): string {
  const object = party.featureId ? state.titles.value.get(keyOf(party)) ?? party.featureId : party.organization ?? '';
  const plan = party.scenario && party.scenario !== own.split('@')[0] ? plans.scenarioOf(party.scenario)?.title ?? party.scenario : '';
  return [object, plan && `(${plan})`].filter(Boolean).join(' ');
}

const sizeOf = ({ area, volume, distance, estimated }: Conflict): string => [
  area !== null && `${number(area)} m²`, volume !== null && `${number(volume)} m³`,
  distance !== null && t('conflicts.distance', { distance: number(distance) }), estimated && t('figures.estimated'),
].filter(Boolean).join(', ');

export function Conflicts({ name }: { name: string }) {
  const [isLooking, setLooking] = useState(false);
  const all = state.conflicts.value;
  if (!all) return null;
  const look = async () => { setLooking(true); await lookAnew(); setLooking(false); };
  return (
    <details id="conflicts" open>
      <summary>{t('conflicts', { n: number(all.length) })}</summary>
      {all.length === 0 && <p class="hint">{t('conflicts.none')}</p>}
      <ul class="objects">{all.slice(0, SHOWN).map((one) => <Row key={one.id} conflict={one} name={name} />)}</ul>
      {all.length > SHOWN && <p class="hint">{t('changes.more', { n: number(all.length - SHOWN) })}</p>}
      <button type="button" id="look" disabled={isLooking} onClick={() => void look()}>{t('conflicts.look')}</button>
    </details>
  );
}

function Row({ conflict, name }: { conflict: Conflict; name: string }) {
  const [own, other] = sidesOf(conflict, name);
  const between = [nameOf(own, name), other && nameOf(other, name)].filter(Boolean).join(' × ');
  const isPlace = conflict.geometry !== null || own.featureId !== null || (other?.featureId ?? null) !== null;
  return (
    <li class="change" aria-current={state.chosen.value === conflict.id ? 'true' : undefined}>
      <span>
        {state.chosen.value === conflict.id && <i class="swatch" style={{ background: CLASH }} />}
        <b class={`kind ${conflict.severity}`}>{t(`gravity.${conflict.severity}`)}</b> {t(`conflict.${conflict.code}`)}
        <small>{[between, sizeOf(conflict), t(`settled.${conflict.state}`)].filter(Boolean).join(' · ')}</small>
      </span>
      {isPlace && <button type="button" aria-label={t('list.showOf', { name: `${t(`conflict.${conflict.code}`)}, ${between}` })} onClick={() => void showConflict(conflict)}>{t('list.show')}</button>}
    </li>
  );
}
