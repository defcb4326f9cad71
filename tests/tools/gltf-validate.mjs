// Checks glb files, or folders of them, with Khronos' gltf-validator: one line a complaint, exit code 1 if any.
// Hints about extensions that the validator does not know are no complaints.
//
//   npm ci --prefix tests/tools
//   STADTWIN_TILES_OUT=target/tiles cargo test --lib a_town_keeps
//   node tests/tools/gltf-validate.mjs target/tiles/content
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import validator from "gltf-validator";

const ERROR_OR_WARNING = 1;

const expand = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path).flatMap((name) => expand(join(path, name)))
    : path.endsWith(".glb")
      ? [path]
      : [];

const files = process.argv.slice(2).flatMap(expand);
let complaints = 0;
for (const file of files) {
  const report = await validator.validateBytes(new Uint8Array(readFileSync(file)), { maxIssues: 0 });
  for (const issue of report.issues.messages.filter(({ severity }) => severity <= ERROR_OR_WARNING)) {
    complaints += 1;
    console.log(`${file}: ${issue.code} ${issue.pointer ?? ""} ${issue.message}`);
  }
}
console.log(`${files.length} files, ${complaints} errors and warnings`);
process.exit(complaints > 0 || files.length === 0 ? 1 : 0);
