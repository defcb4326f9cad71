//! Files that watched folders hand over.

use sqlx::types::Json;

use super::{NewJob, Store, StoreError};
use stadtwin_model::Target;

/// A file that a watched folder hands over.
#[derive(Debug, Clone, PartialEq)]
pub struct WatchedFile {
    /// What it goes into.
    pub target: Target,
    pub path: String,
    /// blake3 of its bytes.
    pub content_hash: [u8; 32],
}

impl Store {
    /// Queues the import of a watched file, unless this content of it was handed over before. One transaction: two
    /// watchers of one folder queue it once.
    pub async fn add_watched(&self, file: &WatchedFile, job: &NewJob) -> Result<Option<i64>, StoreError> {
        let mut change = self.change().await?;
        let id: Option<i64> = sqlx::query_scalar(
            "WITH number AS (SELECT nextval(pg_get_serial_sequence('job', 'id')) AS id), taken AS (
                INSERT INTO watched_file (collection, path, content_hash, job) SELECT $1, $2, $3, id FROM number
                ON CONFLICT (collection, path) DO UPDATE
                    SET content_hash = excluded.content_hash, job = excluded.job, taken = now()
                    WHERE watched_file.content_hash <> excluded.content_hash
                RETURNING job
             )
             INSERT INTO job (id, kind, collection, terrain, parameters, place, priority, max_attempts, created_by, subject)
             OVERRIDING SYSTEM VALUE
             SELECT taken.job, $4, $5, $11, $6, $7, $8, $9, $10, $12 FROM taken RETURNING id",
        )
        .bind(file.target.to_string())
        .bind(&file.path)
        .bind(file.content_hash.as_slice())
        .bind(job.kind)
        .bind(job.target.as_ref().and_then(Target::collection))
        .bind(Json(&job.parameters))
        .bind(&job.place)
        .bind(job.priority)
        .bind(job.max_attempts)
        .bind(&job.created_by)
        .bind(job.target.as_ref().and_then(Target::terrain))
        .bind(&self.acting.by.subject)
        .fetch_optional(&mut *change)
        .await?;
        let Some(id) = id else { return Ok(None) };
        change.commit(job.made(id)).await?;
        Ok(Some(id))
    }
}
