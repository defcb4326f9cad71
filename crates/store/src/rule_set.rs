//! Rule sets of municipalities as rows; old versions stay.

use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};

/// A version of a rule set.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct StoredRuleSet {
    pub id: String,
    pub version: i32,
    pub organization: String,
    pub body: Json<Value>,
    /// RFC 3339.
    pub made: String,
}

impl Store {
    /// The newest version of each, of one organization or all.
    pub async fn rule_sets(&self, organization: Option<&str>) -> Result<Vec<StoredRuleSet>, StoreError> {
        let found = sqlx::query_as(
            "SELECT DISTINCT ON (id) id, version, organization, body, utc_text(made) AS made FROM rule_set
             WHERE $1::text IS NULL OR organization = $1 ORDER BY id, version DESC",
        )
        .bind(organization)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// A version, else the newest.
    pub async fn rule_set(
        &self,
        id: &str,
        version: Option<i32>,
    ) -> Result<Option<StoredRuleSet>, StoreError> {
        let found = sqlx::query_as(
            "SELECT id, version, organization, body, utc_text(made) AS made FROM rule_set
             WHERE id = $1 AND ($2::integer IS NULL OR version = $2) ORDER BY version DESC LIMIT 1",
        )
        .bind(id)
        .bind(version)
        .fetch_optional(&self.pool)
        .await?;
        Ok(found)
    }

    /// Keeps the version behind `before`; its number. `None`: there is a newer one already.
    pub async fn keep_rule_set(
        &self,
        id: &str,
        before: i32,
        organization: &str,
        body: &Value,
        by: &str,
    ) -> Result<Option<i32>, StoreError> {
        let mut change = self.change().await?;
        let made: Option<i32> = sqlx::query_scalar(
            "INSERT INTO rule_set (id, version, organization, body, made_by) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT DO NOTHING RETURNING version",
        )
        .bind(id)
        .bind(before + 1)
        .bind(organization)
        .bind(Json(body))
        .bind(by)
        .fetch_optional(&mut *change)
        .await?;
        let Some(version) = made else { return Ok(None) };
        let what = What::of("ruleset.kept", format!("/rulesets/{id}")).within(Some(organization));
        change.commit(what.with(json!({ "version": version }))).await?;
        Ok(Some(version))
    }
}
