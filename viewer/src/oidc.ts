/** OpenID Connect as a browser speaks it with an issuer: the authorization code flow with PKCE (RFC 7636), for a client without secrets. */

/** As the server names it in `config.json`. */
export interface Provider { issuer: string; discovery: string; title: string; clientId: string; scope: string; resource?: string }
export interface Endpoints { authorization: string; token: string; endSession?: string; saysIssuer: boolean }
export interface Tokens { access: string; refresh?: string; id?: string; /** [ms] since 1970. */ expires?: number }
/** What a page remembers while somebody is away at the issuer. */
export interface Pending { provider: Provider; endpoints: Endpoints; state: string; nonce: string; verifier: string; back: string; hash: string }

/** Why nobody logged in. */
export type Fault = 'away' | 'denied' | 'stale' | 'unusable' | 'refused' | 'insecure';
export class LogInFault extends Error {
  constructor(readonly fault: Fault, message: string = fault) { super(message); }
}

const LEEWAY_S = 60;
const PATIENCE_MS = 20000;

const base64url = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
/** 256 random bits. */
export const secret = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
/** RFC 7636, 4.2: BASE64URL(SHA256(ASCII(verifier))). */
export const challengeOf = async (verifier: string) => base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));

async function ask(address: string, init: RequestInit = {}): Promise<{ ok: boolean; status: number; document: Record<string, unknown> }> {
  const answer = await fetch(address, { ...init, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer', signal: AbortSignal.timeout(PATIENCE_MS) })
    .catch((error: unknown) => { throw new LogInFault('away', String(error)); });
  const document: unknown = await answer.json().catch(() => null);
  return { ok: answer.ok, status: answer.status, document: document !== null && typeof document === 'object' ? document as Record<string, unknown> : {} };
}

/** OpenID Connect Discovery 1.0, 4. */
export async function discover(provider: Provider): Promise<Endpoints> {
  const { ok, document } = await ask(provider.discovery);
  if (!ok) throw new LogInFault('away');
  return endpointsOf(provider, document);
}

/** What of an issuer's configuration a login needs; a fault where it is another issuer's, or none that a browser can use. */
export function endpointsOf(provider: Provider, document: Record<string, unknown>): Endpoints {
  const unusable = (why: string) => new LogInFault('unusable', why);
  const { issuer, authorization_endpoint: authorization, token_endpoint: token, end_session_endpoint: endSession } = document;
  if (issuer !== provider.issuer) throw unusable(`the configuration speaks of ${String(issuer)}`);
  if (!isAddress(authorization) || !isAddress(token)) throw unusable('the configuration names no endpoints');
  // The page may ask no other host.
  if (new URL(token).origin !== new URL(provider.issuer).origin) throw unusable(`the token endpoint is at another origin: ${token}`);
  const methods = document.code_challenge_methods_supported;
  if (Array.isArray(methods) && !methods.includes('S256')) throw unusable('the issuer knows no S256');
  const saysIssuer = document.authorization_response_iss_parameter_supported === true;
  return { authorization, token, saysIssuer, ...(isAddress(endSession) ? { endSession } : {}) };
}

const isAddress = (value: unknown): value is string => {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname));
};

/** Where the browser goes to log in. */
export async function authorizationUrl({ provider, endpoints, state, nonce, verifier, back }: Pending, language: string): Promise<string> {
  const url = new URL(endpoints.authorization);
  const values = {
    response_type: 'code', client_id: provider.clientId, redirect_uri: back, scope: provider.scope, state, nonce,
    code_challenge: await challengeOf(verifier), code_challenge_method: 'S256', ui_locales: language, resource: provider.resource,
  };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}

/** The code that the issuer sent the browser back with. */
export function codeOf(answer: URLSearchParams, pending: Pending | null): string {
  if (!pending || answer.get('state') !== pending.state) throw new LogInFault('stale');
  const issuer = answer.get('iss');
  // RFC 9207: who answers is who was asked.
  if (issuer === null ? pending.endpoints.saysIssuer : issuer !== pending.provider.issuer) throw new LogInFault('stale');
  if (answer.get('error') === 'access_denied') throw new LogInFault('denied');
  const code = answer.get('code');
  if (code === null) throw new LogInFault('unusable', answer.get('error_description') ?? answer.get('error') ?? 'no code');
  return code;
}

/** Tokens for a code. */
export async function exchange(code: string, { provider, endpoints, nonce, verifier, back }: Pending): Promise<Tokens> {
  const tokens = await tokensFor(provider, endpoints, { grant_type: 'authorization_code', code, redirect_uri: back, code_verifier: verifier });
  checkId(tokens.id, provider, nonce);
  return tokens;
}

/** Tokens for a refresh token (RFC 6749, 6). */
export async function refreshed(refresh: string, provider: Provider, endpoints: Endpoints): Promise<Tokens> {
  return { refresh, ...await tokensFor(provider, endpoints, { grant_type: 'refresh_token', refresh_token: refresh }) };
}

async function tokensFor({ clientId, resource }: Provider, { token }: Endpoints, values: Record<string, string>): Promise<Tokens> {
  const body = new URLSearchParams({ ...values, client_id: clientId, ...(resource ? { resource } : {}) });
  const { ok, status, document } = await ask(token, { method: 'POST', body, headers: { accept: 'application/json' } });
  if (status >= 500) throw new LogInFault('away');
  const { access_token: access, token_type: type, refresh_token: refresh, id_token: id, expires_in: seconds } = document;
  if (!ok || typeof access !== 'string' || String(type).toLowerCase() !== 'bearer') throw new LogInFault('unusable', String(document.error_description ?? document.error ?? status));
  return {
    access,
    ...(typeof refresh === 'string' ? { refresh } : {}),
    ...(typeof id === 'string' ? { id } : {}),
    ...(Number(seconds) > 0 ? { expires: Date.now() + Number(seconds) * 1000 } : {}),
  };
}

/** OpenID Connect Core, 3.1.3.7. It comes from the issuer itself over TLS, which stands for its signature; the server checks that of the access token. */
export function checkId(token: string | undefined, { issuer, clientId }: Provider, nonce: string, now = Date.now()): void {
  const claims = claimsOf(token ?? '');
  const audience = [claims.aud].flat();
  const isFor = audience.includes(clientId) && (claims.azp === undefined || claims.azp === clientId);
  if (claims.iss !== issuer || !isFor || claims.nonce !== nonce) throw new LogInFault('unusable', 'the ID token is for somebody else');
  if (!(Number(claims.exp) * 1000 > now - LEEWAY_S * 1000)) throw new LogInFault('unusable', 'the ID token has expired: is the clock right?');
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    const text = atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (sign) => sign.charCodeAt(0)))) as Record<string, unknown>;
  } catch {
    throw new LogInFault('unusable', 'the issuer gave no ID token');
  }
}

/** Where the browser goes to log out at the issuer too (OpenID Connect RP-Initiated Logout 1.0, 2). */
export function endSessionUrl({ clientId }: Provider, { endSession }: Endpoints, id: string | undefined, back: string, state: string): string | undefined {
  if (!endSession) return undefined;
  const url = new URL(endSession);
  url.searchParams.set('client_id', clientId);
  if (id) url.searchParams.set('id_token_hint', id);
  url.searchParams.set('post_logout_redirect_uri', back);
  url.searchParams.set('state', state);
  return url.href;
}
