//! An earlier state again: its objects are copied inside the database, under a revision that nobody sees yet.

use sqlx::Connection;

use super::revision::share_writer_lock;
use super::{ImportSession, StoreError};

impl ImportSession {
    /// Stages the differences between the head and an earlier revision of the collection: what has come since ends at
    /// publication, what has gone begins again as new rows. What is the same in both, by id and content, stays as it
    /// is. Returns how many objects `(begin, end)`.
    pub async fn stage_restore(&self, earlier: i64) -> Result<(i64, i64), StoreError> {
        let mut session = self.session.lock().await;
        let mut transaction = session.begin().await?;
        share_writer_lock(&mut transaction, self.collection.key).await?;
        sqlx::query("UPDATE revision SET restores = $2 WHERE number = $1")
            .bind(self.revision)
            .bind(earlier)
            .execute(&mut *transaction)
            .await?;
        sqlx::raw_sql(
            "CREATE TEMPORARY TABLE import_copy (old bigint PRIMARY KEY, rank bigint NOT NULL, is_root boolean NOT NULL)",
        )
        .execute(&mut *transaction)
        .await?;
        let count = sqlx::query(GONE)
            .bind(self.collection.key)
            .bind(earlier)
            .bind(self.revision)
            .execute(&mut *transaction)
            .await?
            .rows_affected() as i64;
        if count > 0 {
            let first = self.reserve_ids(count).await?;
            sqlx::query("ANALYZE import_copy").execute(&mut *transaction).await?;
            sqlx::query("SELECT copy_objects($1, $2, $3)")
                .bind(self.collection.key)
                .bind(self.revision)
                .bind(first)
                .execute(&mut *transaction)
                .await?;
            sqlx::query(LINKS)
                .bind(self.collection.key)
                .bind(self.revision)
                .execute(&mut *transaction)
                .await?;
        }
        let begun = sqlx::query_scalar("SELECT count(*) FROM import_copy WHERE is_root")
            .fetch_one(&mut *transaction)
            .await?;
        let ended = sqlx::query(COME_SINCE)
            .bind(self.collection.key)
            .bind(earlier)
            .bind(self.revision)
            .execute(&mut *transaction)
            .await?
            .rows_affected() as i64;
        transaction.commit().await?;
        Ok((begun, ended))
    }
}

/// Objects with their children that the earlier revision holds and the head does not. Ids grow from parents to
/// children, and so do the copies' ids.
const GONE: &str = "
    WITH gone AS (
        SELECT id FROM city_object AS former
        WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $2 AND rev_to > $2
            AND NOT EXISTS (SELECT FROM city_object AS live
                WHERE live.collection = $1 AND live.uid = former.uid AND live.content_hash = former.content_hash
                    AND live.parent IS NULL AND live.scenario IS NULL AND live.rev_from < $3 AND live.rev_to IS NULL)
    )
    INSERT INTO import_copy
    SELECT id, row_number() OVER (ORDER BY id) - 1, is_root FROM (
        SELECT id, true AS is_root FROM gone
        UNION ALL
        SELECT o.id, false FROM city_object AS o JOIN gone ON o.root = gone.id
        WHERE o.collection = $1 AND o.parent IS NOT NULL
    ) AS objects";

/// Links belong to a version of their object: the copies get theirs.
const LINKS: &str = "
    INSERT INTO object_link (collection, source, rev_from, ordinal, part, relation, role, href, target, target_feature)
    SELECT l.collection, l.source, $2, l.ordinal, l.part, l.relation, l.role, l.href, l.target, l.target_feature
    FROM import_copy AS i JOIN city_object AS o ON o.collection = $1 AND o.id = i.old
    JOIN object_link AS l ON l.collection = $1 AND l.source = o.uid AND l.rev_from = o.rev_from
    WHERE i.is_root";

/// Objects of the head that the earlier revision does not hold.
const COME_SINCE: &str = "
    INSERT INTO import_end
    SELECT id FROM city_object AS live
    WHERE collection = $1 AND parent IS NULL AND scenario IS NULL
        AND rev_from > $2 AND rev_from < $3 AND rev_to IS NULL
        AND NOT EXISTS (SELECT FROM city_object AS former
            WHERE former.collection = $1 AND former.uid = live.uid AND former.content_hash = live.content_hash
                AND former.parent IS NULL AND former.scenario IS NULL AND former.rev_from <= $2 AND former.rev_to > $2)
    ON CONFLICT DO NOTHING";
