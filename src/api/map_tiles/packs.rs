//! Layers of tiles out of packs: which packs there are and their contents, kept in memory as long as there is room.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use moka::sync::Cache;

use super::crs_of;
use super::tile::{MOST_FEATURES, Wanted};
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::makers::Makers;
use crate::api::projection::between;
use stadtwin_formats::mvt::Layer;
use stadtwin_model::{Collection, Crs, MapCell};
use stadtwin_query::Region;
use stadtwin_store::{MapPackKey, Store};
use stadtwin_tiles::{
    MAP_FORMAT, MapGrid, MapPack, MapPackError, MatrixCrs, TileMatrixSet, packed_layer, tile_matrix_set,
};

/// Cells that a tile may meet; larger ones are made of rows.
const MOST_CELLS: usize = 300;
/// Packs that a tile may need [bytes].
const MOST_BYTES: i64 = 16 * 1024 * 1024;
/// Packs known by name, of all collections: some 40 bytes each.
const MOST_KNOWN: usize = 400_000;
/// The grid that packs are read ahead for, and packs of a statement.
const AHEAD: &str = "WebMercatorQuad";
const BATCH: usize = 64;
/// How near to their true place outlines are drawn [m], [°].
const CLOSE_M: f64 = 1e-4;
const CLOSE_DEG: f64 = 1e-9;

/// A pack in the CRS of a grid: by collection, cell, revision and EPSG code, 0 for degrees.
type PackKey = (i32, MapCell, i64, u32);

/// What is kept in memory.
pub struct Packs {
    /// By collection: all there are of one revision.
    known: Cache<i32, Arc<Known>>,
    packs: Cache<PackKey, Arc<MapPack>>,
    makers: Makers,
    /// Most that contents may take [bytes].
    size_bytes: u64,
}

thread_local! {
    /// Used again from tile to tile: fresh memory costs more than what is done in it.
    static LAYER: RefCell<Layer> = RefCell::new(Layer::new(""));
}

struct Known {
    revision: i64,
    cells: HashMap<MapCell, MapPackKey>,
}

impl Packs {
    /// Contents are kept up to so many bytes; with 0, tiles are made of rows.
    pub fn new(size_bytes: u64) -> Packs {
        Packs {
            known: Cache::builder()
                .max_capacity(MOST_KNOWN as u64)
                .weigher(|_: &i32, known: &Arc<Known>| {
                    u32::try_from(known.cells.len() + 1).unwrap_or(u32::MAX)
                })
                .build(),
            packs: Cache::builder()
                .max_capacity(size_bytes)
                .weigher(|_: &PackKey, pack: &Arc<MapPack>| {
                    u32::try_from(pack.size_bytes()).unwrap_or(u32::MAX)
                })
                .build(),
            makers: Makers::new("map-tile"),
            size_bytes,
        }
    }

    /// Reads what the collection's head has packed and is not in memory, for the grid of web maps, as long as that fills no
    /// more than three quarters of the room. Gives how many packs it read; `None` while packs show another revision.
    pub async fn read_ahead(
        self: &Arc<Packs>,
        store: &Store,
        collection: &Arc<Collection>,
    ) -> Result<Option<usize>, ApiError> {
        let (Some(storage), Some(set)) = (store.storage_crs().await?, tile_matrix_set(AHEAD)) else {
            return Ok(None);
        };
        let Some(known) = known(self, store, collection).await? else { return Ok(None) };
        let mut keys: Vec<_> = known.cells.values().copied().filter(|key| key.size_bytes > 0).collect();
        keys.retain(|key| !self.packs.contains_key(&place_in_memory(collection, key, set)));
        // Neighbours together: they are asked for one after another.
        keys.sort_unstable_by_key(|key| (key.cell.level, key.cell.y, key.cell.x));
        let mut count = 0;
        for batch in keys.chunks(BATCH) {
            self.packs.run_pending_tasks();
            if self.packs.weighted_size() > self.size_bytes / 4 * 3 {
                break;
            }
            let contents = store.map_pack_contents(collection, batch).await?;
            let (packs, collection) = (self.clone(), collection.clone());
            let read = self.makers.run(move || packs.take_apart(&collection, contents, &storage, set));
            count += read.await?.len();
        }
        Ok(Some(count))
    }

