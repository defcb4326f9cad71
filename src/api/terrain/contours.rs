//! `GET /terrain/{id}/contours`: lines of equal height as GeoJSON.

use axum::http::header;
use serde_json::json;

use super::area::{around, edges};
use super::{named, reader, reader_tag, vertical_uri};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections::CRS84_URI;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::projection::{Direction, compute, with_transformer};
use crate::api::region;
use stadtwin_jobs::TerrainReader;
use stadtwin_model::{Heights, Terrain, Window};
use stadtwin_terrain::{Mosaic, blocks_within, contours, crossed_cell_count};

/// Nodes that one answer is drawn from.
const MOST_NODES: usize = 4 << 20;
/// Points of all lines of one answer.
const MOST_POINTS: usize = 1 << 20;
/// Unless said [m].
const INTERVAL_M: f64 = 1.0;

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let reader = reader(&call, &terrain).await?;
    let tag = reader_tag(&call, &reader);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let interval_m = call.query.number("interval").unwrap_or(INTERVAL_M);
    let window = window(&call, &terrain).await?;
    let features = match window {
        Some(window) => lines(&call, &reader, window, interval_m).await?,
        None => Vec::new(),
    };
    let document = json!({
        "type": "FeatureCollection",
        "numberReturned": features.len(),
        "interval": interval_m,
        "unit": "m",
        "verticalCrs": vertical_uri(&terrain),
        "features": features,
    });
    let crs = header::HeaderName::from_static("content-crs");
    Ok(Answer::json(Media::GeoJson, &document).with(crs, &format!("<{CRS84_URI}>")).tagged(tag))
}

/// The terrain's nodes in the box, or all of them; `None` where there are none.
async fn window(call: &Call, terrain: &Terrain) -> Result<Option<Window>, ApiError> {
    let Some(extent_m) = terrain.extent_m else { return Ok(None) };
    let mut bounds = extent_m;
    if let Some(text) = call.query.get("bbox") {
        let asked = region::parse(text)?;
        let crs = terrain.crs;
        let found = compute(move || {
            let mut points = edges([asked.west, asked.south, asked.east, asked.north]);
            let converted = with_transformer(&crs, Direction::FromLonLat, |transformer| {
                transformer.convert_2d(&mut points)
            })?;
            // Far outside of where the terrain's system holds there is nothing of it.
            Ok(converted.ok().map(|()| around(&points)))
        });
        let Some([west, south, east, north]) = found.await? else { return Ok(None) };
        bounds =
            [extent_m[0].max(west), extent_m[1].max(south), extent_m[2].min(east), extent_m[3].min(north)];
    }
    let [west, south, east, north] = bounds;
    if !(west < east && south < north) {
        return Ok(None);
    }
    let first = terrain.grid.node([west, south]).map(|node| node.floor() as i64);
    let last = terrain.grid.node([east, north]).map(|node| node.ceil() as i64);
    let [columns, rows] = [0, 1].map(|axis| (last[axis] - first[axis] + 1).max(0) as usize);
    if columns.saturating_mul(rows) > MOST_NODES {
        return Err(ApiError::BadRequest(format!(
            "contours of {columns} × {rows} nodes are too many at once: ask for a `bbox` of at most {MOST_NODES} nodes"
        )));
    }
    Ok(Some(Window { first, columns, rows }))
}

async fn lines(
    call: &Call,
    reader: &TerrainReader,
    window: Window,
    interval_m: f64,
) -> Result<Vec<serde_json::Value>, ApiError> {
    let terrain = &reader.terrain;
    let grid = terrain.grid;
    let [west, south] = grid.place(window.first);
    let [east, north] =
        grid.place([window.first[0] + window.columns as i64 - 1, window.first[1] + window.rows as i64 - 1]);
    let keys: Vec<_> = blocks_within(&grid, [west, south, east, north]).collect();
    let mosaic = reader.mosaic(&keys).await.map_err(ApiError::internal)?;
    let crs = terrain.crs;
    let permit = call.state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    compute(move || {
        let _permit = permit;
        let heights = heights(&mosaic, window);
        // Counted before they are drawn: lines of a steep ground, close together, fill any memory.
        let points = crossed_cell_count(&heights, interval_m);
        if points > MOST_POINTS {
            return Err(ApiError::BadRequest(format!(
                "the contours have {points} points, more than {MOST_POINTS}: take a greater `interval` or a smaller `bbox`"
            )));
        }
        let mut found = contours(&heights, &grid, interval_m);
        with_transformer(&crs, Direction::ToLonLat, |transformer| {
            found.iter_mut().try_for_each(|line| transformer.convert_2d(&mut line.points))
        })??;
        let rounded = |place: &[f64; 2]| place.map(|degrees| (degrees * 1e7).round() / 1e7);
        let feature = |line: &stadtwin_terrain::Contour| {
            json!({
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": line.points.iter().map(rounded).collect::<Vec<_>>(),
                },
                "properties": { "elevation": line.height_m, "closed": line.closed },
            })
        };
        Ok(found.iter().map(feature).collect())
    })
    .await
}

fn heights(mosaic: &Mosaic, window: Window) -> Heights {
    let Window { first, columns, rows } = window;
    let nodes = (0..rows as i64).flat_map(|row| (0..columns as i64).map(move |column| [column, row]));
    let heights_m = nodes.map(|[column, row]| mosaic.at([first[0] + column, first[1] + row])).collect();
    Heights { window, heights_m }
}
