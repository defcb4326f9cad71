//! One running import into one collection: ids, look-ups, writers, what ends and what was found.

use std::collections::HashMap;

use sqlx::types::Json;
use sqlx::{Connection, PgConnection};
use tokio::sync::Mutex;

use super::feature::{area, read_hash};
use super::revision::remove_unpublished;
use super::row_writer::Place;
use super::{CopyRows, Receipt, RowWriter, Store, StoreError};
use stadtwin_model::{Collection, Issue};
use stadtwin_query::Region;

/// An object that the head has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub key: i64,
    pub hash: [u8; 16],
}

/// An import's figures for one file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileFigures {
    /// As named on import.
    pub file: String,
    pub member_count: i64,
    pub inserted_count: i64,
    pub updated_count: i64,
    pub unchanged_count: i64,
    pub issue_count: i64,
    /// Unpacked [bytes].
    pub size_bytes: i64,
    /// Whatever else the report holds.
    pub report: serde_json::Value,
}

/// Holds the collection's import lock; dropped without `publish`, its rows stay unseen and go with the next import.
#[derive(Debug)]
pub struct ImportSession {
    pub(super) store: Store,
    pub(super) collection: Collection,
    pub(super) revision: i64,
    pub(super) srid: u32,
    /// Codes of findings that this import does not look for.
    pub(super) kept_codes: Vec<String>,
    /// Objects whose findings go on holding, and codes of those that do not.
    pub(super) kept_findings: (Vec<String>, Vec<String>),
    /// Kept with the publication.
    pub(super) receipt: Option<Receipt>,
    /// Holds the lock and the temporary tables.
    pub(super) session: Mutex<PgConnection>,
}

impl Store {
    /// Takes the collection's import lock, removes what dead imports left and opens a revision. The storage CRS is set
    /// before.
    pub async fn begin_import(&self, collection: &Collection) -> Result<ImportSession, StoreError> {
        let srid = self.storage_crs().await?.ok_or(StoreError::NoCrs)?.horizontal;
        let mut session = self.lock_collection(collection).await?;
        // Another import may have published while this one waited for the lock.
        let collection = self
            .collection(&collection.id)
            .await?
            .ok_or_else(|| StoreError::NoCollection(collection.id.clone()))?;
        remove_unpublished(&mut session, collection.key).await?;
        sqlx::raw_sql(
            "CREATE TEMPORARY TABLE import_end (key bigint PRIMARY KEY);
             CREATE TEMPORARY TABLE import_seen (key bigint NOT NULL)",
        )
        .execute(&mut session)
        .await?;
        let revision = sqlx::query_scalar("INSERT INTO revision (collection) VALUES ($1) RETURNING number")
            .bind(collection.key)
            .fetch_one(&mut session)
            .await?;
        let (store, kept_codes, session) = (self.clone(), Vec::new(), Mutex::new(session));
        let (kept_findings, receipt) = (Default::default(), None);
        Ok(ImportSession { store, collection, revision, srid, kept_codes, kept_findings, receipt, session })
    }

    /// Those of the gml:ids that live at the head.
    pub async fn known(
        &self,
        collection: &Collection,
        ids: &[String],
    ) -> Result<HashMap<String, Known>, StoreError> {
        if collection.head == 0 {
            return Ok(HashMap::new());
        }
        let rows: Vec<(String, i64, Vec<u8>)> = sqlx::query_as(
            "SELECT uid, id, content_hash FROM city_object
             WHERE collection = $1 AND uid = ANY($2) AND parent IS NULL AND scenario IS NULL
                AND rev_from <= $3 AND rev_to IS NULL",
        )
        .bind(collection.key)
        .bind(ids)
        .bind(collection.head)
        .fetch_all(&self.pool)
        .await?;
        let known: Result<HashMap<_, _>, StoreError> = rows
            .into_iter()
            .map(|(uid, key, hash)| Ok((uid, Known { key, hash: read_hash(&hash)? })))
            .collect();
        let mut known = known?;
        if collection.has_lineage {
            self.known_by_alias(collection, ids, &mut known).await?;
        }
        Ok(known)
    }
}

