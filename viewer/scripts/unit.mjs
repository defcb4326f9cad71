// Bundles the unit tests to plain JavaScript and runs them with Node's own runner.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../', import.meta.url).pathname;
const tests = readdirSync(join(root, 'tests/unit')).filter((name) => name.endsWith('.test.ts'));
// Modules that know the API ask where the page is.
const banner = { js: "globalThis.location ??= new URL('http://127.0.0.1/viewer/');" };
const outdir = mkdtempSync(join(root, 'node_modules/.unit-'));
try {
  await build({ entryPoints: tests.map((name) => join(root, 'tests/unit', name)), outdir, bundle: true, platform: 'node', format: 'esm', outExtension: { '.js': '.mjs' }, banner, logLevel: 'warning' });
  const run = spawnSync(process.execPath, ['--test', ...tests.map((name) => join(outdir, name.replace('.ts', '.mjs')))], { stdio: 'inherit' });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}
