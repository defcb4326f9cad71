/** Who is there: a token for the API, kept while this tab is open and never in an address. */
import { batch, computed, signal } from '@preact/signals';
import type { Endpoints, Fault, Provider } from '../oidc';

const PLACE = 'stadtwin.session';

/** A token of the server's own, or one of an issuer with what renews it. */
export interface Session {
  token: string;
  /** Who the server takes its bearer for. */
  name: string;
  /** Tells sessions apart; the same after a renewal. */
  id: string;
  issuer?: { provider: Provider; endpoints: Endpoints; refresh?: string; idToken?: string; /** [ms] since 1970. */ expires?: number };
}

/** A browser may keep its storage shut. */
function kept(): Session | null {
  try { return JSON.parse(globalThis.sessionStorage?.getItem(PLACE) ?? 'null') as Session | null; } catch { return null; }
}

export const session = signal<Session | null>(kept());
/** Another for whoever logs in, and null for nobody: a renewed token is no other person. */
export const who = computed(() => session.value?.id ?? null);
/** How the last session ended, where nobody ended it. */
export const expired = signal(false);
/** Why the last login at an issuer came to nothing. */
export const fault = signal<Fault | null>(null);

let farewell: () => void = () => undefined;
/** What is done at the same moment as somebody leaves. */
export const beforeLeaving = (what: () => void) => { farewell = what; };

export function keepSession(value: Session | null): void {
  try {
    if (value === null) sessionStorage.removeItem(PLACE); else sessionStorage.setItem(PLACE, JSON.stringify(value));
  } catch { /* It holds until the page is left. */ }
  expired.value = false;
  if (value) fault.value = null;
  batch(() => {
    if (value === null) farewell();
    session.value = value;
  });
}

/** What requests to the API say of who sends them. */
export const credentials = (): Record<string, string> => {
  const now = session.peek();
  return now ? { Authorization: `Bearer ${now.token}` } : {};
};

/** The server no longer takes the token. */
export function endSession(): void {
  if (session.peek() === null) return;
  keepSession(null);
  expired.value = true;
}
