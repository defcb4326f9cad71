//! Pictures of the ground for maps: tiles of WebMercatorQuad, below the paths of OGC API – Tiles for styled maps.

use bytes::Bytes;
use serde_json::json;

use super::area::{around, extent_deg};
use super::{carried, named, path, reader};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::{Direction, compute, with_transformer};
use crate::jobs::TerrainReader;
use crate::model::{BlockKey, TileKey};
use crate::terrain::{
    Light, Mosaic, RASTER_SIDE, Relief, base_level, blocks_within, hillshade, hillshade_png, level_within,
    max_level, smooth_map, spacing_m, terrain_rgb_png, web_mercator_bounds_deg, web_mercator_pixel_m,
    web_mercator_places,
};

/// How heights are shown.
pub const STYLES: [&str; 2] = ["hillshade", "terrain-rgb"];
const TMS_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// Nodes around a picture: slopes look one further.
const MARGIN: usize = 1;
const WIDE: usize = RASTER_SIDE + 2 * MARGIN;
/// Finer pictures than this show nothing more.
const FINEST: u8 = 24;

/// Which tiles there are, and where.
pub async fn tileset(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let style = style(&call)?;
    let extent = extent_deg(&terrain).await?;
    let finest = finest_level(terrain.grid.cell_m);
    let url = call.base.to(&format!("{}/styles/{style}/map/tiles/WebMercatorQuad", path(&terrain)));
    let limits = (0..=finest).map(|level| {
        let [west, north, east, south] = range(level, extent);
        json!({
            "tileMatrix": level.to_string(), "minTileRow": north, "maxTileRow": south, "minTileCol": west,
            "maxTileCol": east,
        })
    });
    let mut links = vec![link("self", &url, Media::Json, "this document")];
    links.push(link(
        "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
        TMS_URI,
        Media::Json,
        "WebMercatorQuad",
    ));
    links.push(json!({
        "rel": "item", "type": Media::Png.name(), "templated": true,
        "href": format!("{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{}", carried(&call)), "title": "the tiles",
    }));
    let document = json!({
        "title": format!("{}, {style}", terrain.title),
        "dataType": "map",
        "crs": "http://www.opengis.net/def/crs/EPSG/0/3857",
        "tileMatrixSetURI": TMS_URI,
        "tileMatrixSetLimits": limits.collect::<Vec<_>>(),
        "boundingBox": { "lowerLeft": [extent[0], extent[1]], "upperRight": [extent[2], extent[3]] },
        "links": links,
    });
    Ok(Answer::json(Media::Json, &document))
}

pub async fn tile(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let style = style(&call)?;
    let missing = || {
        let names = ["tileMatrix", "tileRow", "tileCol"].map(|name| shortened(call.segment(name)));
        ApiError::NotFound(format!("terrain `{}` has no map tile {}", terrain.id, names.join("/")))
    };
    let key = tile_key(&call).ok_or_else(missing)?;
    let extent = extent_deg(&terrain).await?;
    let [west, north, east, south] = range(key.level, extent);
    let is_inside = (west..=east).contains(&key.x) && (north..=south).contains(&key.y);
    if key.level > finest_level(terrain.grid.cell_m) || !is_inside {
        return Err(missing());
    }
    let reader = reader(&call, &terrain).await?;
    let name = format!(
        "{style} {}/{}/{}/{}/{}/{}",
        terrain.key,
        terrain.head,
        reader.edits.name(),
        key.level,
        key.x,
        key.y
    );
    let made = call.state.tiles.try_get_with(name, draw(&call, reader, key, style));
    let bytes = made.await.map_err(|error| ApiError::internal(format!("map tile: {error:?}")))?;
    Ok(Answer::new(Media::Png, bytes))
}

fn style(call: &Call) -> Result<&'static str, ApiError> {
    let asked = call.segment("styleId");
    let known = STYLES.into_iter().find(|style| *style == asked);
    known.ok_or_else(|| {
        ApiError::NotFound(format!("no style `{}`; there are {}", shortened(asked), STYLES.join(", ")))
    })
}

/// Rows are counted from the north.
fn tile_key(call: &Call) -> Option<TileKey> {
    let number = |name: &str| call.segment(name).parse::<u32>().ok();
    let level = u8::try_from(number("tileMatrix")?).ok().filter(|level| *level <= FINEST)?;
    let count = 1_u32 << level;
    let (x, y) = (number("tileCol")?, number("tileRow")?);
    (x < count && y < count).then_some(TileKey { level, x, y })
}

