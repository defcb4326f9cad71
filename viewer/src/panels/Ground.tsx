/** What lies upon the ground, and whether one sees through it. */
import { t } from '../i18n';
import { groundStates, setGroundLayer, terrain, underground } from '../state/ground';
import { config } from '../state/store';
import { LayerRow } from './LayerRow';

export function Ground() {
  if (!config.value) return null;
  return (
    <div role="group" aria-label={t('ground')}>
      {terrain.value && groundStates.value.map((state) => (
        <LayerRow key={state.id} title={t(`ground.${state.id}`)} note={state.id === 'contours' ? t('ground.contours.near') : undefined}
          state={state} change={(change) => setGroundLayer(state.id, change)} />
      ))}
      <label class="check">
        <input id="underground" type="checkbox" checked={underground.value} onChange={(e) => { underground.value = e.currentTarget.checked; }} />
        <span>{t('ground.underground')}<small class="hint">{t('ground.underground.hint')}</small></span>
      </label>
    </div>
  );
}
