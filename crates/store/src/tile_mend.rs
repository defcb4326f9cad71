//! What a tile plan needs to go on where objects changed and stayed in their place.

use std::collections::HashMap;

use sqlx::Connection;

use super::feature::read_hash;
use super::revision::lock_row;
use super::tile::NodeRow;
use super::tile_plan::put_nodes;
use super::{Store, StoreError};
use stadtwin_model::{Collection, TileNode};

/// More changes than this are not looked at one by one.
const MOST_RENEWED: i64 = 1_000;

/// A feature whose version before had the same box, heights and number of faces.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RenewedFeature {
    /// Key of the version before.
    pub before: i64,
    pub key: i64,
    /// `[east, north]` in the storage CRS.
    pub center: [f64; 2],
}

/// `$2` the revision before, `$3` the head.
const RENEWED: &str = "
    WITH changed AS (
        SELECT id, uid, rev_from > $2 AS is_new, ST_XMin(footprint) AS west, ST_YMin(footprint) AS south,
            ST_XMax(footprint) AS east, ST_YMax(footprint) AS north, z_min, z_max, face_count
        FROM city_object
        WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND face_count > 0
            AND (rev_from <= $2 AND rev_to > $2 AND rev_to <= $3
                OR rev_from > $2 AND rev_from <= $3 AND (rev_to IS NULL OR rev_to > $3))
        LIMIT $4
    )
    SELECT e.id, b.id, (b.west + b.east) / 2, (b.south + b.north) / 2,
        (e.west, e.south, e.east, e.north, e.z_min, e.z_max, e.face_count)
            = (b.west, b.south, b.east, b.north, b.z_min, b.z_max, b.face_count)
    FROM (SELECT * FROM changed WHERE NOT is_new) AS e FULL JOIN (SELECT * FROM changed WHERE is_new) AS b USING (uid)";

/// Keys before and now, the middle, and whether they look the same.
type RenewedRow = (Option<i64>, Option<i64>, Option<f64>, Option<f64>, Option<bool>);

impl Store {
    /// All features with faces that changed since the revision; `None` where one came, went or is of another size, or
    /// where they are many.
    pub async fn renewed_features(
        &self,
        collection: &Collection,
        since: i64,
    ) -> Result<Option<Vec<RenewedFeature>>, StoreError> {
        let rows: Vec<RenewedRow> = sqlx::query_as(RENEWED)
            .bind(collection.key)
            .bind(since)
            .bind(collection.head)
            .bind(2 * MOST_RENEWED + 1)
            .fetch_all(&self.pool)
            .await?;
        if rows.len() as i64 > MOST_RENEWED {
            return Ok(None);
        }
        let renewed = |(before, key, x, y, is_same): RenewedRow| {
            is_same.filter(|is_same| *is_same)?;
            Some(RenewedFeature { before: before?, key: key?, center: [x?, y?] })
        };
        Ok(rows.into_iter().map(renewed).collect())
    }

    /// Nodes of the present plan that have one of the members and whose content meets the box `[west, south, east, north]` [°].
    pub async fn nodes_with(
        &self,
        collection: &Collection,
        members: &[i64],
        bounds_deg: [f64; 4],
    ) -> Result<Vec<TileNode>, StoreError> {
        let rows: Vec<NodeRow> = sqlx::query_as(
            "SELECT level, x, y, leaf, region_deg, heights_m, geometric_error_m, hash, members, lifts_mm
             FROM plan_node
             WHERE collection = $1 AND ended IS NULL AND region_deg[1] <= $5 AND region_deg[2] <= $6
                AND region_deg[3] >= $3 AND region_deg[4] >= $4 AND members && $2",
        )
        .bind(collection.key)
        .bind(members)
        .bind(bounds_deg[0])
        .bind(bounds_deg[1])
        .bind(bounds_deg[2])
        .bind(bounds_deg[3])
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(NodeRow::into_node).collect()
    }

    /// Hashes over the contents of features, by key.
    pub async fn content_hashes(
        &self,
        collection: &Collection,
        keys: &[i64],
    ) -> Result<HashMap<i64, [u8; 16]>, StoreError> {
        let rows: Vec<(i64, Vec<u8>)> =
            sqlx::query_as("SELECT id, content_hash FROM city_object WHERE collection = $1 AND id = ANY($2)")
                .bind(collection.key)
                .bind(keys)
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter().map(|(key, hash)| Ok((key, read_hash(&hash)?))).collect()
    }

    /// Puts nodes in the place of those with their keys and lets the plan of revision `from` show the head; false where
    /// the plan is another one by now.
    pub async fn mend_tile_plan(
        &self,
        collection: &Collection,
        from: i64,
        nodes: &[TileNode],
    ) -> Result<bool, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        lock_row(&mut transaction, collection.key).await?;
        let moved =
            sqlx::query("UPDATE collection SET tile_revision = $3 WHERE key = $1 AND tile_revision = $2")
                .bind(collection.key)
                .bind(from)
                .bind(collection.head)
                .execute(&mut *transaction)
                .await?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        let all: Vec<&TileNode> = nodes.iter().collect();
        put_nodes(&mut transaction, collection.key, collection.head, &all, Vec::new()).await?;
        transaction.commit().await?;
        Ok(true)
    }
}
