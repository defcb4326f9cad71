/** Projects and their scenarios: what there is, and what is open. */
import { copyLink } from '../app/controller';
import { compareWith, open, refreshPlans, showPlan } from '../app/plans';
import { CHANGED, CHANGED_BESIDE, GONE, PLANNED, PLANNED_BESIDE } from '../colour';
import { t } from '../i18n';
import type { Project, Scenario } from '../plans';
import { date } from '../readable';
import * as plans from '../state/plans';
import { who } from '../state/session';
import { Changes } from './Changes';
import { Conflicts } from './Conflicts';
import { Figures } from './Figures';
import { Moments } from './Moments';

export function Plans() {
  const projects = plans.projects.value;
  const known = projects ?? [];
  const others = plans.scenarios.value.filter((one) => !known.some(({ id }) => id === one.project));
  return (
    <section aria-labelledby="h-plans" id="plans">
      <h2 id="h-plans">{t('plans')}</h2>
      {plans.missing.value && <p class="fault" role="alert">{t(who.value ? 'plans.missing' : 'plans.missing.anonymous', { id: plans.missing.value })}</p>}
      {plans.listFailed.value && <p class="fault" role="alert">{t('plans.failed')} <button type="button" onClick={() => void refreshPlans()}>{t('retry')}</button></p>}
      <Choice name={null} title={t('plans.base')} note={t('plans.base.note')} />
      {known.map((project) => <ProjectGroup key={project.id} project={project} scenarios={plans.scenarios.value.filter((one) => one.project === project.id)} />)}
      {others.map((one) => <Choice key={one.id} name={one.id} title={one.title} note={noteOf(one)} />)}
      {projects && !plans.scenarios.value.length && <p class="hint">{t(who.value ? 'plans.none' : 'plans.none.anonymous')}</p>}
      {plans.opened.value && <Opened name={plans.opened.value} />}
    </section>
  );
}

function ProjectGroup({ project, scenarios }: { project: Project; scenarios: Scenario[] }) {
  if (!scenarios.length) return null;
  return (
    <fieldset>
      <legend>{project.title}</legend>
      <p class="hint">{[project.planNumber && t('plans.number', { number: project.planNumber }), project.description].filter(Boolean).join(' · ')}</p>
      {scenarios.map((one) => <Choice key={one.id} name={one.id} title={one.title} note={noteOf(one)} />)}
    </fieldset>
  );
}

/** State, who sees it, and which state is public: `veröffentlicht · öffentlich · Stand 2`. */
function noteOf({ state, visibility, publishedRevision }: Scenario): string {
  const seen = visibility && publishedRevision ? [t(`visibility.${visibility}`), t('plans.revision', { n: publishedRevision })] : [];
  return [t(`state.${state}`), ...seen].join(' · ');
}

function Choice({ name, title, note }: { name: string | null; title: string; note: string }) {
  const now = plans.opened.value;
  const isOpen = name === null ? now === null : now !== null && plans.scenarioOf(now)?.id === name;
  return (
    <label class="check">
      <input type="radio" name="plan" value={name ?? ''} checked={isOpen} onChange={() => open(name)} />
      <span>{title}<small>{note}</small></span>
    </label>
  );
}

function Opened({ name }: { name: string }) {
  const scenario = plans.scenarioOf(name);
  const version = name.split('@')[1];
  const isHidden = !scenario?.publishedRevision || scenario.visibility !== 'public';
  return (
    <div class="opened" role="group" aria-labelledby="h-opened">
      <h3 id="h-opened">{scenario?.title ?? name}</h3>
      {scenario?.description && <p>{scenario.description}</p>}
      <p class="hint">{t('plans.legal')}</p>
      <button type="button" id="show-plan" disabled={!plans.changesHere.value?.length} onClick={() => void showPlan()}>{t('plans.show')}</button>
      <Moments />
      {(plans.revisions.value.length > 1 || version) && <Revisions id={scenario?.id ?? name} shown={version ?? ''} />}
      <Marked />
      <Beside name={name} />
      <Changes />
      <Conflicts name={name} />
      <Figures />
      <button type="button" id="share" onClick={() => void copyLink()}>{t('plans.share')}</button>
      {isHidden && <p class="hint">{t('plans.share.hidden')}</p>}
    </div>
  );
}

function Revisions({ id, shown }: { id: string; shown: string }) {
  return (
    <>
      <label for="revision">{t('plans.shown')}</label>
      <select id="revision" value={shown} onChange={(event) => open(event.currentTarget.value ? `${id}@${event.currentTarget.value}` : id)}>
        <option value="">{t('plans.newest')}</option>
        {plans.revisions.value.map(({ number, made, published }) => (
          <option key={number} value={number}>{[t('plans.revision', { n: number }), made && date(made.slice(0, 10)), published && t('state.published')].filter(Boolean).join(', ')}</option>
        ))}
      </select>
    </>
  );
}

/** The legend of what is planned, and its switches. */
function Marked() {
  return (
    <div class="marks">
      <label class="check"><input id="show-new" type="checkbox" checked={plans.showNew.value} onChange={(e) => { plans.showNew.value = e.currentTarget.checked; }} />
        <span><i class="swatch" style={{ background: PLANNED }} /> {t('plans.new')} <i class="swatch" style={{ background: CHANGED }} /> {t('plans.changed')}</span></label>
      <label class="check"><input id="show-gone" type="checkbox" checked={plans.showGone.value} onChange={(e) => { plans.showGone.value = e.currentTarget.checked; }} />
        <span><i class="swatch glass" style={{ background: GONE }} /> {t('plans.gone')}</span></label>
      {plans.isSplit.value && plans.right.value && (
        <p class="hint">{t('plans.beside.marks', { title: plans.scenarioOf(plans.right.value.scenario)?.title ?? plans.right.value.scenario })}
          {' '}<i class="swatch" style={{ background: PLANNED_BESIDE }} /> {t('plans.new')} <i class="swatch" style={{ background: CHANGED_BESIDE }} /> {t('plans.changed')}</p>
      )}
    </div>
  );
}

function Beside({ name }: { name: string }) {
  const own = plans.scenarioOf(name)?.id;
  return (
    <>
      <label for="beside">{t('plans.beside')}</label>
      <select id="beside" value={plans.beside.value ?? ''} onChange={(event) => compareWith(event.currentTarget.value || null)}>
        <option value="">{t('plans.beside.none')}</option>
        <option value={plans.BASE}>{t('plans.base')}</option>
        {plans.scenarios.value.filter(({ id }) => id !== own).map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
      </select>
      {plans.isSplit.value && <p class="hint">{t('plans.beside.shadows')}</p>}
    </>
  );
}
