//! What can go wrong between the program and the database.

use super::embedded::EmbeddedError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot connect to the database: {0}")]
    Connect(#[source] sqlx::Error),
    #[error("the database has no PostGIS and this role may not install it: {0}")]
    NoPostgis(#[source] sqlx::migrate::MigrateError),
    #[error("cannot bring the database's tables up to date: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    #[error("another import into `{collection}` is running (database process {process}, since {since})")]
    ImportRunning { collection: String, process: i32, since: String },
    #[error("the storage CRS is EPSG:{stored} and cannot become EPSG:{asked} while there are data")]
    OtherCrs { stored: String, asked: String },
    #[error("the twin has no storage CRS yet: set it before the first import")]
    NoCrs,
    #[error("no collection `{0}`")]
    NoCollection(String),
    #[error("`{0}` is no name for a collection: use a to z, 0 to 9, `_` and `-`")]
    CollectionName(String),
    #[error("no terrain `{0}`")]
    NoTerrain(String),
    #[error("`{0}` is no name for a terrain: use a to z, 0 to 9, `_` and `-`")]
    TerrainName(String),
    #[error("another import into terrain `{terrain}` is running (database process {process}, since {since})")]
    TerrainBusy { terrain: String, process: i32, since: String },
    #[error("no organization `{0}`")]
    NoOrganization(String),
    #[error("the boundary of `{id}` is no area: {fault}")]
    Boundary { id: String, fault: String },
    #[error("`{id}` cannot belong to `{parent}`: that belongs to it, or is too deep")]
    OrganizationCircle { id: String, parent: String },
    #[error("organization `{id}` cannot be removed: there are rows of it in `{by}`")]
    OrganizationUsed { id: String, by: String },
    #[error("revision {0} is no longer open: another import took over")]
    RevisionLost(i64),
    #[error("job {0} was cancelled before it published anything")]
    Cancelled(i64),
    #[error("the database holds {what} that cannot be read: {detail}")]
    Damaged { what: &'static str, detail: String },
    /// The question is well-formed and cannot be answered for these values.
    #[error("the filter cannot be evaluated: {0}")]
    Filter(String),
    #[error("no feature of this collection has the key {0} to go on behind")]
    NoPlace(i64),
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// The database ended the statement because it took too long.
    pub fn is_too_long(&self) -> bool {
        // https://www.postgresql.org/docs/current/errcodes-appendix.html: query_canceled.
        matches!(self, StoreError::Database(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("57014"))
    }

    /// A name that is taken already (unique_violation).
    pub fn is_duplicate(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::Database(cause)) if cause.code().as_deref() == Some("23505"))
    }

    /// All connections are in use, and were for some seconds.
    pub fn is_crowded(&self) -> bool {
        matches!(self, StoreError::Database(sqlx::Error::PoolTimedOut))
    }
}
