"""Clients of WFS 2.0 that nobody of the project wrote, against a running server: STADTWIN_URL."""
import json
import os
import subprocess
import unittest
import urllib.request
import xml.etree.ElementTree as tree

from owslib.wfs import WebFeatureService

URL = os.environ["STADTWIN_URL"].rstrip("/")
NAMESPACE = "{urn:x-stadtwin:features}"
WFS = "{http://www.opengis.net/wfs/2.0}"


def get(path: str) -> dict:
    request = urllib.request.Request(URL + path, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def collections() -> list:
    return [one for one in get("/collections")["collections"] if one.get("featureCount")]


def ogrinfo(*arguments: str) -> str:
    run = subprocess.run(
        ["ogrinfo", "-ro", *arguments], capture_output=True, text=True, timeout=600, check=False,
    )
    if run.returncode:
        raise AssertionError(run.stderr)
    return run.stdout


class Wfs(unittest.TestCase):
    def test_gdal_lists_and_counts_every_feature_type(self):
        listing = ogrinfo(f"WFS:{URL}/wfs")
        for collection in collections():
            with self.subTest(collection["id"]):
                self.assertIn(f"st:{collection['id']}", listing)
                summary = ogrinfo("-so", f"WFS:{URL}/wfs", f"st:{collection['id']}")
                self.assertIn(f"Feature Count: {collection['featureCount']}\n", summary)

    def test_gdal_reads_all_features_page_by_page(self):
        for collection in collections():
            with self.subTest(collection["id"]):
                out = ogrinfo("-al", "--config", "OGR_WFS_PAGE_SIZE", "100", f"WFS:{URL}/wfs", f"st:{collection['id']}")
                self.assertEqual(out.count("\nOGRFeature("), collection["featureCount"])

    def test_gdal_reads_shapes_and_properties_like_the_other_api(self):
        items = get("/collections/buildings/items?limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/25832")
        feature = items["features"][0]
        first = feature["geometry"]["coordinates"][0][0][0]
        out = ogrinfo("-al", f"WFS:{URL}/wfs?COUNT=1", "st:buildings")
        self.assertIn(f"{first[0]:.0f}"[:5], out)
        self.assertIn("measuredHeight (Real)", out)
        self.assertIn(f"id (String) = {feature['id']}\n", out)

    def test_gdal_asks_by_box(self):
        low = get("/collections/buildings/items?limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/25832")
        x, y = low["features"][0]["geometry"]["coordinates"][0][0][0][:2]
        bounds = [x - 50, y - 50, x + 50, y + 50]
        text = ",".join(str(number) for number in bounds)
        crs = "http://www.opengis.net/def/crs/EPSG/0/25832"
        expected = get(f"/collections/buildings/items?limit=1&bbox={text}&bbox-crs={crs}")["numberMatched"]
        self.assertGreater(expected, 0)
        out = ogrinfo("-al", "-spat", *map(str, bounds), f"WFS:{URL}/wfs", "st:buildings")
        self.assertEqual(out.count("\nOGRFeature("), expected)

    def test_owslib_reads_capabilities_schemas_and_features(self):
        client = WebFeatureService(f"{URL}/wfs", version="2.0.0")
        names = sorted(client.contents)
        self.assertEqual(names, sorted(f"st:{one['id']}" for one in get("/collections")["collections"] if one["itemType"] == "feature"))
        self.assertIn("urn:ogc:def:query:OGC-WFS::GetFeatureById", [one.id for one in client.storedqueries])
        schema = client.get_schema("st:buildings")
        self.assertEqual(schema["properties"]["measuredHeight"], "double")
        page = tree.fromstring(client.getfeature(typename="st:buildings", maxfeatures=7).read())
        self.assertEqual(len(page.findall(f"{WFS}member")), 7)
        self.assertEqual(page.get("numberReturned"), "7")
        member = page.find(f"{WFS}member/{NAMESPACE}buildings")
        identifier = member.get("{http://www.opengis.net/gml/3.2}id")
        by_id = client.getfeature(
            storedQueryID="urn:ogc:def:query:OGC-WFS::GetFeatureById", storedQueryParams={"id": identifier},
        )
        self.assertEqual(tree.fromstring(by_id.read()).get("{http://www.opengis.net/gml/3.2}id"), identifier)


if __name__ == "__main__":
    unittest.main()
