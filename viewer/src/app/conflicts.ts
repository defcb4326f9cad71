/** What the list of conflicts does: follow what is open, look anew, fly to one and mark it. */
import { effect } from '@preact/signals';
import { Unreachable, getNamed, middle, reach, type Variant } from '../api';
import { findConflicts, getConflicts, heightOf, itemOf, sidesOf, type Conflict, type Party } from '../conflicts';
import { titleOf } from '../readable';
import { chosen, conflicts, titles } from '../state/conflicts';
import * as plans from '../state/plans';
import { who } from '../state/session';
import { notice } from '../state/store';
import { city, select } from './controller';

export const keyOf = ({ scenario, collection, featureId }: Party) => `${scenario ?? ''} ${collection ?? ''} ${featureId ?? ''}`;

/** Only who is known may ask for them. */
export function followConflicts(): void {
  effect(() => {
    const name = plans.opened.value, asker = who.value;
    conflicts.value = null;
    chosen.value = null;
    if (name === null || asker === null) return;
    void getConflicts(name).then((found) => take(found, name, asker), () => undefined);
  });
}

function take(found: Conflict[], name: string, asker: string | null): void {
  if (plans.opened.peek() !== name || who.peek() !== asker) return;
  conflicts.value = found;
  void nameAll(found);
}

/** So many ids fit into one request. */
const ASKED = 50;

/** Asks once for all objects of a collection in a plan; those that cannot be seen keep their ids. */
async function nameAll(found: Conflict[]): Promise<void> {
  const groups = new Map<string, Party[]>();
  for (const party of found.flatMap(({ first, second }) => (second ? [first, second] : [first]))) {
    if (!party.collection || !party.featureId || titles.peek().has(keyOf(party))) continue;
    const key = `${party.scenario ?? ''} ${party.collection}`;
    groups.set(key, [...(groups.get(key) ?? []), party]);
  }
  for (const group of groups.values()) {
    const [{ scenario, collection } = { scenario: null, collection: null }] = group;
    const ids = [...new Set(group.flatMap(({ featureId }) => featureId ?? []))].slice(0, ASKED);
    const variant: Variant | null = scenario ? { scenario, moment: null } : null;
    const items = await getNamed(collection ?? '', ids, variant).catch(() => new Map());
    titles.value = new Map([...titles.peek(), ...[...items].map(([id, item]) => [keyOf({ scenario, collection, featureId: id, organization: null }), titleOf(item)] as const)]);
  }
}

/** Marks it, selects the plan's own object, and flies there. */
export async function showConflict(conflict: Conflict): Promise<void> {
  const name = plans.opened.peek();
  if (name === null) return;
  chosen.value = conflict.id;
  const sides = sidesOf(conflict, name).filter((side) => side !== null);
  const variantOf = ({ scenario }: Party): Variant | null => (scenario ? { scenario: scenario === name.split('@')[0] ? name : scenario, moment: plans.moment.peek() } : null);
  const [own] = sides;
  if (own?.collection && own.featureId && own.scenario === name.split('@')[0]) void select({ layer: own.collection, id: own.featureId, variant: variantOf(own) });
  const item = itemOf(conflict) ?? await found(sides, variantOf);
  const place = item && middle(item);
  if (item && place) city.peek()?.control.show(place[0], place[1], Math.max(15, reach(item), heightOf(conflict)));
}

/** The first of the objects that there is. */
async function found(sides: Party[], variantOf: (party: Party) => Variant | null) {
  for (const side of sides) {
    if (!side.collection || !side.featureId) continue;
    const items = await getNamed(side.collection, [side.featureId], variantOf(side)).catch(() => null);
    const item = items?.get(side.featureId);
    if (item) return item;
  }
  return null;
}

export async function lookAnew(): Promise<void> {
  const name = plans.opened.peek(), asker = who.peek();
  if (name === null) return;
  try {
    take(await findConflicts(name), name, asker);
    notice.value = 'conflicts.looked';
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    notice.value = 'conflicts.failed';
  }
}
