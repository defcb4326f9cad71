//! The `bbox` parameter: from numbers to rings in the storage CRS.

use std::sync::Arc;

use super::call::Call;
use super::error::ApiError;
use super::params::shortened;
use super::place;
use super::projection::{Direction, with_transformer};
use super::reference::Reference;
use stadtwin_crs::{CRS84, HeightModel, LonLatBox, is_geographic};
use stadtwin_model::{Collection, Crs, VerticalCrs};
use stadtwin_query::Region;

/// Longitudes and latitudes of everything [°].
const WORLD: [f64; 4] = [-180.0, -90.0, 180.0, 90.0];

/// Room around the extent when a box is cut to it, in metres of a projected system.
const MARGIN_M: f64 = 1_000.0;
/// Faults of the numbers themselves, as [`LonLatBox`] says them too.
const NO_NUMBER: &str = "one of them is no number";
const MISCOUNTED: &str = "their count is wrong";

pub fn parse(text: &str) -> Result<LonLatBox, ApiError> {
    text.parse().map_err(|why: &str| wrong(text, why))
}

fn wrong(text: &str, why: &str) -> ApiError {
    let text = shortened(text);
    ApiError::BadRequest(match why {
        NO_NUMBER | MISCOUNTED => format!("`bbox` must be 4 or 6 numbers, not `{text}`: {why}"),
        _ => format!("`bbox` is wrong: in `{text}` {why}"),
    })
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
    let is_lonlat = reference.crs.horizontal == CRS84.horizontal && !reference.crs.north_first;
    if is_lonlat && !matches!(reference.crs.vertical, VerticalCrs::Epsg(_)) {
        let bbox = parse(text)?;
        let Some(storage) = storage else { return Ok(nowhere()) };
        return region(&bbox, extent, &storage, &heights);
    }
    let ([x_min, y_min, x_max, y_max], heights_m) = east_first(text, &reference.crs)?;
    if is_geographic(&reference.crs) {
        let bbox = parse(&format!("{x_min},{y_min},{x_max},{y_max}"))?;
        let Some(storage) = storage else { return Ok(nowhere()) };
        return Ok(Region { heights_m, ..region(&bbox, extent, &storage, &heights)? });
    }
    if x_min > x_max || y_min > y_max {
        return Err(wrong(text, "its first corner is above its second"));
    }
    let (Some(storage), Some(extent)) = (storage, extent) else { return Ok(nowhere()) };
    let extent = place::extent_in(&reference.crs, extent)?;
    let found = place::region(&reference.crs, [x_min, y_min, x_max, y_max], extent, MARGIN_M, &storage)?;
    Ok(found.map_or_else(nowhere, |found| Region { heights_m, ..found }))
}

/// Only features without a place are there.
fn nowhere() -> Region {
    Region { rings: Vec::new(), heights_m: None }
}

/// The plan `[x min, y min, x max, y max]`, and heights in the system of the storage where the CRS names it.
fn east_first(text: &str, crs: &Crs) -> Result<([f64; 4], Option<[f64; 2]>), ApiError> {
    let numbers: Option<Vec<f64>> = text.split(',').take(7).map(|part| part.trim().parse().ok()).collect();
    let numbers = numbers.filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    let (plan, heights_m) = match numbers.ok_or_else(|| wrong(text, NO_NUMBER))?[..] {
        [a, b, c, d] => ([a, b, c, d], None),
        [_, _, low, _, _, high] if low > high => return Err(wrong(text, "the lowest is above the highest")),
        [a, b, low, c, d, high] if crs.vertical != VerticalCrs::Unknown => ([a, b, c, d], Some([low, high])),
        [_, _, _, _, _, _] => {
            return Err(wrong(
                text,
                "there are heights, which go with CRS84h or a compound system as `bbox-crs`",
            ));
        }
        _ => return Err(wrong(text, MISCOUNTED)),
    };
    let [a, b, c, d] = plan;
    Ok((if crs.north_first { [b, a, d, c] } else { plan }, heights_m))
}