impl ImportSession {
    /// The revision being written.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    pub fn collection(&self) -> &Collection {
        &self.collection
    }

    /// Empty rows with the storage CRS, for `encode_rows`.
    pub fn rows(&self) -> CopyRows {
        CopyRows::new(self.srid)
    }

    /// The first of `count` ids in a row that nobody else gets.
    pub async fn reserve_ids(&self, count: i64) -> Result<i64, StoreError> {
        let first = sqlx::query_scalar(
            "UPDATE twin SET next_object_id = next_object_id + $1 RETURNING next_object_id - $1",
        )
        .bind(count.max(0))
        .fetch_one(&self.store.pool)
        .await?;
        Ok(first)
    }

    /// Those of the gml:ids that the head has.
    pub async fn known(&self, ids: &[String]) -> Result<HashMap<String, Known>, StoreError> {
        self.store.known(&self.collection, ids).await
    }

    /// A COPY pair on its own connections; one at a time.
    pub async fn writer(&self) -> Result<RowWriter, StoreError> {
        let objects = self.store.bulk_connection().await?;
        let geometries = self.store.bulk_connection().await?;
        let has_partitions: bool =
            sqlx::query_scalar("SELECT to_regclass('city_object_' || $1::text) IS NOT NULL")
                .bind(self.collection.key.to_string())
                .fetch_one(&mut *self.session.lock().await)
                .await?;
        let place = if has_partitions { Place::Partition } else { Place::LooseTable };
        Ok(RowWriter::start(self.store.pool.clone(), objects, geometries, self.collection.key, place))
    }

    /// Makes what a finished writer wrote part of the twin, still seen by nobody.
    pub async fn join_rows(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT join_collection_partitions($1)")
            .bind(self.collection.key)
            .execute(&mut *self.session.lock().await)
            .await?;
        Ok(())
    }

    /// Stages objects (with their children) to end at publication.
    pub async fn end(&self, keys: &[i64]) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO import_end SELECT DISTINCT unnest($1::bigint[]) ON CONFLICT DO NOTHING")
            .bind(keys)
            .execute(&mut *self.session.lock().await)
            .await?;
        Ok(())
    }

    /// Notes objects that the input still holds unchanged, for `end_missing`.
    pub async fn seen(&self, keys: &[i64]) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO import_seen SELECT unnest($1::bigint[])")
            .bind(keys)
            .execute(&mut *self.session.lock().await)
            .await?;
        Ok(())
    }

    /// Stages every object that was neither `seen` nor ended to end at publication: those that lie wholly within the
    /// region, or all. Returns how many.
    pub async fn end_missing(&self, within: Option<&Region>) -> Result<u64, StoreError> {
        let mut session = self.session.lock().await;
        sqlx::query("ANALYZE import_seen").execute(&mut *session).await?;
        let ended = sqlx::query(
            "INSERT INTO import_end
             SELECT id FROM city_object AS o
             WHERE collection = $1 AND parent IS NULL AND scenario IS NULL AND rev_from < $2 AND rev_to IS NULL
                AND ($3::bytea IS NULL OR ST_CoveredBy(footprint, ST_GeomFromEWKB($3)))
                AND NOT EXISTS (SELECT FROM import_seen AS s WHERE s.key = o.id)
             ON CONFLICT DO NOTHING",
        )
        .bind(self.collection.key)
        .bind(self.revision)
        .bind(within.map(|region| area(region, self.srid)))
        .execute(&mut *session)
        .await?;
        Ok(ended.rows_affected())
    }

    /// Findings by file.
    pub async fn add_issues(&self, issues: &[(String, Issue)]) -> Result<(), StoreError> {
        let clean = |text: &str| text.replace('\0', "");
        let column =
            |of: fn(&Issue) -> &str| -> Vec<String> { issues.iter().map(|(_, i)| clean(of(i))).collect() };
        let axis = |axis: usize| -> Vec<Option<f64>> {
            issues.iter().map(|(_, issue)| issue.position.map(|position| position[axis])).collect()
        };
        let mut transaction = self.store.pool.begin().await?;
        super::revision::share_writer_lock(&mut transaction, self.collection.key).await?;
        sqlx::query(
            "INSERT INTO issue (collection, revision, file, object, line, code, severity, message, face, value, position)
             SELECT $1, $2, file, object, line, code, severity, message, face, value,
                CASE WHEN x IS NOT NULL THEN ARRAY[x, y, z] END
             FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::integer[],
                $10::text[], $11::double precision[], $12::double precision[], $13::double precision[])
                AS found (file, object, line, code, severity, message, face, value, x, y, z)",
        )
        .bind(self.collection.key)
        .bind(self.revision)
        .bind(issues.iter().map(|(file, _)| clean(file)).collect::<Vec<_>>())
        .bind(column(|issue| &issue.object))
        .bind(issues.iter().map(|(_, issue)| issue.line as i64).collect::<Vec<_>>())
        .bind(column(|issue| &issue.code))
        .bind(column(|issue| issue.severity.name()))
        .bind(column(|issue| &issue.message))
        .bind(issues.iter().map(|(_, issue)| issue.face.and_then(|face| i32::try_from(face).ok())).collect::<Vec<_>>())
        .bind(issues.iter().map(|(_, issue)| issue.value.as_deref().map(clean)).collect::<Vec<_>>())
        .bind(axis(0))
        .bind(axis(1))
        .bind(axis(2))
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    pub async fn add_file(&self, figures: &FileFigures) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO import_file VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)")
            .bind(self.revision)
            .bind(self.collection.key)
            .bind(figures.file.replace('\0', ""))
            .bind(figures.member_count)
            .bind(figures.inserted_count)
            .bind(figures.updated_count)
            .bind(figures.unchanged_count)
            .bind(figures.issue_count)
            .bind(figures.size_bytes)
            .bind(Json(&figures.report))
            .execute(&mut *self.session.lock().await)
            .await?;
        Ok(())
    }

    /// Gives the revision up and removes its rows. Writers still open lose theirs.
    pub async fn abandon(self) -> Result<(), StoreError> {
        let mut session = self.session.into_inner();
        remove_unpublished(&mut session, self.collection.key).await?;
        session.close().await?;
        Ok(())
    }
}
