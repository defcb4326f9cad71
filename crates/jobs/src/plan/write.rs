//! Planned versions as rows, with the numbers by which effects and operations know them.

use std::collections::HashMap;

use stadtwin_geometry::footprint;
use stadtwin_model::{CityObject, Collection, Crs};
use stadtwin_store::{CopyRows, Store, encode_rows};

use super::PlanError;
use super::settle::Settled;
use crate::measure::measured_rows;

/// An object that an operation brings, as it brings it.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    /// `Collection::key`.
    pub collection: i32,
    pub object: CityObject,
    pub hash: [u8; 16],
    /// Key of its row.
    pub row: i64,
}

/// Rows of all new versions by the key of their partition. Effects learn the keys of what they show; what an operation
/// brings has a row of its own even where no effect shows it, because later operations begin with it.
pub(super) async fn rows(
    store: &Store,
    storage: &Crs,
    collections: &HashMap<i32, Collection>,
    brought: &mut [Brought],
    settled: &mut Settled,
) -> Result<HashMap<i32, CopyRows>, PlanError> {
    let objects = brought.iter().map(|brought| &brought.object);
    let objects = objects.chain(settled.drafts.iter().map(|draft| &draft.object));
    let count: usize = objects.map(|object| object.walk().len()).sum();
    let mut ids = store.reserve_object_ids(count as i64).await?..;
    let mut rows: HashMap<i32, CopyRows> = HashMap::new();
    let mut write = |collection: i32, object: &CityObject, hash: [u8; 16]| -> i64 {
        let first = ids.start;
        let key = collections.get(&collection).map_or(collection, Collection::planned_key);
        let rows = rows.entry(key).or_insert_with(|| measured_rows(storage.horizontal));
        encode_rows(rows, key, 0, &mut ids, object, &footprint(object), hash);
        first
    };
    let mut keys: HashMap<[u8; 16], i64> = HashMap::new();
    for one in brought.iter_mut() {
        one.row = write(one.collection, &one.object, one.hash);
        keys.insert(one.hash, one.row);
    }
    for draft in &settled.drafts {
        // As it was brought, so it stands.
        let key = match keys.get(&draft.hash) {
            Some(key) => *key,
            None => write(draft.collection, &draft.object, draft.hash),
        };
        for at in &draft.shown_by {
            if let Some(effect) = settled.effects.get_mut(*at) {
                effect.planned = Some(key);
            }
        }
    }
    Ok(rows)
}
