"""What scenarios cost: pages with and without one, the tiles that one brings, and a thousand beside the city."""
import json
import random
import re
import subprocess
import time
import urllib.request
from pathlib import Path

import bench_api as api

GRID = "http://www.opengis.net/def/crs/EPSG/0/25832"
# Of the large plan and of the one whose tiles are weighed; one in two removes a building and one in two draws one.
OPERATIONS, TILED = 200, 50
BESIDE = 1000


class Office:
    """An organization with an admin, on a server whose data directory is `data`."""

    def __init__(self, binary: str, data: str):
        command = [binary, "--data-dir", data]
        subprocess.run([*command, "organization", "add", "bench", "--name", "Bench", "--kind", "municipality"],
                       check=True, capture_output=True)
        made = subprocess.run([*command, "token", "create", "--name", "bench", "--organization", "bench", "--role", "admin"],
                              check=True, capture_output=True, text=True)
        self.token = re.search(r"stw_[0-9a-f_]+", made.stdout).group(0)
        self.project = f"bench-{int(time.time())}"

    def call(self, server, method: str, path: str, body=None, tag: str | None = None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Crs": f"<{GRID}>"}
        if tag:
            headers["If-Match"] = tag
        data = None
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(server.url.rstrip("/") + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers.get("ETag")

    def scenario(self, server, name: str, operations: list, is_published: bool) -> float:
        """Seconds that the batch took."""
        path = f"/scenarios/{name}"
        self.call(server, "POST", f"/projects/{self.project}/scenarios",
                  {"id": name, "title": name, "visibility": "public"})
        tag = self.call(server, "GET", path)[1]
        start = time.monotonic()
        self.call(server, "POST", f"{path}/operations", {"operations": operations}, tag)
        spent = time.monotonic() - start
        for way in ("submit", "approve", "publish") if is_published else ():
            self.call(server, "POST", f"{path}/{way}")
        return spent


def corner(feature: dict) -> list[float]:
    place = feature["geometry"]["coordinates"]
    while isinstance(place[0][0], list):
        place = place[0]
    return place[0]


def changed(collection: str, features: list[dict]) -> list[dict]:
    operations = []
    for feature in features:
        x, y = corner(feature)[:2]
        ring = [[x, y], [x + 10, y], [x + 10, y + 8], [x, y + 8], [x, y]]
        operations += [
            {"op": "remove", "collection": collection, "target": feature["id"]},
            {"op": "extrude", "collection": collection, "footprint": {"type": "Polygon", "coordinates": [ring]},
             "base": 480.0, "height": 9.0},
        ]
    return operations


def read(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def contents(tileset: dict) -> set[str]:
    found, nodes = set(), [tileset["root"]]
    while nodes:
        node = nodes.pop()
        if "content" in node:
            found.add(node["content"]["uri"])
        nodes += node.get("children", [])
    return found


def costs(server, cpu, *kinds: list[str]) -> list[float]:
    """CPU of server and PostgreSQL for a request of each kind [ms], after each was made once; the middle of five runs in
    turn."""
    for paths in kinds:
        api.load(server, paths, once=True)
    runs = [[api.with_cpu(server, cpu, paths, seconds=3) for paths in kinds] for _ in range(5)]
    middle = lambda figures: sorted(1000 * one["cpu_s"] / one["requests"] for one in figures)[2]
    return [middle(figures) for figures in zip(*runs)]


def tiles(server, collection: str, name: str) -> None:
    base = f"{server.url.rstrip('/')}/collections/{collection}/3dtiles/"
    city = contents(json.loads(read(base + "tileset.json")))
    start = time.monotonic()
    plan = contents(json.loads(read(f"{base}tileset.json?scenario={name}")))
    spent = time.monotonic() - start
    own, whole = ([len(read(base + uri)) for uri in uris] for uris in (plan - city, city))
    share = 100 * sum(own) / sum(whole)
    api.row(f"tiles of a plan of {TILED} operations: share of the city's bytes", "≤ 2 %", share <= 2,
            f"{share:.2f} % ({len(own)} of {len(whole)} tiles; its tileset took {spent:.2f} s)")


def measure(binary: str, data: str) -> None:
    office = Office(binary, data)
    with api.fresh_server(binary, data) as (server, cpu):
        office.call(server, "POST", "/projects", {"id": office.project, "title": "Bench", "owners": ["bench"]})
        collection = json.loads(read(server.url.rstrip("/") + "/collections"))["collections"][0]["id"]
        page = f"{server.url.rstrip('/')}/collections/{collection}/items?limit=10000&crs={GRID}"
        features = json.loads(read(page))["features"]
        random.Random(3).shuffle(features)
        large, small = f"{office.project}-l", f"{office.project}-s"
        spent = office.scenario(server, large, changed(collection, features[:OPERATIONS // 2]), True)
        api.row(f"a batch of {OPERATIONS} operations", "", None, f"{spent:.2f} s")
        # Features are read ahead meanwhile, at no request's cost.
        api.settle(cpu, window_s=4, patience_s=240)
        ask = api.Requests(server.url)
        for limit, (side, _) in api.PAGES.items():
            paths = ask.boxes(side, limit)[:2000]
            without, within = costs(server, cpu, paths, [f"{path}&scenario={large}" for path in paths])
            ratio = within / without
            api.row(f"items with a scenario of {OPERATIONS} operations, `limit={limit}`", "≤ 1.3 × without", ratio <= 1.3,
                    f"{ratio:.2f} × {without:.2f} ms")
        x, y = corner(features[0])[:2]
        features.sort(key=lambda one: (corner(one)[0] - x) ** 2 + (corner(one)[1] - y) ** 2)
        office.scenario(server, small, changed(collection, features[:TILED // 2]), True)
        tiles(server, collection, small)
        paths = ask.boxes(api.PAGES[100][0], 100)[:2000]
        [before] = costs(server, cpu, paths)
        for index in range(BESIDE):
            one = [features[index % len(features)]]
            office.scenario(server, f"{office.project}-{index}", changed(collection, one), False)
        ratio = costs(server, cpu, paths)[0] / before
        api.row(f"items without a scenario beside {BESIDE} scenarios, `limit=100`", "as before", ratio <= 1.1,
                f"{ratio:.2f} × {before:.2f} ms")


if __name__ == "__main__":
    import sys
    measure(str(Path(sys.argv[1]).resolve()), sys.argv[2])
