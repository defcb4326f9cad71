//! `GET /collections/{c}/items/{id}`: one feature.

use std::sync::Arc;

use axum::http::header::CONTENT_SECURITY_POLICY;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::city;
use super::code_texts;
use super::collections;
use super::error::ApiError;
use super::feature_files;
use super::history;
use super::item_page;
use super::items::{crs_header, ground_state};
use super::links::{link, segment};
use super::memory;
use super::negotiate::Media;
use super::object_links::Related;
use super::params::shortened;
use super::parts;
use super::plans;
use super::reference::{self, Reference};
use super::selection;
use stadtwin_crs::CRS84;
use stadtwin_formats::RawWriter;
use stadtwin_model::{Collection, Crs, Feature, Lineage, RawFeature};
use stadtwin_query::{Overlay, Queryables};

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if let Some(view) = parts::view(&call).await? {
        return parts::class_item(&call, view).await;
    }
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_answer(&call, storage.as_ref())?;
    let selection = selection::of(&call, &Queryables::of(&collection))?;
    let found = find(&call, &collection).await;
    if matches!(found, Err(ApiError::NotFound(_)))
        && let Some(answer) = parts::answer(&call, &collection).await?
    {
        return Ok(answer);
    }
    let raw = found?;
    let texts = code_texts::state(&call).await?;
    let related = Related::of(&call, &collection, &raw.feature).await?;
    let linked = related.to_json(&call).to_string();
    let lineage = call.state.store.lineage(&collection, &raw.feature.id).await?;
    let relatives = format!("{lineage:?}");
    let state = [
        &raw.feature.content_hash[..],
        &raw.feature.revision.to_le_bytes(),
        collection.title.as_bytes(),
        texts.as_bytes(),
        linked.as_bytes(),
        relatives.as_bytes(),
        &ground_state(&collection),
    ];
    // Begins with the state that `If-Match` means, whatever the representation is.
    let tag = format!("\"{}.{}", raw.feature.revision, call.tag(&state).trim_start_matches('"'));
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    if call.media.has_whole_objects() {
        let keys = [(raw.feature.key, 0)];
        let answer = city::write(&call, &collection, &keys, selection, storage.as_ref()).await?;
        return Ok(answer.tagged(tag));
    }
    let relations = relations(&call, &collection, &raw.feature, &lineage);
    if call.media.is_feature_file() {
        let asked = feature_files::Asked { collection, selection, reference, storage };
        let feature = Arc::unwrap_or_clone(raw).parsed()?;
        return Ok(feature_files::one(&call, asked, feature, relations).await?.tagged(tag));
    }
    let body = if call.media == Media::Html {
        let mut feature = placed(raw, lineage, &reference, storage.as_ref())?.parsed()?;
        code_texts::add(&call, std::slice::from_mut(&mut feature)).await?;
        item_page::write(&call, &collection, &feature, &selection, &related)?
    } else {
        let mut links = call.own_links();
        let url = call.base.to(&collections::path(&collection));
        links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
        links.extend(parts::links(&call, &collection, &raw.feature));
        links.extend(relations);
        links.extend(history::links(&call, &collection, Some(&raw.feature.id)));
        links.push(link(
            "preview",
            &call.base.to(&item_page::viewer_path(&call, &collection, &raw.feature)),
            Media::Html,
            "the 3D view",
        ));
        let mut members = vec![("links", Value::from(links))];
        if !related.is_empty() {
            members.push(("relatedTo", related.to_json(&call)));
        }
        let is_usual = selection.is_everything() && reference.crs == CRS84 && lineage == Lineage::default();
        match storage.as_ref().filter(|_| is_usual) {
            Some(storage) => {
                let writing = memory::Writing { collection: &collection, storage, texts: &texts };
                with_members(&memory::written_one(&call, &writing, raw).await?, &members)?
            }
            None => {
                let raw = placed(raw, lineage, &reference, storage.as_ref())?;
                code_texts::with_known(&call, |text| {
                    let mut out = Vec::with_capacity(4096);
                    RawWriter::new(&selection, text).write(&mut out, &raw, &members)?;
                    Ok(out)
                })
                .await?
            }
        }
    };
    let answer = crs_header(Answer::new(call.media, body), &reference.uri).tagged(tag);
    Ok(if call.media == Media::Html {
        answer.with(CONTENT_SECURITY_POLICY, item_page::POLICY)
    } else {
        answer
    })
}

/// From memory where it is asked for as it is now, else as the store has it.
async fn find(call: &Call, collection: &Arc<Collection>) -> Result<Arc<RawFeature>, ApiError> {
    if let Some(overlay) = plans::overlay(call, collection).await? {
        return planned(call, collection, &overlay).await.map(Arc::new);
    }
    let is_present = ["revision", "datetime"].iter().all(|name| call.query.get(name).is_none());
    if is_present && let Some(raw) = memory::named(&call.state, collection, call.segment("featureId")).await?
    {
        return Ok(raw);
    }
    Ok(Arc::new(history::find(call, collection).await?))
}

/// As a scenario makes it, by its permanent name.
pub(super) async fn planned(
    call: &Call,
    collection: &Collection,
    overlay: &Overlay,
) -> Result<RawFeature, ApiError> {
    let (store, id) = (&call.state.store, call.segment("featureId"));
    let found = match overlay.touched.get(id) {
        Some(Some(key)) => store.features_by_key(collection, vec![*key]).await?.pop(),
        Some(None) => None,
        None => store.raw_feature(collection, overlay.revision, id).await?,
    };
    let is_gone = overlay.touched.contains_key(id);
    found.ok_or_else(|| {
        let (name, collection) = (shortened(id), &collection.id);
        ApiError::NotFound(match is_gone {
            true => format!("feature `{name}` is not there then in the scenario"),
            false => {
                format!("no feature `{name}` in collection `{collection}`, nor does the scenario bring one")
            }
        })
    })
}

/// With its relatives, and its outline where the client wants it.
fn placed(
    raw: Arc<RawFeature>,
    lineage: Lineage,
    reference: &Reference,
    storage: Option<&Crs>,
) -> Result<RawFeature, ApiError> {
    let mut raw = Arc::unwrap_or_clone(raw);
    if let Some(storage) = storage {
        reference.place(storage, [&mut raw.feature])?;
    }
    raw.feature.lineage = Some(lineage);
    Ok(raw)
}

/// A feature as it stands in pages, with members behind its properties.
fn with_members(feature: &[u8], members: &[(&str, Value)]) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(feature.len() + 2048);
    out.extend_from_slice(feature.strip_suffix(b"}").unwrap_or(feature));
    for (name, value) in members {
        out.push(b',');
        serde_json::to_writer(&mut out, name)?;
        out.push(b':');
        serde_json::to_writer(&mut out, value)?;
    }
    out.push(b'}');
    Ok(out)
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
