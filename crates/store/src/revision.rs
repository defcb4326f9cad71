//! Revisions and the locks around them.

use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};

use super::{Store, StoreError};
use stadtwin_model::{Collection, Revision, RevisionState};

/// First half of the session lock that the one running import of a collection holds; the second is the collection.
const IMPORT_LOCK: i32 = 0x5354_0001;
/// First half of the lock that every writing transaction shares and the removal of its rows takes alone.
const WRITER_LOCK: i32 = 0x5354_0002;
/// An import that was just killed lets go within this time.
const LOCK_TRIES: u32 = 15;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

#[derive(sqlx::FromRow)]
struct RevisionRow {
    number: i64,
    state: String,
    started: String,
    published: Option<String>,
    inserted_count: Option<i64>,
    ended_count: Option<i64>,
    restores: Option<i64>,
}

impl Store {
    /// All revisions of a collection, newest first; the open one too.
    pub async fn revisions(&self, collection: &Collection) -> Result<Vec<Revision>, StoreError> {
        let rows: Vec<RevisionRow> = sqlx::query_as(
            "SELECT number, state, to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS started,
                to_char(published AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS published,
                inserted_count, ended_count, restores
             FROM revision WHERE collection = $1 ORDER BY number DESC",
        )
        .bind(collection.key)
        .fetch_all(&self.pool)
        .await?;
        let state = |name: &str| match name {
            "published" => RevisionState::Published,
            "abandoned" => RevisionState::Abandoned,
            _ => RevisionState::Open,
        };
        let revision = |row: RevisionRow| Revision {
            number: row.number,
            collection: collection.key,
            state: state(&row.state),
            started: row.started,
            published: row.published,
            inserted_count: row.inserted_count,
            ended_count: row.ended_count,
            restores: row.restores,
        };
        Ok(rows.into_iter().map(revision).collect())
    }

    /// A connection of its own, outside the pool, with settings for bulk work.
    pub(super) async fn bulk_connection(&self) -> Result<PgConnection, StoreError> {
        let mut connection = PgConnection::connect_with(&self.options).await.map_err(StoreError::Connect)?;
        connection.execute("SET synchronous_commit = off; SET client_min_messages = warning").await?;
        // Where this server was built with it: a fraction of the time of the default for long attributes.
        sqlx::query(
            "SELECT set_config(name, 'lz4', false) FROM pg_settings
             WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)",
        )
        .execute(&mut connection)
        .await?;
        Ok(connection)
    }

    /// The collection's import lock, held as long as the connection lives.
    pub(super) async fn lock_collection(&self, collection: &Collection) -> Result<PgConnection, StoreError> {
        let mut connection = self.bulk_connection().await?;
        for _ in 0..LOCK_TRIES {
            let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
                .bind(IMPORT_LOCK)
                .bind(collection.key)
                .fetch_one(&mut connection)
                .await?;
            if is_ours {
                return Ok(connection);
            }
            tokio::time::sleep(LOCK_PAUSE).await;
        }
        let holder: Option<(i32, String)> = sqlx::query_as(
            "SELECT l.pid, coalesce(to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"'), '?')
             FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
             WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1 AND l.objid::bigint = $2
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .bind(i64::from(IMPORT_LOCK))
        .bind(i64::from(collection.key))
        .fetch_optional(&mut connection)
        .await?;
        let (process, since) = holder.unwrap_or((0, "just now".to_owned()));
        Err(StoreError::ImportRunning { collection: collection.id.clone(), process, since })
    }
}

/// Taken first in every transaction that writes rows of a revision.
pub(super) async fn share_writer_lock(
    connection: &mut PgConnection,
    collection: i32,
) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)")
        .bind(WRITER_LOCK)
        .bind(collection)
        .execute(connection)
        .await?;
    Ok(())
}

/// Taken by whoever changes the head, findings or the plan of a collection before the first row of them, behind the writer
/// lock: all in one order, so that none waits for another that waits for it. Rows that only point at the collection are
/// written meanwhile.
pub(super) async fn lock_row(connection: &mut PgConnection, collection: i32) -> Result<(), StoreError> {
    sqlx::query("SELECT FROM collection WHERE key = $1 FOR NO KEY UPDATE")
        .bind(collection)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes all rows of revisions that were never published. Whoever calls holds the import lock, so a writer that still
/// lives belongs to a dead import: it is ended, and waited for, lest it commit after the rows were removed.
pub(super) async fn remove_unpublished(
    connection: &mut PgConnection,
    collection: i32,
) -> Result<(), StoreError> {
    if unpublished(connection, collection).await?.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2 AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .bind(i64::from(WRITER_LOCK))
    .bind(i64::from(collection))
    .execute(&mut *connection)
    .await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind(WRITER_LOCK)
        .bind(collection)
        .execute(&mut *transaction)
        .await?;
    // Asked again: a publication that was under way when its client died may have won.
    let dead = unpublished(&mut transaction, collection).await?;
    sqlx::query("SELECT drop_loose_tables($1)").bind(collection).execute(&mut *transaction).await?;
    for statement in [
        "DELETE FROM city_object WHERE collection = $1 AND rev_from = ANY($2)",
        "DELETE FROM object_geometry WHERE collection = $1 AND rev_from = ANY($2)",
        "DELETE FROM object_link WHERE collection = $1 AND rev_from = ANY($2)",
        "DELETE FROM issue WHERE collection = $1 AND revision = ANY($2)",
        "DELETE FROM import_file WHERE collection = $1 AND revision = ANY($2)",
        "DELETE FROM revision WHERE collection = $1 AND number = ANY($2)",
    ] {
        sqlx::query(statement).bind(collection).bind(&dead).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn unpublished(connection: &mut PgConnection, collection: i32) -> Result<Vec<i64>, StoreError> {
    let numbers =
        sqlx::query_scalar("SELECT number FROM revision WHERE collection = $1 AND state <> 'published'")
            .bind(collection)
            .fetch_all(connection)
            .await?;
    Ok(numbers)
}
