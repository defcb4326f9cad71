/** Figures of the city and of the plans of a project in one table, with bars to see them by. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { getFigures, rowsOf, tell, type Figure, type Row } from '../figures';
import { figureName, number, t } from '../i18n';
import * as plans from '../state/plans';
import { who } from '../state/session';
import { language } from '../state/store';

/** Columns that fit beside one another. */
const MOST = 5;
type State = 'idle' | 'asking' | 'failed' | { names: string[]; rows: Row[] };

/** The city, what is open, what stands beside it, and its sisters. */
function namesOf(opened: string): string[] {
  const own = plans.scenarioOf(opened);
  const beside = plans.beside.value;
  const sisters = plans.scenarios.value.filter(({ id, project }) => project === own?.project && id !== own.id).map(({ id }) => id);
  return [...new Set([plans.BASE, opened, ...(beside && beside !== plans.BASE ? [beside] : []), ...sisters])].slice(0, MOST);
}

export function Figures() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [state, setState] = useState<State>('idle');
  const opened = plans.opened.value;
  useEffect(() => { dialog.current?.close(); setState('idle'); }, [opened, who.value]);
  const show = async () => {
    if (opened === null) return;
    dialog.current?.showModal();
    setState('asking');
    const names = namesOf(opened);
    const project = plans.projects.value?.find(({ id }) => id === plans.scenarioOf(opened)?.project);
    setState(await getFigures(names, project?.area ? project.id : undefined).then((columns): State => ({ names, rows: rowsOf(columns) }), (): State => 'failed'));
  };
  return (
    <div class="row">
      <button type="button" id="figures" onClick={() => void show()}>{t('figures.show')}</button>
      <dialog ref={dialog} class="wide" aria-labelledby="h-figures">
        <h2 id="h-figures">{t('figures')}</h2>
        <div aria-live="polite">
          {typeof state === 'string' ? state !== 'idle' && <p>{t(`figures.${state}`)}</p> : <Table names={state.names} rows={state.rows} />}
        </div>
        <div class="row"><button type="button" onClick={() => dialog.current?.close()}>{t('figures.close')}</button></div>
      </dialog>
    </div>
  );
}

/** `garching-wa@2`; the server's own by a name for people. */
const rulesOf = (name: string) => name.replace(/^default@(\d+)$/, (_, n: string) => t('figures.rules.default', { n }));

const titleOf = (name: string) => (name === plans.BASE ? t('plans.base') : plans.scenarioOf(name)?.title ?? name);

function Table({ names, rows }: { names: string[]; rows: Row[] }) {
  return (
    <>
      <div class="scroll" role="region" aria-labelledby="h-figures" tabIndex={0}>
        <table class="figures">
          <thead><tr><th scope="col">{t('figures.figure')}</th>{names.map((name) => <th scope="col" key={name}>{titleOf(name)}</th>)}</tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                <th scope="row">{figureName(row.key)}{language.value === 'en' && <small>{row.method}</small>}</th>
                {row.cells.map((cell, i) => <td key={names[i]}><Cell cell={cell} row={row} isBase={names[i] === plans.BASE} /></td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="hint">{t('figures.note', { rules: [...new Set(rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.ruleSet ?? [])))].map(rulesOf).join(', ') || '–' })}</p>
    </>
  );
}

function Cell({ cell, row, isBase }: { cell: Figure | undefined; row: Row; isBase: boolean }) {
  const value = cell?.value;
  if (cell === undefined || value === null || value === undefined) return <span>–</span>;
  const { limit } = cell;
  return (
    <>
      <span class="value">{tell(row, value, number)}</span>
      {/* Of a height above the sea a bar would show the sea. */}
      {row.key !== 'topHeight' && <span class={`bar${isBase ? ' base' : ''}`} aria-hidden="true"><i style={{ width: `${row.most > 0 ? Math.max(0, (100 * value) / row.most) : 0}%` }} /></span>}
      {cell.estimated && <small>{t('figures.estimated')}</small>}
      {limit && <small class={limit.kept ? '' : 'over'}>{t(limit.kept ? 'figures.kept' : 'figures.over', { limit: number(limit.value, 2) })}</small>}
      {!!cell.unknownIds?.length && <small>{t('figures.missing', { n: cell.unknownIds.length })}</small>}
    </>
  );
}
