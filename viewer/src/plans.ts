/** Projects, scenarios and what they change, as the server tells them. */
import { getAll, getJson, url, Unreachable, type Variant } from './api';

export interface Project { id: string; title: string; description?: string; planNumber?: string | null; owners: string[] }
export type State = 'draft' | 'submitted' | 'approved' | 'published' | 'archived' | 'withdrawn' | 'realized';
export type Visibility = 'private' | 'organization' | 'partners' | 'registered' | 'public';
export interface Scenario {
  id: string; project: string; title: string; description?: string; parent?: string | null; state: State; visibility?: Visibility; publishedRevision?: number | null;
  /** Only for those who see the draft. */
  version?: number;
}
export interface Revision { number: number; published: boolean; made?: string }
export interface Phase { label: string; from: string | null; to: string | null }
interface Validity { from: string | null; to: string | null }
export interface Operation { seq: number; op: string; collection: string; targets: string[]; made: string[]; validity?: Validity | null; comment?: string | null }

export type Kind = 'added' | 'removed' | 'replaced' | 'modified' | 'moved';
export const KINDS: Kind[] = ['added', 'replaced', 'moved', 'modified', 'removed'];
export interface Delta { before?: number | null; after?: number | null; delta?: number | null }
export interface Change {
  kind: Kind; collection: string; before: string[]; after: string[]; attributes?: { name: string }[]; geometryChanged?: boolean;
  height?: Delta; volume?: Delta; footprint?: Delta;
}

/** `A` of `A@3`. */
export const scenarioId = (name: string) => name.split('@')[0] ?? name;
const revisionOf = (name: string) => name.split('@')[1];
const place = (name: string) => url(`scenarios/${encodeURIComponent(scenarioId(name))}`);
const query = (words: Record<string, string | null | undefined>) => {
  const found = Object.entries(words).filter((entry): entry is [string, string] => !!entry[1]);
  return found.length ? `?${new URLSearchParams(found).toString()}` : '';
};

export const getProjects = () => getAll<Project>(url('projects'), 'projects');
export const getScenarios = () => getAll<Scenario>(url('scenarios'), 'scenarios');
export const getScenario = (name: string) => getJson<Scenario>(place(name));
export const getRevisions = (name: string) => getAll<Revision>(`${place(name)}/revisions`, 'revisions');

export const getPhases = async (name: string) => (await getJson<{ phases?: Phase[] }>(`${place(name)}/phases`)).phases ?? [];

const MOST_PARENTS = 6;

/** What is done in a scenario, its parents' first. */
export async function getOperations(name: string): Promise<Operation[]> {
  const all: Operation[] = [];
  let next: string | null | undefined = name;
  for (let depth = 0; next && depth < MOST_PARENTS; depth++) {
    const address: string = `${place(next)}/operations${query({ revision: revisionOf(next) })}`;
    all.unshift(...await getAll<Operation>(address, 'operations'));
    next = (await getScenario(next)).parent;
  }
  return all;
}

/** Ids of what a scenario touches, by collection. */
export async function getTouched({ scenario, moment }: Variant): Promise<Map<string, string[]>> {
  const { hidden = [] } = await getJson<{ hidden?: { collection: string; ids: string[] }[] }>(`${place(scenario)}/hidden${query({ datetime: moment, revision: revisionOf(scenario) })}`);
  return new Map(hidden.map(({ collection, ids }) => [collection, ids]));
}

/** The moments at which something comes or goes, in order; RFC 3339. */
export function momentsOf(operations: Operation[]): string[] {
  const found = new Map<number, string>();
  for (const { validity } of operations) for (const text of [validity?.from, validity?.to]) {
    const time = text ? Date.parse(text) : NaN;
    if (text && Number.isFinite(time)) found.set(time, text);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, text]) => text);
}

/** The stops of the time slider: before the first moment, each moment, and null: all is done. The last moment is that. */
export function stopsOf(moments: string[]): (string | null)[] {
  const [first] = moments;
  if (first === undefined) return [];
  const before = new Date(Date.parse(first) - 86400000).toISOString().replace('.000Z', 'Z');
  return [before, ...moments.slice(0, -1), null];
}

/** What operations make of the city, where the server does not tell the difference itself. */
export function changesOf(operations: Operation[], moment: string | null): Change[] {
  const at = moment === null ? Infinity : Date.parse(moment);
  const holds = ({ validity }: Operation) => (!validity?.from || Date.parse(validity.from) <= at) && (!validity?.to || at < Date.parse(validity.to));
  const found: Change[] = [];
  const made = new Map<string, Change>();
  for (const one of operations.filter(holds)) {
    const { collection, targets, made: after } = one;
    const [own] = targets.flatMap((id) => made.get(`${collection}/${id}`) ?? []);
    if (one.op === 'add' || one.op === 'extrude') found.push({ kind: 'added', collection, before: [], after });
    else if (one.op === 'remove' && own) {
      own.after = own.after.filter((id) => !targets.includes(id));
      if (!own.after.length && own.before.length) own.kind = 'removed';
      else if (!own.after.length) found.splice(found.indexOf(own), 1);
    }
    else if (one.op === 'remove') found.push({ kind: 'removed', collection, before: targets, after: [] });
    else if (one.op === 'replace') found.push({ kind: 'replaced', collection, before: targets, after });
    // What is planned may be changed as well: it stays new.
    else if (!own) found.push({ kind: one.op === 'transform' ? 'moved' : 'modified', collection, before: targets, after: targets });
    const last = found.at(-1);
    if (last && after.length) for (const id of after) made.set(`${collection}/${id}`, last);
  }
  return found;
}

/** What differs between the city and a scenario; `operations` help with servers that do not say it. */
export async function getChanges(variant: Variant, operations: Operation[]): Promise<Change[]> {
  const { scenario, moment } = variant;
  const address = url(`scenarios/${encodeURIComponent(scenario)}/diff${query({ with: 'base', datetime: moment })}`);
  const found = await getJson<{ changes?: Change[] }>(address).catch((error: unknown) => {
    if (error instanceof Unreachable && error.status === 404) return null;
    throw error;
  });
  if (!found) return changesOf(operations, moment);
  const homes = new Map(operations.flatMap(({ collection, targets, made }) => [...targets, ...made].map((id) => [id, collection] as const)));
  return (found.changes ?? []).map((change) => ({ ...change, collection: change.collection ?? homes.get(change.after[0] ?? change.before[0] ?? '') ?? '' }));
}

/** Ids of a collection that are new, changed, or gone. */
export interface Marks { fresh: Set<string>; changed: Set<string>; gone: Set<string> }

export function marksOf(changes: Change[], collection: string): Marks {
  const marks: Marks = { fresh: new Set(), changed: new Set(), gone: new Set() };
  for (const { kind, before, after } of changes.filter((change) => change.collection === collection)) {
    const into = kind === 'modified' || kind === 'moved' ? marks.changed : marks.fresh;
    for (const id of after) into.add(id);
    if (kind === 'removed' || kind === 'replaced' || kind === 'moved') for (const id of before) marks.gone.add(id);
  }
  return marks;
}
