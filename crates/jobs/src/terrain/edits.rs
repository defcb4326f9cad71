//! The edits that a reader of a terrain sees, and what each of them may touch.

use stadtwin_terrain::{
    EditGround, ReadyEdit, SmoothMap, TargetHeights, apply_edits, base_level, level_grid,
};
use std::sync::Arc;

use stadtwin_crs::{CRS84, CrsError, Transformer};
use stadtwin_model::{BLOCK_SIDE, BlockKey, GroundEdit, HeightGrid, Heights, Terrain};

use super::tile::{around, edges};

/// What an area depends on besides the surveyed ground: a hash over the edits that reach into it; `None`: nothing.
pub(super) type Touch = Option<[u8; 16]>;

/// Edits of one terrain in the order in which they are applied; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct TerrainEdits(Arc<[Placed]>);

#[derive(Debug)]
struct Placed {
    edit: ReadyEdit,
    /// `[west, south, east, north]` of all that may change, in the terrain's CRS [m].
    extent_m: [f64; 4],
    /// The same in CRS84 [°], with a little room.
    extent_deg: [f64; 4],
    hash: [u8; 16],
}

impl TerrainEdits {
    /// Of edits that passed their check.
    pub fn new(terrain: &Terrain, edits: Vec<GroundEdit>) -> Result<TerrainEdits, CrsError> {
        if edits.is_empty() {
            return Ok(TerrainEdits::default());
        }
        let to_lonlat = Transformer::new(&terrain.crs, &CRS84)?;
        let mut ground_m = terrain.heights_m.unwrap_or([f64::INFINITY, f64::NEG_INFINITY]);
        let mut placed = Vec::with_capacity(edits.len());
        for edit in edits {
            let extent_m = edit.extent_m(ground_m);
            let mut points = edges(extent_m);
            to_lonlat.convert_2d(&mut points)?;
            // Edges bend between the points by less than this [°].
            let extent_deg = widened(around(&points), terrain.grid.cell_m / 50_000.0);
            // The next edit finds the ground that this one leaves.
            let [low, high] = edit.target.range_m(&edit.polygon);
            ground_m = [ground_m[0].min(low), ground_m[1].max(high)];
            let hash = hash(&edit);
            placed.push(Placed { edit: ReadyEdit::new(edit), extent_m, extent_deg, hash });
        }
        Ok(TerrainEdits(placed.into()))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Over all of them: other edits or another order have another name. Empty without edits.
    pub fn name(&self) -> String {
        let all = touch(self.0.iter());
        all.map_or_else(String::new, |hash| hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What is kept in memory for them [bytes], roughly.
    pub fn size_bytes(&self) -> u64 {
        // Of a triangle: its corners, and up to sixteen entries of the index.
        let of = |placed: &Placed| 256 + 80 * placed.edit.edit().point_count() as u64;
        self.0.iter().map(of).sum()
    }

    /// Of an area in the terrain's CRS [m].
    pub(super) fn touching_m(&self, extent_m: [f64; 4]) -> Touch {
        touch(self.0.iter().filter(|placed| meet(placed.extent_m, extent_m)))
    }

    /// Of an area in CRS84 [°].
    pub(super) fn touching_deg(&self, extent_deg: [f64; 4]) -> Touch {
        touch(self.0.iter().filter(|placed| meet(placed.extent_deg, extent_deg)))
    }

    /// Of a block of the terrain's own grid.
    pub(super) fn touching_block(&self, grid: &HeightGrid, key: BlockKey) -> Touch {
        self.touching_m(block_extent(grid, key))
    }

    /// Changes a block of the terrain's own grid; all of it unknown before, where there was none.
    pub(super) fn apply(&self, grid: &HeightGrid, key: BlockKey, heights: Option<&Heights>) -> Heights {
        let unknown = || Heights { window: key.window(), heights_m: vec![f32::NAN; BLOCK_SIDE * BLOCK_SIDE] };
        let mut heights = heights.cloned().unwrap_or_else(unknown);
        let extent_m = block_extent(grid, key);
        let touching = self.0.iter().filter(|placed| meet(placed.extent_m, extent_m));
        apply_edits(&mut heights, grid, touching.map(|placed| &placed.edit));
        heights
    }

    /// Nodes of a block of a level's grid that may change, each once, by row and column.
    pub(super) fn nodes(&self, level: u8, key: BlockKey) -> Vec<[i64; 2]> {
        let (grid, first) = (level_grid(level), key.window().first);
        let own = block_extent(&grid, key);
        let mut is_touched = vec![false; BLOCK_SIDE * BLOCK_SIDE];
        for placed in self.0.iter().filter(|placed| meet(placed.extent_deg, own)) {
            let [west, south, east, north] = placed.extent_deg;
            let range = |axis: usize, from: f64, to: f64| {
                let within = |node: f64| (node - first[axis] as f64).clamp(0.0, BLOCK_SIDE as f64) as usize;
                within(from.ceil())..within(to.floor() + 1.0)
            };
            let ([left, bottom], [right, top]) = (grid.node([west, south]), grid.node([east, north]));
            for row in range(1, bottom, top) {
                is_touched[row * BLOCK_SIDE..][range(0, left, right)].fill(true);
            }
        }
        let nodes = is_touched.iter().enumerate().filter(|(_, is_touched)| **is_touched);
        nodes
            .map(|(node, _)| [first[0] + (node % BLOCK_SIDE) as i64, first[1] + (node / BLOCK_SIDE) as i64])
            .collect()
    }
}

/// Where nodes of a level lie in the terrain's CRS, to the last bit as when the level was drawn: every node of a coarse
/// level is one of the base level, placed by the base level's tile.
pub(super) fn node_places(
    terrain: &Terrain,
    level: u8,
    nodes: &[[i64; 2]],
) -> Result<Vec<[f64; 2]>, CrsError> {
    let base = base_level(terrain.grid.cell_m);
    let (grid, factor) = (level_grid(base), 1_i64 << base.saturating_sub(level));
    let from_lonlat = Transformer::new(&CRS84, &terrain.crs)?;
    let mut last: Option<(BlockKey, SmoothMap)> = None;
    let mut order: Vec<usize> = (0..nodes.len()).collect();
    let tile = |node: [i64; 2]| BlockKey::of_node(node.map(|at| at * factor));
    order.sort_by_key(|index| tile(nodes[*index]));
    let mut places = vec![[f64::NAN; 2]; nodes.len()];
    for index in order {
        let key = tile(nodes[index]);
        let first = key.window().first;
        let map = match last.take() {
            Some((held, map)) if held == key => map,
            _ => {
                let along =
                    |axis: usize, node: f64| grid.phase_m[axis] + (first[axis] as f64 + node) * grid.cell_m;
                let place = |column: f64, row: f64| [along(0, column), along(1, row)];
                SmoothMap::new(place, |points| from_lonlat.convert_2d(points))?
            }
        };
        let [column, row] = [0, 1].map(|axis| (nodes[index][axis] * factor - first[axis]) as usize);
        places[index] = map.at(column, row);
        last = Some((key, map));
    }
    Ok(places)
}

/// Of the nodes of a block.
pub(super) fn block_extent(grid: &HeightGrid, key: BlockKey) -> [f64; 4] {
    let first = key.window().first;
    let last = first.map(|node| node + BLOCK_SIDE as i64 - 1);
    let ([west, south], [east, north]) = (grid.place(first), grid.place(last));
    [west, south, east, north]
}

pub(super) fn widened([west, south, east, north]: [f64; 4], room: f64) -> [f64; 4] {
    [west - room, south - room, east + room, north + room]
}

fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

fn touch<'a>(placed: impl Iterator<Item = &'a Placed>) -> Touch {
    let mut placed = placed.peekable();
    placed.peek()?;
    let mut hasher = blake3::Hasher::new();
    for placed in placed {
        hasher.update(&placed.hash);
    }
    hasher.finalize().as_bytes().first_chunk().copied()
}

/// Over all that the new ground depends on.
fn hash(edit: &GroundEdit) -> [u8; 16] {
    let text = format!("{edit:?}");
    blake3::hash(text.as_bytes()).as_bytes().first_chunk().copied().unwrap_or_default()
}
