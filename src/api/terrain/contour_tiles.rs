//! Contours as vector tiles of WebMercatorQuad: `GET /terrain/{id}/tiles/WebMercatorQuad` and the tiles below it.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::{Value, json};

use super::area::extent_deg;
use super::map_heights::{LINE_MARGIN, LINE_WIDE, Sampling, around_tile};
use super::maps::{TMS_URI, finest_level, range, tile_key};
use super::{edits, named, path, reader, reader_tag};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use stadtwin_formats::mvt;
use stadtwin_jobs::TerrainReader;
use stadtwin_model::{HeightGrid, Heights, TileKey, Window};
use stadtwin_terrain::{RASTER_SIDE, contours, crossed_cell_count};

/// Points of all lines of one tile.
const MOST_POINTS: usize = 1 << 18;
/// Each fifth line is drawn stronger.
const INDEX: i64 = 5;
/// Units from node to node.
const UNITS: f64 = mvt::EXTENT as f64 / RASTER_SIDE as f64;

/// Which tiles there are, and where; as TileJSON too.
pub async fn tileset(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    edits(&call, &terrain).await?;
    let extent = extent_deg(&terrain).await?;
    let finest = finest_level(terrain.grid.cell_m);
    let url = call.base.to(&format!("{}/tiles/WebMercatorQuad", path(&terrain)));
    let query = call.query.with(&[("f", None)]);
    let title = format!("{}, contours", terrain.title);
    if call.media == Media::TileJson {
        return Ok(Answer::json(
            Media::TileJson,
            &json!({
                "tilejson": "3.0.0",
                "name": title,
                "scheme": "xyz",
                "tiles": [format!("{url}/{{z}}/{{y}}/{{x}}{query}")],
                "minzoom": 0,
                "maxzoom": finest,
                "bounds": extent,
                "vector_layers": [{
                    "id": "contours",
                    "description": "lines of equal height",
                    "fields": { "elevation": "Number", "index": "Boolean" },
                }],
            }),
        ));
    }
    let limits = (0..=finest).map(|level| {
        let [west, north, east, south] = range(level, extent);
        json!({
            "tileMatrix": level.to_string(), "minTileRow": north, "maxTileRow": south, "minTileCol": west,
            "maxTileCol": east,
        })
    });
    let document = json!({
        "title": title,
        "dataType": "vector",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": TMS_URI,
        "tileMatrixSetLimits": limits.collect::<Vec<_>>(),
        "boundingBox": { "lowerLeft": [extent[0], extent[1]], "upperRight": [extent[2], extent[3]] },
        "layers": [layer()],
        "links": links(&call, &url, &query),
    });
    Ok(Answer::json(Media::Json, &document))
}

fn layer() -> Value {
    json!({
        "id": "contours",
        "dataType": "vector",
        "geometryDimension": 1,
        "propertiesSchema": {
            "type": "object",
            "properties": {
                "elevation": { "type": "number", "description": "height in the terrain's system [m]" },
                "index": { "type": "boolean", "description": "every fifth line" },
            },
        },
    })
}

fn links(call: &Call, url: &str, query: &str) -> Vec<Value> {
    let tilejson = call.query.with(&[("f", Some("tilejson"))]);
    let mut item = link(
        "item",
        &format!("{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{query}"),
        Media::VectorTile,
        "the tiles",
    );
    item["templated"] = true.into();
    vec![
        link("self", &format!("{url}{query}"), Media::Json, "how these tiles are used"),
        link("alternate", &format!("{url}{tilejson}"), Media::TileJson, "the same as TileJSON"),
        link("http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme", TMS_URI, Media::Json, "WebMercatorQuad"),
        item,
    ]
}

