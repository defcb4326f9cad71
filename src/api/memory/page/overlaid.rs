//! Pages of the city as a plan makes it: what is hidden is passed over, what is planned is looked at one by one.

use std::sync::Arc;

use super::{KeyPage, cut, filtered, rows, within};
use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_directory::{Area, Directory};
use stadtwin_model::Matched;
use stadtwin_query::{FeatureQuery, Overlay};

/// Planned objects that are looked at one by one.
const MOST_PLANNED: usize = 2_000;

/// The page asked for; `None`: ask the store.
pub(super) async fn page(
    state: &AppState,
    query: &FeatureQuery,
    directory: &Arc<Directory>,
    overlay: &Overlay,
) -> Result<Option<KeyPage>, ApiError> {
    if overlay.planned.len() > MOST_PLANNED {
        return Ok(None);
    }
    let places = match &query.region {
        None if query.filter.is_none() => return Ok(Some(first_behind(directory, query, overlay))),
        None => None,
        Some(region) => match within(state, query, directory, &Area::of(region)).await? {
            Some(places) => Some(places),
            None => return Ok(None),
        },
    };
    let Some(mut keys) = filtered(state, query, directory, places).await? else { return Ok(None) };
    keys.retain(|key| !overlay.is_hidden(*key));
    let Some(planned) = planned(state, query, overlay).await? else { return Ok(None) };
    keys.extend(planned);
    keys.sort_unstable();
    Ok(Some(cut(query, keys)))
}

/// Planned objects that match; `None` where one is not there any more.
async fn planned(
    state: &AppState,
    query: &FeatureQuery,
    overlay: &Overlay,
) -> Result<Option<Vec<i64>>, ApiError> {
    let mut keys = match &query.region {
        None => overlay.planned_keys(),
        Some(region) => {
            let (area, frame) = (Area::of(region), region.bounds());
            let meets = |bounds: [f64; 4]| {
                bounds[0] <= frame[2]
                    && bounds[2] >= frame[0]
                    && bounds[1] <= frame[3]
                    && bounds[3] >= frame[1]
            };
            // What has no place lies everywhere (OGC API Features, 7.15.3).
            let near = overlay.planned.iter().filter(|planned| planned.bounds.is_none_or(meets));
            let near: Vec<i64> = near.map(|planned| planned.key).collect();
            let Some(found) = rows(state, &query.collection, &near).await? else { return Ok(None) };
            found.iter().filter(|raw| area.touches(&raw.feature)).map(|raw| raw.feature.key).collect()
        }
    };
    if query.filter.is_some() && !keys.is_empty() {
        let collection = Arc::new(query.collection.planned());
        let own = FeatureQuery { collection, overlay: None, ..query.clone() };
        keys = state.store.filtered_keys(&own, keys).await?;
    }
    Ok(Some(keys))
}

fn first_behind(directory: &Directory, query: &FeatureQuery, overlay: &Overlay) -> KeyPage {
    let (after, wanted) = (query.after.unwrap_or(0), query.limit as usize + 1);
    let from = directory.behind(after);
    let stock = directory.keys().get(from..).unwrap_or(&[]).iter().copied();
    let mut keys: Vec<i64> = stock.filter(|key| !overlay.is_hidden(*key)).take(wanted).collect();
    keys.extend(overlay.planned.iter().map(|planned| planned.key).filter(|key| *key > after).take(wanted));
    keys.sort_unstable();
    let has_more = keys.len() >= wanted;
    keys.truncate(wanted - 1);
    let next = keys.last().copied().filter(|_| has_more);
    // All that is hidden is in the directory: it is of the state that the scenario is pinned to.
    let count = directory.count() - overlay.hidden.len().min(directory.count()) + overlay.planned.len();
    KeyPage { keys, matched: Matched::Exactly(count as i64), next }
}
