//! What the collection holds already, asked by worker threads a batch at a time.

use std::collections::HashMap;

use tokio::runtime::Handle;

use stadtwin_model::Collection;
use stadtwin_store::{Known, Recognisable, Store, StoreError};

/// Blocks the thread that asks: for threads outside the runtime only.
#[derive(Clone)]
pub(super) struct Lookup {
    store: Store,
    /// `None` where nothing can be known: every object is new.
    collection: Option<Collection>,
    runtime: Handle,
}

impl Lookup {
    /// To be called inside the runtime.
    pub fn new(store: Store, collection: Option<Collection>) -> Lookup {
        Lookup { store, collection, runtime: Handle::current() }
    }

    /// For objects that are compared with nothing.
    pub fn nothing(store: Store, runtime: Handle) -> Lookup {
        Lookup { store, collection: None, runtime }
    }

    /// Those of the ids that the collection holds and could know by their bytes.
    pub fn recognisable(&self, ids: &[String]) -> Result<HashMap<String, Recognisable>, StoreError> {
        match &self.collection {
            Some(collection) if !ids.is_empty() => {
                self.runtime.block_on(self.store.recognisable(collection, ids))
            }
            _ => Ok(HashMap::new()),
        }
    }

    pub fn all_new(&self) -> bool {
        self.collection.is_none()
    }

    /// Those of the ids that the collection holds.
    pub fn known(&self, ids: &[String]) -> Result<HashMap<String, Known>, StoreError> {
        match &self.collection {
            Some(collection) if !ids.is_empty() => self.runtime.block_on(self.store.known(collection, ids)),
            _ => Ok(HashMap::new()),
        }
    }
}
