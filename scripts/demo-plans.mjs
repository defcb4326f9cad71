// Puts a project with two published variants and a draft into the demo, through the API: node scripts/demo-plans.mjs BINARY DATA_DIR
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const [binary, data] = process.argv.slice(2);
const stadtwin = (...words) => execFileSync(binary, ['--data-dir', data, ...words], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
const OWNER = 'lindmoos';
const PROJECT = 'nordfeld';

/** When what is in the way goes, and from when each part of the quarter stands. */
const CLEARED = 'Räumung', FIRST = '1. Bauabschnitt', SECOND = '2. Bauabschnitt';
const PHASES = [{ label: CLEARED, from: '2027-03-01' }, { label: FIRST, from: '2028-06-01' }, { label: SECOND, from: '2030-06-01' }];
/** A garage and a house where the quarter's street comes in, and a neighbour. */
const GARAGE = 'DEXX_LOD2_4111200', HOUSE = 'DEXX_LOD2_4111194', NEIGHBOUR = 'DEXX_LOD2_4111180';

/** The field and the way to it, degrees. */
const AREA = { type: 'Polygon', coordinates: [[[11.654961, 48.247795], [11.657316, 48.24774], [11.657433, 48.249987], [11.655078, 48.250042], [11.654961, 48.247795]]] };

/** Each building of a plan with the phase that it comes in. */
function houses(file, phaseOf) {
  const plan = JSON.parse(readFileSync(new URL(`../sample-data/plans/${file}`, import.meta.url), 'utf8'));
  return Object.entries(plan.CityObjects).map(([id, object]) => {
    const { variant: _, ...attributes } = object.attributes;
    return {
      op: 'add', collection: 'buildings', phase: phaseOf(id), comment: attributes.name,
      feature: { ...plan, CityObjects: { [id]: { ...object, attributes } } },
    };
  });
}

const gone = (target, comment) => ({ op: 'remove', collection: 'buildings', target, comment, phase: CLEARED });
const box = (x, y, width, depth) => ({ type: 'Polygon', coordinates: [[[x, y], [x + width, y], [x + width, y + depth], [x, y + depth], [x, y]]] });

const SCENARIOS = [
  {
    id: 'nordfeld-a', title: 'Variante A: Höfe', visibility: 'public',
    description: 'Elf Häuser um grüne Höfe, drei Geschosse, in zwei Bauabschnitten.',
    operations: [
      gone(GARAGE, 'Zufahrt zum Quartier'),
      ...houses('variant_a.city.json', (id) => (Number(id.slice(-2)) <= 3 || id.endsWith('07') ? FIRST : SECOND)),
    ],
  },
  {
    id: 'nordfeld-b', title: 'Variante B: Riegel und Turm', visibility: 'public',
    description: 'Sieben höhere Häuser und eine offene Wiese; ein Wohnhaus am Südrand weicht der Zufahrt.',
    operations: [
      gone(GARAGE, 'Zufahrt zum Quartier'), gone(HOUSE, 'Zufahrt zum Quartier'),
      ...houses('variant_b.city.json', (id) => (Number(id.slice(-2)) <= 3 ? FIRST : SECOND)),
      { op: 'modify', collection: 'buildings', target: NEIGHBOUR, properties: { function: '31001_3065' }, comment: 'Kindergarten im Bestand', phase: SECOND },
    ],
  },
  {
    id: 'nordfeld-c', title: 'Variante C: Markthalle (Entwurf)', parent: 'nordfeld-a', isDraft: true,
    description: 'Variante A und eine Markthalle auf der Wiese. Noch nicht veröffentlicht.',
    operations: [{
      op: 'extrude', collection: 'buildings', id: 'PLAN_C_01', footprint: box(697150, 5347470, 40, 18), base: 'terrain-min', height: 7,
      roof: { type: 'gable', rise: 4 }, function: '31001_2050', properties: { name: 'Markthalle' }, phase: SECOND,
    }],
  },
];

async function main(url) {
  stadtwin('organization', 'add', OWNER, '--name', 'Gemeinde Lindmoos', '--kind', 'municipality', '--ags', '09999002');
  const tokens = {};
  for (const role of ['planner', 'lead', 'publisher']) {
    tokens[role] = stadtwin('token', 'create', '--name', `demo ${role}`, '--organization', OWNER, '--role', role, '--expires', '1d').match(/stw_\S+/)[0];
  }
  const send = async (role, method, path, body, headers = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method, headers: { authorization: `Bearer ${tokens[role]}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  if ((await send('planner', 'GET', `/projects/${PROJECT}`)).status === 404) {
    await send('planner', 'POST', '/projects', {
      id: PROJECT, title: 'Wohnquartier Nordfeld', planNumber: '17', owners: [OWNER],
      area: AREA,
      description: 'Ein neues Wohnquartier auf dem Feld am Nordrand von Lindmoos. Ausgedacht wie die ganze Stadt.',
    });
  }
  for (const { operations, isDraft, ...scenario } of SCENARIOS) {
    const path = `/scenarios/${scenario.id}`;
    if ((await send('planner', 'GET', path)).status === 200) continue;
    await send('planner', 'POST', `/projects/${PROJECT}/scenarios`, scenario);
    const tag = async () => (await send('planner', 'GET', path)).headers.get('etag');
    await send('planner', 'PUT', `${path}/phases`, { phases: PHASES }, { 'if-match': await tag() });
    const crs = { 'content-crs': '<http://www.opengis.net/def/crs/EPSG/0/25832>' };
    await send('planner', 'POST', `${path}/operations`, { operations }, { 'if-match': await tag(), ...crs });
    if (isDraft) continue;
    for (const [role, way] of [['lead', 'submit'], ['lead', 'approve'], ['publisher', 'publish']]) await send(role, 'POST', `${path}/${way}`);
  }
}

/** The address that the server tells when it listens. */
function address(server) {
  return new Promise((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (bytes) => {
      said += bytes;
      const found = /^API +(http:\S+?)\/?$/m.exec(said);
      if (found) resolve(found[1]);
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
}

const server = spawn(binary, ['--data-dir', data, 'serve', '--address', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] });
let log = '';
server.stderr.on('data', (bytes) => { log += bytes; });
const ended = new Promise((resolve) => { server.on('exit', resolve); });
try {
  await main(await address(server));
} catch (error) {
  console.error(log);
  throw error;
} finally {
  for (const line of stadtwin('token', 'list').split('\n')) {
    if (/demo (planner|lead|publisher)/.test(line)) stadtwin('token', 'revoke', line.trim().split(/\s+/)[0]);
  }
  server.kill('SIGTERM');
  await ended;
}
