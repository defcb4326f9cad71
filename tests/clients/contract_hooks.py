"""What schemathesis cannot read in the API definition: what there is on this server, and which refusals are no fault.

Loaded by schemathesis itself (contract.toml), never by unittest. STADTWIN_URL is the server that is asked.
"""
import functools
import itertools
import json
import os
import re
import urllib.request
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation

URL = os.environ["STADTWIN_URL"].rstrip("/")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
UTM32 = "http://www.opengis.net/def/crs/EPSG/0/25832"

# Values for what the definition can only call a text: most of the server lies behind a good one.
QUERY = {
    "crs": [CRS84, UTM32, "http://www.opengis.net/def/crs/EPSG/0/4258"],
    "bbox-crs": [CRS84],
    "filter-crs": [CRS84, UTM32],
    "datetime": ["2026-01-01", "2020-01-01T00:00:00Z/..", "../2030-01-01T00:00:00Z"],
    "filter": [
        "measuredHeight > 20",
        "class = 'Building' AND NOT (storeysAboveGround BETWEEN 1 AND 2)",
        "S_INTERSECTS(geometry, POLYGON((11.64 48.24, 11.67 48.24, 11.67 48.25, 11.64 48.25, 11.64 48.24)))",
        "name LIKE 'H%' OR name IS NULL",
    ],
    "bbox": ["11.64,48.24,11.66,48.25", "11.64,48.24,0,11.66,48.25,1000"],
    "point": ["11.65,48.245"],
    "line": ["11.65,48.245,11.652,48.247"],
    "sortby": ["-measuredHeight", "class,+id"],
    "properties": ["class", "class,function"],
    "collections": ["buildings", "buildings,roads"],
    "code": ["203", "duplicate_id"],
}
# The definition has no words for what these may be: which systems a collection offers, the grammars of CQL2 and of
# RFC 3339 intervals, what a collection's attributes are called, that a box has four or six numbers and its south below its
# north, that a line has pairs, what classes there are, which projects have an area, that a list names
# something. A refusal that names one of them is right, whatever the schema says.
BEYOND_SCHEMA = {
    "crs", "bbox-crs", "filter-crs", "datetime", "filter", "bbox", "line", "sortby", "properties", "class", "status", "area", "scenarios",
}
# What only the server knows: where it imports from, which systems PROJ knows and where they end, which files hold a city, which
# changes of the ground and which revisions there are, how many lines a step draws; and that one of two parameters is needed
# or two exclude each other.
BEYOND_ANY_SCHEMA = re.compile(
    r"is not fetched: no address may be|is in none of the folders that this server imports from|coordinate reference system .* is not known|cannot be converted from"
    r"|the form holds no (city model|file of heights)|two images go by the name|which terrain .* does not have"
    r"|does not go with `scenario`|the newest (revision )?of this collection|to go on behind|take a greater `?(step|interval)|^give either `point="
)
# What the server itself writes into a change of the ground, at its top and among its properties.
READ_ONLY = {"id", "bbox", "links"}
READ_ONLY_PROPERTIES = {
    "terrain", "scenario", "cut", "fill", "cutArea", "fillArea", "unknownNodes", "method", "extent", "terrainRevision",
    "revision", "created", "changed",
}
# Refusals for the state that the server is in, which no definition knows: another has come first, uploads fill the room, a job was dismissed.
STATE = {410, 412, 413, 429}


