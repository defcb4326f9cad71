/** The layers with their check boxes and opacity. */
import { number, t } from '../i18n';
import { config, layerStates, layers, setLayer } from '../state/store';

export function Layers() {
  return (
    <section aria-labelledby="h-layers">
      <h2 id="h-layers">{t('layers')}</h2>
      {config.value && layers.value.length === 0 && <p>{t('layers.none')}</p>}
      {layers.value.map(({ id, title, count }) => {
        const state = layerStates.value.find((l) => l.id === id) ?? { visible: true, opacity: 1 };
        const percent = Math.round(state.opacity * 100);
        return (
          <div class="layer" key={id}>
            <label>
              <input type="checkbox" checked={state.visible} onChange={(e) => setLayer(id, { visible: e.currentTarget.checked })} />
              <span>{title}{count !== undefined && <small>{t(count === 1 ? 'object' : 'objects', { n: number(count) })}</small>}</span>
            </label>
            <input type="range" min={10} max={100} step={5} value={percent} disabled={!state.visible}
              aria-label={t('opacity', { layer: title })} aria-valuetext={`${percent} %`}
              onInput={(e) => setLayer(id, { opacity: Number(e.currentTarget.value) / 100 })} />
          </div>
        );
      })}
    </section>
  );
}