/// A pixel is a cell or a little less.
fn finest_level(cell_m: f64) -> u8 {
    // Pixels of level z are as wide as nodes of level z + 1 at the equator, and narrower towards the poles.
    (max_level(cell_m) + 1).min(FINEST)
}

/// First column, first row, last column, last row of a level.
fn range(level: u8, [west, south, east, north]: [f64; 4]) -> [u32; 4] {
    let count = f64::from(1_u32 << level);
    let held = |value: f64| value.floor().clamp(0.0, count - 1.0) as u32;
    let column = |longitude: f64| held((longitude + 180.0) / 360.0 * count);
    let row = |latitude: f64| {
        let sine = latitude.clamp(-85.06, 85.06).to_radians().sin();
        held((0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * std::f64::consts::PI)) * count)
    };
    [column(west), row(north), column(east), row(south)]
}

async fn draw(
    call: &Call,
    reader: TerrainReader,
    key: TileKey,
    style: &'static str,
) -> Result<Bytes, ApiError> {
    let _permit = call.state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let (mosaic, places) = around_tile(&reader, key).await?;
    compute(move || {
        let heights_m: Vec<f32> = places
            .iter()
            .map(|place| mosaic.height_m(*place).map_or(f32::NAN, |height| height as f32))
            .collect();
        let bytes = if style == "hillshade" {
            let pixel_m = web_mercator_pixel_m(key, RASTER_SIDE);
            let relief = Relief {
                heights_m: &heights_m,
                columns: RASTER_SIDE,
                rows: RASTER_SIDE,
                cell_m: [pixel_m, pixel_m],
            };
            hillshade_png(&hillshade(relief, Light::STANDARD), RASTER_SIDE)
        } else {
            let inner = heights_m.chunks_exact(WIDE).skip(MARGIN).take(RASTER_SIDE);
            let inner: Vec<f32> =
                inner.flat_map(|row| row.iter().skip(MARGIN).take(RASTER_SIDE).copied()).collect();
            terrain_rgb_png(&inner, RASTER_SIDE)
        };
        Ok(bytes.into())
    })
    .await
}

/// The heights around a tile and the places of its pixels in their grid, row by row from the south.
async fn around_tile(reader: &TerrainReader, key: TileKey) -> Result<(Mosaic, Vec<[f64; 2]>), ApiError> {
    let terrain = &reader.terrain;
    let pixel_m = web_mercator_pixel_m(key, RASTER_SIDE);
    let base = base_level(terrain.grid.cell_m);
    if pixel_m >= spacing_m(base) {
        // Far views: the coarse levels are grids of degrees, as the places are.
        let level = level_within(pixel_m).min(base);
        let places = web_mercator_places(key, RASTER_SIDE, MARGIN);
        let keys: Vec<BlockKey> =
            blocks_within(&crate::terrain::level_grid(level), around(&places)).collect();
        let mosaic = reader.lattice(level, &keys).await.map_err(ApiError::internal)?;
        return Ok((mosaic, places));
    }
    let crs = terrain.crs;
    let places = compute(move || {
        let [west, ..] = web_mercator_bounds_deg(key);
        let size_deg = 360.0 / f64::from(1_u32 << key.level);
        let count = f64::from(1_u32 << key.level);
        let place = |column: f64, row: f64| {
            let share = |node: f64| (node + 0.5) / RASTER_SIDE as f64;
            let from_north = (f64::from(key.y) + 1.0 - share(row)) / count;
            let latitude = (std::f64::consts::PI * (1.0 - 2.0 * from_north)).sinh().atan().to_degrees();
            [west + share(column) * size_deg, latitude]
        };
        let converted = with_transformer(&crs, Direction::FromLonLat, |transformer| {
            smooth_map(MARGIN, place, |points| transformer.convert_2d(points))
        });
        let wide = WIDE + 1;
        let rows = converted??;
        // The map has one node more a side than there are pixels.
        Ok(rows
            .chunks_exact(wide)
            .take(WIDE)
            .flat_map(|row| row.iter().take(WIDE).copied())
            .collect::<Vec<_>>())
    })
    .await?;
    let keys: Vec<BlockKey> = blocks_within(&terrain.grid, around(&places)).collect();
    let mosaic = reader.mosaic(&keys).await.map_err(ApiError::internal)?;
    Ok((mosaic, places))
}
