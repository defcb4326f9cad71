//! The locks around a terrain's revisions, and what dead imports leave.

use std::time::Duration;

use sqlx::{Connection, PgConnection};

use super::{Store, StoreError};
use stadtwin_model::Terrain;

/// First half of the session lock that the one running import of a terrain holds; the second is the terrain.
pub(super) const IMPORT_LOCK: i32 = 0x5354_0003;
/// First half of the lock that every writing transaction shares and the removal of its rows takes alone.
const WRITER_LOCK: i32 = 0x5354_0004;
/// An import that was just killed lets go within this time.
const LOCK_TRIES: u32 = 15;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

impl Store {
    /// The terrain's import lock, held as long as the connection lives.
    pub(super) async fn lock_terrain(&self, terrain: &Terrain) -> Result<PgConnection, StoreError> {
        let mut connection = self.bulk_connection().await?;
        for _ in 0..LOCK_TRIES {
            let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1, $2)")
                .bind(IMPORT_LOCK)
                .bind(terrain.key)
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
        .bind(i64::from(terrain.key))
        .fetch_optional(&mut connection)
        .await?;
        let (process, since) = holder.unwrap_or((0, "just now".to_owned()));
        Err(StoreError::TerrainBusy { terrain: terrain.id.clone(), process, since })
    }
}

/// Taken first in every transaction that writes rows of a revision.
pub(super) async fn share_writer_lock(connection: &mut PgConnection, terrain: i32) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, $2)")
        .bind(WRITER_LOCK)
        .bind(terrain)
        .execute(connection)
        .await?;
    Ok(())
}

/// Removes all rows of revisions that were never published, and brings back what they would have ended. Whoever calls
/// holds the import lock, so a writer that still lives belongs to a dead import: it is ended, and waited for.
pub(super) async fn remove_unpublished(
    connection: &mut PgConnection,
    terrain: i32,
) -> Result<(), StoreError> {
    if unpublished(connection, terrain).await?.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_locks
         WHERE locktype = 'advisory' AND classid::bigint = $1 AND objid::bigint = $2 AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .bind(i64::from(WRITER_LOCK))
    .bind(i64::from(terrain))
    .execute(&mut *connection)
    .await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1, $2)")
        .bind(WRITER_LOCK)
        .bind(terrain)
        .execute(&mut *transaction)
        .await?;
    // Asked again: a publication that was under way when its client died may have won.
    let dead = unpublished(&mut transaction, terrain).await?;
    for statement in [
        "DELETE FROM terrain_block WHERE terrain = $1 AND rev_from = ANY($2)",
        "DELETE FROM terrain_lattice WHERE terrain = $1 AND rev_from = ANY($2)",
        "UPDATE terrain_block SET rev_to = NULL WHERE terrain = $1 AND rev_to = ANY($2)",
        "UPDATE terrain_lattice SET rev_to = NULL WHERE terrain = $1 AND rev_to = ANY($2)",
        "DELETE FROM terrain_revision WHERE terrain = $1 AND number = ANY($2)",
    ] {
        sqlx::query(statement).bind(terrain).bind(&dead).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn unpublished(connection: &mut PgConnection, terrain: i32) -> Result<Vec<i64>, StoreError> {
    let numbers =
        sqlx::query_scalar("SELECT number FROM terrain_revision WHERE terrain = $1 AND state <> 'published'")
            .bind(terrain)
            .fetch_all(connection)
            .await?;
    Ok(numbers)
}
