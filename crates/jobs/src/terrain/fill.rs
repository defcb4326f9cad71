//! Blocks drawn from the input, compared with the head and packed: pure work for threads, but for asking the store.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::Handle;

use crate::Progress;
use stadtwin_crs::Transformer;
use stadtwin_model::{BLOCK_SIDE, BlockKey, Crs, HeightGrid, Heights, Window};
use stadtwin_store::{BlockColumns, NewBlock, Store};
use stadtwin_terrain::{decode_block, encode_block};

use super::layer::{Ground, Layer, common};
use super::pool::Pool;

/// Blocks along a side of what one thread takes at a time.
const SUPER: i32 = 8;

/// All that a thread needs to draw blocks.
pub(super) struct Filler {
    pub grid: HeightGrid,
    pub source: Crs,
    pub storage: Crs,
    pub layers: Vec<Layer>,
    pub pool: Pool,
    /// Of each layer, where it may have heights, in the terrain's nodes.
    pub targets: Vec<Vec<Window>>,
    pub store: Store,
    pub runtime: Handle,
    /// The terrain and its head, where there is one: what lies there is compared with.
    pub head: Option<(i32, i64)>,
    /// Whether what lies there stays where the input knows nothing.
    pub keeps_head: bool,
    pub parts: Vec<BlockKey>,
    pub next: AtomicUsize,
    pub progress: Arc<Progress>,
}

/// What came of a super-block.
#[derive(Default)]
pub(super) struct Filled {
    pub new: Vec<NewBlock>,
    pub unchanged: Vec<BlockKey>,
}

/// The super-blocks that windows of nodes lie in, such that those near each other follow each other.
pub(super) fn parts(targets: &[Vec<Window>]) -> Vec<BlockKey> {
    let side = BLOCK_SIDE as i64 * i64::from(SUPER);
    let mut parts = BTreeSet::new();
    for window in targets.iter().flatten().filter(|window| window.columns > 0 && window.rows > 0) {
        let last = |axis: usize, count: usize| (window.first[axis] + count as i64 - 1).div_euclid(side);
        for row in window.first[1].div_euclid(side)..=last(1, window.rows) {
            for column in window.first[0].div_euclid(side)..=last(0, window.columns) {
                parts.insert(BlockKey { column: column as i32, row: row as i32 });
            }
        }
    }
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_by_key(|part| interleaved(part.column) | interleaved(part.row) << 1);
    parts
}

/// Bits of a number at even places (Morton's order).
fn interleaved(value: i32) -> u64 {
    let value = u64::from((value as u32) ^ 0x8000_0000);
    (0..32).fold(0, |sum, bit| sum | (value >> bit & 1) << (2 * bit))
}

