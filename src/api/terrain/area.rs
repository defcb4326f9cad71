//! Where a terrain lies, in degrees.

use crate::api::error::ApiError;
use crate::api::projection::{Direction, compute, with_transformer};
use stadtwin_model::Terrain;

/// Points along each edge of an extent: straight lines bend in another CRS.
const EDGE: usize = 16;

/// CRS84 `[west, south, east, north]` of the terrain [°]; 404 while it is empty.
pub async fn extent_deg(terrain: &Terrain) -> Result<[f64; 4], ApiError> {
    let empty = || ApiError::NotFound(format!("terrain `{}` is empty", terrain.id));
    let extent_m = terrain.extent_m.ok_or_else(empty)?;
    let crs = terrain.crs;
    compute(move || {
        let mut points = edges(extent_m);
        with_transformer(&crs, Direction::ToLonLat, |transformer| transformer.convert_2d(&mut points))??;
        Ok(around(&points))
    })
    .await
}

/// Points along the edges of a box.
pub fn edges([west, south, east, north]: [f64; 4]) -> Vec<[f64; 2]> {
    let along = |from: f64, to: f64, step: usize| from + (to - from) * step as f64 / EDGE as f64;
    (0..=EDGE)
        .flat_map(|step| {
            let (x, y) = (along(west, east, step), along(south, north, step));
            [[x, south], [x, north], [west, y], [east, y]]
        })
        .collect()
}

/// `[west, south, east, north]` of points.
pub fn around(points: &[[f64; 2]]) -> [f64; 4] {
    let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(nothing, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)])
}
