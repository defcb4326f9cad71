//! Every route of the server, once: the router, the API definition and the conformance list are made from this table.

use std::future::Future;
use std::pin::Pin;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use super::params::{AFTER, BBOX, CODE, DATETIME, F, LANG, LIMIT, OBJECT, Parameter, SEVERITY, VIEW};
use super::{
    collections, conformance, ground, health, issues, item, items, landing, metrics, openapi, revisions,
    tiles, viewer,
};

pub type Handled = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// One resource: GET, with HEAD and OPTIONS made from it.
pub struct Route {
    pub path: &'static str,
    pub operation_id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub parameters: &'static [&'static Parameter],
    /// Other query parameters are ignored, not refused.
    pub open_query: bool,
    /// The first is the default.
    pub produces: &'static [Media],
    /// Name of the schema of the JSON answer in the API definition.
    pub schema: &'static str,
    /// Statuses besides 200 and 304.
    pub failures: &'static [u16],
    /// Conformance classes that the route fulfils, below `http://www.opengis.net/spec/`.
    pub classes: &'static [&'static str],
    pub handler: fn(Call) -> Handled,
}

const DOCUMENT: &[Media] = &[Media::Json, Media::Html];
const PAGE: &[&Parameter] = &[&F, &LANG];

const CORE: &str = "ogcapi-features-1/1.0/conf/core";
const GEOJSON: &str = "ogcapi-features-1/1.0/conf/geojson";
const HTML: &str = "ogcapi-features-1/1.0/conf/html";
const OAS30: &str = "ogcapi-features-1/1.0/conf/oas30";
const COMMON: &[&str] = &[
    "ogcapi-common-1/1.0/conf/core",
    "ogcapi-common-1/1.0/conf/landing-page",
    "ogcapi-common-1/1.0/conf/json",
    "ogcapi-common-1/1.0/conf/html",
];
const COMMON_COLLECTIONS: &[&str] = &[
    "ogcapi-common-2/1.0/conf/collections",
    "ogcapi-common-2/1.0/conf/json",
    "ogcapi-common-2/1.0/conf/html",
];

