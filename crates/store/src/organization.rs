//! Organizations as rows.

use std::collections::HashMap;

use serde_json::json;
use sqlx::{FromRow, PgConnection};

use super::acting::What;
use super::ewkb::{read_outline, write_footprint};
use super::{Store, StoreError};
use stadtwin_model::{Organization, Page};

/// Levels of organizations above one another at the most.
const MOST_LEVELS: i32 = 10;

#[derive(FromRow)]
struct OrganizationRow {
    key: i64,
    id: String,
    name: String,
    kind: String,
    ags: Option<String>,
    parent: Option<String>,
    boundary: Option<Vec<u8>>,
}

impl TryFrom<OrganizationRow> for Organization {
    type Error = StoreError;

    fn try_from(row: OrganizationRow) -> Result<Organization, StoreError> {
        let damaged = |detail: String| StoreError::Damaged { what: "an organization", detail };
        let boundary = row.boundary.map(|bytes| read_outline(&bytes)).transpose();
        Ok(Organization {
            boundary: boundary.map_err(|error| damaged(error.to_string()))?.map(|(footprint, _)| footprint),
            kind: row.kind.parse().map_err(damaged)?,
            id: row.id,
            name: row.name,
            ags: row.ags,
            parent: row.parent,
        })
    }
}

impl Store {
    /// A page of the organizations in the order of their coming, without their boundaries.
    pub async fn organizations(&self, after: i64, limit: u32) -> Result<Page<Organization>, StoreError> {
        let mut rows: Vec<OrganizationRow> = sqlx::query_as(
            "SELECT key, id, name, kind, ags, parent, NULL::bytea AS boundary FROM organization
             WHERE key > $1 ORDER BY key LIMIT $2",
        )
        .bind(after)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| has_more).map(|last| last.key);
        let items = rows.into_iter().map(Organization::try_from).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    pub async fn organization(&self, id: &str) -> Result<Option<Organization>, StoreError> {
        let row: Option<OrganizationRow> = sqlx::query_as(
            "SELECT key, id, name, kind, ags, parent, ST_AsEWKB(boundary) AS boundary FROM organization
             WHERE id = $1",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(Organization::try_from).transpose()
    }

    /// What the organizations are called, by id.
    pub async fn organization_names(&self, ids: &[String]) -> Result<HashMap<String, String>, StoreError> {
        let names: Vec<(String, String)> =
            sqlx::query_as("SELECT id, name FROM organization WHERE id = ANY($1)")
                .bind(ids)
                .fetch_all(&self.pool)
                .await?;
        Ok(names.into_iter().collect())
    }

    /// Those of the ids that are organizations.
    pub async fn known_organizations(&self, ids: &[String]) -> Result<Vec<String>, StoreError> {
        let known = sqlx::query_scalar("SELECT id FROM organization WHERE id = ANY($1)")
            .bind(ids)
            .fetch_all(&self.pool)
            .await?;
        Ok(known)
    }

    /// Adds an organization, or puts it in the place of the one with its id; whether it is new.
    pub async fn keep_organization(&self, organization: &Organization) -> Result<bool, StoreError> {
        let srid = self.storage_crs().await?.map(|crs| crs.horizontal);
        let boundary = match (&organization.boundary, srid) {
            (None, _) => None,
            (Some(_), None) => return Err(StoreError::NoCrs),
            (Some(boundary), Some(srid)) => {
                let mut bytes = Vec::new();
                write_footprint(&mut bytes, boundary, srid);
                Some(bytes)
            }
        };
        let mut change = self.change().await?;
        check_boundary(&mut change, organization, boundary.as_deref()).await?;
        check_parents(&mut change, organization).await?;
        let is_new = sqlx::query_scalar(
            "INSERT INTO organization (id, name, kind, ags, parent, boundary)
             VALUES ($1, $2, $3, $4, $5, ST_GeomFromEWKB($6))
             ON CONFLICT (id) DO UPDATE SET name = $2, kind = $3, ags = $4, parent = $5, boundary = EXCLUDED.boundary,
                changed = now()
             RETURNING xmax = 0",
        )
        .bind(&organization.id)
        .bind(&organization.name)
        .bind(organization.kind.name())
        .bind(&organization.ags)
        .bind(&organization.parent)
        .bind(boundary)
        .fetch_one(&mut *change)
        .await?;
        let action = if is_new { "organization.added" } else { "organization.changed" };
        let details = json!({
            "name": organization.name, "kind": organization.kind.name(), "ags": organization.ags,
            "parent": organization.parent, "boundary": organization.boundary.is_some(),
        });
        let what = What::of(action, path(&organization.id)).within(Some(&organization.id)).with(details);
        change.commit(what).await?;
        Ok(is_new)
    }

    /// Removes an organization that nothing belongs to; false when there is none.
    pub async fn remove_organization(&self, id: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed =
            sqlx::query("DELETE FROM organization WHERE id = $1").bind(id).execute(&mut *change).await;
        let removed = removed.map_err(|error| match error.as_database_error() {
            Some(cause) if cause.is_foreign_key_violation() => StoreError::OrganizationUsed {
                id: id.to_owned(),
                by: cause.table().unwrap_or_default().to_owned(),
            },
            _ => StoreError::Database(error),
        })?;
        let is_removed = removed.rows_affected() > 0;
        if is_removed {
            change.commit(What::of("organization.removed", path(id)).within(Some(id))).await?;
        }
        Ok(is_removed)
    }
}

fn path(id: &str) -> String {
    format!("/organizations/{id}")
}

/// The reason and the place where a boundary is none (ISO 19107, as PostGIS tells it).
async fn check_boundary(
    connection: &mut PgConnection,
    organization: &Organization,
    boundary: Option<&[u8]>,
) -> Result<(), StoreError> {
    let fault: Option<String> = sqlx::query_scalar(
        "SELECT nullif(ST_IsValidReason(ST_GeomFromEWKB($1)), 'Valid Geometry') WHERE $1 IS NOT NULL",
    )
    .bind(boundary)
    .fetch_optional(connection)
    .await?
    .flatten();
    fault.map_or(Ok(()), |fault| Err(StoreError::Boundary { id: organization.id.clone(), fault }))
}

/// The parent is there and does not belong to the organization itself.
async fn check_parents(connection: &mut PgConnection, organization: &Organization) -> Result<(), StoreError> {
    let Some(parent) = &organization.parent else { return Ok(()) };
    let above: Vec<String> = sqlx::query_scalar(
        "WITH RECURSIVE above (id, parent, level) AS (
            SELECT id, parent, 1 FROM organization WHERE id = $1
            UNION ALL
            SELECT o.id, o.parent, above.level + 1 FROM organization AS o JOIN above ON o.id = above.parent
            WHERE above.level <= $2
         )
         SELECT id FROM above",
    )
    .bind(parent)
    .bind(MOST_LEVELS)
    .fetch_all(connection)
    .await?;
    if above.is_empty() {
        return Err(StoreError::NoOrganization(parent.clone()));
    }
    if above.contains(&organization.id) || above.len() > MOST_LEVELS as usize {
        return Err(StoreError::OrganizationCircle { id: organization.id.clone(), parent: parent.clone() });
    }
    Ok(())
}
