/** The layers with their check boxes and opacity. */
import { number, t } from '../i18n';
import { config, layerStates, layers, setLayer } from '../state/store';
import { Ground } from './Ground';
import { LayerRow } from './LayerRow';

export function Layers() {
  return (
    <section aria-labelledby="h-layers">
      <h2 id="h-layers">{t('layers')}</h2>
      {config.value && layers.value.length === 0 && <p>{t('layers.none')}</p>}
      {layers.value.map(({ id, title, count }) => (
        <LayerRow key={id} title={title} note={count === undefined ? undefined : t(count === 1 ? 'object' : 'objects', { n: number(count) })}
          state={layerStates.value.find((l) => l.id === id) ?? { id, visible: true, opacity: 1 }} change={(change) => setLayer(id, change)} />
      ))}
      <Ground />
    </section>
  );
}
