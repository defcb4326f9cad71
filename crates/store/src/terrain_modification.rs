//! Changes of the ground as rows. Every writing moves the terrain's count, so that readers know at once.

use serde_json::json;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::{Store, StoreError};
use stadtwin_model::{EditFigures, GroundEdit, GroundTarget, TerrainModification};

/// What a modification is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct NewModification {
    pub name: String,
    pub is_enabled: bool,
    pub in_base: bool,
    pub edit: GroundEdit,
    /// With the terrain's revision that they hold for.
    pub figures: Option<(i64, EditFigures)>,
}

/// What came of a writing.
#[derive(Debug, Clone, PartialEq)]
pub enum Written<T> {
    Done(T),
    Missing,
    /// Somebody else wrote in between: the revision that it has now.
    Changed(i64),
    /// It would be so many then.
    Full(ModificationCount),
}

/// All modifications of a terrain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModificationCount {
    pub modifications: i64,
    /// Points of polygons and triangles, and triangles.
    pub points: i64,
}

#[derive(FromRow)]
struct ModificationRow {
    id: i64,
    scenario: Option<String>,
    name: String,
    is_enabled: bool,
    in_base: bool,
    polygon: Json<Vec<Vec<[f64; 2]>>>,
    target: Json<GroundTarget>,
    embankment: Option<f64>,
    figures: Option<Json<EditFigures>>,
    figures_revision: Option<i64>,
    revision: i64,
    created: String,
    changed: String,
}

impl From<ModificationRow> for TerrainModification {
    fn from(row: ModificationRow) -> TerrainModification {
        TerrainModification {
            id: row.id,
            scenario: row.scenario,
            name: row.name,
            is_enabled: row.is_enabled,
            in_base: row.in_base,
            edit: GroundEdit { polygon: row.polygon.0, target: row.target.0, embankment: row.embankment },
            figures: row.figures_revision.zip(row.figures.map(|figures| figures.0)),
            revision: row.revision,
            created: row.created,
            changed: row.changed,
        }
    }
}

/// Columns of a modification after what the statement begins with.
macro_rules! with_columns {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            " id, scenario, name, is_enabled, in_base, polygon, target, embankment, figures, figures_revision, revision,
                utc_text(created) AS created, utc_text(changed) AS changed ",
            $after
        )
    };
}

