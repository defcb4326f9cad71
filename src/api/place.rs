//! Boxes of any CRS in the storage CRS, and extents in any CRS.

use super::error::ApiError;
use super::projection::between;
use stadtwin_crs::{CRS84, LonLatBox, ring_of_box};
use stadtwin_model::Crs;
use stadtwin_query::Region;

/// Where Web Mercator ends [° of latitude].
const MERCATOR_NORTH: f64 = 85.051_128;

/// The box around an extent (CRS84 [°]) in another CRS: `[x min, y min, x max, y max]`, east first.
pub fn extent_in(crs: &Crs, [west, south, east, north]: [f64; 4]) -> Result<[f64; 4], ApiError> {
    let (south, north) = match crs.horizontal {
        3857 => (south.max(-MERCATOR_NORTH), north.min(MERCATOR_NORTH)),
        _ => (south, north),
    };
    let whole = LonLatBox { west, south, east, north, heights_m: None };
    let rings =
        between(&CRS84, crs, |transformer| whole.rings(Some([west, south, east, north]), transformer))??;
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    Ok(rings
        .iter()
        .flatten()
        .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]))
}

/// A box in the storage CRS, cut to the extent with a margin around it (all in `crs`, east first): far outside of it
/// projections are of no use. `None` when nothing can be there.
pub fn region(
    crs: &Crs,
    bounds: [f64; 4],
    extent: [f64; 4],
    margin: f64,
    storage: &Crs,
) -> Result<Option<Region>, ApiError> {
    let frame = [
        bounds[0].max(extent[0] - margin),
        bounds[1].max(extent[1] - margin),
        bounds[2].min(extent[2] + margin),
        bounds[3].min(extent[3] + margin),
    ];
    if frame[0] > frame[2] || frame[1] > frame[3] {
        return Ok(None);
    }
    let ring = between(crs, storage, |transformer| ring_of_box(frame, transformer))??;
    Ok(Some(Region { rings: vec![ring], heights_m: None }))
}
