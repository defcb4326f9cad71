//! Pages of features found without the database, or with little of it.

use std::collections::HashMap;
use std::sync::Arc;

use super::columns::selected;
use super::directories::directory;
use super::ground;
use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_directory::{Area, Directory};
use stadtwin_model::{Collection, Matched, RawFeature};
use stadtwin_query::FeatureQuery;

/// Longer pages are read past the memory: they would drive out what others ask for.
const LONGEST_PAGE: u32 = 1_000;
/// Outlines looked at one by one for an answer.
const MOST_CROSSING: usize = 2_000;
/// Features that a filter is tried on by their keys.
const MOST_CANDIDATES: usize = 3_000;

/// A page as keys, ascending.
pub struct KeyPage {
    pub keys: Vec<i64>,
    /// Of all pages.
    pub matched: Matched,
    pub next: Option<i64>,
}

/// The page asked for; `None`: ask the store.
pub async fn page(state: &AppState, query: &FeatureQuery) -> Result<Option<KeyPage>, ApiError> {
    let is_plain = query.sort.is_empty() && query.datetime.is_none() && query.cell.is_none();
    let has_heights = query.region.as_ref().is_some_and(|region| region.heights_m.is_some());
    let is_newest = query.revision == query.collection.head && query.overlay.is_none();
    if !is_plain || has_heights || !is_newest || query.limit > LONGEST_PAGE {
        return Ok(None);
    }
    let Some(directory) = directory(state, &query.collection).await else { return Ok(None) };
    let places = match &query.region {
        None if query.filter.is_none() => return Ok(Some(first_behind(&directory, query))),
        None => None,
        Some(region) => match within(state, query, &directory, &Area::of(region)).await? {
            Some(places) => Some(places),
            None => return Ok(None),
        },
    };
    let Some(mut keys) = filtered(state, query, &directory, places).await? else { return Ok(None) };
    let matched = Matched::Exactly(keys.len() as i64);
    let from = query.after.map_or(0, |after| keys.partition_point(|key| *key <= after));
    keys.drain(..from);
    let has_more = keys.len() > query.limit as usize;
    keys.truncate(query.limit as usize);
    let next = keys.last().copied().filter(|_| has_more);
    Ok(Some(KeyPage { keys, matched, next }))
}

/// Keys of what the filter selects, among those places (`None`: all); `None`: ask the store.
async fn filtered(
    state: &AppState,
    query: &FeatureQuery,
    directory: &Arc<Directory>,
    places: Option<Vec<u32>>,
) -> Result<Option<Vec<i64>>, ApiError> {
    let keys = |places: &[u32]| places.iter().map(|at| directory.keys()[*at as usize]).collect::<Vec<_>>();
    if query.filter.is_none() {
        return Ok(places.map(|places| keys(&places)));
    }
    if let Some(selected) = selected(state, query, directory, places.clone()).await? {
        return Ok(Some(keys(&selected)));
    }
    match places {
        Some(places) if places.len() <= MOST_CANDIDATES => {
            Ok(Some(state.store.filtered_keys(query, keys(&places)).await?))
        }
        _ => Ok(None),
    }
}

fn first_behind(directory: &Directory, query: &FeatureQuery) -> KeyPage {
    let from = directory.behind(query.after.unwrap_or(0));
    let to = directory.count().min(from + query.limit as usize);
    let keys = directory.keys()[from..to].to_vec();
    let next = keys.last().copied().filter(|_| to < directory.count());
    KeyPage { keys, matched: Matched::Exactly(directory.count() as i64), next }
}

/// What lies in the area, exactly, as places in the directory; `None` where too many lie on its border.
async fn within(
    state: &AppState,
    query: &FeatureQuery,
    directory: &Directory,
    area: &Area,
) -> Result<Option<Vec<u32>>, ApiError> {
    let found = directory.find(area);
    if found.crossing.len() > MOST_CROSSING {
        return Ok(None);
    }
    let keys: Vec<i64> = found.crossing.iter().map(|at| directory.keys()[*at as usize]).collect();
    let Some(rows) = rows(state, &query.collection, &keys).await? else { return Ok(None) };
    let mut hits = found.inside;
    hits.extend(
        found.crossing.iter().zip(&rows).filter(|(_, raw)| area.touches(&raw.feature)).map(|(at, _)| *at),
    );
    hits.sort_unstable();
    Ok(Some(hits))
}

/// Rows of features in the order of the keys; `None` where one is not there any more.
pub async fn rows(
    state: &AppState,
    collection: &Collection,
    keys: &[i64],
) -> Result<Option<Vec<Arc<RawFeature>>>, ApiError> {
    let ground = ground(collection);
    let kept = &state.memory.rows;
    let mut found: Vec<_> = keys.iter().map(|key| kept.get(&(collection.key, *key, ground))).collect();
    let missing: Vec<i64> =
        keys.iter().zip(&found).filter(|(_, raw)| raw.is_none()).map(|(key, _)| *key).collect();
    if missing.is_empty() {
        return Ok(found.into_iter().collect());
    }
    let read = state.store.features_by_key(collection, missing).await?;
    let mut read: HashMap<i64, Arc<RawFeature>> =
        read.into_iter().map(|raw| (raw.feature.key, Arc::new(raw))).collect();
    for (key, place) in keys.iter().zip(&mut found).filter(|(_, place)| place.is_none()) {
        *place = read.remove(key);
        if let Some(raw) = place {
            kept.insert((collection.key, *key, ground), raw.clone());
        }
    }
    Ok(found.into_iter().collect())
}

/// The feature of the newest state that has this id; `None`: ask the store.
pub async fn named(
    state: &AppState,
    collection: &Arc<Collection>,
    id: &str,
) -> Result<Option<Arc<RawFeature>>, ApiError> {
    let Some(directory) = directory(state, collection).await else { return Ok(None) };
    let keys: Vec<i64> = directory.named(id).collect();
    let found = rows(state, collection, &keys).await?.unwrap_or_default();
    Ok(found.into_iter().find(|raw| raw.feature.id == id))
}
