//! Edits take turns, one collection at a time, and tiles follow each: several edits that wait share one plan.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_jobs::{
    Edit, EditError, EditReport, EditTools, Progress, compare_after_publication, is_planned,
    refresh_tile_plan,
};

/// Edits of one collection that may wait.
const MOST_WAITING: usize = 100;
/// An answer waits so long for the tiles at the most; they are planned all the same.
const PLAN_PATIENCE: Duration = Duration::from_secs(10);

/// The turns of all collections.
#[derive(Default)]
pub struct Desk(Mutex<HashMap<String, Arc<Gate>>>);

#[derive(Default)]
struct Gate {
    write: tokio::sync::Mutex<()>,
    plan: tokio::sync::Mutex<()>,
    waiting: AtomicUsize,
}

impl Desk {
    /// `collection` exists: there are no more gates than collections.
    fn gate(&self, collection: &str) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        gates.entry(collection.to_owned()).or_default().clone()
    }
}

/// Why an edit was not done.
pub enum Undone {
    Edit(EditError),
    Api(ApiError),
}

/// Done to the end even when nobody waits for the answer any more.
pub async fn edit(state: &AppState, edit: Edit) -> Result<EditReport, Undone> {
    let gate = state.desk.gate(&edit.collection);
    if gate.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
        gate.waiting.fetch_sub(1, Ordering::Relaxed);
        let detail = format!("{MOST_WAITING} edits of `{}` wait already", edit.collection);
        return Err(Undone::Api(ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 5)));
    }
    let (state, timeout) = (state.clone(), state.timeout);
    let work = tokio::spawn(async move {
        let tools = EditTools { heights: state.heights.clone(), kept: state.heights_kept.clone() };
        let turn = gate.write.lock().await;
        let report = edit.run(&state.store, &tools).await;
        drop(turn);
        gate.waiting.fetch_sub(1, Ordering::Relaxed);
        if report.as_ref().is_ok_and(|report| report.revision.is_some()) {
            state.feeds.poke();
            let following = tokio::spawn(follow(state, gate, edit.collection));
            // Whatever comes of it: the edit is done.
            let _ = tokio::time::timeout(PLAN_PATIENCE, following).await;
        }
        report
    });
    match tokio::time::timeout(timeout, work).await {
        Ok(Ok(report)) => report.map_err(Undone::Edit),
        Ok(Err(cause)) => Err(Undone::Api(ApiError::internal(cause))),
        Err(_) => Err(Undone::Api(ApiError::Timeout { seconds: timeout.as_secs() })),
    }
}

/// The tile plan and the comparison with the ground, of the head that there is when its turn comes.
async fn follow(state: AppState, gate: Arc<Gate>, collection: String) {
    let _turn = gate.plan.lock().await;
    let planned = async {
        let Some(found) = state.store.collection(&collection).await? else { return Ok(()) };
        if !is_planned(&state.store, &found, &state.heights).await? {
            refresh_tile_plan(&state.store, &found, &state.heights).await?;
        }
        anyhow::Ok(())
    };
    if let Err(cause) = planned.await {
        tracing::error!(collection, %cause, "Could not plan tiles after an edit");
    }
    compare_after_publication(&state.store, &collection, 1, &Arc::new(Progress::default())).await;
}
