//! Pictures of the ground for maps: tiles of WebMercatorQuad, below the paths of OGC API – Tiles for styled maps.

use bytes::Bytes;
use serde_json::json;

use super::area::extent_deg;
use super::map_heights::{MARGIN, Sampling, WIDE, around_tile};
use super::{carried, edits, named, path, reader};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::projection::compute;
use stadtwin_jobs::TerrainReader;
use stadtwin_model::TileKey;
use stadtwin_terrain::{
    Light, RASTER_SIDE, Relief, hillshade, hillshade_png, max_level, terrain_rgb_png, web_mercator_pixel_m,
};

/// How heights are shown.
pub const STYLES: [&str; 2] = ["hillshade", "terrain-rgb"];
pub(super) const TMS_URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// Finer pictures than this show nothing more.
const FINEST: u8 = 24;

/// Which tiles there are, and where.
pub async fn tileset(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let style = style(&call)?;
    edits(&call, &terrain).await?;
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
    let bytes = made.await.map_err(|error| error.shared("map tile"))?;
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
pub(super) fn tile_key(call: &Call) -> Option<TileKey> {
    let number = |name: &str| call.segment(name).parse::<u32>().ok();
    let level = u8::try_from(number("tileMatrix")?).ok().filter(|level| *level <= FINEST)?;
    let count = 1_u32 << level;
    let (x, y) = (number("tileCol")?, number("tileRow")?);
    (x < count && y < count).then_some(TileKey { level, x, y })
}

/// A pixel is a cell or a little less.
pub(super) fn finest_level(cell_m: f64) -> u8 {
    // Pixels of level z are as wide as nodes of level z + 1 at the equator, and narrower towards the poles.
    (max_level(cell_m) + 1).min(FINEST)
}

/// First column, first row, last column, last row of a level.
pub(super) fn range(level: u8, [west, south, east, north]: [f64; 4]) -> [u32; 4] {
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
    let (mosaic, places) = around_tile(&reader, key, Sampling::Middles).await?;
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
