//! OGC API – Records: a catalogue of what the twin holds and offers, as a collection of records beside the features.
//!
//! Its id has a dot, which no collection of features can have: the two never clash.

mod catalogue;
mod document;
mod pages;
mod record;
mod schemas;
mod select;
mod services;

pub use catalogue::{describe, show as catalogue};
pub use schemas::schemas;

use std::collections::HashMap;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections::CRS84_URI;
use super::error::ApiError;
use super::html;
use super::items::crs_header;
use super::links::link;
use super::negotiate::Media;
use super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use document::{CATALOGUE_PROFILE, RECORD_PROFILE};
use record::{Record, Subject};
use select::Selection;

/// Id of the catalogue among the collections.
pub const CATALOGUE: &str = "twin.records";
/// Path of its records, without the base.
pub const ITEMS: &str = "/collections/twin.records/items";

/// `GET /collections/twin.records/items`
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let selection = Selection::of(&call)?;
    let mut found: Vec<_> = record::all(&call).await?;
    found.retain(|record| selection.takes(record));
    let matched = found.len();
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.get("after").unwrap_or_default();
    let mut page: Vec<_> = found.into_iter().filter(|record| record.id.as_str() > after).collect();
    let limit = usize::try_from(limit).unwrap_or(1);
    let next = (page.len() > limit).then(|| page.get(limit - 1).map(|record| record.id.clone())).flatten();
    page.truncate(limit);
    let next = next.map(|id| {
        let query = call.query.with(&[("after", Some(&id)), ("f", Some(call.media.format()))]);
        format!("{}{query}", call.path)
    });
    if html::wanted(&call) {
        return pages::list(&call, &page, matched, next.as_deref());
    }
    let created = created(&call, &page).await?;
    let features: Vec<_> = page
        .iter()
        .map(|record| {
            document::record(&call, record, created.get(&record.id).map(String::as_str), Vec::new())
        })
        .collect();
    let mut links = call.own_links();
    if let Some(next) = &next {
        links.push(link("next", &call.base.to(next), Media::GeoJson, "the next page"));
    }
    let catalogue = call.base.to(&format!("/collections/{CATALOGUE}"));
    links.push(link("collection", &catalogue, Media::Catalogue, "the catalogue"));
    links.push(
        json!({ "rel": "profile", "href": CATALOGUE_PROFILE, "title": "OGC API – Records, catalogue" }),
    );
    let document = json!({
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": features.len(),
        "links": links,
        "features": features,
    });
    Ok(crs_header(Answer::json(Media::GeoJson, &document), CRS84_URI))
}

/// `GET /collections/twin.records/items/{recordId}`
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let id = call.segment("recordId");
    let found = record::all(&call).await?.into_iter().find(|record| record.id == id);
    let record = found.ok_or_else(|| ApiError::NotFound(format!("no record `{}`", shortened(id))))?;
    let created = created(&call, std::slice::from_ref(&record)).await?.remove(&record.id);
    if html::wanted(&call) {
        return pages::show(&call, &record, created.as_deref());
    }
    let mut links = call.own_links();
    links.push(json!({ "rel": "profile", "href": RECORD_PROFILE, "title": "OGC API – Records, record" }));
    let document = document::record(&call, &record, created.as_deref(), links);
    Ok(crs_header(Answer::json(Media::GeoJson, &document), CRS84_URI))
}

/// When each record came to be: with the first published revision of its collection.
async fn created(call: &Call, records: &[Record]) -> Result<HashMap<String, String>, ApiError> {
    let mut found = HashMap::new();
    for record in records {
        let Subject::Collection(collection) = &record.subject else { continue };
        let revisions = call.state.store.revisions(collection).await?;
        if let Some(first) = revisions.into_iter().rev().find_map(|revision| revision.published) {
            found.insert(record.id.clone(), first);
        }
    }
    Ok(found)
}

/// Links that lead to the catalogue from elsewhere: to its records, and to what they are.
pub fn links(call: &Call) -> [Value; 2] {
    const REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog";
    let title = "the catalogue of what this server holds and offers";
    [
        link(REL, &call.base.to(ITEMS), Media::GeoJson, title),
        link("related", &call.base.to(&format!("/collections/{CATALOGUE}")), Media::Catalogue, title),
    ]
}
