//! Files that shall come into scenarios.

use super::plans::{JSON, TOLD_AFTER, TOLD_LIMIT, written};
use super::{Needs, Route};
use crate::api::negotiate::Media;
use crate::api::params::{F_JSON, Kind, Parameter};
use crate::api::plans;

static F_ITEMS: Parameter = Parameter {
    name: "f",
    component: "fImportItems",
    description: "The representation: `geojson` or `json`, which is the same.",
    kind: Kind::Choice(&["geojson", "json"]),
};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/scenarios/{scenarioId}/imports",
        operation_id: "getScenarioImports",
        tag: "Plans",
        summary: "Files that were sent to come into a draft",
        parameters: &[&TOLD_LIMIT, &TOLD_AFTER, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenarioImports",
        failures: READ,
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::imports(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/imports/{importId}",
        operation_id: "getScenarioImport",
        tag: "Plans",
        summary: "What a file would do in a draft",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenarioImport",
        failures: READ,
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::import(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/imports/{importId}/items",
        operation_id: "getScenarioImportItems",
        tag: "Plans",
        summary: "The objects of a file as features, with what is odd about each",
        parameters: &[&TOLD_LIMIT, &TOLD_AFTER, &F_ITEMS],
        open_query: false,
        produces: &[Media::GeoJson],
        schema: "scenarioImportItems",
        failures: READ,
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::import_items(call)),
    },
    written("/scenarios/{scenarioId}/imports/{importId}/commit", "Where a file comes into a draft"),
];

const READ: &[u16] = &[400, 401, 403, 404, 500];
