//! How far an import is, as plain numbers that any thread may add to and any front end may draw.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Shared between the job and whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// Unpacked bytes read of all files so far.
    pub bytes: AtomicU64,
    /// Unpacked bytes expected; 0 when not known (packed files).
    pub bytes_expected: AtomicU64,
    pub objects: AtomicU64,
    /// What is being done, one phrase.
    pub phase: Mutex<String>,
    /// The job of the queue that this is the progress of, where it is one.
    pub job: OnceLock<i64>,
    /// Phrases that nobody has fetched yet, the first ones.
    said: Mutex<Vec<String>>,
}

/// Phrases kept between two fetches.
const SAID: usize = 200;

impl Progress {
    pub(crate) fn say(&self, phase: impl Into<String>) {
        let phase = phase.into();
        if let Ok(mut said) = self.said.lock()
            && said.len() < SAID
        {
            said.push(phase.clone());
        }
        if let Ok(mut current) = self.phase.lock() {
            *current = phase;
        }
    }

    /// What has been said since the last call.
    pub fn fetch(&self) -> Vec<String> {
        self.said.lock().map(|mut said| std::mem::take(&mut *said)).unwrap_or_default()
    }

    pub(super) fn add_objects(&self, count: u64) {
        self.objects.fetch_add(count, Ordering::Relaxed);
    }
}
