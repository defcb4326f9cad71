//! The heights that a map tile of WebMercatorQuad is drawn from.

use super::area::around;
use crate::api::error::ApiError;
use crate::api::projection::{Direction, compute, with_transformer};
use stadtwin_jobs::TerrainReader;
use stadtwin_model::{BlockKey, TileKey};
use stadtwin_terrain::{
    Mosaic, RASTER_SIDE, base_level, blocks_within, level_within, smooth_map, spacing_m, web_mercator_nodes,
    web_mercator_pixel_m, web_mercator_places,
};

/// Pixels around a picture: slopes look one further.
pub const MARGIN: usize = 1;
/// Along a side of a picture with those.
pub const WIDE: usize = RASTER_SIDE + 2 * MARGIN;
/// Cells around a tile of lines: 64 of its 4096 units.
pub const LINE_MARGIN: usize = 4;
/// Nodes along a side of a tile of lines with those.
pub const LINE_WIDE: usize = RASTER_SIDE + 1 + 2 * LINE_MARGIN;

/// Where in a tile heights are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// Of the pixels, with `MARGIN`.
    Middles,
    /// Corners of the pixels, with `LINE_MARGIN`: tiles side by side share those on their border.
    Nodes,
}

impl Sampling {
    fn margin(self) -> usize {
        if self == Sampling::Middles { MARGIN } else { LINE_MARGIN }
    }

    fn wide(self) -> usize {
        if self == Sampling::Middles { WIDE } else { LINE_WIDE }
    }

    /// Within a pixel.
    fn offset(self) -> f64 {
        if self == Sampling::Middles { 0.5 } else { 0.0 }
    }
}

/// The heights around a tile and the places in their grid, row by row from the south.
pub async fn around_tile(
    reader: &TerrainReader,
    key: TileKey,
    sampling: Sampling,
) -> Result<(Mosaic, Vec<[f64; 2]>), ApiError> {
    let terrain = &reader.terrain;
    let pixel_m = web_mercator_pixel_m(key, RASTER_SIDE);
    let base = base_level(terrain.grid.cell_m);
    if pixel_m >= spacing_m(base) {
        // Far views: the coarse levels are grids of degrees, as the places are.
        let level = level_within(pixel_m).min(base);
        let places = match sampling {
            Sampling::Middles => web_mercator_places(key, RASTER_SIDE, MARGIN),
            Sampling::Nodes => web_mercator_nodes(key, RASTER_SIDE, LINE_MARGIN),
        };
        let keys: Vec<BlockKey> =
            blocks_within(&stadtwin_terrain::level_grid(level), around(&places)).collect();
        let mosaic = reader.lattice(level, &keys).await.map_err(ApiError::internal)?;
        return Ok((mosaic, places));
    }
    let crs = terrain.crs;
    let places = compute(move || {
        let count = f64::from(1_u32 << key.level);
        let place = |column: f64, row: f64| {
            let share = |node: f64| (node + sampling.offset()) / RASTER_SIDE as f64;
            let from_north = (f64::from(key.y) + 1.0 - share(row)) / count;
            let latitude = (std::f64::consts::PI * (1.0 - 2.0 * from_north)).sinh().atan().to_degrees();
            // The east of one tile is the west of the next, to the last bit.
            [(f64::from(key.x) + share(column)) / count * 360.0 - 180.0, latitude]
        };
        let converted = with_transformer(&crs, Direction::FromLonLat, |transformer| {
            smooth_map(sampling.margin(), place, |points| transformer.convert_2d(points))
        });
        let rows = converted??;
        // The map has one node more a side than there are pixels.
        let all = RASTER_SIDE + 1 + 2 * sampling.margin();
        let wide = sampling.wide();
        Ok(rows
            .chunks_exact(all)
            .take(wide)
            .flat_map(|row| row.iter().take(wide).copied())
            .collect::<Vec<_>>())
    })
    .await?;
    let keys: Vec<BlockKey> = blocks_within(&terrain.grid, around(&places)).collect();
    let mosaic = reader.mosaic(&keys).await.map_err(ApiError::internal)?;
    Ok((mosaic, places))
}
