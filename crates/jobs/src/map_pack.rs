//! Packs of map features brought up to their collections' heads, beside everything else: until they are, tiles are made of
//! rows.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::Context;

use stadtwin_model::{Collection, MapCell};
use stadtwin_store::{Packing, Store};
use stadtwin_tiles::{MAP_FORMAT, pack_features};

/// Features of a pack, and its size [bytes]; beyond either, tiles ask for the rows.
const MOST_FEATURES: u32 = 20_000;
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Packs written in one go [bytes].
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// How often heads are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// How many times as long as it took a collection rests: edits that follow each other quickly do not keep a core busy.
const REST: u32 = 10;
/// After a failure.
const LONG_REST: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Default, PartialEq)]
pub struct PackReport {
    /// Cells packed anew.
    pub cells: usize,
    pub size_bytes: usize,
}

/// Packs what of the collection's head is not packed yet. May run twice; a second one beside it does nothing.
pub async fn pack_map(store: &Store, collection: &Collection) -> anyhow::Result<PackReport> {
    let Some(packing) = store.begin_packing(collection, MAP_FORMAT).await? else {
        return Ok(PackReport::default());
    };
    let cells = packing.cells().await?;
    let mut report = PackReport { cells: cells.len(), size_bytes: 0 };
    let mut batch: Vec<(MapCell, Option<Vec<u8>>)> = Vec::new();
    let mut batch_bytes = 0;
    for cell in &cells {
        let Some(content) = content(&packing, *cell).await? else { continue };
        let size_bytes = content.as_ref().map_or(0, Vec::len);
        report.size_bytes += size_bytes;
        batch_bytes += size_bytes;
        batch.push((*cell, content));
        if batch_bytes >= BATCH_BYTES {
            packing.write(&std::mem::take(&mut batch)).await?;
            batch_bytes = 0;
        }
    }
    packing.write(&batch).await?;
    packing.show(&cells).await?;
    Ok(report)
}

/// The pack of a cell, `Some(None)` where it would be too large; `None` where nothing is left.
async fn content(packing: &Packing, cell: MapCell) -> anyhow::Result<Option<Option<Vec<u8>>>> {
    let features = packing.features(cell, MOST_FEATURES + 1).await?;
    if features.is_empty() {
        return Ok(None);
    }
    if features.len() > MOST_FEATURES as usize {
        return Ok(Some(None));
    }
    let packed = tokio::task::spawn_blocking(move || pack_features(&features)).await?;
    let content = packed.with_context(|| format!("the features of {cell:?} cannot be packed"))?;
    Ok(Some(Some(content).filter(|content| content.len() <= MOST_BYTES)))
}

/// Keeps the packs of all collections up to date until `stop` comes.
pub async fn keep_packed(store: Store, stop: impl Future<Output = ()>) {
    let mut rests: HashMap<i32, Instant> = HashMap::new();
    let keeping = async {
        loop {
            if let Err(error) = pack_all(&store, &mut rests).await {
                tracing::debug!(%error, "Cannot look whether maps are packed");
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::select! {
        () = keeping => {}
        () = stop => {}
    }
}

async fn pack_all(store: &Store, rests: &mut HashMap<i32, Instant>) -> anyhow::Result<()> {
    for (collection, revision) in store.unpacked(MAP_FORMAT).await? {
        let is_resting = rests.get(&collection).is_some_and(|until| Instant::now() < *until);
        let catalogue = store.catalogue().await?;
        // The catalogue may be a moment older.
        let newest = catalogue.collections().find(|found| found.key == collection && found.head >= revision);
        let Some(collection) = newest.filter(|_| !is_resting) else { continue };
        let started = Instant::now();
        let rest = match pack_map(store, collection).await {
            Ok(report) => {
                let (cells, size_bytes) = (report.cells, report.size_bytes);
                let duration_ms = started.elapsed().as_millis() as u64;
                tracing::info!(collection = collection.id, cells, size_bytes, duration_ms, "Packed a map");
                started.elapsed() * REST
            }
            Err(error) => {
                tracing::warn!(collection = collection.id, error = %format!("{error:#}"), "Could not pack a map: its tiles are made of rows");
                LONG_REST
            }
        };
        rests.insert(collection.key, Instant::now() + rest);
    }
    Ok(())
}
