//! What scenarios build on, and what they make of a collection.

use std::collections::HashMap;

use sqlx::FromRow;
use sqlx::types::Json;

use super::{Store, StoreError};
use stadtwin_model::{Collection, Span};
use stadtwin_query::{Overlay, Planned};

/// Scenarios build on others up to this depth.
pub const MOST_PARENTS: i32 = 5;

/// A state of a scenario with the states that it builds on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// Number and version of each scenario, the one that builds on no other first.
    pub links: Vec<(i64, i64)>,
    /// The pinned revision of each collection, by `Collection::key`.
    pub revisions: HashMap<i32, i64>,
}

impl Chain {
    /// The pinned state of a collection; one that came later has no part in the plan and is shown as it is.
    pub fn revision(&self, collection: &Collection) -> i64 {
        self.revisions.get(&collection.key).copied().unwrap_or(collection.head)
    }

    /// Names the state: the same name, the same content.
    pub fn name(&self) -> String {
        self.links.iter().map(|(scenario, version)| format!("{scenario}v{version}.")).collect()
    }

    pub(super) fn columns(&self) -> (Vec<i64>, Vec<i64>) {
        self.links.iter().copied().unzip()
    }
}

/// Number and version of a scenario, and the revisions that it is pinned to.
type LinkRow = (i64, i64, Json<HashMap<i32, i64>>);

#[derive(FromRow)]
struct EffectRow {
    uid: String,
    base: Option<i64>,
    planned: Option<i64>,
    hidden_box: Option<Vec<f64>>,
    x_min: Option<f64>,
    y_min: Option<f64>,
    x_max: Option<f64>,
    y_max: Option<f64>,
}

/// Effects that hold in a chain (`$1` scenarios, `$2` versions) of a collection (`$3`): of each object those of the last
/// scenario that touches it.
macro_rules! effects {
    ($columns:literal, $rest:literal) => {
        concat!(
            "WITH chain AS (
                SELECT scenario, version, depth
                FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (scenario, version, depth)
             ), live AS (
                SELECT e.*, c.depth, max(c.depth) OVER (PARTITION BY e.uid) AS last
                FROM chain AS c JOIN effect AS e ON e.scenario = c.scenario AND e.version_from <= c.version
                    AND (e.version_to IS NULL OR e.version_to > c.version)
                WHERE e.collection = $3
             )
             SELECT ", $columns, " FROM live AS e ", $rest
        )
    };
}
pub(super) use effects;

