// The pages for people in the browser tests: every page that links lead to, in both languages.
import { test } from 'node:test';
import assert from 'node:assert/strict';

const MOST = 150;
/** Samples of each kind of address; in the second language for its words alone. */
const SAMPLES = { de: 2, en: 1 };
/** Pages that are looked at side by side. */
const TABS = 3;
/** What a template or script writes when it has nothing to say. */
const BROKEN = /\bundefined\b|\bnull\b|\[object Object\]|\bNaN\b/;
/** English that has no place in German navigation and headings. */
const ENGLISH = /\b(Home|Collections|Features|Feature|Next|Previous|Search|Download|Tiles|Buildings?|Jobs|Processes|Records|About|Help|Parts|Surfaces|Versions|Changes|Queryables|Schema of|Landing page|Page not found)\b/;
/** Names that stay as they are. */
const NAMES = /OGC API – [^\n\t]*|3D Tiles/g;
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** The address without what names one thing, so that a kind of page is visited a few times only. */
export function kind(address) {
  const { pathname, searchParams } = new URL(address);
  const parts = pathname.split('/').map((part, at, all) => {
    if (at > 1 && /^(collections|items|surfaces|children|versions|jobs|processes|records|projects|scenarios|codelists|tiles|styles|catalogues?|clients|tileMatrixSets)$/.test(all[at - 1])) return '*';
    return /\d{3,}|^[0-9.]+$/.test(part) ? '*' : part;
  });
  const keys = [...searchParams.keys()].filter((key) => key !== 'f' && key !== 'lang').sort();
  return `${parts.join('/')}?${keys.join('&')}`;
}

export function pageTests({ server, skip, browser, axe }) {
  for (const language of ['de', 'en']) {
    test(`every page that links lead to is whole: ${language}`, { skip }, async () => {
      const context = await browser().newContext({ locale: language === 'de' ? 'de-DE' : 'en-GB', viewport: { width: 1000, height: 700 } });
      const queue = [`${server}/?f=html&lang=${language}`];
      const known = new Set(queue), kinds = new Map(), wrong = [];
      let visited = 0, busy = 0;
      const visit = async (address) => {
        const sample = kind(address);
        const isWanted = () => (kinds.get(sample) ?? 0) < SAMPLES[language] && visited < MOST;
        if (!isWanted() || !(await isPage(address, language)) || !isWanted()) return;
        const seen = kinds.get(sample) ?? 0;
        kinds.set(sample, seen + 1);
        visited += 1;
        // Languages differ in words, not in what is accessible; `try.mjs` looks at the page of the API, the longest of all.
        const isChecked = seen === 0 && language === 'de' && !/\/api$/.test(new URL(address).pathname);
        const { faults, links } = await look(context, address, language, axe, isChecked);
        wrong.push(...faults.map((fault) => `${address}: ${fault}`));
        for (const link of links) {
          if (new URL(link).origin !== new URL(server).origin || known.has(link)) continue;
          known.add(link);
          queue.push(link);
        }
      };
      const tab = async () => {
        while (visited < MOST && (queue.length || busy)) {
          const address = queue.shift();
          // Another tab may still find links.
          if (address === undefined) { await new Promise((resolve) => setTimeout(resolve, 50)); continue; }
          busy += 1;
          await visit(address).finally(() => { busy -= 1; });
        }
      };
      await Promise.all(Array.from({ length: TABS }, tab));
      await context.close();
      assert.deepEqual(wrong, []);
      // The start page alone leads to more kinds than this.
      assert.ok(kinds.size >= 15, `${kinds.size} kinds of pages: ${[...kinds.keys()].join(' ')}`);
    });
  }
}

/** Asks as a browser does, so that files and streams are not opened. A link that leads nowhere counts as a page: it is a fault. */
async function isPage(address, language) {
  const stop = new AbortController();
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-language': language };
  const answer = await fetch(address, { headers, signal: stop.signal });
  const html = answer.status >= 400 || /text\/html/.test(answer.headers.get('content-type') ?? '');
  stop.abort();
  // The viewer and the map have tests of their own.
  return html && !/\/viewer\//.test(new URL(address).pathname);
}

async function look(context, address, language, axe, isChecked) {
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => { if (message.type() === 'error') faults.push(`console: ${message.text()}`); });
  const answer = await page.goto(address);
  if (answer.status() !== 200) faults.push(`status ${answer.status()}`);
  const seen = await page.evaluate(() => ({
    lang: document.documentElement.lang,
    h1: document.querySelectorAll('h1').length,
    text: document.body.innerText,
    // Code and names out of the data are in no language.
    spoken: [...document.querySelectorAll('nav, h1, h2, h3, th')].filter((e) => !e.querySelector('code')).map((e) => e.innerText),
    // Marks on a map are links of SVG, whose href is no text.
    links: [...document.querySelectorAll('a[href]:not([download])')].map((a) => new URL(a.getAttribute('href'), document.baseURI).href.split('#')[0]),
  }));
  const asked = new URL(address).searchParams.get('lang');
  if (seen.lang !== (asked ?? language)) faults.push(`lang "${seen.lang}"`);
  if (seen.h1 !== 1) faults.push(`${seen.h1} h1`);
  const broken = BROKEN.exec(seen.text);
  // The page of the API speaks of JSON's null.
  if (broken && !(broken[0] === 'null' && /\/api$/.test(new URL(address).pathname))) faults.push(`"${seen.text.slice(Math.max(0, broken.index - 40), broken.index + 40)}" on screen`);
  if (seen.lang === 'de') {
    for (const words of seen.spoken) if (ENGLISH.test(words.replaceAll(NAMES, ''))) faults.push(`English: "${words}"`);
  }
  if (isChecked) {
    await page.evaluate(axe);
    const serious = await page.evaluate(async (rules) => {
      const { violations } = await window.axe.run(document, { runOnly: rules });
      return violations.filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`);
    }, RULES);
    faults.push(...serious);
  }
  await page.close();
  const others = seen.links.filter((link) => /^https?:/.test(link) && (new URL(link).searchParams.get('lang') ?? language) === language);
  return { faults, links: others };
}
