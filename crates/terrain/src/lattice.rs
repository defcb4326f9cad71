//! Nodes of terrain tiles: nested grids of longitude and latitude, a tile's 257 × 257 for each place of the quadtree.
//!
//! The quadtree is TMS on geographic coordinates: two tiles at level 0, `x` from 180° west, `y` from the south pole.
//! Every node of a level is a node of all finer ones, at exactly the same coordinates.

use stadtwin_model::TileKey;

/// Cells along a side of a tile.
pub const LATTICE_CELLS: usize = 256;
/// Nodes along a side of a tile: neighbours share those on their border.
pub const LATTICE_SIDE: usize = LATTICE_CELLS + 1;
/// Finer levels than this have nodes closer than any survey [level].
pub const FINEST_LEVEL: u8 = 22;
/// Between nodes of level 0, north to south [m]: half a meridian circle of the sphere, in 256 parts.
const SPACING_OF_ROOT_M: f64 = 6_378_137.0 * std::f64::consts::PI / LATTICE_CELLS as f64;

/// Heights of a tile's nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct LatticeTile {
    pub key: TileKey,
    /// 257 × 257, row by row from south to north, each from west to east; in the vertical system of the storage;
    /// NaN where unknown [m].
    pub heights_m: Vec<f32>,
}

/// Side of a tile [°]; exact.
fn side_deg(level: u8) -> f64 {
    180.0 / f64::from(1u32 << level.min(FINEST_LEVEL))
}

/// `[west, south, east, north]` [°].
pub fn tile_bounds_deg(key: TileKey) -> [f64; 4] {
    let side = side_deg(key.level);
    let (x, y) = (f64::from(key.x), f64::from(key.y));
    [x * side - 180.0, y * side - 90.0, (x + 1.0) * side - 180.0, (y + 1.0) * side - 90.0]
}

/// `[longitude, latitude]` [°] of a tile's nodes with `margin` more on every side, as in `LatticeTile`; beyond the
/// poles the pole, beyond 180° the other end of the world.
///
/// Whole multiples of a power of two of 45°: no rounding, the same node has the same coordinates in every tile.
pub fn lattice_places(key: TileKey, margin: usize) -> Vec<[f64; 2]> {
    let step = side_deg(key.level) / LATTICE_CELLS as f64;
    let first = |tile: u32| i64::from(tile) * LATTICE_CELLS as i64 - margin as i64;
    let side = (LATTICE_SIDE + 2 * margin) as i64;
    let longitude = |column: i64| match column as f64 * step - 180.0 {
        west if west < -180.0 => west + 360.0,
        east if east > 180.0 => east - 360.0,
        longitude => longitude,
    };
    let latitude = |row: i64| (row as f64 * step - 90.0).clamp(-90.0, 90.0);
    let (west, south) = (first(key.x), first(key.y));
    (south..south + side)
        .flat_map(|row| (west..west + side).map(move |column| (column, row)))
        .map(|(column, row)| [longitude(column), latitude(row)])
        .collect()
}

/// Between nodes of a level, north to south [m].
pub fn spacing_m(level: u8) -> f64 {
    SPACING_OF_ROOT_M / f64::from(1u32 << level.min(FINEST_LEVEL))
}

/// The coarsest level whose nodes are no farther apart than those of the grid.
pub fn max_level(cell_m: f64) -> u8 {
    coarsest(|spacing| spacing <= cell_m)
}

/// The coarsest level that still reads the grid itself (nodes less than 8 cells apart); coarser ones take every
/// second node of the next finer.
pub fn base_level(cell_m: f64) -> u8 {
    coarsest(|spacing| spacing < 8.0 * cell_m)
}

fn coarsest(fits: impl Fn(f64) -> bool) -> u8 {
    (0..FINEST_LEVEL).find(|level| fits(spacing_m(*level))).unwrap_or(FINEST_LEVEL)
}

/// The tile above, `None` above level 0.
pub fn parent_key(key: TileKey) -> Option<TileKey> {
    Some(TileKey { level: key.level.checked_sub(1)?, x: key.x / 2, y: key.y / 2 })
}

/// South-west, south-east, north-west, north-east.
pub fn child_keys(key: TileKey) -> [TileKey; 4] {
    [[0, 0], [1, 0], [0, 1], [1, 1]].map(|[x, y]| TileKey {
        level: key.level + 1,
        x: key.x * 2 + x,
        y: key.y * 2 + y,
    })
}

/// Every second node of the children (south-west, south-east, north-west, north-east); unknown where a child is missing.
pub fn parent(key: TileKey, children: [Option<&LatticeTile>; 4]) -> LatticeTile {
    let mut heights_m = vec![f32::NAN; LATTICE_SIDE * LATTICE_SIDE];
    let half = LATTICE_CELLS / 2;
    for (quarter, child) in children.iter().enumerate() {
        let Some(child) = child else { continue };
        let (left, bottom) = (quarter % 2 * half, quarter / 2 * half);
        for row in 0..=half {
            for column in 0..=half {
                let height = child.at(column * 2, row * 2);
                let node = &mut heights_m[(bottom + row) * LATTICE_SIDE + left + column];
                // Shared by children: what one knows holds.
                if node.is_nan() {
                    *node = height;
                }
            }
        }
    }
    LatticeTile { key, heights_m }
}

