// Walks the 3D Tiles of a running server and checks what it serves against the standards and our own promises.
//
//   STADTWIN_URL=http://127.0.0.1:8080 node --test
import assert from "node:assert/strict";
import { test } from "node:test";
import validator from "gltf-validator";

const BASE = process.env.STADTWIN_URL?.replace(/\/$/, "");
const TILESET_REL = "http://www.opengis.net/def/rel/ogc/0.0/tileset-3dtiles";
const ERROR_OR_WARNING = 1;

const get = async (url, headers = {}) => {
  const response = await fetch(url, { headers });
  return { response, status: response.status, header: (name) => response.headers.get(name) ?? "" };
};

const json = async (url) => {
  const { response, status } = await get(url, { accept: "application/json" });
  assert.equal(status, 200, url);
  return response.json();
};

/** Every tile with its parent, the root first. */
function* walk(tile, parent) {
  yield { tile, parent };
  for (const child of tile.children ?? []) yield* walk(child, tile);
}

/** The JSON chunk of a binary glTF. */
const document = (glb) => {
  const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
  assert.equal(view.getUint32(0, true), 0x46546c67, "magic");
  assert.equal(view.getUint32(8, true), glb.byteLength, "length in the header");
  return JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + view.getUint32(12, true))));
};

/** West, south and lowest may not be less than the parent's; east, north and highest not more. */
const holds = (outer, inner) =>
  outer.every((value, at) => ([0, 1, 4].includes(at) ? value <= inner[at] : value >= inner[at]));

const checkTree = (tileset) => {
  assert.equal(tileset.asset.version, "1.1");
  assert.equal(tileset.root.refine, "REPLACE");
  assert.ok(tileset.geometricError >= tileset.root.geometricError, "the tileset's error is below its root's");
  for (const { tile, parent } of walk(tileset.root)) {
    const [west, south, east, north, lowest, highest] = tile.boundingVolume.region;
    const where = `tile ${tile.content?.uri}`;
    assert.ok(west < east && south < north && lowest <= highest, `${where}: empty region`);
    assert.ok(Math.abs(west) <= Math.PI && Math.abs(north) <= Math.PI / 2, `${where}: region is not in radians`);
    if (tile.children) assert.ok(tile.geometricError > 0, `${where}: error of an inner tile`);
    else assert.equal(tile.geometricError, 0, `${where}: error of a leaf`);
    if (!parent) continue;
    assert.ok(tile.geometricError < parent.geometricError, `${where}: error does not fall`);
    assert.ok(holds(parent.boundingVolume.region, tile.boundingVolume.region), `${where}: leaves its parent`);
  }
};

const checkContent = async (url) => {
  const { response, status, header } = await get(url);
  assert.equal(status, 200, url);
  assert.equal(header("content-type"), "model/gltf-binary", url);
  assert.match(header("cache-control"), /immutable/, url);
  assert.match(header("etag"), /^"[^"]+"$/, url);
  const glb = new Uint8Array(await response.arrayBuffer());
  const report = await validator.validateBytes(glb, { maxIssues: 0 });
  const complaints = report.issues.messages.filter(({ severity }) => severity <= ERROR_OR_WARNING);
  assert.deepEqual(complaints, [], url);
  const tables = document(glb).extensions.EXT_structural_metadata.propertyTables;
  const buildings = tables.find(({ class: name }) => name === "building");
  assert.ok(buildings?.count > 0, `${url}: no table of objects`);
  return { etag: header("etag"), count: buildings.count };
};

/** Features that have a geometry. */
const countPlaced = async (id) => {
  let [count, next] = [0, `${BASE}/collections/${id}/items?limit=1000&f=json`];
  while (next) {
    const page = await json(next);
    count += page.features.filter(({ geometry }) => geometry !== null).length;
    next = page.links.find(({ rel }) => rel === "next")?.href;
  }
  return count;
};

const checkCollection = async ({ id }, link, t) => {
  const { response, status, header } = await get(link.href);
  assert.equal(status, 200, link.href);
  const tag = header("etag");
  assert.match(tag, /^"[^"]+"$/, "etag of the tileset");
  const tileset = await response.json();
  assert.equal((await get(link.href, { "if-none-match": tag })).status, 304, "the tileset is known");
  checkTree(tileset);

  let [tiles, shown] = [0, 0];
  for (const { tile } of walk(tileset.root)) {
    const url = new URL(tile.content.uri, link.href).href;
    const { etag, count } = await checkContent(url);
    if (tiles === 0) assert.equal((await get(url, { "if-none-match": etag })).status, 304, "the root is known");
    if (!tile.children) shown += count;
    tiles += 1;
  }
  const { numberMatched } = await json(`${BASE}/collections/${id}/items?limit=1&f=json`);
  assert.ok(shown <= numberMatched, `${shown} objects in the leaves, ${numberMatched} in the collection`);
  // What has no place on the map may have surfaces (upright ones alone) or none.
  const least = shown === numberMatched ? numberMatched : await countPlaced(id);
  assert.ok(shown >= least, `${shown} objects in the leaves, ${least} on the map`);
  t.diagnostic(`${id}: ${tiles} tiles, ${shown} objects`);
};

test("every collection's 3D tiles", { skip: BASE ? false : "set STADTWIN_URL" }, async (t) => {
  const { collections } = await json(`${BASE}/collections?f=json`);
  const tiled = collections
    .map((collection) => [collection, collection.links.find(({ rel }) => rel === TILESET_REL)])
    .filter(([, link]) => link);
  assert.ok(tiled.length > 0, "no collection has 3D tiles");
  for (const [collection, link] of tiled) {
    await t.test(collection.id, (t) => checkCollection(collection, link, t));
  }
});
