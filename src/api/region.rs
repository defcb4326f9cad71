//! The `bbox` parameter: from numbers to rings in the storage CRS.

use super::error::ApiError;
use super::params::shortened;
use super::projection::{Direction, with_transformer};
use crate::crs::{HeightModel, LonLatBox};
use crate::model::Crs;
use crate::query::Region;

pub fn parse(text: &str) -> Result<LonLatBox, ApiError> {
    text.parse().map_err(|why: &str| {
        ApiError::BadRequest(format!("`bbox` must be 4 or 6 numbers, not `{}`: {why}", shortened(text)))
    })
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
