//! Jobs as data: what a job is, how it comes into the queue, and how one that is done at once is written down.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::bail;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use stadtwin_model::Target;
use stadtwin_store::{JobState, NewJob, Store, StoreError};

use super::spool::Spool;
use super::told::with_causes;
use super::{Progress, Supply};

/// Times a job may be begun before it counts as failed.
const MAX_ATTEMPTS: i32 = 3;
/// Between two signs of life of a job. Every process gives them at this pace, whatever its own lease: the lease that
/// counts is that of whoever looks.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// Shorter silence is no death: a sign of life may be late by a pause of the machine or the network [s].
const LEAST_SILENCE_S: f64 = 3.0;
/// A pause of more than a day is no back-off [s].
const MOST_S: f64 = 86_400.0;

/// When a worker counts as dead, and what follows.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    silence_s: f64,
    pause_s: f64,
}

impl Default for Lease {
    fn default() -> Lease {
        Lease { silence_s: 30.0, pause_s: 10.0 }
    }
}

impl Lease {
    /// `silence_s`: after it another worker takes the job [s]; `pause_s`: before the second attempt [s], doubled with
    /// each further one. Refused are those under which living workers would count as dead.
    pub fn new(silence_s: f64, pause_s: f64) -> anyhow::Result<Lease> {
        if !(LEAST_SILENCE_S..=MOST_S).contains(&silence_s) {
            bail!(
                "a lease of {silence_s} s is not possible: workers give a sign of life every {} s, so take {LEAST_SILENCE_S} to {MOST_S} s",
                BEAT.as_secs()
            );
        }
        if !(0.0..=MOST_S).contains(&pause_s) {
            bail!("a pause of {pause_s} s before the next attempt is not possible: take 0 to {MOST_S} s");
        }
        Ok(Lease { silence_s, pause_s })
    }

    pub fn silence_s(&self) -> f64 {
        self.silence_s
    }

    /// After this many attempts.
    pub fn pause_s(&self, attempts: i32) -> f64 {
        self.pause_s * f64::from(1 << (attempts - 1).clamp(0, 16))
    }
}

/// A job is its parameters; it may run twice and leave the same result. Dropped, it leaves nothing.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    const KIND: &'static str;

    /// What it works on.
    fn target(&self) -> Target;

    /// Gives the report.
    fn run(&self, context: &JobContext) -> impl Future<Output = anyhow::Result<Value>> + Send;
}

/// What a job may use.
#[derive(Clone)]
pub struct JobContext {
    pub store: Store,
    pub progress: Arc<Progress>,
    /// Files of uploads.
    pub spool: Option<Arc<Spool>>,
    /// Where other files come from.
    pub supply: Arc<Supply>,
}

/// How a job is queued.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// The spool that holds its files.
    pub place: Option<String>,
    /// Greater goes first.
    pub priority: i32,
    /// Name of the token, or the command.
    pub created_by: String,
}

/// How whoever asked for a job wants its result: kept with its parameters, which know nothing of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Asked {
    /// A document that holds or names the output, rather than the output itself.
    pub document: bool,
    /// By its address rather than by its content.
    pub reference: bool,
}

/// Where `Asked` stands among the parameters.
const ASKED: &str = "asked";

impl Asked {
    /// Notes it in the row of a job.
    pub fn note(self, job: &mut NewJob) -> anyhow::Result<()> {
        job.parameters[ASKED] = serde_json::to_value(self)?;
        Ok(())
    }

    /// As it was noted; jobs of other ways have none.
    pub fn of(parameters: &Value) -> Asked {
        let noted = parameters.get(ASKED).cloned().unwrap_or_default();
        serde_json::from_value(noted).unwrap_or_default()
    }
}

/// The job's own parameters.
pub(super) fn without_asking(mut parameters: Value) -> Value {
    if let Some(members) = parameters.as_object_mut() {
        members.remove(ASKED);
    }
    parameters
}

/// The row of a job.
pub fn new_job<J: Job>(job: &J, order: Order) -> anyhow::Result<NewJob> {
    Ok(NewJob {
        kind: J::KIND,
        target: Some(job.target()),
        parameters: serde_json::to_value(job)?,
        place: order.place,
        priority: order.priority,
        max_attempts: MAX_ATTEMPTS,
        created_by: order.created_by,
    })
}

/// Does a job here and now, written down beside those of the queue. Cancelled there, it ends with an error.
pub async fn record<R: Serialize>(
    store: &Store,
    job: &NewJob,
    progress: &Progress,
    run: impl Future<Output = anyhow::Result<R>>,
) -> anyhow::Result<R> {
    let id = store.begin_job(job).await?;
    // A progress is that of one job.
    let _ = progress.job.set(id);
    let mut run = std::pin::pin!(run);
    let mut tick = tokio::time::interval(BEAT);
    let outcome = loop {
        tokio::select! {
            outcome = &mut run => break outcome,
            _ = tick.tick() => {
                if matches!(beat(store, id, 1, progress).await, Ok(false)) {
                    bail!("cancelled as job {id}");
                }
            }
        }
    };
    let (state, message, report) = match &outcome {
        Ok(report) => (JobState::Successful, "done".to_owned(), Some(serde_json::to_value(report)?)),
        Err(error) => (JobState::Failed, told(error), None),
    };
    store.log_job(id, &progress.fetch()).await?;
    store.finish_job(id, 1, state, &message, report.as_ref()).await?;
    outcome
}

/// A sign of life with the progress as it is now.
pub(super) async fn beat(
    store: &Store,
    id: i64,
    attempt: i32,
    progress: &Progress,
) -> Result<bool, StoreError> {
    let phase = progress.phase.lock().map(|phase| phase.clone()).unwrap_or_default();
    let (done, expected) =
        (progress.bytes.load(Ordering::Relaxed), progress.bytes_expected.load(Ordering::Relaxed));
    // The last percent is publication.
    let percent = (expected > 0).then(|| (done as f64 / expected as f64 * 100.0).clamp(0.0, 99.0) as i16);
    store.log_job(id, &progress.fetch()).await?;
    store.beat_job(id, attempt, percent, &phase).await
}

/// An error as readers of the job see it: failures of the database stay in the log.
pub(super) fn told(error: &anyhow::Error) -> String {
    match error.downcast_ref::<StoreError>() {
        Some(StoreError::Database(_) | StoreError::Connect(_) | StoreError::Embedded(_)) => {
            "the database failed; the log of the worker says more".to_owned()
        }
        _ => with_causes(error),
    }
}
