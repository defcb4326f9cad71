// The viewer in a real browser against a running server: STADTWIN_URL=http://127.0.0.1:8080 npm run e2e
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { conflictTests } from './conflicts.mjs';
import { loginTests } from './login.mjs';
import { mapTests } from './map.mjs';
import { planTests } from './plans.mjs';
import { pageTests } from './pages.mjs';
import { switchTests } from './switches.mjs';
import { terrainTests } from './terrain.mjs';
import { tryTests } from './try.mjs';

const server = process.env.STADTWIN_URL?.replace(/\/$/, '');
const skip = server ? false : 'STADTWIN_URL is not set';
const chrome = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--enable-unsafe-swiftshader'];
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PATIENCE = 60000;

let browser;
before(async () => { if (server) browser = await chromium.launch({ executablePath: chrome, args: flags }); });
after(() => browser?.close());

/** Opens the viewer and records whatever must not happen. */
async function open(hash, size = { width: 900, height: 600 }) {
  const { page, clean } = await visit(`viewer/${hash}`, size);
  await page.waitForFunction(() => window.__twin);
  assert.equal(await page.evaluate(() => window.__twin.ready()), true);
  return { page, clean };
}

/** Opens a page of the server in the same way. */
async function visit(path, size = { width: 900, height: 600 }) {
  const page = await browser.newPage({ viewport: size, locale: 'de-DE' });
  page.setDefaultTimeout(PATIENCE);
  const wrong = [];
  const host = new URL(server).host;
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') wrong.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const address = new URL(request.url());
    if (/^https?:|^wss?:/.test(address.protocol) && address.host !== host) wrong.push(`foreign: ${request.url()}`);
  });
  page.on('response', (response) => { if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`); });
  await page.addInitScript(() => {
    window.__violations = [];
    document.addEventListener('securitypolicyviolation', (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI}`));
  });
  await page.goto(`${server}/${path}`);
  const clean = async () => assert.deepEqual([...wrong, ...(await page.evaluate(() => window.__violations))], []);
  return { page, clean };
}

async function violations(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations: found } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return found.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  });
}

/** Collections with 3D Tiles, as the server lists them. */
async function layers() {
  const { collections } = await (await fetch(`${server}/collections`, { headers: { accept: 'application/json' } })).json();
  return collections.filter((c) => c.links?.some((l) => /3dtiles\/tileset\.json/.test(l.href))).map((c) => c.id);
}

/** Some features with the middle of their footprint. */
async function candidates() {
  const found = [];
  for (const layer of await layers()) {
    const { features } = await (await fetch(`${server}/collections/${layer}/items?limit=60`, { headers: { accept: 'application/geo+json' } })).json();
    for (const { id, geometry, properties } of features) {
      const points = (geometry?.coordinates ?? []).flat(Infinity);
      const lon = points.filter((_, i) => i % 2 === 0), lat = points.filter((_, i) => i % 2 === 1);
      if (!points.length || !Number(properties.measuredHeight)) continue;
      found.push({ layer, id, height: Number(properties.measuredHeight), lon: (Math.min(...lon) + Math.max(...lon)) / 2, lat: (Math.min(...lat) + Math.max(...lat)) / 2 });
    }
  }
  assert.ok(found.length > 0, 'no feature with a footprint and a height');
  return found;
}

/** The link with a view of the highest building from about 250 m south of it. */
async function near(link) {
  const { groundHeight } = await (await fetch(`${server}/viewer/config.json`)).json();
  const [tall] = (await candidates()).sort((a, b) => b.height - a.height);
  return `${link}&c=${tall.lon},${tall.lat - 0.0022},${groundHeight + 200},0,-35`;
}

/** Clicks with the mouse on the roof of one object after another until one is not hidden by its neighbours. */
async function clickBuilding(page) {
  const canvas = await page.locator('#view canvas').boundingBox();
  for (const one of (await candidates()).sort((a, b) => b.height - a.height).slice(0, 25)) {
    const at = await page.evaluate(({ lon, lat, height }) => window.__twin.project(lon, lat, window.__twin.ground(lon, lat) + height * 0.9), one);
    if (!at || at.x < canvas.x + 5 || at.y < canvas.y + 5 || at.x > canvas.x + canvas.width - 100 || at.y > canvas.y + canvas.height - 5) continue;
    await page.mouse.click(at.x, at.y);
    await page.waitForTimeout(300);
    const shown = await page.locator('#info-id').textContent({ timeout: 3000 }).catch(() => null);
    if (shown === one.id) return { ...one, at };
  }
  assert.fail('no building could be picked by the mouse');
}

test('a click on a building shows its gml:id, attributes and surface', { skip }, async () => {
  // From nearby: a tile seen from afar knows no surfaces.
  const { page, clean } = await open(await near('#v=1&q=low&lang=de'));
  const picked = await clickBuilding(page);
  await page.locator('#info tbody tr:nth-child(5)').waitFor();
  await page.locator('#info-surface').waitFor();
  assert.match(await page.locator('#info-surface').textContent(), /fläche/i);
  assert.match(await page.locator('#info').textContent(), /Gemessene Höhe/);
  assert.ok((await page.locator('#info a').first().getAttribute('href')).includes(encodeURIComponent(picked.id)));
  assert.equal((await page.evaluate(([x, y]) => window.__twin.pick(x, y), [picked.at.x, picked.at.y])).id, picked.id);
  await clean();
  await page.close();
});

