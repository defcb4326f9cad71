//! Batches: all that one request changes in a scenario, written as its next version or not at all.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::types::Json;
use sqlx::{Connection, PgConnection};

use super::acting::What;
use super::copy::{COPY_HEADER, COPY_TRAILER, GEOMETRY_FIELDS, OBJECT_FIELDS};
use super::phase::write_phases;
use super::scenario_import::settle_import;
use super::{CopyRows, NewEffect, NewOperation, Phase, Store, StoreError, template};
use stadtwin_model::{Scenario, Span};

/// Everything that one request changes in a scenario.
#[derive(Debug, Default)]
pub struct Batch {
    pub author: String,
    pub operations: Vec<NewOperation>,
    /// Phases from now on, where they change, and operations (`seq`) that get other dates by that.
    pub phases: Option<Vec<Phase>>,
    pub dated: Vec<(i64, Span)>,
    /// `seq` of operations that no longer hold.
    pub undone: Vec<i64>,
    /// Objects whose effects are all told anew.
    pub touched: Vec<(i32, String)>,
    pub effects: Vec<NewEffect>,
    /// Planned versions of objects, by the key of their partition.
    pub rows: HashMap<i32, CopyRows>,
    /// Owner, key, blake3 of the request, and the answer to be kept for it.
    pub receipt: Option<(String, String, [u8; 32], Value)>,
    /// What the scenario builds on from now on, where that changes: pinned revisions, and the parent's version.
    pub base: Option<(HashMap<i32, i64>, Option<i64>)>,
    /// Number of the import that is committed with it.
    pub import: Option<i32>,
    /// It makes the scenario one to speak of (`Store::begin_scenario`).
    pub is_first: bool,
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

impl Batch {
    /// As the log tells it.
    fn told(&self, scenario: &Scenario, version: i64) -> What {
        let action = match (&self.base, &self.phases) {
            (Some(_), _) => "scenario.rebased",
            (None, Some(_)) => "scenario.phases",
            (None, None) if self.is_first => "scenario.made",
            (None, None) => "scenario.changed",
        };
        What::of(action, format!("/scenarios/{}", scenario.id)).with(json!({
            "version": version, "operations": self.operations.len(), "undone": self.undone,
            "dated": self.dated.iter().map(|(seq, _)| seq).collect::<Vec<_>>(),
        }))
    }
}

impl Store {
    /// Makes a batch the next version of a draft; `None`: the scenario is no longer what it was when it was read, and
    /// nothing is written.
    pub async fn commit_batch(&self, scenario: &Scenario, batch: Batch) -> Result<Option<i64>, StoreError> {
        for (key, rows) in &batch.rows {
            self.ensure_planned_partition(*key).await?;
            template::write(&self.pool, *key, &rows.templates).await?;
        }
        let mut change = self.change().await?;
        let version: Option<i64> = sqlx::query_scalar(
            "UPDATE scenario SET version = version + 1, next_seq = next_seq + $3, updated = now()
             WHERE key = $1 AND version = $2 AND state = 'draft' RETURNING version",
        )
        .bind(scenario.key)
        .bind(scenario.version)
        .bind(batch.operations.len() as i64)
        .fetch_optional(&mut *change)
        .await?;
        let Some(version) = version else { return Ok(None) };
        if let Some(number) = batch.import
            && !settle_import(&mut change, (scenario.key, number), version).await?
        {
            return Ok(None);
        }
        write_base(&mut change, scenario.key, version, &batch).await?;
        write_dates(&mut change, scenario.key, version, &batch).await?;
        write_operations(&mut change, scenario, version, &batch).await?;
        write_effects(&mut change, scenario.key, version, &batch).await?;
        let what = batch.told(scenario, version);
        for rows in batch.rows.into_values() {
            copy(&mut change, rows).await?;
        }
        if let Some((owner, key, request, answer)) = &batch.receipt {
            let answer = with_version(answer, version);
            keep_receipt(&mut change, scenario.key, (owner, key, request), &answer).await?;
        }
        change.commit(what).await?;
        Ok(Some(version))
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

/// Phases, and operations of the same numbers with other dates in place of those that name them.
async fn write_dates(
    connection: &mut PgConnection,
    scenario: i64,
    version: i64,
    batch: &Batch,
) -> Result<(), StoreError> {
    if let Some(phases) = &batch.phases {
        write_phases(&mut *connection, scenario, version, phases).await?;
    }
    if batch.dated.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "WITH dated AS (
            SELECT * FROM unnest($3::bigint[], $4::bigint[], $5::bigint[]) AS d (seq, valid_from, valid_to)
         ), ended AS (
            UPDATE operation AS o SET version_to = $2 FROM dated AS d
            WHERE o.scenario = $1 AND o.seq = d.seq AND o.version_to IS NULL RETURNING o.*
         )
         INSERT INTO operation (scenario, seq, batch, kind, collection, targets, made, made_rows, body, valid_from, valid_to,
            author, time, comment, version_from, phase)
         SELECT o.scenario, o.seq, o.batch, o.kind, o.collection, o.targets, o.made, o.made_rows, o.body,
            from_micros(d.valid_from), from_micros(d.valid_to), o.author, o.time, o.comment, $2, o.phase
         FROM ended AS o JOIN dated AS d ON d.seq = o.seq",
    )
    .bind(scenario)
    .bind(version)
    .bind(batch.dated.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())
    .bind(batch.dated.iter().map(|(_, span)| span.from).collect::<Vec<_>>())
    .bind(batch.dated.iter().map(|(_, span)| span.to).collect::<Vec<_>>())
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
                valid_to, author, comment, version_from, phase)
             SELECT $1, seq, $2, kind, collection, targets, made, made_rows, body, from_micros(valid_from),
                from_micros(valid_to), $3, comment, $4, phase
             FROM jsonb_to_recordset($5) AS o (seq bigint, kind text, collection integer, targets text[], made text[],
                made_rows bigint[], body jsonb, valid_from bigint, valid_to bigint, comment text, phase text)",
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
