//! Every query parameter that some operation knows.

use super::{DEFAULT_LIMIT, Kind, MAX_LIMIT, Parameter};
use stadtwin_jobs::MOST_MODIFICATIONS;

/// Between contours or samples [m].
const METRES_APART: Kind = Kind::Number { minimum: 0.01, maximum: 10_000.0 };

pub static F: Parameter = Parameter {
    name: "f",
    component: "f",
    description: "The representation: `json` for machines, `html` for people. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "html"]),
};
pub static F_JSON: Parameter = Parameter {
    name: "f",
    component: "fJson",
    description: "The representation: `json`, the only one.",
    kind: Kind::Choice(&["json"]),
};
pub static F_HTML: Parameter = Parameter {
    name: "f",
    component: "fHtml",
    description: "The representation: `html`, a page, the only one.",
    kind: Kind::Choice(&["html"]),
};
pub static F_ITEMS: Parameter = Parameter {
    name: "f",
    component: "fItems",
    description: "The representation: `json` or `geojson` for GeoJSON, `jsonfg` for JSON-FG with solids, `html` for people; tables with \
                  the outline: `csv` (as WKT), `fgb` (FlatGeobuf), `parquet` (GeoParquet); `cityjson`, `cityjsonseq` (a line for each feature), `citygml` (3.0) or `citygml-2.0` for whole objects in \
                  the storage CRS. Stands above the Accept header.",
    kind: Kind::Choice(&[
        "json",
        "geojson",
        "html",
        "cityjson",
        "cityjsonseq",
        "citygml",
        "citygml-2.0",
        "csv",
        "jsonfg",
        "fgb",
        "parquet",
    ]),
};
pub static F_ITEM: Parameter = Parameter {
    name: "f",
    component: "fItem",
    description: "The representation: `json` or `geojson` for GeoJSON, `jsonfg` for JSON-FG with solids, `html` for people, `cityjson`, \
                  `citygml` (3.0) or `citygml-2.0` for the whole object in the storage CRS, `glb` for a 3D model, `fgb` \
                  (FlatGeobuf) or `parquet` (GeoParquet). Stands above the Accept header.",
    kind: Kind::Choice(&[
        "json",
        "geojson",
        "html",
        "cityjson",
        "citygml",
        "citygml-2.0",
        "jsonfg",
        "fgb",
        "parquet",
        "glb",
    ]),
};
pub static PROFILE: Parameter = Parameter {
    name: "profile",
    component: "profile",
    description: "The profile of GeoJSON: `rfc7946` (plain), `jsonfg` (JSON-FG, with `geometry` only where there is no \
                  `place`) or `jsonfg-plus` (with both); other representations have none. By name, URI or \
                  CURIE; of several the first holds.",
    kind: Kind::Profiles(&["rfc7946", "jsonfg", "jsonfg-plus"]),
};
pub static CODE_PROFILE: Parameter = Parameter {
    name: "profile",
    component: "codeProfile",
    description: "How codes stand in the schema: `codelist-ref` (the address of the list, and the codes of a short one) or \
                  `codelist-inline` (each code with its text); of what can be sent always the former. By name, URI \
                  or CURIE; of several the first holds.",
    kind: Kind::Profiles(&["codelist-ref", "codelist-inline"]),
};
pub static LANG: Parameter = Parameter {
    name: "lang",
    component: "lang",
    description: "Language of the HTML pages, of texts of codes and of titles in schemas. Stands above the Accept-Language header.",
    kind: Kind::Choice(&["de", "en"]),
};
pub static SCHEMA_TYPE: Parameter = Parameter {
    name: "type",
    component: "schemaType",
    description: "Of what: `returnables` are the properties that features have, `receivables` those that can be sent; \
                  `create`, `replace` and `update` are the latter as one way to write takes them.",
    kind: Kind::FirstOf(&["returnables", "receivables", "create", "replace", "update"]),
};
pub static LIMIT: Parameter = Parameter {
    name: "limit",
    component: "limit",
    description: "The most features on a page. More than the maximum means the maximum.",
    kind: Kind::Integer { minimum: 1, maximum: Some(MAX_LIMIT as i64), default: Some(DEFAULT_LIMIT as i64) },
};
pub static BBOX: Parameter = Parameter {
    name: "bbox",
    component: "bbox",
    description: "Only features that intersect the box: west, south, east, north in degrees (CRS84), or west, south, \
                  lowest, east, north, highest with ellipsoidal heights in metres (CRS84h); `bbox-crs` names another \
                  system. West greater than east \
                  crosses the antimeridian.",
    kind: Kind::Numbers { least: 4, most: 6 },
};
pub static DATETIME: Parameter = Parameter {
    name: "datetime",
    component: "datetime",
    description: "Only features that were valid then: an RFC 3339 date-time or date, or an interval `start/end` where \
                  `..` or nothing leaves an end open.",
    kind: Kind::Text,
};
pub static FILTER: Parameter = Parameter {
    name: "filter",
    component: "filter",
    description: "Only features for which this CQL2 condition is true, such as `measuredHeight > 20 AND class = \
                  'Building'`. It may name what `/collections/{collectionId}/queryables` lists and call what \
                  `/functions` lists.",
    kind: Kind::Text,
};
pub static FILTER_LANG: Parameter = Parameter {
    name: "filter-lang",
    component: "filter-lang",
    description: "How `filter` is written.",
    kind: Kind::FirstOf(&["cql2-text", "cql2-json"]),
};
pub static FILTER_CRS: Parameter = Parameter {
    name: "filter-crs",
    component: "filter-crs",
    description: "URI of the coordinate reference system of geometries in `filter`, one of the collection's `crs` or \
                  `crs3d`, with the axes of its definition; \
                  CRS84 (longitude, latitude) if none is given, with heights above the ellipsoid (CRS84h) where a \
                  geometry has any. In projected systems heights are the storage's, as in `zMin`.",
    kind: Kind::Uri,
};
pub static AFTER: Parameter = Parameter {
    name: "after",
    component: "after",
    description: "Only features behind this key. Comes from a `next` link; do not make it up.",
    kind: Kind::Integer { minimum: 0, maximum: None, default: None },
};
pub static CODE: Parameter = Parameter {
    name: "code",
    component: "code",
    description: "Only findings with this code: a number of val3dity, or a word.",
    kind: Kind::Text,
};
pub static JOB_TYPE: Parameter = Parameter {
    name: "type",
    component: "jobType",
    description: "Only jobs of this type: `process`, which all are.",
    kind: Kind::Choice(&["process"]),
};
pub static PROCESS_ID: Parameter = Parameter {
    name: "processID",
    component: "processID",
    description: "Only jobs of these processes, separated by commas.",
    kind: Kind::Text,
};
pub static JOB_STATUS: Parameter = Parameter {
    name: "status",
    component: "jobStatus",
    description: "Only jobs in these states, separated by commas: accepted, running, successful, failed, dismissed.",
    kind: Kind::Text,
};
pub static JOB_DATETIME: Parameter = Parameter {
    name: "datetime",
    component: "jobDatetime",
    description: "Only jobs that were asked for then: an RFC 3339 date-time or date, or an interval `start/end` where `..` \
                  or nothing leaves an end open.",
    kind: Kind::Text,
};
pub static MIN_DURATION: Parameter = Parameter {
    name: "minDuration",
    component: "minDuration",
    description: "Only jobs that have run for at least so long [s].",
    kind: Kind::Integer { minimum: 0, maximum: None, default: None },
};
pub static MAX_DURATION: Parameter = Parameter {
    name: "maxDuration",
    component: "maxDuration",
    description: "Only jobs that have run for at most so long [s].",
    kind: Kind::Integer { minimum: 0, maximum: None, default: None },
};
pub static SEVERITY: Parameter = Parameter {
    name: "severity",
    component: "severity",
    description: "Only findings of this severity.",
    kind: Kind::Choice(&["info", "warning", "error"]),
};
pub static OBJECT: Parameter = Parameter {
    name: "object",
    component: "object",
    description: "Only findings on the object with this gml:id.",
    kind: Kind::Text,
};
pub static REVISION: Parameter = Parameter {
    name: "revision",
    component: "revision",
    description: "What held at this revision, or `all` for whatever was ever found; without it, what holds now.",
    kind: Kind::WordOrIds { words: &["all"], most: 1 },
};
pub static CRS: Parameter = Parameter {
    name: "crs",
    component: "crs",
    description: "URI of the coordinate reference system of the answer, one of the collection's `crs`, with the axes of \
                  its definition; CRS84 (longitude, latitude) if none is given. What stands in space (`place` of JSON-FG, \
                  surfaces) comes in one of `crs3d` too; surfaces are in CRS84h if none is given, `place` in the storage CRS. \
                  Systems without heights make them flat. Encode `&` in compound URIs as `%26`.",
    kind: Kind::Uri,
};
pub static BBOX_CRS: Parameter = Parameter {
    name: "bbox-crs",
    component: "bbox-crs",
    description: "URI of the coordinate reference system of `bbox`, one of the collection's `crs` or `crs3d`, with the axes \
                  of its definition; CRS84 if none is given. Six numbers go with `crs3d`, and with CRS84, where they are in \
                  CRS84h.",
    kind: Kind::Uri,
};
pub static PROPERTIES: Parameter = Parameter {
    name: "properties",
    component: "properties",
    description: "Only these attributes, by name and separated by commas.",
    kind: Kind::Text,
};
pub static SKIP_GEOMETRY: Parameter = Parameter {
    name: "skipGeometry",
    component: "skipGeometry",
    description: "Without geometry: `geometry` is null, whole objects have their attributes alone.",
    kind: Kind::Flag,
};
pub static SORTBY: Parameter = Parameter {
    name: "sortby",
    component: "sortby",
    description: "What features are sorted by: names of `/collections/{collectionId}/sortables`, the first one first, \
                  separated by commas; `-` before a name means descending, `+` or nothing ascending. What has no value \
                  comes last. At most 8 names.",
    kind: Kind::Text,
};
pub static ITEMS_REVISION: Parameter = Parameter {
    name: "revision",
    component: "itemsRevision",
    description: "The state of the collection: one of the numbers that `/collections/{collectionId}/revisions` lists, the \
                  newest if none is given. `next` links carry it, so that all pages show one state.",
    kind: Kind::Integer { minimum: 1, maximum: None, default: None },
};
pub static COLLECTIONS: Parameter = Parameter {
    name: "collections",
    component: "collections",
    description: "Only these collections, by id and separated by commas.",
    kind: Kind::Text,
};
pub static F_TILESET: Parameter = Parameter {
    name: "f",
    component: "fTileset",
    description: "The representation: `json`, or `tilejson` for MapLibre and the like. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "tilejson"]),
};
pub static F_TILE: Parameter = Parameter {
    name: "f",
    component: "fTile",
    description: "The representation: `mvt`, a Mapbox Vector Tile.",
    kind: Kind::Choice(&["mvt"]),
};
pub static F_PROFILE: Parameter = Parameter {
    name: "f",
    component: "fProfile",
    description: "The representation: `json`, `geojson` (one feature in CRS84) or `csv`. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "geojson", "csv"]),
};
pub static POINT: Parameter = Parameter {
    name: "point",
    component: "point",
    description: "Where the height is asked for: `x,y` in `crs`.",
    kind: Kind::Numbers { least: 2, most: 2 },
};
pub static LINE: Parameter = Parameter {
    name: "line",
    component: "line",
    description: "Along what a profile is asked for: `x1,y1,x2,y2,…` in `crs`, straight in the terrain's CRS.",
    kind: Kind::Numbers { least: 4, most: 2000 },
};
pub static PLACE_CRS: Parameter = Parameter {
    name: "crs",
    component: "placeCrs",
    description: "EPSG code or URI of the coordinate reference system of `point` and `line`, with the axes of its \
                  definition; CRS84 (longitude, latitude) if none is given.",
    kind: Kind::Text,
};
pub static STEP: Parameter = Parameter {
    name: "step",
    component: "step",
    description: "Between samples of a profile in metres; the terrain's cell if none is given.",
    kind: METRES_APART,
};
pub static EXTENSIONS: Parameter = Parameter {
    name: "extensions",
    component: "extensions",
    description: "What tiles carry beyond the mesh: `octvertexnormals`, `watermask`, `metadata`, joined by `-`. Stands \
                  above the Accept header.",
    kind: Kind::Text,
};
pub static INTERVAL: Parameter = Parameter {
    name: "interval",
    component: "interval",
    description: "Between contours in metres; 1 if none is given.",
    kind: METRES_APART,
};
pub static CONTOUR_STEP: Parameter = Parameter {
    name: "step",
    component: "contourStep",
    description: "Between contours in metres; without it what suits the level: 1 at the finest to 100 at the coarsest.",
    kind: METRES_APART,
};
pub static MODIFICATIONS: Parameter = Parameter {
    name: "modifications",
    component: "modifications",
    description: "Which modifications of the ground are applied: `none`, `all` that are enabled, or ids separated by \
                  commas; those that belong to the base if nothing is said.",
    kind: Kind::WordOrIds { words: &["all", "none"], most: MOST_MODIFICATIONS as usize },
};
pub static F_CATALOGUE: Parameter = Parameter {
    name: "f",
    component: "fCatalogue",
    description: "The representation: `ogc-catalog` as OGC API – Records names it, `json` for the same as plain JSON, \
                  `html` for people. Stands above the Accept header.",
    kind: Kind::Choice(&["ogc-catalog", "json", "html"]),
};
pub static Q: Parameter = Parameter {
    name: "q",
    component: "q",
    description: "Only records whose title, description or keywords hold one of these terms, separated by commas; the \
                  words of a term stand one after the other. Case does not matter.",
    kind: Kind::Texts,
};
pub static TYPE: Parameter = Parameter {
    name: "type",
    component: "recordType",
    description: "Only records of these kinds, separated by commas: `dataset`, `service`.",
    kind: Kind::Texts,
};
pub static IDS: Parameter = Parameter {
    name: "ids",
    component: "ids",
    description: "Only records with these ids, separated by commas.",
    kind: Kind::Texts,
};
pub static EXTERNAL_IDS: Parameter = Parameter {
    name: "externalIds",
    component: "externalIds",
    description: "Only records of resources with these names, separated by commas: `scheme:value`, `value`, or `scheme:`. \
                  Schemes are `collection`, `terrain`, `service` and `twin`.",
    kind: Kind::Texts,
};
pub static AUDIT_SINCE: Parameter = Parameter {
    name: "since",
    component: "auditSince",
    description: "Only what happened since then: an RFC 3339 date-time or date.",
    kind: Kind::Form("^[0-9]{4}-[0-9]{2}-[0-9]{2}.*$"),
};
pub static F_AUDIT: Parameter = Parameter {
    name: "f",
    component: "fAudit",
    description: "Media type of the answer; without it the Accept header decides.",
    kind: Kind::Choice(&["json", "csv", "jsonl"]),
};
pub static AFTER_RECORD: Parameter = Parameter {
    name: "after",
    component: "afterRecord",
    description: "Only records behind this id. Comes from a `next` link; do not make it up.",
    kind: Kind::Text,
};
pub static LABELS: Parameter = Parameter {
    name: "labels",
    component: "labels",
    description: "Whether the style names things. It has no `glyphs`: clients that cannot draw letters themselves ask for \
                  `false`.",
    kind: Kind::FirstOf(&["true", "false"]),
};
pub static VIEW: Parameter = Parameter {
    name: "view",
    component: "view",
    description: "Ignored: lets a viewer load the same tileset twice under different addresses.",
    kind: Kind::Text,
};
