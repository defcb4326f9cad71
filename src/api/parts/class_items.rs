//! `GET /collections/{c}:{class}/items`: the surfaces or the parts of one class in a whole collection.

use serde_json::{Value, json};

use super::child::{self, in_scenario, item_path, json_url, links, own_links};
use super::children::write_features;
use super::expand::{Surface, surfaces};
use super::gather::{Found, Gathered, parts_of_class, surfaces_of_class};
use super::holder;
use super::pages;
use super::surface_json::{feature, place};
use super::view::View;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::items::{crs_header, feature_query};
use crate::api::links::{link, segment};
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use crate::api::{code_texts, plans, reference, time};
use stadtwin_formats::Selection;
use stadtwin_model::Feature;
use stadtwin_query::FeatureQuery;

/// Between the id of a feature and that of a surface.
const MARK: char = '~';

pub async fn list(call: Call, view: View) -> Result<Answer, ApiError> {
    refuse_others(&call)?;
    let storage = call.state.store.storage_crs().await?;
    let reference = match view.of_surfaces() {
        true => reference::of_surfaces(&call, storage.as_ref())?,
        false => reference::of_answer(&call, storage.as_ref())?,
    };
    let mut query = feature_query(&call, &view.queryables(), view.collection.clone(), storage).await?;
    if let Some(filter) = &mut query.filter {
        let fits = match view.of_surfaces() {
            true => filter.needs_no_store(),
            false => filter.shapes_mut().is_empty(),
        };
        if !fits {
            return Err(ApiError::BadRequest(
                "`filter` is wrong: parts and surfaces are compared by their numbers and texts; `bbox` says where"
                    .to_owned(),
            ));
        }
    }
    let is_nowhere = query.region.as_ref().is_some_and(|region| region.rings.is_empty());
    let (media, uri) = (call.media, reference.uri.clone());
    let body = if view.of_surfaces() {
        let mut page = match is_nowhere {
            true => Gathered { items: Vec::new(), next: None },
            false => surfaces_of_class(&call, &view, &query).await?,
        };
        compute(move || {
            if let Some(storage) = &storage {
                let (ids, mut all): (Vec<_>, Vec<_>) = page.items.into_iter().unzip();
                place(&reference, storage, &call.state.heights, &mut all)?;
                page.items = ids.into_iter().zip(all).collect();
            }
            write_surfaces(&call, &view, &query, &page)
        })
        .await?
    } else {
        let mut page = match is_nowhere {
            true => Gathered { items: Vec::new(), next: None },
            false => parts_of_class(&call, &view, &query).await?,
        };
        let matched = match query.region {
            Some(_) => None,
            None => Some(call.state.store.part_count(&query, view.class.name()).await?),
        };
        code_texts::add(&call, &mut page.items).await?;
        compute(move || {
            if let Some(storage) = &storage {
                reference.place(storage, &mut page.items)?;
            }
            write_parts(&call, &view, &query, &page, matched)
        })
        .await?
    };
    Ok(crs_header(Answer::new(media, body), &uri))
}

/// What only features know.
fn refuse_others(call: &Call) -> Result<(), ApiError> {
    if !child::FORMS.contains(&call.media) {
        return Err(ApiError::NotAcceptable(
            "parts and surfaces come as GeoJSON (`f=json`) or as a page (`f=html`)".to_owned(),
        ));
    }
    let is_plan = call.query.get("scenario").is_some();
    let others = ["sortby", "properties", "datetime"].into_iter().take(if is_plan { 2 } else { 3 });
    match others.into_iter().find(|name| call.query.get(name).is_some()) {
        Some(name) => Err(ApiError::BadRequest(format!(
            "`{name}` goes with features, not with parts and surfaces; here are limit, bbox, bbox-crs, crs, filter, \
             filter-lang, filter-crs, skipGeometry, revision, scenario (and `datetime` with it), after, f, lang"
        ))),
        None => Ok(()),
    }
}

fn next_path(call: &Call, query: &FeatureQuery, next: i64) -> String {
    let (next, revision) = (next.to_string(), query.revision.to_string());
    let revision = Some(revision.as_str()).filter(|_| query.overlay.is_none());
    let changes = [("after", Some(next.as_str())), ("revision", revision), ("f", Some(call.media.format()))];
    format!("{}{}", call.path, call.query.with(&changes))
}

/// How many match is told only where it is known without reading them all.
fn head(call: &Call, view: &View, query: &FeatureQuery, returned: usize, next: Option<i64>) -> Value {
    let mut all = own_links(call);
    if let Some(next) = next {
        all.push(link("next", &call.base.to(&next_path(call, query, next)), call.media, "the next page"));
    }
    let url = call.base.to(&view.path());
    all.push(link("collection", &format!("{url}?f=json"), Media::Json, &view.id()));
    json!({ "type": "FeatureCollection", "timeStamp": time::now(), "numberReturned": returned, "links": all })
}

