/** A layer with its check box and opacity. */
import { t } from '../i18n';
import type { LayerState } from '../permalink';

export interface Row { title: string; note?: string | undefined; state: LayerState; change: (change: Partial<LayerState>) => void }

export function LayerRow({ title, note, state, change }: Row) {
  const percent = Math.round(state.opacity * 100);
  return (
    <div class="layer">
      <label>
        <input type="checkbox" checked={state.visible} onChange={(e) => change({ visible: e.currentTarget.checked })} />
        <span>{title}{note && <small>{note}</small>}</span>
      </label>
      <input type="range" min={10} max={100} step={5} value={percent} disabled={!state.visible}
        aria-label={t('opacity', { layer: title })} aria-valuetext={`${percent} %`}
        onInput={(e) => change({ opacity: Number(e.currentTarget.value) / 100 })} />
    </div>
  );
}
