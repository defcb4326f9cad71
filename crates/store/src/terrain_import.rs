//! One running import into one terrain: rows are written under a revision that nobody sees, then the head moves.

use serde_json::json;
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use tokio::sync::{Mutex, mpsc};

use super::acting::What;
use super::copy::{COPY_HEADER, COPY_TRAILER};
use super::publish::note_publication;
use super::terrain_block::{BLOCK_FIELDS, push_block};
use super::terrain_revision::{remove_unpublished, share_writer_lock};
use super::{NewBlock, Store, StoreError};
use stadtwin_model::{BlockKey, Terrain};

/// Holds the terrain's import lock; dropped without `publish`, its rows stay unseen and go with the next import.
#[derive(Debug)]
pub struct TerrainSession {
    pub(super) store: Store,
    pub(super) terrain: Terrain,
    pub(super) revision: i64,
    /// Holds the lock.
    session: Mutex<PgConnection>,
}

/// What a publication changed.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedTerrain {
    pub revision: i64,
    /// Blocks that begin here.
    pub inserted_count: i64,
    /// Blocks that end here.
    pub ended_count: i64,
    /// As readers see it now.
    pub terrain: Terrain,
}

impl Store {
    /// Takes the terrain's import lock, removes what dead imports left and opens a revision.
    pub async fn begin_terrain(&self, terrain: &Terrain) -> Result<TerrainSession, StoreError> {
        let mut session = self.lock_terrain(terrain).await?;
        // Another import may have published while this one waited for the lock.
        let terrain =
            self.terrain(&terrain.id).await?.ok_or_else(|| StoreError::NoTerrain(terrain.id.clone()))?;
        remove_unpublished(&mut session, terrain.key).await?;
        let revision =
            sqlx::query_scalar("INSERT INTO terrain_revision (terrain) VALUES ($1) RETURNING number")
                .bind(terrain.key)
                .fetch_one(&mut session)
                .await?;
        Ok(TerrainSession { store: self.clone(), terrain, revision, session: Mutex::new(session) })
    }
}

impl TerrainSession {
    /// The revision being written.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// As it was when the revision was opened.
    pub fn terrain(&self) -> &Terrain {
        &self.terrain
    }

    /// Writes all blocks that come until the senders are gone, in one COPY, and commits them if `is_whole` says so then.
    pub async fn write_blocks(
        &self,
        mut blocks: mpsc::Receiver<Vec<NewBlock>>,
        is_whole: impl FnOnce() -> bool + Send,
    ) -> Result<(), StoreError> {
        let mut connection = self.store.bulk_connection().await?;
        let mut transaction = connection.begin().await?;
        share_writer_lock(&mut transaction, self.terrain.key).await?;
        let statement = format!("COPY terrain_block ({BLOCK_FIELDS}) FROM STDIN (FORMAT binary)");
        let mut copy = transaction.copy_in_raw(&statement).await?;
        copy.send(COPY_HEADER).await?;
        while let Some(batch) = blocks.recv().await {
            let mut rows = Vec::new();
            for block in &batch {
                push_block(&mut rows, self.terrain.key, self.revision, block);
            }
            copy.send(rows).await?;
        }
        if !is_whole() {
            copy.abort("the import was given up").await?;
            return Ok(());
        }
        copy.send(COPY_TRAILER).await?;
        copy.finish().await?;
        transaction.commit().await?;
        connection.close().await?;
        Ok(())
    }

    /// Ends the versions in whose place new ones were written, and with `kept` all others but those. Readers of the head
    /// do not notice. Gives the blocks that have nothing in their place.
    pub async fn end_blocks(&self, kept: Option<&[BlockKey]>) -> Result<Vec<BlockKey>, StoreError> {
        let mut session = self.session.lock().await;
        let mut transaction = session.begin().await?;
        share_writer_lock(&mut transaction, self.terrain.key).await?;
        sqlx::query(
            "UPDATE terrain_block AS old SET rev_to = $2 FROM terrain_block AS new
             WHERE new.terrain = $1 AND new.rev_from = $2 AND old.terrain = $1 AND old.block_row = new.block_row
                AND old.block_column = new.block_column AND old.rev_from < $2 AND old.rev_to IS NULL",
        )
        .bind(self.terrain.key)
        .bind(self.revision)
        .execute(&mut *transaction)
        .await?;
        let mut gone = Vec::new();
        if let Some(kept) = kept {
            gone = sqlx::query_as(
                "UPDATE terrain_block AS old SET rev_to = $2
                 WHERE terrain = $1 AND rev_from < $2 AND rev_to IS NULL
                    AND NOT EXISTS (SELECT FROM unnest($3::integer[], $4::integer[]) AS kept (c, r)
                        WHERE kept.c = old.block_column AND kept.r = old.block_row)
                 RETURNING block_column, block_row",
            )
            .bind(self.terrain.key)
            .bind(self.revision)
            .bind(kept.iter().map(|key| key.column).collect::<Vec<_>>())
            .bind(kept.iter().map(|key| key.row).collect::<Vec<_>>())
            .fetch_all(&mut *transaction)
            .await?;
        }
        transaction.commit().await?;
        Ok(gone.into_iter().map(|(column, row)| BlockKey { column, row }).collect())
    }