pub static ROUTES: &[Route] = &[
    Route {
        path: "/",
        operation_id: "getLandingPage",
        tag: "Capabilities",
        summary: "What this server offers",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "landingPage",
        failures: &[400, 406, 500],
        classes: COMMON,
        handler: |call| Box::pin(landing::show(call)),
    },
    Route {
        path: "/api",
        operation_id: "getApiDefinition",
        tag: "Capabilities",
        summary: "The definition of this API",
        parameters: PAGE,
        open_query: false,
        produces: &[Media::OpenApi, Media::Html],
        schema: "apiDefinition",
        failures: &[400, 406, 500],
        classes: &[OAS30, "ogcapi-common-1/1.0/conf/oas30"],
        handler: |call| Box::pin(openapi::show(call)),
    },
    Route {
        path: "/conformance",
        operation_id: "getConformanceDeclaration",
        tag: "Capabilities",
        summary: "The standards that this server meets",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "confClasses",
        failures: &[400, 406, 500],
        classes: &[],
        handler: |call| Box::pin(conformance::show(call)),
    },
    Route {
        path: "/collections",
        operation_id: "getCollections",
        tag: "Capabilities",
        summary: "The collections of features",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "collections",
        failures: &[400, 406, 500],
        classes: COMMON_COLLECTIONS,
        handler: |call| Box::pin(collections::list(call)),
    },
    Route {
        path: "/collections/{collectionId}",
        operation_id: "describeCollection",
        tag: "Capabilities",
        summary: "What a collection holds",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "collection",
        failures: &[400, 404, 406, 500],
        classes: &[],
        handler: |call| Box::pin(collections::show(call)),
    },
    Route {
        path: "/collections/{collectionId}/items",
        operation_id: "getFeatures",
        tag: "Data",
        summary: "Features of a collection",
        parameters: &[&LIMIT, &BBOX, &DATETIME, &AFTER, &F, &LANG],
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "featureCollectionGeoJSON",
        failures: &[400, 404, 406, 500],
        classes: &[CORE, GEOJSON, HTML],
        handler: |call| Box::pin(items::list(call)),
    },
    Route {
        path: "/collections/{collectionId}/items/{featureId}",
        operation_id: "getFeature",
        tag: "Data",
        summary: "One feature",
        parameters: PAGE,
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "featureGeoJSON",
        failures: &[400, 404, 406, 410, 500],
        classes: &[],
        handler: |call| Box::pin(item::show(call)),
    },
    Route {
        path: "/collections/{collectionId}/revisions",
        operation_id: "getRevisions",
        tag: "Data",
        summary: "The states that a collection has had, newest first",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "revisions",
        failures: &[400, 404, 406, 500],
        classes: &[],
        handler: |call| Box::pin(revisions::list(call)),
    },
    Route {
        path: "/collections/{collectionId}/issues",
        operation_id: "getIssues",
        tag: "Data",
        summary: "What imports found wrong in a collection",
        parameters: &[&LIMIT, &BBOX, &CODE, &SEVERITY, &OBJECT, &AFTER, &F, &LANG],
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "issueCollection",
        failures: &[400, 404, 406, 500],
        classes: &[],
        handler: |call| Box::pin(issues::list(call)),
    },
    Route {
        path: "/collections/{collectionId}/report",
        operation_id: "getReport",
        tag: "Data",
        summary: "The quality of a collection on one page",
        parameters: PAGE,
        open_query: false,
        produces: &[Media::Html],
        schema: "",
        failures: &[400, 404, 406, 500],
        classes: &[],
        handler: |call| Box::pin(issues::report(call)),
    },
    Route {
        path: "/collections/{collectionId}/3dtiles/tileset.json",
        operation_id: "getTileset",
        tag: "3D",
        summary: "A collection as 3D Tiles 1.1",
        parameters: &[&VIEW],
        open_query: true,
        produces: &[Media::Tiles3d],
        schema: "tileset",
        failures: &[404, 500],
        classes: &[],
        handler: |call| Box::pin(tiles::tileset(call)),
    },
    Route {
        path: "/collections/{collectionId}/3dtiles/content/{name}",
        operation_id: "getTileContent",
        tag: "3D",
        summary: "A tile: binary glTF, named by its content's hash",
        parameters: &[],
        open_query: true,
        produces: &[Media::Glb],
        schema: "",
        failures: &[404, 500],
        classes: &[],
        handler: |call| Box::pin(tiles::content(call)),
    },
    Route {
        path: "/ground.json",
        operation_id: "getGround",
        tag: "3D",
        summary: "A coarse grid of ground heights below the twin",
        parameters: &[],
        open_query: true,
        produces: &[Media::Json],
        schema: "groundGrid",
        failures: &[404, 500],
        classes: &[],
        handler: |call| Box::pin(ground::show(call)),
    },
    Route {
        path: "/health",
        operation_id: "getHealth",
        tag: "Operation",
        summary: "State of the server and its database",
        parameters: &[],
        open_query: false,
        produces: &[Media::Json],
        schema: "health",
        failures: &[503],
        classes: &[],
        handler: |call| Box::pin(health::show(call)),
    },
    Route {
        path: "/health/live",
        operation_id: "getLiveness",
        tag: "Operation",
        summary: "Whether the process answers",
        parameters: &[],
        open_query: false,
        produces: &[Media::Json],
        schema: "healthStatus",
        failures: &[],
        classes: &[],
        handler: |call| Box::pin(health::live(call)),
    },
    Route {
        path: "/health/ready",
        operation_id: "getReadiness",
        tag: "Operation",
        summary: "Whether the server can answer from its database",
        parameters: &[],
        open_query: false,
        produces: &[Media::Json],
        schema: "healthStatus",
        failures: &[503],
        classes: &[],
        handler: |call| Box::pin(health::ready(call)),
    },
    Route {
        path: "/metrics",
        operation_id: "getMetrics",
        tag: "Operation",
        summary: "Counters in the Prometheus text format",
        parameters: &[],
        open_query: false,
        produces: &[Media::Text],
        schema: "",
        failures: &[500],
        classes: &[],
        handler: |call| Box::pin(metrics::show(call)),
    },
    Route {
        path: "/viewer/config.json",
        operation_id: "getViewerConfig",
        tag: "3D",
        summary: "What the 3D viewer starts with",
        parameters: &[],
        open_query: true,
        produces: &[Media::Json],
        schema: "viewerConfig",
        failures: &[500],
        classes: &[],
        handler: |call| Box::pin(viewer::config(call)),
    },
    file("/viewer", "getViewerRedirect", |call| Box::pin(viewer::redirect(call))),
    file("/viewer/", "getViewer", |call| Box::pin(viewer::file(call))),
    file("/viewer/{*file}", "getViewerFile", |call| Box::pin(viewer::file(call))),
    file("/assets/{*file}", "getAsset", |call| Box::pin(viewer::asset(call))),
    file("/favicon.ico", "getIcon", |call| Box::pin(viewer::icon(call))),
];

/// A route that serves files: not part of the API definition.
const fn file(path: &'static str, operation_id: &'static str, handler: fn(Call) -> Handled) -> Route {
    Route {
        path,
        operation_id,
        tag: "",
        summary: "",
        parameters: &[],
        open_query: true,
        produces: &[],
        schema: "",
        failures: &[],
        classes: &[],
        handler,
    }
}

impl Route {
    /// Part of the API definition.
    pub fn is_described(&self) -> bool {
        !self.tag.is_empty()
    }
}
