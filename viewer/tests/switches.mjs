// The flat map's switches in the browser tests: what is off is not drawn, not found by a click, and off in the link.
import { test } from 'node:test';
import assert from 'node:assert/strict';

export function switchTests({ server, skip, visit, violations }) {
  const settled = (page) => page.waitForFunction(() => window.__map?.map.loaded() && window.__map.map.areTilesLoaded());
  const drawn = (page) => page.evaluate(() => [...new Set(window.__map.drawn().map((feature) => feature.sourceLayer))].sort());

  async function open(query) {
    const { page, clean } = await visit(`viewer/map.html?${query}`);
    await settled(page);
    return { page, clean };
  }

  test('each collection of the map has a switch by its title, and the link keeps what is off', { skip }, async () => {
    const { collections } = await (await fetch(`${server}/collections`, { headers: { accept: 'application/json' } })).json();
    const { page, clean } = await open('lang=de');
    assert.equal(await page.locator('#layers summary').textContent(), 'Ebenen');
    const boxes = page.locator('#layers input');
    const ids = await boxes.evaluateAll((all) => all.map(({ value }) => value));
    const titles = await page.locator('#layers label').allTextContents();
    assert.ok(ids.length >= 5, ids.join());
    assert.deepEqual(titles, ids.map((id) => collections.find((one) => one.id === id).title));
    const before = await drawn(page);
    assert.ok(before.includes('buildings') && before.includes('roads'), before.join());
    // By key, as by mouse.
    await page.locator('#layers input[value=roads]').focus();
    await page.keyboard.press('Space');
    await page.locator('#layers input[value=landuse]').uncheck();
    await settled(page);
    assert.deepEqual(await drawn(page), before.filter((id) => id !== 'roads' && id !== 'landuse'));
    assert.deepEqual(await violations(page), []);
    if (process.env.STADTWIN_MAP_PICTURE) await page.screenshot({ path: process.env.STADTWIN_MAP_PICTURE });
    // Moving the map keeps them in the link; the link opens the same map, in the other language too.
    await page.evaluate(() => window.__map.map.zoomTo(window.__map.map.getZoom() + 0.5, { duration: 0 }));
    await settled(page);
    const hash = await page.evaluate(() => location.hash);
    assert.match(hash, /^#map=[\d./-]+&off=(roads,landuse|landuse,roads)$/);
    const kept = await drawn(page);
    await clean();
    await page.locator('#language').click();
    await settled(page);
    assert.equal(await page.locator('#layers summary').textContent(), 'Layers');
    assert.deepEqual(await drawn(page), kept);
    assert.deepEqual(await page.locator('#layers input:not(:checked)').evaluateAll((all) => all.map(({ value }) => value).sort()), ['landuse', 'roads']);
    await page.locator('#layers input[value=roads]').check();
    await page.locator('#layers input[value=landuse]').check();
    await settled(page);
    assert.doesNotMatch(await page.evaluate(() => location.hash), /off=/);
    await clean();
    await page.close();
  });

  test('what is switched off is no longer chosen; a small screen shows the map first, one collection needs no switch', { skip }, async () => {
    const { page, clean } = await open('lang=en');
    const at = await page.evaluate(() => {
      const { map } = window.__map;
      const box = map.getCanvas().getBoundingClientRect();
      const { geometry } = window.__map.drawn().find(({ sourceLayer }) => sourceLayer === 'roads');
      const line = geometry.coordinates.flat(Infinity);
      map.jumpTo({ center: [line[0], line[1]], zoom: 19 });
      return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    });
    await settled(page);
    const spot = await page.evaluate(({ x, y }) => {
      const { map } = window.__map;
      const box = map.getCanvas().getBoundingClientRect();
      for (let r = 0; r < 60; r += 4) for (const [dx, dy] of [[r, 0], [-r, 0], [0, r], [0, -r]]) {
        const [top] = map.queryRenderedFeatures([x - box.left + dx, y - box.top + dy], { layers: window.__map.shapes });
        if (top?.sourceLayer === 'roads') return { x: x + dx, y: y + dy };
      }
      return null;
    }, at);
    assert.ok(spot, 'no road in the middle of the picture');
    await page.mouse.click(spot.x, spot.y);
    await page.locator('#feature', { hasText: 'Collection: roads' }).waitFor();
    await page.locator('#layers input[value=roads]').uncheck();
    assert.equal(await page.locator('#feature').isVisible(), false);
    await clean();
    await page.setViewportSize({ width: 360, height: 640 });
    await page.reload();
    await settled(page);
    assert.equal(await page.locator('#layers').evaluate(({ open: isOpen }) => isOpen), false);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 360);
    await page.locator('#layers summary').click();
    assert.deepEqual(await violations(page), []);
    await page.goto(`${server}/viewer/map.html?collection=buildings&lang=en`);
    await settled(page);
    assert.equal(await page.locator('#layers').count(), 0);
    await clean();
    await page.close();
  });
}