impl Filler {
    /// The next super-block; `None` when all are done.
    pub fn next(&self, work: &mut Work) -> anyhow::Result<Option<Filled>> {
        let Some(part) = self.parts.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return Ok(None) };
        let columns = part.column * SUPER..=part.column * SUPER + SUPER - 1;
        let rows = part.row * SUPER..=part.row * SUPER + SUPER - 1;
        let within = BlockColumns { columns: columns.clone(), rows: rows.clone() };
        let held: HashMap<BlockKey, [u8; 16]> = match self.head {
            Some((terrain, head)) => {
                let asked = self.store.terrain_block_hashes(terrain, head, &within);
                self.runtime.block_on(asked)?.into_iter().collect()
            }
            None => HashMap::new(),
        };
        let mut filled = Filled::default();
        for row in rows {
            for column in columns.clone() {
                self.block(BlockKey { column, row }, &held, work, &mut filled)?;
            }
        }
        Ok(Some(filled))
    }

    fn block(
        &self,
        key: BlockKey,
        held: &HashMap<BlockKey, [u8; 16]>,
        work: &mut Work,
        filled: &mut Filled,
    ) -> anyhow::Result<()> {
        let Some(mut heights) = self.draw(key, work)? else { return Ok(()) };
        if self.keeps_head
            && held.contains_key(&key)
            && heights.heights_m.iter().any(|height| height.is_nan())
        {
            self.keep_head(key, &mut heights)?;
        }
        let content = encode_block(&heights);
        let hash = *blake3::hash(&content).as_bytes().first_chunk().unwrap_or(&[0; 16]);
        if held.get(&key) == Some(&hash) {
            filled.unchanged.push(key);
        } else if let Some(summary) = Summary::of(&heights) {
            let Summary { inner_nodes, heights_m, sample_count } = summary;
            filled.new.push(NewBlock { key, hash, inner_nodes, heights_m, sample_count, content });
        }
        Ok(())
    }

    /// What the input knows of a block; `None` where that is nothing.
    fn draw(&self, key: BlockKey, work: &mut Work) -> anyhow::Result<Option<Heights>> {
        let window = key.window();
        let mut heights: Option<Heights> = None;
        let ground = Ground { grid: self.grid, pool: &self.pool, to_source: work.to_source.as_ref() };
        for (layer, targets) in self.layers.iter().zip(&self.targets) {
            if !targets.iter().any(|target| common(*target, window).is_some()) {
                continue;
            }
            let empty = || Heights { window, heights_m: vec![f32::NAN; BLOCK_SIDE * BLOCK_SIDE] };
            let heights = heights.get_or_insert_with(empty);
            work.any |= layer.paint(&ground, heights)?;
        }
        let any = std::mem::take(&mut work.any);
        self.progress.bytes.fetch_add((BLOCK_SIDE * BLOCK_SIDE * 4) as u64, Ordering::Relaxed);
        Ok(heights.filter(|_| any))
    }

    fn keep_head(&self, key: BlockKey, heights: &mut Heights) -> anyhow::Result<()> {
        let Some((terrain, head)) = self.head else { return Ok(()) };
        for block in self.runtime.block_on(self.store.terrain_blocks(terrain, head, &[key]))? {
            let below = decode_block(key, &block.content)?;
            for (height, below) in heights.heights_m.iter_mut().zip(below.heights_m) {
                if height.is_nan() {
                    *height = below;
                }
            }
        }
        Ok(())
    }
}

/// What belongs to one thread.
pub(super) struct Work {
    /// From the storage CRS to the input's; `None` where they are the same.
    to_source: Option<Transformer>,
    any: bool,
}

impl Work {
    pub fn new(filler: &Filler) -> anyhow::Result<Work> {
        let is_other = filler.source.horizontal != filler.storage.horizontal;
        let to_source = is_other.then(|| Transformer::new(&filler.storage, &filler.source)).transpose()?;
        Ok(Work { to_source, any: false })
    }
}

struct Summary {
    inner_nodes: [i16; 4],
    heights_m: [f32; 2],
    sample_count: i32,
}

impl Summary {
    /// `None` without heights.
    fn of(heights: &Heights) -> Option<Summary> {
        let mut summary = Summary {
            inner_nodes: [i16::MAX, i16::MAX, -1, -1],
            heights_m: [f32::INFINITY, f32::NEG_INFINITY],
            sample_count: 0,
        };
        for (row, line) in heights.heights_m.chunks_exact(BLOCK_SIDE).enumerate() {
            for (column, height) in line.iter().enumerate().filter(|(_, height)| height.is_finite()) {
                let [west, south, east, north] = &mut summary.inner_nodes;
                (*west, *south) = ((*west).min(column as i16), (*south).min(row as i16));
                (*east, *north) = ((*east).max(column as i16), (*north).max(row as i16));
                let [low, high] = &mut summary.heights_m;
                (*low, *high) = (low.min(*height), high.max(*height));
                summary.sample_count += 1;
            }
        }
        (summary.sample_count > 0).then_some(summary)
    }
}
