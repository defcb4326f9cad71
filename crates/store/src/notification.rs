//! What organizations are told, and the addresses that it is sent on to.

use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};

/// Something that somebody is told.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Notification {
    pub id: i64,
    pub organization: String,
    pub kind: String,
    /// Ids.
    pub project: Option<String>,
    pub scenario: Option<String>,
    pub subject: Json<Value>,
    /// RFC 3339.
    pub made: String,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotification {
    /// Who is told; each once.
    pub organizations: Vec<String>,
    pub kind: &'static str,
    pub project: Option<String>,
    pub scenario: Option<String>,
    pub subject: Value,
}

/// An address that notifications are sent to; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Webhook {
    pub id: i64,
    pub organization: String,
    pub url: String,
    pub secret: String,
    pub kinds: Vec<String>,
    /// `Notification::id`.
    pub last_sent: i64,
    /// Tries in a row that failed.
    pub failures: i32,
    pub last_error: Option<String>,
    pub created: String,
}

macro_rules! webhooks {
    ($rest:literal) => {
        concat!(
            "SELECT id, organization, url, secret, kinds, last_sent, failures, last_error, utc_text(created) AS created
             FROM webhook ",
            $rest
        )
    };
}

impl Store {
    pub async fn notify(&self, new: &NewNotification) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO notification (organization, kind, project, scenario, subject)
             SELECT DISTINCT organization, $2, $3, $4, $5::jsonb FROM unnest($1::text[]) AS told (organization)",
        )
        .bind(&new.organizations)
        .bind(new.kind)
        .bind(&new.project)
        .bind(&new.scenario)
        .bind(Json(&new.subject))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What the organizations were told behind a number, oldest first.
    pub async fn notifications(
        &self,
        organizations: &[String],
        after: i64,
        limit: i64,
    ) -> Result<Vec<Notification>, StoreError> {
        let found = sqlx::query_as(
            "SELECT id, organization, kind, project, scenario, subject, utc_text(made) AS made
             FROM notification WHERE organization = ANY($1) AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(organizations)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// Keeps an address: what is told from now on is sent to it. Its number.
    pub async fn add_webhook(
        &self,
        organization: &str,
        url: &str,
        secret: &str,
        kinds: &[String],
        by: &str,
    ) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO webhook (organization, url, secret, kinds, last_sent, created_by)
             VALUES ($1, $2, $3, $4, coalesce((SELECT max(id) FROM notification), 0), $5) RETURNING id",
        )
        .bind(organization)
        .bind(url)
        .bind(secret)
        .bind(kinds)
        .bind(by)
        .fetch_one(&mut *change)
        .await?;
        let what = What::of("webhook.added", format!("/webhooks/{id}")).within(Some(organization));
        change.commit(what.with(json!({ "id": id, "url": url, "kinds": kinds }))).await?;
        Ok(id)
    }

    /// Those of the organizations.
    pub async fn webhooks(&self, organizations: &[String]) -> Result<Vec<Webhook>, StoreError> {
        let found = sqlx::query_as(webhooks!("WHERE organization = ANY($1) ORDER BY id"))
            .bind(organizations)
            .fetch_all(&self.pool)
            .await?;
        Ok(found)
    }

    pub async fn remove_webhook(&self, organizations: &[String], id: i64) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let of: Option<String> = sqlx::query_scalar(
            "DELETE FROM webhook WHERE id = $1 AND organization = ANY($2) RETURNING organization",
        )
        .bind(id)
        .bind(organizations)
        .fetch_optional(&mut *change)
        .await?;
        let Some(of) = of else { return Ok(false) };
        change.commit(What::of("webhook.removed", format!("/webhooks/{id}")).within(Some(&of))).await?;
        Ok(true)
    }

    /// A webhook that has something to send and may be tried, for this caller alone for some minutes.
    pub async fn due_webhook(&self) -> Result<Option<Webhook>, StoreError> {
        let due = sqlx::query_as(
            "UPDATE webhook AS w SET next_try = now() + interval '5 minutes'
             WHERE id = (
                SELECT id FROM webhook AS due
                WHERE next_try <= now() AND EXISTS (
                    SELECT FROM notification AS n WHERE n.organization = due.organization AND n.id > due.last_sent
                        AND (due.kinds = '{}' OR n.kind = ANY(due.kinds))
                ) ORDER BY next_try LIMIT 1 FOR UPDATE SKIP LOCKED
             )
             RETURNING id, organization, url, secret, kinds, last_sent, failures, last_error, utc_text(created) AS created",
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(due)
    }

    /// The next notification to send to it.
    pub async fn next_for_webhook(&self, webhook: &Webhook) -> Result<Option<Notification>, StoreError> {
        let next = sqlx::query_as(
            "SELECT id, organization, kind, project, scenario, subject, utc_text(made) AS made
             FROM notification WHERE organization = $1 AND id > $2 AND ($3 = '{}' OR kind = ANY($3)) ORDER BY id LIMIT 1",
        )
        .bind(&webhook.organization)
        .bind(webhook.last_sent)
        .bind(&webhook.kinds)
        .fetch_optional(&self.pool)
        .await?;
        Ok(next)
    }

    /// Notes that a notification arrived, or why not; then it is tried again after so many seconds.
    pub async fn note_delivery(
        &self,
        webhook: &Webhook,
        sent: i64,
        failure: Option<(&str, i64)>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE webhook SET last_sent = CASE WHEN $3::text IS NULL THEN $2 ELSE last_sent END,
                failures = CASE WHEN $3::text IS NULL THEN 0 ELSE failures + 1 END, last_error = $3,
                next_try = now() + $4 * interval '1 second'
             WHERE id = $1",
        )
        .bind(webhook.id)
        .bind(sent)
        .bind(failure.map(|(cause, _)| cause))
        .bind(failure.map_or(0, |(_, seconds)| seconds) as f64)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
