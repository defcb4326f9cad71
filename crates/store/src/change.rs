//! What differs between two revisions of a collection, object by object.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::Collection;

/// A top-level object that differs between two revisions.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ObjectChange {
    /// gml:id.
    pub id: String,
    /// Class at the later revision, or at the earlier one where it is gone.
    pub class: String,
    /// Row at the earlier revision; `None`: it came.
    pub before: Option<i64>,
    /// Row at the later revision; `None`: it went.
    pub after: Option<i64>,
}

/// Numbers of top-level objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct ChangeCounts {
    pub added: i64,
    pub removed: i64,
    pub changed: i64,
}

/// Rows that only the earlier state ($2) or only the later one ($3) holds; content that went and came back is no change.
macro_rules! with_changes {
    ($rest:literal) => {
        concat!(
            "WITH old AS (
                SELECT id, uid, class, content_hash FROM city_object
                WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
                    AND rev_from <= $2 AND rev_to > $2 AND rev_to <= $3
             ), new AS (
                SELECT id, uid, class, content_hash FROM city_object
                WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
                    AND rev_from > $2 AND rev_from <= $3 AND (rev_to IS NULL OR rev_to > $3)
             ), change AS (
                SELECT uid AS id, coalesce(new.class, old.class) AS class, old.id AS before, new.id AS after
                FROM old FULL JOIN new USING (uid)
                WHERE old.content_hash IS DISTINCT FROM new.content_hash
             ) ",
            $rest
        )
    };
}

impl Store {
    /// How many top-level objects differ between two revisions, the earlier one first.
    pub async fn change_counts(
        &self,
        collection: &Collection,
        from: i64,
        to: i64,
    ) -> Result<ChangeCounts, StoreError> {
        let counts = sqlx::query_as(with_changes!(
            "SELECT count(*) FILTER (WHERE before IS NULL) AS added, count(*) FILTER (WHERE after IS NULL) AS removed,
                count(*) FILTER (WHERE before IS NOT NULL AND after IS NOT NULL) AS changed
             FROM change"
        ))
        .bind(collection.key)
        .bind(from)
        .bind(to)
        .fetch_one(&self.pool)
        .await?;
        Ok(counts)
    }

    /// The objects that differ between two revisions, by id, from behind `after` on.
    pub async fn changes(
        &self,
        collection: &Collection,
        from: i64,
        to: i64,
        after: &str,
        limit: i64,
    ) -> Result<Vec<ObjectChange>, StoreError> {
        let changes = sqlx::query_as(with_changes!(
            "SELECT id, class, before, after FROM change WHERE id > $4 ORDER BY id LIMIT $5"
        ))
        .bind(collection.key)
        .bind(from)
        .bind(to)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(changes)
    }
}
