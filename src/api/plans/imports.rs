//! `/scenarios/{s}/imports`: files that shall come into a draft. What each would do is shown first, and done by `commit`.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access;
use super::documents::scenario_path;
use super::import_body;
use super::import_preview::{document, shown};
use super::import_settings::{placing, settings, span_of};
use super::operation_body;
use super::operations::{self, check_version, draft, refusal};
use super::paging::Asked;
use super::projects::{nothing, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use stadtwin_access::Action;
use stadtwin_jobs::{EditTools, PlanCommit, PlanError, PlanImport, ReceiptKey, kept_report};
use stadtwin_model::Scenario;
use stadtwin_store::{MOST_WAITING_IMPORTS, NewScenarioImport, ScenarioImport};

/// Imports of a draft, oldest first.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let asked = Asked::of(&call);
    let found = call.state.store.scenario_imports(scenario.key, asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |import| i64::from(import.number));
    let entries: Vec<Value> = part.entries.iter().map(|import| document(&call, &scenario, import)).collect();
    Ok(private(Answer::json(Media::Json, &json!({ "links": part.links(&call), "imports": entries }))))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let import = named(&call, &scenario).await?;
    Ok(private(Answer::json(Media::Json, &document(&call, &scenario, &import))))
}

/// The objects as features, to be looked at on a map.
pub async fn items(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let import = named(&call, &scenario).await?;
    let asked = Asked::of(&call);
    let store = &call.state.store;
    let key = (scenario.key, import.number);
    let found = store.scenario_import_items(key, asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |(number, _)| *number);
    let features: Vec<&Value> = part.entries.iter().map(|(_, feature)| feature).collect();
    let document = json!({
        "type": "FeatureCollection",
        "links": part.links(&call),
        "numberMatched": import.preview.0["counts"]["objects"],
        "numberReturned": features.len(),
        "features": features,
    });
    Ok(private(Answer::json(Media::GeoJson, &document)))
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let missing = || {
        ApiError::BadRequest("`collection` is missing: the collection that the objects come into".to_owned())
    };
    let collection = call.query.get("collection").ok_or_else(missing)?.to_owned();
    let settings = settings(&call)?;
    let span = span_of(&call, &scenario, &settings).await?;
    let crs = operation_body::crs(&call).await?;
    let bytes = Arc::new(import_body::received(&call, body).await?);
    let (of_body, placing) = (bytes.clone(), placing(&settings));
    let (content, format) = compute(move || import_body::read(of_body, placing)).await?;
    let version = scenario.version;
    let import = PlanImport {
        scenario: scenario.clone(),
        collection: collection.clone(),
        content,
        crs,
        span,
        phase: settings["phase"].as_str().map(str::to_owned),
        comment: settings["comment"].as_str().map(str::to_owned),
        author: caller.subject.clone(),
    };
    let store = &call.state.store;
    let proposal = import.preview(store, &tools(&call)).await.map_err(refusal)?;
    let storage = store.storage_crs().await?.ok_or_else(|| refusal(PlanError::NoCrs))?;
    let state = if proposal.faults.is_empty() { "ready" } else { "faulty" };
    let (preview, items) = compute(move || shown(proposal, &storage)).await?;
    let new = NewScenarioImport {
        scenario: scenario.key,
        state,
        collection,
        format,
        content: Arc::unwrap_or_clone(bytes),
        settings,
        version,
        preview,
        made_by: caller.subject.clone(),
        items,
    };
    let Some(number) = store.add_scenario_import(&new).await? else {
        let detail =
            format!("{MOST_WAITING_IMPORTS} imports of the scenario wait already: commit or drop some");
        return Err(ApiError::refused(StatusCode::CONFLICT, detail));
    };
    let import = store.scenario_import(scenario.key, number).await?;
    let import = import.ok_or_else(|| ApiError::internal("an import that is not there"))?;
    let location = call.base.to(&path(&scenario, number));
    let answer = Answer::json(Media::Json, &document(&call, &scenario, &import));
    Ok(Answer { status: StatusCode::CREATED, ..answer.with(header::LOCATION, &location) }.uncached())
}

/// Does what the preview shows as one batch.
pub async fn commit(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let import = named(&call, &scenario).await?;
    let receipt = operations::key(&call.headers)?.map(|key| ReceiptKey {
        owner: caller.subject.clone(),
        key,
        request: *blake3::Hasher::new()
            .update(call.path.as_bytes())
            .update(format!(" {:?}", call.headers.get(header::IF_MATCH)).as_bytes())
            .finalize()
            .as_bytes(),
    });
    let store = &call.state.store;
    if let Some(own) = &receipt
        && let Some(report) = kept_report(store, scenario.key, own).await.map_err(refusal)?
    {
        return Ok(operations::answer(&report));
    }
    check_version(&call.headers, &scenario)?;
    let content = store.scenario_import_content(scenario.key, import.number).await?;
    let Some(content) = content.filter(|_| import.state != "committed") else { return Err(committed()) };
    let settings = &import.settings.0;
    let placing = placing(settings);
    let (content, _) = compute(move || import_body::read(Arc::new(content), placing)).await?;
    let commit = PlanCommit { number: import.number, receipt };
    let crs = match settings["contentCrs"].as_str() {
        Some(uri) => Some(operation_body::crs_named(&call, uri).await?),
        None => None,
    };
    let work = PlanImport {
        scenario: scenario.clone(),
        collection: import.collection.clone(),
        content,
        crs,
        span: span_of(&call, &scenario, settings).await?,
        phase: settings["phase"].as_str().map(str::to_owned),
        comment: settings["comment"].as_str().map(str::to_owned),
        author: caller.subject.clone(),
    };
    let report = work.commit(store, &tools(&call), commit).await.map_err(refusal)?;
    tracing::info!(
        scenario = scenario.id,
        version = report.version,
        operations = report.results.len(),
        "Imported into a scenario"
    );
    Ok(operations::answer(&report))
}

/// Drops one; what it has done stays.
pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let import = named(&call, &scenario).await?;
    match call.state.store.remove_scenario_import(scenario.key, import.number).await? {
        true => Ok(nothing()),
        false => Err(committed()),
    }
}

fn committed() -> ApiError {
    let detail =
        "the import is committed: its operations are undone like all others, by `undo` with `wholeBatch`";
    ApiError::refused(StatusCode::CONFLICT, detail.to_owned())
}

/// Imports are seen by those who edit.
async fn editable(call: &Call) -> Result<Scenario, ApiError> {
    let caller = access::reader(call).await?;
    Ok(access::scenario(call, caller.as_ref(), Action::EditDraft).await?.0)
}

async fn named(call: &Call, scenario: &Scenario) -> Result<ScenarioImport, ApiError> {
    let asked = call.segment("importId");
    let missing = || ApiError::NotFound(format!("the scenario has no import `{}`", shortened(asked)));
    let number = asked.parse().map_err(|_| missing())?;
    call.state.store.scenario_import(scenario.key, number).await?.ok_or_else(missing)
}

fn tools(call: &Call) -> EditTools {
    EditTools { heights: call.state.heights.clone(), kept: call.state.heights_kept.clone() }
}

pub fn path(scenario: &Scenario, number: i32) -> String {
    format!("{}/imports/{number}", scenario_path(&scenario.id))
}
