//! The query parameters that operations know, once: checked here, described to clients by the API definition.

use serde_json::{Value, json};

use super::error::ApiError;
use stadtwin_jobs::MOST_MODIFICATIONS;

/// The most features on one page; a greater `limit` means this one.
pub const MAX_LIMIT: u32 = 10_000;
/// Features on a page when the client does not say.
pub const DEFAULT_LIMIT: u32 = 10;
/// Digits that always fit into an `i64`.
const ID_DIGITS: usize = 18;
/// Between contours or samples [m].
const METRES_APART: Kind = Kind::Number { minimum: 0.01, maximum: 10_000.0 };

/// What values a parameter takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Integer {
        minimum: i64,
        maximum: Option<i64>,
        default: Option<i64>,
    },
    /// A number; both bounds belong to it.
    Number {
        minimum: f64,
        maximum: f64,
    },
    /// Numbers separated by commas.
    Numbers {
        least: u32,
        most: u32,
    },
    Text,
    /// A text of this form, which its handler checks.
    Form(&'static str),
    /// One of the words, or up to so many whole numbers separated by commas.
    WordOrIds {
        words: &'static [&'static str],
        most: usize,
    },
    /// Texts separated by commas.
    Texts,
    Choice(&'static [&'static str]),
    /// `true` or `false`, which is taken when the client does not say.
    Flag,
    /// A choice whose first is taken when the client does not say.
    FirstOf(&'static [&'static str]),
}

/// One query parameter.
#[derive(Debug)]
pub struct Parameter {
    pub name: &'static str,
    /// Its name in the API definition: a parameter may take other values elsewhere.
    pub component: &'static str,
    pub description: &'static str,
    pub kind: Kind,
}

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
    description: "The representation: `json` for GeoJSON, `jsonfg` for JSON-FG with solids, `html` for people; tables with \
                  the outline: `csv` (as WKT), `fgb` (FlatGeobuf), `parquet` (GeoParquet); `cityjson`, `cityjsonseq` (a line for each feature), `citygml` (3.0) or `citygml-2.0` for whole objects in \
                  the storage CRS. Stands above the Accept header.",
    kind: Kind::Choice(&[
        "json",
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
    description: "The representation: `json` for GeoJSON, `jsonfg` for JSON-FG with solids, `html` for people, `cityjson`, \
                  `citygml` (3.0) or `citygml-2.0` for the whole object in the storage CRS, `glb` for a 3D model, `fgb` \
                  (FlatGeobuf) or `parquet` (GeoParquet). Stands above the Accept header.",
    kind: Kind::Choice(&[
        "json",
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
                  `place`) or `jsonfg-plus` (with both); other representations have none.",
    kind: Kind::Choice(&["rfc7946", "jsonfg", "jsonfg-plus"]),
};
pub static LANG: Parameter = Parameter {
    name: "lang",
    component: "lang",
    description: "Language of the HTML pages. Stands above the Accept-Language header.",
    kind: Kind::Choice(&["de", "en"]),
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
    description: "URI of the coordinate reference system of geometries in `filter`, with the axes of its definition; \
                  CRS84 (longitude, latitude) if none is given, with heights above the ellipsoid (CRS84h) where a \
                  geometry has any. In projected systems heights are the storage's, as in `zMin`.",
    kind: Kind::Text,
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
    kind: Kind::Text,
};
pub static BBOX_CRS: Parameter = Parameter {
    name: "bbox-crs",
    component: "bbox-crs",
    description: "URI of the coordinate reference system of `bbox`, one of the collection's `crs` or `crs3d`, with the axes \
                  of its definition; CRS84 if none is given. Six numbers go with `crs3d`, and with CRS84, where they are in \
                  CRS84h.",
    kind: Kind::Text,
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
                  Schemes are `collection`, `terrain` and `service`.",
    kind: Kind::Texts,
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

impl Parameter {
    /// OpenAPI 3.0 parameter object.
    pub fn describe(&self) -> Value {
        let schema = match self.kind {
            Kind::Integer { minimum, maximum, default } => {
                let mut schema =
                    json!({ "type": "integer", "minimum": minimum, "maximum": maximum.unwrap_or(i64::MAX) });
                if maximum.is_none() {
                    schema["format"] = "int64".into();
                }
                if let Some(default) = default {
                    schema["default"] = default.into();
                }
                schema
            }
            Kind::Numbers { least, most } => {
                json!({ "type": "array", "minItems": least, "maxItems": most, "items": { "type": "number" } })
            }
            Kind::Number { minimum, maximum } => {
                json!({ "type": "number", "minimum": minimum, "maximum": maximum })
            }
            Kind::Text => json!({ "type": "string" }),
            Kind::Form(pattern) => json!({ "type": "string", "pattern": pattern }),
            Kind::WordOrIds { words, most } => {
                let (words, more) = (words.join("|"), most - 1);
                let id = format!("[0-9]{{1,{ID_DIGITS}}}");
                let pattern = match more {
                    0 => format!("^({words}|{id})$"),
                    _ => format!("^({words}|{id}(,{id}){{0,{more}}})$"),
                };
                json!({ "type": "string", "pattern": pattern })
            }
            Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Flag => json!({ "type": "boolean", "default": false }),
            Kind::Choice(values) => json!({ "type": "string", "enum": values }),
            Kind::FirstOf(values) => json!({ "type": "string", "enum": values, "default": values.first() }),
        };
        json!({
            "name": self.name,
            "in": "query",
            "description": self.description,
            "required": false,
            "schema": schema,
            "style": "form",
            "explode": false,
        })
    }

    fn check(&self, value: &str) -> Result<(), ApiError> {
        let fault = |expected: &str| {
            Err(ApiError::BadRequest(format!(
                "`{}` must be {expected}, not `{}`",
                self.name,
                shortened(value)
            )))
        };
        match self.kind {
            Kind::Integer { minimum, .. } => match value.parse::<i64>() {
                Ok(number) if number >= minimum => Ok(()),
                _ => fault(&format!("a whole number from {minimum}")),
            },
            Kind::Number { minimum, maximum } => match value.parse::<f64>() {
                Ok(number) if (minimum..=maximum).contains(&number) => Ok(()),
                _ => fault(&format!("a number from {minimum} to {maximum}")),
            },
            Kind::WordOrIds { words, most } if !is_word_or_ids(value, words, most) => {
                let words = words.join(", ");
                match most {
                    1 => fault(&format!("{words} or a whole number")),
                    _ => fault(&format!("{words} or up to {most} ids separated by commas")),
                }
            }
            Kind::Flag if !matches!(value, "true" | "false") => fault("true or false"),
            Kind::Choice(values) | Kind::FirstOf(values) if !values.contains(&value) => {
                fault(&format!("one of {}", values.join(", ")))
            }
            _ => Ok(()),
        }
    }
}

fn is_word_or_ids(value: &str, words: &[&str], most: usize) -> bool {
    let is_id =
        |id: &str| (1..=ID_DIGITS).contains(&id.len()) && id.bytes().all(|digit| digit.is_ascii_digit());
    words.contains(&value) || (value.split(',').count() <= most && value.split(',').all(is_id))
}

/// The checked query of a request.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Refuses unknown names and wrong values; the same pair twice is one pair (clients that follow `next` links send
    /// some twice). `open` takes any other name too and ignores it.
    pub fn parse(raw: &str, known: &[&'static Parameter], open: bool) -> Result<Query, ApiError> {
        let mut query = Query::default();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                if open || name.is_empty() {
                    continue;
                }
                return Err(unknown(&name, known));
            };
            parameter.check(&value)?;
            match query.get(parameter.name) {
                // A client that walks `next` links with a limit of its own sends both: the greater one holds.
                Some(before) if parameter.name == LIMIT.name => {
                    if before.parse::<u64>().ok() < value.parse().ok() {
                        query.pairs.retain(|(name, _)| name != LIMIT.name);
                        query.pairs.push((name.into_owned(), value.into_owned()));
                    }
                }
                None => query.pairs.push((name.into_owned(), value.into_owned())),
                Some(before) if before == value => {}
                Some(before) => {
                    let (before, value) = (shortened(before), shortened(&value));
                    let name = parameter.name;
                    return Err(ApiError::BadRequest(format!(
                        "`{name}` comes twice: `{before}` and `{value}`"
                    )));
                }
            }
        }
        Ok(query)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// Of `Kind::Number`.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// The query again with some pairs set (`Some`) or left out (`None`); starts with `?` unless empty.
    pub fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| !changed(name)) {
            text.append_pair(name, value);
        }
        for (name, value) in changes.iter().filter_map(|(name, value)| Some((name, (*value)?))) {
            text.append_pair(name, value);
        }
        let text = text.finish();
        if text.is_empty() { text } else { format!("?{text}") }
    }
}

