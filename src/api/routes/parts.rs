//! What lies below a feature.

use super::{Needs, Route};
use crate::api::negotiate::Media;
use crate::api::params::{CRS, DATETIME, Kind, LANG, Parameter, SKIP_GEOMETRY};
use crate::api::parts;
use crate::api::plans::SCENARIO;

static F_ROWS: Parameter = Parameter {
    name: "f",
    component: "fRows",
    description: "The representation: `json` or `geojson` for GeoJSON, `html` for people. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "geojson", "html"]),
};
static ROWS_LIMIT: Parameter = Parameter {
    name: "limit",
    component: "rowsLimit",
    description: "The most on a page; 1000 if none is given. More than 10000 means 10000.",
    kind: Kind::Integer { minimum: 1, maximum: Some(10_000), default: Some(1_000) },
};
static ROWS_AFTER: Parameter = Parameter {
    name: "after",
    component: "rowsAfter",
    description: "How many came before. Comes from a `next` link.",
    kind: Kind::Integer { minimum: 0, maximum: None, default: None },
};
static CLASS: Parameter = Parameter {
    name: "class",
    component: "class",
    description: "Only those of this class, by its name in CityGML 3.0 such as `BuildingPart` or `Window`.",
    kind: Kind::Text,
};
static DEPTH: Parameter = Parameter {
    name: "depth",
    component: "depth",
    description: "How many levels down: 1 for what lies directly below.",
    kind: Kind::Integer { minimum: 1, maximum: None, default: Some(1) },
};
static LOD: Parameter = Parameter {
    name: "lod",
    component: "lod",
    description: "The surfaces at this level of detail, such as `2` or `2.2`; without it, at the highest of each object.",
    kind: Kind::Form(r"^[0-9](\.[0-9])?$"),
};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/collections/{collectionId}/items/{featureId}/children",
        operation_id: "getChildren",
        tag: "Data",
        summary: "What lies below an object: parts, rooms, installations",
        parameters: &[
            &DEPTH,
            &CLASS,
            &SCENARIO,
            &DATETIME,
            &ROWS_LIMIT,
            &ROWS_AFTER,
            &CRS,
            &SKIP_GEOMETRY,
            &F_ROWS,
            &LANG,
        ],
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "featureCollectionGeoJSON",
        failures: &[400, 404, 406, 410, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(parts::children(call)),
    },
    Route {
        path: "/collections/{collectionId}/items/{featureId}/surfaces",
        operation_id: "getSurfaces",
        tag: "Data",
        summary: "The surfaces that bound an object: roofs, walls, windows, with area, tilt and azimuth",
        parameters: &[
            &LOD,
            &CLASS,
            &SCENARIO,
            &DATETIME,
            &ROWS_LIMIT,
            &ROWS_AFTER,
            &CRS,
            &SKIP_GEOMETRY,
            &F_ROWS,
            &LANG,
        ],
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "surfaceCollection",
        failures: &[400, 404, 406, 410, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(parts::surfaces(call)),
    },
];
