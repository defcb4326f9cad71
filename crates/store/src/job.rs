//! The queue: jobs are added, claimed by workers, kept alive, and end.

use std::collections::HashSet;

use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::copy_field::without_nul;
use super::{Store, StoreError};
use stadtwin_model::{Page, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    Queued,
    Running,
    Successful,
    Failed,
    Dismissed,
}

impl JobState {
    pub fn name(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Successful => "successful",
            JobState::Failed => "failed",
            JobState::Dismissed => "dismissed",
        }
    }

    fn from_name(name: &str) -> JobState {
        [Self::Queued, Self::Running, Self::Successful, Self::Dismissed]
            .into_iter()
            .find(|state| state.name() == name)
            .unwrap_or(JobState::Failed)
    }

    /// Nothing more will happen to it.
    pub fn is_final(self) -> bool {
        !matches!(self, JobState::Queued | JobState::Running)
    }
}

/// A job to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: &'static str,
    /// What it works on, where it is a collection or a terrain.
    pub target: Option<Target>,
    pub parameters: Value,
    /// The spool folder that holds its files; `None`: any worker can do it.
    pub place: Option<String>,
    /// Greater goes first.
    pub priority: i32,
    /// Times it may be begun.
    pub max_attempts: i32,
    pub created_by: String,
}

impl NewJob {
    /// As the log tells it.
    pub(super) fn made(&self, id: i64) -> What {
        let target = self.target.as_ref().map(Target::to_string);
        let details = json!({ "id": id, "kind": self.kind, "target": target, "createdBy": self.created_by });
        What::of("job.made", format!("/jobs/{id}")).with(details)
    }
}

/// A job as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredJob {
    pub id: i64,
    pub kind: String,
    /// What it works on, where it is a collection or a terrain.
    pub target: Option<Target>,
    pub parameters: Value,
    pub state: JobState,
    pub priority: i32,
    /// Percent.
    pub progress: Option<i16>,
    pub message: String,
    /// Array of `{time, message}`.
    pub log: Value,
    pub report: Option<Value>,
    /// Times it was begun.
    pub attempts: i32,
    /// The revision that it made the head; it cannot be cancelled any more.
    pub published: Option<i64>,
    pub created: String,
    pub started: Option<String>,
    pub finished: Option<String>,
    pub updated: String,
    /// Who asked for it, as they are shown.
    pub created_by: String,
    /// Who asked for it: `Actor::subject`.
    pub subject: String,
}

#[derive(FromRow)]
pub(super) struct JobRow {
    pub(super) id: i64,
    kind: String,
    collection: Option<String>,
    terrain: Option<String>,
    parameters: Json<Value>,
    state: String,
    priority: i32,
    progress: Option<i16>,
    message: String,
    log: Json<Value>,
    report: Option<Json<Value>>,
    attempts: i32,
    published: Option<i64>,
    created: String,
    started: Option<String>,
    finished: Option<String>,
    updated: String,
    created_by: String,
    subject: String,
}

impl From<JobRow> for StoredJob {
    fn from(row: JobRow) -> StoredJob {
        StoredJob {
            id: row.id,
            kind: row.kind,
            target: row.collection.map(Target::Collection).or(row.terrain.map(Target::Terrain)),
            parameters: row.parameters.0,
            state: JobState::from_name(&row.state),
            priority: row.priority,
            progress: row.progress,
            message: row.message,
            log: row.log.0,
            report: row.report.map(|report| report.0),
            attempts: row.attempts,
            published: row.published,
            created: row.created,
            started: row.started,
            finished: row.finished,
            updated: row.updated,
            created_by: row.created_by,
            subject: row.subject,
        }
    }
}

macro_rules! columns {
    () => {
        "id, kind, collection, terrain, parameters, state, priority, progress, message, log, report, attempts, published,
            utc_text(created) AS created, utc_text(started) AS started, utc_text(finished) AS finished,
            utc_text(updated) AS updated, created_by, subject"
    };
}
pub(super) use columns;

impl Store {
    /// Puts a job into the queue and gives its id.
    pub async fn add_job(&self, job: &NewJob) -> Result<i64, StoreError> {
        self.insert_job(job, "queued").await
    }