/// The heights of a tile with one node more on every side (259 × 259, for `MeshInput`), from the nine tiles around
/// and in the middle, row by row from the south-west; unknown where a tile is missing.
pub fn with_margin(around: [Option<&LatticeTile>; 9]) -> Vec<f32> {
    let cells = LATTICE_CELLS as i64;
    let range = -1..=cells + 1;
    // The tile in the middle knows its own border best; the others stand in for it.
    let tiles = |at: i64| match at {
        at if at < 0 => [0, 0],
        0 => [1, 0],
        at if at < cells => [1, 1],
        at if at == cells => [1, 2],
        _ => [2, 2],
    };
    let known = |column: i64, row: i64| {
        let candidates = tiles(row).into_iter().flat_map(|y| tiles(column).map(|x| (x, y)));
        candidates
            .filter_map(|(x, y)| {
                let tile = around[(y * 3 + x) as usize]?;
                Some(tile.at((column - (x - 1) * cells) as usize, (row - (y - 1) * cells) as usize))
            })
            .find(|height| !height.is_nan())
            .unwrap_or(f32::NAN)
    };
    range
        .clone()
        .flat_map(|row| range.clone().map(move |column| (column, row)))
        .map(|(c, r)| known(c, r))
        .collect()
}

impl LatticeTile {
    /// NaN outside.
    pub fn at(&self, column: usize, row: usize) -> f32 {
        let inside = column < LATTICE_SIDE && row < LATTICE_SIDE;
        let node = row.saturating_mul(LATTICE_SIDE).saturating_add(column);
        if inside { self.heights_m.get(node).copied().unwrap_or(f32::NAN) } else { f32::NAN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(level: u8, x: u32, y: u32) -> TileKey {
        TileKey { level, x, y }
    }

    /// Height = 3 × longitude + latitude, exact in f32 at level 8 around here.
    fn tile(key: TileKey) -> LatticeTile {
        let height = |[longitude, latitude]: [f64; 2]| (3.0 * longitude + latitude) as f32;
        LatticeTile { key, heights_m: lattice_places(key, 0).into_iter().map(height).collect() }
    }

    #[test]
    fn bounds_are_those_of_the_tms_quadtree() {
        // Hand: level 1 has tiles of 90°; level 9 of 0.3515625°, the one with Munich (11.57° E, 48.14° N).
        assert_eq!(tile_bounds_deg(key(0, 1, 0)), [0.0, -90.0, 180.0, 90.0]);
        assert_eq!(tile_bounds_deg(key(1, 2, 1)), [0.0, 0.0, 90.0, 90.0]);
        assert_eq!(tile_bounds_deg(key(9, 544, 392)), [11.25, 47.8125, 11.6015625, 48.1640625]);
    }

    #[test]
    fn nodes_are_the_same_in_neighbours_parents_and_margins() {
        let side = LATTICE_SIDE;
        let (west, east) =
            (lattice_places(key(17, 139_509, 100_601), 0), lattice_places(key(17, 139_510, 100_601), 0));
        let coarse = lattice_places(key(16, 69_754, 50_300), 0);
        let wide = lattice_places(key(17, 139_509, 100_601), 1);
        for row in 0..side {
            assert_eq!(west[row * side + 256], east[row * side]);
            // The fine tile is the north-east quarter of the coarse.
            assert_eq!(west[row * side + 2 * (row / 2)][1], wide[(row + 1) * (side + 2) + 1][1]);
            if row % 2 == 0 {
                assert_eq!(west[row * side + 4], coarse[(128 + row / 2) * side + 128 + 2]);
            }
        }
        assert_eq!(wide[(side + 2) + 1], west[0]);
    }

    #[test]
    fn margins_stay_on_the_earth() {
        let places = lattice_places(key(0, 0, 0), 1);
        assert_eq!(places[0], [179.296875, -90.0]);
        assert!(places.iter().all(|[x, y]| (-180.0..=180.0).contains(x) && (-90.0..=90.0).contains(y)));
    }

    #[test]
    fn levels_of_cells() {
        // Hand: 6,378,137 π / 256 / 2^17 = 0.597 m, 2^14 → 4.78 m, 2^13 → 9.55 m; 30 m: 2^12 → 19.1 m.
        assert!((spacing_m(17) - 0.5972).abs() < 1e-4);
        assert_eq!((max_level(1.0), base_level(1.0)), (17, 14));
        assert_eq!((max_level(30.0), base_level(30.0)), (12, 9));
        assert_eq!((max_level(1e-9), max_level(1e9)), (FINEST_LEVEL, 0));
    }

    #[test]
    fn a_parent_takes_every_second_node() {
        let above = key(8, 272, 196);
        let children = child_keys(above).map(tile);
        assert_eq!(parent(above, children.each_ref().map(Some)), tile(above));
        let [south_west, ..] = &children;
        let quarter = parent(above, [Some(south_west), None, None, None]);
        assert_eq!(quarter.heights_m.iter().filter(|height| !height.is_nan()).count(), 129 * 129);
        assert_eq!(quarter.at(128, 128), tile(above).at(128, 128));
        assert!(child_keys(above).iter().all(|child| parent_key(*child) == Some(above)));
        assert_eq!(parent_key(key(0, 1, 0)), None);
    }

    #[test]
    fn margins_come_from_the_neighbours() {
        let near = |index: u32| tile(key(8, 271 + index % 3, 195 + index / 3));
        let tiles: Vec<_> = (0..9).map(near).collect();
        let whole = with_margin(std::array::from_fn(|index| tiles.get(index)));
        let expected: Vec<_> =
            lattice_places(key(8, 272, 196), 1).iter().map(|[x, y]| (3.0 * x + y) as f32).collect();
        assert_eq!(whole, expected);
        let alone = with_margin(std::array::from_fn(|index| tiles.get(index).filter(|_| index == 4)));
        assert_eq!(alone.iter().filter(|height| height.is_nan()).count(), 259 * 259 - 257 * 257);
        // Without the middle its border is still known to those around.
        let hollow = with_margin(std::array::from_fn(|index| tiles.get(index).filter(|_| index != 4)));
        assert_eq!(hollow.iter().filter(|height| height.is_nan()).count(), 255 * 255);
    }
}
