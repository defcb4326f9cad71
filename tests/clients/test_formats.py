"""Files of features, read by programs that nobody of the project wrote, against what GeoJSON says: STADTWIN_URL."""
import json
import os
import struct
import subprocess
import tempfile
import unittest
import urllib.request

import pyarrow
import pyarrow.parquet
from pyproj import CRS

URL = os.environ["STADTWIN_URL"].rstrip("/")
ITEMS = "/collections/buildings/items"
UTM = "http://www.opengis.net/def/crs/EPSG/0/25832"
CLASSES = "http://www.opengis.net/spec/json-fg-1/1.0/conf/"
LIMIT = 200


def get(path: str) -> bytes:
    with urllib.request.urlopen(URL + path, timeout=60) as answer:
        return answer.read()


def geojson(query: str) -> dict:
    return json.loads(get(f"{ITEMS}?f=json&limit={LIMIT}{query}"))


def polygons(wkb: bytes) -> list:
    """The rings of a little-endian MultiPolygon in two dimensions."""
    at = 0

    def read(form: str) -> tuple:
        nonlocal at
        values = struct.unpack_from("<" + form, wkb, at)
        at += struct.calcsize("<" + form)
        return values

    order, kind, count = read("BII")
    assert (order, kind) == (1, 6), (order, kind)
    found = []
    for _ in range(count):
        order, kind, rings = read("BII")
        assert (order, kind) == (1, 3), (order, kind)
        polygon = []
        for _ in range(rings):
            (points,) = read("I")
            polygon.append([list(read("dd")) for _ in range(points)])
        found.append(polygon)
    assert at == len(wkb)
    return found


def numbers(value) -> list:
    return [value] if not isinstance(value, list) else [one for inner in value for one in numbers(inner)]


