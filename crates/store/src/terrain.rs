//! Terrains: named models of the ground, listed, made and removed.

use serde_json::json;
use sqlx::{Connection, FromRow, PgConnection};

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{Crs, HeightGrid, Terrain, VerticalCrs};

/// What a terrain is made with.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTerrain {
    pub id: String,
    /// Empty: the id.
    pub title: String,
    pub crs: Crs,
    pub grid: HeightGrid,
}

#[derive(FromRow)]
struct TerrainRow {
    key: i32,
    id: String,
    title: String,
    horizontal_epsg: i32,
    vertical_kind: String,
    vertical_epsg: Option<i32>,
    cell_m: f64,
    phase_m: Vec<f64>,
    head: i64,
    extent_m: Option<Vec<f64>>,
    heights_m: Option<Vec<f64>>,
    sample_count: i64,
    updated: Option<String>,
    modified: i64,
}

impl TerrainRow {
    fn into_terrain(self) -> Result<Terrain, StoreError> {
        let damaged = || StoreError::Damaged { what: "a terrain", detail: self.id.clone() };
        let vertical = match (self.vertical_kind.as_str(), self.vertical_epsg) {
            ("epsg", Some(code)) => VerticalCrs::Epsg(code.unsigned_abs()),
            ("ellipsoidal", _) => VerticalCrs::Ellipsoidal,
            _ => VerticalCrs::Unknown,
        };
        let phase_m = self.phase_m.as_slice().try_into().map_err(|_| damaged())?;
        Ok(Terrain {
            key: self.key,
            crs: Crs { horizontal: self.horizontal_epsg.unsigned_abs(), vertical, north_first: false },
            grid: HeightGrid { cell_m: self.cell_m, phase_m },
            head: self.head,
            extent_m: self.extent_m.and_then(|extent| extent.try_into().ok()),
            heights_m: self.heights_m.and_then(|heights| heights.try_into().ok()),
            sample_count: self.sample_count,
            updated: self.updated,
            modified: self.modified,
            id: self.id,
            title: self.title,
        })
    }
}

impl Store {
    /// All terrains that have been published, in the order of their making.
    pub async fn terrains(&self) -> Result<Vec<Terrain>, StoreError> {
        let rows: Vec<TerrainRow> = sqlx::query_as(
            "SELECT key, id, title, horizontal_epsg, vertical_kind, vertical_epsg, cell_m, phase_m, head, extent_m,
                heights_m, sample_count, utc_text(updated) AS updated, modified
             FROM terrain WHERE head > 0 ORDER BY key",
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter().map(TerrainRow::into_terrain).collect()
    }

    /// Also one that has not been published yet: its head is 0.
    pub async fn terrain(&self, id: &str) -> Result<Option<Terrain>, StoreError> {
        let row: Option<TerrainRow> = sqlx::query_as(
            "SELECT key, id, title, horizontal_epsg, vertical_kind, vertical_epsg, cell_m, phase_m, head, extent_m,
                heights_m, sample_count, utc_text(updated) AS updated, modified
             FROM terrain WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(TerrainRow::into_terrain).transpose()
    }

    /// Makes the terrain; where it exists, only a title that is not empty replaces the old one.
    pub async fn create_terrain(&self, new: &NewTerrain) -> Result<Terrain, StoreError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
        if new.id.is_empty() || !new.id.bytes().all(is_name) {
            return Err(StoreError::TerrainName(new.id.clone()));
        }
        let (kind, code) = match new.crs.vertical {
            VerticalCrs::Epsg(code) => ("epsg", Some(code as i32)),
            VerticalCrs::Ellipsoidal => ("ellipsoidal", None),
            VerticalCrs::Unknown => ("unknown", None),
        };
        let mut change = self.change().await?;
        let title: Option<String> = sqlx::query_scalar("SELECT title FROM terrain WHERE id = $1")
            .bind(&new.id)
            .fetch_optional(&mut *change)
            .await?;
        sqlx::query(
            "INSERT INTO terrain (id, title, horizontal_epsg, vertical_kind, vertical_epsg, cell_m, phase_m)
             VALUES ($1, coalesce(nullif($2, ''), $1), $3, $4, $5, $6, $7)
             ON CONFLICT (id) DO UPDATE SET title = coalesce(nullif($2, ''), terrain.title)",
        )
        .bind(&new.id)
        .bind(&new.title)
        .bind(new.crs.horizontal as i32)
        .bind(kind)
        .bind(code)
        .bind(new.grid.cell_m)
        .bind(new.grid.phase_m.as_slice())
        .execute(&mut *change)
        .await?;
        match title {
            Some(title) if !new.title.is_empty() && title != new.title => {
                let what = What::of("terrain.described", format!("/terrain/{}", new.id));
                change.commit(what.with(json!({ "title": new.title }))).await?;
            }
            // A new one is seen with its first import.
            _ => change.commit_unseen().await?,
        }
        self.terrain(&new.id).await?.ok_or_else(|| StoreError::NoTerrain(new.id.clone()))
    }

    /// Removes the terrain with everything in it; refused while an import into it runs.
    pub async fn drop_terrain(&self, id: &str) -> Result<(), StoreError> {
        let terrain = self.terrain(id).await?.ok_or_else(|| StoreError::NoTerrain(id.to_owned()))?;
        let mut connection = self.lock_terrain(&terrain).await?;
        let mut change = self.change_on(&mut connection).await?;
        end_ground_findings(&mut change, terrain.key).await?;
        sqlx::query("DELETE FROM terrain WHERE key = $1").bind(terrain.key).execute(&mut *change).await?;
        change.commit(What::of("terrain.removed", format!("/terrain/{id}"))).await?;
        connection.close().await?;
        Ok(())
    }
}

/// What collections were told of standing on a terrain that goes.
async fn end_ground_findings(connection: &mut PgConnection, terrain: i32) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE issue SET until = c.head FROM collection AS c, terrain AS t
         WHERE t.key = $1 AND c.ground_terrain = t.key AND issue.collection = c.key AND issue.until IS NULL
            AND issue.file = 'terrain ' || t.id",
    )
    .bind(terrain)
    .execute(connection)
    .await?;
    Ok(())
}
