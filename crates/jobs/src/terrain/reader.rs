//! Heights out of the store: blocks that were unpacked before are kept, bounded by their size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use moka::future::Cache;

use stadtwin_model::{BlockKey, Heights, Terrain, TileKey};
use stadtwin_store::Store;
use stadtwin_terrain::{BlockError, Mosaic, decode_block, level_grid};

use super::edits::{TerrainEdits, Touch, block_extent, node_places};

/// Blocks in memory for one request at a time: 16 MiB.
const AT_ONCE: usize = 64;

/// Unpacked blocks by terrain, revision, level (none: the ground itself), place and edits; `None`: there is no such block.
type Kept = Cache<KeptKey, Option<Arc<Heights>>>;
type KeptKey = (i32, i64, Option<u8>, BlockKey, Touch);

/// Unpacked blocks that all readers share; cheap to clone.
#[derive(Debug, Clone)]
pub struct KeptHeights(Kept);

impl KeptHeights {
    /// Of at most so many bytes.
    pub fn new(most_bytes: u64) -> KeptHeights {
        let weigh = |_: &KeptKey, heights: &Option<Arc<Heights>>| {
            let nodes = heights.as_ref().map_or(0, |heights| heights.heights_m.len());
            u32::try_from(128 + 4 * nodes).unwrap_or(u32::MAX)
        };
        KeptHeights(Cache::builder().max_capacity(most_bytes).weigher(weigh).build())
    }
}

/// Reads one terrain at its head, as edits leave it.
#[derive(Debug, Clone)]
pub struct TerrainReader {
    pub store: Store,
    pub kept: KeptHeights,
    pub terrain: Terrain,
    pub edits: TerrainEdits,
}

impl TerrainReader {
    /// The same terrain as it was surveyed.
    pub fn surveyed(&self) -> TerrainReader {
        TerrainReader { edits: TerrainEdits::default(), ..self.clone() }
    }

    /// The blocks as far as there are any.
    pub async fn mosaic(&self, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let grid = self.terrain.grid;
        let (mut touched, mut untouched) = (Vec::new(), Vec::new());
        for key in keys {
            match self.edits.touching_block(&grid, *key) {
                Some(touch) => touched.push((*key, Some(touch))),
                None => untouched.push(*key),
            }
        }
        let mut mosaic = Mosaic::new(grid);
        let missing = self.take_kept(None, &touched, &mut mosaic).await;
        untouched.extend(missing.iter().map(|(key, _)| *key));
        let ground = self.ground(&untouched).await?;
        mosaic.blocks.extend(ground.blocks);
        if missing.is_empty() {
            return Ok(mosaic);
        }
        let (edits, mut ground) = (self.edits.clone(), mosaic);
        let edited = tokio::task::spawn_blocking(move || {
            for (key, _) in &missing {
                let heights = edits.apply(&grid, *key, ground.blocks.get(key).map(Arc::as_ref));
                ground.insert(*key, Arc::new(heights));
            }
            (missing, ground)
        });
        let (missing, mosaic) = edited.await?;
        self.keep(None, &missing, &mosaic).await;
        Ok(mosaic)
    }

    /// The blocks as they were surveyed.
    async fn ground(&self, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let terrain = &self.terrain;
        let mut mosaic = Mosaic::new(terrain.grid);
        let missing = self.take_kept(None, &bare(keys), &mut mosaic).await;
        if missing.is_empty() {
            return Ok(mosaic);
        }
        let asked: Vec<BlockKey> = missing.iter().map(|(key, _)| *key).collect();
        let stored = self.store.terrain_blocks(terrain.key, terrain.head, &asked).await?;
        let packed = stored.into_iter().map(|block| (block.key, block.content)).collect();
        self.unpack(None, packed, missing, &mut mosaic).await?;
        Ok(mosaic)
    }

