//! What was: versions of a feature, and what each revision changed.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::Collection;
use stadtwin_query::Interval;

/// A state of a feature and how long it held.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct FeatureVersion {
    /// The revision that brought it, and when that was published (RFC 3339).
    pub revision: i64,
    pub published: Option<String>,
    /// The first revision that no longer has it; `None` while it lives.
    pub until: Option<i64>,
    pub ended: Option<String>,
    /// In the real world; `None` is open.
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    pub class: String,
}

/// A published revision as a feed tells it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ChangedRevision {
    pub revision: i64,
    pub published: Option<String>,
    pub restores: Option<i64>,
    /// Whether features were edited, not files imported.
    pub is_edit: bool,
}

/// What a revision did to a feature.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct FeatureChange {
    pub id: String,
    /// A state of it begins with the revision.
    pub begins: bool,
    /// A state of it ends with the revision.
    pub ends: bool,
    /// Of the state that begins, as long as it lives.
    pub key: Option<i64>,
    /// Of the state that ends.
    pub ended_key: Option<i64>,
    /// Around the outlines before and after, `[west, south, east, north]` in the storage CRS.
    pub bounds: Option<Vec<f64>>,
}

/// What readers see of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub revision: i64,
    /// Whether its tiles are planned.
    pub is_planned: bool,
}

impl Store {
    /// The versions of a feature by its permanent name, newest first, older than `before`.
    pub async fn versions(
        &self,
        collection: &Collection,
        id: &str,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<FeatureVersion>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT o.rev_from AS revision, utc_text(begun.published) AS published,
                CASE WHEN o.rev_to <= $3 THEN o.rev_to END AS until,
                CASE WHEN o.rev_to <= $3 THEN utc_text(gone.published) END AS ended,
                utc_text(o.valid_from) AS valid_from, utc_text(o.valid_to) AS valid_to,
                coalesce(o.source_class, o.class) AS class
             FROM city_object AS o
             LEFT JOIN revision AS begun ON begun.number = o.rev_from
             LEFT JOIN revision AS gone ON gone.number = o.rev_to
             WHERE o.collection = $1 AND o.uid = $2 AND o.parent IS NULL AND o.scenario IS NULL AND o.rev_from <= $3
                AND ($4::bigint IS NULL OR o.rev_from < $4)
             ORDER BY o.rev_from DESC LIMIT $5",
        )
        .bind(collection.key)
        .bind(id)
        .bind(collection.head)
        .bind(before)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// The revision that brought the newest state of a feature that was valid then, up to `revision`; `lives`: among those
    /// that the revision itself holds.
    pub async fn version_at(
        &self,
        collection: &Collection,
        id: &str,
        revision: i64,
        lives: bool,
        then: &Interval,
    ) -> Result<Option<i64>, StoreError> {
        let found = sqlx::query_scalar(
            "SELECT rev_from FROM city_object
             WHERE collection = $1 AND uid = $2 AND parent IS NULL AND scenario IS NULL AND rev_from <= $3
                AND (NOT $4 OR rev_to IS NULL OR rev_to > $3)
                AND ($5::text IS NULL OR valid_to IS NULL OR valid_to >= $5::text::timestamptz)
                AND ($6::text IS NULL OR valid_from IS NULL OR valid_from <= $6::text::timestamptz)
             ORDER BY rev_from DESC LIMIT 1",
        )
        .bind(collection.key)
        .bind(id)
        .bind(revision)
        .bind(lives)
        .bind(&then.start)
        .bind(&then.end)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }

    /// The first revision that had the feature; `None`: there never was one.
    pub async fn feature_begun(&self, collection: &Collection, id: &str) -> Result<Option<i64>, StoreError> {
        let begun: Option<i64> = sqlx::query_scalar(
            "SELECT min(rev_from) FROM city_object
             WHERE collection = $1 AND uid = $2 AND parent IS NULL AND scenario IS NULL AND rev_from <= $3",
        )
        .bind(collection.key)
        .bind(id)
        .bind(collection.head)
        .fetch_one(&self.pool)
        .await?;
        Ok(begun)
    }

