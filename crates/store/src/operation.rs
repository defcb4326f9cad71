//! Operations of scenarios: what is done in them, and what comes of it.

use std::collections::HashMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;

use super::overlay::effects;
use super::{Chain, Store, StoreError};
use stadtwin_model::{Collection, Span};

/// An operation as it stands in a state of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredOperation {
    /// `Scenario::key`.
    pub scenario: i64,
    pub seq: i64,
    /// `seq` of the first that came with the same request.
    pub batch: i64,
    pub kind: String,
    /// `Collection::key`.
    pub collection: i32,
    pub targets: Vec<String>,
    pub made: Vec<String>,
    pub made_rows: Vec<i64>,
    pub body: Value,
    pub span: Span,
    /// Label of the phase that it names.
    pub phase: Option<String>,
    pub author: String,
    /// RFC 3339.
    pub time: String,
    pub comment: Option<String>,
}

/// An operation to be written; its `seq` follows from its place in the batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewOperation {
    pub kind: &'static str,
    pub collection: i32,
    pub targets: Vec<String>,
    pub made: Vec<String>,
    pub made_rows: Vec<i64>,
    pub body: Value,
    #[serde(flatten, serialize_with = "span_columns")]
    pub span: Span,
    /// Label of the phase whose span that is.
    pub phase: Option<String>,
    pub comment: Option<String>,
}

fn span_columns<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    let mut columns = serializer.serialize_map(Some(2))?;
    columns.serialize_entry("valid_from", &span.from)?;
    columns.serialize_entry("valid_to", &span.to)?;
    columns.end()
}

/// What becomes of an object in a span of time.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEffect {
    pub collection: i32,
    pub uid: String,
    pub span: Span,
    pub base: Option<i64>,
    pub planned: Option<i64>,
    pub operations: Vec<i64>,
}

#[derive(FromRow)]
struct OperationRow {
    scenario: i64,
    seq: i64,
    batch: i64,
    kind: String,
    collection: i32,
    targets: Vec<String>,
    made: Vec<String>,
    made_rows: Vec<i64>,
    body: Json<Value>,
    valid_from: Option<i64>,
    valid_to: Option<i64>,
    phase: Option<String>,
    author: String,
    time: String,
    comment: Option<String>,
}

impl From<OperationRow> for StoredOperation {
    fn from(row: OperationRow) -> StoredOperation {
        StoredOperation {
            scenario: row.scenario,
            seq: row.seq,
            batch: row.batch,
            kind: row.kind,
            collection: row.collection,
            targets: row.targets,
            made: row.made,
            made_rows: row.made_rows,
            body: row.body.0,
            span: Span { from: row.valid_from, to: row.valid_to },
            phase: row.phase,
            author: row.author,
            time: row.time,
            comment: row.comment,
        }
    }
}

/// Operations that hold in a chain (`$1` scenarios, `$2` versions), those of parents first.
macro_rules! operations {
    ($rest:literal) => {
        operations!($rest, "")
    };
    ($rest:literal, $end:literal) => {
        concat!(
            "SELECT o.scenario, o.seq, o.batch, o.kind, o.collection, o.targets, o.made, o.made_rows, o.body,
                micros(o.valid_from) AS valid_from, micros(o.valid_to) AS valid_to, o.phase, o.author,
                utc_text(o.time) AS time, o.comment
             FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS c (scenario, version, depth)
             JOIN operation AS o ON o.scenario = c.scenario AND o.version_from <= c.version
                AND (o.version_to IS NULL OR o.version_to > c.version) ",
            $rest,
            " ORDER BY c.depth, o.seq ",
            $end
        )
    };
}

impl Store {
    /// Operations that hold in a state of a scenario and in those that it builds on, in their order.
    pub async fn operations(&self, chain: &Chain) -> Result<Vec<StoredOperation>, StoreError> {
        let (scenarios, versions) = chain.columns();
        let rows: Vec<OperationRow> =
            sqlx::query_as(operations!("")).bind(scenarios).bind(versions).fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(StoredOperation::from).collect())
    }

    /// Those of the scenario alone that hold in a version of it, behind a number.
    pub async fn own_operations(
        &self,
        (scenario, version): (i64, i64),
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredOperation>, StoreError> {
        let rows: Vec<OperationRow> = sqlx::query_as(operations!("WHERE o.seq > $3", "LIMIT $4"))
            .bind([scenario])
            .bind([version])
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(StoredOperation::from).collect())
    }

    /// Those of a chain that touch or bring one of the objects of a collection.
    pub async fn operations_on(
        &self,
        chain: &Chain,
        collection: &Collection,
        uids: &[String],
    ) -> Result<Vec<StoredOperation>, StoreError> {
        let (scenarios, versions) = chain.columns();
        // Keys of an object are found at once; arrays are compared each with each.
        let asked: HashMap<&String, bool> = uids.iter().map(|uid| (uid, true)).collect();
        let rows: Vec<OperationRow> =
            sqlx::query_as(operations!("WHERE o.collection = $3 AND $4::jsonb ?| (o.targets || o.made)"))
                .bind(scenarios)
                .bind(versions)
                .bind(collection.key)
                .bind(Json(asked))
                .fetch_all(&self.pool)
                .await?;
        Ok(rows.into_iter().map(StoredOperation::from).collect())
    }

    /// Planned versions that effects of a state have, with the hashes over their content: those of some objects.
    pub async fn planned_versions(
        &self,
        chain: &Chain,
        collection: &Collection,
        uids: &[String],
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        let (scenarios, versions) = chain.columns();
        let rows = sqlx::query_as(effects!(
            "DISTINCT o.id, o.content_hash",
            "JOIN city_object AS o ON o.collection = $4 AND o.id = e.planned WHERE e.uid = ANY($5)"
        ))
        .bind(scenarios)
        .bind(versions)
        .bind(collection.key)
        .bind(collection.planned_key())
        .bind(uids)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// The first of `count` ids in a row that nobody else gets.
    pub async fn reserve_object_ids(&self, count: i64) -> Result<i64, StoreError> {
        let first = sqlx::query_scalar(
            "UPDATE twin SET next_object_id = next_object_id + $1 RETURNING next_object_id - $1",
        )
        .bind(count.max(0))
        .fetch_one(&self.pool)
        .await?;
        Ok(first)
    }

    /// What was answered to a request with this key in the last 24 hours: hash of the request, and the answer.
    pub async fn scenario_receipt(
        &self,
        scenario: i64,
        owner: &str,
        key: &str,
    ) -> Result<Option<(Vec<u8>, Value)>, StoreError> {
        let found: Option<(Vec<u8>, Json<Value>)> = sqlx::query_as(
            "SELECT request, answer FROM scenario_receipt
             WHERE scenario = $1 AND owner = $2 AND key = $3 AND made > now() - interval '24 hours'",
        )
        .bind(scenario)
        .bind(owner)
        .bind(key)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found.map(|(request, Json(answer))| (request, answer)))
    }
}
