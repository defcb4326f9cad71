//! The keys of issuers: fetched when first needed, again when they are old or one is missing, and kept while an issuer is
//! away.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::anyhow;
use serde_json::Value;
use tokio::sync::Semaphore;

use super::TokenError;
use super::issuer::key_set;

/// Keys are asked for anew after this long, so that one that was taken back is not believed for ever.
const AGE: Duration = Duration::from_secs(3_600);

pub type KeySet = Arc<Vec<Value>>;

/// By issuer; there are as many as an administrator added.
#[derive(Debug)]
pub struct Keys {
    pause: Duration,
    kept: Mutex<HashMap<String, Arc<Entry>>>,
}

#[derive(Debug)]
struct Entry {
    /// One question to an issuer at a time.
    turn: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone)]
struct State {
    keys: Option<KeySet>,
    /// When they were fetched.
    fetched: Option<Instant>,
    /// When the issuer was last asked.
    asked: Option<Instant>,
    fault: String,
}

impl Keys {
    pub fn new(pause: Duration) -> Keys {
        Keys { pause, kept: Mutex::default() }
    }

    /// The keys as they were an hour ago or later; older ones while the issuer does not answer.
    pub async fn of(&self, issuer: &str) -> Result<KeySet, TokenError> {
        let entry = self.entry(issuer);
        let state = entry.state();
        match state.keys {
            Some(keys) if state.fetched.is_some_and(|at| at.elapsed() < AGE) => Ok(keys),
            _ => self.ask(issuer, &entry).await,
        }
    }

    /// The keys asked for anew, unless that was just done.
    pub async fn renewed(&self, issuer: &str) -> Result<KeySet, TokenError> {
        let entry = self.entry(issuer);
        self.ask(issuer, &entry).await
    }

    fn entry(&self, issuer: &str) -> Arc<Entry> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Entry { turn: Semaphore::new(1), state: Mutex::default() });
        kept.entry(issuer.to_owned()).or_insert_with(new).clone()
    }

    async fn ask(&self, issuer: &str, entry: &Entry) -> Result<KeySet, TokenError> {
        let _turn = entry.turn.acquire().await.map_err(|error| TokenError::Unavailable(error.into()))?;
        let state = entry.state();
        // Somebody else has just asked, or tokens with made-up keys would keep us asking.
        let is_soon = state.asked.is_some_and(|at| at.elapsed() < self.pause);
        if !is_soon {
            entry.note(key_set(issuer).await, issuer);
        }
        let state = entry.state();
        state.keys.ok_or_else(|| TokenError::Unavailable(anyhow!(state.fault)))
    }
}

impl Entry {
    fn state(&self) -> State {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, found: anyhow::Result<Value>, issuer: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked = Some(Instant::now());
        let keys = found.and_then(|mut set| match set["keys"].take() {
            Value::Array(keys) => Ok(keys),
            _ => Err(anyhow!("the document of keys holds none")),
        });
        match keys {
            Ok(keys) => {
                state.keys = Some(Arc::new(keys));
                state.fetched = state.asked;
            }
            Err(error) => {
                tracing::warn!(issuer, "The keys of an issuer cannot be fetched: {error:#}");
                state.fault = format!("{error:#}");
            }
        }
    }
}
