//! What the database itself can tell of the state of its terrains.

use super::terrain_revision::IMPORT_LOCK;
use super::{Store, StoreError};

/// Of one terrain, also of one that was never published.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TerrainState {
    pub id: String,
    /// 0: never published.
    pub head: i64,
    pub is_importing: bool,
    /// Revisions that were not published: a running import's, or what dead ones left.
    pub unfinished_count: i64,
    pub revision_count: i64,
    /// Blocks of the head.
    pub block_count: i64,
    /// Blocks of earlier states that the head does not have.
    pub former_block_count: i64,
    /// Nodes with heights in the blocks of the head, and as they were counted on publication.
    pub sample_count: i64,
    pub noted_sample_count: i64,
}

impl Store {
    pub async fn terrain_states(&self) -> Result<Vec<TerrainState>, StoreError> {
        let states = sqlx::query_as(
            "SELECT t.id, t.head, t.sample_count AS noted_sample_count,
                EXISTS (SELECT 1 FROM pg_locks AS l
                    WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = $1
                        AND l.objid::bigint = t.key
                        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                ) AS is_importing,
                r.unfinished_count, r.revision_count, b.block_count, b.former_block_count, b.sample_count
             FROM terrain AS t
             CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE state <> 'published') AS unfinished_count,
                    count(*) FILTER (WHERE state = 'published') AS revision_count
                FROM terrain_revision WHERE terrain = t.key
             ) AS r
             CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE is_live) AS block_count,
                    count(*) FILTER (WHERE rev_to <= t.head) AS former_block_count,
                    coalesce(sum(sample_count) FILTER (WHERE is_live), 0)::bigint AS sample_count
                FROM (SELECT rev_to, sample_count, rev_from <= t.head AND (rev_to IS NULL OR rev_to > t.head) AS is_live
                    FROM terrain_block WHERE terrain = t.key) AS blocks
             ) AS b
             ORDER BY t.key",
        )
        .bind(i64::from(IMPORT_LOCK))
        .fetch_all(&self.pool)
        .await?;
        Ok(states)
    }
}
