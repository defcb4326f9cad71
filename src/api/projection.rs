//! Between the storage CRS and longitude and latitude, on threads that may wait. PROJ's objects stay in their thread.

use std::cell::RefCell;

use super::error::ApiError;
use stadtwin_crs::{CRS84, CrsError, Transformer};
use stadtwin_model::Crs;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToLonLat,
    FromLonLat,
}

/// Transformers that a thread keeps: a database has one storage CRS, clients have few.
const KEPT_TRANSFORMERS: usize = 6;

thread_local! {
    /// The ones used last, the newest at the end.
    static KEPT: RefCell<Vec<(Crs, Crs, Transformer)>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with this thread's transformer.
pub fn with_transformer<T>(
    storage: &Crs,
    direction: Direction,
    work: impl FnOnce(&Transformer) -> T,
) -> Result<T, CrsError> {
    match direction {
        Direction::ToLonLat => between(storage, &CRS84, work),
        Direction::FromLonLat => between(&CRS84, storage, work),
    }
}

/// Calls `work` with this thread's transformer from one CRS to another.
pub fn between<T>(from: &Crs, to: &Crs, work: impl FnOnce(&Transformer) -> T) -> Result<T, CrsError> {
    KEPT.with(|kept| {
        // Taken out while in use, so that a nested call cannot meet a borrowed cell.
        let mut all = kept.take();
        let transformer = match all.iter().position(|(known, other, _)| (known, other) == (from, to)) {
            Some(at) => all.remove(at).2,
            None => Transformer::new(from, to)?,
        };
        let result = work(&transformer);
        if all.len() >= KEPT_TRANSFORMERS {
            all.remove(0);
        }
        all.push((*from, *to, transformer));
        kept.replace(all);
        Ok(result)
    })
}

/// Runs work that computes on a thread where waiting is allowed.
pub async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await?
}
