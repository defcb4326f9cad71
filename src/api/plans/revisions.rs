//! `GET /scenarios/{s}/revisions`: states that stay as they are.

use serde_json::json;

use super::access::{self, Sight, reader};
use super::documents;
use super::pages;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::negotiate::Media;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let (scenario, project, sight) = access::seen(&call, caller.as_ref(), call.segment("scenarioId")).await?;
    let revisions = call.state.store.scenario_revisions(&scenario).await?;
    let seen: Vec<_> =
        revisions.iter().filter(|revision| sight == Sight::Draft || revision.is_public).collect();
    if html::wanted(&call) {
        return pages::revisions(&call, (&scenario, &project), &seen);
    }
    let entries: Vec<_> = seen
        .into_iter()
        .map(|revision| {
            let mut entry = documents::revision(&call, &scenario, revision);
            if sight == Sight::Published {
                entry["madeBy"] = serde_json::Value::Null;
            }
            entry
        })
        .collect();
    let document = json!({ "links": call.own_links(), "revisions": entries });
    Ok(private(Answer::json(Media::Json, &document)))
}
