//! Takes jobs from the queue, one at a time, keeps them alive and writes down how they end. Any number of workers, on any
//! number of machines, share one queue.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use serde_json::Value;
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use stadtwin_store::{Actor, JobState, Store, StoreError, StoredJob};

use super::change_detection::ChangeDetection;
use super::export_job::ExportJob;
use super::import_job::ImportJob;
use super::queue::{BEAT, Job, JobContext, Lease, beat, told, without_asking};
use super::spool::Spool;
use super::told::with_causes;
use super::validate_job::ValidateJob;
use super::{Progress, Rollback, Supply, TerrainComparison, TerrainImportJob, TerrainSeed};

/// Between two looks for work when there was none.
const POLL: Duration = Duration::from_secs(1);
/// Before a job is tried again whose collection or terrain is being imported into [s].
const BUSY_PAUSE_S: f64 = 5.0;
/// Uploads that nobody finished or imported go after this time.
const SPOOL_AGE: Duration = Duration::from_secs(7 * 24 * 3600);

pub struct Worker {
    pub store: Store,
    /// Files of uploads; without it, only jobs that need none are taken.
    pub spool: Option<Arc<Spool>>,
    /// Where files come from that are not sent.
    pub supply: Arc<Supply>,
    pub lease: Lease,
}

impl Worker {
    /// Works until `stop` comes; the job under way then goes back to the queue.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        let mut swept: Option<std::time::Instant> = None;
        loop {
            if swept.is_none_or(|time| time.elapsed() > Duration::from_secs(3600)) {
                swept = Some(std::time::Instant::now());
                self.sweep().await;
            }
            let found = match self.next().await {
                Ok(found) => found,
                Err(error) => {
                    warn!(%error, "The queue could not be read");
                    None
                }
            };
            match found {
                Some(job) => {
                    if self.work(&job, &mut stop).await == Ending::Stopped {
                        return;
                    }
                }
                None => tokio::select! {
                    () = &mut stop => return,
                    () = tokio::time::sleep(POLL) => {}
                },
            }
        }
    }

    async fn next(&self) -> Result<Option<StoredJob>, StoreError> {
        let revived = self.store.revive_jobs(self.lease.silence_s(), self.lease.pause_s(1)).await?;
        if revived > 0 {
            warn!(jobs = revived, "Took jobs over from workers that died");
        }
        self.store.claim_job(self.spool.as_ref().map(|spool| spool.place())).await
    }

    async fn work(&self, job: &StoredJob, stop: &mut (impl Future<Output = ()> + Unpin)) -> Ending {
        info!(job = job.id, kind = job.kind, attempt = job.attempts, "Began a job");
        let context = JobContext {
            store: self.store.acting_as(asker(job)),
            progress: Arc::new(Progress::default()),
            spool: self.spool.clone(),
            supply: self.supply.clone(),
        };
        let progress = context.progress.clone();
        let _ = progress.job.set(job.id);
        // In a task of its own: a panic ends the job, not the worker.
        let mut task = JoinSet::new();
        start(&mut task, job.clone(), context);
        let mut tick = tokio::time::interval(BEAT);
        let ending = loop {
            tokio::select! {
                joined = task.join_next() => {
                    let outcome = joined.context("the job was lost").and_then(|joined| {
                        joined.unwrap_or_else(|_| Err(anyhow!("the job broke off; the log of the worker says more")))
                    });
                    break Ending::Done(outcome);
                }
                () = &mut *stop => break Ending::Stopped,
                _ = tick.tick() => match beat(&self.store, job.id, job.attempts, &progress).await {
                    Ok(true) => {}
                    Ok(false) => break Ending::Lost,
                    Err(error) => warn!(job = job.id, %error, "The job's sign of life was not written"),
                },
            }
        };
        task.shutdown().await;
        if let Err(error) = self.conclude(job, &ending, &progress).await {
            error!(job = job.id, %error, "The end of a job was not written; it will be tried again");
        }
        ending
    }

    async fn conclude(
        &self,
        job: &StoredJob,
        ending: &Ending,
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let (id, attempt) = (job.id, job.attempts);
        self.store.log_job(id, &progress.fetch()).await?;
        match ending {
            Ending::Done(Ok(report)) => {
                info!(job = id, "Finished a job");
                self.store.finish_job(id, attempt, JobState::Successful, "done", Some(report)).await?;
            }
            Ending::Done(Err(cause)) => match cause.downcast_ref::<StoreError>() {
                Some(StoreError::ImportRunning { .. } | StoreError::TerrainBusy { .. }) => {
                    let message = "waits: another import into the same place is running";
                    self.store.postpone_job(id, attempt, message, BUSY_PAUSE_S, false).await?;
                }
                Some(StoreError::Database(_) | StoreError::Connect(_) | StoreError::RevisionLost(_)) => {
                    warn!(job = id, cause = with_causes(cause), "A job failed and may be tried again");
                    let pause_s = self.lease.pause_s(attempt);
                    self.store.postpone_job(id, attempt, &told(cause), pause_s, true).await?;
                }
                _ => {
                    warn!(job = id, cause = with_causes(cause), "A job failed");
                    self.store.finish_job(id, attempt, JobState::Failed, &told(cause), None).await?;
                }
            },
            Ending::Stopped => {
                self.store
                    .postpone_job(id, attempt, "its worker was stopped: to be done again", 0.0, false)
                    .await?;
            }
            Ending::Lost => info!(job = id, "A job was cancelled or taken over"),
        }
        self.clear(job).await
    }

    /// Removes the upload of a job that has ended.
    async fn clear(&self, job: &StoredJob) -> Result<(), StoreError> {
        let upload = job.parameters.get("upload").and_then(Value::as_str);
        let (Some(spool), Some(upload)) = (&self.spool, upload) else { return Ok(()) };
        let has_ended = self.store.job(job.id).await?.is_none_or(|job| job.state.is_final());
        if has_ended && let Some(entry) = spool.entry(upload) {
            entry.remove();
        }
        Ok(())
    }

    async fn sweep(&self) {
        let Some(spool) = &self.spool else { return };
        spool.results().sweep();
        match self.store.uploads_in_use().await {
            Ok(in_use) => spool.sweep(SPOOL_AGE, &in_use),
            Err(error) => warn!(%error, "Old uploads were not looked for"),
        }
    }
}

