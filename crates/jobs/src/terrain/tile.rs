//! Terrain tiles for viewers: which heights a tile is made of, and the tile itself. Seeding is the same run ahead.

use std::io::Write;
use std::ops::RangeInclusive;
use std::sync::Arc;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;

use stadtwin_crs::{CRS84, HeightModel, Transformer};
use stadtwin_model::{BlockKey, Footprint, TileKey};
use stadtwin_store::{BlockColumns, WaterState};
use stadtwin_terrain::{
    Extensions, LATTICE_SIDE, MeshInput, Mosaic, Surround, available_below, base_level, blocks_within,
    encode_quantized_mesh, is_available, lattice_places, level_grid, max_level, smooth_map, tile_block,
    tiles_within,
};

use super::edits::{block_extent, widened};
use super::reader::TerrainReader;
use super::water;

/// Part of every hash: another encoder makes other tiles.
const ENCODER: &str = "terrain tile 1";
/// Nodes along a side with the margin that normals need.
const WIDE: usize = LATTICE_SIDE + 2;
/// Nodes that the ground outside of the data is carried on from.
const MOST_SAMPLES: f64 = 40_000.0;

/// What holds for all tiles of one state of a terrain.
#[derive(Debug)]
pub struct Surroundings {
    /// Of the data, CRS84 `[west, south, east, north]` [°].
    pub extent_deg: [f64; 4],
    surround: Surround,
    /// Over what it was made from.
    hash: [u8; 16],
}

/// What a tile is made of, before it is made.
#[derive(Debug)]
pub struct TilePlan {
    pub key: TileKey,
    pub extensions: Extensions,
    /// 32 hex digits over all that the bytes depend on.
    pub hash: String,
    /// Of the wide nodes in the terrain's CRS, for levels drawn from its blocks.
    places: Option<Vec<[f64; 2]>>,
    /// Outlines of water in the terrain's CRS, for tiles that show it.
    water: Vec<Footprint>,
}

/// Makes tiles of one state of a terrain.
#[derive(Debug, Clone)]
pub struct TileMaker {
    pub reader: TerrainReader,
    pub heights: Arc<HeightModel>,
    pub surroundings: Arc<Surroundings>,
    /// For tiles with a water mask.
    pub water: WaterState,
}

impl Surroundings {
    /// Reads a coarse level; `None` while the terrain is empty. Edits do not count: the far stays as it is when a plan
    /// comes, and so do its tiles.
    pub async fn of(reader: &TerrainReader) -> anyhow::Result<Option<Surroundings>> {
        let reader = reader.surveyed();
        let Some(extent_m) = reader.terrain.extent_m else { return Ok(None) };
        let crs = reader.terrain.crs;
        let extent_deg = tokio::task::spawn_blocking(move || {
            let mut points = edges(extent_m);
            Transformer::new(&crs, &CRS84)?.convert_2d(&mut points)?;
            anyhow::Ok(around(&points))
        })
        .await??;
        let level = sample_level(base_level(reader.terrain.grid.cell_m), extent_deg);
        let keys: Vec<TileKey> = tiles_within(level, extent_deg).keys(level).collect();
        let (terrain, head) = (reader.terrain.key, reader.terrain.head);
        let mut hasher = blake3::Hasher::new();
        for metres in extent_m {
            hasher.update(&metres.to_le_bytes());
        }
        for (_, hash) in reader.store.terrain_lattice_hashes(terrain, head, &keys).await? {
            hasher.update(&hash);
        }
        let mosaic =
            reader.lattice(level, &keys.iter().map(|key| tile_block(*key)).collect::<Vec<_>>()).await?;
        let made = tokio::task::spawn_blocking(move || {
            Surround::new(&samples(&mosaic, level, extent_deg), extent_deg)
        });
        let hash = *hasher.finalize().as_bytes().first_chunk().context("a hash has 32 bytes")?;
        Ok(Some(Surroundings { extent_deg, surround: made.await?, hash }))
    }
}