    /// Published revisions behind `since`, oldest first.
    pub async fn changed_revisions(
        &self,
        collection: &Collection,
        since: i64,
        limit: i64,
    ) -> Result<Vec<ChangedRevision>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT number AS revision, utc_text(published) AS published, restores, edited_by IS NOT NULL AS is_edit
             FROM revision
             WHERE collection = $1 AND number > $2 AND number <= $3 AND state = 'published'
             ORDER BY number LIMIT $4",
        )
        .bind(collection.key)
        .bind(since)
        .bind(collection.head)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// What a published revision changed, by id from behind `after` on.
    pub async fn changes_at(
        &self,
        collection: &Collection,
        revision: i64,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Vec<FeatureChange>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT id, begins, ends, key, ended_key,
                CASE WHEN box IS NOT NULL THEN ARRAY[ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)] END AS bounds
             FROM (
                SELECT uid AS id, bool_or(rev_from = $2) AS begins, bool_or(coalesce(rev_to = $2, false)) AS ends,
                    max(o.id) FILTER (WHERE rev_from = $2 AND rev_to IS NULL) AS key,
                    max(o.id) FILTER (WHERE rev_to = $2) AS ended_key, ST_Extent(footprint) AS box
                FROM city_object AS o
                WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND (rev_from = $2 OR rev_to = $2)
                    AND ($3::text IS NULL OR uid > $3)
                GROUP BY uid ORDER BY uid LIMIT $4
             ) AS changed ORDER BY id",
        )
        .bind(collection.key)
        .bind(revision)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?)
    }

    /// Hashes of up to `limit` tiles of the present plan, in their order, that show any of the features that began, or stand
    /// where a plan that is still kept showed any of those that ended. All lie within the box, in degrees.
    pub async fn tiles_of(
        &self,
        collection: &Collection,
        begun: &[i64],
        ended: &[i64],
        bbox: [f64; 4],
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        Ok(sqlx::query_scalar(TILES_OF)
            .bind(collection.key)
            .bind(begun)
            .bind(ended)
            .bind(bbox.to_vec())
            .bind(limit)
            .fetch_all(&self.pool)
            .await?)
    }

    /// The heads of all collections by their keys. The catalogue is forgotten where it is behind any.
    pub async fn heads(&self) -> Result<HashMap<i32, Head>, StoreError> {
        let rows: Vec<(i32, i64, bool)> = sqlx::query_as(
            "SELECT key, head, coalesce(tile_revision >= head, false) FROM collection WHERE head > 0",
        )
        .fetch_all(&self.pool)
        .await?;
        let heads: HashMap<i32, Head> = rows
            .into_iter()
            .map(|(key, revision, is_planned)| (key, Head { revision, is_planned }))
            .collect();
        self.forget_older_catalogue(&heads);
        Ok(heads)
    }
}

/// Regions of nodes leave few to be looked into.
const TILES_OF: &str = "
    WITH node AS (
        SELECT n.level, n.x, n.y, n.hash, n.members, n.revision IS NOT DISTINCT FROM c.tile_revision AS is_present
        FROM tile_node AS n JOIN collection AS c ON c.key = n.collection
        WHERE n.collection = $1 AND region_deg[1] <= $4[3] AND region_deg[3] >= $4[1] AND region_deg[2] <= $4[4]
            AND region_deg[4] >= $4[2]
    ), found AS (
        SELECT hash FROM node CROSS JOIN LATERAL unnest(members) AS member (id)
        JOIN unnest($2::bigint[]) AS begun (id) USING (id) WHERE is_present
        UNION ALL
        SELECT now.hash FROM node AS was CROSS JOIN LATERAL unnest(was.members) AS member (id)
        JOIN unnest($3::bigint[]) AS ended (id) USING (id)
        JOIN tile_node AS now USING (level, x, y) JOIN collection AS c ON c.key = now.collection
        WHERE now.collection = $1 AND now.revision = c.tile_revision
    )
    SELECT DISTINCT hash FROM found ORDER BY hash LIMIT $5";
