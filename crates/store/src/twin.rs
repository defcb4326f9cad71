//! The migrations, and what holds for the whole twin.

use std::str::FromStr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{Connection, Executor};

use super::acting::{Acting, What};
use super::catalogue::Kept;
use super::{StoreError, pool};
use stadtwin_model::{Crs, VerticalCrs};

pub(super) static MIGRATIONS: Migrator = sqlx::migrate!("../../schemas/db");

/// Statements that a connection keeps prepared: their texts name the collection and the shape of the filter.
const STATEMENTS: usize = 500;

/// The database. Cheap to clone: all clones share their pools.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: PgPool,
    /// The one whose statements may take as long as they need.
    pub(super) unhurried: PgPool,
    pub(super) options: PgConnectOptions,
    pub(super) crs: Arc<RwLock<Option<Crs>>>,
    pub(super) kept: Arc<Kept>,
    /// How old the catalogue may be.
    pub(super) catalogue_age: Duration,
    pub(super) acting: Arc<Acting>,
}

impl Store {
    /// Opens the pool on a `postgres://` URL and brings the tables up to date.
    pub async fn connect(url: &str) -> Result<Store, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(StoreError::Connect)?
            .application_name("stadtwin")
            .statement_cache_capacity(STATEMENTS);
        let options = pool::with_settings(options);
        let mut connection = sqlx::PgConnection::connect_with(&options).await.map_err(StoreError::Connect)?;
        // "… already exists, skipping" is no news.
        connection.execute("SET client_min_messages = warning").await?;
        MIGRATIONS.run(&mut connection).await.map_err(migration_error)?;
        connection.close().await?;
        let pool = pool::open(&options).await.map_err(StoreError::Connect)?;
        let store = Store {
            unhurried: pool.clone(),
            pool,
            options,
            crs: Arc::default(),
            kept: Arc::default(),
            catalogue_age: Duration::ZERO,
            acting: Acting::command(),
        };
        store.storage_crs().await?;
        Ok(store)
    }

    /// Answers when the database does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.pool.execute("SELECT 1").await?;
        Ok(())
    }

    /// The CRS of all coordinates in the store; `None` before the first import.
    pub async fn storage_crs(&self) -> Result<Option<Crs>, StoreError> {
        if let Some(crs) = self.known_crs() {
            return Ok(Some(crs));
        }
        let (horizontal, kind, vertical): (Option<i32>, String, Option<i32>) =
            sqlx::query_as("SELECT horizontal_epsg, vertical_kind, vertical_epsg FROM twin")
                .fetch_one(&self.pool)
                .await?;
        let Some(horizontal) = horizontal else {
            return Ok(None);
        };
        let vertical = match (kind.as_str(), vertical) {
            ("epsg", Some(code)) => VerticalCrs::Epsg(code as u32),
            ("ellipsoidal", _) => VerticalCrs::Ellipsoidal,
            _ => VerticalCrs::Unknown,
        };
        let crs = Crs { horizontal: horizontal as u32, vertical, north_first: false };
        self.remember_crs(Some(crs));
        Ok(Some(crs))
    }

    /// What an EPSG code means in Well-Known Text, as PostGIS has it; `None` where it does not know the code.
    pub async fn crs_definition(&self, code: u32) -> Result<Option<String>, StoreError> {
        let definition = sqlx::query_scalar(
            "SELECT srtext FROM spatial_ref_sys WHERE auth_name = 'EPSG' AND auth_srid = $1",
        )
        .bind(code as i32)
        .fetch_optional(&self.pool)
        .await?;
        Ok(definition.flatten())
    }

    /// Sets the storage CRS. Another one than before is refused once there are objects or a terrain.
    pub async fn set_storage_crs(&self, crs: &Crs) -> Result<(), StoreError> {
        let (kind, code) = match crs.vertical {
            VerticalCrs::Epsg(code) => ("epsg", Some(code as i32)),
            VerticalCrs::Ellipsoidal => ("ellipsoidal", None),
            VerticalCrs::Unknown => ("unknown", None),
        };
        let mut change = self.change().await?;
        let before: (Option<i32>, String, Option<i32>) =
            sqlx::query_as("SELECT horizontal_epsg, vertical_kind, vertical_epsg FROM twin")
                .fetch_one(&mut *change)
                .await?;
        let updated = sqlx::query(
            "UPDATE twin SET horizontal_epsg = $1, vertical_kind = $2, vertical_epsg = $3
             WHERE (horizontal_epsg, vertical_kind, vertical_epsg) IS NOT DISTINCT FROM ($1, $2, $3)
                OR NOT EXISTS (SELECT FROM city_object) AND NOT EXISTS (SELECT FROM terrain)",
        )
        .bind(crs.horizontal as i32)
        .bind(kind)
        .bind(code)
        .execute(&mut *change)
        .await?;
        self.remember_crs(None);
        if updated.rows_affected() == 0 {
            let stored =
                self.storage_crs().await?.map_or_else(|| "unknown".to_owned(), |stored| crs_text(&stored));
            return Err(StoreError::OtherCrs { stored, asked: crs_text(crs) });
        }
        sqlx::query(
            "UPDATE organization SET boundary = ST_Transform(boundary, $1)
             WHERE boundary IS NOT NULL AND ST_SRID(boundary) <> $1",
        )
        .bind(crs.horizontal as i32)
        .execute(&mut *change)
        .await?;
        match before == (Some(crs.horizontal as i32), kind.to_owned(), code) {
            true => change.commit_unseen().await?,
            false => change.commit(What::of("twin.crs", crs_text(crs))).await?,
        }
        self.remember_crs(Some(Crs { north_first: false, ..*crs }));
        Ok(())
    }

    /// EPSG code for geometries bound to statements; 0 before the first import, when there is none to compare with.
    pub(super) async fn srid(&self) -> Result<u32, StoreError> {
        Ok(self.storage_crs().await?.map_or(0, |crs| crs.horizontal))
    }

    fn known_crs(&self) -> Option<Crs> {
        *self.crs.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn remember_crs(&self, crs: Option<Crs>) {
        *self.crs.write().unwrap_or_else(std::sync::PoisonError::into_inner) = crs;
    }
}

fn crs_text(crs: &Crs) -> String {
    match crs.vertical {
        VerticalCrs::Epsg(vertical) => format!("{}+{vertical}", crs.horizontal),
        VerticalCrs::Ellipsoidal => format!("{} with ellipsoidal heights", crs.horizontal),
        VerticalCrs::Unknown => format!("{} with heights of an unknown system", crs.horizontal),
    }
}

fn migration_error(error: sqlx::migrate::MigrateError) -> StoreError {
    match error.to_string().contains("extension \"postgis\"") {
        true => StoreError::NoPostgis(error),
        false => StoreError::Migrate(error),
    }
}
