//! `GET /ground.json`: a coarse height grid below the twin, so that no city floats or sinks while there is no terrain.

use std::fmt::Write;
use std::sync::Arc;

use bytes::Bytes;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::landing;
use super::negotiate::Media;
use super::projection::{Direction, compute, with_transformer};
use stadtwin_crs::HeightModel;
use stadtwin_model::Crs;
use stadtwin_terrain::{GroundGrid, ground_grid};

/// Points that the grid is drawn from.
const SAMPLES: i64 = 50_000;
/// Cell size aimed at [m], so that a stream keeps its bed, and the most cells along a side.
const CELL_M: f64 = 12.0;
const MOST_CELLS: f64 = 192.0;
/// Ground around the buildings [share of the extent].
const MARGIN: f64 = 0.1;
const DEGREE_M: f64 = 111_320.0;

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collections = call.state.store.collections().await?;
    let heads: String =
        collections.iter().map(|collection| format!("{}@{} ", collection.key, collection.head)).collect();
    let tag = call.tag(&[heads.as_bytes(), call.state.heights.name().as_bytes()]);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let nothing = || ApiError::NotFound("nothing has been imported yet: there is no ground".to_owned());
    let extent = landing::extent(&collections).ok_or_else(nothing)?;
    let made = call.state.grounds.try_get_with(heads, make(&call, extent)).await;
    let body = made.map_err(|error| ApiError::internal(format!("ground: {error:?}")))?;
    Ok(Answer::new(Media::Json, body).tagged(tag))
}

async fn make(call: &Call, extent: [f64; 4]) -> Result<Bytes, ApiError> {
    let storage =
        call.state.store.storage_crs().await?.ok_or_else(|| ApiError::internal("no storage CRS"))?;
    let samples = call.state.store.ground_samples(SAMPLES).await?;
    let heights = call.state.heights.clone();
    compute(move || {
        let samples = ellipsoidal(samples, &storage, &heights)?;
        let (bounds_deg, columns, rows) = frame(extent);
        Ok(write(&ground_grid(&samples, bounds_deg, columns, rows), &heights).into())
    })
    .await
}

/// `[east, north, height]` of the storage to `[longitude, latitude, ellipsoidal height]`.
fn ellipsoidal(
    mut samples: Vec<[f64; 3]>,
    storage: &Crs,
    heights: &Arc<HeightModel>,
) -> Result<Vec<[f64; 3]>, ApiError> {
    if !samples.is_empty() {
        with_transformer(storage, Direction::ToLonLat, |transformer| transformer.convert(&mut samples))??;
    }
    for [longitude_deg, latitude_deg, height_m] in &mut samples {
        *height_m += heights.undulation_m(*longitude_deg, *latitude_deg).unwrap_or(0.0);
    }
    Ok(samples)
}

/// The grid's bounds [°] and its columns and rows.
fn frame([west, south, east, north]: [f64; 4]) -> ([f64; 4], u32, u32) {
    let squeeze = ((south + north) / 2.0).to_radians().cos().max(0.01);
    let least_deg = 200.0 / DEGREE_M;
    let (across, up) =
        (((east - west) * MARGIN).max(least_deg / squeeze), ((north - south) * MARGIN).max(least_deg));
    let bounds_deg = [
        (west - across).max(-180.0),
        (south - up).max(-90.0),
        (east + across).min(180.0),
        (north + up).min(90.0),
    ];
    let cells = |size_m: f64| (size_m / CELL_M).round().clamp(8.0, MOST_CELLS) as u32 + 1;
    let width_m = (bounds_deg[2] - bounds_deg[0]) * squeeze * DEGREE_M;
    let height_m = (bounds_deg[3] - bounds_deg[1]) * DEGREE_M;
    (bounds_deg, cells(width_m), cells(height_m))
}

fn write(grid: &GroundGrid, heights: &HeightModel) -> String {
    let [west, south, east, north] = grid.bounds_deg;
    let mut text = format!(
        "{{\"bounds\":[{west},{south},{east},{north}],\"columns\":{},\"rows\":{},\"heightModel\":\"{}\",\"heights\":[",
        grid.columns,
        grid.rows,
        heights.name()
    );
    for (index, height_m) in grid.heights_m.iter().enumerate() {
        let comma = if index > 0 { "," } else { "" };
        let height_m = if height_m.is_finite() { *height_m } else { 0.0 };
        let _ = write!(text, "{comma}{height_m:.2}");
    }
    text.push_str("]}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_holds_the_extent_with_room() {
        let (bounds, columns, rows) = frame([11.6, 48.2, 11.7, 48.25]);
        assert!(bounds[0] < 11.6 && bounds[1] < 48.2 && bounds[2] > 11.7 && bounds[3] > 48.25);
        // Hand: 0.12° × cos 48.2° × 111.32 km ≈ 8.9 km and 0.06° = 6679 m are more than 192 cells.
        assert_eq!((columns, rows), (193, 193));
        // Hand: 400 m are 33 cells.
        assert_eq!(frame([11.0, 48.0, 11.0, 48.0]).1, 34);
    }
}
