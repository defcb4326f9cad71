//! A new tile plan in place of the former: only nodes that differ are written.

use std::collections::HashMap;

use sqlx::PgConnection;

use super::revision::lock_row;
use super::{Store, StoreError};
use stadtwin_model::{Collection, TileKey, TileNode};

/// Rows an `INSERT` carries.
const NODE_BATCH: usize = 200;
/// Replaced nodes of a collection that are kept for viewers still open, beside those that the last plan replaced.
const MOST_REPLACED: i64 = 20_000;

impl Store {
    /// Makes `nodes` the collection's plan. Those that it takes the place of stay reachable by hash for three hours, for
    /// viewers still open.
    pub async fn replace_tile_plan(
        &self,
        collection: &Collection,
        revision: i64,
        nodes: &[TileNode],
        variant: &str,
    ) -> Result<(), StoreError> {
        let mut transaction = self.pool.begin().await?;
        lock_row(&mut transaction, collection.key).await?;
        let before: Option<i64> = sqlx::query_scalar("SELECT tile_revision FROM collection WHERE key = $1")
            .bind(collection.key)
            .fetch_optional(&mut *transaction)
            .await?
            .flatten();
        if before.is_some_and(|before| before > revision) {
            // Somebody planned a later revision meanwhile.
            return Ok(());
        }
        let mut held = present(&mut transaction, collection.key).await?;
        let fresh: Vec<&TileNode> =
            nodes.iter().filter(|node| held.remove(&node.key).flatten() != Some(fingerprint(node))).collect();
        // What is left in `held` stands where the new plan has nothing.
        let gone = held.into_keys().collect();
        put_nodes(&mut transaction, collection.key, revision, &fresh, gone).await?;
        sqlx::query("UPDATE collection SET tile_revision = $2, tile_variant = $3 WHERE key = $1")
            .bind(collection.key)
            .bind(revision)
            .bind(variant)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Puts nodes in the place of those with their keys; others end as well.
pub(super) async fn put_nodes(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
    nodes: &[&TileNode],
    mut ended: Vec<TileKey>,
) -> Result<(), StoreError> {
    ended.extend(nodes.iter().map(|node| node.key));
    end_nodes(connection, collection, &ended).await?;
    for batch in nodes.chunks(NODE_BATCH) {
        insert_nodes(connection, collection, revision, batch).await?;
    }
    sqlx::query(TIDY).bind(collection).bind(MOST_REPLACED).execute(connection).await?;
    Ok(())
}

/// All that one plan replaced goes together.
const TIDY: &str = "
    DELETE FROM plan_node WHERE collection = $1 AND ended IS NOT NULL AND ended < greatest(now() - interval '3 hours',
        (SELECT ended FROM plan_node WHERE collection = $1 AND ended IS NOT NULL ORDER BY ended DESC OFFSET $2 LIMIT 1))";

/// Nodes of the present plan with their fingerprints.
async fn present(
    connection: &mut PgConnection,
    collection: i32,
) -> Result<HashMap<TileKey, Option<[u8; 16]>>, StoreError> {
    let rows: Vec<(i16, i64, i64, Option<Vec<u8>>)> = sqlx::query_as(
        "SELECT level, x, y, fingerprint FROM plan_node WHERE collection = $1 AND ended IS NULL",
    )
    .bind(collection)
    .fetch_all(connection)
    .await?;
    let node = |(level, x, y, fingerprint): (i16, i64, i64, Option<Vec<u8>>)| {
        let key = TileKey { level: level as u8, x: x as u32, y: y as u32 };
        (key, fingerprint.and_then(|bytes| bytes.try_into().ok()))
    };
    Ok(rows.into_iter().map(node).collect())
}

async fn end_nodes(
    connection: &mut PgConnection,
    collection: i32,
    keys: &[TileKey],
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE plan_node AS n SET ended = now()
         FROM unnest($2::smallint[], $3::bigint[], $4::bigint[]) AS gone (level, x, y)
         WHERE n.collection = $1 AND n.ended IS NULL AND n.level = gone.level AND n.x = gone.x AND n.y = gone.y",
    )
    .bind(collection)
    .bind(keys.iter().map(|key| i16::from(key.level)).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| i64::from(key.x)).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| i64::from(key.y)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Over all that a row says: the hash tells contents apart, not the rows that they come from.
fn fingerprint(node: &TileNode) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[node.key.level, u8::from(node.leaf)]);
    hasher.update(&node.key.x.to_le_bytes()).update(&node.key.y.to_le_bytes());
    let numbers = node.region_deg.iter().chain(&node.heights_m).chain([&node.geometric_error_m]);
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(node.hash.as_bytes()).update(&(node.members.len() as u64).to_le_bytes());
    for key in &node.members {
        hasher.update(&key.to_le_bytes());
    }
    for lift_mm in &node.lifts_mm {
        hasher.update(&lift_mm.to_le_bytes());
    }
    let whole = hasher.finalize();
    std::array::from_fn(|at| whole.as_bytes()[at])
}

async fn insert_nodes(
    connection: &mut PgConnection,
    collection: i32,
    revision: i64,
    nodes: &[&TileNode],
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
    let number = |of: fn(&TileNode) -> f64| -> Vec<f64> { nodes.iter().map(|node| of(node)).collect() };
    sqlx::query(
        "INSERT INTO plan_node (collection, revision, level, x, y, leaf, region_deg, heights_m, geometric_error_m,
            hash, members, lifts_mm, fingerprint)
         SELECT $1, $2, level, x, y, leaf, ARRAY[w, s, e, n], ARRAY[low, high], error, hash, members::bigint[],
            lifts::integer[], fingerprint
         FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::float8[], $8::float8[],
            $9::float8[], $10::float8[], $11::float8[], $12::float8[], $13::float8[], $14::text[], $15::text[], $16::text[],
            $17::bytea[])
            AS node (level, x, y, leaf, w, s, e, n, low, high, error, hash, members, lifts, fingerprint)",
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
    .bind(nodes.iter().map(|node| members(node)).collect::<Vec<_>>())
    .bind(nodes.iter().map(|node| lifts(node)).collect::<Vec<_>>())
    .bind(nodes.iter().map(|node| fingerprint(node).to_vec()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
