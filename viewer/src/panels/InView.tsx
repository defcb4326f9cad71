/** The objects in the picture as a list: what a person who does not see it can read and choose from. */
import { refreshList, select, show } from '../app/controller';
import { codeName } from '../codes';
import { nameOf, number, t } from '../i18n';
import { address } from '../readable';
import { config, language, listed, type Listed } from '../state/store';

function label({ item }: Listed): string {
  const { properties: p } = item;
  const named = [p.name, p.address == null ? '' : address(p.address)].find((value) => typeof value === 'string' && value !== '') as string | undefined;
  const isBuilding = /^(.*:)?Building/.test(String(p.class ?? ''));
  const use = isBuilding ? codeName('function', p.function, language.value) : nameOf('object', String(p.class ?? ''));
  const height = Number(p.measuredHeight);
  return [named ?? item.id, use, p.measuredHeight != null && Number.isFinite(height) ? `${number(height)} m` : undefined].filter(Boolean).join(', ');
}

export function InView() {
  const list = listed.value;
  return (
    <section aria-labelledby="h-list">
      <h2 id="h-list">{t('list')}</h2>
      <button type="button" id="refresh" disabled={!config.value} onClick={() => void refreshList()}>{t('list.refresh')}</button>
      <p class="hint" role="status">{list && (list.items.length ? t('list.count', { n: number(list.items.length), total: number(list.matched) }) : t('list.empty'))}</p>
      {list && list.items.length > 0 && (
        <ul class="objects">
          {list.items.map((one) => {
            const name = label(one);
            return (
              <li key={one.layer + one.item.id}>
                <span>{name}</span>
                <button type="button" aria-label={t('list.showOf', { name })} onClick={() => show(one)}>{t('list.show')}</button>
                <button type="button" aria-label={t('list.infoOf', { name })} onClick={() => void select({ layer: one.layer, id: one.item.id, variant: list.variant })}>{t('list.info')}</button>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
