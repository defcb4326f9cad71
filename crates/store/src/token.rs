//! Access tokens: found by their prefix, kept as hashes.

use serde_json::json;
use sqlx::FromRow;

use super::acting::What;
use super::{Store, StoreError};

/// A token to keep.
#[derive(Debug, Clone)]
pub struct NewToken {
    pub prefix: String,
    pub hash: [u8; 32],
    pub name: String,
    pub scopes: Vec<String>,
    /// Organizations and the roles there.
    pub memberships: Vec<(String, String)>,
    /// Lifetime [s]; `None`: for ever.
    pub expires_in_s: Option<i64>,
}

/// What is looked up of a token when it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownToken {
    pub hash: [u8; 32],
    pub name: String,
    pub scopes: Vec<String>,
    /// Organizations and the roles there.
    pub memberships: Vec<(String, String)>,
}

/// A token as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct StoredToken {
    pub prefix: String,
    pub name: String,
    pub scopes: Vec<String>,
    /// `role@organization`.
    pub memberships: Vec<String>,
    pub created: String,
    pub expires: Option<String>,
    pub last_used: Option<String>,
    pub revoked: Option<String>,
    /// Neither revoked nor expired.
    pub holds: bool,
}

impl Store {
    pub async fn add_token(&self, token: &NewToken) -> Result<(), StoreError> {
        let mut change = self.change().await?;
        sqlx::query(
            "INSERT INTO access_token (prefix, hash, name, scopes, expires)
             VALUES ($1, $2, $3, $4, now() + $5 * interval '1 second')",
        )
        .bind(&token.prefix)
        .bind(token.hash.as_slice())
        .bind(&token.name)
        .bind(&token.scopes)
        .bind(token.expires_in_s.map(|seconds| seconds as f64))
        .execute(&mut *change)
        .await?;
        for (organization, role) in &token.memberships {
            let added = sqlx::query(
                "INSERT INTO token_membership (prefix, organization, role)
                 SELECT $1, id, $3 FROM organization WHERE id = $2 ON CONFLICT DO NOTHING",
            )
            .bind(&token.prefix)
            .bind(organization)
            .bind(role)
            .execute(&mut *change)
            .await?;
            if added.rows_affected() == 0 {
                return Err(StoreError::NoOrganization(organization.clone()));
            }
        }
        let roles: Vec<_> = token.memberships.iter().map(|(at, role)| format!("{role}@{at}")).collect();
        let details = json!({
            "name": token.name, "scopes": token.scopes, "roles": roles, "expiresInSeconds": token.expires_in_s,
        });
        let organization = token.memberships.first().map(|(organization, _)| organization.as_str());
        let object = format!("token:{}", token.prefix);
        change.commit(What::of("token.created", object).within(organization).with(details)).await?;
        Ok(())
    }

    /// All tokens, oldest first, without their hashes.
    pub async fn tokens(&self) -> Result<Vec<StoredToken>, StoreError> {
        let tokens = sqlx::query_as(
            "SELECT prefix, name, scopes,
                ARRAY(SELECT role || '@' || organization FROM token_membership AS m
                      WHERE m.prefix = access_token.prefix ORDER BY organization, role) AS memberships,
                utc_text(created) AS created, utc_text(expires) AS expires,
                utc_text(last_used) AS last_used, utc_text(revoked) AS revoked,
                revoked IS NULL AND coalesce(expires > now(), true) AS holds
             FROM access_token ORDER BY access_token.created, prefix",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(tokens)
    }

    /// Takes a token back; false when there is none that holds.
    pub async fn revoke_token(&self, prefix: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let revoked =
            sqlx::query("UPDATE access_token SET revoked = now() WHERE prefix = $1 AND revoked IS NULL")
                .bind(prefix)
                .execute(&mut *change)
                .await?;
        let is_revoked = revoked.rows_affected() == 1;
        if is_revoked {
            let organization: Option<String> = sqlx::query_scalar(
                "SELECT organization FROM token_membership WHERE prefix = $1 ORDER BY organization LIMIT 1",
            )
            .bind(prefix)
            .fetch_optional(&mut *change)
            .await?;
            let what = What::of("token.revoked", format!("token:{prefix}")).within(organization.as_deref());
            change.commit(what).await?;
        }
        Ok(is_revoked)
    }

    /// A token that holds.
    pub async fn token(&self, prefix: &str) -> Result<Option<KnownToken>, StoreError> {
        type Row = (Vec<u8>, String, Vec<String>, Vec<String>, Vec<String>);
        let row: Option<Row> = sqlx::query_as(
            "SELECT hash, name, scopes,
                ARRAY(SELECT organization FROM token_membership WHERE prefix = $1 ORDER BY organization, role),
                ARRAY(SELECT role FROM token_membership WHERE prefix = $1 ORDER BY organization, role)
             FROM access_token
             WHERE prefix = $1 AND revoked IS NULL AND coalesce(expires > now(), true)",
        )
        .bind(prefix)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|(hash, name, scopes, organizations, roles)| {
            let memberships = organizations.into_iter().zip(roles).collect();
            Some(KnownToken { hash: hash.try_into().ok()?, name, scopes, memberships })
        }))
    }

    /// Notes that the token was shown; at most once a minute.
    pub async fn note_token_use(&self, prefix: &str) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE access_token SET last_used = now()
             WHERE prefix = $1 AND coalesce(last_used < now() - interval '1 minute', true)",
        )
        .bind(prefix)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
