// The ground in the browser tests: heights, layers upon it, sections, the view from below.
import { test } from 'node:test';
import assert from 'node:assert/strict';

/** What Cesium takes for the error of a terrain tile of level 0; half as much at each finer level [m]. */
const ROOT_ERROR_M = 77067.34;

export function terrainTests({ server, skip, open, violations }) {
  const get = async (path) => (await fetch(`${server}/${path}`, { headers: { accept: 'application/json' } })).json();

  /** The terrain, its extent cut to that of the city, and the height of the geoid there. */
  async function ground(t) {
    const { terrains = [] } = await get('terrain');
    if (!terrains.length) { t.skip('the server has no terrain'); return null; }
    const { extent, undulation, groundHeight } = await get('viewer/config.json');
    const [w, s, e, n] = terrains[0].extent.spatial.bbox[0];
    const box = [Math.max(w, extent[0]), Math.max(s, extent[1]), Math.min(e, extent[2]), Math.min(n, extent[3])];
    return { ...terrains[0], box, undulation, groundHeight, middle: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] };
  }

  /** A view from the south upon the middle of the terrain. */
  const above = ({ middle: [lon, lat], groundHeight }, rest = '') => `#v=1&q=low&lang=en&c=${lon},${lat - 0.0035},${groundHeight + 350},0,-42${rest}`;

  test('Cesium samples the heights that the API gives', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const { page, clean } = await open(above(terrain));
    assert.equal(await page.evaluate(() => window.__twin.terrain()), terrain.id);
    const [w, s, e, n] = terrain.box;
    const off = [];
    for (const fx of [0.1, 0.3, 0.5, 0.7, 0.9]) for (const fy of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const place = [w + (e - w) * fx, s + (n - s) * fy];
      const { elevation } = await get(`terrain/${terrain.id}/elevation?point=${place}`);
      if (elevation === null) continue;
      off.push(await page.evaluate(([lon, lat]) => window.__twin.sample(lon, lat), place) - elevation - terrain.undulation);
    }
    off.sort((a, b) => Math.abs(a) - Math.abs(b));
    t.diagnostic(`${off.length} places, off by ${Math.abs(off[off.length >> 1]).toFixed(3)} m (median), ${Math.abs(off.at(-1)).toFixed(3)} m (most)`);
    assert.ok(off.length >= 10);
    assert.ok(Math.abs(off.at(-1)) <= ROOT_ERROR_M / 2 ** terrain.levels.finest, `${off.at(-1)}`);
    // Heights of another system would all be off by as much.
    assert.ok(Math.abs(off[off.length >> 1]) < 0.5, `${off[off.length >> 1]}`);
    // What is drawn is coarser than the finest tiles, by what can be seen.
    const drawn = await page.evaluate(([lon, lat]) => Promise.all([window.__twin.ground(lon, lat), window.__twin.sample(lon, lat)]), terrain.middle);
    assert.ok(Math.abs(drawn[0] - drawn[1]) < 2.5, String(drawn));
    await clean();
    await page.close();
  });

  test('hillshade and contours are layers with opacity, kept in the link', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const { page, clean } = await open(above(terrain));
    const seen = { hillshade: 0, contours: 0 };
    page.on('response', async (response) => {
      if (/\/hillshade\/.*\/\d+\/\d+\/\d+$/.test(response.url()) && response.headers()['content-type'] === 'image/png') seen.hillshade += 1;
      if (/\/contours\?/.test(response.url()) && (await response.json()).features.length) seen.contours += 1;
    });
    await page.getByRole('checkbox', { name: 'Hillshade' }).check();
    await page.getByRole('checkbox', { name: /Contours/ }).check();
    await page.getByRole('slider', { name: 'Opacity Hillshade' }).fill('40');
    await page.waitForTimeout(300);
    await page.evaluate(() => window.__twin.ready());
    assert.ok(seen.hillshade > 0 && seen.contours > 0, JSON.stringify(seen));
    assert.equal(await page.evaluate(() => window.__twin.pictures()), 2);
    assert.match(await page.evaluate(() => window.__twin.link()), /&g=hillshade~40,contours(&|$)/);
    await clean();
    await page.close();
  });

  test('the camera goes below the ground only while one sees through it', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const [lon, lat] = terrain.middle;
    const { page, clean } = await open(`#v=1&q=low&lang=en&ug=1&c=${lon},${lat},${terrain.groundHeight - 30},0,10`);
    assert.equal(await page.locator('#underground').isChecked(), true);
    assert.ok((await page.evaluate(() => window.__twin.cam())).height < terrain.groundHeight - 25);
    await page.locator('#underground').uncheck();
    await page.evaluate(() => window.__twin.ready());
    const { height } = await page.evaluate(() => window.__twin.cam());
    assert.ok(height > await page.evaluate(([x, y]) => window.__twin.sample(x, y), [lon, lat]), String(height));
    await clean();
    await page.close();
  });

  test('a section drawn by mouse has a plot, a reading, a table, and no accessibility violations', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const { page, clean } = await open(above(terrain));
    await page.click('#section-draw');
    assert.deepEqual(await violations(page), []);
    const canvas = await page.locator('#view canvas').boundingBox();
    const at = (fx, fy) => [canvas.x + canvas.width * fx, canvas.y + canvas.height * fy];
    await page.mouse.click(...at(0.3, 0.7));
    await page.waitForTimeout(400);
    await page.mouse.click(...at(0.5, 0.6));
    await page.waitForTimeout(400);
    await page.mouse.dblclick(...at(0.7, 0.5));
    await page.locator('.plot path.ground').waitFor();
    const corners = (await page.evaluate(() => window.__twin.link())).match(/&p=([^&]*)/)[1].split(',').map(Number);
    assert.equal(corners.length, 6);
    const expected = await get(`terrain/${terrain.id}/elevation?line=${corners}&step=${terrain.cell}`);
    const number = (text) => Number(text.replace(/,/g, ''));
    const [, length, lowest, highest] = (await page.locator('#plot-summary').textContent()).match(/Length ([\d,]+) m, lowest point ([\d.]+) m, highest point ([\d.]+) m/);
    assert.ok(Math.abs(number(length) - expected.length) <= 1, `${length} ${expected.length}`);
    assert.ok(Math.abs(lowest - expected.lowest) < 0.1 && Math.abs(highest - expected.highest) < 0.1, `${lowest} ${highest} ${expected.lowest} ${expected.highest}`);
    const before = await page.locator('#plot-reading').textContent();
    await page.locator('#plot-cursor').focus();
    await page.keyboard.press('End');
    assert.match(before, /^after 0 m: height \d+(\.\d+)? m/);
    assert.notEqual(await page.locator('#plot-reading').textContent(), before);
    const rows = (await (await fetch(await page.locator('#plot-csv').getAttribute('href'))).text()).trim().split('\n');
    assert.equal(rows[0], 'distance,x,y,elevation');
    assert.ok(rows.length > 10);
    for (const language of ['de', 'en']) {
      await page.selectOption('#language', language);
      assert.deepEqual(await violations(page), []);
    }
    await page.setViewportSize({ width: 400, height: 800 });
    await page.locator('.plot svg').scrollIntoViewIfNeeded();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 400);
    assert.ok((await page.locator('.plot svg').boundingBox()).width <= 400);
    await page.click('#plot-close');
    assert.equal(await page.locator('.plot').count(), 0);
    await clean();
    await page.close();
  });

  test('the line of a section lies on roads and land, and houses hide it', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const { features = [] } = await get(`collections/buildings/items?limit=1&bbox=${terrain.box}`);
    assert.ok(features.length, 'the server has no buildings on its terrain');
    const ring = features[0].geometry.coordinates.flat(Infinity);
    const middle = (axis) => { const all = ring.filter((_, i) => i % 2 === axis); return (Math.min(...all) + Math.max(...all)) / 2; };
    const [lon, lat] = [middle(0), middle(1)], reach = 0.0012;
    const { page, clean } = await open(`#v=1&q=low&lang=en&c=${lon},${lat - 0.0016},${terrain.groundHeight + 160},0,-40&p=${lon - reach},${lat},${lon + reach},${lat}`);
    await page.locator('.plot path.ground').waitFor();
    await page.waitForTimeout(500);
    await page.evaluate(() => window.__twin.ready());
    const shot = (await page.screenshot()).toString('base64');
    const found = await page.evaluate(async ({ shot, lon, lat, reach }) => {
      const bytes = Uint8Array.from(atob(shot), (c) => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
      canvas.drawImage(picture, 0, 0);
      const box = document.querySelector('#view canvas').getBoundingClientRect();
      const seen = [];
      for (let i = 5; i <= 95; i++) {
        const at = [lon - reach + (2 * reach * i) / 100, lat];
        const { x, y } = window.__twin.project(...at, window.__twin.ground(...at));
        if (x < box.left + 5 || x > box.right - 60 || y < box.top + 5 || y > box.bottom - 5) continue;
        const picked = window.__twin.pick(x, y);
        const { data } = canvas.getImageData(Math.round(x) - 1, Math.round(y) - 3, 3, 7);
        let orange = false;
        for (let p = 0; p < data.length; p += 4) orange ||= Math.abs(data[p] - 194) + Math.abs(data[p + 1] - 65) + Math.abs(data[p + 2] - 12) < 60;
        seen.push({ on: picked?.class ?? 'ground', layer: picked?.layer, orange });
      }
      return seen;
    }, { shot, lon, lat, reach });
    const flat = found.filter(({ on }) => /^(ground|Road|LandUse|Water)/.test(on)), houses = found.filter(({ layer }) => layer === 'buildings');
    const share = (some) => some.filter(({ orange }) => orange).length / some.length;
    t.diagnostic(`${flat.length} places on the ground, ${(share(flat) * 100).toFixed(0)} % with the line; ${houses.length} on houses, ${(share(houses) * 100).toFixed(0)} %`);
    assert.ok(flat.some(({ on }) => on !== 'ground') && flat.length > 20 && houses.length > 3, JSON.stringify(found));
    // Edges of houses lie between pixels.
    assert.ok(share(flat) > 0.9 && share(houses) < 0.15, JSON.stringify(found));
    await clean();
    await page.close();
  });

  test('a section can be drawn with keys alone, and Escape leaves it', { skip }, async (t) => {
    const terrain = await ground(t);
    if (!terrain) return;
    const { page, clean } = await open(above(terrain));
    await page.locator('#section-draw').focus();
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'CANVAS');
    await page.keyboard.press('Space');
    await page.keyboard.press('Escape');
    await page.locator('#section-draw').waitFor();
    assert.doesNotMatch(await page.evaluate(() => window.__twin.link()), /&p=/);
    await page.locator('#section-draw').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await page.locator('.plot path.ground').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'plot-cursor');
    await clean();
    await page.close();
  });
}
