//! `GET …/items/{id}/versions`, and which version of a feature is meant by `revision` and `datetime`.

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::html::{self, Frame};
use crate::api::links::{link, segment};
use crate::api::negotiate::{Language, Media};
use crate::api::params::shortened;
use crate::api::plans;
use crate::api::table::{Table, TablePage, cell, linked};
use crate::api::time;
use stadtwin_model::{Collection, RawFeature, Span};
use stadtwin_store::FeatureVersion;

/// Versions on a page unless asked otherwise, and at the most.
const DEFAULT_LIMIT: i64 = 100;
const MOST: i64 = 10_000;

/// The version that is asked for, by the permanent name, else by one that a later file gave. 404 for what never was, 410
/// for what is no more.
pub async fn find(call: &Call, collection: &Collection) -> Result<RawFeature, ApiError> {
    let store = &call.state.store;
    let asked = call.segment("featureId");
    let pinned = call.query.integer("revision");
    if let Some(revision) = pinned.filter(|revision| *revision > collection.head) {
        return Err(ApiError::BadRequest(format!(
            "`revision` must be at most {}, the newest of this collection, not {revision}",
            collection.head
        )));
    }
    let revision = pinned.unwrap_or(collection.head);
    let then = call.query.get("datetime").map(time::parse).transpose()?;
    let permanent = permanent(call, collection, revision).await?;
    let id = permanent.as_deref().unwrap_or(asked);
    let version = match &then {
        None => Some(revision),
        Some(then) => store.version_at(collection, id, revision, pinned.is_some(), then).await?,
    };
    if let Some(version) = version
        && let Some(feature) = store.raw_feature(collection, version, id).await?
    {
        return Ok(feature);
    }
    Err(missing(call, collection, id, revision, then.is_some()).await?)
}

/// The permanent name where the asked one is another.
async fn permanent(call: &Call, collection: &Collection, revision: i64) -> Result<Option<String>, ApiError> {
    let (store, asked) = (&call.state.store, call.segment("featureId"));
    if !collection.has_lineage || store.raw_feature(collection, revision, asked).await?.is_some() {
        return Ok(None);
    }
    Ok(store.permanent_id(collection, asked).await?)
}

async fn missing(
    call: &Call,
    collection: &Collection,
    id: &str,
    revision: i64,
    by_time: bool,
) -> Result<ApiError, ApiError> {
    let store = &call.state.store;
    let name = shortened(call.segment("featureId"));
    let Some(begun) = store.feature_begun(collection, id).await? else {
        return Ok(ApiError::NotFound(format!("no feature `{name}` in collection `{}`", collection.id)));
    };
    if by_time {
        return Ok(ApiError::NotFound(format!("no state of feature `{name}` was valid then")));
    }
    let then = Collection { head: revision, ..collection.clone() };
    let Some(ended) = store.feature_ended(&then, id).await? else {
        return Ok(ApiError::NotFound(format!(
            "feature `{name}` came with revision {begun}, after revision {revision}"
        )));
    };
    let successors = store.lineage(collection, id).await?.successors;
    let told = match successors.as_slice() {
        [] => String::new(),
        names => format!("; in its place: {}", shortened(&names.join(", "))),
    };
    let detail = format!("feature `{name}` is no more since revision {ended}{told}");
    let versions = call.base.to(&path(collection, id));
    Ok(ApiError::explained(
        StatusCode::GONE,
        detail,
        json!({ "revision": ended, "successors": successors, "versions": versions }),
    ))
}

