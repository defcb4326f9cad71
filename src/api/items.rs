//! `GET /collections/{c}/items`: a page of features as GeoJSON or CSV, as whole objects, or as a map with a table.

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
use super::feature_files;
use super::items_page;
use super::links::{Links, link};
use super::memory;
use super::negotiate::Media;
use super::params::{DEFAULT_LIMIT, MAX_LIMIT};
use super::projection::compute;
use super::reference::Reference;
use super::{filter, parts, plans, reference, region, searches, selection, time};
use stadtwin_crs::CRS84;
use stadtwin_formats::{RawWriter, Selection, csv};
use stadtwin_model::{Collection, Crs, Feature, Matched, Page, RawFeature};
use stadtwin_query::{FeatureQuery, Queryables};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    if let Some(view) = parts::view(&call).await? {
        return parts::class_items(call, view).await;
    }
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_answer(&call, storage.as_ref())?;
    let queryables = Queryables::of(&collection);
    let selection = selection::of(&call, &queryables)?;
    let query = feature_query(&call, &queryables, collection, storage).await?;
    let texts = code_texts::state(&call).await?;
    let tag = format!(
        "W/{}",
        call.tag(&[
            &query.revision.to_le_bytes(),
            texts.as_bytes(),
            &ground_state(&query.collection),
            query.overlay.as_ref().map_or(&[], |overlay| overlay.name.as_bytes()),
        ])
    );
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    if call.media.has_whole_objects() {
        let _turn = searches::turn(&call.state, &query, 2).await?;
        return Ok(city_page(&call, &query, selection, storage.as_ref()).await?.tagged(tag));
    }
    if call.media.is_feature_file() {
        let _turn = searches::turn(&call.state, &query, 3).await?;
        return Ok(feature_files::page(&call, &query, selection, &reference, storage).await?.tagged(tag));
    }
    let conflicts = plans::combined_conflicts(&call, &query.collection).await?;
    let known = memory::page(&call.state, &query).await?;
    if let (Some(known), Some(storage), Media::GeoJson) = (&known, &storage, call.media)
        && selection.is_everything()
        && reference.crs == CRS84
    {
        let writing = memory::Writing { collection: &query.collection, storage, texts: &texts };
        if let Some(features) = memory::written(&call, &writing, &known.keys).await? {
            let head =
                page_head(known.matched, features.len(), &links(&call, &query, known.next), &conflicts)?;
            let answer = Answer::new(call.media, joined(head, &features));
            return Ok(crs_header(answer, &reference.uri).tagged(tag));
        }
    }
    let (page, matched) = page_of(&call, &query, known).await?;
    let (media, uri, returned) = (call.media, reference.uri.clone(), page.items.len());
    let next = page.next.map(|next| next_link(&call, &query, next));
    let body = match media {
        Media::Html | Media::Csv => {
            let items = page.items.into_iter().map(RawFeature::parsed).collect::<Result<Vec<_>, _>>()?;
            let mut page = Page { items, next: page.next };
            code_texts::add(&call, &mut page.items).await?;
            compute(move || {
                if let Some(storage) = &storage {
                    reference.place(storage, &mut page.items)?;
                }
                match media {
                    Media::Html => items_page::write(&call, &query, page, matched, &selection),
                    _ => write_table(&page, &queryables, &selection).map_err(ApiError::from),
                }
            })
            .await?
        }
        _ => {
            let place = storage.as_ref().map(|storage| (&reference, storage));
            let head = page_head(matched, returned, &links(&call, &query, page.next), &conflicts)?;
            write_page(&call, page, head, &selection, place).await?
        }
    };
    let mut answer = crs_header(Answer::new(media, body), &uri);
    if media == Media::Csv {
        answer = told_in_headers(answer, matched, returned, next.as_deref());
    }
    // Weak: the time of the answer inside changes while the features do not.
    Ok(answer.tagged(tag))
}

