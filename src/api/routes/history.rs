//! What was, and what changed.

use super::{DOCUMENT, Needs, Route};
use crate::api::history::{self, CHANGES_AFTER, CHANGES_LIMIT, F_CHANGES, SINCE};
use crate::api::negotiate::Media;
use crate::api::params::{AFTER, F, LANG, LIMIT};
use crate::api::plans::SCENARIO;

pub static ROUTES: &[Route] = &[
    Route {
        path: "/collections/{collectionId}/items/{featureId}/versions",
        operation_id: "getFeatureVersions",
        tag: "Data",
        summary: "The states that a feature has had, newest first",
        parameters: &[&SCENARIO, &LIMIT, &AFTER, &F, &LANG],
        open_query: false,
        produces: DOCUMENT,
        schema: "featureVersions",
        failures: &[400, 404, 406, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(history::versions(call)),
    },
    Route {
        path: "/collections/{collectionId}/changes",
        operation_id: "getChanges",
        tag: "Data",
        summary: "What changed from revision to revision, oldest first, or as it happens",
        parameters: &[&SINCE, &CHANGES_LIMIT, &CHANGES_AFTER, &F_CHANGES, &LANG],
        open_query: false,
        produces: &[Media::Json, Media::Html, Media::EventStream],
        schema: "changes",
        failures: &[400, 404, 406, 500, 503],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| Box::pin(history::changes(call)),
    },
];
