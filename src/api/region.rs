//! The `bbox` parameter: from numbers to rings in the storage CRS.

use std::sync::Arc;

use super::call::Call;
use super::error::ApiError;
use super::params::shortened;
use super::place;
use super::projection::{Direction, with_transformer};
use super::reference::Reference;
use stadtwin_crs::{CRS84, HeightModel, LonLatBox, is_geographic};
use stadtwin_model::{Collection, Crs};
use stadtwin_query::Region;

/// Longitudes and latitudes of everything [°].
const WORLD: [f64; 4] = [-180.0, -90.0, 180.0, 90.0];

/// Room around the extent when a box is cut to it, in metres of a projected system.
const MARGIN_M: f64 = 1_000.0;

pub fn parse(text: &str) -> Result<LonLatBox, ApiError> {
    text.parse().map_err(|why: &str| wrong(text, why))
}

fn wrong(text: &str, why: &str) -> ApiError {
    ApiError::BadRequest(format!("`bbox` must be 4 or 6 numbers, not `{}`: {why}", shortened(text)))
}

/// The collection with the extent that boxes are cut to: before its newest revision, features may have stood elsewhere.
pub fn placed(collection: &Arc<Collection>, revision: i64) -> Arc<Collection> {
    match revision == collection.head {
        true => collection.clone(),
        false => Arc::new(Collection { extent: Some(WORLD), ..collection.as_ref().clone() }),
    }
}

/// The box in the storage CRS, cut to the extent of the data.
pub fn region(
    bbox: &LonLatBox,
    extent: Option<[f64; 4]>,
    storage: &Crs,
    heights: &HeightModel,
) -> Result<Region, ApiError> {
    let rings =
        with_transformer(storage, Direction::FromLonLat, |transformer| bbox.rings(extent, transformer))??;
    Ok(Region { rings, heights_m: bbox.heights_above_geoid(extent, heights) })
}

/// A box whose numbers are in `reference`, in the order of its axes.
pub fn asked(
    call: &Call,
    text: &str,
    reference: Reference,
    collection: &Collection,
    storage: Option<Crs>,
) -> Result<Region, ApiError> {
    let (extent, heights) = (collection.extent, call.state.heights.clone());
    if reference.crs == CRS84 {
        let bbox = parse(text)?;
        let Some(storage) = storage else { return Ok(nowhere()) };
        return region(&bbox, extent, &storage, &heights);
    }
    let [x_min, y_min, x_max, y_max] = east_first(text, &reference.crs)?;
    if is_geographic(&reference.crs) {
        let bbox = parse(&format!("{x_min},{y_min},{x_max},{y_max}"))?;
        let Some(storage) = storage else { return Ok(nowhere()) };
        return region(&bbox, extent, &storage, &heights);
    }
    if x_min > x_max || y_min > y_max {
        return Err(wrong(text, "its first corner is above its second"));
    }
    let (Some(storage), Some(extent)) = (storage, extent) else { return Ok(nowhere()) };
    let extent = place::extent_in(&reference.crs, extent)?;
    let found = place::region(&reference.crs, [x_min, y_min, x_max, y_max], extent, MARGIN_M, &storage)?;
    Ok(found.unwrap_or_else(nowhere))
}

/// Only features without a place are there.
fn nowhere() -> Region {
    Region { rings: Vec::new(), heights_m: None }
}

fn east_first(text: &str, crs: &Crs) -> Result<[f64; 4], ApiError> {
    let numbers: Option<Vec<f64>> = text.split(',').take(7).map(|part| part.trim().parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    match numbers.ok_or_else(|| wrong(text, "one of them is no number"))?[..] {
        [a, b, c, d] if crs.north_first => Ok([b, a, d, c]),
        [a, b, c, d] => Ok([a, b, c, d]),
        [_, _, _, _, _, _] => Err(wrong(text, "heights go with CRS84 alone")),
        _ => Err(wrong(text, "their count is wrong")),
    }
}
