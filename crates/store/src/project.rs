//! Projects: what scenarios are variants of.

use serde_json::{Value, json};
use sqlx::FromRow;

use super::acting::What;
use super::bound::Ewkb;
use super::ewkb;
use super::feature::read_outline;
use super::{Store, StoreError};
use stadtwin_model::Project;

/// A project to be made, or as it shall be.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewProject {
    pub title: String,
    pub description: String,
    pub plan_number: Option<String>,
    pub owners: Vec<String>,
    pub partners: Vec<String>,
    pub members: Vec<String>,
    /// As `Project::area`.
    pub area: Vec<Vec<Vec<[f64; 2]>>>,
}

impl NewProject {
    /// As the log tells it.
    fn told(&self, id: &str) -> Value {
        json!({
            "id": id, "title": self.title, "owners": self.owners, "partners": self.partners, "members": self.members,
        })
    }
}

#[derive(FromRow)]
struct ProjectRow {
    key: i64,
    id: String,
    title: String,
    description: String,
    plan_number: Option<String>,
    owners: Vec<String>,
    partners: Vec<String>,
    members: Vec<String>,
    area: Option<Ewkb>,
    stage: Option<i32>,
    version: i64,
    created: String,
    created_by: String,
    updated: String,
}

impl ProjectRow {
    fn into_project(self) -> Result<Project, StoreError> {
        let (area, _) = read_outline(self.area.as_ref().map(|ewkb| ewkb.0.as_slice()))?;
        Ok(Project {
            key: self.key,
            id: self.id,
            title: self.title,
            description: self.description,
            plan_number: self.plan_number,
            owners: self.owners,
            partners: self.partners,
            members: self.members,
            area,
            stage: self.stage,
            version: self.version,
            created: self.created,
            created_by: self.created_by,
            updated: self.updated,
        })
    }
}

macro_rules! projects {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, title, description, plan_number, owners, partners, members, area, stage, version,
                utc_text(created) AS created, created_by, utc_text(updated) AS updated
             FROM project ",
            $rest
        )
    };
}

impl Store {
    pub async fn add_project(&self, id: &str, new: &NewProject, by: &str) -> Result<(), StoreError> {
        let area = self.area_bytes(&new.area).await?;
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO project (id, title, description, plan_number, owners, partners, members, area, created_by)
             VALUES ($1, $2, $3, $4, $5, $6, $7, ST_GeomFromEWKB($8), $9)",
        )
        .bind(id)
        .bind(&new.title)
        .bind(&new.description)
        .bind(&new.plan_number)
        .bind(&new.owners)
        .bind(&new.partners)
        .bind(&new.members)
        .bind(area)
        .bind(by)
        .execute(&mut *change)
        .await?;
        let what = What::of("project.made", format!("/projects/{id}"));
        change.commit(what.within(new.owners.first().map(String::as_str)).with(new.told(id))).await
    }

    /// False: the project is no longer in the version that was read.
    pub async fn change_project(&self, before: &Project, new: &NewProject) -> Result<bool, StoreError> {
        let area = self.area_bytes(&new.area).await?;
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE project SET title = $3, description = $4, plan_number = $5, owners = $6, partners = $7, members = $8,
                area = ST_GeomFromEWKB($9), version = version + 1, updated = now()
             WHERE key = $1 AND version = $2",
        )
        .bind(before.key)
        .bind(before.version)
        .bind(&new.title)
        .bind(&new.description)
        .bind(&new.plan_number)
        .bind(&new.owners)
        .bind(&new.partners)
        .bind(&new.members)
        .bind(area)
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        let what = What::of("project.changed", format!("/projects/{}", before.id));
        change.commit(what.with(new.told(&before.id))).await?;
        Ok(true)
    }

    async fn area_bytes(&self, area: &[Vec<Vec<[f64; 2]>>]) -> Result<Option<Vec<u8>>, StoreError> {
        if area.is_empty() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        ewkb::write_footprint(&mut bytes, area, self.srid().await?);
        Ok(Some(bytes))
    }

    pub async fn project(&self, id: &str) -> Result<Option<Project>, StoreError> {
        let row: Option<ProjectRow> =
            sqlx::query_as(projects!("WHERE id = $1")).bind(id).fetch_optional(&self.pool).await?;
        row.map(ProjectRow::into_project).transpose()
    }

    /// By their making, those behind a number.
    pub async fn projects(&self, after: i64, limit: i64) -> Result<Vec<Project>, StoreError> {
        let rows: Vec<ProjectRow> = sqlx::query_as(projects!("WHERE key > $1 ORDER BY key LIMIT $2"))
            .bind(after)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(ProjectRow::into_project).collect()
    }

    /// Removes a project that has no scenarios; false: it has some.
    pub async fn remove_project(&self, project: &Project) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed = sqlx::query(
            "DELETE FROM project WHERE key = $1 AND NOT EXISTS (SELECT FROM scenario WHERE project = $1)",
        )
        .bind(project.key)
        .execute(&mut *change)
        .await?;
        if removed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("project.removed", format!("/projects/{}", project.id))).await?;
        Ok(true)
    }
}
