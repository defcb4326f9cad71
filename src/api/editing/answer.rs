//! What an edit answers, and how what keeps one from being done is told.

use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Value, json};

use super::conditions::Asked;
use super::desk::Undone;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::item;
use crate::api::links::segment;
use crate::api::negotiate::Media;
use crate::api::params::Query;
use crate::api::routes;
use stadtwin_jobs::{EditAction, EditError, EditReport, EditResult, Fault, FaultKind, Mistyped};
use stadtwin_model::Collection;

/// Faults that are told.
const MOST_TOLD: usize = 100;
/// When an import may have ended [s].
const RETRY_AFTER_S: u32 = 10;
const ITEM: &str = "/collections/{collectionId}/items/{featureId}";

/// Of new features: 201, with `Location` where it is one.
pub async fn of_creation(
    call: &Call,
    collection: &Collection,
    report: &EditReport,
    asked: &Asked,
) -> Result<Answer, ApiError> {
    let answer = match report.results.as_slice() {
        [only] => with_state(call, collection, report, only, asked).await?,
        _ => Answer::json(Media::Json, &document(call, collection, report)),
    };
    let created = report.results.iter().any(|result| result.action == EditAction::Inserted);
    Ok(Answer { status: if created { StatusCode::CREATED } else { StatusCode::OK }, ..answer }.uncached())
}

/// Of a document of operations.
pub fn of_batch(call: &Call, collection: &Collection, report: &EditReport) -> Result<Answer, ApiError> {
    Ok(Answer::json(Media::Json, &document(call, collection, report)).uncached())
}

/// Of one feature that was replaced or changed.
pub async fn of_one(
    call: &Call,
    collection: &Collection,
    report: &EditReport,
    asked: &Asked,
) -> Result<Answer, ApiError> {
    let only = report.results.first().ok_or_else(|| ApiError::internal("an edit without result"))?;
    let answer = with_state(call, collection, report, only, asked).await?;
    let created = only.action == EditAction::Inserted;
    Ok(Answer { status: if created { StatusCode::CREATED } else { StatusCode::OK }, ..answer }.uncached())
}

fn document(call: &Call, collection: &Collection, report: &EditReport) -> Value {
    let mut document = json!(report);
    for result in document["results"].as_array_mut().into_iter().flatten() {
        if result["action"] != "deleted"
            && let Some(id) = result["id"].as_str()
        {
            result["href"] = call.base.to(&path(collection, id)).into();
        }
    }
    document
}

fn path(collection: &Collection, id: &str) -> String {
    format!("{}/items/{}", collections::path(collection), segment(id))
}

/// With the ETag of the feature as it is now; the feature itself where it was asked for.
async fn with_state(
    call: &Call,
    collection: &Collection,
    report: &EditReport,
    result: &EditResult,
    asked: &Asked,
) -> Result<Answer, ApiError> {
    let path = path(collection, &result.id);
    let location = call.base.to(&path);
    let shown = show(call, &path, &result.id).await;
    let mut answer = match &shown {
        Ok(_) if asked.shows_feature => {
            let answer = shown?;
            let applied = HeaderName::from_static("preference-applied");
            answer.with(applied, "return=representation").with(header::CONTENT_LOCATION, &location)
        }
        // Somebody may have ended it meanwhile.
        shown => Answer {
            etag: shown.as_ref().ok().and_then(|shown| shown.etag.clone()),
            ..Answer::json(Media::Json, &document(call, collection, report))
        },
    };
    // Another edit may have come in between: the tag of that would hide it.
    let is_of_this = |tag: &str| {
        let revision = tag.trim_start_matches('"').split('.').next().and_then(|text| text.parse().ok());
        revision.is_some() && revision == result.revision
    };
    answer.etag = answer.etag.filter(|tag| is_of_this(tag));
    if result.action == EditAction::Inserted {
        answer = answer.with(header::LOCATION, &location);
    }
    Ok(answer)
}

