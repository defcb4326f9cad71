/** Who is there: a token for the API, kept while this tab is open and never in an address. */
import { signal } from '@preact/signals';

const PLACE = 'stadtwin.token';

/** A browser may keep its storage shut. */
function kept(): string | null {
  try { return globalThis.sessionStorage?.getItem(PLACE) ?? null; } catch { return null; }
}

export const token = signal<string | null>(kept());
/** How the last session ended, where nobody ended it. */
export const expired = signal(false);

export function keepToken(value: string | null): void {
  try {
    if (value === null) sessionStorage.removeItem(PLACE); else sessionStorage.setItem(PLACE, value);
  } catch { /* It holds until the page is left. */ }
  expired.value = false;
  token.value = value;
}

/** What requests to the API say of who sends them. */
export const credentials = (): Record<string, string> => (token.peek() ? { Authorization: `Bearer ${token.peek()}` } : {});

/** The server no longer takes the token. */
export function endSession(): void {
  if (token.peek() === null) return;
  keepToken(null);
  expired.value = true;
}
