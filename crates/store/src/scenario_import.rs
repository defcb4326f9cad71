//! Files that shall come into scenarios, with what each would do.

use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::{Store, StoreError};

/// Imports of one scenario that wait to be committed.
pub const MOST_WAITING: i64 = 20;
/// Rows in one statement.
const AT_A_TIME: usize = 1_000;

/// An import as it is told; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct ScenarioImport {
    pub number: i32,
    /// `ready`, `faulty` or `committed`.
    pub state: String,
    /// Id of the collection that the objects come into.
    pub collection: String,
    pub format: String,
    pub size_bytes: i64,
    pub settings: Json<Value>,
    /// Of the scenario: that the preview is of, or that the commit made.
    pub version: i64,
    pub preview: Json<Value>,
    pub made: String,
    pub made_by: String,
    pub committed: Option<String>,
}

/// One to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewScenarioImport {
    /// `Scenario::key`.
    pub scenario: i64,
    pub state: &'static str,
    pub collection: String,
    pub format: &'static str,
    pub content: Vec<u8>,
    pub settings: Value,
    pub version: i64,
    pub preview: Value,
    pub made_by: String,
    /// GeoJSON features.
    pub items: Vec<Value>,
}

macro_rules! imports {
    ($rest:literal) => {
        concat!(
            "SELECT number, state, collection, format, size_bytes, settings, version, preview, utc_text(made) AS made,
                made_by, utc_text(committed) AS committed
             FROM scenario_import ",
            $rest
        )
    };
}

impl Store {
    /// Gives its number; `None`: as many wait already as may.
    pub async fn add_scenario_import(&self, new: &NewScenarioImport) -> Result<Option<i32>, StoreError> {
        let mut change = self.change().await?;
        // One after the other, and no number twice: who means one that was dropped means no other.
        sqlx::query("UPDATE scenario SET imports = imports + 1 WHERE key = $1")
            .bind(new.scenario)
            .execute(&mut *change)
            .await?;
        let number: Option<i32> = sqlx::query_scalar(
            "INSERT INTO scenario_import (scenario, number, state, collection, format, size_bytes, content, settings,
                version, preview, made_by)
             SELECT $1, imports, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM scenario WHERE key = $1 AND $11 > (
                SELECT count(*) FROM scenario_import WHERE scenario = $1 AND state <> 'committed'
             ) RETURNING number",
        )
        .bind(new.scenario)
        .bind(new.state)
        .bind(&new.collection)
        .bind(new.format)
        .bind(new.content.len() as i64)
        .bind(&new.content)
        .bind(Json(&new.settings))
        .bind(new.version)
        .bind(Json(&new.preview))
        .bind(&new.made_by)
        .bind(MOST_WAITING)
        .fetch_optional(&mut *change)
        .await?;
        let Some(number) = number else { return Ok(None) };
        let mut first = 1;
        for items in new.items.chunks(AT_A_TIME) {
            sqlx::query(
                "INSERT INTO scenario_import_item (scenario, import, number, feature)
                 SELECT $1, $2, $3 + place - 1, feature FROM unnest($4::jsonb[]) WITH ORDINALITY AS i (feature, place)",
            )
            .bind(new.scenario)
            .bind(number)
            .bind(first)
            .bind(items.iter().map(Json).collect::<Vec<_>>())
            .execute(&mut *change)
            .await?;
            first += items.len() as i32;
        }
        let what =
            What::of("scenario.import.sent", format!("import {number}")).with(json!({ "state": new.state }));
        change.commit(what).await?;
        Ok(Some(number))
    }

    /// Oldest first, behind a number.
    pub async fn scenario_imports(
        &self,
        scenario: i64,
        after: i64,
        limit: i64,
    ) -> Result<Vec<ScenarioImport>, StoreError> {
        let imports =
            sqlx::query_as(imports!("WHERE scenario = $1 AND number > $2 ORDER BY number LIMIT $3"))
                .bind(scenario)
                .bind(after)
                .bind(limit)
                .fetch_all(&self.pool)
                .await?;
        Ok(imports)
    }

    pub async fn scenario_import(
        &self,
        scenario: i64,
        number: i32,
    ) -> Result<Option<ScenarioImport>, StoreError> {
        let import = sqlx::query_as(imports!("WHERE scenario = $1 AND number = $2"))
            .bind(scenario)
            .bind(number)
            .fetch_optional(&self.pool)
            .await?;
        Ok(import)
    }

    /// What was sent; `None` once it is committed.
    pub async fn scenario_import_content(
        &self,
        scenario: i64,
        number: i32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let content: Option<Option<Vec<u8>>> =
            sqlx::query_scalar("SELECT content FROM scenario_import WHERE scenario = $1 AND number = $2")
                .bind(scenario)
                .bind(number)
                .fetch_optional(&self.pool)
                .await?;
        Ok(content.flatten())
    }

    /// Places and features of a preview, behind a place.
    pub async fn scenario_import_items(
        &self,
        (scenario, import): (i64, i32),
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, Value)>, StoreError> {
        let items: Vec<(i64, Json<Value>)> = sqlx::query_as(
            "SELECT number::bigint, feature FROM scenario_import_item
             WHERE scenario = $1 AND import = $2 AND number > $3 ORDER BY number LIMIT $4",
        )
        .bind(scenario)
        .bind(import)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(items.into_iter().map(|(number, Json(feature))| (number, feature)).collect())
    }

    /// Drops one that is not committed; false: there is none.
    pub async fn remove_scenario_import(&self, scenario: i64, number: i32) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed = sqlx::query(
            "DELETE FROM scenario_import WHERE scenario = $1 AND number = $2 AND state <> 'committed'",
        )
        .bind(scenario)
        .bind(number)
        .execute(&mut *change)
        .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("scenario.import.dropped", format!("import {number}"))).await?;
        Ok(true)
    }
}

/// Within the transaction of the batch; false: there is no such import that waits.
pub(super) async fn settle_import(
    connection: &mut PgConnection,
    (scenario, number): (i64, i32),
    version: i64,
) -> Result<bool, StoreError> {
    let settled = sqlx::query(
        "UPDATE scenario_import SET state = 'committed', content = NULL, version = $3, committed = now()
         WHERE scenario = $1 AND number = $2 AND state <> 'committed'",
    )
    .bind(scenario)
    .bind(number)
    .bind(version)
    .execute(connection)
    .await?;
    Ok(settled.rows_affected() == 1)
}
