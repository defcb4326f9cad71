//! The parameters `filter`, `filter-lang` and `filter-crs`: from strings to a checked filter in the storage CRS.

use super::call::Call;
use super::error::{ApiError, crs_fault};
use super::params::shortened;
use super::projection::compute;
use super::reference;
use stadtwin_crs::{CRS84, parse_crs_uri};
use stadtwin_jobs::{lower_filter, place_filter};
use stadtwin_model::{Collection, Crs, VerticalCrs};
use stadtwin_query::{Filter, FilterLanguage, Queryables};

/// `None` when none is asked for; 400 with the reason and the place for a wrong one.
pub async fn of(
    call: &Call,
    collection: &Collection,
    storage: Option<Crs>,
) -> Result<Option<Filter>, ApiError> {
    with(call, &Queryables::of(collection), collection.extent, storage).await
}

/// The same with other queryables; `extent` of the data in CRS84 [°].
pub async fn with(
    call: &Call,
    queryables: &Queryables,
    extent: Option<[f64; 4]>,
    storage: Option<Crs>,
) -> Result<Option<Filter>, ApiError> {
    let from = crs_of(call, storage.as_ref())?;
    let Some(text) = call.query.get("filter") else { return Ok(None) };
    let language = match call.query.get("filter-lang") {
        Some("cql2-json") => FilterLanguage::Json,
        _ => FilterLanguage::Text,
    };
    let filter = language.parse(text).and_then(|expression| expression.check(queryables));
    let mut filter = filter.map_err(|error| wrong("filter", &error.to_string()))?;
    let Some(storage) = storage else { return Ok(Some(filter)) };
    let heights = call.state.heights.clone();
    let placed = compute(move || {
        place_filter(&mut filter, &from, &storage, extent).map_err(|error| {
            wrong("filter", &format!("{error}: it lies outside of the area of the data's system"))
        })?;
        if has_ellipsoidal_heights(&from) && storage.vertical != VerticalCrs::Ellipsoidal {
            lower_filter(&mut filter, extent, &heights);
        }
        Ok(filter)
    });
    Ok(Some(placed.await?))
}

/// What `filter-crs` names, of the systems that the collection lists; CRS84 where it is missing.
fn crs_of(call: &Call, storage: Option<&Crs>) -> Result<Crs, ApiError> {
    let Some(uri) = call.query.get("filter-crs") else { return Ok(CRS84) };
    let mut offered = reference::offered(storage);
    offered.extend(reference::offered_in_space(storage, &call.state.heights));
    if uri != reference::CRS84_ALIAS && !offered.iter().any(|known| known == uri) {
        let reason = format!("it must be one of {}, not `{}`", offered.join(", "), shortened(uri));
        return Err(wrong("filter-crs", &reason));
    }
    parse_crs_uri(uri).map_err(|error| wrong("filter-crs", &crs_fault(&error)))
}

/// Degrees without a height system have heights as CRS84h does (Part 3, `filter-crs`; RFC 7946, 4).
fn has_ellipsoidal_heights(crs: &Crs) -> bool {
    let is_lonlat = crs.horizontal == CRS84.horizontal && !crs.north_first;
    match crs.vertical {
        VerticalCrs::Unknown => is_lonlat,
        vertical => vertical == VerticalCrs::Ellipsoidal,
    }
}

fn wrong(parameter: &str, reason: &str) -> ApiError {
    ApiError::BadRequest(format!("`{parameter}` is wrong: {reason}"))
}