impl Store {
    /// What a version of a scenario builds on.
    pub async fn chain(&self, scenario: i64, version: i64) -> Result<Chain, StoreError> {
        let rows: Vec<LinkRow> = sqlx::query_as(
            "WITH RECURSIVE up AS (
                SELECT s.key, $2::bigint AS version, s.parent, 1 AS depth FROM scenario AS s WHERE s.key = $1
                UNION ALL
                SELECT s.key, (
                    SELECT b.parent_version FROM scenario_base AS b
                    WHERE b.scenario = up.key AND b.version_from <= up.version ORDER BY b.version_from DESC LIMIT 1
                ), s.parent, up.depth + 1
                FROM up JOIN scenario AS s ON s.key = up.parent WHERE up.depth <= $3
             )
             SELECT up.key, up.version, (
                SELECT b.revisions FROM scenario_base AS b
                WHERE b.scenario = up.key AND b.version_from <= up.version ORDER BY b.version_from DESC LIMIT 1
             ) FROM up WHERE up.version IS NOT NULL ORDER BY up.depth DESC",
        )
        .bind(scenario)
        .bind(version)
        .bind(MOST_PARENTS)
        .fetch_all(&self.pool)
        .await?;
        let revisions = rows.first().map(|(.., Json(revisions))| revisions.clone()).unwrap_or_default();
        Ok(Chain {
            links: rows.into_iter().map(|(scenario, version, _)| (scenario, version)).collect(),
            revisions,
        })
    }

    /// What a state of a scenario makes of a collection at a moment [µs since 1970]; `None`: when all is done.
    pub async fn overlay(
        &self,
        chain: &Chain,
        collection: &Collection,
        moment: Option<i64>,
    ) -> Result<Overlay, StoreError> {
        let (scenarios, versions) = chain.columns();
        let rows: Vec<EffectRow> = sqlx::query_as(effects!(
            "e.uid, e.base, e.planned, ST_XMin(o.footprint) AS x_min, ST_YMin(o.footprint) AS y_min,
             ST_XMax(o.footprint) AS x_max, ST_YMax(o.footprint) AS y_max,
             CASE WHEN b.id IS NOT NULL THEN ARRAY[ST_XMin(b.footprint), ST_YMin(b.footprint), ST_XMax(b.footprint),
                ST_YMax(b.footprint)] END AS hidden_box",
            "LEFT JOIN city_object AS o ON o.collection = $4 AND o.id = e.planned
             LEFT JOIN city_object AS b ON b.collection = $3 AND b.id = e.base AND b.footprint IS NOT NULL
             WHERE e.depth = e.last AND CASE WHEN $5::bigint IS NULL THEN e.valid_to IS NULL
                ELSE (e.valid_from IS NULL OR e.valid_from <= from_micros($5))
                    AND (e.valid_to IS NULL OR e.valid_to > from_micros($5)) END
             ORDER BY e.planned"
        ))
        .bind(scenarios)
        .bind(versions)
        .bind(collection.key)
        .bind(collection.planned_key())
        .bind(moment)
        .fetch_all(&self.pool)
        .await?;
        let mut hidden: Vec<i64> = rows.iter().filter_map(|row| row.base).collect();
        hidden.sort_unstable();
        let at = moment.map(|moment| moment.to_string()).unwrap_or_default();
        Ok(Overlay {
            name: format!("{}{at}", chain.name()),
            revision: chain.revision(collection),
            hidden,
            planned: rows.iter().filter_map(EffectRow::planned).collect(),
            places: rows.iter().flat_map(EffectRow::places).collect(),
            touched: rows.into_iter().map(|row| (row.uid, row.planned)).collect(),
        })
    }

    /// Moments [µs since 1970] at which something changes in a state of a scenario, ascending.
    pub async fn scenario_moments(&self, chain: &Chain) -> Result<Vec<i64>, StoreError> {
        let (scenarios, versions) = chain.columns();
        let moments = sqlx::query_scalar(
            "SELECT DISTINCT micros(moment) AS at
             FROM unnest($1::bigint[], $2::bigint[]) AS c (scenario, version)
             JOIN effect AS e ON e.scenario = c.scenario AND e.version_from <= c.version
                AND (e.version_to IS NULL OR e.version_to > c.version),
             LATERAL (VALUES (e.valid_from), (e.valid_to)) AS cut (moment)
             WHERE moment IS NOT NULL ORDER BY at",
        )
        .bind(scenarios)
        .bind(versions)
        .fetch_all(&self.pool)
        .await?;
        Ok(moments)
    }

    /// What becomes of one object in a state of a scenario, span by span: the key of its planned version, or nothing where it
    /// is gone; and whether the city has it.
    pub async fn planned_states(
        &self,
        chain: &Chain,
        collection: &Collection,
        uid: &str,
    ) -> Result<Vec<(Option<i64>, bool, Span)>, StoreError> {
        let (scenarios, versions) = chain.columns();
        type Row = (Option<i64>, bool, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(effects!(
            "e.planned, e.base IS NOT NULL, micros(e.valid_from), micros(e.valid_to)",
            "WHERE e.depth = e.last AND e.uid = $4 ORDER BY e.valid_from NULLS FIRST"
        ))
        .bind(scenarios)
        .bind(versions)
        .bind(collection.key)
        .bind(uid)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(key, is_stock, from, to)| (key, is_stock, Span { from, to })).collect())
    }

    /// Keys of collections that a state of a scenario touches.
    pub async fn touched_collections(&self, chain: &Chain) -> Result<Vec<i32>, StoreError> {
        let (scenarios, versions) = chain.columns();
        let keys = sqlx::query_scalar(
            "SELECT DISTINCT e.collection
             FROM unnest($1::bigint[], $2::bigint[]) AS c (scenario, version)
             JOIN effect AS e ON e.scenario = c.scenario AND e.version_from <= c.version
                AND (e.version_to IS NULL OR e.version_to > c.version) ORDER BY 1",
        )
        .bind(scenarios)
        .bind(versions)
        .fetch_all(&self.pool)
        .await?;
        Ok(keys)
    }
}

impl EffectRow {
    /// Where something is hidden or planned.
    fn places(&self) -> impl Iterator<Item = [f64; 4]> {
        let hidden = self.hidden_box.as_deref().and_then(|bounds| bounds.try_into().ok());
        [hidden, self.planned().and_then(|planned| planned.bounds)].into_iter().flatten()
    }

    fn planned(&self) -> Option<Planned> {
        let bounds = match (self.x_min, self.y_min, self.x_max, self.y_max) {
            (Some(west), Some(south), Some(east), Some(north)) => Some([west, south, east, north]),
            _ => None,
        };
        Some(Planned { key: self.planned?, bounds })
    }
}

impl Store {
    /// Keys of features that a revision has and an earlier one has not, and the other way round.
    pub async fn shifted(
        &self,
        collection: &Collection,
        from: i64,
        to: i64,
    ) -> Result<(Vec<i64>, Vec<i64>), StoreError> {
        if from == to {
            return Ok(Default::default());
        }
        let rows: Vec<(i64, bool)> = sqlx::query_as(
            "SELECT id, rev_from > $2 FROM city_object
             WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $3
                AND (rev_from > $2 AND (rev_to IS NULL OR rev_to > $3) OR rev_from <= $2 AND rev_to > $2 AND rev_to <= $3)",
        )
        .bind(collection.key)
        .bind(from)
        .bind(to)
        .fetch_all(&self.pool)
        .await?;
        let (came, went): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, is_new)| *is_new);
        let keys = |rows: Vec<(i64, bool)>| rows.into_iter().map(|(key, _)| key).collect();
        Ok((keys(came), keys(went)))
    }

    /// Objects that differ between two revisions of a collection, by name, and how; so many at the most.
    pub async fn changed_between(
        &self,
        collection: &Collection,
        from: i64,
        to: i64,
        limit: i64,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT uid, CASE WHEN bool_and(rev_from > $2) THEN 'it came into the city'
                WHEN bool_and(rev_to <= $3) THEN 'it is gone from the city' ELSE 'it changed' END
             FROM city_object
             WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from <= $3
                AND (rev_from > $2 AND (rev_to IS NULL OR rev_to > $3) OR rev_from <= $2 AND rev_to > $2 AND rev_to <= $3)
             GROUP BY uid ORDER BY uid LIMIT $4",
        )
        .bind(collection.key)
        .bind(from)
        .bind(to)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }
}
