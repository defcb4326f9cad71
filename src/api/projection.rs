//! Between the storage CRS and longitude and latitude, on threads that may wait. PROJ's objects stay in their thread.

use std::cell::RefCell;

use super::error::ApiError;
use crate::crs::{CRS84, CrsError, Transformer};
use crate::model::{Crs, Feature};

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    ToLonLat,
    FromLonLat,
}

thread_local! {
    /// The last one used in each direction: a database has one storage CRS.
    static KEPT: RefCell<Vec<(Crs, Direction, Transformer)>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with this thread's transformer.
pub fn with_transformer<T>(
    storage: &Crs,
    direction: Direction,
    work: impl FnOnce(&Transformer) -> T,
) -> Result<T, CrsError> {
    KEPT.with(|kept| {
        // Taken out while in use, so that a nested call cannot meet a borrowed cell.
        let mut all = kept.take();
        let transformer = match all.iter().position(|(crs, way, _)| (crs, *way) == (storage, direction)) {
            Some(at) => all.swap_remove(at).2,
            None => match direction {
                Direction::ToLonLat => Transformer::new(storage, &CRS84)?,
                Direction::FromLonLat => Transformer::new(&CRS84, storage)?,
            },
        };
        let result = work(&transformer);
        all.retain(|(_, way, _)| *way != direction);
        all.push((*storage, direction, transformer));
        kept.replace(all);
        Ok(result)
    })
}

/// `[longitude, latitude]` [°] from `[east, north]`.
pub fn to_lonlat(storage: &Crs, feature: &mut Feature) -> Result<(), CrsError> {
    with_transformer(storage, Direction::ToLonLat, |transformer| {
        feature.runs_mut().try_for_each(|run| transformer.convert_2d(run))
    })?
}

/// Runs work that computes on a thread where waiting is allowed.
pub async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await?
}
