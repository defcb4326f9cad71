//! The coarse levels of the geographic lattice: the base drawn from the blocks, each level above from the one below.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::{BLOCK_SIDE, BlockKey, Crs, HeightGrid, Heights, Terrain, TileKey, Window};
use stadtwin_store::{BlockColumns, Store, StoredLattice, TerrainSession};
use stadtwin_terrain::{
    Mosaic, base_level, blocks_within, child_keys, decode_block, encode_block, level_grid, parent_key,
    smooth_map, tile_block, tiles_within,
};

/// Tiles written in one statement.
const BATCH: usize = 16;
/// Nodes along a side with those of the neighbours' edges.
const NODES: usize = BLOCK_SIDE + 1;

/// Draws anew what hangs on the changed blocks. Gives the number of tiles that differ.
pub(super) async fn refresh(
    session: &TerrainSession,
    store: &Store,
    changed: Vec<BlockKey>,
    threads: usize,
) -> anyhow::Result<usize> {
    let (grid, crs) = (session.terrain().grid, session.terrain().crs);
    let keys = tokio::task::spawn_blocking(move || touched(&grid, &crs, &changed)).await??;
    let (mut level, mut count) = (base_level(grid.cell_m), 0);
    let mut differing = draw(session, store, keys, threads).await?;
    loop {
        count += differing.len();
        if level == 0 || differing.is_empty() {
            return Ok(count);
        }
        level -= 1;
        let parents: BTreeSet<TileKey> = differing.iter().filter_map(|key| parent_key(*key)).collect();
        differing = Vec::new();
        for batch in parents.into_iter().collect::<Vec<_>>().chunks(BATCH) {
            let made = parents_of(session, store, batch).await?;
            differing.extend(keep(session, store, made).await?);
        }
    }
}

/// Tiles of the base level that a terrain's head should have and has not, up to `most`.
pub(super) async fn missing_base(
    store: &Store,
    terrain: &Terrain,
    most: usize,
) -> anyhow::Result<Vec<TileKey>> {
    let whole = i32::MIN..=i32::MAX;
    let within = BlockColumns { columns: whole.clone(), rows: whole };
    let blocks = store.terrain_block_hashes(terrain.key, terrain.head, &within).await?;
    let level = base_level(terrain.grid.cell_m);
    let known: BTreeSet<TileKey> =
        store.terrain_lattice_keys(terrain.key, terrain.head, level).await?.into_iter().collect();
    let painter = Painter {
        terrain: terrain.key,
        revision: terrain.head,
        grid: terrain.grid,
        crs: terrain.crs,
        store: store.clone(),
        runtime: Handle::current(),
        keys: Vec::new(),
        next: AtomicUsize::new(0),
    };
    let look = move || {
        let blocks: Vec<BlockKey> = blocks.into_iter().map(|(key, _)| key).collect();
        let from_lonlat = Transformer::new(&CRS84, &painter.crs)?;
        let mut missing = Vec::new();
        for key in touched(&painter.grid, &painter.crs, &blocks)? {
            // Between the nodes of a tile may lie all that a block knows: such a tile is not missing.
            if missing.len() < most && !known.contains(&key) && painter.paint(key, &from_lonlat)?.is_some() {
                missing.push(key);
            }
        }
        Ok(missing)
    };
    tokio::task::spawn_blocking(look).await?
}

/// The tiles of the base level with a node that is drawn from one of the blocks.
fn touched(grid: &HeightGrid, crs: &Crs, changed: &[BlockKey]) -> anyhow::Result<Vec<TileKey>> {
    let to_lonlat = Transformer::new(crs, &CRS84)?;
    let level = base_level(grid.cell_m);
    let mut keys = BTreeSet::new();
    for block in changed {
        let first = block.window().first;
        // A node is drawn from those within a cell of it.
        let along = |step: i64| step * (BLOCK_SIDE as i64 + 1) / 4 - 1;
        let mut points: Vec<[f64; 2]> = (0..=4)
            .flat_map(|x| (0..=4).map(move |y| [first[0] + along(x), first[1] + along(y)]))
            .map(|node| grid.place(node))
            .collect();
        to_lonlat.convert_2d(&mut points)?;
        let [west, south, east, north] = around(&points);
        // Edges bend between the points by less than this [°].
        let room = grid.cell_m / 50_000.0;
        let range = tiles_within(level, [west - room, south - room, east + room, north + room]);
        keys.extend(range.keys(level));
    }
    Ok(keys.into_iter().collect())
}

fn around(points: &[[f64; 2]]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    points.iter().fold(start, |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)])
}

/// A tile drawn; `None` without heights.
type Made = (TileKey, Option<Vec<u8>>);

/// The base tiles, drawn by several threads and written as they come; gives those that differ.
async fn draw(
    session: &TerrainSession,
    store: &Store,
    keys: Vec<TileKey>,
    threads: usize,
) -> anyhow::Result<Vec<TileKey>> {
    let painter = Arc::new(Painter {
        terrain: session.terrain().key,
        revision: session.revision(),
        grid: session.terrain().grid,
        crs: session.terrain().crs,
        store: store.clone(),
        runtime: Handle::current(),
        keys,
        next: AtomicUsize::new(0),
    });
    // Tiles: a batch may wait while another is written.
    let (sender, mut receiver) = mpsc::channel(BATCH);
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..threads.max(1) {
        let (painter, sender) = (painter.clone(), sender.clone());
        workers.spawn_blocking(move || painter.run(&sender));
    }
    drop(sender);
    let (mut waiting, mut differing) = (Vec::new(), Vec::new());
    while let Some(made) = receiver.recv().await {
        waiting.push(made);
        if waiting.len() >= BATCH {
            differing.extend(keep(session, store, std::mem::take(&mut waiting)).await?);
        }
    }
    differing.extend(keep(session, store, waiting).await?);
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    Ok(differing)
}

