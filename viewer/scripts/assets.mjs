// Copies the parts of Cesium that are loaded at run time into dist/cesium, workers minified.
import { build } from 'esbuild';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const engine = new URL('../node_modules/@cesium/engine/', import.meta.url).pathname;
const target = new URL('../dist/cesium/', import.meta.url).pathname;
// Features the viewer does not have: planar photos of the Earth, point splats, map markers, lens flares.
const dropped = /splat|spz|maki|SkyBox|NaturalEarthII|LensFlare|waterNormals|moon|ion-credit|google|bing/i;

const workers = readdirSync(join(engine, 'Build/Workers')).filter((name) => name.endsWith('.js') && !dropped.test(name));
await build({
  entryPoints: workers.map((name) => join(engine, 'Build/Workers', name)),
  outdir: join(target, 'Workers'),
  bundle: false,
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
});
for (const name of ['IAU2006_XYS', 'approximateTerrainHeights.json', 'Images/ion-credit.png']) {
  cpSync(join(engine, 'Source/Assets', name), join(target, 'Assets', name), { recursive: true });
}
mkdirSync(join(target, 'ThirdParty'), { recursive: true });
for (const name of ['draco_decoder.wasm', 'basis_transcoder.wasm']) {
  cpSync(join(engine, 'Source/ThirdParty', name), join(target, 'ThirdParty', name));
}
const notices = readFileSync(join(engine, 'LICENSE.md'), 'utf8');
const maplibre = readFileSync(new URL('../node_modules/maplibre-gl/LICENSE.txt', import.meta.url), 'utf8');
const preact = readFileSync(new URL('../node_modules/preact/LICENSE', import.meta.url), 'utf8');
writeFileSync(new URL('../dist/licences.txt', import.meta.url), `CesiumJS\n\n${notices}\n\npreact, @preact/signals\n\n${preact}\n\nMapLibre GL JS\n\n${maplibre}`);
