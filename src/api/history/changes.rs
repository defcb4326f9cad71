//! `GET /collections/{c}/changes`: what changed, revision by revision, a bounded number of features on a page.

use serde_json::{Value, json};

use super::touched::{Touched, touched};
use super::{DEFAULT_CHANGES, MOST_CHANGES, changes_page, stream};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::state::AppState;
use stadtwin_model::Collection;
use stadtwin_store::{ChangedRevision, FeatureChange};

/// Revisions on a page at the most.
const MOST_REVISIONS: i64 = 1_000;
/// 3D tiles of a revision that are told one by one.
const MOST_CONTENTS: i64 = 1_000;

/// Where a page begins: behind a revision, and behind an id in the one after it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor {
    pub since: i64,
    pub after: Option<String>,
}

/// Some revisions, and where to go on; `None`: nothing has happened since.
pub struct Page {
    pub revisions: Vec<Value>,
    pub next: Option<Cursor>,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    if call.media == Media::EventStream {
        return stream::show(call, collection.as_ref().clone()).await;
    }
    let since = call.query.integer("since").unwrap_or(0);
    if since > collection.head {
        return Err(ApiError::BadRequest(format!(
            "`since` must be at most {}, the newest revision of this collection, not {since}",
            collection.head
        )));
    }
    let cursor = Cursor { since, after: call.query.get("after").map(str::to_owned) };
    let usual = if html::wanted(&call) { changes_page::SHOWN } else { DEFAULT_CHANGES };
    let limit = call.query.integer("limit").unwrap_or(usual).clamp(1, MOST_CHANGES);
    let page = page(&call.state, &collection, &cursor, limit, MOST_REVISIONS).await?;
    let next = page.next.as_ref().map(|next| {
        let since = next.since.to_string();
        let query = call.query.with(&[("since", Some(&since)), ("after", next.after.as_deref())]);
        format!("{}{query}", call.path)
    });
    if html::wanted(&call) {
        return changes_page::write(&call, &collection, &page.revisions, next.as_deref());
    }
    let mut links = call.own_links();
    if let Some(next) = next {
        links.push(link("next", &call.base.to(&next), Media::Json, "what came then"));
    }
    let url = call.base.to(&collections::path(&collection));
    links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
    Ok(Answer::json(
        Media::Json,
        &json!({
            "collection": collection.id,
            "head": collection.head,
            "since": since,
            "revisions": page.revisions,
            "links": links,
        }),
    ))
}

/// At most `limit` features of at most so many revisions.
pub async fn page(
    state: &AppState,
    collection: &Collection,
    cursor: &Cursor,
    limit: i64,
    most_revisions: i64,
) -> Result<Page, ApiError> {
    let store = &state.store;
    let found = store.changed_revisions(collection, cursor.since, most_revisions + 1).await?;
    let (mut revisions, mut left) = (Vec::new(), limit);
    let mut at = cursor.clone();
    for revision in &found {
        if left == 0 || revisions.len() as i64 >= most_revisions {
            return Ok(Page { revisions, next: Some(at) });
        }
        let mut changes =
            store.changes_at(collection, revision.revision, at.after.as_deref(), left + 1).await?;
        let is_complete = changes.len() as i64 <= left;
        changes.truncate(left as usize);
        left -= changes.len() as i64;
        revisions.push(describe(state, collection, revision, &changes, is_complete).await?);
        if !is_complete {
            at.after = changes.last().map(|change| change.id.clone());
            return Ok(Page { revisions, next: Some(at) });
        }
        at = Cursor { since: revision.revision, after: None };
    }
    Ok(Page { revisions, next: None })
}

async fn describe(
    state: &AppState,
    collection: &Collection,
    revision: &ChangedRevision,
    changes: &[FeatureChange],
    is_complete: bool,
) -> Result<Value, ApiError> {
    let ids = |begins: bool, ends: bool| -> Vec<&str> {
        let of = changes.iter().filter(|change| (change.begins, change.ends) == (begins, ends));
        of.map(|change| change.id.as_str()).collect()
    };
    let Touched { bbox, tiles } = touched(state, changes).await?;
    let contents = match bbox {
        Some(bbox) => contents(state, collection, changes, bbox).await?,
        None => Some(Vec::new()),
    };
    let cause = match (revision.is_edit, revision.restores) {
        (true, _) => "edit",
        (_, Some(_)) => "rollback",
        _ => "import",
    };
    Ok(json!({
        "revision": revision.revision,
        "published": revision.published,
        "cause": cause,
        "restores": revision.restores,
        "inserted": ids(true, false),
        "updated": ids(true, true),
        "deleted": ids(false, true),
        "isComplete": is_complete,
        "bbox": bbox,
        "tiles": { "tileMatrixSet": "WebMercatorQuad", "keys": tiles },
        "contents": contents,
    }))
}

/// Names of 3D tiles; `None`: too many.
async fn contents(
    state: &AppState,
    collection: &Collection,
    changes: &[FeatureChange],
    bbox: [f64; 4],
) -> Result<Option<Vec<String>>, ApiError> {
    let begun: Vec<i64> = changes.iter().filter_map(|change| change.key).collect();
    let ended: Vec<i64> = changes.iter().filter_map(|change| change.ended_key).collect();
    let hashes = state.store.tiles_of(collection, &begun, &ended, bbox, MOST_CONTENTS + 1).await?;
    let is_told = hashes.len() as i64 <= MOST_CONTENTS;
    Ok(is_told.then(|| hashes.into_iter().map(|hash| format!("{hash}.glb")).collect()))
}
