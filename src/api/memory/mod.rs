//! What the server keeps of features in memory: where they are, values that filters compare, their rows, and what was written of them. Versions of
//! features never change, so that nothing kept is ever wrong; what is new is read when it is asked for. All is bounded,
//! and whatever is not here is asked of the store. Docs: `docs/decisions/0010`.

mod ahead;
mod columns;
mod directories;
mod page;
mod written;

pub use ahead::read_rows_ahead;
pub use page::{KeyPage, named, page, rows};
pub use written::{Writing, written, written_one};

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use moka::sync::Cache;

use columns::ColumnSlot;
use directories::Slot;
use stadtwin_model::{Collection, RawFeature};

/// Features of all directories together: some 40 bytes each.
const MOST_PLACED: usize = 2_000_000;
/// What a feature takes besides its texts and points [bytes].
const FEATURE_BYTES: usize = 640;

/// A version of a feature as one comparison with the ground left it.
type RowKey = (i32, i64, Ground);
/// The same with what its text depends on besides.
type TextKey = (i32, i64, Ground, u64);
/// The terrain compared with, and which comparison.
type Ground = (i32, i64);

pub struct Memory {
    slots: Mutex<HashMap<i32, Slot>>,
    columns: Mutex<Vec<ColumnSlot>>,
    rows: Cache<RowKey, Arc<RawFeature>>,
    texts: Cache<TextKey, Arc<[u8]>>,
    /// 0: nothing is kept.
    size_bytes: u64,
    /// Whether requests wait for a directory that is being made.
    waits: bool,
}

impl Memory {
    /// Half for rows, half for texts; 0 keeps nothing, no directories either.
    pub fn new(size_bytes: u64) -> Memory {
        Memory {
            slots: Mutex::default(),
            columns: Mutex::default(),
            rows: Cache::builder()
                .max_capacity(size_bytes / 2)
                .weigher(|_: &RowKey, raw: &Arc<RawFeature>| row_bytes(raw))
                .build(),
            texts: Cache::builder()
                .max_capacity(size_bytes / 2)
                .weigher(|_: &TextKey, text: &Arc<[u8]>| u32::try_from(text.len() + 128).unwrap_or(u32::MAX))
                .build(),
            size_bytes,
            waits: false,
        }
    }

    /// Requests wait for directories, so that what is answered from where is no matter of chance.
    pub fn waiting(self) -> Memory {
        Memory { waits: true, ..self }
    }

    /// Rows and texts held [bytes].
    pub fn held_bytes(&self) -> u64 {
        self.rows.run_pending_tasks();
        self.texts.run_pending_tasks();
        self.rows.weighted_size() + self.texts.weighted_size()
    }

    /// Features in directories.
    pub fn placed(&self) -> usize {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.values().map(Slot::count).sum()
    }

    fn is_off(&self) -> bool {
        self.size_bytes == 0
    }
}

fn row_bytes(raw: &RawFeature) -> u32 {
    let points = raw.feature.footprint.iter().flatten().map(|ring| ring.len() * 16 + 64).sum::<usize>();
    let texts = raw.attributes.len() + raw.qualifiers.as_ref().map_or(0, String::len);
    u32::try_from(FEATURE_BYTES + points + texts).unwrap_or(u32::MAX)
}

fn ground(collection: &Collection) -> Ground {
    (collection.ground_terrain.unwrap_or(0), collection.ground_run)
}
