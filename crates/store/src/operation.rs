//! Operations of scenarios, and the batches in which they come: all of a batch or nothing.

use std::collections::HashMap;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{Connection, FromRow, PgConnection};

use super::audit::note_audit;
use super::copy::{COPY_HEADER, COPY_TRAILER, GEOMETRY_FIELDS, OBJECT_FIELDS};
use super::overlay::effects;
use super::scenario_import::settle_import;
use super::{AuditEvent, Chain, CopyRows, Store, StoreError, template};
use stadtwin_model::{Collection, Scenario, Span};

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
    pub comment: Option<String>,
}

/// Rows in one statement.
const AT_A_TIME: usize = 1_000;

/// As the statement takes it.
#[derive(Serialize)]
struct OperationRecord<'a> {
    seq: i64,
    #[serde(flatten)]
    new: &'a NewOperation,
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

/// Everything that one request changes in a scenario.
#[derive(Debug, Default)]
pub struct Batch {
    pub author: String,
    pub operations: Vec<NewOperation>,
    /// `seq` of operations that no longer hold.
    pub undone: Vec<i64>,
    /// Objects whose effects are all told anew.
    pub touched: Vec<(i32, String)>,
    pub effects: Vec<NewEffect>,
    /// Planned versions of objects, by the key of their partition.
    pub rows: HashMap<i32, CopyRows>,
    /// Owner, key, blake3 of the request, and the answer to be kept for it.
    pub receipt: Option<(String, String, [u8; 32], Value)>,
    /// Noted with it.
    pub audit: Option<AuditEvent>,
    /// What the scenario builds on from now on, where that changes: pinned revisions, and the parent's version.
    pub base: Option<(HashMap<i32, i64>, Option<i64>)>,
    /// Number of the import that is committed with it.
    pub import: Option<i32>,
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
                micros(o.valid_from) AS valid_from, micros(o.valid_to) AS valid_to, o.author,
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

