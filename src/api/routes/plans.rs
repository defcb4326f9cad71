//! Projects and scenarios.

use super::{Handled, Route};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{DATETIME, F_JSON, Kind, Parameter};
use crate::api::plans::MODE;
use crate::api::{plans, writes};

static PLAN_REVISION: Parameter = Parameter {
    name: "revision",
    component: "planRevision",
    description: "The state of this revision of the scenario; without it the newest that the caller may see.",
    kind: Kind::Integer { minimum: 1, maximum: Some(999_999_999), default: None },
};
static ONE_COLLECTION: Parameter = Parameter {
    name: "collection",
    component: "oneCollection",
    description: "Only objects of this collection.",
    kind: Kind::Text,
};
const JSON: &[Media] = &[Media::Json];
const READ: &[u16] = &[400, 401, 404, 500];

/// A resource that is written to alone.
fn nothing(call: Call) -> Handled {
    let (method, allow) = ("GET".to_owned(), writes::allowed(call.route));
    Box::pin(async { Err(ApiError::MethodNotAllowed { method, allow }) })
}

/// A resource that is written to alone; its operations are among the writes.
const fn written(path: &'static str, summary: &'static str) -> Route {
    Route {
        path,
        operation_id: "",
        tag: "Plans",
        summary,
        parameters: &[],
        open_query: true,
        produces: JSON,
        schema: "",
        failures: &[],
        classes: &[],
        handler: nothing,
    }
}

pub static ROUTES: &[Route] = &[
    Route {
        path: "/projects",
        operation_id: "getProjects",
        tag: "Plans",
        summary: "The planning projects that the caller may see",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "projects",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::projects(call)),
    },
    Route {
        path: "/projects/{projectId}",
        operation_id: "getProject",
        tag: "Plans",
        summary: "A planning project",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "project",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::project(call)),
    },
    Route {
        path: "/projects/{projectId}/scenarios",
        operation_id: "getProjectScenarios",
        tag: "Plans",
        summary: "The scenarios of a project",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenarios",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::project_scenarios(call)),
    },
    Route {
        path: "/scenarios",
        operation_id: "getScenarios",
        tag: "Plans",
        summary: "The scenarios that the caller may see",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenarios",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::scenarios(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}",
        operation_id: "getScenario",
        tag: "Plans",
        summary: "A scenario: a variant of the city",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenario",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::scenario(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/operations",
        operation_id: "getOperations",
        tag: "Plans",
        summary: "What is done in a scenario",
        parameters: &[&PLAN_REVISION, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "operations",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::operations(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/revisions",
        operation_id: "getScenarioRevisions",
        tag: "Plans",
        summary: "The states of a scenario that stay as they are, newest first",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "scenarioRevisions",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::revisions(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/hidden",
        operation_id: "getHidden",
        tag: "Plans",
        summary: "Objects of the city that clients hide to show a scenario",
        parameters: &[&ONE_COLLECTION, &DATETIME, &PLAN_REVISION, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "hiddenObjects",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::hidden(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/3dtiles/tileset.json",
        operation_id: "getScenarioTileset",
        tag: "Plans",
        summary: "The city as a scenario makes it, as 3D Tiles 1.1",
        parameters: &[&MODE, &DATETIME, &PLAN_REVISION],
        open_query: false,
        produces: &[Media::Tiles3d],
        schema: "tileset",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::scenario_tileset(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/rebase",
        operation_id: "previewRebase",
        tag: "Plans",
        summary: "What putting a scenario onto the newest state of the city would meet",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "rebase",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::preview_rebase(call)),
    },
    Route {
        path: "/scenarios/{scenarioId}/shares",
        operation_id: "getShares",
        tag: "Plans",
        summary: "Whom a scenario is shared with",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "shares",
        failures: READ,
        classes: &[],
        handler: |call| Box::pin(plans::shares(call)),
    },
    written("/scenarios/{scenarioId}/operations/{seq}", "An operation of a scenario"),
    written("/scenarios/{scenarioId}/shares/{shareId}", "A share of a scenario"),
    written("/scenarios/{scenarioId}/copy", "Where a scenario is copied"),
    written("/scenarios/{scenarioId}/submit", "Where a scenario is handed in"),
    written("/scenarios/{scenarioId}/return", "Where a scenario becomes a draft again"),
    written("/scenarios/{scenarioId}/approve", "Where a scenario is approved"),
    written("/scenarios/{scenarioId}/publish", "Where a scenario is published"),
    written("/scenarios/{scenarioId}/withdraw", "Where a scenario is withdrawn"),
    written("/scenarios/{scenarioId}/archive", "Where a scenario is put away"),
    written("/scenarios/{scenarioId}/realize", "Where a scenario is noted as realized"),
];
