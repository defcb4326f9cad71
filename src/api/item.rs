//! `GET /collections/{c}/items/{id}`: one feature.

use askama::Template;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::city;
use super::code_texts;
use super::collections;
use super::error::ApiError;
use super::feature_files;
use super::html::Frame;
use super::items::{crs_header, ground_state};
use super::links::{link, segment};
use super::map::{self, Map};
use super::negotiate::Media;
use super::object_links::Related;
use super::params::shortened;
use super::projection::compute;
use super::readable::{self, Row};
use super::reference;
use super::selection;
use super::table::Table;
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{Collection, Feature, Lineage};
use stadtwin_query::Queryables;

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_answer(&call, storage.as_ref())?;
    let selection = selection::of(&call, &Queryables::of(&collection))?;
    let mut feature = find(&call, &collection).await?;
    let texts = code_texts::state(&call).await?;
    let related = Related::of(&call, &collection, &feature).await?;
    let linked = related.to_json(&call).to_string();
    let lineage = call.state.store.lineage(&collection, &feature.id).await?;
    let relatives = format!("{lineage:?}");
    let state = [
        &feature.content_hash[..],
        &feature.revision.to_le_bytes(),
        collection.title.as_bytes(),
        texts.as_bytes(),
        linked.as_bytes(),
        relatives.as_bytes(),
        &ground_state(&collection),
    ];
    let tag = call.tag(&state);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let media = call.media;
    if media.has_whole_objects() {
        let keys = [(feature.key, 0)];
        let answer = city::write(&call, &collection, &keys, selection, storage.as_ref()).await?;
        return Ok(answer.tagged(tag));
    }
    if media.is_feature_file() {
        let linked = relations(&call, &collection, &feature, &lineage);
        let asked = feature_files::Asked { collection, selection, reference, storage };
        return Ok(feature_files::one(&call, asked, feature, linked).await?.tagged(tag));
    }
    code_texts::add(&call, std::slice::from_mut(&mut feature)).await?;
    let uri = reference.uri.clone();
    let body = compute(move || {
        if let Some(storage) = storage {
            reference.place(&storage, std::slice::from_mut(&mut feature))?;
        }
        if call.media == Media::Html {
            feature.lineage = Some(lineage);
            return html_page(&call, &collection, &feature, &selection, &related);
        }
        let mut links = call.own_links();
        let url = call.base.to(&collections::path(&collection));
        links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
        links.extend(relations(&call, &collection, &feature, &lineage));
        feature.lineage = Some(lineage);
        links.push(link("preview", &call.base.to(&viewer_path(&feature)), Media::Html, "the 3D view"));
        let mut out = Vec::with_capacity(4096);
        let mut members = vec![("links", Value::from(links))];
        if !related.is_empty() {
            members.push(("relatedTo", related.to_json(&call)));
        }
        geojson::write_selected(&mut out, &feature, &selection, &members)?;
        Ok(out)
    })
    .await?;
    Ok(crs_header(Answer::new(media, body), &uri).tagged(tag))
}

/// By the permanent name, else by one that a later file gave. 404 for what never was, 410 for what is no more.
async fn find(call: &Call, collection: &Collection) -> Result<Feature, ApiError> {
    let store = &call.state.store;
    let asked = call.segment("featureId");
    if let Some(feature) = store.feature(collection, collection.head, asked).await? {
        return Ok(feature);
    }
    let permanent = store.permanent_id(collection, asked).await?;
    if let Some(id) = &permanent
        && let Some(feature) = store.feature(collection, collection.head, id).await?
    {
        return Ok(feature);
    }
    let (id, name) = (permanent.as_deref().unwrap_or(asked), shortened(asked));
    Err(match store.feature_ended(collection, id).await? {
        Some(revision) => {
            let successors = store.lineage(collection, id).await?.successors;
            let told = match successors.as_slice() {
                [] => String::new(),
                names => format!("; in its place: {}", shortened(&names.join(", "))),
            };
            ApiError::Gone(format!("feature `{name}` is no more since revision {revision}{told}"))
        }
        None => ApiError::NotFound(format!("no feature `{name}` in collection `{}`", collection.id)),
    })
}

/// Where the feature, its predecessors and its successors are (relations of RFC 5829 and RFC 6596).
fn relations(call: &Call, collection: &Collection, feature: &Feature, lineage: &Lineage) -> Vec<Value> {
    let url =
        |id: &str| call.base.to(&format!("{}/items/{}?f=json", collections::path(collection), segment(id)));
    let mut links = Vec::new();
    if !lineage.aliases.is_empty() {
        links.push(link("canonical", &url(&feature.id), Media::GeoJson, "under its permanent name"));
    }
    for (rel, ids, title) in [
        ("predecessor-version", &lineage.predecessors, "what it came from"),
        ("successor-version", &lineage.successors, "what stands in its place"),
    ] {
        links.extend(ids.iter().map(|id| link(rel, &url(id), Media::GeoJson, title)));
    }
    links
}

/// The viewer with the feature picked.
fn viewer_path(feature: &Feature) -> String {
    format!("/viewer/#sel={}", segment(&feature.id))
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    frame: Frame,
    rows: Vec<Row>,
    related: Table,
    map: Option<Map>,
    viewer_url: String,
}

fn html_page(
    call: &Call,
    collection: &Collection,
    feature: &Feature,
    selection: &Selection,
    related: &Related,
) -> Result<Vec<u8>, ApiError> {
    let path = format!("{}{}", call.base.prefix(), collections::path(collection));
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{path}?f=html")),
        (call.language.texts().features.to_owned(), format!("{path}/items?f=html")),
    ];
    let properties =
        geojson::properties(feature).into_iter().filter(|(name, _)| selection.shows(name)).collect();
    let page = ItemPage {
        frame: Frame::of(call, &feature.id, crumbs),
        rows: readable::rows(&properties, call.language),
        related: related.to_table(call),
        map: if selection.skips_geometry {
            None
        } else {
            map::draw(std::slice::from_ref(feature), |_| String::new())
        },
        viewer_url: format!("{}{}", call.base.prefix(), viewer_path(feature)),
    };
    Ok(page.render()?.into_bytes())
}
