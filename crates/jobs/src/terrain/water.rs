//! The water of a tile: which outlines it shows, and the mask made of them.

use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::{Footprint, TileKey};
use stadtwin_store::WaterBox;
use stadtwin_terrain::{WaterMask, tile_bounds_deg, water_mask, water_square_m};

use super::tile::{TileMaker, around, edges};

/// Outlines of the water bodies around a tile in the terrain's CRS, to half a square of its mask.
pub(super) async fn around_tile(maker: &TileMaker, key: TileKey) -> anyhow::Result<Vec<Footprint>> {
    let Some(extent) = maker.water.extent_deg else { return Ok(Vec::new()) };
    let tile = tile_bounds_deg(key);
    let common =
        [tile[0].max(extent[0]), tile[1].max(extent[1]), tile[2].min(extent[2]), tile[3].min(extent[3])];
    if common[0] > common[2] || common[1] > common[3] {
        return Ok(Vec::new());
    }
    let crs = maker.reader.terrain.crs;
    let bounds = tokio::task::spawn_blocking(move || {
        let mut points = edges(common);
        Transformer::new(&CRS84, &crs)?.convert_2d(&mut points)?;
        anyhow::Ok(around(&points))
    });
    let [west, south, east, north] = bounds.await??;
    let tolerance_m = water_square_m(key.level) / 2.0;
    // Edges bend in another CRS between the points looked at.
    let room = tolerance_m + (east - west).max(north - south) * 0.01;
    let bounds_m = [west - room, south - room, east + room, north + room];
    Ok(maker.reader.store.water_in(&WaterBox { bounds_m, tolerance_m }).await?)
}

/// A tile without water keeps the hash that it had before there was any elsewhere.
pub(super) fn add_to_hash(water: &[Footprint], hasher: &mut blake3::Hasher) {
    for ring in water.iter().flatten().flatten() {
        hasher.update(&(ring.len() as u64).to_le_bytes());
        for [east, north] in ring {
            hasher.update(&east.to_le_bytes()).update(&north.to_le_bytes());
        }
    }
}

pub(super) fn mask(maker: &TileMaker, key: TileKey, water: &[Footprint]) -> anyhow::Result<WaterMask> {
    let to_lonlat = Transformer::new(&maker.reader.terrain.crs, &CRS84)?;
    let mut polygons = water.concat();
    for ring in polygons.iter_mut().flatten() {
        to_lonlat.convert_2d(ring)?;
    }
    Ok(water_mask(key, &polygons))
}
