//! The catalogue itself: a collection whose items are records.

use serde_json::{Value, json};

use super::document::{CATALOGUE_PROFILE, contacts};
use super::{CATALOGUE, ITEMS, pages, services};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections::{self, CRS84_URI, rounded_outwards};
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::landing;
use crate::api::links::{link, self_and_alternates};
use crate::api::negotiate::Media;
use stadtwin_model::Collection;

const DOCUMENT: &[Media] = &[Media::Catalogue, Media::Json, Media::Html];

/// `GET /collections/twin.records`
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collections = collections::published(&call).await?;
    if html::wanted(&call) {
        return pages::catalogue(&call, &collections);
    }
    Ok(Answer::json(call.media, &describe(&call, &collections, call.media)))
}

/// The same in the list of collections; `media` is what the document is sent as.
pub fn describe(call: &Call, collections: &[Collection], media: Media) -> Value {
    let url = call.base.to(&format!("/collections/{CATALOGUE}"));
    let items = call.base.to(ITEMS);
    let mut links = self_and_alternates(&url, DOCUMENT, media, |format| format!("?f={format}"));
    links.push(link("items", &items, Media::GeoJson, "the records as GeoJSON"));
    links.push(link("items", &format!("{items}?f=html"), Media::Html, "the records as HTML"));
    links.push(
        json!({ "rel": "profile", "href": CATALOGUE_PROFILE, "title": "OGC API – Records, catalogue" }),
    );
    let mut document = json!({
        "id": CATALOGUE,
        "type": "Collection",
        "title": "Catalogue",
        "description": "what this server holds and offers: collections, terrains and services",
        "itemType": "record",
        "crs": [CRS84_URI],
        "keywords": services::SERVICES.iter().map(|service| service.title).collect::<Vec<_>>(),
        "contacts": contacts(call),
        "links": links,
    });
    if let Some(extent) = landing::extent(collections) {
        document["extent"] = json!({ "spatial": { "bbox": [rounded_outwards(extent)], "crs": CRS84_URI } });
    }
    if let Some(updated) = collections.iter().filter_map(|collection| collection.updated.as_ref()).max() {
        document["updated"] = updated.as_str().into();
    }
    document
}
