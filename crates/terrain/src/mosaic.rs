//! Blocks side by side: the height of any place between their nodes.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use stadtwin_model::{BLOCK_SIDE, BlockKey, HeightGrid, Heights};

/// The blocks of a terrain that are at hand.
#[derive(Debug, Clone)]
pub struct Mosaic {
    pub grid: HeightGrid,
    pub blocks: FxHashMap<BlockKey, Arc<Heights>>,
}

impl Mosaic {
    pub fn new(grid: HeightGrid) -> Mosaic {
        Mosaic { grid, blocks: FxHashMap::default() }
    }

    pub fn insert(&mut self, key: BlockKey, heights: Arc<Heights>) {
        self.blocks.insert(key, heights);
    }

    /// The height of a node [m]; NaN where it is unknown.
    pub fn at(&self, node: [i64; 2]) -> f32 {
        self.blocks.get(&BlockKey::of_node(node)).map_or(f32::NAN, |block| block.at(node))
    }

    /// Height at `[east, north]` [m], bilinear between the nodes around and exact on them; `None` if one that counts
    /// is unknown.
    pub fn height_m(&self, place: [f64; 2]) -> Option<f64> {
        let [x, y] = self.grid.node(place);
        // Beyond what a block key holds; not-a-number is in no range.
        let reach = f64::from(i32::MAX / 2) * BLOCK_SIDE as f64;
        if !(x.abs() < reach && y.abs() < reach) {
            return None;
        }
        let (column, row) = (x.floor(), y.floor());
        let (u, v) = (x - column, y - row);
        let first = [column as i64, row as i64];
        let height = match self.four_in_one_block(first) {
            Some(corners) => blend(u, v, |corner| corners[corner]),
            None => {
                blend(u, v, |corner| self.at([first[0] + corner as i64 % 2, first[1] + corner as i64 / 2]))
            }
        };
        Some(height).filter(|height| !height.is_nan())
    }

    /// South-west, south-east, north-west, north-east of a cell that lies within one block: one look-up for four.
    #[inline]
    fn four_in_one_block(&self, [column, row]: [i64; 2]) -> Option<[f32; 4]> {
        let side = BLOCK_SIDE as i64;
        let (x, y) = (column.rem_euclid(side) as usize, row.rem_euclid(side) as usize);
        if x + 1 == BLOCK_SIDE || y + 1 == BLOCK_SIDE {
            return None;
        }
        let block = self.blocks.get(&BlockKey::of_node([column, row]))?;
        let south = block.heights_m.get(y * BLOCK_SIDE + x..)?;
        Some([*south.first()?, *south.get(1)?, *south.get(BLOCK_SIDE)?, *south.get(BLOCK_SIDE + 1)?])
    }

    /// The blocks that hold a node needed within `[west, south, east, north]` [m], from south to north.
    pub fn blocks_for(&self, extent_m: [f64; 4]) -> impl Iterator<Item = BlockKey> + use<> {
        blocks_within(&self.grid, extent_m)
    }
}

/// The blocks of a grid that hold a node needed for a place within `[west, south, east, north]` [m], south to north;
/// none for an extent that is turned around or no number.
pub fn blocks_within(
    grid: &HeightGrid,
    [west, south, east, north]: [f64; 4],
) -> impl Iterator<Item = BlockKey> + use<> {
    let whole = west <= east && south <= north;
    let [left, bottom] = grid.node([west, south]).map(|node| node.floor() as i64);
    let [right, top] = grid.node([east, north]).map(|node| node.ceil() as i64);
    let (first, last) = (BlockKey::of_node([left, bottom]), BlockKey::of_node([right, top]));
    let rows = if whole { first.row..last.row.saturating_add(1) } else { 0..0 };
    rows.flat_map(move |row| (first.column..=last.column).map(move |column| BlockKey { column, row }))
}

/// Bilinear; corners without weight are not asked, so that what is unknown beside a known node does not hide it.
#[inline]
fn blend(u: f64, v: f64, height: impl Fn(usize) -> f32) -> f64 {
    let shares = [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v];
    let part =
        |corner: usize| if shares[corner] == 0.0 { 0.0 } else { f64::from(height(corner)) * shares[corner] };
    part(0) + part(1) + part(2) + part(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: HeightGrid = HeightGrid { cell_m: 0.5, phase_m: [0.25, 0.25] };

    /// Two blocks beside each other (columns -256..256) with `height = 100 + column / 8 - row / 4`, one node unknown.
    fn mosaic() -> Mosaic {
        let mut mosaic = Mosaic::new(GRID);
        for key in [BlockKey { column: -1, row: 0 }, BlockKey { column: 0, row: 0 }] {
            let [column, row] = key.window().first;
            let heights_m = (0..256 * 256)
                .map(|node| [column + node % 256, row + node / 256])
                .map(|node| {
                    if node == [10, 10] {
                        f32::NAN
                    } else {
                        100.0 + node[0] as f32 / 8.0 - node[1] as f32 / 4.0
                    }
                })
                .collect();
            mosaic.insert(key, Arc::new(Heights { window: key.window(), heights_m }));
        }
        mosaic
    }

    fn check(node: [f64; 2], expected: Option<f64>) {
        let place = [0.25 + node[0] * 0.5, 0.25 + node[1] * 0.5];
        assert_eq!(mosaic().height_m(place), expected, "{node:?}");
    }

    #[test]
    fn heights_between_nodes() {
        check([0.0, 0.0], Some(100.0));
        check([3.0, 2.0], Some(99.875));
        // Hand: 100 + 3.5 / 8 - 2.25 / 4.
        check([3.5, 2.25], Some(99.875));
        // Across the border of blocks.
        check([-0.5, 7.5], Some(98.0625));
        check([-256.0, 255.0], Some(4.25));
    }

    #[test]
    fn unknown_nodes_spoil_only_what_needs_them() {
        check([10.0, 10.0], None);
        check([9.5, 9.5], None);
        check([9.0, 9.0], Some(98.875));
        check([9.0, 10.0], Some(98.625));
        check([9.5, 10.0], None);
        check([9.0, 9.5], Some(98.75));
        check([255.0, 255.0], Some(68.125));
        check([255.5, 255.0], None);
        check([255.0, 255.5], None);
        check([f64::NAN, 0.0], None);
        check([1e300, -1e300], None);
    }

    #[test]
    fn blocks_of_an_extent() {
        let blocks = |extent: [f64; 4]| {
            mosaic().blocks_for(extent).map(|key| (key.column, key.row)).collect::<Vec<_>>()
        };
        // A block is 128 m wide; node 255 lies at 127.75 m and 127.8 m needs node 256 too.
        assert_eq!(blocks([1.0, 1.0, 127.75, 127.75]), [(0, 0)]);
        assert_eq!(blocks([1.0, 1.0, 127.8, 2.0]), [(0, 0), (1, 0)]);
        assert_eq!(blocks([-1.0, -1.0, 1.0, 1.0]), [(-1, -1), (0, -1), (-1, 0), (0, 0)]);
        assert_eq!(blocks([1.0, 1.0, 0.0, 2.0]), []);
        assert_eq!(blocks([f64::NAN; 4]), []);
    }
}
