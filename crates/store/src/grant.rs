//! Whom plans are shared with.

use serde_json::json;
use sqlx::FromRow;

use super::acting::What;
use super::{Store, StoreError};

/// A grant as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct StoredGrant {
    pub id: i64,
    /// Id of the scenario; `None`: all of the project.
    pub scenario: Option<String>,
    pub organization: Option<String>,
    pub person: Option<String>,
    pub level: String,
    pub expires: Option<String>,
    pub created: String,
    pub created_by: String,
}

/// A grant to be given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGrant {
    /// `Project::key`.
    pub project: i64,
    /// `Scenario::key`.
    pub scenario: Option<i64>,
    pub organization: Option<String>,
    pub person: Option<String>,
    pub level: &'static str,
    /// Microseconds since 1970.
    pub expires: Option<i64>,
    pub by: String,
}

impl Store {
    /// Grants that hold now: those of a whole project, and those of one of its scenarios, or of all.
    pub async fn grants(&self, project: i64, scenario: Option<i64>) -> Result<Vec<StoredGrant>, StoreError> {
        let grants = sqlx::query_as(
            "SELECT g.id, s.id AS scenario, g.organization, g.person, g.level, utc_text(g.expires) AS expires,
                utc_text(g.created) AS created, g.created_by
             FROM share_grant AS g LEFT JOIN scenario AS s ON s.key = g.scenario
             WHERE g.project = $1 AND (g.scenario IS NULL OR $2::bigint IS NULL OR g.scenario = $2)
                AND g.revoked IS NULL AND (g.expires IS NULL OR g.expires > now())
             ORDER BY g.id",
        )
        .bind(project)
        .bind(scenario)
        .fetch_all(&self.pool)
        .await?;
        Ok(grants)
    }

    /// Gives a grant; its number.
    pub async fn add_grant(&self, new: &NewGrant) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO share_grant (project, scenario, organization, person, level, expires, created_by)
             VALUES ($1, $2, $3, $4, $5, from_micros($6), $7) RETURNING id",
        )
        .bind(new.project)
        .bind(new.scenario)
        .bind(&new.organization)
        .bind(&new.person)
        .bind(new.level)
        .bind(new.expires)
        .bind(&new.by)
        .fetch_one(&mut *change)
        .await?;
        let details = json!({
            "id": id, "organization": new.organization, "person": new.person, "level": new.level,
        });
        change.commit(What::of("grant.given", format!("share {id}")).with(details)).await?;
        Ok(id)
    }

    /// Takes a grant of the scenario, or of the whole project, back; false: there is none that holds.
    pub async fn revoke_grant(
        &self,
        project: i64,
        scenario: Option<i64>,
        id: i64,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let revoked = sqlx::query(
            "UPDATE share_grant SET revoked = now()
             WHERE id = $3 AND project = $1 AND scenario IS NOT DISTINCT FROM $2 AND revoked IS NULL",
        )
        .bind(project)
        .bind(scenario)
        .bind(id)
        .execute(&mut *change)
        .await?;
        if revoked.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(What::of("grant.revoked", format!("share {id}"))).await?;
        Ok(true)
    }
}
