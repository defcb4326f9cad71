//! An object below a feature as an item of its own, and the links to what lies below an item.

use serde_json::Value;

use super::expand::feature_of;
use super::holder::{Holder, below};
use super::pages;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::code_texts;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::items::crs_header;
use crate::api::links::{Links, link, segment, self_and_alternates};
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use crate::api::{reference, selection};
use stadtwin_formats::geojson;
use stadtwin_model::{Collection, Feature};
use stadtwin_query::Queryables;

/// What answers come as.
pub(super) const FORMS: &[Media] = &[Media::GeoJson, Media::Html];

/// The object below a feature that the path names; `None` when there is none. Whole objects come with their feature.
pub async fn answer(call: &Call, collection: &Collection) -> Result<Option<Answer>, ApiError> {
    match below(call, collection, call.segment("featureId")).await? {
        Some(holder) => show(call, collection, holder).await.map(Some),
        None => Ok(None),
    }
}

async fn show(call: &Call, collection: &Collection, holder: Holder) -> Result<Answer, ApiError> {
    if call.media.has_whole_objects() {
        return Err(ApiError::NotAcceptable(format!(
            "`{}` is a part of `{}`; whole objects come with that: {}",
            shortened(&holder.asked),
            shortened(&holder.whole.id),
            call.base.to(&format!("{}?f={}", item_path(collection, &holder.whole.id), call.media.format()))
        )));
    }
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_answer(call, storage.as_ref())?;
    let selection = selection::of(call, &Queryables::of_parts(collection))?;
    let (object, parent) = holder.object();
    let parent = parent.unwrap_or_default().to_owned();
    let mut feature = part_feature(feature_of(object, holder.revision), &parent, &holder.whole.id);
    code_texts::add(call, std::slice::from_mut(&mut feature)).await?;
    let (call, collection, uri) = (call.clone(), collection.clone(), reference.uri.clone());
    let media = call.media;
    let body = compute(move || {
        if let Some(storage) = &storage {
            reference.place(storage, std::slice::from_mut(&mut feature))?;
        }
        if call.media == Media::Html {
            return pages::child(&call, &collection, &feature, &selection);
        }
        let mut all = own_links(&call);
        all.push(link(
            "up",
            &json_url(&call, &collection, &parent, ""),
            Media::GeoJson,
            "what it is a part of",
        ));
        all.extend(links(&call, &collection, &feature));
        all.push(collection_link(&call, &collection));
        let mut out = Vec::with_capacity(4096);
        geojson::write_selected(&mut out, &feature, &selection, &[("links", Value::from(all))])?;
        Ok(out)
    })
    .await?;
    Ok(crs_header(Answer::new(media, body), &uri))
}

/// With its parent and its top-level object among its attributes.
pub(super) fn part_feature(mut feature: Feature, parent: &str, whole: &str) -> Feature {
    for (name, id) in [("feature", whole), ("parent", parent)] {
        if let Some(other) = feature.attributes.insert(name.to_owned(), id.into()) {
            feature.attributes.insert(format!("gen_{name}"), other);
        }
    }
    feature
}

/// Without the base.
pub(super) fn item_path(collection: &Collection, id: &str) -> String {
    format!("{}/items/{}", collections::path(collection), segment(id))
}

pub(super) fn json_url(call: &Call, collection: &Collection, id: &str, rest: &str) -> String {
    call.base.to(&format!("{}{rest}?f=json{}", item_path(collection, id), in_scenario(call)))
}

/// The part of a query that keeps an address in the scenario that is asked for.
pub(super) fn in_scenario(call: &Call) -> String {
    let Some(scenario) = call.query.get("scenario") else { return String::new() };
    let datetime = call.query.get("datetime").map(|then| format!("&datetime={}", segment(then)));
    format!("&scenario={}{}", segment(scenario), datetime.unwrap_or_default())
}

pub(super) fn collection_link(call: &Call, collection: &Collection) -> Value {
    let url = call.base.to(&collections::path(collection));
    link("collection", &format!("{url}?f=json"), Media::Json, &collection.title)
}

/// Of an answer as GeoJSON or as a page, whatever else the route can.
pub(super) fn own_links(call: &Call) -> Links {
    let query = |format: &str| call.query.with(&[("f", Some(format))]);
    self_and_alternates(&call.base.to(&call.path), FORMS, call.media, query)
}

/// To what lies below an item, where it has any.
pub fn links(call: &Call, collection: &Collection, feature: &Feature) -> Links {
    let url = |rest: &str| json_url(call, collection, &feature.id, rest);
    let mut links = Links::new();
    if !feature.children.is_empty() {
        links.push(link("related", &url("/children"), Media::GeoJson, "its parts, rooms and installations"));
    }
    if !feature.lods.is_empty() {
        links.push(link("related", &url("/surfaces"), Media::GeoJson, "the surfaces that bound it"));
    }
    links
}

/// The same as `(name, address)` of pages.
pub fn pages_below(call: &Call, collection: &Collection, feature: &Feature) -> Vec<(&'static str, String)> {
    let words = super::words::words(call.language);
    let path = format!("{}{}", call.base.prefix(), item_path(collection, &feature.id));
    let mut pages = Vec::new();
    if !feature.children.is_empty() {
        pages.push((words.parts, format!("{path}/children?f=html{}", in_scenario(call))));
    }
    if !feature.lods.is_empty() {
        pages.push((words.surfaces, format!("{path}/surfaces?f=html{}", in_scenario(call))));
    }
    pages
}
