// One feature of a running server as a glb, checked with Khronos' validator.
//
//   STADTWIN_URL=http://127.0.0.1:8080 node --test
import assert from "node:assert/strict";
import { test } from "node:test";
import validator from "gltf-validator";

const BASE = process.env.STADTWIN_URL?.replace(/\/$/, "");
const ERROR_OR_WARNING = 1;

test("features are valid glTF that stands where their outline does", { skip: !BASE }, async () => {
  const items = `${BASE}/collections/buildings/items`;
  const crs = "http://www.opengis.net/def/crs/EPSG/0/25832";
  const page = await (await fetch(`${items}?f=json&limit=20&crs=${crs}`)).json();
  for (const { id, geometry } of page.features) {
    const response = await fetch(`${items}/${encodeURIComponent(id)}?f=glb`);
    assert.equal(response.headers.get("content-type"), "model/gltf-binary", id);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const report = await validator.validateBytes(bytes, { maxIssues: 0 });
    const faults = report.issues.messages.filter(({ severity }) => severity <= ERROR_OR_WARNING);
    assert.deepEqual(faults, [], id);
    const length = new DataView(bytes.buffer).getUint32(12, true);
    const gltf = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + length)));
    const [east, north] = gltf.asset.extras.origin;
    const positions = gltf.meshes.flatMap(({ primitives }) =>
      primitives.map(({ attributes }) => gltf.accessors[attributes.POSITION]),
    );
    const points = geometry.coordinates.flat(2);
    const least = (values) => Math.min(...values);
    // The outline lies within the model: roofs may reach beyond it.
    assert.ok(east + least(positions.map(({ min }) => min[0])) <= least(points.map(([x]) => x)) + 0.01, id);
    assert.ok(north - Math.max(...positions.map(({ max }) => max[2])) <= least(points.map(([, y]) => y)) + 0.01, id);
    assert.equal(least(positions.map(({ min }) => min[1])), 0, id);
  }
});
