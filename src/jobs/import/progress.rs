//! How far an import is, as plain numbers that any thread may add to and any front end may draw.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

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
}

impl Progress {
    pub(crate) fn say(&self, phase: impl Into<String>) {
        if let Ok(mut current) = self.phase.lock() {
            *current = phase.into();
        }
    }

    pub(super) fn add_objects(&self, count: u64) {
        self.objects.fetch_add(count, Ordering::Relaxed);
    }
}
