"""What the benchmark of the API asks for: paths at random places, the same ones in each run."""
import json
import math
import random
import re
import urllib.parse
import urllib.request

ITEMS = "/collections/buildings/items"
TILES = "/collections/buildings/tiles/WebMercatorQuad"
METRES_PER_DEGREE = 111_195.0
# Of tiles at levels 14, 15 and 16, as people meet them when they zoom in.
SHARES = {14: 0.2, 15: 0.3, 16: 0.5}


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return answer.read()


class Requests:
    """For the collection `buildings` of the server at `url`."""

    def __init__(self, url: str):
        self.url = url
        self.random = random.Random(7)
        document = json.loads(fetch(f"{url}/collections/buildings"))
        self.count = document["featureCount"]
        self.extent = document["extent"]["spatial"]["bbox"][0]

    def box(self, side_m: float) -> str:
        """A square within the extent, as `west,south,east,north`."""
        west, south, east, north = self.extent
        height = side_m / METRES_PER_DEGREE
        width = height / math.cos(math.radians((south + north) / 2))
        x, y = self.random.uniform(west, east - width), self.random.uniform(south, north - height)
        return f"{x:.7f},{y:.7f},{x + width:.7f},{y + height:.7f}"

    def boxes(self, side_m: float, limit: int, count: int = 4000) -> list[str]:
        return [f"{ITEMS}?bbox={self.box(side_m)}&limit={limit}" for _ in range(count)]

    def filters(self, side_m: float | None, count: int = 4000) -> list[str]:
        """Two predicates, over all or within a box."""
        paths = []
        for _ in range(count):
            height, storeys = self.random.uniform(4, 8), self.random.randint(3, 6)
            text = f"measuredHeight > {height:.2f} AND storeysAboveGround <= {storeys}"
            box = f"bbox={self.box(side_m)}&" if side_m else ""
            paths.append(f"{ITEMS}?{box}limit=100&filter={urllib.parse.quote(text)}")
        return paths

    def features(self, count: int = 20_000) -> list[str]:
        """Single ones, no one twice."""
        ids, page = [], f"{self.url}{ITEMS}?limit=10000"
        while page:
            document = json.loads(fetch(page))
            ids += [feature["id"] for feature in document["features"]]
            page = next((link["href"] for link in document["links"] if link["rel"] == "next"), None)
        assert len(set(ids)) == self.count, f"{len(set(ids))} ids of {self.count}"
        self.random.shuffle(ids)
        return [f"{ITEMS}/{name}" for name in ids[:count]]

    def tiles(self) -> list[str]:
        """Each at most once: all of level 14, of the others as many as their share allows, in random order."""
        of_level = {level: self.tiles_of(level) for level in SHARES}
        whole = min(len(tiles) / SHARES[level] for level, tiles in of_level.items())
        chosen = [path for level, tiles in of_level.items() for path in tiles[: round(whole * SHARES[level])]]
        self.random.shuffle(chosen)
        return chosen

    def tiles_of(self, level: int) -> list[str]:
        west, south, east, north = self.extent
        (left, top), (right, bottom) = place(level, west, north), place(level, east, south)
        tiles = [f"{TILES}/{level}/{row}/{column}" for row in range(top, bottom + 1) for column in range(left, right + 1)]
        self.random.shuffle(tiles)
        return tiles


def place(level: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Column and row of the tile there."""
    y = math.asinh(math.tan(math.radians(latitude))) / math.pi
    return int((longitude + 180) / 360 * 2**level), int((1 - y) / 2 * 2**level)


def next_page(head: bytes) -> str | None:
    """The link in the first bytes of a page, before its features."""
    found = re.search(rb'"rel":"next",[^}]*?"href":"([^"]*)"', head)
    return found.group(1).decode() if found else None
