//! Features as JSON-FG, FlatGeobuf and GeoParquet, page by page and alone, and one feature as a 3D model.

use std::sync::Arc;

use axum::http::HeaderName;
use axum::http::header::LINK;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::city;
use super::code_texts;
use super::collections;
use super::error::ApiError;
use super::items;
use super::links::{Links, link};
use super::negotiate::Media;
use super::projection::compute;
use super::reference::Reference;
use super::time;
use stadtwin_crs::CRS84;
use stadtwin_formats::Selection;
use stadtwin_formats::jsonfg::{PlaceFrame, write_head};
use stadtwin_jobs::{JsonFgFeatures, JsonFgStyle, TableForm, TableStyle, feature_table, jsonfg_features};
use stadtwin_model::{Collection, Crs, Feature};
use stadtwin_query::FeatureQuery;
use stadtwin_tiles::TileObject;

/// How one feature was asked for.
pub struct Asked {
    pub collection: Arc<Collection>,
    pub selection: Selection,
    pub reference: Reference,
    pub storage: Option<Crs>,
}

/// A page of features.
pub async fn page(
    call: &Call,
    query: &FeatureQuery,
    selection: Selection,
    reference: &Reference,
    storage: Option<Crs>,
) -> Result<Answer, ApiError> {
    let store = &call.state.store;
    let collection = &query.collection;
    if call.media.is_feature_table() {
        let (mut page, matched) = tokio::try_join!(store.features(query), store.matched(query))?;
        code_texts::add(call, &mut page.items).await?;
        let returned = page.items.len();
        let answer = table(call, collection, selection, reference, storage, page.items).await?;
        let next = page.next.map(|next| items::next_link(call, query, next));
        return Ok(items::told_in_headers(answer, matched, returned, next.as_deref()));
    }
    let (mut page, keys, matched) =
        tokio::try_join!(store.features(query), store.feature_keys(query), store.matched(query))?;
    let keys = if selection.skips_geometry { keys } else { city::bounded(keys) };
    page.items.truncate(keys.items.len());
    page.next = keys.next;
    code_texts::add(call, &mut page.items).await?;
    let returned = page.items.len();
    let style = style(call, selection, reference, storage);
    let written = written(call, collection, page.items, &keys.items, style.clone()).await?;
    let mut links = items::links(call, query, page.next);
    links.extend(profile_links(&style));
    let mut out = br#"{"type":"FeatureCollection","#.to_vec();
    head(call, collection, &mut out, true, &style, &written)?;
    out.extend_from_slice(b"\"timeStamp\":");
    serde_json::to_writer(&mut out, &time::now())?;
    let counts = format!(",{},\"numberReturned\":{returned},\"links\":", items::matched_member(matched));
    out.extend_from_slice(counts.as_bytes());
    serde_json::to_writer(&mut out, &links)?;
    out.extend_from_slice(b",\"features\":[");
    for (index, members) in written.members.iter().enumerate() {
        out.extend_from_slice(if index > 0 { b",{\"type\":\"Feature\"," } else { b"{\"type\":\"Feature\"," });
        out.extend_from_slice(members);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Ok(jsonfg_answer(&style, out))
}

/// One feature, with links to its relatives.
pub async fn one(
    call: &Call,
    asked: Asked,
    mut feature: Feature,
    relations: Vec<Value>,
) -> Result<Answer, ApiError> {
    let Asked { collection, selection, reference, storage } = asked;
    if call.media == Media::Glb {
        return model(call, collection, selection, storage, feature).await;
    }
    code_texts::add(call, std::slice::from_mut(&mut feature)).await?;
    if call.media.is_feature_table() {
        return table(call, &collection, selection, &reference, storage, vec![feature]).await;
    }
    let keys = [(feature.key, 0)];
    let style = style(call, selection, &reference, storage);
    let written = written(call, &collection, vec![feature], &keys, style.clone()).await?;
    let mut links = call.own_links();
    let url = call.base.to(&collections::path(&collection));
    links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
    links.extend(relations);
    links.extend(profile_links(&style));
    let mut out = br#"{"type":"Feature","#.to_vec();
    head(call, &collection, &mut out, false, &style, &written)?;
    out.extend(written.members.iter().flatten());
    out.extend_from_slice(b",\"links\":");
    serde_json::to_writer(&mut out, &links)?;
    out.push(b'}');
    Ok(jsonfg_answer(&style, out))
}

/// An empty store has no CRS, and nothing to say in another.
fn style(call: &Call, selection: Selection, reference: &Reference, storage: Option<Crs>) -> JsonFgStyle {
    let asked = call.query.get("crs").map(|_| reference.crs);
    let mut style = JsonFgStyle::new(&storage.unwrap_or(CRS84), asked, selection);
    style.heights = Some(call.state.heights.clone());
    if let ([name], Some(_)) = (style.frame.uris.as_mut_slice(), asked) {
        name.clone_from(&reference.uri);
    }
    style.keeps_geometry = call.query.get("profile") != Some("jsonfg");
    style
}

async fn written(
    call: &Call,
    collection: &Collection,
    features: Vec<Feature>,
    keys: &[(i64, i32)],
    style: JsonFgStyle,
) -> Result<JsonFgFeatures, ApiError> {
    // Whole objects, as in `city`.
    let _permit = call.state.encoders.acquire().await.map_err(ApiError::internal)?;
    let written = jsonfg_features(&call.state.store, collection, features, keys, style).await;
    written.map_err(ApiError::internal)
}

fn head(
    call: &Call,
    collection: &Collection,
    out: &mut Vec<u8>,
    is_collection: bool,
    style: &JsonFgStyle,
    written: &JsonFgFeatures,
) -> Result<(), ApiError> {
    let schema = format!("{}/schema", call.base.to(&collections::path(collection)));
    let frame = (!style.selection.skips_geometry).then_some(&style.frame);
    write_head(out, is_collection, frame, &written.used, Some(&schema))?;
    Ok(())
}

/// What the document is, in the words of the standard: with both geometries it is of either profile.
fn profiles(style: &JsonFgStyle) -> &'static [&'static str] {
    match style.keeps_geometry {
        true => &[
            "http://www.opengis.net/def/profile/OGC/0/jsonfg",
            "http://www.opengis.net/def/profile/OGC/0/jsonfg-plus",
        ],
        false => &["http://www.opengis.net/def/profile/OGC/0/jsonfg"],
    }
}

