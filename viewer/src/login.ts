/** Logging in at an issuer, staying there, and out again. What the panels say of it is none of its business. */
import { effect } from '@preact/signals';
import { back, here, remember } from './back';
import { LogInFault, authorizationUrl, codeOf, discover, endSessionUrl, exchange, refreshed, secret, type Provider, type Tokens } from './oidc';
import { endSession, keepSession, session, type Session } from './state/session';

/** A minute before it ends a token is renewed; a short one after three quarters of its time. */
const MARGIN_MS = 60000;
const AGAIN_MS = 5000;
/** Browsers know no longer timers than 2³¹ ms. */
const LONGEST_MS = 2 ** 30;

/** Leaves the page for the issuer's. `hash` is the view to come back to. */
export async function goLogIn(provider: Provider, language: string, hash: string): Promise<void> {
  if (!globalThis.crypto?.subtle) throw new LogInFault('insecure');
  const endpoints = await discover(provider);
  const pending = { provider, endpoints, state: secret(), nonce: secret(), verifier: secret(), back: here(), hash };
  try { remember(pending); } catch { throw new LogInFault('insecure', 'the browser keeps its storage shut'); }
  location.assign(await authorizationUrl(pending, language));
}

/** The session of who comes back from an issuer; null for all others. `whois` tells by what name the server knows a token. */
export async function comeBack(whois: (token: string) => Promise<string | null>): Promise<Session | null> {
  if (back === null || back === 'left') return null;
  const { answer, pending } = back;
  const code = codeOf(answer, pending);
  if (!pending) return null;
  const tokens = await exchange(code, pending);
  const name = await whois(tokens.access).catch((error: unknown) => { throw new LogInFault('away', String(error)); });
  if (name === null) throw new LogInFault('refused');
  const { provider, endpoints } = pending;
  return { name, id: secret(), ...held({ provider, endpoints }, tokens) };
}

type Known = Pick<NonNullable<Session['issuer']>, 'provider' | 'endpoints' | 'idToken'>;
const held = (known: Known, { access, refresh, id, expires }: Tokens): Pick<Session, 'token' | 'issuer'> => ({
  token: access,
  issuer: { ...known, ...(refresh ? { refresh } : {}), ...(id ? { idToken: id } : {}), ...(expires ? { expires } : {}) },
});

let renewal: Promise<boolean> | undefined;
/** Another token in place of one that ends; false where there is none to be had. `ended` is the token that does not hold any more. */
export function renew(ended?: string): Promise<boolean> {
  // Meanwhile somebody else has asked for it.
  if (ended !== undefined && session.peek() !== null && session.peek()?.token !== ended) return Promise.resolve(true);
  renewal ??= renewNow().finally(() => { renewal = undefined; });
  return renewal;
}

async function renewNow(): Promise<boolean> {
  const old = session.peek();
  if (!old?.issuer?.refresh) return false;
  const { provider, endpoints, refresh, idToken } = old.issuer;
  try {
    const tokens = await refreshed(refresh, provider, endpoints);
    if (session.peek()?.id !== old.id) return false;
    keepSession({ ...old, ...held({ provider, endpoints, ...(idToken ? { idToken } : {}) }, tokens) });
    return true;
  } catch (error) {
    // While the issuer is away the token may still hold.
    if (error instanceof LogInFault && error.fault === 'away') return false;
    if (session.peek()?.id === old.id) endSession();
    return false;
  }
}

/** Renews tokens before they end, and ends sessions that cannot be renewed. */
export function keepRenewing(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    clearTimeout(timer);
    const now = session.peek(), ends = now?.issuer?.expires;
    if (!now || ends === undefined) return;
    const left = ends - Date.now();
    if (!now.issuer?.refresh) {
      if (left <= 0) endSession(); else timer = setTimeout(look, Math.min(left, LONGEST_MS));
      return;
    }
    void renew().then((isDone) => {
      if (isDone || session.peek()?.id !== now.id) return;
      if (Date.now() >= ends) endSession(); else timer = setTimeout(look, AGAIN_MS);
    });
  };
  effect(() => {
    clearTimeout(timer);
    const ends = session.value?.issuer?.expires;
    if (ends === undefined) return;
    const left = ends - Date.now();
    const wait = session.value?.issuer?.refresh ? left - Math.min(MARGIN_MS, left / 4) : left;
    timer = setTimeout(look, Math.min(Math.max(0, wait), LONGEST_MS));
  });
  // A computer that slept has missed its timer.
  document.addEventListener('visibilitychange', () => {
    const ends = session.peek()?.issuer?.expires;
    if (document.visibilityState === 'visible' && ends !== undefined && ends - Date.now() < AGAIN_MS) look();
  });
}

/** Forgets the session here; where to go to end it at the issuer too, which sends the browser back. */
export function leave(hash: string): string | undefined {
  const old = session.peek();
  keepSession(null);
  if (!old?.issuer) return undefined;
  const state = secret();
  const { provider, endpoints, idToken } = old.issuer;
  const address = endSessionUrl(provider, endpoints, idToken, here(), state);
  try { if (address) remember({ state, hash }); } catch { /* It comes back to the start view. */ }
  return address;
}
