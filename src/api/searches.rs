//! Searches: questions for which the database may look at a whole collection. Some connections are never theirs, so that
//! whoever asks for less is answered while they are under way.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::ApiError;
use super::state::AppState;
use stadtwin_query::FeatureQuery;

/// Connections that searches may hold, of the eight for requests.
pub const PLACES: usize = 5;
/// Until there is a place.
const PATIENCE: Duration = Duration::from_secs(5);
/// When to ask again [s].
const RETRY_AFTER: u32 = 5;
const BUSY: &str =
    "too many searches are under way: try again, or ask without `filter`, `sortby` and `datetime`";

/// A place among the searches, to be held until the store has answered; none is needed for what an index finds. 503 where
/// there was none for some time.
pub async fn turn(
    state: &AppState,
    query: &FeatureQuery,
    connections: u32,
) -> Result<Option<OwnedSemaphorePermit>, ApiError> {
    if query.filter.is_none() && query.sort.is_empty() && query.datetime.is_none() {
        return Ok(None);
    }
    let turn = state.searches.clone().acquire_many_owned(connections);
    match tokio::time::timeout(PATIENCE, turn).await {
        Ok(Ok(turn)) => Ok(Some(turn)),
        _ => Err(ApiError::later(StatusCode::SERVICE_UNAVAILABLE, BUSY.to_owned(), RETRY_AFTER)),
    }
}

pub fn places() -> Semaphore {
    Semaphore::new(PLACES)
}
