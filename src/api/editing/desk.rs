//! Edits take turns, one collection at a time, and tiles follow each: several edits that wait share one plan.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;

use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_jobs::{
    Edit, EditError, EditReport, EditTools, Progress, compare_after_publication, follow_edit, is_planned,
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

/// A place among those that wait, until it is dropped.
struct Place(Arc<Gate>);

impl Place {
    /// `None`: as many wait as may.
    fn take(gate: &Arc<Gate>) -> Option<Place> {
        let place = Place(gate.clone());
        (gate.waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What became first: that the edit began, or that nobody waited for it any more.
#[derive(Default)]
struct Start(AtomicU8);

const BEGUN: u8 = 1;
const GONE: u8 = 2;

impl Start {
    /// Whether it is so, now or before.
    fn is(&self, what: u8) -> bool {
        let before = self.0.compare_exchange(0, what, Ordering::AcqRel, Ordering::Acquire);
        before.is_ok() || before == Err(what)
    }
}

/// Whoever asked for an edit; when it goes, an edit that has not begun goes with it.
struct Client(Arc<Start>);

impl Drop for Client {
    fn drop(&mut self) {
        self.0.is(GONE);
    }
}

/// Why an edit was not done.
pub enum Undone {
    Edit(EditError),
    Api(ApiError),
}

/// Once begun, done to the end even when nobody waits for the answer any more.
pub async fn edit(state: &AppState, edit: Edit) -> Result<EditReport, Undone> {
    let gate = state.desk.gate(&edit.collection);
    let Some(place) = Place::take(&gate) else {
        let detail = format!("{MOST_WAITING} edits of `{}` wait already", edit.collection);
        return Err(Undone::Api(ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 5)));
    };
    let client = Client(Arc::default());
    let work = tokio::spawn(take_turn(state.clone(), gate, place, client.0.clone(), edit));
    match tokio::time::timeout(state.timeout, work).await {
        Ok(Ok(Some(report))) => report.map_err(Undone::Edit),
        Ok(Ok(None)) => Err(Undone::Api(ApiError::internal("an edit was left although its client waits"))),
        Ok(Err(cause)) => Err(Undone::Api(ApiError::internal(cause))),
        Err(_) => Err(Undone::Api(too_late(!client.0.is(GONE), state.timeout))),
    }
}

/// `None`: the client had gone before its turn came.
async fn take_turn(
    state: AppState,
    gate: Arc<Gate>,
    place: Place,
    start: Arc<Start>,
    edit: Edit,
) -> Option<Result<EditReport, EditError>> {
    let tools = EditTools { heights: state.heights.clone(), kept: state.heights_kept.clone() };
    let collection = edit.collection.clone();
    let turn = gate.write.lock().await;
    if !start.is(BEGUN) {
        return None;
    }
    let report = edit.run(&state.store.unhurried(), &tools).await;
    drop((turn, place));
    if report.as_ref().is_ok_and(|report| report.revision.is_some()) {
        let following = tokio::spawn(follow(state, gate, collection));
        // Whatever comes of it: the edit is done.
        let _ = tokio::time::timeout(PLAN_PATIENCE, following).await;
    }
    Some(report)
}

fn too_late(has_begun: bool, waited: Duration) -> ApiError {
    let seconds = waited.as_secs();
    let detail = match has_begun {
        true => format!(
            "the edit takes longer than {seconds} s and may still be done: look before sending it again, or send it with the \
             same `Idempotency-Key`, which does it once"
        ),
        false => format!(
            "nothing was edited: other edits of this collection took longer than {seconds} s; send this again"
        ),
    };
    ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail, 10)
}

/// The tile plan and the comparison with the ground, of the head that there is when its turn comes.
async fn follow(state: AppState, gate: Arc<Gate>, collection: String) {
    let _turn = gate.plan.lock().await;
    let store = state.store.unhurried();
    let planned = async {
        let Some(found) = store.collection(&collection).await? else { return Ok(()) };
        if !is_planned(&store, &found, &state.heights).await? {
            follow_edit(&store, &found, &state.heights).await?;
        }
        anyhow::Ok(())
    };
    if let Err(cause) = planned.await {
        tracing::error!(collection, %cause, "Could not plan tiles after an edit");
    }
    state.feeds.poke();
    compare_after_publication(&store, &collection, 1, &Arc::new(Progress::default())).await;
}