    /// Moves the head, in one transaction. A `job` of the queue is either cancelled before, and nothing is published, or
    /// cannot be cancelled any more.
    pub async fn publish(
        self,
        job: Option<i64>,
        report: &serde_json::Value,
    ) -> Result<PublishedTerrain, StoreError> {
        let (key, revision) = (self.terrain.key, self.revision);
        let mut session = self.session.into_inner();
        let mut change = self.store.change_on(&mut session).await?;
        sqlx::query("SET LOCAL synchronous_commit = on").execute(&mut *change).await?;
        share_writer_lock(&mut change, key).await?;
        let counts: Option<(i64, i64)> = sqlx::query_as(
            "UPDATE terrain_revision SET state = 'published', published = now(), report = $3,
                inserted_count = (SELECT count(*) FROM terrain_block WHERE terrain = $2 AND rev_from = $1),
                ended_count = (SELECT count(*) FROM terrain_block WHERE terrain = $2 AND rev_to = $1)
             WHERE number = $1 AND terrain = $2 AND state = 'open'
             RETURNING inserted_count, ended_count",
        )
        .bind(revision)
        .bind(key)
        .bind(Json(report))
        .fetch_optional(&mut *change)
        .await?;
        let (inserted_count, ended_count) = counts.ok_or(StoreError::RevisionLost(revision))?;
        sqlx::query(MOVE_HEAD).bind(key).bind(revision).execute(&mut *change).await?;
        if let Some(job) = job {
            note_publication(&mut change, job, revision).await?;
        }
        let details = json!({
            "revision": revision, "inserted": inserted_count, "ended": ended_count, "job": job,
        });
        let what = What::of("terrain.imported", format!("/terrain/{}", self.terrain.id)).with(details);
        change.commit(what).await?;
        session.close().await?;
        let id = &self.terrain.id;
        let terrain = self.store.terrain(id).await?.ok_or_else(|| StoreError::NoTerrain(id.clone()))?;
        Ok(PublishedTerrain { revision, inserted_count, ended_count, terrain })
    }

    /// Gives the revision up and removes its rows; a terrain that never held anything goes with it.
    pub async fn abandon(self) -> Result<(), StoreError> {
        let mut session = self.session.into_inner();
        remove_unpublished(&mut session, self.terrain.key).await?;
        sqlx::query("DELETE FROM terrain WHERE key = $1 AND head = 0")
            .bind(self.terrain.key)
            .execute(&mut session)
            .await?;
        session.close().await?;
        Ok(())
    }
}

const MOVE_HEAD: &str = "
    WITH figures AS (
        SELECT min(block_column::bigint * 256 + inner_nodes[1]) AS west, min(block_row::bigint * 256 + inner_nodes[2]) AS south,
            max(block_column::bigint * 256 + inner_nodes[3]) AS east, max(block_row::bigint * 256 + inner_nodes[4]) AS north,
            min(low_m)::double precision AS low, max(high_m)::double precision AS high, coalesce(sum(sample_count), 0) AS samples
        FROM terrain_block
        WHERE terrain = $1 AND rev_from <= $2 AND (rev_to IS NULL OR rev_to > $2)
    )
    UPDATE terrain SET head = $2, updated = now(), sample_count = samples,
        extent_m = CASE WHEN west IS NOT NULL THEN ARRAY[phase_m[1] + west * cell_m, phase_m[2] + south * cell_m,
            phase_m[1] + east * cell_m, phase_m[2] + north * cell_m] END,
        heights_m = CASE WHEN low IS NOT NULL THEN ARRAY[low, high] END
    FROM figures WHERE key = $1";
