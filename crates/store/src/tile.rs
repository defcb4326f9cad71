//! The tile plan as it is read, and the tiles kept by content.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::{Collection, TileKey, TileNode};

/// As the plan has it.
#[derive(FromRow)]
pub(super) struct NodeRow {
    level: i16,
    x: i64,
    y: i64,
    leaf: bool,
    region_deg: Vec<f64>,
    heights_m: Vec<f64>,
    geometric_error_m: f64,
    hash: String,
    members: Vec<i64>,
    lifts_mm: Option<Vec<i32>>,
}

impl NodeRow {
    pub fn into_node(self) -> Result<TileNode, StoreError> {
        let damaged = || StoreError::Damaged { what: "a tile node", detail: format!("hash {}", self.hash) };
        Ok(TileNode {
            key: TileKey { level: self.level as u8, x: self.x as u32, y: self.y as u32 },
            leaf: self.leaf,
            region_deg: self.region_deg.as_slice().try_into().map_err(|_| damaged())?,
            heights_m: self.heights_m.as_slice().try_into().map_err(|_| damaged())?,
            geometric_error_m: self.geometric_error_m,
            hash: self.hash,
            members: self.members,
            lifts_mm: self.lifts_mm.unwrap_or_default(),
        })
    }
}

impl Store {
    /// The revision that the plan shows and the height model it was made for; `None` before the first plan.
    pub async fn tile_plan_state(
        &self,
        collection: &Collection,
    ) -> Result<Option<(i64, String)>, StoreError> {
        let state: Option<(Option<i64>, String)> =
            sqlx::query_as("SELECT tile_revision, tile_variant FROM collection WHERE key = $1")
                .bind(collection.key)
                .fetch_optional(&self.pool)
                .await?;
        Ok(state.and_then(|(revision, variant)| Some((revision?, variant))))
    }

    /// All nodes of the plan by level, without members.
    pub async fn tile_plan(&self, collection: &Collection) -> Result<Vec<TileNode>, StoreError> {
        let rows: Vec<NodeRow> = sqlx::query_as(
            "SELECT level, x, y, leaf, region_deg, heights_m, geometric_error_m, hash, ARRAY[]::bigint[] AS members,
                NULL::integer[] AS lifts_mm
             FROM plan_node WHERE collection = $1 AND ended IS NULL ORDER BY level, x, y",
        )
        .bind(collection.key)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(NodeRow::into_node).collect()
    }

    /// A node of the plan, or of one that it took the place of some hours ago at most, with members.
    pub async fn tile_node(
        &self,
        collection: &Collection,
        hash: &str,
    ) -> Result<Option<TileNode>, StoreError> {
        let row: Option<NodeRow> = sqlx::query_as(
            "SELECT level, x, y, leaf, region_deg, heights_m, geometric_error_m, hash, members, lifts_mm
             FROM plan_node WHERE collection = $1 AND hash = $2 ORDER BY ended DESC NULLS FIRST LIMIT 1",
        )
        .bind(collection.key)
        .bind(hash)
        .fetch_optional(&self.pool)
        .await?;
        row.map(NodeRow::into_node).transpose()
    }

    pub async fn tile_blob(&self, hash: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let blob = sqlx::query_scalar("SELECT content FROM tile_blob WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&self.pool)
            .await?;
        Ok(blob)
    }

    pub async fn has_tile_blob(&self, hash: &str) -> Result<bool, StoreError> {
        let is_there = sqlx::query_scalar("SELECT EXISTS (SELECT FROM tile_blob WHERE hash = $1)")
            .bind(hash)
            .fetch_one(&self.pool)
            .await?;
        Ok(is_there)
    }

    /// Keeps a tile; the oldest go while all together exceed the budget.
    pub async fn keep_tile_blob(
        &self,
        hash: &str,
        bytes: &[u8],
        budget_bytes: i64,
    ) -> Result<(), StoreError> {
        self.keep_tile_blobs(&[(hash.to_owned(), bytes.to_vec())], budget_bytes).await
    }

    /// Keeps tiles by their hashes; the oldest go while all together exceed the budget.
    pub async fn keep_tile_blobs(
        &self,
        tiles: &[(String, Vec<u8>)],
        budget_bytes: i64,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO tile_blob (hash, content, size_bytes)
             SELECT hash, content, length(content) FROM unnest($1::text[], $2::bytea[]) AS made (hash, content)
             ON CONFLICT DO NOTHING",
        )
        .bind(tiles.iter().map(|(hash, _)| hash.as_str()).collect::<Vec<_>>())
        .bind(tiles.iter().map(|(_, content)| content.as_slice()).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        sqlx::query(
            "DELETE FROM tile_blob USING (
                SELECT hash, sum(size_bytes) OVER (ORDER BY kept DESC, hash) AS total FROM tile_blob
             ) AS newer
             WHERE tile_blob.hash = newer.hash AND newer.total > $1
                AND (SELECT sum(size_bytes) FROM tile_blob) > $1",
        )
        .bind(budget_bytes)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
