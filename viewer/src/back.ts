/** What an issuer sent the browser back with, taken out of the address before anything else reads or keeps that: the first module of the page. */
import type { Pending } from './oidc';

const PLACE = 'stadtwin.login';
/** Who was away to log out. */
export interface Leaving { state: string; hash: string }

export function remember(what: Pending | Leaving): void {
  sessionStorage.setItem(PLACE, JSON.stringify(what));
}

function remembered(): Pending | Leaving | null {
  try {
    const text = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    return JSON.parse(text ?? 'null') as Pending | Leaving | null;
  } catch { return null; }
}

/** The address of this page as issuers know it. */
export const here = () => `${location.origin}${location.pathname.replace(/index\.html$/, '')}`;

function take(): { answer: URLSearchParams; pending: Pending | null } | 'left' | null {
  const answer = new URLSearchParams(globalThis.location?.search ?? '');
  if (!answer.has('state') || !globalThis.history) return null;
  const kept = remembered();
  const isOurs = kept?.state === answer.get('state');
  // No code stays in the address or the history; the view is as it was.
  history.replaceState(null, '', location.pathname + (isOurs ? kept.hash : location.hash));
  if (answer.has('code') || answer.has('error')) return { answer, pending: kept && 'verifier' in kept ? kept : null };
  return isOurs ? 'left' : null;
}

export const back = take();
