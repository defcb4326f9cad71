//! Rows of features are read before anybody asks, with long rests, so that the first pages of a server and of a new revision find
//! them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::directories::directory;
use super::{Ground, Memory, ground, rows};
use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_model::Collection;

/// How often heads are looked at.
const PAUSE: Duration = Duration::from_secs(1);
/// Features read at once.
const AT_A_TIME: usize = 500;
/// How many times as long as a reading took nothing is read: what is asked for comes first.
const REST: u32 = 4;

/// Follows the heads of all collections; ends only where nothing is kept.
pub async fn read_rows_ahead(state: AppState) {
    let mut read = HashMap::new();
    while !state.memory.is_off() {
        if let Err(error) = follow(&state, &mut read).await {
            tracing::debug!(%error, "Cannot read features ahead");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(state: &AppState, read: &mut HashMap<i32, (i64, Ground)>) -> Result<(), ApiError> {
    for collection in state.store.catalogue().await?.collections() {
        let wanted = (collection.head, ground(collection));
        if read.get(&collection.key) != Some(&wanted) && read_collection(state, collection).await? {
            read.insert(collection.key, wanted);
        }
    }
    Ok(())
}

/// Whether the directory of its head was there to read by.
async fn read_collection(state: &AppState, collection: &Arc<Collection>) -> Result<bool, ApiError> {
    let Some(directory) = directory(state, collection).await else { return Ok(false) };
    let kept = &state.memory.rows;
    for keys in directory.keys().chunks(AT_A_TIME) {
        if !state.memory.has_room_for_rows() {
            break;
        }
        let started = Instant::now();
        let is_missing = |key: &i64| !kept.contains_key(&(collection.key, *key, ground(collection)));
        let missing: Vec<i64> = keys.iter().copied().filter(is_missing).collect();
        rows(state, collection, &missing).await?;
        tokio::time::sleep(started.elapsed() * REST).await;
    }
    Ok(true)
}

impl Memory {
    /// The last quarter is left to what is asked for.
    fn has_room_for_rows(&self) -> bool {
        self.rows.run_pending_tasks();
        self.rows.weighted_size() < self.size_bytes / 2 / 4 * 3
    }
}