fn unknown(name: &str, known: &[&'static Parameter]) -> ApiError {
    let names: Vec<_> = known.iter().map(|parameter| parameter.name).collect();
    let there_are = if names.is_empty() { "there are none here".to_owned() } else { names.join(", ") };
    ApiError::BadRequest(format!("unknown query parameter `{}`; known: {there_are}", shortened(name)))
}

/// Text from outside, cut to 80 characters for messages.
pub fn shortened(text: &str) -> String {
    if text.chars().count() <= 80 { text.to_owned() } else { text.chars().take(80).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Result<&str, &str>) {
        let known = [&F, &LIMIT, &BBOX, &DATETIME, &STEP, &MODIFICATIONS];
        match (Query::parse(raw, &known, false), expected) {
            (Ok(query), Ok(again)) => assert_eq!(query.with(&[]), again, "{raw}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{raw}: {error}"),
            (got, _) => panic!("{raw}: {got:?}"),
        }
    }

    #[test]
    fn queries_are_checked_against_the_table() {
        check("", Ok(""));
        check("limit=10&limit=10", Ok("?limit=10"));
        check("limit=10&limit=11&limit=9", Ok("?limit=11"));
        check("f=json&f=html", Err("comes twice"));
        check("limit=20000", Ok("?limit=20000"));
        check("limit=0", Err("`limit` must be a whole number from 1, not `0`"));
        check("limit=-3", Err("whole number"));
        check("limit=", Err("whole number"));
        check("limit=unlimited", Err("unlimited"));
        check("limit=1&", Ok("?limit=1"));
        check("f=gml", Err("one of json, html"));
        check("unknownQueryParameter1=1", Err("known: f, limit, bbox, datetime, step, modifications"));
        check("bbox=1%2C2,3,4", Ok("?bbox=1%2C2%2C3%2C4"));
        check("step=2.5", Ok("?step=2.5"));
        for step in ["", "x", "0", "NaN", "inf", "10000.5"] {
            check(&format!("step={step}"), Err("`step` must be a number from 0.01 to 10000"));
        }
        check("modifications=all", Ok("?modifications=all"));
        check("modifications=7,12", Ok("?modifications=7%2C12"));
        for ids in ["", "nonsense", "1,", "-1", "1.5", "1234567890123456789"] {
            check(
                &format!("modifications={ids}"),
                Err("`modifications` must be all, none or up to 1000 ids"),
            );
        }
    }
}
