//! What was: versions of a feature, and what changed from revision to revision, as pages and as they happen.

mod changes;
mod changes_page;
mod feeds;
mod schemas;
mod stream;
mod touched;
mod versions;

pub use changes::show as changes;
pub use feeds::Feeds;
pub use schemas::schemas;
pub use versions::{find, list as versions};

use super::call::Call;
use super::collections;
use super::links::{Links, link, segment};
use super::negotiate::Media;
use super::params::{Kind, Parameter};
use stadtwin_model::Collection;

/// Features of a page of changes at the most.
const MOST_CHANGES: i64 = 10_000;
/// When the client does not say.
const DEFAULT_CHANGES: i64 = 1_000;

pub static SINCE: Parameter = Parameter {
    name: "since",
    component: "since",
    description: "The last revision that the client knows: what came behind it is told. 0 for everything.",
    kind: Kind::Integer { minimum: 0, maximum: None, default: Some(0) },
};
pub static CHANGES_LIMIT: Parameter = Parameter {
    name: "limit",
    component: "changesLimit",
    description: "The most features on a page of changes. More than the maximum means the maximum.",
    kind: Kind::Integer { minimum: 1, maximum: Some(MOST_CHANGES), default: Some(DEFAULT_CHANGES) },
};
pub static CHANGES_AFTER: Parameter = Parameter {
    name: "after",
    component: "changesAfter",
    description: "Only features behind this id in the first revision. Comes from a `next` link; do not make it up.",
    kind: Kind::Text,
};
pub static F_CHANGES: Parameter = Parameter {
    name: "f",
    component: "fChanges",
    description: "The representation: `json`, `html` for people, or `events` for what happens as it happens (server-sent events). Stands above \
                  the Accept header.",
    kind: Kind::Choice(&["json", "html", "events"]),
};
pub static ITEM_DATETIME: Parameter = Parameter {
    name: "datetime",
    component: "itemDatetime",
    description: "The newest state of the feature that was valid then: an RFC 3339 date-time or date, or an interval \
                  `start/end` where `..` or nothing leaves an end open.",
    kind: Kind::Text,
};

/// The part of a query that keeps an address of versions in the scenario that is asked for.
pub fn of_scenario(call: &Call) -> String {
    call.query.get("scenario").map(|name| format!("&scenario={}", segment(name))).unwrap_or_default()
}

/// Where the history of a collection is told, or of one of its features.
pub fn links(call: &Call, collection: &Collection, feature: Option<&str>) -> Links {
    let url = call.base.to(&collections::path(collection));
    let history = match feature {
        Some(id) => (
            format!("{url}/items/{}/versions?f=json{}", segment(id), of_scenario(call)),
            "the states that the feature has had",
        ),
        None => (format!("{url}/revisions?f=json"), "the states that the collection has had"),
    };
    let changes = (format!("{url}/changes?f=json"), "what changed from revision to revision");
    [("version-history", history), ("changes", changes)]
        .map(|(rel, (url, title))| link(rel, &url, Media::Json, title))
        .to_vec()
}
