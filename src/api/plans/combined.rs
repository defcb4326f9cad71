//! `scenarios=a,b`: the city as several scenarios make it together, and where they are in each other's way.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::reader;
use super::overlay::{Shown, shown_named};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::{Kind, Parameter};
use stadtwin_model::Collection;
use stadtwin_query::{Overlay, Planned};

pub static COMBINED: Parameter = Parameter {
    name: "scenarios",
    component: "combinedScenarios",
    description: "The city as these scenarios make it together: two to five, separated by commas, as `scenario` names them. 409 where two of \
                  them do different things to one object, unless `onConflict=show`.",
    kind: Kind::Texts,
};
pub static ON_CONFLICT: Parameter = Parameter {
    name: "onConflict",
    component: "onConflict",
    description: "With `scenarios`: `refuse` answers conflicts with 409, `show` shows what each plans, and names the conflicts in GeoJSON.",
    kind: Kind::Choice(&["refuse", "show"]),
};

/// Scenarios that are shown together.
const MOST: usize = 5;
/// Conflicts that are told.
const MOST_TOLD: usize = 1_000;

/// What several scenarios make of a collection.
struct Combined {
    overlay: Overlay,
    conflicts: Vec<Value>,
}

/// The same as one overlay; 409 where they conflict, unless the client wants to see that.
pub async fn of(call: &Call, collection: &Collection, names: &str) -> Result<Arc<Overlay>, ApiError> {
    let combined = combine(call, collection, names).await?;
    if combined.conflicts.is_empty() || call.query.get("onConflict") == Some("show") {
        return Ok(Arc::new(combined.overlay));
    }
    let detail = format!(
        "the scenarios do different things to {} of the same objects: ask for fewer of them, or with `onConflict=show`",
        combined.conflicts.len()
    );
    let told: Vec<Value> = combined.conflicts.into_iter().take(MOST_TOLD).collect();
    Err(ApiError::explained(StatusCode::CONFLICT, detail, json!({ "conflicts": told })))
}

/// What the scenarios that are asked for do to the same objects, where the client wants to see that.
pub async fn conflicts(call: &Call, collection: &Collection) -> Result<Vec<Value>, ApiError> {
    match call.query.get("scenarios").filter(|_| call.query.get("onConflict") == Some("show")) {
        Some(names) => {
            Ok(combine(call, collection, names).await?.conflicts.into_iter().take(MOST_TOLD).collect())
        }
        None => Ok(Vec::new()),
    }
}

async fn combine(call: &Call, collection: &Collection, names: &str) -> Result<Combined, ApiError> {
    let shown = shown(call, names).await?;
    let mut overlays = Vec::with_capacity(shown.len());
    for (name, shown) in &shown {
        overlays.push((*name, shown.overlay(call, collection).await?));
    }
    let revision = overlays.iter().map(|(_, overlay)| overlay.revision).max().unwrap_or(collection.head);
    let mut touched: BTreeMap<&str, Vec<(&str, Option<i64>)>> = BTreeMap::new();
    for (name, overlay) in &overlays {
        for (uid, planned) in &overlay.touched {
            touched.entry(uid).or_default().push((name, *planned));
        }
    }
    let mut planned: Vec<Planned> =
        overlays.iter().flat_map(|(_, overlay)| overlay.planned.clone()).collect();
    planned.sort_unstable_by_key(|one| one.key);
    planned.dedup_by_key(|one| one.key);
    let uids: Vec<String> = touched.keys().map(|uid| (*uid).to_owned()).collect();
    let overlay = Overlay {
        name: overlays.iter().map(|(_, overlay)| format!("{}+", overlay.name)).collect(),
        revision,
        hidden: hidden(call, collection, revision, &overlays, &uids).await?,
        planned,
        places: overlays.iter().flat_map(|(_, overlay)| overlay.places.clone()).collect(),
        touched: touched
            .iter()
            .map(|(uid, by)| ((*uid).to_owned(), by.iter().find_map(|(_, planned)| *planned)))
            .collect(),
    };
    Ok(Combined { conflicts: conflicting(collection, &touched), overlay })
}

/// Each with its name, without those that another of them builds on.
async fn shown<'a>(call: &Call, names: &'a str) -> Result<Vec<(&'a str, Shown)>, ApiError> {
    if ["scenario", "revision"].iter().any(|other| call.query.get(other).is_some()) {
        return Err(ApiError::BadRequest("`scenarios` goes without `scenario` and `revision`".to_owned()));
    }
    let mut names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    if !(2..=MOST).contains(&names.len()) {
        return Err(ApiError::BadRequest(format!(
            "`scenarios` must name 2 to {MOST} different scenarios, separated by commas; one goes by `scenario`"
        )));
    }
    let caller = reader(call).await?;
    let mut all = Vec::with_capacity(names.len());
    for name in names {
        all.push((name, shown_named(call, caller.as_ref(), name).await?));
    }
    let links: Vec<_> = all.iter().map(|(_, shown)| shown.chain.links.clone()).collect();
    let mut at = 0;
    all.retain(|(_, shown)| {
        let own = shown.chain.links.last();
        let is_below = links.iter().enumerate().any(|(other, links)| {
            other != at && links.len() > shown.chain.links.len() && own.is_some_and(|own| links.contains(own))
        });
        at += 1;
        !is_below
    });
    Ok(all)
}

/// Keys at the revision of all that is touched: scenarios may be pinned to different ones.
async fn hidden(
    call: &Call,
    collection: &Collection,
    revision: i64,
    overlays: &[(&str, Arc<Overlay>)],
    uids: &[String],
) -> Result<Vec<i64>, ApiError> {
    let mut keys: Vec<i64> = match overlays.iter().all(|(_, overlay)| overlay.revision == revision) {
        true => overlays.iter().flat_map(|(_, overlay)| overlay.hidden.clone()).collect(),
        false => {
            let found = call.state.store.features_by_id(collection, revision, uids).await?;
            found.iter().map(|feature| feature.key).collect()
        }
    };
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Objects to which two do different things (C1). Who removes the same is of one mind.
fn conflicting(collection: &Collection, touched: &BTreeMap<&str, Vec<(&str, Option<i64>)>>) -> Vec<Value> {
    let differ = |by: &[(&str, Option<i64>)]| {
        by.iter().any(|(_, planned)| Some(planned) != by.first().map(|(_, first)| first))
    };
    touched
        .iter()
        .filter(|(_, by)| differ(by))
        .map(|(uid, by)| {
            let scenarios: Vec<&str> = by.iter().map(|(name, _)| *name).collect();
            json!({ "code": "C1", "collection": collection.id, "featureId": uid, "scenarios": scenarios })
        })
        .collect()
}
