/** What the panels of planning do: list, open, switch, compare. */
import { batch, effect } from '@preact/signals';
import { Unreachable, extentOf, getItem, getNamed, middle, reach, type Item, type Variant } from '../api';
import type { Link } from '../permalink';
import { getChanges, getOperations, getPhases, getProjects, getRevisions, getScenario, getScenarios, type Change } from '../plans';
import * as plans from '../state/plans';
import { beforeLeaving, who } from '../state/session';
import { language, selection } from '../state/store';
import { city, select } from './controller';

/** As a link says it. */
export function restorePlan({ scenario, moment, beside, divider }: Link): void {
  plans.opened.value = scenario ?? null;
  plans.moment.value = moment ?? null;
  plans.beside.value = beside ?? null;
  if (divider !== undefined) plans.divider.value = divider;
}

/** Before the scene asks for it: whether what the link names is there, so that the city is seen where it is not. */
export async function checkPlan(): Promise<void> {
  const [opened, beside] = [plans.opened.peek(), plans.beside.peek()];
  const isThere = (name: string | null) => (name === null || name === plans.BASE ? Promise.resolve(true) : getScenario(name).then(() => true, () => false));
  const [first, second] = await Promise.all([isThere(opened), isThere(beside)]);
  batch(() => {
    if (!second) plans.beside.value = null;
    if (first) return;
    plans.missing.value = opened;
    open(null);
  });
}

let listing = 0;
/** Asks for what the caller may see. */
export async function refreshPlans(): Promise<void> {
  const turn = ++listing;
  try {
    const [projects, scenarios] = await Promise.all([getProjects(), getScenarios()]);
    if (turn !== listing) return;
    batch(() => {
      plans.projects.value = projects;
      plans.scenarios.value = scenarios;
      plans.listFailed.value = false;
      if (plans.opened.value && !plans.scenarioOf(plans.opened.value)) { plans.missing.value = plans.opened.value; open(null); }
      // Whoever has logged in sees what the link names.
      else if (plans.missing.value && plans.opened.value === null && plans.scenarioOf(plans.missing.value)) open(plans.missing.value);
      if (plans.beside.value && plans.beside.value !== plans.BASE && !plans.scenarioOf(plans.beside.value)) plans.beside.value = null;
    });
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (turn === listing) plans.listFailed.value = true;
  }
}

/** Opens a scenario in place, or the city as it is. */
export function open(name: string | null): void {
  batch(() => {
    if (name !== null) plans.missing.value = null;
    // What was a draft may have changed since it was last seen.
    plans.changes.value = new Map();
    // The same moment in another variant.
    plans.opened.value = name;
    if (name === null) { plans.moment.value = null; plans.beside.value = null; }
    if (plans.beside.value === name) plans.beside.value = null;
    if (selection.value?.variant) selection.value = null;
  });
}

export const compareWith = (name: string | null) => { plans.beside.value = name; };

/** Fetches what the panels and the picture need of what is open. */
export function followPlan(): void {
  effect(() => { if (who.value !== undefined) void refreshPlans(); });
  effect(() => {
    const name = plans.opened.value, asker = who.value;
    plans.operations.value = [];
    plans.revisions.value = [];
    plans.phases.value = [];
    if (name === null) return;
    const isStill = () => plans.opened.peek() === name && who.peek() === asker;
    void getRevisions(name).then((found) => { if (isStill()) plans.revisions.value = found; }, () => undefined);
    void getPhases(name).then((found) => { if (isStill()) plans.phases.value = found; }, () => undefined);
    void getOperations(name).then((found) => { if (isStill()) plans.operations.value = found; }, () => undefined);
  });
  let known = who.peek();
  effect(() => {
    const asker = who.value;
    // A new list of what changed for another who asks.
    if (asker !== known) { known = asker; plans.changes.value = new Map(); }
    for (const variant of [plans.left.value, plans.right.value]) if (variant) void learn(variant, asker);
  });
  beforeLeaving(closeDrafts);
}

/** Nobody sees them who has not logged in, and nothing asks for them any more. */
function closeDrafts(): void {
  const isDraft = (name: string | null) => { const found = plans.scenarioOf(name); return found !== undefined && !found.publishedRevision; };
  if (isDraft(plans.beside.peek())) plans.beside.value = null;
  if (isDraft(plans.opened.peek())) { plans.missing.value = plans.opened.peek(); open(null); }
}

async function learn(variant: Variant, asker: string | null): Promise<void> {
  const key = plans.keyOf(variant);
  if (plans.changes.peek().has(key)) return;
  const found = await getChanges(variant).catch(() => undefined);
  if (found && who.peek() === asker) plans.changes.value = new Map(plans.changes.peek()).set(key, found);
}

/** Flies to what changed and opens its properties: as it will be, or what goes as it is. */
export async function showChange({ collection, before, after }: Change): Promise<void> {
  const variant = after.length ? plans.left.peek() : null;
  const id = after[0] ?? before[0];
  if (id === undefined) return;
  void select({ layer: collection, id, variant });
  const item = await getItem(collection, id, language.peek(), variant).catch(() => undefined);
  const place = item && middle(item);
  if (!item || !place) return;
  const height = Number(item.properties.measuredHeight);
  city.peek()?.control.show(place[0], place[1], Math.max(15, reach(item), Number.isFinite(height) ? height : 0));
}

/** So many objects tell where a plan is. */
const ASKED = 50;

/** Flies to all that changes. */
export async function showPlan(): Promise<void> {
  const changes = plans.changesHere.peek() ?? [];
  const variant = plans.left.peek();
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = `${change.after.length ? 'after' : 'before'} ${change.collection}`;
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  const found = await Promise.all([...groups.values()].map(async (group): Promise<Item[]> => {
    const ids = group.slice(0, ASKED).flatMap(({ before, after }) => after[0] ?? before[0] ?? []);
    const [first] = group;
    return first ? [...(await getNamed(first.collection, ids, first.after.length ? variant : null).catch(() => new Map<string, Item>())).values()] : [];
  }));
  const whole = extentOf(found.flat());
  if (whole) city.peek()?.control.show(whole.lon, whole.lat, Math.max(15, whole.reach), 2.2);
}
