//! `GET /collections/{c}:{class}`: what the collection of one class is.

use serde_json::{Value, json};

use super::pages;
use super::view::View;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections::{self, QUERYABLES_REL, SCHEMA_REL, SORTABLES_REL};
use crate::api::error::ApiError;
use crate::api::links::{link, self_and_alternates};
use crate::api::names;
use crate::api::negotiate::Media;
use crate::api::reference;
use stadtwin_crs::crs_uri;
use stadtwin_model::{Collection, Crs, VerticalCrs};

pub async fn describe(call: &Call, view: &View) -> Result<Answer, ApiError> {
    if call.media == Media::Html {
        return Ok(Answer::new(Media::Html, pages::class(call, view)?));
    }
    let storage = call.state.store.storage_crs().await?;
    let url = call.base.to(&view.path());
    let mut links =
        self_and_alternates(&url, &[Media::Json, Media::Html], Media::Json, |format| format!("?f={format}"));
    links.push(link("items", &format!("{url}/items"), Media::GeoJson, "the items as GeoJSON"));
    links.push(link("items", &format!("{url}/items?f=html"), Media::Html, "the items as HTML"));
    for (rel, name, title) in [
        (QUERYABLES_REL, "queryables", "what filters may name"),
        (SORTABLES_REL, "sortables", "what items can be sorted by"),
        (SCHEMA_REL, "schema", "what properties items have"),
    ] {
        links.push(link(rel, &format!("{url}/{name}"), Media::Schema, title));
    }
    let of = call.base.to(&format!("{}?f=json", collections::path(&view.collection)));
    links.push(link("up", &of, Media::Json, &view.collection.title));
    let mut crs = match view.of_surfaces() {
        true => reference::offered_in_space(storage.as_ref(), &call.state.heights),
        false => Vec::new(),
    };
    crs.extend(reference::offered(storage.as_ref()));
    let mut document = json!({
        "id": view.id(),
        "title": title(call, view),
        "description": description(view),
        "itemType": "feature",
        "crs": crs,
        "links": links,
    });
    if let Some(bbox) = view.collection.extent {
        document["extent"] = json!({ "spatial": { "bbox": [bbox], "crs": collections::CRS84_URI } });
    }
    if let Some(storage) = storage {
        let vertical = if view.of_surfaces() { storage.vertical } else { VerticalCrs::Unknown };
        document["storageCrs"] = crs_uri(&Crs { vertical, ..storage }).into();
    }
    Ok(Answer::json(Media::Json, &document))
}

/// `Buildings: roof`.
pub(super) fn title(call: &Call, view: &View) -> String {
    format!("{}: {}", view.collection.title, names::class(view.class.name(), call.language))
}

fn description(view: &View) -> String {
    let (class, of) = (view.class.name(), &view.collection.id);
    match view.of_surfaces() {
        true => {
            format!("Each {class} of the features of `{of}`, at the highest level of detail of its object.")
        }
        false => format!("Each {class} below the features of `{of}`."),
    }
}

/// Where a collection's classes are found (RFC 6570).
pub fn template(call: &Call, collection: &Collection) -> Value {
    let url = call.base.to(&collections::path(collection));
    json!([{
        "rel": "related",
        "type": Media::Json.name(),
        "uriTemplate": format!("{url}:{{class}}"),
        "title": "the parts or surfaces of one class, such as BuildingPart or RoofSurface",
    }])
}
