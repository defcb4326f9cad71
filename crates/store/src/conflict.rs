//! Conflicts of plans as rows, and what finding them reads.

use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::bound::Ewkb;
use super::ewkb::write_footprint;
use super::feature::read_outline;
use super::{Chain, Store, StoreError};
use stadtwin_model::{Collection, Footprint, Span};

/// A conflict to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewConflict {
    pub code: String,
    pub severity: String,
    /// `Scenario::key` and version.
    pub first: (i64, i64),
    pub first_object: Option<String>,
    pub second: Option<(i64, i64)>,
    pub second_object: Option<String>,
    /// Whether the first and the second state are published ones: what is said of drafts stays with who sees drafts.
    pub is_public: (bool, bool),
    /// Storage CRS.
    pub footprint: Footprint,
    pub area_m2: Option<f64>,
    pub volume_m3: Option<f64>,
    pub distance_m: Option<f64>,
    pub spans: Value,
    pub estimated: bool,
}

/// A conflict as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredConflict {
    pub id: i64,
    pub found: NewConflict,
    pub state: String,
    pub version: i64,
    pub history: Value,
    pub made: String,
    pub updated: String,
    /// Ids of the scenarios.
    pub names: (String, Option<String>),
}

#[derive(FromRow)]
struct ConflictRow {
    id: i64,
    code: String,
    severity: String,
    first_scenario: i64,
    first_version: i64,
    first_object: Option<String>,
    second_scenario: Option<i64>,
    second_version: Option<i64>,
    second_object: Option<String>,
    first_is_public: bool,
    second_is_public: bool,
    footprint: Option<Ewkb>,
    area: Option<f64>,
    volume: Option<f64>,
    distance: Option<f64>,
    spans: Json<Value>,
    estimated: bool,
    state: String,
    version: i64,
    history: Json<Value>,
    found: String,
    updated: String,
    first_name: String,
    second_name: Option<String>,
}

impl ConflictRow {
    fn into_conflict(self) -> Result<StoredConflict, StoreError> {
        let (footprint, _) = read_outline(self.footprint.as_ref().map(|ewkb| ewkb.0.as_slice()))?;
        Ok(StoredConflict {
            id: self.id,
            found: NewConflict {
                code: self.code,
                severity: self.severity,
                first: (self.first_scenario, self.first_version),
                first_object: self.first_object,
                second: self.second_scenario.zip(self.second_version),
                second_object: self.second_object,
                is_public: (self.first_is_public, self.second_is_public),
                footprint,
                area_m2: self.area,
                volume_m3: self.volume,
                distance_m: self.distance,
                spans: self.spans.0,
                estimated: self.estimated,
            },
            state: self.state,
            version: self.version,
            history: self.history.0,
            made: self.found,
            updated: self.updated,
            names: (self.first_name, self.second_name),
        })
    }
}

macro_rules! conflicts {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.code, c.severity, c.first_scenario, c.first_version, c.first_object, c.second_scenario,
                c.second_version, c.second_object, c.first_is_public, c.second_is_public, c.footprint, c.area, c.volume, c.distance, c.spans, c.estimated, c.state,
                c.version, c.history, utc_text(c.found) AS found, utc_text(c.updated) AS updated, one.id AS first_name,
                two.id AS second_name
             FROM conflict AS c JOIN scenario AS one ON one.key = c.first_scenario
             LEFT JOIN scenario AS two ON two.key = c.second_scenario ",
            $rest
        )
    };
}

