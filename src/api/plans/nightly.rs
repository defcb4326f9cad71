//! What is looked at whether somebody asks or not: conflicts of all plans once a night, and deadlines of coordination requests.

use std::time::{Duration, Instant};

use super::detection::detect_or_log;
use crate::api::error::ApiError;
use crate::api::state::AppState;

/// How often deadlines, and whether it is night, are looked at.
const PAUSE: Duration = Duration::from_secs(600);

/// Looks after plans; never ends.
pub async fn look_after_plans(state: AppState) {
    loop {
        if let Err(error) = look_at_plans(&state).await {
            tracing::warn!(%error, "Cannot look after plans");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Once: what is due by now.
pub async fn look_at_plans(state: &AppState) -> Result<(), ApiError> {
    let store = &state.store;
    store.remind_of_requests().await?;
    if !store.begin_night().await? {
        return Ok(());
    }
    let scenarios = store.living_scenarios().await?;
    for id in &scenarios {
        let started = Instant::now();
        detect_or_log(state, id).await;
        // What is asked for comes first.
        tokio::time::sleep(started.elapsed()).await;
    }
    if !scenarios.is_empty() {
        tracing::info!(scenarios = scenarios.len(), "Looked for conflicts of all plans");
    }
    Ok(())
}