/// The features of a page that was found in memory, else whatever the store finds.
async fn page_of(
    call: &Call,
    query: &FeatureQuery,
    known: Option<memory::KeyPage>,
) -> Result<(Page<RawFeature>, Matched), ApiError> {
    if let Some(known) = known
        && let Some(rows) = memory::rows(&call.state, &query.collection, &known.keys).await?
    {
        let items = rows.into_iter().map(Arc::unwrap_or_clone).collect();
        return Ok((Page { items, next: known.next }, known.matched));
    }
    let _turn = searches::turn(&call.state, query, 1).await?;
    Ok(call.state.store.counted_features(query).await?)
}

/// Features behind the head of their page.
fn joined(mut out: Vec<u8>, features: &[Arc<[u8]>]) -> Vec<u8> {
    out.reserve(features.iter().map(|text| text.len() + 1).sum::<usize>() + 2);
    for (index, text) in features.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(text);
    }
    out.extend_from_slice(b"]}");
    out
}

/// What the heights above the terrain depend on.
pub fn ground_state(collection: &Collection) -> [u8; 12] {
    let mut state = [0; 12];
    state[..4].copy_from_slice(&collection.ground_terrain.unwrap_or(0).to_le_bytes());
    state[4..].copy_from_slice(&collection.ground_run.to_le_bytes());
    state
}

/// Whole objects.
async fn city_page(
    call: &Call,
    query: &FeatureQuery,
    selection: Selection,
    storage: Option<&Crs>,
) -> Result<Answer, ApiError> {
    let store = &call.state.store;
    let (page, matched) = tokio::try_join!(store.feature_keys(query), store.matched(query))?;
    let page = city::bounded(page);
    let answer = city::write(call, &query.collection, &page.items, selection, storage).await?;
    let next = page.next.map(|next| next_link(call, query, next));
    Ok(told_in_headers(answer, matched, page.items.len(), next.as_deref()))
}

/// Counts and the next page, for formats that have no place for them.
pub(super) fn told_in_headers(
    answer: Answer,
    matched: Matched,
    returned: usize,
    next: Option<&str>,
) -> Answer {
    let answer = answer.with(HeaderName::from_static("ogc-numberreturned"), &returned.to_string());
    let answer = match matched {
        Matched::Exactly(count) => {
            answer.with(HeaderName::from_static("ogc-numbermatched"), &count.to_string())
        }
        Matched::About(_) => answer,
    };
    match next {
        Some(next) => answer.with(LINK, next),
        None => answer,
    }
}

/// As a header.
pub(super) fn next_link(call: &Call, query: &FeatureQuery, next: i64) -> String {
    let url = call.base.to(&next_path(call, query, next));
    format!("<{url}>; rel=\"next\"; type=\"{}\"", call.media.name())
}

/// Everything that can be wrong with the question is told here.
pub async fn feature_query(
    call: &Call,
    queryables: &Queryables,
    collection: Arc<Collection>,
    storage: Option<Crs>,
) -> Result<FeatureQuery, ApiError> {
    let overlay = plans::overlay(call, &collection).await?;
    let revision = match &overlay {
        Some(overlay) => overlay.revision,
        None => revision(call, &collection)?,
    };
    let placed = region::placed(&collection, revision);
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let reference = reference::of_box(call, storage.as_ref())?;
    let region = match call.query.get("bbox") {
        Some(text) => Some(region::asked(call, text, reference, &placed, storage)?),
        None => None,
    };
    Ok(FeatureQuery {
        revision,
        limit: u32::try_from(limit).unwrap_or(DEFAULT_LIMIT),
        sort: selection::sort_keys(call, queryables)?,
        after: call.query.integer("after"),
        region,
        cell: None,
        overlay,
        filter: filter::with(call, queryables, placed.extent, storage).await?,
        datetime: call.query.get("datetime").map(time::parse).transpose()?,
        collection,
    })
}

/// The state asked for, else the newest.
fn revision(call: &Call, collection: &Collection) -> Result<i64, ApiError> {
    match call.query.integer("revision") {
        Some(revision) if revision > collection.head => Err(ApiError::BadRequest(format!(
            "`revision` must be at most {}, the newest of this collection, not {revision}",
            collection.head
        ))),
        Some(revision) => Ok(revision),
        None => Ok(collection.head),
    }
}