impl Store {
    /// Those of a scenario, or all; in one state, or any; behind a number, oldest first.
    pub async fn conflicts(
        &self,
        scenario: Option<i64>,
        state: Option<&str>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredConflict>, StoreError> {
        let rows: Vec<ConflictRow> = sqlx::query_as(conflicts!(
            "WHERE ($1::bigint IS NULL OR c.first_scenario = $1 OR c.second_scenario = $1)
                AND ($2::text IS NULL OR c.state = $2) AND c.id > $3 ORDER BY c.id LIMIT $4"
        ))
        .bind(scenario)
        .bind(state)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(ConflictRow::into_conflict).collect()
    }

    pub async fn conflict(&self, id: i64) -> Result<Option<StoredConflict>, StoreError> {
        let row: Option<ConflictRow> =
            sqlx::query_as(conflicts!("WHERE c.id = $1")).bind(id).fetch_optional(&self.pool).await?;
        row.map(ConflictRow::into_conflict).transpose()
    }

    pub async fn add_conflict(&self, new: &NewConflict) -> Result<i64, StoreError> {
        let id = sqlx::query_scalar(
            "INSERT INTO conflict (code, severity, first_scenario, first_version, first_object, second_scenario,
                second_version, second_object, footprint, area, volume, distance, spans, estimated, first_is_public,
                second_is_public)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ST_GeomFromEWKB($9), $10, $11, $12, $13, $14, $15, $16) RETURNING id",
        )
        .bind(&new.code)
        .bind(&new.severity)
        .bind(new.first.0)
        .bind(new.first.1)
        .bind(&new.first_object)
        .bind(new.second.map(|(key, _)| key))
        .bind(new.second.map(|(_, version)| version))
        .bind(&new.second_object)
        .bind(self.outline_bytes(&new.footprint).await?)
        .bind(new.area_m2)
        .bind(new.volume_m3)
        .bind(new.distance_m)
        .bind(Json(&new.spans))
        .bind(new.estimated)
        .bind(new.is_public.0)
        .bind(new.is_public.1)
        .fetch_one(&self.pool)
        .await?;
        Ok(id)
    }

    /// Found again, as it is now; its state stays.
    pub async fn renew_conflict(&self, id: i64, new: &NewConflict) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE conflict SET severity = $2, first_version = $3, second_version = $4, footprint = ST_GeomFromEWKB($5),
                area = $6, volume = $7, distance = $8, spans = $9, estimated = $10, updated = now()
             WHERE id = $1",
        )
        .bind(id)
        .bind(&new.severity)
        .bind(new.first.1)
        .bind(new.second.map(|(_, version)| version))
        .bind(self.outline_bytes(&new.footprint).await?)
        .bind(new.area_m2)
        .bind(new.volume_m3)
        .bind(new.distance_m)
        .bind(Json(&new.spans))
        .bind(new.estimated)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Puts a conflict into another state, by somebody's name and for an organization; false: it is no longer in the version that was read.
    pub async fn settle_conflict(
        &self,
        before: &StoredConflict,
        state: &str,
        comment: Option<&str>,
        (by, organization): (&str, &str),
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        if !settle(&mut change, before, (state, comment, by)).await? {
            return Ok(false);
        }
        let details = json!({ "from": before.state, "state": state, "comment": comment });
        change
            .commit(
                What::of("conflict.settled", format!("/conflicts/{}", before.id))
                    .within(Some(organization))
                    .with(details),
            )
            .await?;
        Ok(true)
    }

    /// The same as a search finds it. Nobody's log tells of what searches find: who asked for one may not see it.
    pub async fn settle_found(
        &self,
        before: &StoredConflict,
        state: &str,
        comment: &str,
    ) -> Result<(), StoreError> {
        settle(&mut *self.pool.acquire().await?, before, (state, Some(comment), "stadtwin")).await?;
        if state == "open" {
            let again = sqlx::query("UPDATE conflict SET is_told = false WHERE id = $1").bind(before.id);
            again.execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Numbers of the conflicts of a scenario that nobody was told of.
    pub async fn untold_conflicts(&self, scenario: i64) -> Result<Vec<i64>, StoreError> {
        let untold = "SELECT id FROM conflict WHERE (first_scenario = $1 OR second_scenario = $1) AND NOT is_told ORDER BY id";
        Ok(sqlx::query_scalar(untold).bind(scenario).fetch_all(&self.pool).await?)
    }

    pub async fn note_told_conflicts(&self, ids: &[i64]) -> Result<(), StoreError> {
        let told = sqlx::query("UPDATE conflict SET is_told = true WHERE id = ANY($1)").bind(ids);
        told.execute(&self.pool).await?;
        Ok(())
    }

    /// Notes that somebody had conflicts of a scenario looked for, whatever is found.
    pub async fn note_search(&self, scenario: &str) -> Result<(), StoreError> {
        let change = self.change().await?;
        change.commit(What::of("conflicts.sought", format!("/scenarios/{scenario}/conflicts"))).await
    }

    async fn outline_bytes(&self, footprint: &Footprint) -> Result<Option<Vec<u8>>, StoreError> {
        if footprint.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        write_footprint(&mut bytes, footprint, self.srid().await?);
        Ok(Some(bytes))
    }

    /// What a state of a scenario plans in a collection, whenever it stands: name, key in the plans' partition, whether
    /// the city has the object, and the span.
    pub async fn planned_spans(
        &self,
        chain: &Chain,
        collection: &Collection,
    ) -> Result<Vec<(String, i64, bool, Span)>, StoreError> {
        let (scenarios, versions) = chain.columns();
        type Row = (String, i64, bool, Option<i64>, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(super::overlay::effects!(
            "e.uid, e.planned, e.base IS NOT NULL, micros(e.valid_from), micros(e.valid_to)",
            "WHERE e.depth = e.last AND e.planned IS NOT NULL ORDER BY e.uid, e.valid_from NULLS FIRST"
        ))
        .bind(scenarios)
        .bind(versions)
        .bind(collection.key)
        .fetch_all(&self.pool)
        .await?;
        let of = |(uid, planned, is_stock, from, to)| (uid, planned, is_stock, Span { from, to });
        Ok(rows.into_iter().map(of).collect())
    }

    /// Ids of other scenarios that touch, in some version, an object that a state of a scenario touches, or plan something
    /// whose box meets that of something planned there.
    pub async fn rivals(&self, chain: &Chain) -> Result<Vec<String>, StoreError> {
        let (scenarios, versions) = chain.columns();
        let ids = sqlx::query_scalar(
            "WITH own AS MATERIALIZED (
                SELECT e.* FROM unnest($1::bigint[], $2::bigint[]) AS c (scenario, version)
                JOIN effect AS e ON e.scenario = c.scenario AND e.version_from <= c.version
                    AND (e.version_to IS NULL OR e.version_to > c.version)
             ), boxes AS MATERIALIZED (
                SELECT DISTINCT o.footprint::box2d::geometry AS box FROM own
                JOIN city_object AS o ON o.collection = own.collection + 1000000000 AND o.id = own.planned
                WHERE o.footprint IS NOT NULL
             ), rival AS (
                SELECT e.scenario FROM own JOIN effect AS e ON e.collection = own.collection AND e.uid = own.uid
                UNION
                SELECT e.scenario FROM boxes
                JOIN city_object AS o ON o.collection > 1000000000 AND o.footprint && boxes.box
                JOIN effect AS e ON e.collection = o.collection - 1000000000 AND e.uid = o.uid AND e.planned = o.id
             )
             SELECT s.id FROM rival JOIN scenario AS s ON s.key = rival.scenario
             WHERE rival.scenario <> ALL ($1) ORDER BY s.key",
        )
        .bind(scenarios)
        .bind(versions)
        .fetch_all(&self.pool)
        .await?;
        Ok(ids)
    }

    /// Municipalities with a boundary: ids and areas in the storage CRS.
    pub async fn boundaries(&self) -> Result<Vec<(String, Footprint)>, StoreError> {
        let rows: Vec<(String, Ewkb)> = sqlx::query_as(
            "SELECT id, boundary FROM organization WHERE kind = 'municipality' AND boundary IS NOT NULL ORDER BY key",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(|(id, Ewkb(bytes))| Ok((id, read_outline(Some(&bytes))?.0))).collect()
    }
}

/// State, comment and who says so; false: the conflict is no longer in the version that was read.
async fn settle(
    connection: &mut PgConnection,
    before: &StoredConflict,
    (state, comment, by): (&str, Option<&str>, &str),
) -> Result<bool, StoreError> {
    let changed = sqlx::query(
        "UPDATE conflict SET state = $3, version = version + 1, updated = now(), history = history ||
            jsonb_build_object('time', utc_text(now()), 'by', $4::text, 'state', $3::text, 'comment', $5::text)
         WHERE id = $1 AND version = $2",
    )
    .bind(before.id)
    .bind(before.version)
    .bind(state)
    .bind(by)
    .bind(comment)
    .execute(connection)
    .await?;
    Ok(changed.rows_affected() == 1)
}