    /// Writes a job down that its caller does at once; it is never retried.
    pub async fn begin_job(&self, job: &NewJob) -> Result<i64, StoreError> {
        self.insert_job(&NewJob { max_attempts: 1, ..job.clone() }, "running").await
    }

    async fn insert_job(&self, job: &NewJob, state: &str) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO job (kind, collection, terrain, parameters, place, state, priority, max_attempts, created_by,
                subject, attempts, started, heartbeat)
             SELECT $1, $2, $9, $3, $4, $5, $6, $7, $8, $10, running::integer, CASE WHEN running THEN now() END,
                CASE WHEN running THEN now() END
             FROM (SELECT $5 = 'running' AS running) AS begun
             RETURNING id",
        )
        .bind(job.kind)
        .bind(job.target.as_ref().and_then(Target::collection))
        .bind(Json(without_nul(&job.parameters)))
        .bind(&job.place)
        .bind(state)
        .bind(job.priority)
        .bind(job.max_attempts)
        .bind(&job.created_by)
        .bind(job.target.as_ref().and_then(Target::terrain))
        .bind(&self.acting.by.subject)
        .fetch_one(&mut *change)
        .await?;
        change.commit(job.made(id)).await?;
        Ok(id)
    }

    /// Takes the next job whose files are at hand. No two workers get the same one.
    pub async fn claim_job(&self, place: Option<&str>) -> Result<Option<StoredJob>, StoreError> {
        let row: Option<JobRow> = sqlx::query_as(concat!(
            "UPDATE job SET state = 'running', attempts = attempts + 1, heartbeat = now(), updated = now(),
                started = coalesce(started, now()), progress = NULL
             WHERE id = (SELECT id FROM job
                WHERE state = 'queued' AND not_before <= now() AND (place IS NULL OR place = $1)
                ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
             RETURNING ",
            columns!()
        ))
        .bind(place)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(StoredJob::from))
    }

    /// A sign of life with what is being done. False when the job is no longer this worker's: cancelled or taken over.
    pub async fn beat_job(
        &self,
        id: i64,
        attempt: i32,
        progress: Option<i16>,
        message: &str,
    ) -> Result<bool, StoreError> {
        let beaten = sqlx::query(
            "UPDATE job SET heartbeat = now(), updated = now(), progress = $3, message = $4
             WHERE id = $1 AND attempts = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(progress)
        .bind(clean(message))
        .execute(&self.pool)
        .await?;
        Ok(beaten.rows_affected() == 1)
    }

    /// Adds lines to the job's log; the oldest go past 200.
    pub async fn log_job(&self, id: i64, messages: &[String]) -> Result<(), StoreError> {
        if messages.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "UPDATE job SET log = (
                SELECT jsonb_agg(line ORDER BY place) FROM (
                    SELECT line, place FROM jsonb_array_elements(log || (
                        SELECT jsonb_agg(jsonb_build_object('time', utc_text(now()), 'message', said) ORDER BY n)
                        FROM unnest($2::text[]) WITH ORDINALITY AS new (said, n)
                    )) WITH ORDINALITY AS lines (line, place) ORDER BY place DESC LIMIT 200
                ) AS last)
             WHERE id = $1",
        )
        .bind(id)
        .bind(messages.iter().map(|message| clean(message)).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The end of a job. What was cancelled, but done before its worker heard of it, counts as done.
    pub async fn finish_job(
        &self,
        id: i64,
        attempt: i32,
        state: JobState,
        message: &str,
        report: Option<&Value>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE job SET state = $3, message = $4, report = $5, log = job_logged(log, $4), updated = now(),
                finished = now(), heartbeat = NULL, progress = CASE WHEN $3 = 'successful' THEN 100 ELSE progress END
             WHERE id = $1 AND attempts = $2 AND (state = 'running' OR state = 'dismissed' AND $3 = 'successful')",
        )
        .bind(id)
        .bind(attempt)
        .bind(state.name())
        .bind(clean(message))
        .bind(report.map(|report| Json(without_nul(report))))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a running job back to the queue, for later. `counts`: as one of its attempts; the last one fails.
    pub async fn postpone_job(
        &self,
        id: i64,
        attempt: i32,
        message: &str,
        delay_s: f64,
        counts: bool,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE job SET state = CASE WHEN $5 AND attempts >= max_attempts THEN 'failed' ELSE 'queued' END,
                finished = CASE WHEN $5 AND attempts >= max_attempts THEN now() END,
                attempts = attempts - (NOT $5)::integer, message = $3, log = job_logged(log, $3),
                heartbeat = NULL, updated = now(), not_before = now() + $4 * interval '1 second'
             WHERE id = $1 AND attempts = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(attempt)
        .bind(clean(message))
        .bind(delay_s)
        .bind(counts)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Puts jobs back whose worker has been silent for `lease_s` seconds, with twice the pause each time; those that
    /// had all their attempts fail, unless they have published. Returns how many.
    pub async fn revive_jobs(&self, lease_s: f64, pause_s: f64) -> Result<u64, StoreError> {
        let revived = sqlx::query(
            "UPDATE job SET state = CASE WHEN NOT dead.last THEN 'queued' WHEN published IS NULL THEN 'failed'
                    ELSE 'successful' END,
                finished = CASE WHEN dead.last THEN now() END, message = dead.words, heartbeat = NULL, updated = now(),
                log = job_logged(job.log, dead.words),
                not_before = now() + $2 * power(2, least(job.attempts, 20) - 1) * interval '1 second'
             FROM (SELECT id, attempts >= max_attempts AS last, CASE
                    WHEN attempts >= max_attempts AND published IS NOT NULL
                    THEN 'done; its worker died after it had published revision ' || published
                    WHEN attempts >= max_attempts
                    THEN 'its worker died, attempt ' || attempts || ' of ' || max_attempts || ': given up'
                    ELSE 'its worker died, attempt ' || attempts || ' of ' || max_attempts || ': to be tried again' END
                    AS words
                FROM job WHERE state = 'running' AND heartbeat < now() - $1 * interval '1 second'
                FOR UPDATE SKIP LOCKED) AS dead
             WHERE job.id = dead.id",
        )
        .bind(lease_s)
        .bind(pause_s)
        .execute(&self.pool)
        .await?;
        Ok(revived.rows_affected())
    }

    /// Cancels a job that has neither ended nor published: at once when it waits, at its worker's next sign of life when
    /// it runs. False when it was too late.
    pub async fn dismiss_job(&self, id: i64) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let dismissed = sqlx::query(
            "UPDATE job SET state = 'dismissed', message = 'cancelled', log = job_logged(log, 'cancelled'),
                finished = now(), updated = now()
             WHERE id = $1 AND state IN ('queued', 'running') AND published IS NULL",
        )
        .bind(id)
        .execute(&mut *change)
        .await?;
        if dismissed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("job.dismissed", format!("/jobs/{id}"))).await?;
        Ok(true)
    }

    /// Uploads of jobs that have not ended.
    pub async fn uploads_in_use(&self) -> Result<HashSet<String>, StoreError> {
        let uploads: Vec<String> = sqlx::query_scalar(
            "SELECT parameters ->> 'upload' FROM job
             WHERE state IN ('queued', 'running') AND parameters ->> 'upload' IS NOT NULL",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(uploads.into_iter().collect())
    }

    pub async fn job(&self, id: i64) -> Result<Option<StoredJob>, StoreError> {
        let row: Option<JobRow> = sqlx::query_as(concat!("SELECT ", columns!(), " FROM job WHERE id = $1"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(StoredJob::from))
    }

    /// One page of jobs, newest first, of one target's imports or of all; `after` is the last one seen.
    pub async fn jobs(
        &self,
        imports_of: Option<&Target>,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Page<StoredJob>, StoreError> {
        let limit = limit.max(1);
        let mut rows: Vec<JobRow> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE ($1::text IS NULL OR collection = $1 AND kind = 'import')
                AND ($4::text IS NULL OR terrain = $4) AND id < $2
              ORDER BY job.id DESC LIMIT $3 + 1"
        ))
        .bind(imports_of.and_then(Target::collection))
        .bind(after.unwrap_or(i64::MAX))
        .bind(limit)
        .bind(imports_of.and_then(Target::terrain))
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        Ok(Page { items: rows.into_iter().map(StoredJob::from).collect(), next })
    }
}

/// PostgreSQL's texts hold no NUL.
pub(super) fn clean(text: &str) -> String {
    text.replace('\0', "")
}
