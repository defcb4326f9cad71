// The forms of the API's page in the browser tests: reading, and all ways of writing with a token.
import { test } from 'node:test';
import assert from 'node:assert/strict';

const DRAFT = 'try-test';

export function tryTests({ server, skip, visit, violations }) {
  const token = process.env.STADTWIN_PLANNER_TOKEN;
  const missing = skip || (token ? false : 'STADTWIN_PLANNER_TOKEN is not set');

  /** The form of an operation, opened. */
  async function form(page, id) {
    const section = page.locator(`section#${id}`);
    const isOpen = await section.locator('details.try').evaluate((details) => details.open);
    if (!isOpen) await section.locator('details.try > summary').click();
    const fill = async (values) => {
      for (const [name, value] of Object.entries(values)) {
        const field = section.locator(`[name="${name}"]`);
        if (await field.evaluate((element) => element.tagName === 'SELECT')) await field.selectOption(value); else await field.fill(value);
      }
    };
    const body = async (media, text) => {
      await section.locator('[data-type]').selectOption(media);
      await section.locator(`[data-body="${media}"] textarea`).fill(text);
    };
    const send = async () => {
      await section.getByRole('button', { name: /^(Senden|Send)$/ }).click();
      const status = section.locator('[data-status]');
      await status.waitFor();
      const rows = await section.locator('[data-answer] details tr').evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
      return { status: Number(await status.getAttribute('data-status')), headers: Object.fromEntries(rows), text: await section.locator('[data-answer]').innerText() };
    };
    const curl = () => section.locator('[data-curl] code').textContent();
    return { section, fill, body, send, curl };
  }

  test('every form of the API page says what it would send, in both languages', { skip }, async () => {
    for (const [language, word] of [['de', 'Senden'], ['en', 'Send']]) {
      const { page, clean } = await visit(`api?f=html&lang=${language}`);
      const summaries = page.locator('details.try > summary');
      assert.ok(await summaries.count() > 100);
      // All at once: clicking each would take a minute.
      await page.evaluate(() => { for (const one of document.querySelectorAll('details.try')) one.open = true; });
      await page.waitForFunction(() => [...document.querySelectorAll('[data-curl] code')].every((code) => code.textContent.startsWith('curl -i')));
      const lines = await page.locator('[data-curl] code').allTextContents();
      for (const line of lines) assert.ok(line.includes(`'${server}/`) && !/\{\w+\}|undefined|\[object/.test(line.split('\n').at(-1)), line);
      assert.equal(await page.getByRole('button', { name: word, exact: true }).count(), lines.length);
      await page.evaluate(() => { for (const one of document.querySelectorAll('details.try')) one.open = false; });
      await page.locator('section#getCollections details.try > summary').click();
      await page.locator('section#addOperations details.try > summary').click();
      // The longest page of all: once is enough.
      if (language === 'de') assert.deepEqual(await violations(page), []);
      await clean();
      await page.close();
    }
  });

  test('a form reads, with what is chosen and nothing else', { skip }, async () => {
    const { page, clean } = await visit('api?f=html&lang=en#getFeatures');
    assert.ok(await page.locator('section#getFeatures details.try').evaluate((details) => details.open));
    const { fill, send, curl } = await form(page, 'getFeatures');
    await fill({ collectionId: 'buildings', limit: '2', bbox: '11.6,48.2,11.7,48.3' });
    assert.match(await curl(), /\/collections\/buildings\/items\?(bbox=11\.6,48\.2,11\.7,48\.3&limit=2|limit=2&bbox=11\.6,48\.2,11\.7,48\.3)'$/);
    const { status, headers, text } = await send();
    assert.equal(status, 200, text);
    assert.match(headers['content-type'], /json/);
    assert.match(text, /"numberReturned": 2/);
    await clean();
    await page.close();
  });

  test('a plan is made, changed, put in phases and deleted by the forms, with a token that no address and no curl line shows', { skip: missing }, async () => {
    await fetch(`${server}/scenarios/${DRAFT}`, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    const { page } = await visit('api?f=html&lang=de');
    const asked = [];
    page.on('request', (request) => asked.push(`${request.method()} ${request.url()}`));
    const make = await form(page, 'createScenario');
    await make.fill({ projectId: 'nordfeld' });
    await make.body('application/json', JSON.stringify({ id: DRAFT, title: 'Zum Ausprobieren' }));
    // Without a token the server says what to do.
    const refused = await make.send();
    assert.equal(refused.status, 401, refused.text);
    assert.match(refused.text, /needs a token/);
    await page.fill('#token', token);
    const made = await make.send();
    assert.equal(made.status, 201, made.text);
    assert.match(made.headers.location, new RegExp(`/scenarios/${DRAFT}$`));
    assert.match(await make.curl(), /-X POST[\s\S]*Authorization: Bearer \$TOKEN[\s\S]*Content-Type: application\/json[\s\S]*--data-binary/);

    const show = await form(page, 'getScenario');
    await show.fill({ scenarioId: DRAFT });
    const before = await show.send();
    assert.equal(before.status, 200, before.text);
    assert.match(before.text, /Zum Ausprobieren/);

    const change = await form(page, 'updateScenario');
    await change.fill({ scenarioId: DRAFT, 'If-Match': before.headers.etag });
    await change.body('application/merge-patch+json', JSON.stringify({ title: 'Ausprobiert' }));
    const changed = await change.send();
    assert.equal(changed.status, 200, changed.text);
    assert.match(changed.text, /Ausprobiert/);
    // A version that it does not have.
    await change.fill({ 'If-Match': '"99"' });
    assert.equal((await change.send()).status, 412);

    const phases = await form(page, 'replacePhases');
    await phases.fill({ scenarioId: DRAFT, 'If-Match': changed.headers.etag });
    await phases.body('application/json', JSON.stringify({ phases: [{ label: 'Neubau', from: '2028-01-01' }] }));
    const put = await phases.send();
    assert.equal(put.status, 200, put.text);
    assert.match(put.text, /Neubau/);

    const remove = await form(page, 'deleteScenario');
    await remove.fill({ scenarioId: DRAFT });
    const gone = await remove.send();
    assert.equal(gone.status, 204, gone.text);
    assert.match(gone.text, /keinen Inhalt/);
    assert.equal((await show.send()).status, 404);
    assert.ok(asked.every((one) => !one.includes(token)) && asked.some((one) => one.startsWith('PATCH ')) && asked.some((one) => one.startsWith('PUT ')) && asked.some((one) => one.startsWith('DELETE ')), asked.join('\n'));
    for (const line of await page.locator('[data-curl] code').allTextContents()) assert.ok(!line.includes(token));
    assert.equal(await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href.includes('stw_')])), '[{},{},"",false]');
    await page.close();
  });
}