fn surface_id(feature: &str, surface: &Surface) -> String {
    format!("{feature}{MARK}{}", surface.id)
}

fn skips_geometry(call: &Call) -> bool {
    call.query.get("skipGeometry") == Some("true")
}

fn write_surfaces(
    call: &Call,
    view: &View,
    query: &FeatureQuery,
    page: &Gathered<Found>,
) -> Result<Vec<u8>, ApiError> {
    let next = page.next.map(|next| next_path(call, query, next));
    if call.media == Media::Html {
        return pages::class_surfaces(call, view, &page.items, next);
    }
    let mut document = head(call, view, query, page.items.len(), page.next);
    let one =
        |(id, surface): &Found| feature(surface, &surface_id(id, surface), id, &[], !skips_geometry(call));
    document["features"] = page.items.iter().map(one).collect();
    Ok(document.to_string().into_bytes())
}

fn write_parts(
    call: &Call,
    view: &View,
    query: &FeatureQuery,
    page: &Gathered<Feature>,
    matched: Option<i64>,
) -> Result<Vec<u8>, ApiError> {
    if call.media == Media::Html {
        let next = page.next.map(|next| next_path(call, query, next));
        return pages::class_parts(call, view, &page.items, next);
    }
    let mut document = head(call, view, query, page.items.len(), page.next);
    if let Some(matched) = matched {
        document["numberMatched"] = matched.into();
    }
    let selection = Selection { properties: None, skips_geometry: skips_geometry(call) };
    write_features(document, &page.items, &selection, |part| {
        let own = format!("{}/items/{}?f=json{}", view.path(), segment(&part.id), in_scenario(call));
        let mut own = vec![link("self", &call.base.to(&own), Media::GeoJson, "this object")];
        own.extend(links(call, &view.collection, part));
        own
    })
}

/// `GET /collections/{c}:{class}/items/{id}`.
pub async fn item(call: &Call, view: View) -> Result<Answer, ApiError> {
    if !child::FORMS.contains(&call.media) {
        refuse_others(call)?;
    }
    let asked = call.segment("featureId");
    let none = || ApiError::NotFound(format!("no `{}` in collection `{}`", shortened(asked), view.id()));
    if !view.of_surfaces() {
        let found = holder::below(call, &view.collection, asked).await?.ok_or_else(none)?;
        if found.object().0.class != view.class {
            return Err(none());
        }
        return child::answer(call, &view.collection).await?.ok_or_else(none);
    }
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_surfaces(call, storage.as_ref())?;
    let (of, id) = asked.split_once(MARK).ok_or_else(none)?;
    let collection = &view.collection;
    let key = match plans::overlay(call, collection).await? {
        None => call.state.store.feature(collection, collection.head, of).await?.map(|feature| feature.key),
        Some(overlay) => match overlay.touched.get(of) {
            Some(planned) => *planned,
            None => {
                let stock = call.state.store.feature(collection, overlay.revision, of).await?;
                stock.map(|feature| feature.key)
            }
        },
    };
    let objects = call.state.store.objects(collection, &[key.ok_or_else(none)?]).await?;
    let all = objects.first().map(|(_, object, ..)| surfaces(object, None, None)).unwrap_or_default();
    let found = all.into_iter().find(|surface| surface.id == id && surface.class == view.class);
    let mut found = vec![found.ok_or_else(none)?];
    if let Some(storage) = &storage {
        place(&reference, storage, &call.state.heights, &mut found)?;
    }
    let surface = found.first().ok_or_else(none)?;
    if call.media == Media::Html {
        let row = (of.to_owned(), surface.clone());
        let page = pages::class_surfaces(call, &view, std::slice::from_ref(&row), None)?;
        return Ok(Answer::new(Media::Html, page));
    }
    let mut document = feature(surface, asked, of, &[], !skips_geometry(call));
    let mut all = own_links(call);
    all.push(link("up", &json_url(call, collection, of, ""), Media::GeoJson, "the object that it bounds"));
    let siblings =
        call.base.to(&format!("{}/surfaces?f=json{}", item_path(collection, of), in_scenario(call)));
    all.push(link("related", &siblings, Media::GeoJson, "all surfaces of the object"));
    let url = call.base.to(&view.path());
    all.push(link("collection", &format!("{url}?f=json"), Media::Json, &view.id()));
    document["links"] = all.into();
    Ok(crs_header(Answer::json(Media::GeoJson, &document), &reference.uri))
}