impl Store {
    /// Those of a terrain behind an id, in the order in which they are applied.
    pub async fn terrain_modifications(
        &self,
        terrain: i32,
        after: i64,
        limit: u32,
    ) -> Result<Vec<TerrainModification>, StoreError> {
        let rows: Vec<ModificationRow> = sqlx::query_as(with_columns!(
            "SELECT",
            "FROM terrain_modification WHERE terrain = $1 AND id > $2 ORDER BY id LIMIT $3"
        ))
        .bind(terrain)
        .bind(after)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(TerrainModification::from).collect())
    }

    pub async fn terrain_modification(
        &self,
        terrain: i32,
        id: i64,
    ) -> Result<Option<TerrainModification>, StoreError> {
        let row: Option<ModificationRow> = sqlx::query_as(with_columns!(
            "SELECT",
            "FROM terrain_modification WHERE terrain = $1 AND id = $2"
        ))
        .bind(terrain)
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(TerrainModification::from))
    }

    /// Adds one, unless the terrain had more than `most` then.
    pub async fn add_terrain_modification(
        &self,
        terrain: i32,
        new: &NewModification,
        most: ModificationCount,
    ) -> Result<Written<TerrainModification>, StoreError> {
        let mut change = self.change().await?;
        // Takes the terrain's row: writers come one after another, and the count holds.
        if !move_count(&mut change, terrain).await? {
            return Ok(Written::Missing);
        }
        if let Some(count) = beyond(&mut change, terrain, None, &new.edit, most).await? {
            return Ok(Written::Full(count));
        }
        let row: ModificationRow = sqlx::query_as(with_columns!(
            "INSERT INTO terrain_modification
                (terrain, name, is_enabled, in_base, polygon, target, embankment, figures, figures_revision, point_count)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING",
            ""
        ))
        .bind(terrain)
        .bind(&new.name)
        .bind(new.is_enabled)
        .bind(new.in_base)
        .bind(Json(&new.edit.polygon))
        .bind(Json(&new.edit.target))
        .bind(new.edit.embankment)
        .bind(new.figures.map(|(_, figures)| Json(figures)))
        .bind(new.figures.map(|(revision, _)| revision))
        .bind(new.edit.point_count() as i32)
        .fetch_one(&mut *change)
        .await?;
        change.commit(told("modification.added", row.id, &new.name)).await?;
        Ok(Written::Done(row.into()))
    }

    /// Puts another in its place, if it still has the `expected` revision.
    pub async fn replace_terrain_modification(
        &self,
        terrain: i32,
        id: i64,
        expected: Option<i64>,
        new: &NewModification,
        most: ModificationCount,
    ) -> Result<Written<TerrainModification>, StoreError> {
        let mut change = self.change().await?;
        if let Err(refused) = expect(&mut change, terrain, id, expected).await? {
            return Ok(refused);
        }
        if let Some(count) = beyond(&mut change, terrain, Some(id), &new.edit, most).await? {
            return Ok(Written::Full(count));
        }
        let row: ModificationRow = sqlx::query_as(with_columns!(
            "UPDATE terrain_modification SET name = $3, is_enabled = $4, in_base = $5, polygon = $6, target = $7,
                embankment = $8, figures = $9, figures_revision = $10, point_count = $11, revision = revision + 1, changed = now()
             WHERE terrain = $1 AND id = $2 RETURNING",
            ""
        ))
        .bind(terrain)
        .bind(id)
        .bind(&new.name)
        .bind(new.is_enabled)
        .bind(new.in_base)
        .bind(Json(&new.edit.polygon))
        .bind(Json(&new.edit.target))
        .bind(new.edit.embankment)
        .bind(new.figures.map(|(_, figures)| Json(figures)))
        .bind(new.figures.map(|(revision, _)| revision))
        .bind(new.edit.point_count() as i32)
        .fetch_one(&mut *change)
        .await?;
        change.commit(told("modification.changed", id, &new.name)).await?;
        Ok(Written::Done(row.into()))
    }

    /// Removes one, if it still has the `expected` revision.
    pub async fn remove_terrain_modification(
        &self,
        terrain: i32,
        id: i64,
        expected: Option<i64>,
    ) -> Result<Written<()>, StoreError> {
        let mut change = self.change().await?;
        if let Err(refused) = expect(&mut change, terrain, id, expected).await? {
            return Ok(refused);
        }
        sqlx::query("DELETE FROM terrain_modification WHERE terrain = $1 AND id = $2")
            .bind(terrain)
            .bind(id)
            .execute(&mut *change)
            .await?;
        change.commit(What::of("modification.removed", format!("modification {id}"))).await?;
        Ok(Written::Done(()))
    }

    /// Figures that were reckoned anew for a later revision of the terrain; what is applied does not change.
    pub async fn keep_edit_figures(
        &self,
        modification: &TerrainModification,
        revision: i64,
        figures: &EditFigures,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE terrain_modification SET figures = $3, figures_revision = $4 WHERE id = $1 AND revision = $2",
        )
        .bind(modification.id)
        .bind(modification.revision)
        .bind(Json(figures))
        .bind(revision)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn told(action: &'static str, id: i64, name: &str) -> What {
    What::of(action, format!("modification {id}")).with(json!({ "id": id, "name": name }))
}

/// Moves the terrain's count and holds its row till the transaction ends; false without the terrain.
async fn move_count(connection: &mut PgConnection, terrain: i32) -> Result<bool, StoreError> {
    let moved = sqlx::query("UPDATE terrain SET modified = modified + 1 WHERE key = $1")
        .bind(terrain)
        .execute(connection)
        .await?;
    Ok(moved.rows_affected() > 0)
}

/// What the terrain would have with one more, or with another in the place of one, where that is more than `most`.
async fn beyond(
    connection: &mut PgConnection,
    terrain: i32,
    replaced: Option<i64>,
    edit: &GroundEdit,
    most: ModificationCount,
) -> Result<Option<ModificationCount>, StoreError> {
    let (modifications, points): (i64, i64) = sqlx::query_as(
        "SELECT count(*) + 1, coalesce(sum(point_count), 0) + $3 FROM terrain_modification
         WHERE terrain = $1 AND id IS DISTINCT FROM $2",
    )
    .bind(terrain)
    .bind(replaced)
    .bind(edit.point_count() as i64)
    .fetch_one(connection)
    .await?;
    let is_beyond = modifications > most.modifications || points > most.points;
    Ok(is_beyond.then_some(ModificationCount { modifications, points }))
}

/// Holds the terrain, and says why nothing may be written.
async fn expect<T>(
    connection: &mut PgConnection,
    terrain: i32,
    id: i64,
    expected: Option<i64>,
) -> Result<Result<(), Written<T>>, StoreError> {
    move_count(connection, terrain).await?;
    let found: Option<i64> =
        sqlx::query_scalar("SELECT revision FROM terrain_modification WHERE terrain = $1 AND id = $2")
            .bind(terrain)
            .bind(id)
            .fetch_optional(connection)
            .await?;
    Ok(match found {
        None => Err(Written::Missing),
        Some(revision) if expected.is_some_and(|expected| expected != revision) => {
            Err(Written::Changed(revision))
        }
        Some(_) => Ok(()),
    })
}
