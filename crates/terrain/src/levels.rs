//! Levels of the quadtree as grids in degrees, cut into blocks of 256 × 256 nodes like the terrain itself: block `[x, y]`
//! is tile `x, y` without its northern and eastern edge, which belong to the neighbours.

use super::lattice::{FINEST_LEVEL, spacing_m};
use stadtwin_model::{BLOCK_SIDE, BlockKey, HeightGrid, TileKey};

/// The nodes of a level as a grid: its places are `[longitude, latitude]` [°].
pub fn level_grid(level: u8) -> HeightGrid {
    let step_deg = 180.0 / f64::from(1_u32 << level.min(FINEST_LEVEL)) / BLOCK_SIDE as f64;
    HeightGrid { cell_m: step_deg, phase_m: [-180.0, -90.0] }
}

/// The coarsest level whose nodes are no further apart than `metres`, along a meridian.
pub fn level_within(metres: f64) -> u8 {
    (0..FINEST_LEVEL).find(|level| spacing_m(*level) <= metres).unwrap_or(FINEST_LEVEL)
}

/// The block of a level's grid that a tile is.
pub fn tile_block(key: TileKey) -> BlockKey {
    BlockKey { column: key.x as i32, row: key.y as i32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_counted_from_the_south_west() {
        // Hand: at level 0 nodes lie 180° / 256 = 0.703125° apart.
        assert_eq!(level_grid(0).node([11.25, 0.0]), [272.0, 128.0]);
        assert_eq!(BlockKey::of_node([272, 128]), tile_block(TileKey { level: 0, x: 1, y: 0 }));
    }

    /// Hand: 78,272 m / 2^z.
    #[test]
    fn levels_suit_the_distance() {
        for (metres, level) in [(80_000.0, 0), (78_000.0, 1), (1.0, 17), (0.0, 22)] {
            assert_eq!(level_within(metres), level, "{metres}");
        }
    }
}