class Formats(unittest.TestCase):
    def near(self, found, expected, tolerance):
        self.assertEqual(len(numbers(found)), len(numbers(expected)))
        for one, other in zip(numbers(found), numbers(expected)):
            self.assertAlmostEqual(one, other, delta=tolerance)

    def test_gdal_reads_flatgeobuf(self):
        for crs, tolerance in [("", 1e-7), (f"&crs={UTM}", 1e-3)]:
            expected = {one["id"]: one for one in geojson(crs)["features"]}
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "page.fgb")
                with open(path, "wb") as file:
                    file.write(get(f"{ITEMS}?f=fgb&limit={LIMIT}{crs}"))
                run = subprocess.run(["ogrinfo", "-ro", "-so", "-al", path], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertIn(f"Feature Count: {len(expected)}\n", run.stdout)
                self.assertIn("Geometry: Multi Polygon", run.stdout)
                self.assertIn("measuredHeight: Real", run.stdout)
                self.assertIn("revision: Integer64", run.stdout)
                self.assertIn('ID["EPSG",25832]' if crs else 'ID["EPSG",4326]', run.stdout)
                # The index finds what lies in a box: GDAL tells how many.
                names = os.path.join(folder, "page.geojson")
                write = ["ogr2ogr", "-f", "GeoJSON", "-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=9", names, path]
                subprocess.run(write, capture_output=True, text=True, timeout=60, check=True)
                with open(names, encoding="utf-8") as file:
                    read = {one["properties"]["id"]: one for one in json.load(file)["features"]}
                self.assertEqual(set(read), set(expected))
                one = expected[next(iter(expected))]
                west, south = one["geometry"]["coordinates"][0][0][0]
                box = [str(value) for value in (west - 1e-7, south - 1e-7, west + 1e-7, south + 1e-7)]
                spat = subprocess.run(["ogrinfo", "-ro", "-al", "-geom=NO", "-spat", *box, path], capture_output=True, text=True, timeout=60, check=True)
                self.assertIn(f"id (String) = {one['id']}\n", spat.stdout)
                self.assertLess(spat.stdout.count("\nOGRFeature("), len(expected))
            for name, one in expected.items():
                self.near(read[name]["geometry"]["coordinates"], one["geometry"]["coordinates"], tolerance)
                self.assertEqual(read[name]["properties"]["measuredHeight"], one["properties"].get("measuredHeight"))
                self.assertEqual(read[name]["properties"]["class"], one["properties"]["class"])

    def test_arrow_reads_geoparquet(self):
        for crs, tolerance in [("", 1e-7), (f"&crs={UTM}", 1e-3)]:
            expected = {one["id"]: one for one in geojson(crs)["features"]}
            table = pyarrow.parquet.read_table(pyarrow.BufferReader(get(f"{ITEMS}?f=parquet&limit={LIMIT}{crs}")))
            self.assertEqual(table.num_rows, len(expected))
            self.assertEqual(table.schema.field("measuredHeight").type, pyarrow.float64())
            self.assertEqual(table.schema.field("revision").type, pyarrow.int64())
            self.assertEqual(table.schema.field("geometry").type, pyarrow.binary())
            geo = json.loads(table.schema.metadata[b"geo"])
            self.assertEqual((geo["version"], geo["primary_column"]), ("1.1.0", "geometry"))
            column = geo["columns"]["geometry"]
            self.assertEqual((column["encoding"], column["geometry_types"]), ("WKB", ["MultiPolygon"]))
            self.assertEqual(column["covering"]["bbox"]["ymax"], ["bbox", "ymax"])
            if crs:
                known = CRS.from_json_dict(column["crs"])
                self.assertEqual(known.to_epsg(), 25832)
                self.assertEqual(known, CRS.from_epsg(25832))
            else:
                self.assertNotIn("crs", column)
            corners = []
            for row in table.to_pylist():
                one = expected[row["id"]]
                found = polygons(row["geometry"])
                self.near(found, one["geometry"]["coordinates"], tolerance)
                self.assertEqual(row["measuredHeight"], one["properties"].get("measuredHeight"))
                self.assertEqual(json.loads(row["lods"]), one["properties"]["lods"])
                x, y = numbers(found)[0::2], numbers(found)[1::2]
                self.assertEqual(list(row["bbox"].values()), [min(x), min(y), max(x), max(y)])
                corners.append([min(x), min(y), max(x), max(y)])
            bounds = [pick(corner[axis] for corner in corners) for axis, pick in enumerate([min, min, max, max])]
            self.assertEqual(column["bbox"], bounds)

    def test_jsonfg_has_closed_solids(self):
        page = json.loads(get(f"{ITEMS}?f=jsonfg&limit={LIMIT}"))
        used = {name.removeprefix(CLASSES) for name in page["conformsTo"]}
        self.assertLessEqual({"core", "types-schemas"}, used)
        self.assertEqual(len(page["coordRefSys"]), 2)
        kinds = set()
        for feature in page["features"]:
            self.assertLessEqual({"type", "id", "featureType", "time", "place", "geometry", "properties"}, set(feature))
            place = feature["place"]
            kinds.add(place["type"])
            if place["type"] in ("Polyhedron", "MultiPolyhedron"):
                solids = [place["coordinates"]] if place["type"] == "Polyhedron" else place["coordinates"]
                for solid in solids:
                    self.assertGreater(self.volume(solid[0]), 0, feature["id"])
        self.assertEqual("polyhedra" in used, bool(kinds & {"Polyhedron", "MultiPolyhedron"}))
        self.assertEqual("prisms" in used, bool(kinds & {"Prism", "MultiPrism"}))
        self.assertTrue(kinds & {"Polyhedron", "MultiPolyhedron"}, kinds)

    def volume(self, shell) -> float:
        """Of a shell whose faces look outwards; each edge is run through once in each direction."""
        edges, total = {}, 0.0
        origin = shell[0][0][0]
        for polygon in shell:
            for ring in polygon:
                self.assertEqual(ring[0], ring[-1])
                points = [[value - start for value, start in zip(point, origin)] for point in ring]
                for a, b in zip(map(tuple, ring), map(tuple, ring[1:])):
                    if a != b:
                        edges[a, b] = edges.get((a, b), 0) + 1
                        edges[b, a] = edges.get((b, a), 0) - 1
                for b, c in zip(points[1:], points[2:]):
                    a = points[0]
                    total += (
                        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
                    )
        self.assertFalse([edge for edge, count in edges.items() if count], "an edge without its neighbour")
        return total / 6


if __name__ == "__main__":
    unittest.main()
