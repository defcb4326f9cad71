import { test } from 'node:test';
import assert from 'node:assert/strict';
import { LogInFault, authorizationUrl, challengeOf, checkId, codeOf, endSessionUrl, endpointsOf, secret, type Pending } from '../../src/oidc';

const provider = { issuer: 'https://login.example/realms/city', discovery: '', title: 'City', clientId: 'viewer', scope: 'openid plan', resource: 'https://twin.example' };
const endpoints = { authorization: 'https://login.example/auth?a=1', token: 'https://login.example/token', endSession: 'https://login.example/end', saysIssuer: true };
const pending: Pending = { provider, endpoints, state: 'S', nonce: 'N', verifier: 'V', back: 'https://twin.example/viewer/', hash: '#v=1' };
const faultOf = (act: () => unknown) => { try { act(); return null; } catch (error) { assert.ok(error instanceof LogInFault); return error.fault; } };

test('the challenge is that of RFC 7636', async () => {
  // Appendix B.
  assert.equal(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  // Section 4.1: 43 to 128 unreserved signs.
  for (let i = 0; i < 50; i++) assert.match(secret(), /^[A-Za-z0-9._~-]{43,128}$/);
  assert.notEqual(secret(), secret());
});

test('the browser is sent with all that the flow asks for', async () => {
  const url = new URL(await authorizationUrl({ ...pending, verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }, 'de'));
  assert.equal(url.origin + url.pathname, 'https://login.example/auth');
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    a: '1', response_type: 'code', client_id: 'viewer', redirect_uri: 'https://twin.example/viewer/', scope: 'openid plan', state: 'S', nonce: 'N',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ui_locales: 'de', resource: 'https://twin.example',
  });
});

test('a configuration must be that of the issuer, and of use to a browser', () => {
  const whole = { issuer: provider.issuer, authorization_endpoint: 'https://login.example/auth', token_endpoint: 'https://login.example/token' };
  assert.deepEqual(endpointsOf(provider, whole), { authorization: whole.authorization_endpoint, token: whole.token_endpoint, saysIssuer: false });
  for (const [change, fault] of [
    [{ end_session_endpoint: 'https://login.example/end', code_challenge_methods_supported: ['plain', 'S256'] }, null],
    [{ issuer: `${provider.issuer}/` }, 'unusable'],
    [{ token_endpoint: 'https://other.example/token' }, 'unusable'],
    [{ token_endpoint: undefined }, 'unusable'],
    [{ authorization_endpoint: 'javascript:alert(1)' }, 'unusable'],
    [{ authorization_endpoint: 'http://login.example/auth' }, 'unusable'],
    [{ code_challenge_methods_supported: ['plain'] }, 'unusable'],
  ] as const) assert.equal(faultOf(() => endpointsOf(provider, { ...whole, ...change })), fault, JSON.stringify(change));
});

test('only the answer to what was asked gives a code', () => {
  const at = (query: string, to: Pending | null = pending) => codeOf(new URLSearchParams(query), to);
  const iss = encodeURIComponent(provider.issuer);
  assert.equal(at(`code=C&state=S&iss=${iss}`), 'C');
  const silent = { ...pending, endpoints: { ...endpoints, saysIssuer: false } };
  assert.equal(at('code=C&state=S', silent), 'C');
  for (const [query, to, fault] of [
    [`code=C&state=S&iss=${iss}`, null, 'stale'],
    [`code=C&state=T&iss=${iss}`, pending, 'stale'],
    ['code=C&state=S', pending, 'stale'],
    ['code=C&state=S&iss=https://evil.example', silent, 'stale'],
    [`error=access_denied&state=S&iss=${iss}`, pending, 'denied'],
    [`error=invalid_scope&state=S&iss=${iss}`, pending, 'unusable'],
  ] as const) assert.equal(faultOf(() => at(query, to)), fault, query);
});

test('an ID token is for this client, this login and now', () => {
  const now = 1_800_000_000_000;
  const token = (claims: object) => `x.${Buffer.from(JSON.stringify({ iss: provider.issuer, aud: 'viewer', nonce: 'N', exp: now / 1000 + 10, name: 'Jürgen', ...claims })).toString('base64url')}.y`;
  for (const [claims, fault] of [
    [{}, null],
    [{ aud: ['other', 'viewer'], azp: 'viewer' }, null],
    [{ exp: now / 1000 - 30 }, null],
    [{ exp: now / 1000 - 90 }, 'unusable'],
    [{ exp: undefined }, 'unusable'],
    [{ aud: 'other' }, 'unusable'],
    [{ aud: ['other', 'viewer'], azp: 'other' }, 'unusable'],
    [{ iss: 'https://evil.example' }, 'unusable'],
    [{ nonce: 'M' }, 'unusable'],
    [{ nonce: undefined }, 'unusable'],
  ] as const) assert.equal(faultOf(() => checkId(token(claims), provider, 'N', now)), fault, JSON.stringify(claims));
  for (const broken of [undefined, '', 'a.b', 'a.!.c']) assert.equal(faultOf(() => checkId(broken, provider, 'N', now)), 'unusable');
});

test('logging out leads to the issuer where it has a place for that', () => {
  const url = new URL(endSessionUrl(provider, endpoints, 'ID', pending.back, 'T') ?? '');
  assert.deepEqual(Object.fromEntries(url.searchParams), { client_id: 'viewer', id_token_hint: 'ID', post_logout_redirect_uri: pending.back, state: 'T' });
  const { endSession: _, ...without } = endpoints;
  assert.equal(endSessionUrl(provider, without, 'ID', pending.back, 'T'), undefined);
});
