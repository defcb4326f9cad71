/** What a scenario changes, as a list to fly to. */
import { useEffect, useState } from 'preact/hooks';
import { getNamed, type Item } from '../api';
import { showChange } from '../app/plans';
import { titleOf } from '../readable';
import { codeName } from '../codes';
import { nameOf, number, t } from '../i18n';
import { KINDS, type Change } from '../plans';
import { changesHere, left } from '../state/plans';
import { language, selection } from '../state/store';

const SHOWN = 100;
/** Ids that fit into one request. */
const ASKED = 50;

/** The objects of changes by `collection id`, asked for once: as they will be, or as they are now. */
function useItems(changes: Change[]): Map<string, Item> {
  const [items, setItems] = useState<Map<string, Item>>(new Map());
  useEffect(() => {
    const ended = new AbortController();
    const groups = new Map<string, { collection: string; ids: string[]; isPlanned: boolean }>();
    for (const { collection, before, after } of changes) {
      const isPlanned = after.length > 0;
      const group = groups.get(`${collection} ${String(isPlanned)}`) ?? { collection, ids: [], isPlanned };
      group.ids.push((isPlanned ? after[0] : before[0]) ?? '');
      groups.set(`${collection} ${String(isPlanned)}`, group);
    }
    setItems(new Map());
    for (const { collection, ids, isPlanned } of groups.values()) {
      for (let i = 0; i < ids.length; i += ASKED) {
        void getNamed(collection, ids.slice(i, i + ASKED), isPlanned ? left.peek() : null, ended.signal).then((found) => {
          if (!ended.signal.aborted) setItems((all) => new Map([...all, ...[...found].map(([id, item]) => [`${collection} ${id}`, item] as const)]));
        }, () => undefined);
      }
    }
    return () => ended.abort();
  }, [changes]);
  return items;
}

function describe(change: Change, item: Item | undefined): { name: string; more: string } {
  const id = change.after[0] ?? change.before[0] ?? '';
  const p = item?.properties ?? {};
  const use = /^(.*:)?Building/.test(String(p.class ?? '')) ? codeName('function', p.function, language.value) : p.class ? nameOf('object', String(p.class)) : undefined;
  const height = Number(p.measuredHeight);
  const size = change.height?.delta && change.kind !== 'added' && change.kind !== 'removed'
    ? t('changes.height', { delta: `${change.height.delta > 0 ? '+' : '−'}${number(Math.abs(change.height.delta))}` })
    : p.measuredHeight != null && Number.isFinite(height) ? `${number(height)} m` : undefined;
  const others = Math.max(change.after.length, change.before.length) - 1;
  return { name: item ? titleOf(item) : id, more: [use, size, others > 0 ? t('changes.others', { n: others }) : undefined].filter(Boolean).join(', ') };
}

/** The properties of what is selected stand further down. */
function toInfo(): void {
  const heading = document.getElementById('h-info');
  heading?.scrollIntoView({ block: 'start' });
  heading?.focus({ preventScroll: true });
}

export function Changes() {
  const all = changesHere.value;
  const sorted = all && [...all].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
  return <ChangeList changes={all} shown={sorted?.slice(0, SHOWN) ?? []} />;
}

const NONE: Change[] = [];

function ChangeList({ changes, shown }: { changes: Change[] | null; shown: Change[] }) {
  const items = useItems(changes ?? NONE);
  if (!changes) return null;
  return (
    <details id="changes" open>
      <summary>{t('changes', { n: number(changes.length) })}</summary>
      {changes.length === 0 && <p class="hint">{t('changes.none')}</p>}
      <ul class="objects">
        {shown.map((change) => {
          const id = change.after[0] ?? change.before[0] ?? '';
          const { name, more } = describe(change, items.get(`${change.collection} ${id}`));
          return (
            <li key={change.kind + change.collection + id} class="change" aria-current={selection.value?.id === id ? 'true' : undefined}>
              <span><b class={`kind ${change.kind}`}>{t(`change.${change.kind}`)}</b> {name}{more && <small>{more}</small>}</span>
              <button type="button" aria-label={t('list.showOf', { name })} onClick={() => void showChange(change)}>{t('list.show')}</button>
              {selection.value?.id === id && <button type="button" class="more" aria-label={t('changes.infoOf', { name })} onClick={toInfo}>{t('changes.info')}</button>}
            </li>
          );
        })}
      </ul>
      {changes.length > shown.length && <p class="hint">{t('changes.more', { n: number(changes.length - shown.length) })}</p>}
    </details>
  );
}