/// As `GET` answers.
async fn show(call: &Call, path: &str, id: &str) -> Result<Answer, ApiError> {
    let route = routes::all().find(|route| route.path == ITEM);
    let route = route.ok_or_else(|| ApiError::internal("there is no route of features"))?;
    let collection = call.segment("collectionId").to_owned();
    let crs = call
        .query
        .get("crs")
        .map(|crs| form_urlencoded::Serializer::new(String::new()).append_pair("crs", crs).finish());
    let mut headers = call.headers.clone();
    headers.remove(header::IF_NONE_MATCH);
    item::show(Call {
        route,
        path: path.to_owned(),
        segments: vec![("collectionId".to_owned(), collection), ("featureId".to_owned(), id.to_owned())],
        query: Query::parse(&crs.unwrap_or_default(), route.parameters, false)?,
        media: Media::GeoJson,
        headers,
        ..call.clone()
    })
    .await
}

/// `is_single`: the request is about one feature, so that its status is the answer's.
pub fn refusal(call: &Call, undone: Undone, is_single: bool) -> ApiError {
    let error = match undone {
        Undone::Api(error) => return error,
        Undone::Edit(error) => error,
    };
    match error {
        EditError::Faults(faults) => of_faults(&faults, is_single),
        EditError::Busy(detail) => {
            let imports =
                call.base.to(&format!("/collections/{}/imports", segment(call.segment("collectionId"))));
            let detail = format!("{detail}: wait until it has ended ({imports} tells), then send this again");
            ApiError::later(StatusCode::CONFLICT, detail, RETRY_AFTER_S)
        }
        EditError::NoCrs => ApiError::refused(StatusCode::CONFLICT, error.to_string()),
        EditError::KeyReused => ApiError::refused(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()),
        EditError::Store(cause) => cause.into(),
        EditError::Other(cause) => ApiError::internal(cause),
    }
}

fn of_faults(faults: &[Fault], is_single: bool) -> ApiError {
    let statuses: Vec<StatusCode> = faults.iter().map(|fault| status(&fault.kind)).collect();
    let alike = statuses.first().filter(|first| is_single || statuses.iter().all(|other| other == *first));
    let status = alike.copied().unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
    let errors: Vec<Value> = faults.iter().take(MOST_TOLD).map(describe).collect();
    let mut members = json!({});
    if let (true, [only]) = (is_single, faults) {
        members = particulars(&only.kind);
    }
    if !is_single {
        members["errors"] = errors.into();
    }
    ApiError::explained(status, Fault::told(faults), members)
}

fn status(kind: &FaultKind) -> StatusCode {
    match kind {
        FaultKind::Missing => StatusCode::NOT_FOUND,
        FaultKind::Gone { .. } => StatusCode::GONE,
        FaultKind::Changed => StatusCode::PRECONDITION_FAILED,
        FaultKind::Unconditional => StatusCode::PRECONDITION_REQUIRED,
        FaultKind::Taken => StatusCode::CONFLICT,
        FaultKind::Unusable | FaultKind::Mistyped(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn describe(fault: &Fault) -> Value {
    let mut described = json!({
        "index": fault.index,
        "id": fault.id,
        "status": status(&fault.kind).as_u16(),
        "detail": fault.detail,
    });
    if let (Some(all), Value::Object(own)) = (described.as_object_mut(), particulars(&fault.kind)) {
        all.extend(own);
    }
    described
}

/// What programs may want to know of a fault.
fn particulars(kind: &FaultKind) -> Value {
    match kind {
        FaultKind::Gone { revision, successors } => {
            json!({ "revision": revision, "successors": successors })
        }
        FaultKind::Mistyped(Mistyped { property, expected, given, .. }) => {
            let escaped = property.replace('~', "~0").replace('/', "~1");
            let pointer = format!("/properties/{escaped}");
            json!({ "property": property, "pointer": pointer, "expected": expected, "given": given })
        }
        _ => json!({}),
    }
}
