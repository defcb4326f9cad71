//! `POST /projects/{p}/scenarios/import`: a scenario from what a CityGML 3.0 file plans.

use axum::body::Body;
use axum::http::{StatusCode, header};

use super::access;
use super::body::{self, BODY_BYTES, taken, unusable};
use super::documents::scenario_path;
use super::operation_body;
use super::operations::refusal;
use super::scenarios::{answered, new_id};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::params::{Kind, Parameter, shortened};
use stadtwin_access::{Action, Visibility};
use stadtwin_jobs::{EditTools, PlanBatch, PlanFile, PlanFileError, PlannedFile};
use stadtwin_model::Scenario;
use stadtwin_store::NewScenario;

pub static IMPORTED_ID: Parameter = Parameter {
    name: "id",
    component: "importedId",
    description: "Id of the new scenario; without it the one that the file names, else a made one.",
    kind: Kind::Form("^[A-Za-z0-9_-]{1,60}$"),
};
pub static TRANSITION: Parameter = Parameter {
    name: "transition",
    component: "importedTransition",
    description: "gml:id of the planned transition, where the file has several.",
    kind: Kind::Text,
};
pub static IMPORT_COLLECTION: Parameter = Parameter {
    name: "collection",
    component: "importedCollection",
    description: "The collection of objects of which the file does not say it.",
    kind: Kind::Text,
};

const GML: [&str; 3] = ["application/gml+xml", "application/xml", "text/xml"];
/// Longest title [characters].
const LONGEST_TITLE: usize = 200;

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let project = access::project(&call, Some(&caller), Action::EditDraft).await?;
    let bytes = body::bytes_of(&call, body, BODY_BYTES, &GML).await?;
    let asked = call.query.get("id").map(str::to_owned);
    if let Some(id) = asked.as_deref().filter(|id| !body::is_id(id)) {
        let id = shortened(id);
        let detail = format!("`id` has 1 to 60 of a to z, A to Z, 0 to 9, `-` and `_`, and is not `{id}`");
        return Err(ApiError::BadRequest(detail));
    }
    if let Some(id) = &asked
        && call.state.store.scenario(id).await?.is_some()
    {
        return Err(ApiError::refused(StatusCode::CONFLICT, format!("there is a scenario `{id}` already")));
    }
    if let Some(id) = call.query.get("collection") {
        collections::by_id(&call, id).await?;
    }
    let file = PlanFile {
        bytes,
        crs: operation_body::crs(&call).await?,
        transition: call.query.get("transition").map(str::to_owned),
        collection: call.query.get("collection").map(str::to_owned),
    };
    let planned = file.read(&call.state.store).await.map_err(|error| match error {
        PlanFileError::Unusable(detail) => unusable(detail),
        PlanFileError::Other(cause) => ApiError::internal(cause),
    })?;
    // Who leaves meanwhile leaves no half of it behind.
    let made = tokio::spawn(async move { made(&call, &caller, project.key, asked, planned).await });
    made.await.map_err(ApiError::internal)?
}

/// All of the file or nothing.
async fn made(
    call: &Call,
    caller: &Caller,
    project: i64,
    asked: Option<String>,
    planned: PlannedFile,
) -> Result<Answer, ApiError> {
    let scenario = begun(call, caller, project, asked, &planned).await?;
    let batch = PlanBatch {
        scenario: scenario.clone(),
        operations: planned.operations,
        crs: None,
        author: caller.subject.clone(),
        receipt: None,
        is_tried: false,
        is_first: true,
        import: None,
    };
    let tools = EditTools { heights: call.state.heights.clone(), kept: call.state.heights_kept.clone() };
    if let Err(error) = batch.run(&call.state.store, &tools).await {
        call.state.store.forget_scenario(&scenario).await?;
        return Err(refusal(error));
    }
    let location = call.base.to(&scenario_path(&scenario.id));
    let answer = answered(call, &scenario.id).await?.with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

/// An empty draft under the name that the file gives it.
async fn begun(
    call: &Call,
    caller: &Caller,
    project: i64,
    asked: Option<String>,
    planned: &PlannedFile,
) -> Result<Scenario, ApiError> {
    let store = &call.state.store;
    let transition = &planned.transition;
    let named = transition.identifier.clone().filter(|id| body::is_id(id));
    let id = match asked.or(named) {
        Some(id) => id,
        None => new_id()?,
    };
    let titles = [&transition.name, &transition.reason];
    let title = titles.into_iter().flatten().find(|title| !title.trim().is_empty());
    let title: String = title.unwrap_or(&transition.id).chars().take(LONGEST_TITLE).collect();
    let new = NewScenario {
        id: id.clone(),
        project,
        parent: None,
        title,
        description: transition.description.clone().unwrap_or_default(),
        tags: Vec::new(),
        visibility: Visibility::Organization.to_string(),
        revisions: store.heads().await?.into_iter().map(|(key, head)| (key, head.revision)).collect(),
    };
    store.begin_scenario(&new, &caller.subject).await.map_err(|cause| taken(cause, "scenario", &id))?;
    store.scenario(&id).await?.ok_or_else(|| ApiError::internal("a scenario that is not there"))
}
