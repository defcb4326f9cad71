/** Where plans stand in each other's way, as the server tells it to those who see both sides. */
import { getAll, getJson, url, type Item } from './api';
import { scenarioId } from './plans';

export type Code = 'C1' | 'C2' | 'C3' | 'C4' | 'C6';
export type Gravity = 'high' | 'medium' | 'info';
/** An object of a plan, one of the city (`scenario` is null), or a neighbour. */
export interface Party { scenario: string | null; collection: string | null; featureId: string | null; organization: string | null }
export interface Conflict {
  id: number; code: Code; severity: Gravity; first: Party; second: Party | null; state: 'open' | 'acknowledged' | 'resolved' | 'accepted';
  geometry: { type: 'MultiPolygon'; coordinates: [number, number][][][] } | null; area: number | null; volume: number | null; distance: number | null; estimated?: boolean;
}

const ORDER: Gravity[] = ['high', 'medium', 'info'];

/** The gravest first, and what nobody has settled before what somebody has. */
export const sorted = (conflicts: Conflict[]): Conflict[] =>
  [...conflicts].sort((a, b) => Number(a.state !== 'open') - Number(b.state !== 'open') || ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.id - b.id);

export const getConflicts = async (name: string) => sorted(await getAll<Conflict>(url(`conflicts?scenario=${encodeURIComponent(scenarioId(name))}`), 'conflicts'));

/** Has the server look for them now. */
export const findConflicts = async (name: string) => {
  await getJson(url(`scenarios/${encodeURIComponent(scenarioId(name))}/conflicts`), { method: 'POST' });
  return getConflicts(name);
};

/** What of a conflict is the scenario's own, and what it stands against. */
export function sidesOf({ first, second }: Conflict, name: string): [own: Party, other: Party | null] {
  return second?.scenario === scenarioId(name) && first.scenario !== scenarioId(name) ? [second, first] : [first, second];
}

/** The common ground as a thing that can be flown to. */
export const itemOf = ({ id, geometry }: Conflict): Item | null => geometry && { id: String(id), geometry, properties: {} };

/** How high the room is that both want [m], on average; a guess where only the ground is known. */
export const heightOf = ({ area, volume }: Conflict) => (area && volume ? volume / area : 6);