    /// Tiles of a coarse level as blocks of its grid, as far as there are any.
    pub async fn lattice(&self, level: u8, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let mut mosaic = self.surveyed_lattice(level, keys).await?;
        let grid = level_grid(level);
        let touch = |key: &BlockKey| Some((*key, Some(self.edits.touching_deg(block_extent(&grid, *key))?)));
        let touched: Vec<(BlockKey, Touch)> = keys.iter().filter_map(touch).collect();
        let missing = self.take_kept(Some(level), &touched, &mut mosaic).await;
        for (key, _) in &missing {
            let heights = self.edited_lattice(level, *key, mosaic.blocks.get(key).map(Arc::as_ref)).await?;
            mosaic.insert(*key, Arc::new(heights));
        }
        self.keep(Some(level), &missing, &mosaic).await;
        Ok(mosaic)
    }

    /// Draws anew the nodes that edits may change.
    async fn edited_lattice(
        &self,
        level: u8,
        key: BlockKey,
        surveyed: Option<&Heights>,
    ) -> anyhow::Result<Heights> {
        let (terrain, edits) = (self.terrain.clone(), self.edits.clone());
        let found = tokio::task::spawn_blocking(move || {
            let nodes = edits.nodes(level, key);
            node_places(&terrain, level, &nodes).map(|places| (nodes, places))
        });
        let (nodes, places) = found.await??;
        let drawn = self.heights(&places).await?;
        let window = key.window();
        let unknown = || Heights { window, heights_m: vec![f32::NAN; window.columns * window.rows] };
        let mut heights = surveyed.cloned().unwrap_or_else(unknown);
        for ([column, row], height) in nodes.into_iter().zip(drawn) {
            let index =
                (row - window.first[1]) as usize * window.columns + (column - window.first[0]) as usize;
            if let Some(node) = heights.heights_m.get_mut(index) {
                *node = height.map_or(f32::NAN, whole_millimetres);
            }
        }
        Ok(heights)
    }

    async fn surveyed_lattice(&self, level: u8, keys: &[BlockKey]) -> anyhow::Result<Mosaic> {
        let terrain = &self.terrain;
        let mut mosaic = Mosaic::new(level_grid(level));
        let missing = self.take_kept(Some(level), &bare(keys), &mut mosaic).await;
        let tile = |key: &BlockKey| TileKey { level, x: key.column as u32, y: key.row as u32 };
        let tiles: Vec<TileKey> = missing
            .iter()
            .map(|(key, _)| key)
            .filter(|key| key.column >= 0 && key.row >= 0)
            .map(tile)
            .collect();
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
    async fn take_kept(
        &self,
        level: Option<u8>,
        keys: &[(BlockKey, Touch)],
        mosaic: &mut Mosaic,
    ) -> Vec<(BlockKey, Touch)> {
        let mut missing = Vec::new();
        for key in keys {
            match self.kept.0.get(&self.kept_key(level, *key)).await {
                Some(Some(heights)) => mosaic.insert(key.0, heights),
                Some(None) => {}
                None => missing.push(*key),
            }
        }
        missing
    }

    async fn keep(&self, level: Option<u8>, keys: &[(BlockKey, Touch)], mosaic: &Mosaic) {
        for key in keys {
            let heights = mosaic.blocks.get(&key.0).cloned();
            self.kept.0.insert(self.kept_key(level, *key), heights).await;
        }
    }

    fn kept_key(&self, level: Option<u8>, (key, touch): (BlockKey, Touch)) -> KeptKey {
        (self.terrain.key, self.terrain.head, level, key, touch)
    }

    async fn unpack(
        &self,
        level: Option<u8>,
        packed: Vec<(BlockKey, Vec<u8>)>,
        asked: Vec<(BlockKey, Touch)>,
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
        self.keep(level, &asked, mosaic).await;
        Ok(())
    }
}

/// As blocks are packed and unpacked.
fn whole_millimetres(height_m: f64) -> f32 {
    ((f64::from(height_m as f32) * 1000.0).round() * 0.001) as f32
}

fn bare(keys: &[BlockKey]) -> Vec<(BlockKey, Touch)> {
    keys.iter().map(|key| (*key, None)).collect()
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
