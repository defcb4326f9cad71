// Fails when the built viewer outgrows its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const sum = { app: 0, cesium: 0, first: 0, map: 0, raw: 0, brotli: 0 };
for (const file of files) {
  const bytes = readFileSync(file);
  const name = relative(dist, file);
  sum.raw += bytes.length;
  sum.brotli += brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length;
  if (!/^assets\/|\.html$/.test(name)) continue;
  const zipped = gzipSync(bytes).length;
  // The flat map is a page of its own.
  if (/(^|\/)(map|maplibre)[-.]/.test(name)) {
    sum.map += zipped;
    continue;
  }
  sum.first += zipped;
  if (/cesium/.test(name)) sum.cesium += zipped;
  else sum.app += zipped;
}
const budget = { app: 150e3, cesium: 1.2e6, first: 1.5e6, map: 600e3, raw: 11e6, brotli: 3e6 };
const labels = { app: 'app js+css gz', cesium: 'cesium chunk gz', first: 'first load gz', map: 'flat map gz', raw: 'dist raw', brotli: 'dist br' };
let failed = false;
for (const [key, limit] of Object.entries(budget)) {
  const over = sum[key] > limit;
  failed ||= over;
  console.log(`${labels[key].padEnd(16)} ${(sum[key] / 1000).toFixed(0).padStart(6)} kB of ${limit / 1000} kB${over ? '  TOO LARGE' : ''}`);
}
console.log(`files            ${String(files.length).padStart(6)}`);
if (failed) process.exit(1);