fn path(collection: &Collection, id: &str) -> String {
    format!("{}/items/{}/versions", collections::path(collection), segment(id))
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let plan = plans::shown(&call).await?;
    let collection = match &plan {
        // What came since is not what the scenario builds on.
        Some(shown) => {
            Arc::new(Collection { head: shown.chain.revision(&collection), ..Collection::clone(&collection) })
        }
        None => collection,
    };
    let store = &call.state.store;
    let asked = call.segment("featureId");
    let limit = call.query.integer("limit").unwrap_or(DEFAULT_LIMIT).clamp(1, MOST);
    let before = call.query.integer("after");
    let mut id = asked.to_owned();
    let mut versions = store.versions(&collection, &id, before, limit + 1).await?;
    if versions.is_empty()
        && let Some(permanent) = store.permanent_id(&collection, asked).await?
    {
        versions = store.versions(&collection, &permanent, before, limit + 1).await?;
        id = permanent;
    }
    let states = match &plan {
        Some(shown) => store.planned_states(&shown.chain, &collection, &id).await?,
        None => Vec::new(),
    };
    if versions.is_empty() && states.is_empty() && before.is_none() {
        let name = shortened(asked);
        return Err(ApiError::NotFound(format!("no feature `{name}` in collection `{}`", collection.id)));
    }
    let has_more = versions.len() as i64 > limit;
    versions.truncate(limit as usize);
    let next = versions.last().filter(|_| has_more).map(|last| {
        let query = call.query.with(&[("after", Some(&last.revision.to_string()))]);
        format!("{}{query}", call.path)
    });
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, page(&call, &collection, &id, &versions, next).render()?));
    }
    let mut links = call.own_links();
    if let Some(next) = next {
        links.push(link("next", &call.base.to(&next), Media::Json, "older versions"));
    }
    let item = call.base.to(&format!("{}/items/{}", collections::path(&collection), segment(&id)));
    links.push(link("item", &format!("{item}?f=json"), Media::GeoJson, "the feature as it is"));
    let lineage = store.lineage(&collection, &id).await?;
    let entries: Vec<_> = versions.iter().map(|version| describe(version, &item)).collect();
    let mut document = json!({
        "id": id,
        "links": links,
        "aliases": lineage.aliases,
        "predecessors": lineage.predecessors,
        "successors": lineage.successors,
        "versions": entries,
    });
    if let Some(scenario) = call.query.get("scenario") {
        let planned = |state: &PlannedState| describe_planned(state, scenario, &item);
        let states: Vec<Value> = states.iter().map(planned).collect();
        document["plan"] = json!({ "scenario": scenario, "states": states });
    }
    Ok(Answer::json(Media::Json, &document))
}

/// The key of what stands then, whether the city has the object, and when.
type PlannedState = (Option<i64>, bool, Span);

fn describe_planned((planned, is_stock, span): &PlannedState, scenario: &str, item: &str) -> Value {
    let becomes = match (planned, is_stock) {
        (None, _) => "gone",
        (Some(_), true) => "changed",
        (Some(_), false) => "added",
    };
    // A moment within: the begin, else just before the end.
    let within = span.from.or(span.to.map(|to| to - 1_000_000));
    let datetime = within.and_then(rfc3339).map(|then| format!("&datetime={then}")).unwrap_or_default();
    let href = format!("{item}?scenario={scenario}{datetime}&f=json");
    let links = match planned {
        Some(_) => vec![link("version", &href, Media::GeoJson, "the feature as it is planned")],
        None => Vec::new(),
    };
    json!({
        "becomes": becomes,
        "from": span.from.and_then(rfc3339),
        "to": span.to.and_then(rfc3339),
        "links": links,
    })
}

fn rfc3339(moment: i64) -> Option<String> {
    jiff::Timestamp::from_microsecond(moment).ok().map(|time| time.to_string())
}

fn describe(version: &FeatureVersion, item: &str) -> Value {
    let href = format!("{item}?revision={}&f=json", version.revision);
    json!({
        "revision": version.revision,
        "published": version.published,
        "until": version.until,
        "ended": version.ended,
        "validFrom": version.valid_from,
        "validTo": version.valid_to,
        "class": version.class,
        "links": [link("version", &href, Media::GeoJson, "the feature as it was")],
    })
}

fn page(
    call: &Call,
    collection: &Collection,
    id: &str,
    versions: &[FeatureVersion],
    next: Option<String>,
) -> TablePage {
    let german = call.language == Language::German;
    let word = |english: &'static str, other: &'static str| if german { other } else { english };
    let prefix = call.base.prefix();
    let path = format!("{prefix}{}", collections::path(collection));
    let item = format!("{path}/items/{}", segment(id));
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{path}?f=html")),
        (id.to_owned(), format!("{item}?f=html")),
    ];
    let date = |time: &Option<String>| cell(call.language.date(time.as_deref().unwrap_or_default()));
    let row = |version: &FeatureVersion| {
        let revision = version.revision.to_string();
        vec![
            linked(revision.clone(), format!("{item}?revision={revision}&f=html")),
            date(&version.published),
            cell(version.until.map(|until| until.to_string()).unwrap_or_default()),
            date(&version.ended),
            date(&version.valid_from),
            date(&version.valid_to),
        ]
    };
    let title = word("Versions", "Stände");
    TablePage {
        frame: Frame::of(call, &format!("{id} – {title}"), crumbs),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![Table {
            caption: title,
            columns: vec![
                word("Revision", "Fassung"),
                word("Published", "Veröffentlicht"),
                word("Until revision", "Bis Fassung"),
                word("Ended", "Beendet"),
                word("Valid from", "Gültig von"),
                word("Valid to", "Gültig bis"),
            ],
            rows: versions.iter().map(row).collect(),
        }],
        next_url: next.map(|next| format!("{prefix}{next}")).unwrap_or_default(),
    }
}