struct Painter {
    terrain: i32,
    revision: i64,
    grid: HeightGrid,
    crs: Crs,
    store: Store,
    runtime: Handle,
    keys: Vec<TileKey>,
    next: AtomicUsize,
}

impl Painter {
    fn run(&self, sender: &mpsc::Sender<Made>) -> anyhow::Result<()> {
        let from_lonlat = Transformer::new(&CRS84, &self.crs)?;
        while let Some(key) = self.keys.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let made = self.paint(*key, &from_lonlat)?;
            if sender.blocking_send((*key, made)).is_err() {
                // Nobody waits any more: the import was given up.
                break;
            }
        }
        Ok(())
    }

    fn paint(&self, key: TileKey, from_lonlat: &Transformer) -> anyhow::Result<Option<Vec<u8>>> {
        let (level, first) = (level_grid(key.level), tile_block(key).window().first);
        let place = |column: f64, row: f64| {
            let node =
                |axis: usize, value: f64| level.phase_m[axis] + (first[axis] as f64 + value) * level.cell_m;
            [node(0, column), node(1, row)]
        };
        let places = smooth_map(0, place, |points| from_lonlat.convert_2d(points))?;
        let keys: Vec<_> = blocks_within(&self.grid, around(&places)).collect();
        let blocks = self.runtime.block_on(self.store.terrain_blocks(self.terrain, self.revision, &keys))?;
        let mut mosaic = Mosaic::new(self.grid);
        for block in blocks {
            mosaic.insert(block.key, Arc::new(decode_block(block.key, &block.content)?));
        }
        let own = (0..BLOCK_SIDE).flat_map(|row| (0..BLOCK_SIDE).map(move |column| row * NODES + column));
        let height = |node: usize| places.get(node).and_then(|place| mosaic.height_m(*place));
        let heights_m = own.map(|node| height(node).map_or(f32::NAN, |height| height as f32)).collect();
        Ok(packed(key, heights_m))
    }
}

fn packed(key: TileKey, heights_m: Vec<f32>) -> Option<Vec<u8>> {
    let any = heights_m.iter().any(|height| height.is_finite());
    any.then(|| encode_block(&Heights { window: tile_block(key).window(), heights_m }))
}

/// Writes what differs from the head; gives the keys of that.
async fn keep(session: &TerrainSession, store: &Store, made: Vec<Made>) -> anyhow::Result<Vec<TileKey>> {
    let keys: Vec<TileKey> = made.iter().map(|(key, _)| *key).collect();
    let (terrain, head) = (session.terrain().key, session.terrain().head);
    let held: HashMap<_, _> = store.terrain_lattice_hashes(terrain, head, &keys).await?.into_iter().collect();
    let (mut tiles, mut gone) = (Vec::new(), Vec::new());
    for (key, content) in made {
        let Some(content) = content else {
            gone.extend(held.contains_key(&key).then_some(key));
            continue;
        };
        let hash = *blake3::hash(&content).as_bytes().first_chunk().unwrap_or(&[0; 16]);
        if held.get(&key) != Some(&hash) {
            tiles.push(StoredLattice { key, hash, content });
        }
    }
    if !(tiles.is_empty() && gone.is_empty()) {
        session.replace_lattice(&tiles, &gone).await?;
    }
    Ok(tiles.into_iter().map(|tile| tile.key).chain(gone).collect())
}

async fn parents_of(session: &TerrainSession, store: &Store, keys: &[TileKey]) -> anyhow::Result<Vec<Made>> {
    let children: Vec<TileKey> = keys.iter().flat_map(|key| child_keys(*key)).collect();
    let stored = store.terrain_lattice(session.terrain().key, session.revision(), &children).await?;
    let keys = keys.to_vec();
    tokio::task::spawn_blocking(move || {
        let mut known = HashMap::new();
        for tile in stored {
            known.insert(tile.key, decode_block(tile_block(tile.key), &tile.content)?);
        }
        let made = keys.into_iter().map(|key| (key, packed(key, every_second(key, &known))));
        Ok(made.collect())
    })
    .await
    .context("the lattice was not made")?
}

/// A node of a level is one of the next finer level too: the same height, to the last bit.
fn every_second(key: TileKey, known: &HashMap<TileKey, Heights>) -> Vec<f32> {
    let half = BLOCK_SIDE / 2;
    let children = child_keys(key);
    let Window { first, .. } = tile_block(key).window();
    let mut heights_m = Vec::with_capacity(BLOCK_SIDE * BLOCK_SIDE);
    for row in 0..BLOCK_SIDE {
        for column in 0..BLOCK_SIDE {
            let child = children.get(column / half + 2 * (row / half)).and_then(|key| known.get(key));
            let node = [2 * (first[0] + column as i64), 2 * (first[1] + row as i64)];
            heights_m.push(child.map_or(f32::NAN, |child| child.at(node)));
        }
    }
    heights_m
}