test('the page has no accessibility violations in German and English, with a selection and a list', { skip }, async () => {
  const { page, clean } = await open('#v=1&q=low&lang=de&s=func');
  await clickBuilding(page);
  await page.click('#refresh');
  await page.locator('.objects li').first().waitFor();
  for (const language of ['de', 'en']) {
    await page.selectOption('#language', language);
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    assert.deepEqual(await violations(page), []);
  }
  await page.locator('.objects li button').nth(1).click();
  await page.locator('#info-id').waitFor();
  await clean();
  await page.close();
});

test('the keyboard reaches the view, moves it and clears the selection', { skip }, async () => {
  const { page, clean } = await open('#v=1&q=low&lang=en');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'CANVAS');
  const before = await page.evaluate(() => window.__twin.cam());
  for (const key of ['ArrowUp', 'Shift+ArrowLeft', '+']) await page.keyboard.press(key);
  const moved = await page.evaluate(() => window.__twin.cam());
  assert.ok(moved.height < before.height && Math.abs(moved.heading - before.heading) > 2 && moved.lat !== before.lat);
  await page.keyboard.press('Home');
  assert.ok(Math.abs((await page.evaluate(() => window.__twin.cam())).lon - before.lon) < 1e-6);
  await clean();
  await page.close();
});

test('a permalink opens the same view again', { skip }, async () => {
  const first = await open('#v=1&q=low&lang=en&s=roof&t=2026-03-20T09:15');
  await clickBuilding(first.page);
  await first.page.keyboard.press('Escape');
  await first.page.locator('.tools button').first().click();
  await first.page.evaluate(() => window.__twin.ready());
  const link = await first.page.evaluate(() => window.__twin.link());
  assert.match(link, /s=roof/);
  assert.match(link, /t=2026-03-20T09:15/);
  await first.page.waitForFunction((text) => location.hash === text, link);
  await first.page.close();
  const second = await open(link);
  await second.page.locator('#view').waitFor();
  if (link.includes('sel=')) await second.page.locator('#info-id').waitFor();
  assert.equal(await second.page.evaluate(() => window.__twin.link()), link);
  await second.clean();
  await second.page.close();
});

test('a theme has its legend, the sun its height, the layers their switch', { skip }, async () => {
  const { page, clean } = await open('#v=1&q=low&lang=en');
  for (const [theme, classes] of [['neutral', 1], ['func', 10], ['height', 6], ['roof', 9]]) {
    await page.selectOption('#theme', theme);
    assert.equal(await page.locator('.legend li').count(), classes);
  }
  await page.getByRole('button', { name: '21 Dec' }).click();
  assert.match(await page.locator('output[for=time]').textContent(), / CET$/);
  await page.getByRole('button', { name: '21 Jun' }).click();
  assert.match(await page.locator('output[for=time]').textContent(), / CEST$/);
  await page.evaluate(() => window.__twin.ready());
  const picked = await clickBuilding(page);
  for (const box of await page.locator('.layer input[type=checkbox]').all()) await box.uncheck();
  await page.evaluate(() => window.__twin.ready());
  assert.equal(await page.evaluate(([x, y]) => window.__twin.pick(x, y), [picked.at.x, picked.at.y]), null);
  await clean();
  await page.close();
});

test('the page says when the server is away and recovers', { skip }, async () => {
  const page = await browser.newPage({ locale: 'en-GB' });
  page.setDefaultTimeout(PATIENCE);
  await page.route('**/collections', (route) => route.abort());
  await page.goto(`${server}/viewer/#v=1&q=low&lang=en`);
  await page.getByRole('alert').waitFor();
  assert.match(await page.getByRole('alert').textContent(), /cannot be reached/);
  await page.unroute('**/collections');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForFunction(() => window.__twin);
  await page.getByRole('alert').waitFor({ state: 'detached' });
  await page.close();
});

terrainTests({ server, skip, open, violations });
planTests({ server, skip, open, violations });
mapTests({ server, skip, visit, violations });
switchTests({ server, skip, visit, violations });
conflictTests({ server, skip, open, violations });
loginTests({ server, skip, browser: () => browser, violations });
tryTests({ server, skip, visit, violations });
pageTests({ server, skip, browser: () => browser, axe });

test('a picture of the city in the high preset', { skip: skip || (process.env.STADTWIN_SCREENSHOT ? false : 'STADTWIN_SCREENSHOT is not set') }, async () => {
  const { page, clean } = await open('#v=1&q=high&lang=en', { width: 1280, height: 800 });
  await page.screenshot({ path: process.env.STADTWIN_SCREENSHOT, timeout: PATIENCE });
  await clean();
  await page.close();
});