pub(super) fn links(call: &Call, query: &FeatureQuery, next: Option<i64>) -> Links {
    let collection = &query.collection;
    let mut links = call.own_links();
    if let Some(next) = next {
        links.push(link("next", &call.base.to(&next_path(call, query, next)), call.media, "the next page"));
    }
    let collection_url = call.base.to(&collections::path(collection));
    links.push(link("collection", &format!("{collection_url}?f=json"), Media::Json, &collection.title));
    links
}

/// The next page of the same state: what is published meanwhile neither doubles features nor hides them.
pub(super) fn next_path(call: &Call, query: &FeatureQuery, next: i64) -> String {
    let changes = [
        ("after", Some(next.to_string())),
        ("revision", Some(query.revision.to_string()).filter(|_| query.overlay.is_none())),
        ("f", Some(call.media.format().to_owned())),
    ];
    format!(
        "{}{}",
        call.path,
        call.query.with(&changes.each_ref().map(|(name, value)| (*name, value.as_deref())))
    )
}

/// The same columns on every page.
fn write_table(
    page: &Page<Feature>,
    queryables: &Queryables,
    selection: &Selection,
) -> serde_json::Result<Vec<u8>> {
    let is_relation = |name: &str| ["aliases", "predecessors", "successors"].contains(&name);
    let columns = match &selection.properties {
        Some(names) => names.clone(),
        None => {
            let all = queryables.returnables().filter(|returnable| !is_relation(&returnable.name));
            all.map(|returnable| returnable.name.clone()).collect()
        }
    };
    let mut out = Vec::with_capacity(page.items.len().min(MAX_LIMIT as usize) * 512);
    csv::write_csv_head(&mut out, &columns, selection);
    for feature in &page.items {
        csv::write_csv_feature(&mut out, feature, &columns, selection)?;
    }
    Ok(out)
}

/// As a member of a collection of features.
pub(super) fn matched_member(matched: Matched) -> String {
    match matched {
        Matched::Exactly(count) => format!("\"numberMatched\":{count}"),
        Matched::About(count) => format!("\"estimatedNumberMatched\":{count}"),
    }
}

/// What stands before the features. A number that is only estimated is not called `numberMatched`.
fn page_head(
    matched: Matched,
    returned: usize,
    links: &[Value],
    conflicts: &[Value],
) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(2048);
    out.extend_from_slice(b"{\"type\":\"FeatureCollection\",\"timeStamp\":");
    serde_json::to_writer(&mut out, &time::now())?;
    let matched = matched_member(matched);
    out.extend_from_slice(format!(",{matched},\"numberReturned\":{returned},\"links\":").as_bytes());
    serde_json::to_writer(&mut out, links)?;
    if !conflicts.is_empty() {
        out.extend_from_slice(b",\"conflicts\":");
        serde_json::to_writer(&mut out, conflicts)?;
    }
    out.extend_from_slice(b",\"features\":[");
    Ok(out)
}

/// Features written before others get their turn: a few milliseconds.
const AT_A_TIME: usize = 500;

async fn write_page(
    call: &Call,
    mut page: Page<RawFeature>,
    mut out: Vec<u8>,
    selection: &Selection,
    place: Option<(&Reference, &Crs)>,
) -> Result<Vec<u8>, ApiError> {
    out.reserve(page.items.len().min(MAX_LIMIT as usize) * 1024);
    for (index, features) in page.items.chunks_mut(AT_A_TIME).enumerate() {
        if index > 0 {
            out.push(b',');
            tokio::task::yield_now().await;
        }
        if let Some((reference, storage)) = place {
            reference.place(storage, features.iter_mut().map(|raw| &mut raw.feature))?;
        }
        let start = out.len();
        code_texts::with_known(call, |text| {
            out.truncate(start);
            let mut writer = RawWriter::new(selection, text);
            for (index, raw) in features.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                writer.write(&mut out, raw, &[])?;
            }
            Ok(())
        })
        .await?;
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

/// Says of GeoJSON and CSV which CRS their coordinates have.
pub fn crs_header(answer: Answer, uri: &str) -> Answer {
    let has_crs = [Media::GeoJson, Media::Csv].iter().any(|m| answer.content_type.starts_with(m.name()));
    if !has_crs {
        return answer;
    }
    answer.with(HeaderName::from_static("content-crs"), &format!("<{uri}>"))
}
