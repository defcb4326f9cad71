//! What a catalogue outside should know of published scenarios, and what it knows.

use sqlx::FromRow;

use super::{Store, StoreError};

/// Something that the catalogue does not know yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct DueEntry {
    /// `Scenario::id`.
    pub scenario: String,
    /// Digest of what it should show; `None`: the entry is to go.
    pub wanted: Option<String>,
    /// Tries in a row that failed.
    pub failures: i32,
}

/// How the catalogue stands to what it should show.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct CatalogStanding {
    /// Entries to be made, changed or removed.
    pub waiting: i64,
    /// Of those, such as failed the last time.
    pub failing: i64,
    /// Why one of them did.
    pub last_error: Option<String>,
}

/// `wanted`: published scenarios that others may know of, with digests.
macro_rules! wanted {
    ($rest:literal) => {
        concat!(
            "WITH wanted AS (
                SELECT s.id AS scenario, md5(ROW(s.published_revision, s.visibility, s.title, s.description, s.tags, s.phases,
                    p.title, p.description, p.owners, p.area)::text) AS content
                FROM scenario AS s JOIN project AS p ON p.key = s.project
                WHERE s.published_revision IS NOT NULL AND s.visibility <> 'private'
                    AND s.state NOT IN ('withdrawn', 'archived')
             ) ",
            $rest
        )
    };
}

impl Store {
    /// An entry that may be brought up to date, for this caller alone for some minutes. From now on it counts as unknown
    /// whether the catalogue has one that was never seen there.
    pub async fn due_catalog_entry(&self) -> Result<Option<DueEntry>, StoreError> {
        let due = sqlx::query_as(wanted!(
            ", due AS (
                SELECT scenario, wanted.content FROM wanted FULL JOIN catalog_entry AS c USING (scenario)
                WHERE c.shown IS DISTINCT FROM wanted.content AND coalesce(c.next_try, '-infinity') <= now()
                ORDER BY c.next_try NULLS FIRST LIMIT 1
             )
             INSERT INTO catalog_entry AS c (scenario, next_try)
             SELECT scenario, now() + interval '5 minutes' FROM due
             ON CONFLICT (scenario) DO UPDATE SET next_try = excluded.next_try WHERE c.next_try <= now()
             RETURNING c.scenario, (SELECT content FROM due) AS wanted, c.failures"
        ))
        .fetch_optional(&self.pool)
        .await?;
        Ok(due)
    }

    /// Notes that the catalogue shows what it should, or why not; then it is tried again after so many seconds.
    pub async fn note_catalog_entry(
        &self,
        entry: &DueEntry,
        failure: Option<(&str, i64)>,
    ) -> Result<(), StoreError> {
        if failure.is_none() && entry.wanted.is_none() {
            sqlx::query("DELETE FROM catalog_entry WHERE scenario = $1")
                .bind(&entry.scenario)
                .execute(&self.pool)
                .await?;
            return Ok(());
        }
        sqlx::query(
            "UPDATE catalog_entry SET shown = CASE WHEN $3::text IS NULL THEN $2 ELSE shown END,
                failures = CASE WHEN $3::text IS NULL THEN 0 ELSE failures + 1 END, last_error = $3,
                next_try = now() + $4 * interval '1 second'
             WHERE scenario = $1",
        )
        .bind(&entry.scenario)
        .bind(entry.wanted.as_deref().unwrap_or_default())
        .bind(failure.map(|(cause, _)| cause))
        .bind(failure.map_or(0, |(_, seconds)| seconds) as f64)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    pub async fn catalog_standing(&self) -> Result<CatalogStanding, StoreError> {
        let standing = sqlx::query_as(wanted!(
            "SELECT count(*) AS waiting, count(*) FILTER (WHERE c.failures > 0) AS failing, max(c.last_error) AS last_error
             FROM wanted FULL JOIN catalog_entry AS c USING (scenario)
             WHERE c.shown IS DISTINCT FROM wanted.content"
        ))
        .fetch_one(&self.pool)
        .await?;
        Ok(standing)
    }
}
