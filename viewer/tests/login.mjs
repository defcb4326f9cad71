// Logging in at a real OpenID Connect provider (`tests/tools/oidc.mjs`), in a real browser: STADTWIN_COMMAND is `stadtwin --data-dir …`.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A draft of the demo, of the organization `lindmoos`. */
const DRAFT = 'nordfeld-c';
const RESOURCE = 'https://twin.example';
const tools = new URL('../../tests/tools/', import.meta.url).pathname;

export function loginTests({ server, skip, browser, violations }) {
  const command = process.env.STADTWIN_COMMAND?.split(' ');
  const missing = skip || (command ? false : 'STADTWIN_COMMAND is not set') || (existsSync(`${tools}node_modules/oidc-provider`) ? false : 'scripts/test-tools has not run');
  const home = `${server}/viewer/`;
  const stadtwin = (...words) => execFileSync(command[0], [...command.slice(1), ...words], { env: { ...process.env, STADTWIN_LOG: 'warn' } });

  /** A provider that takes orders, and that the server knows while `act` runs. */
  async function withProvider(act, scope = 'openid plan') {
    const child = spawn('node', ['oidc.mjs'], { cwd: tools, env: { ...process.env, STADTWIN_VIEWER: home }, stdio: ['pipe', 'pipe', 'ignore'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const told = async () => {
      for (;;) {
        const { value, done } = await lines.next();
        assert.ok(!done, 'the provider ended');
        if (value.startsWith('{')) return JSON.parse(value);
      }
    };
    const order = async (one) => {
      child.stdin.write(`${JSON.stringify(one)}\n`);
      const { error, answer } = await told();
      assert.equal(error, undefined);
      return answer;
    };
    const { issuer } = await told();
    try {
      stadtwin('issuer', 'add', issuer, '--audience', RESOURCE, '--role-claim', 'roles', '--map', 'PLAN-GAR=lindmoos:planner',
        '--client-id', 'city-viewer', '--login-title', 'Stadt Lindmoos', '--login-scope', scope, '--login-resource', RESOURCE);
      await act({ issuer, order });
    } finally {
      child.kill();
      try { stadtwin('issuer', 'remove', issuer); } catch { /* it was never added */ }
    }
  }

  /** A person with a browser of their own. What may not be: an error of the page, a token or code in what the twin is asked for. */
  async function person(issuer, locale = 'en-GB') {
    const context = await browser().newContext({ locale, viewport: { width: 1000, height: 640 } });
    const page = await context.newPage();
    page.setDefaultTimeout(60000);
    const wrong = [], asked = [];
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('request', async (request) => {
      const address = request.url();
      asked.push({ address, bearer: (await request.allHeaders().catch(() => ({}))).authorization });
      if (/^https?:/.test(address) && ![new URL(server).origin, issuer].includes(new URL(address).origin)) wrong.push(`foreign: ${address}`);
      if (address.startsWith(issuer) && (await request.allHeaders().catch(() => ({}))).referer?.includes('code=')) wrong.push(`referer: ${address}`);
    });
    await page.addInitScript(() => {
      window.__violations = [];
      document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI}`));
    });
    return { context, page, asked, clean: async () => assert.deepEqual([...wrong, ...(await page.evaluate(() => window.__violations))], []) };
  }

  const shown = async (page) => {
    await page.waitForFunction(() => window.__twin);
    await page.evaluate(() => window.__twin.ready());
  };
  const kept = (page) => page.evaluate(() => JSON.parse(sessionStorage.getItem('stadtwin.session')));
  const drafts = (page) => page.getByRole('radio', { name: /Variante C/ });

  async function logIn(page, issuer, account = 'anna') {
    await page.click('#log-in');
    await page.getByRole('button', { name: /Stadt Lindmoos/ }).click();
    await page.waitForURL((url) => url.origin === issuer);
    await page.getByLabel('Account').fill(account);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.waitForURL((url) => url.href.startsWith(home));
    await shown(page);
  }

  test('a planner logs in at the provider of their town, sees its draft, and logs out everywhere', { skip: missing }, () => withProvider(async ({ issuer }) => {
    const { context, page, asked, clean } = await person(issuer, 'de-DE');
    const answer = await page.goto(`${home}#v=1&q=low&lang=de`);
    const policy = answer.headers()['content-security-policy'];
    assert.deepEqual(/connect-src ([^;]*)/.exec(policy)[1].split(' '), ["'self'", issuer, 'data:', 'blob:']);
    await shown(page);
    assert.equal(await drafts(page).count(), 0);
    await page.click('#log-in');
    assert.deepEqual(await violations(page), []);
    if (process.env.STADTWIN_LOGIN_PICTURE) await page.screenshot({ path: process.env.STADTWIN_LOGIN_PICTURE });
    await page.keyboard.press('Escape');
    const before = await page.evaluate(() => window.__twin.link());
    await logIn(page, issuer);
    await drafts(page).waitFor();
    assert.equal(await page.locator('#who').textContent(), 'Angemeldet: Anna');
    // The view is as it was, and neither the address nor what the browser remembers of it has a code or a token.
    assert.equal(await page.evaluate(() => window.__twin.link()), before);
    assert.equal(await page.evaluate(() => location.href.replace(/#.*/, '')), home);
    const { token, issuer: known } = await kept(page);
    assert.equal(await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie, Object.keys(sessionStorage)])), '[{},"",["stadtwin.session"]]');
    await page.goBack();
    await page.goForward();
    await shown(page);
    await drafts(page).check();
    await page.evaluate(() => window.__twin.ready());
    await page.click('#show-plan');
    await page.waitForTimeout(1800);
    await page.evaluate(() => window.__twin.ready());
    assert.ok((await page.evaluate(() => window.__twin.tilesets())).some(({ variant }) => variant?.scenario === DRAFT));
    const own = asked.filter(({ address }) => new RegExp(`/content/.*scenario=${DRAFT}`).test(address));
    assert.ok(own.length > 0 && own.every(({ bearer }) => bearer === `Bearer ${token}`), JSON.stringify(own));
    // Only this server gets the token, in a header; the provider sees its own alone.
    for (const { address, bearer } of asked) {
      assert.ok(!address.includes(token) && !address.includes(known.refresh), address);
      if (!address.startsWith(server)) assert.equal(bearer, undefined, address);
    }
    if (process.env.STADTWIN_PLANNER_PICTURE) await page.screenshot({ path: process.env.STADTWIN_PLANNER_PICTURE });
    await clean();
    const open = await page.evaluate(() => window.__twin.link());
    await page.click('#log-out');
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.waitForURL((url) => url.href.startsWith(home) && !url.search);
    await shown(page);
    await page.locator('#log-in').waitFor();
    // The link of the draft is kept, and says that it is hidden.
    await page.locator('#plans .fault', { hasText: DRAFT }).waitFor();
    assert.ok(open.includes(`sc=${DRAFT}`));
    assert.equal(await drafts(page).count(), 0);
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    // The provider has forgotten her too: it asks again.
    await page.click('#log-in');
    await page.getByRole('button', { name: /Stadt Lindmoos/ }).click();
    await page.getByLabel('Account').waitFor();
    await context.close();
  }));

  test('a login is renewed before it ends, without anything being fetched anew, and ends when the provider says so', { skip: missing }, () => withProvider(async ({ issuer, order }) => {
    await order({ do: 'lifetime', seconds: 12 });
    const { context, page, asked, clean } = await person(issuer);
    await page.goto(`${home}#v=1&q=low&lang=en&sc=${DRAFT}`);
    await shown(page);
    await logIn(page, issuer);
    await page.locator('.opened', { hasText: 'Markthalle' }).waitFor();
    await page.evaluate(() => window.__twin.ready());
    const first = await kept(page), before = asked.length;
    await page.waitForFunction((token) => JSON.parse(sessionStorage.getItem('stadtwin.session')).token !== token, first.token);
    const second = await kept(page);
    assert.equal(second.id, first.id);
    assert.notEqual(second.issuer.refresh, first.issuer.refresh);
    assert.ok(second.issuer.expires > first.issuer.expires);
    await page.waitForTimeout(500);
    const since = asked.slice(before).filter(({ address }) => /\/(projects|scenarios|diff)\b/.test(address));
    assert.deepEqual(since, []);
    // What is fetched from now on goes with the new token, tiles of tilesets that were there before too.
    const late = asked.length;
    await page.evaluate(() => document.querySelector('#view canvas').focus());
    for (let i = 0; i < 6; i++) await page.keyboard.press('-');
    await page.getByRole('button', { name: /Refresh|erneuern/i }).first().click();
    await page.waitForTimeout(500);
    const fresh = asked.slice(late).filter(({ address, bearer }) => address.startsWith(server) && bearer);
    const now = (await kept(page)).token;
    assert.ok(fresh.length > 0 && fresh.every(({ bearer }) => bearer === `Bearer ${now}` || bearer === `Bearer ${second.token}`));
    await clean();
    // The provider has lost all sessions: the next renewal is refused.
    await order({ do: 'rotate' });
    await page.locator('header [role=alert]', { hasText: 'expired' }).waitFor();
    await page.locator('#plans .fault', { hasText: DRAFT }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await context.close();
  }));

  test('a login that is cancelled, made up, not wanted here or impossible says so', { skip: missing }, () => withProvider(async ({ issuer, order }) => {
    const { context, page } = await person(issuer);
    const alert = (text) => page.locator('header [role=alert]', { hasText: text }).waitFor();
    const nobody = async () => {
      assert.equal(await page.evaluate(() => sessionStorage.length), 0);
      assert.equal(await page.evaluate(() => location.search), '');
      await page.locator('#log-in').waitFor();
    };
    const start = async () => {
      await page.click('#log-in');
      await page.getByRole('button', { name: 'Log in at Stadt Lindmoos' }).click();
      await page.getByLabel('Account').waitFor();
    };
    await page.goto(`${home}#v=1&q=low&lang=en`);
    await shown(page);
    // Who goes back from the provider can try again, whether the browser has kept the page or makes it anew.
    await start();
    await page.goBack();
    await shown(page);
    if (await page.locator('dialog[open]').count()) await page.keyboard.press('Escape');
    await start();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await alert('cancelled');
    await nobody();
    // Sent by somebody else: nothing was begun here (RFC 6749, 10.12).
    await page.goto(`${home}?code=stolen&state=made-up#v=1&q=low&lang=en`);
    await alert('did not begin in this window');
    await nobody();
    assert.match(await page.evaluate(() => location.hash), /lang=en/);
    // A state that is not that of this login.
    await start();
    await page.goto(`${home}?code=stolen&state=made-up#v=1&q=low&lang=en`);
    await alert('did not begin in this window');
    await nobody();
    // The server takes no token of this provider any more.
    await start();
    stadtwin('issuer', 'add', issuer, '--audience', 'https://other.example', '--role-claim', 'roles', '--client-id', 'city-viewer', '--login-resource', RESOURCE, '--login-scope', 'openid plan', '--login-title', 'Stadt Lindmoos');
    await page.getByLabel('Account').fill('anna');
    await page.getByRole('button', { name: 'Go on' }).click();
    await alert('does not take this login');
    await nobody();
    // The provider is away.
    await order({ do: 'stop' });
    await page.click('#log-in');
    await page.getByRole('button', { name: 'Log in at Stadt Lindmoos' }).click();
    await alert('cannot be reached');
    await nobody();
    await context.close();
  }));
}
