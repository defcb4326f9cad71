//! Who listens to what changes: a bounded number, told by one look at all heads a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::api::error::ApiError;
use stadtwin_store::Store;

/// Listeners at the same time.
const MOST_LISTENERS: usize = 200;
/// Between two looks at the heads.
const LOOK: Duration = Duration::from_secs(1);

/// Heads by the keys of collections.
type Heads = HashMap<i32, i64>;

pub struct Feeds {
    permits: Arc<Semaphore>,
    heads: watch::Sender<Heads>,
    closing: watch::Sender<bool>,
    poke: Arc<Notify>,
    /// Whether somebody looks at the heads at present.
    is_looking: Mutex<bool>,
}

impl Default for Feeds {
    fn default() -> Feeds {
        Feeds {
            permits: Arc::new(Semaphore::new(MOST_LISTENERS)),
            heads: watch::Sender::new(Heads::new()),
            closing: watch::Sender::new(false),
            poke: Arc::default(),
            is_looking: Mutex::new(false),
        }
    }
}

/// One who listens; it goes with its end of the connection.
pub struct Listener {
    pub heads: watch::Receiver<Heads>,
    pub closing: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Feeds {
    /// 503 when as many listen as may.
    pub fn listen(self: &Arc<Feeds>, store: &Store) -> Result<Listener, ApiError> {
        let permit = self.permits.clone().try_acquire_owned().map_err(|_| {
            let detail =
                format!("{MOST_LISTENERS} clients listen already: ask `/changes?since=` now and then");
            ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 30)
        })?;
        let listener =
            Listener { heads: self.heads.subscribe(), closing: self.closing.subscribe(), _permit: permit };
        let mut is_looking = self.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_looking {
            *is_looking = true;
            tokio::spawn(look(self.clone(), store.clone()));
        }
        Ok(listener)
    }

    /// Something was published here: nobody need wait for the next look.
    pub fn poke(&self) {
        self.poke.notify_one();
    }

    /// The server ends: so do all feeds.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Once the server ends.
pub async fn closed(closing: &mut watch::Receiver<bool>) {
    let _ = closing.wait_for(|closing| *closing).await;
}

/// As long as anybody listens.
async fn look(feeds: Arc<Feeds>, store: Store) {
    let mut closing = feeds.closing.subscribe();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = feeds.poke.notified() => {}
            () = closed(&mut closing) => return,
        }
        {
            let mut is_looking = feeds.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
            if feeds.heads.receiver_count() == 0 {
                *is_looking = false;
                return;
            }
        }
        match store.heads().await {
            Ok(heads) => drop(feeds.heads.send_if_modified(|known| {
                let is_other = *known != heads;
                *known = heads;
                is_other
            })),
            Err(cause) => tracing::warn!(%cause, "Could not look whether anything was published"),
        }
    }
}
