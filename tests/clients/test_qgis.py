"""QGIS without a screen adds collections as layers, through its provider for OGC API Features: STADTWIN_URL."""
import json
import os
import subprocess
import tempfile
import unittest
import urllib.request

URL = os.environ["STADTWIN_URL"].rstrip("/")
# Debian's QGIS belongs to Debian's Python, whatever else is first in the path.
PYTHON = "/usr/bin/python3"
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "qgis_read.py")
LAYERS = {"buildings": "measuredHeight", "roads": "name", "water": "name"}


def get(path: str) -> dict:
    request = urllib.request.Request(URL + path, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def points(coordinates: list) -> list:
    if isinstance(coordinates[0], (int, float)):
        return [coordinates]
    return [point for part in coordinates for point in points(part)]


class Qgis(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        wanted = [word for layer in LAYERS.items() for word in layer]
        # A home of its own: QGIS writes a profile and a cache.
        with tempfile.TemporaryDirectory() as home:
            environment = {"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen"}
            run = subprocess.run(
                [PYTHON, SCRIPT, URL, *wanted], capture_output=True, text=True, timeout=180, check=False, env=environment
            )
        if run.returncode != 0:
            raise AssertionError(f"QGIS did not run (scripts/setup test installs it): {run.stderr}")
        cls.layers = json.loads(run.stdout)["layers"]

    def test_every_feature_arrives_with_its_attribute(self):
        for collection, attribute in LAYERS.items():
            with self.subTest(collection):
                layer = self.layers[collection]
                self.assertTrue(layer["valid"], layer)
                features = get(f"/collections/{collection}/items?limit=10000")["features"]
                served = {feature["id"]: feature["properties"].get(attribute) for feature in features}
                self.assertEqual(layer["count"], len(served))
                self.assertEqual(layer["values"], served)
                self.assertTrue(any(served.values()), f"no feature of the sample has {attribute}")

    def test_layers_lie_where_the_features_lie(self):
        for collection in LAYERS:
            with self.subTest(collection):
                layer = self.layers[collection]
                seen = [layer[side] for side in ("west", "south", "east", "north")]
                features = get(f"/collections/{collection}/items?limit=10000")["features"]
                served = [point for feature in features if feature["geometry"] for point in points(feature["geometry"]["coordinates"])]
                edges = [least(point[axis] for point in served) for least in (min, max) for axis in (0, 1)]
                for one, other in zip(seen, edges):
                    self.assertAlmostEqual(one, other, places=7)
                west, south, east, north = get(f"/collections/{collection}")["extent"]["spatial"]["bbox"][0]
                self.assertTrue(west <= seen[0] and south <= seen[1] and seen[2] <= east and seen[3] <= north, seen)


if __name__ == "__main__":
    unittest.main()
