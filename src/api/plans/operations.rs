//! `/scenarios/{s}/operations`: what is done in a scenario, in batches.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use super::access::{self, Sight, reader};
use super::body::{self, BODY_BYTES};
use super::documents;
use super::operation_body;
use super::overlay::version_of;
use super::pages;
use super::paging::Asked;
use super::projects::{changed, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::compute;
use stadtwin_access::Action;
use stadtwin_jobs::{
    BatchReport, EditTools, PlanAct, PlanBatch, PlanError, PlanFault, PlanOperation, ReceiptKey,
};
use stadtwin_model::{EditState, Project, Scenario, Span};

pub static DRY_RUN: Parameter = Parameter {
    name: "dryRun",
    component: "planDryRun",
    description: "With `true` all is checked and told, and nothing is done.",
    kind: Kind::Choice(&["true", "false"]),
};
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Of keys [characters].
const LONGEST_KEY: usize = 200;
/// Faults that are told.
const MOST_TOLD: usize = 100;

/// The operations that hold in a state of the scenario, its parents' not among them.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let (scenario, project, sight) = access::seen(&call, caller.as_ref(), call.segment("scenarioId")).await?;
    let asked = call.query.integer("revision").map(|number| i32::try_from(number).unwrap_or(i32::MAX));
    let version = version_of(&call.state, &scenario, sight, asked).await?;
    let store = &call.state.store;
    let names: HashMap<i32, String> =
        store.collections().await?.into_iter().map(|collection| (collection.key, collection.id)).collect();
    let asked = Asked::of(&call);
    let found = store.own_operations((scenario.key, version), asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |operation| operation.seq);
    let name = |key: i32| names.get(&key).cloned().unwrap_or_default();
    if html::wanted(&call) {
        return pages::operations(&call, (&scenario, &project), &part, name);
    }
    let entries: Vec<Value> = part
        .entries
        .iter()
        .map(|operation| {
            let mut entry = documents::operation(operation, &name(operation.collection));
            if sight == Sight::Published {
                // Who worked on it is nobody else's business.
                entry["author"] = Value::Null;
            }
            entry
        })
        .collect();
    let document = json!({ "links": part.links(&call), "version": version, "operations": entries });
    Ok(private(Answer::json(Media::Json, &document)))
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let bytes = body::bytes(&call, body, BODY_BYTES).await?;
    let is_tried = call.query.get("dryRun") == Some("true");
    let key = key(&call.headers)?.filter(|_| !is_tried);
    let crs = operation_body::crs(&call).await?;
    let receipt = key.map(|key| ReceiptKey {
        owner: caller.subject.clone(),
        key,
        request: *blake3::Hasher::new()
            .update(call.path.as_bytes())
            .update(format!(" {crs:?} {:?} ", call.headers.get(header::IF_MATCH)).as_bytes())
            .update(&bytes)
            .finalize()
            .as_bytes(),
    });
    // A request that comes again finds its answer, whatever version there is now.
    let is_repeated = match &receipt {
        Some(own) => {
            let store = &call.state.store;
            store.scenario_receipt(scenario.key, &own.owner, &own.key).await?.is_some()
        }
        None => false,
    };
    if !is_repeated {
        check_version(&call.headers, &scenario)?;
    }
    let phases = call.state.store.phases((scenario.key, scenario.version)).await?;
    let operations = compute(move || operation_body::read(&bytes, &phases)).await?;
    let author = caller.subject.clone();
    run(
        &call,
        PlanBatch { scenario, operations, crs, author, receipt, is_tried, import: None, is_first: false },
    )
    .await
}

/// `DELETE /scenarios/{s}/operations/{seq}`: takes one back.
pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    check_version(&call.headers, &scenario)?;
    let asked = call.segment("seq");
    let missing = || ApiError::NotFound(format!("the scenario has no operation `{}`", shortened(asked)));
    let seq = asked.parse().map_err(|_| missing())?;
    let undo = PlanOperation {
        collection: String::new(),
        act: PlanAct::Undo { seq, whole_batch: false },
        span: Span::ALWAYS,
        phase: None,
        comment: None,
        body: Value::Null,
    };
    let batch = PlanBatch {
        scenario,
        operations: vec![undo],
        crs: None,
        author: caller.subject.clone(),
        receipt: None,
        is_tried: false,
        is_first: false,
        import: None,
    };
    run(&call, batch).await
}