fn profile_links(style: &JsonFgStyle) -> Links {
    let links = profiles(style).iter();
    links
        .map(|uri| serde_json::json!({ "rel": "profile", "href": uri, "title": "the profile of GeoJSON" }))
        .collect()
}

fn jsonfg_answer(style: &JsonFgStyle, body: Vec<u8>) -> Answer {
    let links: Vec<_> = profiles(style).iter().map(|uri| format!("<{uri}>; rel=\"profile\"")).collect();
    let answer = Answer::new(Media::JsonFg, body).with(LINK, &links.join(", "));
    match style.selection.skips_geometry {
        true => answer,
        false => in_crs(answer, &style.frame.uri()),
    }
}

fn in_crs(answer: Answer, uri: &str) -> Answer {
    answer.with(HeaderName::from_static("content-crs"), &format!("<{uri}>"))
}

/// Outlines in the CRS asked for, east first.
async fn table(
    call: &Call,
    collection: &Collection,
    selection: Selection,
    reference: &Reference,
    storage: Option<Crs>,
    mut features: Vec<Feature>,
) -> Result<Answer, ApiError> {
    let form = match call.media {
        Media::FlatGeobuf => TableForm::FlatGeobuf,
        _ => TableForm::GeoParquet,
    };
    let style = TableStyle::new(&call.state.store, form, collection, &selection, &reference.crs).await;
    let (style, reference) = (style.map_err(ApiError::internal)?, reference.clone());
    let uri = reference.uri.clone();
    let body = compute(move || {
        if let Some(storage) = &storage {
            reference.place(storage, &mut features)?;
        }
        feature_table(&style, &features).map_err(ApiError::internal)
    })
    .await?;
    Ok(in_crs(Answer::new(call.media, body), &uri))
}

/// One feature with all its parts near its own origin.
async fn model(
    call: &Call,
    collection: Arc<Collection>,
    selection: Selection,
    storage: Option<Crs>,
    feature: Feature,
) -> Result<Answer, ApiError> {
    if selection.skips_geometry {
        return Err(ApiError::BadRequest(
            "`skipGeometry` does not go with a 3D model, which is all geometry: leave it out, or ask for another `f`"
                .to_owned(),
        ));
    }
    let state = &call.state;
    let permit = state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let objects = state.store.objects(&collection, &[feature.key]).await?;
    let frame = storage.map(|crs| PlaceFrame::of(&crs));
    let crs = frame.as_ref().map(|frame| frame.uris.clone()).unwrap_or_default();
    let id = feature.id.clone();
    let body = compute(move || {
        let _permit = permit;
        let Some((_, mut object, footprint, heights_m)) = objects.into_iter().next() else { return Ok(None) };
        selection.reduce(&mut object);
        let mut columns = collection.properties.clone();
        columns.retain(|column| selection.shows(&stadtwin_formats::geojson::property_name(&column.name)));
        let object = TileObject { object, footprint, heights_m };
        Ok(stadtwin_tiles::model(&[object], &columns, &crs, 0.0)?)
    })
    .await?;
    let body = body.ok_or_else(|| {
        ApiError::NotAcceptable(format!(
            "feature `{id}` has no surfaces to show as a 3D model; `f=json` shows it"
        ))
    })?;
    let answer = Answer::new(Media::Glb, body.glb);
    Ok(match frame {
        Some(frame) => in_crs(answer, &frame.uri()),
        None => answer,
    })
}
