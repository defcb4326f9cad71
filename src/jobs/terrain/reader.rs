//! Heights out of the store: blocks that were unpacked before are kept, bounded by their size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moka::future::Cache;

use crate::model::{BlockKey, Heights, Terrain, TileKey};
use crate::store::Store;
use crate::terrain::{BlockError, Mosaic, decode_block, level_grid};

/// Blocks in memory for one request at a time: 16 MiB.
const AT_ONCE: usize = 64;

/// Unpacked blocks by terrain, revision, level (none: the ground itself) and place; `None`: there is no such block.
type Kept = Cache<(i32, i64, Option<u8>, BlockKey), Option<Arc<Heights>>>;

/// Unpacked blocks that all readers share; cheap to clone.
#[derive(Debug, Clone)]
pub struct KeptHeights(Kept);

impl KeptHeights {
    /// Of at most so many bytes.
    pub fn new(most_bytes: u64) -> KeptHeights {
        let weigh = |_: &(i32, i64, Option<u8>, BlockKey), heights: &Option<Arc<Heights>>| {
            let nodes = heights.as_ref().map_or(0, |heights| heights.heights_m.len());
            u32::try_from(128 + 4 * nodes).unwrap_or(u32::MAX)
        };
        KeptHeights(Cache::builder().max_capacity(most_bytes).weigher(weigh).build())
    }
}

/// Reads one terrain at its head.
#[derive(Debug, Clone)]
pub struct TerrainReader {
    pub store: Store,
    pub kept: KeptHeights,
    pub terrain: Terrain,
}

impl TerrainReader {
    /// The blocks as far as there are any.
    pub async fn mosaic(&self, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let terrain = &self.terrain;
        let mut mosaic = Mosaic::new(terrain.grid);
        let missing = self.take_kept(None, keys, &mut mosaic).await;
        if missing.is_empty() {
            return Ok(mosaic);
        }
        let stored = self.store.terrain_blocks(terrain.key, terrain.head, &missing).await?;
        let packed = stored.into_iter().map(|block| (block.key, block.content)).collect();
        self.unpack(None, packed, missing, &mut mosaic).await?;
        Ok(mosaic)
    }

    /// Tiles of a coarse level as blocks of its grid, as far as there are any.
    pub async fn lattice(&self, level: u8, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let terrain = &self.terrain;
        let mut mosaic = Mosaic::new(level_grid(level));
        let missing = self.take_kept(Some(level), keys, &mut mosaic).await;
        let tile = |key: &BlockKey| TileKey { level, x: key.column as u32, y: key.row as u32 };
        let tiles: Vec<TileKey> =
            missing.iter().filter(|key| key.column >= 0 && key.row >= 0).map(tile).collect();
        if tiles.is_empty() {
            return Ok(mosaic);
        }
        let stored = self.store.terrain_lattice(terrain.key, terrain.head, &tiles).await?;
        let block = |key: TileKey| BlockKey { column: key.x as i32, row: key.y as i32 };
        let packed = stored.into_iter().map(|tile| (block(tile.key), tile.content)).collect();
        self.unpack(Some(level), packed, missing, &mut mosaic).await?;
        Ok(mosaic)
    }

    /// Heights at places in the terrain's CRS, in their order; `None` where it knows none.
    pub async fn heights(&self, places: &[[f64; 2]]) -> anyhow::Result<Vec<Option<f64>>> {
        let mut heights = vec![None; places.len()];
        // Places that share blocks are asked together.
        let mut by_block: BTreeMap<BlockKey, Vec<usize>> = BTreeMap::new();
        for (index, place) in places.iter().enumerate() {
            if let Some(key) = corners(&self.terrain, *place).first() {
                by_block.entry(*key).or_default().push(index);
            }
        }
        let groups: Vec<Vec<usize>> = by_block.into_values().collect();
        // Four blocks a place at the most, and those of neighbours are mostly the same.
        for group in groups.chunks(AT_ONCE / 4) {
            let indexes = || group.iter().flatten().copied();
            let asked = |index: usize| places.get(index).copied().unwrap_or([f64::NAN; 2]);
            let keys: BTreeSet<BlockKey> =
                indexes().flat_map(|index| corners(&self.terrain, asked(index))).collect();
            let mosaic = self.mosaic(&keys.into_iter().collect::<Vec<_>>()).await?;
            for index in indexes() {
                if let Some(height) = heights.get_mut(index) {
                    *height = mosaic.height_m(asked(index));
                }
            }
        }
        Ok(heights)
    }

    /// Puts what is at hand into the mosaic; gives the rest.
    async fn take_kept(&self, level: Option<u8>, keys: &[BlockKey], mosaic: &mut Mosaic) -> Vec<BlockKey> {
        let mut missing = Vec::new();
        for key in keys {
            match self.kept.0.get(&self.kept_key(level, *key)).await {
                Some(Some(heights)) => mosaic.insert(*key, heights),
                Some(None) => {}
                None => missing.push(*key),
            }
        }
        missing
    }

    fn kept_key(&self, level: Option<u8>, key: BlockKey) -> (i32, i64, Option<u8>, BlockKey) {
        (self.terrain.key, self.terrain.head, level, key)
    }

    async fn unpack(
        &self,
        level: Option<u8>,
        packed: Vec<(BlockKey, Vec<u8>)>,
        asked: Vec<BlockKey>,
        mosaic: &mut Mosaic,
    ) -> anyhow::Result<()> {
        let unpacked = tokio::task::spawn_blocking(move || {
            let decode = |(key, bytes): (BlockKey, Vec<u8>)| Ok((key, Arc::new(decode_block(key, &bytes)?)));
            packed.into_iter().map(decode).collect::<Result<Vec<(BlockKey, Arc<Heights>)>, BlockError>>()
        })
        .await??;
        for (key, heights) in unpacked {
            mosaic.insert(key, heights);
        }
        for key in asked {
            let heights = mosaic.blocks.get(&key).cloned();
            self.kept.0.insert(self.kept_key(level, key), heights).await;
        }
        Ok(())
    }
}

/// The blocks of the nodes around a place; none for no place at all.
fn corners(terrain: &Terrain, place: [f64; 2]) -> Vec<BlockKey> {
    let [column, row] = terrain.grid.node(place).map(f64::floor);
    // Beyond what a key holds: no terrain reaches there.
    if !(column.abs() < 5e11 && row.abs() < 5e11) {
        return Vec::new();
    }
    let (column, row) = (column as i64, row as i64);
    let mut keys: Vec<BlockKey> =
        [[0, 0], [1, 0], [0, 1], [1, 1]].map(|[x, y]| BlockKey::of_node([column + x, row + y])).to_vec();
    keys.dedup();
    keys
}
