// A real OpenID Connect provider for the tests, on a port of this machine. Takes one JSON order a line on standard input and
// answers each with one JSON line: tokens by `client_credentials` or by the code flow with PKCE, and tokens that are wrong.
// With STADTWIN_VIEWER, the viewer's address, people log in and out from there by a page of the provider.
import { createHash, randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { SignJWT, exportJWK, generateKeyPair, importJWK } from 'jose'
import { Provider } from 'oidc-provider'

const TWIN = 'https://twin.example'
const BACK = 'http://127.0.0.1:9/back'
const ACCOUNTS = { anna: { name: 'Anna', roles: ['PLAN-GAR', 'PUB-GAR', 'NOWHERE'] }, batch: { roles: ['BATCH'] } }
const VIEWER = process.env.STADTWIN_VIEWER
const state = { algorithm: 'RS256', port: 0, generation: 0, lifetime: 600 }
const page = (title, content) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${content}</html>`

async function keys() {
  state.generation += 1
  const make = async (alg, options) => ({
    ...(await exportJWK((await generateKeyPair(alg, { extractable: true, ...options })).privateKey)),
    kid: `${alg}-${state.generation}`, alg, use: 'sig',
  })
  return [await make('RS256'), await make('ES256'), await make('EdDSA', { crv: 'Ed25519' })]
}

async function start() {
  state.keys = await keys()
  if (!state.port) state.port = await freePort()
  state.issuer = `http://127.0.0.1:${state.port}`
  const provider = new Provider(state.issuer, {
    jwks: { keys: state.keys },
    clients: [
      { client_id: 'batch', client_secret: 'secret-of-the-batch-client', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
      { client_id: 'viewer', token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], redirect_uris: [BACK], application_type: 'native' },
      ...(VIEWER ? [{
        client_id: 'city-viewer', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', 'refresh_token'], application_type: 'native',
        redirect_uris: [VIEWER], post_logout_redirect_uris: [VIEWER],
      }] : []),
    ],
    issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
    scopes: ['openid', 'plan'],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...ACCOUNTS[id] }) }),
    extraTokenClaims: (_, token) => ACCOUNTS[token.accountId ?? token.clientId],
    cookies: { keys: ['of the tests'] },
    interactions: { url: (_, interaction) => `/settle/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { logoutSource: (ctx, form) => { ctx.body = page('Log out?', `${form}<button type="submit" form="op.logoutForm" value="yes" name="logout">Yes</button>`) } },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource) => ({
          scope: 'plan', audience: resource, accessTokenTTL: state.lifetime, accessTokenFormat: 'jwt', jwt: { sign: { alg: state.algorithm } },
        }),
      },
    },
  })
  // Anna agrees to everything at once; who comes from the viewer says who they are.
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/settle/')) return next()
    const { prompt, params, session } = await provider.interactionDetails(ctx.req, ctx.res)
    const account = params.client_id === 'city-viewer' ? ctx.query.account : 'anna'
    if (ctx.query.cancel) return provider.interactionFinished(ctx.req, ctx.res, { error: 'access_denied' })
    if (prompt.name === 'login' && !account) {
      ctx.body = page('Log in', `<form><label>Account <input name="account" autofocus></label> <button>Go on</button> <button name="cancel" value="1">Cancel</button></form>`)
      return undefined
    }
    if (prompt.name === 'login') return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: account } })
    const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id })
    grant.addOIDCScope('openid plan')
    grant.addResourceScope(TWIN, 'plan')
    return provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } })
  })
  await new Promise((resolve) => { state.server = provider.listen(state.port, '127.0.0.1', resolve) })
}

async function freePort() {
  const { createServer } = await import('node:net')
  const server = createServer()
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function stop() {
  state.server.closeAllConnections()
  await new Promise((resolve) => state.server.close(resolve))
}

async function token(body, headers = {}) {
  const answer = await fetch(`${state.issuer}/token`, {
    method: 'POST', body: new URLSearchParams(body), headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })
  const document = await answer.json()
  if (!answer.ok) throw new Error(JSON.stringify(document))
  return document.access_token
}

const credentials = (resource) => token({ grant_type: 'client_credentials', resource, scope: 'plan' }, {
  authorization: `Basic ${Buffer.from('batch:secret-of-the-batch-client').toString('base64')}`,
})

/** The authorization code flow with PKCE (RFC 7636), as a browser goes through it. */
async function code() {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    client_id: 'viewer', response_type: 'code', scope: 'openid plan', redirect_uri: BACK, resource: TWIN,
    code_challenge: challenge, code_challenge_method: 'S256', state: 'x',
  })
  const jar = new Map()
  let url = `${state.issuer}/auth?${query}`
  while (!url.startsWith(BACK)) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [name, value] = line.split(';')[0].split(/=(.*)/s)
      jar.set(name, value)
    }
    const location = answer.headers.get('location')
    if (!location) throw new Error(`${answer.status} ${await answer.text()}`)
    url = new URL(location, url).href
  }
  const found = new URL(url).searchParams.get('code')
  return token({ grant_type: 'authorization_code', code: found, redirect_uri: BACK, client_id: 'viewer', code_verifier: verifier, resource: TWIN })
}

/** Signed by the provider's own key, with other claims than it would give. */
async function forged({ claims, header = {}, stranger = false }) {
  const own = state.keys.find((key) => key.alg === state.algorithm)
  const key = stranger ? (await generateKeyPair(state.algorithm)).privateKey : await importJWK(own, state.algorithm)
  const now = Math.floor(Date.now() / 1000)
  const all = { iss: state.issuer, aud: TWIN, sub: 'anna', exp: now + 600, roles: ['PLAN-GAR'], ...claims }
  for (const name of ['exp', 'nbf']) if (typeof claims[name] === 'string') all[name] = now + Number(claims[name])
  for (const name of Object.keys(all)) if (all[name] === null) delete all[name]
  return new SignJWT(all).setProtectedHeader({ alg: state.algorithm, kid: own.kid, ...header }).sign(key)
}

const orders = {
  credentials: ({ resource = TWIN }) => credentials(resource),
  code,
  forged,
  algorithm: ({ name }) => { state.algorithm = name },
  lifetime: ({ seconds }) => { state.lifetime = seconds },
  rotate: async () => { await stop(); await start() },
  stop,
  start,
}

await start()
console.log(JSON.stringify({ issuer: state.issuer }))
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line)
  try {
    console.log(JSON.stringify({ answer: (await orders[order.do](order)) ?? null }))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error?.stack ?? error) }))
  }
}
process.exit(0)
