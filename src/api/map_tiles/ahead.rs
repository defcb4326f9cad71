//! Packs are read before anybody asks, so that the first tiles of a server and of a new revision find them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::Packs;
use crate::api::error::ApiError;
use stadtwin_store::Store;

/// How often heads are looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows the heads of all collections; never ends.
pub async fn read_ahead(store: Store, packs: Arc<Packs>) {
    let mut read: HashMap<i32, i64> = HashMap::new();
    loop {
        if let Err(error) = follow(&store, &packs, &mut read).await {
            tracing::debug!(%error, "Cannot read maps ahead");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(store: &Store, packs: &Arc<Packs>, read: &mut HashMap<i32, i64>) -> Result<(), ApiError> {
    for collection in store.catalogue().await?.collections() {
        if collection.head == 0 || read.get(&collection.key) == Some(&collection.head) {
            continue;
        }
        if let Some(count) = packs.read_ahead(store, collection).await? {
            tracing::debug!(collection = collection.id, packs = count, "Read a map ahead");
            read.insert(collection.key, collection.head);
        }
    }
    Ok(())
}
