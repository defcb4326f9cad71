//! Lists of jobs as OGC API – Processes asks for them.

use super::acting::What;
use super::job::{JobRow, StoredJob, columns};
use super::{Store, StoreError};
use stadtwin_model::Page;

/// Which jobs; `None` leaves a condition out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobQuery {
    pub kinds: Option<Vec<String>>,
    /// Names of states.
    pub states: Option<Vec<String>>,
    /// RFC 3339: asked for at or after.
    pub since: Option<String>,
    /// RFC 3339: asked for at or before.
    pub until: Option<String>,
    /// From its begin to its end, or to now while it runs [s]. One that was never begun has none.
    pub least_s: Option<f64>,
    pub most_s: Option<f64>,
}

impl Store {
    /// One page of the jobs asked for, newest first; `after` is the last one seen.
    pub async fn jobs_asked(
        &self,
        query: &JobQuery,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Page<StoredJob>, StoreError> {
        let limit = limit.max(1);
        let mut rows: Vec<JobRow> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM job WHERE id < $1 AND ($3::text[] IS NULL OR kind = ANY($3)) AND ($4::text[] IS NULL OR state = ANY($4))
                AND ($5::text IS NULL OR created >= $5::text::timestamptz)
                AND ($6::text IS NULL OR created <= $6::text::timestamptz)
                AND ($7::double precision IS NULL OR extract(epoch FROM coalesce(finished, now()) - started) >= $7)
                AND ($8::double precision IS NULL OR extract(epoch FROM coalesce(finished, now()) - started) <= $8)
              ORDER BY job.id DESC LIMIT $2 + 1"
        ))
        .bind(after.unwrap_or(i64::MAX))
        .bind(limit)
        .bind(&query.kinds)
        .bind(&query.states)
        .bind(&query.since)
        .bind(&query.until)
        .bind(query.least_s)
        .bind(query.most_s)
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        Ok(Page { items: rows.into_iter().map(StoredJob::from).collect(), next })
    }

    /// Marks a job that has ended as dismissed and takes its report: its result is no more. False for any other.
    pub async fn discard_job(&self, id: i64, message: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let discarded = sqlx::query(
            "UPDATE job SET state = 'dismissed', message = $2, report = NULL, log = job_logged(log, $2), updated = now()
             WHERE id = $1 AND state = 'successful'",
        )
        .bind(id)
        .bind(message)
        .execute(&mut *change)
        .await?;
        if discarded.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("job.discarded", format!("/jobs/{id}"))).await?;
        Ok(true)
    }
}