/// Points along the edges of a box: straight lines bend in another CRS.
pub(super) fn edges([west, south, east, north]: [f64; 4]) -> Vec<[f64; 2]> {
    let along = |from: f64, to: f64, step: u32| from + (to - from) * f64::from(step) / 16.0;
    (0..=16)
        .flat_map(|step| {
            let (x, y) = (along(west, east, step), along(south, north, step));
            [[x, south], [x, north], [west, y], [east, y]]
        })
        .collect()
}

pub(super) fn around(points: &[[f64; 2]]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(start, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)])
}

/// The finest level, none finer than `base`, with few enough nodes in the extent.
fn sample_level(base: u8, [west, south, east, north]: [f64; 4]) -> u8 {
    let nodes = |level: u8| {
        let step = level_grid(level).cell_m;
        ((east - west) / step + 1.0) * ((north - south) / step + 1.0)
    };
    (0..=base).rev().find(|level| nodes(*level) <= MOST_SAMPLES).unwrap_or(0)
}

/// `[longitude °, latitude °, height m]` of the known nodes in the extent.
fn samples(mosaic: &Mosaic, level: u8, [west, south, east, north]: [f64; 4]) -> Vec<[f64; 3]> {
    let grid = level_grid(level);
    let [left, bottom] = grid.node([west, south]).map(|node| node.floor() as i64);
    let [right, top] = grid.node([east, north]).map(|node| node.ceil() as i64);
    let nodes = (bottom..=top).flat_map(|row| (left..=right).map(move |column| [column, row]));
    nodes
        .filter_map(|node| {
            let height = Some(mosaic.at(node)).filter(|height| height.is_finite())?;
            let [longitude, latitude] = grid.place(node);
            Some([longitude, latitude, f64::from(height)])
        })
        .collect()
}

impl TileMaker {
    pub fn is_available(&self, key: TileKey) -> bool {
        is_available(key, self.surroundings.extent_deg, self.finest_level())
    }

    pub fn finest_level(&self) -> u8 {
        max_level(self.reader.terrain.grid.cell_m)
    }

    /// Finds what the tile depends on.
    pub async fn plan(&self, key: TileKey, extensions: Extensions) -> anyhow::Result<TilePlan> {
        let terrain = &self.reader.terrain;
        let mut hasher = blake3::Hasher::new();
        let own = format!(
            "{ENCODER} {} {} {}/{}/{} {extensions:?}",
            self.heights.variant(),
            terrain.grid.cell_m,
            key.level,
            key.x,
            key.y
        );
        hasher.update(own.as_bytes());
        let (places, touch);
        let is_full = if key.level > base_level(terrain.grid.cell_m) {
            let found = self.places(key).await?;
            let keys: Vec<BlockKey> = blocks_within(&terrain.grid, around(&found)).collect();
            touch = self.reader.edits.touching_m(widened(around(&found), terrain.grid.cell_m));
            places = Some(found);
            let Some(within) = rectangle(&keys) else { anyhow::bail!("a tile has no nodes") };
            let asked = self.reader.store.terrain_rectangle(terrain.key, terrain.head, &within);
            let (hashes, is_full) = asked.await?;
            hasher.update(format!("{within:?}").as_bytes());
            for hash in hashes {
                hasher.update(&hash);
            }
            is_full
        } else {
            let (keys, grid) = (nine(key), level_grid(key.level));
            touch = self
                .reader
                .edits
                .touching_deg(widened(block_extent(&grid, tile_block(key)), 2.0 * grid.cell_m));
            places = None;
            let asked = self.reader.store.terrain_lattice_hashes(terrain.key, terrain.head, &keys);
            for (key, hash) in asked.await? {
                hasher.update(format!("{key:?}").as_bytes()).update(&hash);
            }
            false
        };
        if let Some(touch) = touch {
            hasher.update(b"edits").update(&touch);
        }
        if !is_full || extensions.metadata {
            hasher.update(&self.surroundings.hash);
        }
        let water = match extensions.water_mask {
            true => water::around_tile(self, key).await?,
            false => Vec::new(),
        };
        water::add_to_hash(&water, &mut hasher);
        let hash = hasher.finalize().to_hex().get(..32).unwrap_or_default().to_owned();
        Ok(TilePlan { key, extensions, hash, places, water })
    }