async fn run(call: &Call, batch: PlanBatch) -> Result<Answer, ApiError> {
    let tools = EditTools { heights: call.state.heights.clone(), kept: call.state.heights_kept.clone() };
    let (id, is_tried) = (batch.scenario.id.clone(), batch.is_tried);
    let report = batch.run(&call.state.store, &tools).await.map_err(refusal)?;
    if is_tried {
        return Ok(answer(&report));
    }
    tracing::info!(
        scenario = id,
        version = report.version,
        operations = report.results.len(),
        "Changed a scenario"
    );
    Ok(answer(&report))
}

pub(super) fn answer(report: &BatchReport) -> Answer {
    let document = json!({
        "version": report.version,
        "results": report.results,
        "findings": report.issues,
        "findingCount": report.issue_count,
    });
    Answer::json(Media::Json, &document).tagged(format!("\"{}.\"", report.version)).uncached()
}

/// The scenario in the path as a draft that the caller may change.
pub(super) async fn draft(call: &Call, caller: &Caller) -> Result<(Scenario, Project), ApiError> {
    let (scenario, project) = access::scenario(call, Some(caller), Action::EditDraft).await?;
    if scenario.state != EditState::Draft {
        return Err(ApiError::refused(
            StatusCode::CONFLICT,
            format!(
                "the scenario is {} and no draft: `POST …/return` makes it one again",
                scenario.state.name()
            ),
        ));
    }
    Ok((scenario, project))
}

/// 428 without `If-Match`, 412 where it names another version.
pub(super) fn check_version(headers: &HeaderMap, scenario: &Scenario) -> Result<(), ApiError> {
    let values: Vec<&str> =
        headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() {
        return Err(ApiError::refused(
            StatusCode::PRECONDITION_REQUIRED,
            "`If-Match` is missing: send the ETag of the scenario as it was read, so that nobody's change is lost".to_owned(),
        ));
    }
    check_tags(&values, scenario.version)
}

/// 412 where `If-Match` is sent and names another version.
pub(super) fn check_sent_version(headers: &HeaderMap, version: i64) -> Result<(), ApiError> {
    let values: Vec<&str> =
        headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok()).collect();
    if values.is_empty() { Ok(()) } else { check_tags(&values, version) }
}

fn check_tags(values: &[&str], now: i64) -> Result<(), ApiError> {
    let version = |tag: &str| tag.strip_prefix('"')?.split(['.', '"']).next()?.parse::<i64>().ok();
    let mut tags = values.iter().flat_map(|value| value.split(',')).map(str::trim);
    match tags.any(|tag| tag == "*" || version(tag) == Some(now)) {
        true => Ok(()),
        false => Err(ApiError::refused(
            StatusCode::PRECONDITION_FAILED,
            format!("its version is {now} now, not the one in `If-Match`: read it again"),
        )),
    }
}

pub(super) fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value.to_str().unwrap_or_default().trim().trim_matches('"');
    if key.is_empty() || key.len() > LONGEST_KEY || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ApiError::BadRequest(format!(
            "`Idempotency-Key` must have 1 to {LONGEST_KEY} visible characters"
        )));
    }
    Ok(Some(key.to_owned()))
}

/// A fault, with what was measured.
pub(super) fn told(fault: &PlanFault) -> Value {
    let mut told =
        json!({ "index": fault.index, "id": fault.id, "rule": fault.kind.rule(), "detail": fault.detail });
    if let Some(measured) = fault.measured {
        told["value"] = measured.rounded().value.into();
        told["unit"] = json!(measured.unit);
    }
    told
}

/// Why a batch was refused, with every fault by its place.
pub(super) fn refusal(error: PlanError) -> ApiError {
    let detail = error.to_string();
    match error {
        PlanError::Faults(faults) => {
            use stadtwin_jobs::PlanFaultKind::*;
            let status = match faults.first().map(|fault| fault.kind) {
                Some(Twice | Taken) => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let errors: Vec<Value> = faults.iter().take(MOST_TOLD).map(told).collect();
            ApiError::explained(status, detail, json!({ "errors": errors }))
        }
        PlanError::Changed => changed(),
        PlanError::TooMany(_) => ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail),
        PlanError::NoCrs | PlanError::Phases(_) => ApiError::refused(StatusCode::CONFLICT, detail),
        PlanError::KeyReused => ApiError::refused(StatusCode::UNPROCESSABLE_ENTITY, detail),
        PlanError::Store(cause) => cause.into(),
        PlanError::Other(cause) => ApiError::internal(cause),
    }
}
