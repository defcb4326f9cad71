//! Where things are on a grid: extents in its CRS, tiles in the storage CRS.

use super::crs_of;
use crate::api::error::ApiError;
use crate::api::projection::between;
use crate::crs::{CRS84, LonLatBox};
use crate::model::Crs;
use crate::query::Region;
use crate::tiles::TileMatrixSet;

/// Points along each side of a tile, so that its sides follow the grid's axes.
const SIDE_POINTS: u32 = 16;
/// What of the neighbours belongs to a tile [share of its side]: 64 of 4096 units.
const BUFFER: f64 = 64.0 / 4096.0;
/// Where Web Mercator ends [° of latitude].
const MERCATOR_NORTH: f64 = 85.051_128;

/// The box of an extent (CRS84 [°]) in the grid's CRS: `[x min, y min, x max, y max]`.
pub fn extent_on(set: &TileMatrixSet, [west, south, east, north]: [f64; 4]) -> Result<[f64; 4], ApiError> {
    let (south, north) = if crs_of(set).horizontal == 3857 {
        (south.max(-MERCATOR_NORTH), north.min(MERCATOR_NORTH))
    } else {
        (south, north)
    };
    let whole = LonLatBox { west, south, east, north, heights_m: None };
    let rings = between(&CRS84, &crs_of(set), |transformer| {
        whole.rings(Some([west, south, east, north]), transformer)
    })??;
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    Ok(rings
        .iter()
        .flatten()
        .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]))
}

/// A tile with what its neighbours lend it, in the storage CRS, cut to the extent (both in the grid's CRS): far outside
/// of it projections are of no use. `None` when nothing can be there.
pub fn region(
    set: &TileMatrixSet,
    bounds: [f64; 4],
    extent: [f64; 4],
    storage: &Crs,
) -> Result<Option<Region>, ApiError> {
    let margin = (bounds[2] - bounds[0]) * BUFFER;
    let frame = [
        (bounds[0] - margin).max(extent[0] - margin),
        (bounds[1] - margin).max(extent[1] - margin),
        (bounds[2] + margin).min(extent[2] + margin),
        (bounds[3] + margin).min(extent[3] + margin),
    ];
    if frame[0] >= frame[2] || frame[1] >= frame[3] {
        return Ok(None);
    }
    let mut ring = ring(frame);
    between(&crs_of(set), storage, |transformer| transformer.convert_2d(&mut ring))??;
    Ok(Some(Region { rings: vec![ring], heights_m: None }))
}

/// Counter-clockwise and closed.
fn ring([x_min, y_min, x_max, y_max]: [f64; 4]) -> Vec<[f64; 2]> {
    let corners = [[x_min, y_min], [x_max, y_min], [x_max, y_max], [x_min, y_max], [x_min, y_min]];
    let mut ring: Vec<[f64; 2]> = corners
        .windows(2)
        .flat_map(|side| {
            (0..SIDE_POINTS).map(move |step| {
                let share = f64::from(step) / f64::from(SIDE_POINTS);
                [0, 1].map(|axis| side[0][axis] + (side[1][axis] - side[0][axis]) * share)
            })
        })
        .collect();
    ring.push([x_min, y_min]);
    ring
}