    /// Makes a batch the next version of a draft; `None`: the scenario is no longer what it was when it was read, and
    /// nothing is written.
    pub async fn commit_batch(&self, scenario: &Scenario, batch: Batch) -> Result<Option<i64>, StoreError> {
        for (key, rows) in &batch.rows {
            self.ensure_planned_partition(*key).await?;
            template::write(&self.pool, *key, &rows.templates).await?;
        }
        let mut transaction = self.pool.begin().await?;
        let version: Option<i64> = sqlx::query_scalar(
            "UPDATE scenario SET version = version + 1, next_seq = next_seq + $3, updated = now()
             WHERE key = $1 AND version = $2 AND state = 'draft' RETURNING version",
        )
        .bind(scenario.key)
        .bind(scenario.version)
        .bind(batch.operations.len() as i64)
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(version) = version else { return Ok(None) };
        if let Some(number) = batch.import
            && !settle_import(&mut transaction, (scenario.key, number), version).await?
        {
            return Ok(None);
        }
        write_base(&mut transaction, scenario.key, version, &batch).await?;
        write_operations(&mut transaction, scenario, version, &batch).await?;
        write_effects(&mut transaction, scenario.key, version, &batch).await?;
        for rows in batch.rows.into_values() {
            copy(&mut transaction, rows).await?;
        }
        if let Some(event) = &batch.audit {
            note_audit(
                &mut transaction,
                &AuditEvent { details: with_version(&event.details, version), ..event.clone() },
            )
            .await?;
        }
        if let Some((owner, key, request, answer)) = &batch.receipt {
            let answer = with_version(answer, version);
            keep_receipt(&mut transaction, scenario.key, (owner, key, request), &answer).await?;
        }
        transaction.commit().await?;
        Ok(Some(version))
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

    /// Outside of the batch: a new partition holds up readers of the twin for a moment only.
    async fn ensure_planned_partition(&self, key: i32) -> Result<(), StoreError> {
        let is_there: bool = sqlx::query_scalar("SELECT to_regclass('city_object_' || $1::text) IS NOT NULL")
            .bind(key.to_string())
            .fetch_one(&self.pool)
            .await?;
        if !is_there {
            let mut transaction = self.pool.begin().await?;
            // Two first batches at once: the second finds the partitions there.
            sqlx::query("SELECT pg_advisory_xact_lock($1)")
                .bind(i64::from(key))
                .execute(&mut *transaction)
                .await?;
            sqlx::query("SELECT join_collection_partitions($1)").bind(key).execute(&mut *transaction).await?;
            transaction.commit().await?;
        }
        Ok(())
    }
}

/// The answer as it is kept: with the version that the batch made.
fn with_version(answer: &Value, version: i64) -> Value {
    let mut answer = answer.clone();
    if let Some(members) = answer.as_object_mut() {
        members.insert("version".into(), version.into());
    }
    answer
}

async fn write_base(
    connection: &mut PgConnection,
    scenario: i64,
    version: i64,
    batch: &Batch,
) -> Result<(), StoreError> {
    let Some((revisions, parent_version)) = &batch.base else { return Ok(()) };
    sqlx::query(
        "INSERT INTO scenario_base (scenario, version_from, revisions, parent_version) VALUES ($1, $2, $3, $4)",
    )
    .bind(scenario)
    .bind(version)
    .bind(Json(revisions))
    .bind(parent_version)
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_operations(
    connection: &mut PgConnection,
    scenario: &Scenario,
    version: i64,
    batch: &Batch,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE operation SET version_to = $3 WHERE scenario = $1 AND seq = ANY($2) AND version_to IS NULL",
    )
    .bind(scenario.key)
    .bind(&batch.undone)
    .bind(version)
    .execute(&mut *connection)
    .await?;
    let rows: Vec<OperationRecord> =
        (scenario.next_seq..).zip(&batch.operations).map(|(seq, new)| OperationRecord { seq, new }).collect();
    for rows in rows.chunks(AT_A_TIME) {
        sqlx::query(
            "INSERT INTO operation (scenario, seq, batch, kind, collection, targets, made, made_rows, body, valid_from,
                valid_to, author, comment, version_from)
             SELECT $1, seq, $2, kind, collection, targets, made, made_rows, body, from_micros(valid_from),
                from_micros(valid_to), $3, comment, $4
             FROM jsonb_to_recordset($5) AS o (seq bigint, kind text, collection integer, targets text[], made text[],
                made_rows bigint[], body jsonb, valid_from bigint, valid_to bigint, comment text)",
        )
        .bind(scenario.key)
        .bind(scenario.next_seq)
        .bind(&batch.author)
        .bind(version)
        .bind(Json(rows))
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

async fn write_effects(
    connection: &mut PgConnection,
    scenario: i64,
    version: i64,
    batch: &Batch,
) -> Result<(), StoreError> {
    let (collections, uids): (Vec<i32>, Vec<String>) = batch.touched.iter().cloned().unzip();
    sqlx::query(
        "UPDATE effect AS e SET version_to = $2
         FROM unnest($3::integer[], $4::text[]) AS touched (collection, uid)
         WHERE e.scenario = $1 AND e.version_to IS NULL AND e.collection = touched.collection
            AND e.uid = touched.uid COLLATE \"C\"",
    )
    .bind(scenario)
    .bind(version)
    .bind(collections)
    .bind(uids)
    .execute(&mut *connection)
    .await?;
    let effects = &batch.effects;
    // Arrays of differing length do not fit UNNEST: they travel as text.
    let operations = |effect: &NewEffect| {
        let seqs: Vec<String> = effect.operations.iter().map(i64::to_string).collect();
        format!("{{{}}}", seqs.join(","))
    };
    sqlx::query(
        "INSERT INTO effect (scenario, collection, uid, valid_from, valid_to, base, planned, operations, version_from)
         SELECT $1, collection, uid, from_micros(valid_from), from_micros(valid_to), base, planned, operations::bigint[], $2
         FROM unnest($3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[])
            AS made (collection, uid, valid_from, valid_to, base, planned, operations)",
    )
    .bind(scenario)
    .bind(version)
    .bind(effects.iter().map(|effect| effect.collection).collect::<Vec<_>>())
    .bind(effects.iter().map(|effect| effect.uid.clone()).collect::<Vec<_>>())
    .bind(effects.iter().map(|effect| effect.span.from).collect::<Vec<_>>())
    .bind(effects.iter().map(|effect| effect.span.to).collect::<Vec<_>>())
    .bind(effects.iter().map(|effect| effect.base).collect::<Vec<_>>())
    .bind(effects.iter().map(|effect| effect.planned).collect::<Vec<_>>())
    .bind(effects.iter().map(operations).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Rows of a batch within its transaction.
async fn copy(connection: &mut PgConnection, rows: CopyRows) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await?;
    for (holder, fields, rows) in
        [("city_object", OBJECT_FIELDS, rows.objects), ("object_geometry", GEOMETRY_FIELDS, rows.geometries)]
    {
        let statement = format!("COPY {holder} ({fields}) FROM STDIN (FORMAT binary)");
        let mut copy = transaction.copy_in_raw(&statement).await?;
        copy.send(COPY_HEADER).await?;
        copy.send(rows).await?;
        copy.send(COPY_TRAILER).await?;
        copy.finish().await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Old ones go on the way.
async fn keep_receipt(
    connection: &mut PgConnection,
    scenario: i64,
    (owner, key, request): (&str, &str, &[u8; 32]),
    answer: &Value,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM scenario_receipt WHERE made <= now() - interval '24 hours'")
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "INSERT INTO scenario_receipt (scenario, owner, key, request, answer) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT DO NOTHING",
    )
    .bind(scenario)
    .bind(owner)
    .bind(key)
    .bind(request.as_slice())
    .bind(Json(answer))
    .execute(connection)
    .await?;
    Ok(())
}
