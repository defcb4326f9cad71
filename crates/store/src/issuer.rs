//! Identity providers as rows.

use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};

/// An issuer of tokens and what its claims mean here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issuer {
    /// `iss` of its tokens.
    pub url: String,
    pub audience: String,
    /// Claim with ids of organizations.
    pub organization_claim: Option<String>,
    /// Claim with roles, or with values that `roles` and `scopes` speak of.
    pub role_claim: Option<String>,
    /// Value, organization, role.
    pub roles: Vec<(String, String, String)>,
    /// Value, scope.
    pub scopes: Vec<(String, String)>,
    /// `None`: nobody logs in there from the viewer.
    pub login: Option<Login>,
}

/// How people log in at an issuer with the viewer, a public client (RFC 6749, 2.1): nothing of it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// `client_id` of the viewer.
    pub client: String,
    /// What the issuer is called on the button.
    pub title: String,
    /// `scope` to ask for, with spaces between.
    pub scope: String,
    /// `resource` to ask for (RFC 8707).
    pub resource: Option<String>,
}

#[derive(FromRow)]
struct IssuerRow {
    url: String,
    audience: String,
    organization_claim: Option<String>,
    role_claim: Option<String>,
    roles: Json<Vec<(String, String, String)>>,
    scopes: Json<Vec<(String, String)>>,
    login: Option<Json<Login>>,
}

impl From<IssuerRow> for Issuer {
    fn from(row: IssuerRow) -> Issuer {
        Issuer {
            url: row.url,
            audience: row.audience,
            organization_claim: row.organization_claim,
            role_claim: row.role_claim,
            roles: row.roles.0,
            scopes: row.scopes.0,
            login: row.login.map(|login| login.0),
        }
    }
}

impl Store {
    /// All of them, by address: an administrator adds each by hand.
    pub async fn issuers(&self) -> Result<Vec<Issuer>, StoreError> {
        let rows: Vec<IssuerRow> = sqlx::query_as(
            "SELECT url, audience, organization_claim, role_claim, roles, scopes, login FROM issuer ORDER BY url",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Issuer::from).collect())
    }

    pub async fn issuer(&self, url: &str) -> Result<Option<Issuer>, StoreError> {
        let row: Option<IssuerRow> = sqlx::query_as(
            "SELECT url, audience, organization_claim, role_claim, roles, scopes, login FROM issuer WHERE url = $1",
        )
        .bind(url)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(Issuer::from))
    }

    /// Adds an issuer, or puts it in the place of the one with its address; whether it is new.
    pub async fn keep_issuer(&self, issuer: &Issuer) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let is_new = sqlx::query_scalar(
            "INSERT INTO issuer (url, audience, organization_claim, role_claim, roles, scopes, login)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (url) DO UPDATE
             SET audience = $2, organization_claim = $3, role_claim = $4, roles = $5, scopes = $6, login = $7
             RETURNING xmax = 0",
        )
        .bind(&issuer.url)
        .bind(&issuer.audience)
        .bind(&issuer.organization_claim)
        .bind(&issuer.role_claim)
        .bind(Json(&issuer.roles))
        .bind(Json(&issuer.scopes))
        .bind(issuer.login.as_ref().map(Json))
        .fetch_one(&mut *change)
        .await?;
        let action = if is_new { "issuer.added" } else { "issuer.changed" };
        let details = json!({
            "audience": issuer.audience, "organizationClaim": issuer.organization_claim, "roleClaim": issuer.role_claim,
            "roles": issuer.roles, "scopes": issuer.scopes, "login": issuer.login,
        });
        change.commit(What::of(action, &issuer.url).with(details)).await?;
        Ok(is_new)
    }

    /// False when there is none.
    pub async fn remove_issuer(&self, url: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let removed =
            sqlx::query("DELETE FROM issuer WHERE url = $1").bind(url).execute(&mut *change).await?;
        let is_removed = removed.rows_affected() > 0;
        if is_removed {
            change.commit(What::of("issuer.removed", url)).await?;
        }
        Ok(is_removed)
    }
}
