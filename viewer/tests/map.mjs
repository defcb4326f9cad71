// The flat map in the browser tests: what is drawn, what a click shows, both languages, no other host.
import { test } from 'node:test';
import assert from 'node:assert/strict';

export function mapTests({ server, skip, visit, violations }) {
  const get = async (path) => (await fetch(`${server}/${path}`, { headers: { accept: 'application/json' } })).json();

  /** A building with the middle of its footprint, away from the border of what is seen. */
  async function building() {
    const { features } = await get('collections/buildings/items?limit=1');
    const [{ id, geometry, properties }] = features;
    const points = geometry.coordinates.flat(Infinity);
    const lon = points.filter((_, i) => i % 2 === 0), lat = points.filter((_, i) => i % 2 === 1);
    const middle = (numbers) => (Math.min(...numbers) + Math.max(...numbers)) / 2;
    return { id, properties, lon: middle(lon), lat: middle(lat) };
  }

  async function open(query, place) {
    const { page, clean } = await visit(`viewer/map.html?${query}${place ? `#map=18/${place.lat}/${place.lon}` : ''}`);
    await page.waitForFunction(() => window.__map?.map.loaded() && window.__map.map.areTilesLoaded());
    return { page, clean };
  }

  test('the map draws features of several collections with the server\'s own style', { skip }, async () => {
    const { page, clean } = await open('lang=de');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
    const drawn = await page.evaluate(() => window.__map.drawn().map((feature) => feature.sourceLayer));
    assert.ok(drawn.length > 20, `${drawn.length} features`);
    assert.ok(new Set(drawn).size >= 2, [...new Set(drawn)].join());
    assert.ok(drawn.includes('buildings'));
    await clean();
    await page.close();
  });

  test('a building is drawn where it stands, in the colour of its class; a click shows it and leads to its page', { skip }, async () => {
    const one = await building();
    const { page, clean } = await open('collection=buildings&lang=de', one);
    const [fill] = (await get('collections/buildings/tiles/WebMercatorQuad/style.json')).layers.filter((layer) => layer.id === 'buildings.fill');
    const cases = fill.paint['fill-color'];
    const colour = cases[cases.indexOf(one.properties.class) + 1];
    const found = await page.evaluate(({ lon, lat }) => {
      const { map, shapes } = window.__map;
      const { x, y } = map.project([lon, lat]);
      return { x, y, ids: map.queryRenderedFeatures([x, y], { layers: shapes }).map((feature) => feature.properties.id) };
    }, one);
    assert.ok(found.ids.includes(one.id), `${one.id} of ${found.ids}`);
    // The picture itself, away from labels: the fill is nine tenths opaque upon the paper.
    const pixels = await page.evaluate(({ lon, lat }) => new Promise((done) => {
      const { map } = window.__map;
      map.once('render', () => {
        const canvas = map.getCanvas();
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
        copy.drawImage(canvas, 0, 0);
        const scale = canvas.width / canvas.clientWidth;
        const { x, y } = map.project([lon, lat]);
        const area = copy.getImageData(Math.round(x * scale) - 12, Math.round(y * scale) - 12, 25, 25).data;
        done(Array.from({ length: area.length / 4 }, (_, i) => [...area.slice(i * 4, i * 4 + 3)]));
      });
      map.triggerRepaint();
    }), one);
    const channel = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
    const expected = [0, 1, 2].map((i) => channel(colour, i) * 0.9 + channel('#f4f1ea', i) * 0.1);
    const alike = pixels.filter((pixel) => pixel.every((value, i) => Math.abs(value - expected[i]) <= 3)).length;
    assert.ok(alike > pixels.length / 3, `${alike} of ${pixels.length} pixels are ${expected}`);

    const box = await page.locator('#map canvas').boundingBox();
    await page.mouse.click(box.x + found.x, box.y + found.y);
    await page.locator('#feature-id').waitFor();
    const shown = await page.locator('#feature-id').textContent();
    assert.ok(found.ids.includes(shown), shown);
    assert.match(await page.locator('#feature').textContent(), /Klasse/);
    assert.match(await page.locator('#feature').textContent(), /Gebäude/);
    assert.deepEqual(await violations(page), []);
    await clean();
    await page.locator('#feature-page').click();
    await page.waitForURL((url) => url.pathname.endsWith(`/collections/buildings/items/${encodeURIComponent(shown)}`));
    assert.match(await page.locator('h1').textContent(), new RegExp(shown));
    await page.close();
  });

  test('the map changes its language and keeps its place', { skip }, async () => {
    const { page, clean } = await open('lang=de', await building());
    const place = await page.evaluate(() => location.hash);
    await page.locator('#language').click();
    await page.waitForFunction(() => window.__map?.map.loaded() && document.documentElement.lang === 'en');
    assert.equal(await page.evaluate(() => location.hash), place);
    assert.match(await page.title(), /^Map – /);
    assert.deepEqual(await violations(page), []);
    await clean();
    await page.close();
  });

  test('pages of collections lead to their map', { skip }, async () => {
    const { page, clean } = await visit('collections/buildings?f=html&lang=en');
    await page.locator('#content').getByRole('link', { name: 'Map', exact: true }).click();
    await page.waitForFunction(() => window.__map?.map.loaded());
    assert.deepEqual([...new Set(await page.evaluate(() => window.__map.drawn().map((feature) => feature.sourceLayer)))], ['buildings']);
    await clean();
    await page.close();
  });
}
