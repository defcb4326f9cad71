//! Directories of collections, made and brought up to date beside the requests: while there is none of the newest state, the
//! store answers.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{MOST_PLACED, Memory};
use crate::api::error::ApiError;
use crate::api::projection::compute;
use crate::api::state::AppState;
use stadtwin_directory::Directory;
use stadtwin_model::Collection;
use stadtwin_store::Store;

/// How many times as long as it took nothing is brought up to date again: edits that follow each other quickly do not keep a core
/// busy.
const REST: u32 = 10;
/// After a failure.
const LONG_REST: Duration = Duration::from_secs(60);

/// The directory of one collection.
#[derive(Default)]
pub(super) struct Slot {
    directory: Option<Arc<Directory>>,
    is_busy: bool,
    rests_until: Option<Instant>,
}

impl Slot {
    pub(super) fn count(&self) -> usize {
        self.directory.as_ref().map_or(0, |directory| directory.count())
    }
}

/// The directory of the newest state of a collection; where there is none it will come.
pub(super) async fn directory(state: &AppState, collection: &Arc<Collection>) -> Option<Arc<Directory>> {
    let memory = &state.memory;
    if memory.is_off() {
        return None;
    }
    match memory.known(collection) {
        Known::Newest(directory) => Some(directory),
        Known::Nothing => None,
        Known::Stale(old) => {
            let making = tokio::spawn(refresh(memory.clone(), state.store.clone(), collection.clone(), old));
            if !memory.waits || making.await.is_err() {
                return None;
            }
            match memory.known(collection) {
                Known::Newest(directory) => Some(directory),
                _ => None,
            }
        }
    }
}

enum Known {
    Newest(Arc<Directory>),
    /// To be brought up to date by the one who is told so.
    Stale(Option<Arc<Directory>>),
    Nothing,
}

impl Memory {
    fn known(&self, collection: &Collection) -> Known {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let others = slots.iter().filter(|(key, _)| **key != collection.key);
        let placed: usize = others.map(|(_, slot)| slot.count()).sum();
        let slot = slots.entry(collection.key).or_default();
        match &slot.directory {
            Some(directory) if directory.revision() == collection.head => {
                return Known::Newest(directory.clone());
            }
            // The catalogue of this request is a moment older.
            Some(directory) if directory.revision() > collection.head => return Known::Nothing,
            _ => {}
        }
        let is_resting = !self.waits && slot.rests_until.is_some_and(|until| Instant::now() < until);
        let has_room =
            placed + usize::try_from(collection.feature_count).unwrap_or(usize::MAX) <= MOST_PLACED;
        if slot.is_busy || is_resting || !has_room {
            return Known::Nothing;
        }
        slot.is_busy = true;
        Known::Stale(slot.directory.clone())
    }
}

async fn refresh(
    memory: Arc<Memory>,
    store: Store,
    collection: Arc<Collection>,
    old: Option<Arc<Directory>>,
) {
    let started = Instant::now();
    let made = make(&store, &collection, old).await;
    let living = store.catalogue().await.map(|catalogue| {
        let keys = catalogue.collections().map(|collection| collection.key);
        keys.collect::<std::collections::HashSet<_>>()
    });
    let mut slots = memory.slots.lock().unwrap_or_else(PoisonError::into_inner);
    if let Ok(living) = living {
        slots.retain(|key, slot| living.contains(key) || slot.is_busy);
    }
    let slot = slots.entry(collection.key).or_default();
    slot.is_busy = false;
    match made {
        Ok(directory) => {
            slot.rests_until = Some(Instant::now() + started.elapsed() * REST);
            slot.directory = Some(Arc::new(directory));
        }
        Err(error) => {
            slot.rests_until = Some(Instant::now() + LONG_REST);
            slot.directory = None;
            tracing::warn!(collection = collection.id, %error, "No directory could be made of a collection: the database answers alone");
        }
    }
}

async fn make(
    store: &Store,
    collection: &Arc<Collection>,
    old: Option<Arc<Directory>>,
) -> Result<Directory, ApiError> {
    let head = collection.head;
    if let Some(old) = old {
        let (ended, begun) = store.placements_since(collection, old.revision()).await?;
        let changed = compute(move || Ok(old.changed(head, ended, &begun))).await?;
        if is_whole(&changed, collection) {
            return Ok(changed);
        }
    }
    let placements = store.placements(collection).await?;
    compute(move || Ok(Directory::new(head, placements))).await
}

/// Whether it has as many features as the collection: traces of what ended may have been removed.
fn is_whole(directory: &Directory, collection: &Collection) -> bool {
    i64::try_from(directory.count()) == Ok(collection.feature_count)
}
