//! The tile plan and the tiles kept by content.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::{Collection, TileKey, TileNode};

/// Rows an `INSERT` carries.
const NODE_BATCH: usize = 200;

#[derive(FromRow)]
struct NodeRow {
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
    fn into_node(self) -> Result<TileNode, StoreError> {
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
    /// Makes `nodes` the collection's plan. The one before stays reachable by hash, for viewers still open; older go.
    pub async fn replace_tile_plan(
        &self,
        collection: &Collection,
        revision: i64,
        nodes: &[TileNode],
        variant: &str,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        let before: Option<i64> =
            sqlx::query_scalar("SELECT tile_revision FROM collection WHERE key = $1 FOR UPDATE")
                .bind(collection.key)
                .fetch_one(&mut *transaction)
                .await?;
        if before.is_some_and(|before| before > revision) {
            // Somebody planned a later revision meanwhile.
            return Ok(());
        }
        sqlx::query("DELETE FROM tile_node WHERE collection = $1 AND (revision = $2 OR revision <> $3)")
            .bind(collection.key)
            .bind(revision)
            .bind(before.unwrap_or(revision))
            .execute(&mut *transaction)
            .await?;
        for batch in nodes.chunks(NODE_BATCH) {
            insert_nodes(&mut transaction, collection.key, revision, batch).await?;
        }
        sqlx::query("UPDATE collection SET tile_revision = $2, tile_variant = $3 WHERE key = $1")
            .bind(collection.key)
            .bind(revision)
            .bind(variant)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

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
             FROM tile_node
             WHERE collection = $1 AND revision = (SELECT tile_revision FROM collection WHERE key = $1)
             ORDER BY level, x, y",
        )
        .bind(collection.key)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(NodeRow::into_node).collect()
    }

    /// A node of the plan, or of the one before, with members.
    pub async fn tile_node(
        &self,
        collection: &Collection,
        hash: &str,
    ) -> Result<Option<TileNode>, StoreError> {
        let row: Option<NodeRow> = sqlx::query_as(
            "SELECT level, x, y, leaf, region_deg, heights_m, geometric_error_m, hash, members, lifts_mm
             FROM tile_node WHERE collection = $1 AND hash = $2 ORDER BY revision DESC LIMIT 1",
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

async fn insert_nodes(
    connection: &mut sqlx::PgConnection,
    collection: i32,
    revision: i64,
    nodes: &[TileNode],
) -> Result<(), StoreError> {
    // Arrays of differing length do not fit UNNEST: members travel as text.
    let members = |node: &TileNode| {
        let keys: Vec<String> = node.members.iter().map(i64::to_string).collect();
        format!("{{{}}}", keys.join(","))
    };
    let lifts = |node: &TileNode| {
        let lifts: Vec<String> = node.lifts_mm.iter().map(i32::to_string).collect();
        (!lifts.is_empty()).then(|| format!("{{{}}}", lifts.join(",")))
    };
    let number = |of: fn(&TileNode) -> f64| -> Vec<f64> { nodes.iter().map(of).collect() };
    sqlx::query(
        "INSERT INTO tile_node (collection, revision, level, x, y, leaf, region_deg, heights_m, geometric_error_m,
            hash, members, lifts_mm)
         SELECT $1, $2, level, x, y, leaf, ARRAY[w, s, e, n], ARRAY[low, high], error, hash, members::bigint[],
            lifts::integer[]
         FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::float8[], $8::float8[],
            $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::text[], $15::text[], $16::text[])
            AS node (level, x, y, leaf, w, s, e, n, low, high, error, hash, members, lifts)",
    )
    .bind(collection)
    .bind(revision)
    .bind(nodes.iter().map(|node| i16::from(node.key.level)).collect::<Vec<_>>())
    .bind(nodes.iter().map(|node| i64::from(node.key.x)).collect::<Vec<_>>())
    .bind(nodes.iter().map(|node| i64::from(node.key.y)).collect::<Vec<_>>())
    .bind(nodes.iter().map(|node| node.leaf).collect::<Vec<_>>())
    .bind(number(|node| node.region_deg[0]))
    .bind(number(|node| node.region_deg[1]))
    .bind(number(|node| node.region_deg[2]))
    .bind(number(|node| node.region_deg[3]))
    .bind(number(|node| node.heights_m[0]))
    .bind(number(|node| node.heights_m[1]))
    .bind(number(|node| node.geometric_error_m))
    .bind(nodes.iter().map(|node| node.hash.clone()).collect::<Vec<_>>())
    .bind(nodes.iter().map(members).collect::<Vec<_>>())
    .bind(nodes.iter().map(lifts).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