def get(path: str) -> dict:
    request = urllib.request.Request(URL + path, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@functools.cache
def collections() -> list:
    return [one["id"] for one in get("/collections")["collections"] if one["itemType"] == "feature"]


@functools.cache
def terrains() -> list:
    return [terrain["id"] for terrain in get("/terrain")["terrains"]]


@functools.cache
def features(collection: str) -> list:
    return [feature["id"] for feature in get(f"/collections/{collection}/items?limit=5")["features"]]


@functools.cache
def scenarios() -> list:
    return [scenario["id"] for scenario in get("/scenarios")["scenarios"]]


@functools.cache
def projects() -> list:
    return [project["id"] for project in get("/projects")["projects"]]


@functools.cache
def contents(collection: str) -> list:
    """Names of the 3D tiles of a collection."""
    found = re.findall(r"content/([0-9a-f]+\.glb)", json.dumps(get(f"/collections/{collection}/3dtiles/tileset.json")))
    return found[:5]


@functools.cache
def limits(tileset: str) -> list:
    """Tiles of a grid that have something in them: level, row and column, of each level but the finest the middle one."""
    middle = lambda one, axis: (one[f"minTile{axis}"] + one[f"maxTile{axis}"]) // 2
    return [(one["tileMatrix"], str(middle(one, "Row")), str(middle(one, "Col"))) for one in get(tileset)["tileMatrixSetLimits"]]


@functools.cache
def meshes(terrain: str) -> list:
    """Tiles of a terrain: level, column and row."""
    levels = get(f"/terrain/{terrain}/layer.json")["available"]
    return [(str(level), str(boxes[0]["startX"]), f"{boxes[0]['startY']}.terrain") for level, boxes in enumerate(levels)]


# These come and go: looked up anew every so many cases.
CALLS = itertools.count()
AGE = 25


@functools.lru_cache(maxsize=1)
def jobs(age: int) -> list:
    return [job["jobID"] for job in get("/jobs?limit=20")["jobs"]]


@functools.lru_cache(maxsize=1)
def modifications(terrain: str, age: int) -> list:
    return [str(feature["id"]) for feature in get(f"/terrain/{terrain}/modifications?limit=20")["features"]]


@functools.cache
def most(path: str) -> int:
    """The greatest `limit` that the definition knows for a list."""
    definition = get("/api")
    parameters = definition["paths"][path].get("get", {}).get("parameters", [])
    named = [definition["components"]["parameters"][one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one for one in parameters]
    return next((one["schema"]["maximum"] for one in named if one["name"] == "limit"), 0)


class Chooser:
    """Takes the same one of several for the same case in every run."""

    def __init__(self, case):
        self.state = zlib.crc32(repr((case.operation.label, case.path_parameters, case.query, str(case.body))).encode())

    def of(self, choices: list):
        self.state = zlib.crc32(str(self.state).encode())
        return choices[self.state % len(choices)]


def place(case, choose: Chooser) -> dict:
    """Path parameters that lead somewhere."""
    wanted, path = set(case.path_parameters), case.operation.path
    found = {}
    if "collectionId" in wanted:
        found["collectionId"] = choose.of(collections())
    if "terrainId" in wanted and terrains():
        found["terrainId"] = choose.of(terrains())
    if "featureId" in wanted:
        found["featureId"] = choose.of(features(found["collectionId"]))
    if "name" in wanted:
        found["name"] = choose.of(contents(found["collectionId"]))
    age = next(CALLS) // AGE
    if "jobId" in wanted and jobs(age):
        found["jobId"] = choose.of(jobs(age))
    if "modificationId" in wanted and modifications(found["terrainId"], age):
        found["modificationId"] = choose.of(modifications(found["terrainId"], age))
    if "scenarioId" in wanted and scenarios():
        found["scenarioId"] = choose.of(scenarios())
    if "projectId" in wanted and projects():
        found["projectId"] = choose.of(projects())
    if "ruleSetId" in wanted:
        found["ruleSetId"] = "default"
    if "styleId" in wanted:
        found["styleId"] = choose.of(["hillshade", "terrain-rgb"])
    if "tileMatrixSetId" in wanted:
        # TileJSON and styles have no word for a grid; asked for one of another grid, the server owes a 406, which is declared.
        others = [] if (case.query or {}).get("f") == "tilejson" or path.endswith("/style.json") else ["WebMercatorQuad", "WorldCRS84Quad"]
        found["tileMatrixSetId"] = choose.of(["WebMercatorQuad", *others])
    if "tileMatrix" in wanted:
        tileset = path.split("/{tileMatrix}")[0].format(**found)
        found["tileMatrix"], found["tileRow"], found["tileCol"] = choose.of(limits(tileset))
    if "yTerrain" in wanted and terrains():
        found["z"], found["x"], found["yTerrain"] = choose.of(meshes(found["terrainId"]))
    return found


def pit(choose: Chooser) -> dict:
    """A change of the ground within the sample terrain, in EPSG:25832."""
    east, north, side = choose.of([696500, 697000]), choose.of([5346600, 5347100]), choose.of([10, 25])
    ring = [[east, north], [east + side, north], [east + side, north + side], [east, north + side], [east, north]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"name": "pit", "embankment": choose.of([None, 1.5]), "target": choose.of([
            {"type": "level", "height": 470},
            {"type": "slope", "through": [east, north, 475], "gradient": 0.02, "uphill": 90},
        ])},
    }


@schemathesis.hook
def map_case(context, case):
    choose = Chooser(case)
    if case.media_type and not case.meta.is_negative_at(ParameterLocation.BODY) and choose.of([True, False]):
        # A polygon that lies on the terrain and does not cross itself is not found by chance, nor is a source of an import.
        if case.media_type == "application/geo+json":
            case.body, case.query["crs"] = pit(choose), UTM32
        if case.operation.label == "POST /terrain/{terrainId}/imports" and case.media_type == "application/json":
            case.body = {"collection": choose.of(collections()), "priority": choose.of([-1, 0, 1])}
    # One in four keeps what was made up, which leads to 404.
    if case.path_parameters and not case.meta.is_negative_at(ParameterLocation.PATH) and choose.of([True, True, True, False]):
        case.path_parameters.update(place(case, choose))
    # One that comes alone stays as it was made up, mostly empty: that is refused, by no other fault.
    if len(case.query or {}) > 1 and not case.meta.is_negative_at(ParameterLocation.QUERY):
        for name in sorted(set(case.query) & set(QUERY)):
            if choose.of([True, True, False]):
                case.query[name] = choose.of(QUERY[name])
        if "scenario" in case.query and scenarios() and choose.of([True, True, False]):
            case.query["scenario"] = choose.of(scenarios())
    return case


@schemathesis.hook
def filter_case(context, case):
    query = case.query or {}
    is_for_mercator = query.get("f") == "tilejson" or case.operation.path.endswith("/style.json")
    if is_for_mercator and case.path_parameters.get("tileMatrixSetId", "WebMercatorQuad") != "WebMercatorQuad":
        return False
    # OGC API – Features, 7.15.2: more than the maximum is no error, the server takes the maximum. The maximum must be declared
    # all the same, and a schema cannot say both.
    try:
        return "limit" not in query or int(query["limit"]) <= most(case.operation.path)
    except (TypeError, ValueError):
        return True


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # OGC API – Processes: DELETE dismisses a job, which stays to be read.
    if "use_after_free" in failure.checks and case.operation.path == "/jobs/{jobId}":
        return False
    if "negative_data_rejection" in failure.checks and "x-schemathesis-unknown-property" in (case.headers or {}):
        # Whoever sends a header that nobody knows is not refused anywhere on the web.
        return False
    if "negative_data_rejection" in failure.checks and case.media_type == "application/geo+json" and isinstance(case.body, dict):
        # docs/api.md: what GET gave may be sent back. Its read-only members are ignored, which a schema cannot say.
        properties = case.body.get("properties")
        return not READ_ONLY & set(case.body) and not READ_ONLY_PROPERTIES & set(properties if isinstance(properties, dict) else {})
    if "positive_data_acceptance" in failure.checks and response.status_code == 406 and case.operation.path.endswith("/export"):
        # Whether a scenario has anything for a 3D model at that moment, no definition knows.
        return "has no surfaces to show" not in response.json().get("detail", "")
    if "positive_data_acceptance" not in failure.checks or response.status_code not in {400} | STATE:
        return True
    if response.status_code in STATE:
        return False
    if case.operation.path == "/wfs":
        # Which of its parameters go together a schema cannot say; tests/it/wfs.rs tries them.
        return False
    detail = response.json().get("detail", "")
    if BEYOND_ANY_SCHEMA.search(detail):
        return False
    # Polygons lie on the terrain and do not cross themselves. What does not even read as a polygon is a fault of the schema.
    if "/modifications" in case.operation.path and case.body and not detail.startswith("this is no modification"):
        return False
    named = set(re.findall(r"`([\w-]+)`", detail))
    given = set(case.query or {}) | (set(case.body) if isinstance(case.body, dict) else set())
    return not named & BEYOND_SCHEMA & given


@schemathesis.serializer("application/offset+octet-stream", "application/city+json-seq", "model/gltf-binary")
def piece(context, value):
    """A piece of an upload or a file: the bytes as they are."""
    return value if isinstance(value, bytes) else str(value).encode()