    /// Takes contents apart and keeps them.
    fn take_apart(
        &self,
        collection: &Collection,
        contents: Vec<(MapPackKey, Vec<u8>)>,
        storage: &Crs,
        set: &TileMatrixSet,
    ) -> Result<Vec<Arc<MapPack>>, ApiError> {
        let read = between(storage, &crs_of(set), |transformer| {
            let mut grid = MapGrid::new(transformer, tolerance(set));
            let read = |(key, content): &(MapPackKey, Vec<u8>)| {
                let pack = Arc::new(MapPack::read(content, key.cell, &mut grid)?);
                self.packs.insert(place_in_memory(collection, key, set), pack.clone());
                Ok(pack)
            };
            contents.iter().map(read).collect::<Result<Vec<_>, MapPackError>>()
        })?;
        read.map_err(ApiError::internal)
    }
}

fn place_in_memory(collection: &Collection, key: &MapPackKey, set: &TileMatrixSet) -> PackKey {
    let code = match set.crs {
        MatrixCrs::Crs84 => 0,
        MatrixCrs::Epsg(code) => code,
    };
    (collection.key, key.cell, key.revision, code)
}

/// The cells whose features may meet a region of the storage CRS, where packs are of use.
pub(super) fn cells_of(region: &Region) -> Option<Vec<MapCell>> {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let around = region
        .rings
        .iter()
        .flatten()
        .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)]);
    MapCell::around(around, MOST_CELLS)
}

/// How near to their true place outlines are drawn, in units of a grid.
pub(super) fn tolerance(set: &TileMatrixSet) -> f64 {
    if set.crs == MatrixCrs::Crs84 { CLOSE_DEG } else { CLOSE_M }
}

/// The layer of a collection as bytes of a tile; `None` where packs do not show its head or do not have it all.
pub(super) async fn layer(
    call: &Call,
    wanted: &Wanted<'_>,
    collection: &Arc<Collection>,
    cells: &[MapCell],
) -> Result<Option<Vec<u8>>, ApiError> {
    let memory = &call.state.packs;
    let Some(known) = known(memory, &call.state.store, collection).await? else { return Ok(None) };
    let keys: Vec<_> = cells.iter().filter_map(|cell| known.cells.get(cell)).copied().collect();
    let total: i64 = keys.iter().map(|key| i64::from(key.size_bytes)).sum();
    if total > MOST_BYTES || keys.iter().any(|key| key.size_bytes == 0) {
        return Ok(None);
    }
    let set = wanted.place.set;
    let (mut packs, mut missing) = (Vec::new(), Vec::new());
    for key in keys {
        match memory.packs.get(&place_in_memory(collection, &key, set)) {
            Some(pack) => packs.push(pack),
            None => missing.push(key),
        }
    }
    let mut contents = Vec::new();
    if !missing.is_empty() {
        contents = call.state.store.map_pack_contents(collection, &missing).await?;
    }
    if contents.len() < missing.len() {
        // Others took their place this moment.
        return Ok(None);
    }
    let (collection, storage, properties) = (collection.clone(), wanted.storage, wanted.properties.clone());
    let (bounds, least_m, memory) = (wanted.place.bounds, wanted.place.least_m, memory.clone());
    call.state.packs.makers.run(move || {
        if !contents.is_empty() {
            match memory.take_apart(&collection, contents, &storage, set) {
                Ok(read) => packs.extend(read),
                Err(error) => {
                    tracing::error!(collection = collection.id, %error, "A pack of map features cannot be read: its tiles are made of rows");
                    return Ok(None);
                }
            }
        }
        LAYER.with_borrow_mut(|layer| {
            let mut tile = Vec::new();
            let most = MOST_FEATURES as usize;
            let has_all = packed_layer(layer, &collection.id, &packs, bounds, least_m, most, &properties);
            layer.write(&mut tile);
            Ok(has_all.then_some(tile))
        })
    })
    .await
}

/// Which packs there are of the collection's head.
async fn known(
    memory: &Packs,
    store: &Store,
    collection: &Arc<Collection>,
) -> Result<Option<Arc<Known>>, ApiError> {
    if memory.size_bytes == 0 {
        return Ok(None);
    }
    let found = memory.known.get(&collection.key);
    if let Some(known) = found.filter(|known| known.revision == collection.head) {
        return Ok(Some(known));
    }
    let keys = store.map_packs(collection, MAP_FORMAT, MOST_KNOWN).await?;
    Ok(keys.map(|keys| {
        let cells = keys.into_iter().map(|key| (key.cell, key)).collect();
        let known = Arc::new(Known { revision: collection.head, cells });
        memory.known.insert(collection.key, known.clone());
        known
    }))
}
