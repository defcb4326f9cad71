//! What a terrain tile is made of.

use crate::availability::TileRange;
use crate::lattice::{LATTICE_CELLS, LATTICE_SIDE};
use stadtwin_model::TileKey;

/// Water: 0 is land, 255 water.
#[derive(Debug, Clone, PartialEq)]
pub enum WaterMask {
    Uniform(u8),
    /// 256 × 256, row by row from north to south, each from west to east.
    Grid(Vec<u8>),
}

/// A tile to be meshed and encoded.
#[derive(Debug, Clone, PartialEq)]
pub struct MeshInput {
    pub key: TileKey,
    /// Above the ellipsoid [m]; 259 × 259 at `lattice_places(key, 1)`. Unknown ones (filled by `Surround` before) count as 0.
    pub heights_m: Vec<f32>,
    pub water: WaterMask,
    /// `available_below`, for tiles that carry it.
    pub available: Option<Vec<Vec<TileRange>>>,
}

impl MeshInput {
    /// All land, without metadata.
    pub fn new(key: TileKey, heights_m: Vec<f32>) -> MeshInput {
        MeshInput { key, heights_m, water: WaterMask::Uniform(0), available: None }
    }

    /// Of a node of the 259 × 259 [m].
    pub fn height(&self, node: usize) -> f64 {
        let height = self.heights_m.get(node).copied().filter(|height| height.is_finite());
        f64::from(height.unwrap_or_default())
    }

    /// The 257 × 257 within the margin [m].
    pub fn inner_heights(&self) -> Vec<f32> {
        let wide = LATTICE_SIDE + 2;
        let nodes = (1..=LATTICE_CELLS + 1)
            .flat_map(|row| (1..=LATTICE_CELLS + 1).map(move |column| row * wide + column));
        nodes.map(|node| self.height(node) as f32).collect()
    }
}
