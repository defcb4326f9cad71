//! `/scenarios/{s}/rebase`: a draft put onto the newest state of what it builds on; looked at first by GET.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access;
use super::body;
use super::operations::{check_version, draft, refusal};
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use stadtwin_access::Action;
use stadtwin_jobs::{Rebase, rebase};

pub async fn preview(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (scenario, _) = access::scenario(&call, caller.as_ref(), Action::ReadDraft).await?;
    let found = rebase(&call.state.store, &scenario, "", false, false).await.map_err(refusal)?;
    Ok(private(Answer::json(Media::Json, &document(&call, &found)?)))
}

pub async fn write(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    check_version(&call.headers, &scenario)?;
    let has_body = call.headers.contains_key(axum::http::header::CONTENT_TYPE);
    let forced = match has_body {
        true => body::object(&call, body, &["force"]).await?.0.get("force") == Some(&Value::Bool(true)),
        false => false,
    };
    let found = rebase(&call.state.store, &scenario, &caller.subject, true, forced).await;
    let found = found.map_err(refusal)?;
    match found.version {
        Some(version) => {
            let answer = Answer::json(Media::Json, &document(&call, &found)?);
            Ok(answer.tagged(format!("\"{version}.\"")).uncached())
        }
        None => {
            let detail = "objects conflict with the newer state: look at them, undo the operations on them, or say `\"force\": true`";
            let members = json!({ "objects": found.objects });
            Err(ApiError::explained(StatusCode::CONFLICT, detail.to_owned(), members))
        }
    }
}

fn document(call: &Call, found: &Rebase) -> Result<Value, ApiError> {
    let mut document = serde_json::to_value(found)?;
    document["links"] = call.own_links().into();
    Ok(document)
}
