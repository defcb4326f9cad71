//! Heights of the ground on a regular grid.

use super::crs::Crs;

/// Nodes along a side of a block.
pub const BLOCK_SIDE: usize = 256;

/// Where the nodes of a terrain lie: node `[column, row]` at `phase_m + [column, row] × cell_m`; columns grow east,
/// rows grow north.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeightGrid {
    pub cell_m: f64,
    /// `[east, north]` of node `[0, 0]`, each in `0..cell_m` [m].
    pub phase_m: [f64; 2],
}

/// The block of `BLOCK_SIDE` × `BLOCK_SIDE` nodes whose south-west node is `[column, row] × BLOCK_SIDE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockKey {
    pub column: i32,
    pub row: i32,
}

/// A rectangle of nodes: `[column, row]` of its south-west node and how many there are each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub first: [i64; 2],
    pub columns: usize,
    pub rows: usize,
}

/// The heights of a window: row by row from south to north, each from west to east; NaN where nothing is known [m].
#[derive(Debug, Clone, PartialEq)]
pub struct Heights {
    pub window: Window,
    pub heights_m: Vec<f32>,
}

/// A named model of the ground, as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Terrain {
    pub key: i32,
    /// As in its URL.
    pub id: String,
    pub title: String,
    /// Of the grid; its vertical system is known.
    pub crs: Crs,
    pub grid: HeightGrid,
    /// Number of the published revision; 0 before the first.
    pub head: i64,
    /// `[west, south, east, north]` of the nodes with heights [m]; `None` while there are none.
    pub extent_m: Option<[f64; 4]>,
    /// Lowest and highest height [m].
    pub heights_m: Option<[f64; 2]>,
    /// Nodes with heights.
    pub sample_count: i64,
    /// RFC 3339 time of the last publication.
    pub updated: Option<String>,
    /// Grows with every change of its modifications; 0 when there never was one.
    pub modified: i64,
}

impl HeightGrid {
    /// `[east, north]` of a node [m].
    pub fn place(&self, [column, row]: [i64; 2]) -> [f64; 2] {
        [self.phase_m[0] + column as f64 * self.cell_m, self.phase_m[1] + row as f64 * self.cell_m]
    }

    /// `[column, row]` of a place between nodes.
    pub fn node(&self, [east, north]: [f64; 2]) -> [f64; 2] {
        [(east - self.phase_m[0]) / self.cell_m, (north - self.phase_m[1]) / self.cell_m]
    }
}

impl BlockKey {
    pub fn of_node([column, row]: [i64; 2]) -> BlockKey {
        let side = BLOCK_SIDE as i64;
        BlockKey { column: column.div_euclid(side) as i32, row: row.div_euclid(side) as i32 }
    }

    pub fn window(&self) -> Window {
        let side = BLOCK_SIDE as i64;
        let first = [i64::from(self.column) * side, i64::from(self.row) * side];
        Window { first, columns: BLOCK_SIDE, rows: BLOCK_SIDE }
    }
}

impl Heights {
    /// The height of a node; NaN outside the window.
    pub fn at(&self, [column, row]: [i64; 2]) -> f32 {
        let (x, y) = (column - self.window.first[0], row - self.window.first[1]);
        let inside = x >= 0 && y >= 0 && x < self.window.columns as i64 && y < self.window.rows as i64;
        let index = y.saturating_mul(self.window.columns as i64).saturating_add(x) as usize;
        if inside { self.heights_m.get(index).copied().unwrap_or(f32::NAN) } else { f32::NAN }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_lie_on_both_sides_of_zero() {
        assert_eq!(BlockKey::of_node([-1, 256]), BlockKey { column: -1, row: 1 });
        assert_eq!(BlockKey { column: -1, row: 1 }.window().first, [-256, 256]);
    }

    #[test]
    fn a_place_is_a_node_again() {
        let grid = HeightGrid { cell_m: 0.5, phase_m: [0.25, 0.0] };
        assert_eq!(grid.place([3, -2]), [1.75, -1.0]);
        assert_eq!(grid.node([1.75, -1.0]), [3.0, -2.0]);
    }
}