enum Ending {
    Done(anyhow::Result<Value>),
    /// The worker itself is to end.
    Stopped,
    /// Cancelled, or taken over by another worker.
    Lost,
}

impl PartialEq for Ending {
    fn eq(&self, other: &Ending) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// What a job changes is noted as changed by whoever asked for it.
fn asker(job: &StoredJob) -> Actor {
    let (subject, name) = (job.subject.clone(), job.created_by.clone());
    Actor { subject, name, origin: format!("job {}", job.id) }
}

/// Every kind of job that a worker can do.
fn start(task: &mut JoinSet<anyhow::Result<Value>>, job: StoredJob, context: JobContext) {
    match job.kind.as_str() {
        ImportJob::KIND => drop(task.spawn(perform::<ImportJob>(job, context))),
        Rollback::KIND => drop(task.spawn(perform::<Rollback>(job, context))),
        TerrainImportJob::KIND => drop(task.spawn(perform::<TerrainImportJob>(job, context))),
        TerrainComparison::KIND => drop(task.spawn(perform::<TerrainComparison>(job, context))),
        TerrainSeed::KIND => drop(task.spawn(perform::<TerrainSeed>(job, context))),
        ExportJob::KIND => drop(task.spawn(perform::<ExportJob>(job, context))),
        ValidateJob::KIND => drop(task.spawn(perform::<ValidateJob>(job, context))),
        ChangeDetection::KIND => drop(task.spawn(perform::<ChangeDetection>(job, context))),
        other => {
            let message =
                format!("this worker knows no job `{other}`: it is older than the server that queued it");
            task.spawn(async move { Err(anyhow!(message)) });
        }
    }
}

async fn perform<J: Job>(job: StoredJob, context: JobContext) -> anyhow::Result<Value> {
    let parameters: J = serde_json::from_value(without_asking(job.parameters))
        .context("the job's parameters cannot be read")?;
    parameters.run(&context).await
}
