/** Projects, scenarios and what they change, as the server tells them. */
import { getAll, getJson, url, type Variant } from './api';

export interface Project { id: string; title: string; description?: string; planNumber?: string | null; owners: string[]; area?: object | null }
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

/** What differs between the city that a scenario builds on and the scenario. */
export const getChanges = async ({ scenario, moment }: Variant): Promise<Change[]> =>
  (await getJson<{ changes?: Change[] }>(`${place(scenario)}/diff${query({ with: 'base', datetime: moment, revision: revisionOf(scenario), f: 'json' })}`)).changes ?? [];

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