pub async fn tile(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let missing = || {
        let names = ["tileMatrix", "tileRow", "tileCol"].map(|name| shortened(call.segment(name)));
        ApiError::NotFound(format!("terrain `{}` has no contour tile {}", terrain.id, names.join("/")))
    };
    let key = tile_key(&call).ok_or_else(missing)?;
    let [west, north, east, south] = range(key.level, extent_deg(&terrain).await?);
    let is_inside = (west..=east).contains(&key.x) && (north..=south).contains(&key.y);
    if key.level > finest_level(terrain.grid.cell_m) || !is_inside {
        return Err(missing());
    }
    let step_m = step_m(&call, key.level);
    let reader = reader(&call, &terrain).await?;
    let tag = reader_tag(&call, &reader);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let name = format!(
        "contours {step_m} {}/{}/{}/{}/{}/{}",
        terrain.key,
        terrain.head,
        reader.edits.name(),
        key.level,
        key.x,
        key.y
    );
    let kept = call.state.tiles.get(&name).await;
    let bytes = match kept {
        Some(bytes) => bytes,
        None => {
            let bytes = draw(&call, reader, key, step_m).await?;
            call.state.tiles.insert(name, bytes.clone()).await;
            bytes
        }
    };
    if bytes.is_empty() {
        let nothing = Answer::new(Media::VectorTile, Bytes::new());
        return Ok(Answer { status: StatusCode::NO_CONTENT, ..nothing }.revalidated());
    }
    Ok(Answer::new(Media::VectorTile, bytes).tagged(tag).revalidated())
}

/// As asked for, or what a map of the level bears [m].
fn step_m(call: &Call, level: u8) -> f64 {
    call.query.number("step").unwrap_or(match level {
        0..=8 => 100.0,
        9..=10 => 50.0,
        11..=12 => 20.0,
        13..=14 => 10.0,
        15 => 5.0,
        16 => 2.0,
        _ => 1.0,
    })
}

async fn draw(call: &Call, reader: TerrainReader, key: TileKey, step_m: f64) -> Result<Bytes, ApiError> {
    let _permit = call.state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let (mosaic, places) = around_tile(&reader, key, Sampling::Nodes).await?;
    compute(move || {
        let heights_m =
            places.iter().map(|place| mosaic.height_m(*place).map_or(f32::NAN, |height| height as f32));
        let margin = LINE_MARGIN as i64;
        let window = Window { first: [-margin; 2], columns: LINE_WIDE, rows: LINE_WIDE };
        let heights = Heights { window, heights_m: heights_m.collect() };
        let Some(layer) = lines(&heights, step_m) else {
            return Err(ApiError::BadRequest(format!(
                "the contours of this tile have more than {MOST_POINTS} points: take a greater `step`"
            )));
        };
        let mut tile = Vec::new();
        layer.write(&mut tile);
        Ok(tile.into())
    })
    .await
}

/// The layer; `None` for too many points. The nodes lie on the border of the tile too: there lines have a point, which
/// depends on the nodes of the border alone, and the neighbour has the same.
fn lines(heights: &Heights, step_m: f64) -> Option<mvt::Layer> {
    let grid = HeightGrid { cell_m: UNITS, phase_m: [0.0; 2] };
    if crossed_cell_count(heights, step_m) > MOST_POINTS {
        return None;
    }
    let found = contours(heights, &grid, step_m);
    let mut layer = mvt::Layer::new("contours");
    let side = f64::from(mvt::EXTENT);
    for line in found {
        let units = line.points.iter().map(|[x, y]| [whole(*x), whole(side - y)]);
        let shape = mvt::Shape::Lines(vec![units.collect()]);
        let is_index = (line.height_m / step_m).round() as i64 % INDEX == 0;
        let attributes =
            [("elevation", mvt::Value::Double(line.height_m)), ("index", mvt::Value::Bool(is_index))];
        layer.push(None, &shape, attributes);
    }
    Some(layer)
}

/// Halves go up on both sides of 0, so that what lies between two units is the same in both tiles.
fn whole(units: f64) -> i32 {
    (units + 0.5).floor() as i32
}
