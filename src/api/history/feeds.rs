//! Who listens to what changes: a bounded number, told by one look at all heads a second.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::api::error::ApiError;
use stadtwin_store::{Head, Store};

/// Listeners at the same time.
const MOST_LISTENERS: usize = 200;
/// After which a feed ends; clients begin another where it was.
const LIFE: Duration = Duration::from_secs(600);
/// Who has listened for so long makes room when there is none: whoever it is, the client comes again in two seconds.
const LEAST: Duration = Duration::from_secs(30);
/// Until there is.
const ROOM: Duration = Duration::from_secs(2);
/// Between two looks at the heads.
const LOOK: Duration = Duration::from_secs(1);
/// A revision is told once its tiles are planned, or after this.
const PLAN_PATIENCE: Duration = Duration::from_secs(10);

/// Heads that are told, by the keys of collections.
type Heads = HashMap<i32, i64>;

pub struct Feeds {
    permits: Arc<Semaphore>,
    heads: watch::Sender<Heads>,
    closing: watch::Sender<bool>,
    poke: Arc<Notify>,
    /// Whether somebody looks at the heads at present.
    is_looking: Mutex<bool>,
    /// Since when who listens, and what tells it to leave.
    listening: Mutex<VecDeque<(Instant, Arc<Notify>)>>,
    life: Duration,
    least: Duration,
}

impl Default for Feeds {
    fn default() -> Feeds {
        Feeds::lasting(LIFE, LEAST)
    }
}

/// One who listens; it goes with its end of the connection.
pub struct Listener {
    pub heads: watch::Receiver<Heads>,
    pub closing: watch::Receiver<bool>,
    /// Somebody else shall have its place.
    pub leave: Arc<Notify>,
    /// How long it may listen.
    pub life: Duration,
    feeds: Arc<Feeds>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.feeds.listening().retain(|(_, leave)| !Arc::ptr_eq(leave, &self.leave));
    }
}

impl Feeds {
    /// Each feed ends after `life`; when all places are taken, those older than `least` make room.
    pub fn lasting(life: Duration, least: Duration) -> Feeds {
        Feeds {
            permits: Arc::new(Semaphore::new(MOST_LISTENERS)),
            heads: watch::Sender::new(Heads::new()),
            closing: watch::Sender::new(false),
            poke: Arc::default(),
            is_looking: Mutex::new(false),
            listening: Mutex::default(),
            life,
            least,
        }
    }

    /// 503 when as many listen as may.
    pub async fn listen(self: &Arc<Feeds>, store: &Store) -> Result<Listener, ApiError> {
        let permit = match self.permits.clone().try_acquire_owned() {
            Ok(permit) => Some(permit),
            Err(_) if self.send_oldest_away() => {
                let room = tokio::time::timeout(ROOM, self.permits.clone().acquire_owned()).await;
                room.ok().and_then(Result::ok)
            }
            Err(_) => None,
        };
        let permit = permit.ok_or_else(|| {
            let detail =
                format!("{MOST_LISTENERS} clients listen already: ask `/changes?since=` now and then");
            ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 30)
        })?;
        let leave = Arc::<Notify>::default();
        self.listening().push_back((Instant::now(), leave.clone()));
        let listener = Listener {
            heads: self.heads.subscribe(),
            closing: self.closing.subscribe(),
            leave,
            life: self.life,
            feeds: self.clone(),
            _permit: permit,
        };
        let mut is_looking = self.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
        if !*is_looking {
            *is_looking = true;
            tokio::spawn(look(self.clone(), store.clone()));
        }
        Ok(listener)
    }

    fn listening(&self) -> std::sync::MutexGuard<'_, VecDeque<(Instant, Arc<Notify>)>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody had listened for long enough.
    fn send_oldest_away(&self) -> bool {
        let mut listening = self.listening();
        let is_old = listening.front().is_some_and(|(since, _)| since.elapsed() >= self.least);
        let oldest = if is_old { listening.pop_front() } else { None };
        oldest.inspect(|(_, leave)| leave.notify_one()).is_some()
    }

    /// Something was published here and its tiles are planned: nobody need wait for the next look.
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
    let mut met = HashMap::new();
    loop {
        match store.heads().await {
            Ok(heads) => drop(feeds.heads.send_if_modified(|told| tell(told, &heads, &mut met))),
            Err(cause) => tracing::warn!(%cause, "Could not look whether anything was published"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = feeds.poke.notified() => {}
            () = closed(&mut closing) => return,
        }
        let mut is_looking = feeds.is_looking.lock().unwrap_or_else(PoisonError::into_inner);
        if feeds.heads.receiver_count() == 0 {
            *is_looking = false;
            return;
        }
    }
}

/// Moves what is told to what is ready to be told; `met`: since when others are not. Whether anything moved.
fn tell(told: &mut Heads, heads: &HashMap<i32, Head>, met: &mut HashMap<i32, Instant>) -> bool {
    let before = told.clone();
    told.retain(|key, _| heads.contains_key(key));
    for (key, head) in heads {
        let is_new = told.get(key) != Some(&head.revision);
        let waits = is_new && !head.is_planned;
        if waits && met.entry(*key).or_insert_with(Instant::now).elapsed() < PLAN_PATIENCE {
            continue;
        }
        met.remove(key);
        told.insert(*key, head.revision);
    }
    *told != before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_are_told_with_their_tiles_or_after_a_while() {
        let (mut told, mut met) = (Heads::new(), HashMap::new());
        let heads = |revision, is_planned| HashMap::from([(1, Head { revision, is_planned })]);
        assert!(!tell(&mut told, &heads(4, false), &mut met));
        assert!(tell(&mut told, &heads(4, true), &mut met));
        assert_eq!(told, Heads::from([(1, 4)]));
        assert!(!tell(&mut told, &heads(5, false), &mut met), "its tiles are not planned");
        assert!(!tell(&mut told, &heads(5, false), &mut met));
        *met.get_mut(&1).unwrap() -= PLAN_PATIENCE;
        assert!(tell(&mut told, &heads(5, false), &mut met), "they never may be");
        assert!(!tell(&mut told, &heads(5, false), &mut met));
        assert!(!tell(&mut told, &heads(5, true), &mut met));
        assert!(met.is_empty());
        assert!(tell(&mut told, &HashMap::new(), &mut met), "the collection is no more");
    }
}
