//! What `stadtwin doctor` asks the database.

use super::twin::MIGRATIONS;
use super::{Store, StoreError};

/// State of the database.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Diagnosis {
    pub postgresql: String,
    /// Its version, or why the extension does not answer.
    pub postgis: Result<String, String>,
    /// Number of the last migration applied, and of the last that this program knows.
    pub schema_version: i64,
    pub schema_version_known: i64,
    /// Indexes that PostgreSQL marks invalid (a build that broke off).
    pub invalid_indexes: Vec<String>,
    /// Indexes of the schema that are not there.
    pub missing_indexes: Vec<String>,
    /// Collections without their partitions.
    pub missing_partitions: Vec<String>,
    /// Revisions that dead or running imports hold open.
    pub open_revisions: i64,
    pub size_bytes: i64,
    pub encoding: String,
    pub collation: String,
}

/// Names in `schemas/db`.
const INDEXES: [&str; 10] = [
    "city_object_child",
    "city_object_footprint",
    "city_object_part",
    "city_object_pkey",
    "city_object_uid",
    "import_file_revision",
    "issue_collection",
    "object_geometry_root",
    "revision_collection",
    "tile_node_hash",
];

impl Store {
    /// Number of the last migration applied.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        let version =
            sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations WHERE success")
                .fetch_one(&self.pool)
                .await?;
        Ok(version)
    }

    pub async fn diagnose(&self) -> Result<Diagnosis, StoreError> {
        let (postgresql, encoding, collation, size_bytes, open_revisions) = sqlx::query_as(
            "SELECT current_setting('server_version'), pg_encoding_to_char(encoding),
                datcollate::text, pg_database_size(oid),
                (SELECT count(*) FROM revision WHERE state = 'open')
             FROM pg_database WHERE datname = current_database()",
        )
        .fetch_one(&self.pool)
        .await?;
        let postgis: Result<String, sqlx::Error> =
            sqlx::query_scalar("SELECT postgis_lib_version()").fetch_one(&self.pool).await;
        let invalid_indexes = sqlx::query_scalar(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid OR NOT indisready ORDER BY 1",
        )
        .fetch_all(&self.pool)
        .await?;
        let missing_indexes = sqlx::query_scalar(
            "SELECT name FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL ORDER BY name",
        )
        .bind(&INDEXES[..])
        .fetch_all(&self.pool)
        .await?;
        let missing_partitions = sqlx::query_scalar(
            "SELECT id FROM collection
             WHERE head > 0
                AND (to_regclass('city_object_' || key) IS NULL OR to_regclass('object_geometry_' || key) IS NULL)",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(Diagnosis {
            postgresql,
            postgis: postgis.map_err(|error| error.to_string()),
            schema_version: self.schema_version().await?,
            schema_version_known: MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0),
            invalid_indexes,
            missing_indexes,
            missing_partitions,
            open_revisions,
            size_bytes,
            encoding,
            collation,
        })
    }
}
