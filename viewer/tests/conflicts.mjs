// Conflicts of plans in the browser tests: a planner's own draft that stands in a house of the city.
import { test } from 'node:test';
import assert from 'node:assert/strict';

const HOUSE = 'DEXX_LOD2_4111194', DRAFT = 'conflict-test', TITLE = 'Konfliktprobe';
const UTM = 'http://www.opengis.net/def/crs/EPSG/0/25832';

export function conflictTests({ server, skip, open, violations }) {
  const token = process.env.STADTWIN_PLANNER_TOKEN;
  const missing = skip || (token ? false : 'STADTWIN_PLANNER_TOKEN is not set');

  async function send(method, path, body, headers = {}) {
    const answer = await fetch(`${server}/${path}`, {
      method, headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    assert.ok(answer.ok || (method === 'DELETE' && answer.status === 404), `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer;
  }

  /** Middle of the house's footprint in a reference system. */
  async function middleOf(crs) {
    const { geometry } = await (await send('GET', `collections/buildings/items/${HOUSE}${crs ? `?crs=${encodeURIComponent(crs)}` : ''}`)).json();
    const points = geometry.coordinates.flat(Infinity);
    const middle = (axis) => { const all = points.filter((_, i) => i % 2 === axis); return (Math.min(...all) + Math.max(...all)) / 2; };
    return [middle(0), middle(1)];
  }

  /** A draft with a box of 2 m × 2 m × 3 m in the middle of the house. */
  async function withDraft(act) {
    await send('DELETE', `scenarios/${DRAFT}`);
    await send('POST', 'projects/nordfeld/scenarios', { id: DRAFT, title: TITLE });
    try {
      const [x, y] = await middleOf(UTM);
      const ring = [[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]].map(([dx, dy]) => [x + dx, y + dy]);
      const operations = [{ op: 'extrude', collection: 'buildings', id: 'PLAN_X_01', footprint: { type: 'Polygon', coordinates: [ring] }, base: 'terrain-mean', height: 3, properties: { name: 'Kiosk' } }];
      const tag = (await send('GET', `scenarios/${DRAFT}`)).headers.get('etag');
      await send('POST', `scenarios/${DRAFT}/operations`, { operations }, { 'if-match': tag, 'content-crs': `<${UTM}>` });
      await act();
    } finally {
      await send('DELETE', `scenarios/${DRAFT}`);
    }
  }

  async function logIn(page) {
    await page.click('#log-in');
    await page.fill('#token', token);
    await page.keyboard.press('Enter');
    await page.locator('#log-out').waitFor();
  }

  const ready = async (page) => {
    await page.waitForTimeout(150);
    await page.evaluate(() => window.__twin.ready());
  };

  /** The mean colour of a few pixels a metre above the ground at a place. */
  async function colour(page, [lon, lat]) {
    const shot = (await page.screenshot()).toString('base64');
    return page.evaluate(async ({ shot, lon, lat }) => {
      const bytes = Uint8Array.from(atob(shot), (c) => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
      canvas.drawImage(picture, 0, 0);
      const { x, y } = window.__twin.project(lon, lat, window.__twin.ground(lon, lat) + 1);
      const { data } = canvas.getImageData(Math.round(x) - 1, Math.round(y) - 1, 3, 3);
      return [0, 1, 2].map((channel) => Array.from({ length: 9 }, (_, i) => data[4 * i + channel]).reduce((a, b) => a + b) / 9);
    }, { shot, lon, lat });
  }

  test('conflicts of a draft are looked for, listed and marked where they are', { skip: missing }, () => withDraft(async () => {
    const place = await middleOf();
    const { page, clean } = await open('#v=1&q=low&lang=de');
    await logIn(page);
    await page.getByRole('radio', { name: TITLE }).check();
    await ready(page);
    await page.locator('#conflicts', { hasText: 'Es sind keine Konflikte bekannt.' }).waitFor();
    await page.click('#look');
    const row = page.locator('#conflicts li', { hasText: 'Neubau im Raum eines bestehenden Objekts' });
    await row.waitFor();
    // The objects by their names: the plan's own first. The box is whole within the house: 2 m × 2 m.
    await row.filter({ hasText: /Kiosk × Maximilianstraße 4/ }).waitFor();
    assert.match(await row.textContent(), /Schwer.*4 m², [\d,]+ m³.*offen/);
    const volume = Number(/([\d,]+) m³/.exec(await row.textContent())[1].replace(',', '.'));
    assert.ok(volume > 4 && volume <= 12.1, `${volume} m³ of 12`);
    await row.getByRole('button', { name: /^Zeigen/ }).click();
    await page.waitForTimeout(1600);
    await ready(page);
    const near = await page.evaluate(() => window.__twin.cam());
    assert.ok(Math.abs(near.lon - place[0]) < 0.002 && Math.abs(near.lat - place[1]) < 0.002, JSON.stringify(near));
    assert.equal(await row.getAttribute('aria-current'), 'true');
    await page.locator('#info-id', { hasText: 'PLAN_X_01' }).waitFor();
    // Purple shines through the walls of the house.
    const [r, g, b] = await colour(page, place);
    assert.ok(r > g + 20 && b > g + 30, `${r} ${g} ${b}`);
    if (process.env.STADTWIN_CONFLICT_PICTURE) await page.screenshot({ path: process.env.STADTWIN_CONFLICT_PICTURE });
    for (const language of ['de', 'en']) {
      await page.selectOption('#language', language);
      assert.deepEqual(await violations(page), []);
    }
    // Nothing is marked in another plan, nor for who has logged out.
    await page.getByRole('radio', { name: /Bestand|Existing/ }).check();
    await ready(page);
    const [red, green, blue] = await colour(page, place);
    assert.ok(!(red > green + 20 && blue > green + 30), `${red} ${green} ${blue}`);
    await clean();
    await page.close();
  }));

  test('who is not known is not asked about conflicts', { skip: missing }, async () => {
    const { page, clean } = await open('#v=1&q=low&lang=en&sc=nordfeld-b');
    const asked = [];
    page.on('request', (request) => { if (/conflicts/.test(request.url())) asked.push(request.url()); });
    await page.locator('#changes li').first().waitFor();
    await page.getByRole('radio', { name: /Variante A/ }).check();
    await page.locator('.opened', { hasText: 'Variante A' }).waitFor();
    assert.equal(await page.locator('#conflicts').count(), 0);
    assert.deepEqual(asked, []);
    await logIn(page);
    await page.locator('#conflicts').waitFor();
    await page.click('#log-out');
    await page.locator('#conflicts').waitFor({ state: 'detached' });
    await clean();
    await page.close();
  });
}