    /// The tile, packed by gzip.
    pub async fn make(&self, plan: TilePlan) -> anyhow::Result<Vec<u8>> {
        let terrain = &self.reader.terrain;
        let mosaic = match &plan.places {
            Some(places) => {
                let keys: Vec<BlockKey> = blocks_within(&terrain.grid, around(places)).collect();
                self.reader.mosaic(&keys).await?
            }
            None => {
                let keys: Vec<BlockKey> = nine(plan.key).into_iter().map(tile_block).collect();
                self.reader.lattice(plan.key.level, &keys).await?
            }
        };
        let maker = self.clone();
        tokio::task::spawn_blocking(move || maker.encode(&plan, &mosaic)).await?
    }

    fn encode(&self, plan: &TilePlan, mosaic: &Mosaic) -> anyhow::Result<Vec<u8>> {
        let key = plan.key;
        let lonlat = lattice_places(key, 1);
        let mut heights_m: Vec<f32> = match &plan.places {
            Some(places) => places.iter().map(|place| sampled(mosaic, *place)).collect(),
            None => {
                let first = tile_block(key).window().first;
                let wide = 0..WIDE as i64;
                let nodes = wide.clone().flat_map(|row| wide.clone().map(move |column| [column, row]));
                nodes.map(|[column, row]| mosaic.at([first[0] + column - 1, first[1] + row - 1])).collect()
            }
        };
        self.surroundings.surround.fill(&mut heights_m, &lonlat);
        for (height, place) in heights_m.iter_mut().zip(&lonlat) {
            *height = (f64::from(*height) + self.undulation_m(*place)) as f32;
        }
        let mut input = MeshInput::new(key, heights_m);
        if plan.extensions.metadata {
            input.available = available_below(key, self.surroundings.extent_deg, self.finest_level());
        }
        if !plan.water.is_empty() {
            input.water = water::mask(self, key, &plan.water)?;
        }
        let bytes = encode_quantized_mesh(&input, plan.extensions);
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&bytes)?;
        Ok(packed.finish()?)
    }

    /// Outside of the data that of their edge: no grid holds for the whole world, and heights there are made up.
    fn undulation_m(&self, [longitude, latitude]: [f64; 2]) -> f64 {
        let [west, south, east, north] = self.surroundings.extent_deg;
        let place = (longitude.clamp(west, east), latitude.clamp(south, north));
        self.heights.undulation_m(place.0, place.1).unwrap_or(0.0)
    }

    /// Of the wide nodes, in the terrain's CRS.
    async fn places(&self, key: TileKey) -> anyhow::Result<Vec<[f64; 2]>> {
        let crs = self.reader.terrain.crs;
        tokio::task::spawn_blocking(move || {
            let (grid, first) = (level_grid(key.level), tile_block(key).window().first);
            let place = |column: f64, row: f64| {
                let along =
                    |axis: usize, node: f64| grid.phase_m[axis] + (first[axis] as f64 + node) * grid.cell_m;
                [along(0, column), along(1, row)]
            };
            let from_lonlat = Transformer::new(&CRS84, &crs)?;
            Ok(smooth_map(1, place, |points| from_lonlat.convert_2d(points))?)
        })
        .await?
    }
}

/// To the millimetre, as blocks are kept: a node has one height, however it was reached.
fn sampled(mosaic: &Mosaic, place: [f64; 2]) -> f32 {
    mosaic.height_m(place).map_or(f32::NAN, |height| ((height * 1000.0).round() / 1000.0) as f32)
}

fn rectangle(keys: &[BlockKey]) -> Option<BlockColumns> {
    let range = |of: fn(&BlockKey) -> i32| -> Option<RangeInclusive<i32>> {
        Some(keys.iter().map(of).min()?..=keys.iter().map(of).max()?)
    };
    Some(BlockColumns { columns: range(|key| key.column)?, rows: range(|key| key.row)? })
}

/// A tile and those around it, as far as there are any.
fn nine(key: TileKey) -> Vec<TileKey> {
    let near = |at: u32| at.saturating_sub(1)..=at.saturating_add(1);
    near(key.y).flat_map(|y| near(key.x).map(move |x| TileKey { level: key.level, x, y })).collect()
}
