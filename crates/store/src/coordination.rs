//! Requests of organizations to others about revisions of plans.

use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};

/// A request to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRequest {
    pub sender: String,
    /// Each once.
    pub to: Vec<String>,
    pub kind: String,
    /// `Project::key`, `Scenario::key` and number of the revision.
    pub project: i64,
    pub scenario: i64,
    pub revision: i32,
    /// Microseconds since 1970; `None`: a month from now.
    pub deadline: Option<i64>,
    pub message: String,
    /// Subject, and name for people.
    pub by: (String, String),
}

/// A request as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct CoordinationRequest {
    pub id: i64,
    pub sender: String,
    pub kind: String,
    /// Id of the scenario.
    pub scenario: String,
    pub revision: i32,
    pub deadline: String,
    /// Whether that is over.
    pub is_over: bool,
    pub message: String,
    pub sent: String,
    pub sent_by: String,
    pub closed: Option<String>,
    pub closed_by: Option<String>,
    pub closing: Option<String>,
}

/// Who is asked; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct Addressee {
    pub request: i64,
    pub organization: String,
    pub received: Option<String>,
    pub received_by: Option<String>,
    pub answered: Option<String>,
    pub answered_by: Option<String>,
    pub answer: Option<String>,
    pub body: Option<String>,
    pub anchors: Json<Value>,
}

/// An answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    pub answer: String,
    pub body: Option<String>,
    /// Array.
    pub anchors: Value,
}

macro_rules! requests {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.sender, r.kind, s.id AS scenario, r.revision, utc_text(r.deadline) AS deadline,
                r.deadline <= now() AS is_over, r.message, utc_text(r.sent) AS sent, r.sent_by, utc_text(r.closed) AS closed,
                r.closed_by, r.closing
             FROM coordination_request AS r JOIN scenario AS s ON s.key = r.scenario ",
            $rest
        )
    };
}

impl Store {
    /// Sends a request: who is asked may read what it is about from then on. Its number.
    pub async fn send_request(&self, new: &NewRequest) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO coordination_request (sender, kind, scenario, revision, deadline, message, sent_by)
             VALUES ($1, $2, $3, $4, coalesce(from_micros($5), now() + interval '1 month'), $6, $7) RETURNING id",
        )
        .bind(&new.sender)
        .bind(&new.kind)
        .bind(new.scenario)
        .bind(new.revision)
        .bind(new.deadline)
        .bind(&new.message)
        .bind(&new.by.1)
        .fetch_one(&mut *change)
        .await?;
        sqlx::query(
            "WITH asked AS (
                SELECT organization FROM unnest($2::text[]) AS told (organization)
             ), share AS (
                INSERT INTO share_grant (project, scenario, organization, level, created_by)
                SELECT $3, $4, organization, 'read', $5 FROM asked RETURNING id, organization
             )
             INSERT INTO coordination_addressee (request, organization, share) SELECT $1, organization, id FROM share",
        )
        .bind(id)
        .bind(&new.to)
        .bind(new.project)
        .bind(new.scenario)
        .bind(&new.by.0)
        .execute(&mut *change)
        .await?;
        let details = json!({ "id": id, "kind": new.kind, "to": new.to, "revision": new.revision });
        change.commit(told("coordination.sent", id, &new.sender).with(details)).await?;
        Ok(id)
    }

    pub async fn coordination_request(&self, id: i64) -> Result<Option<CoordinationRequest>, StoreError> {
        let found = sqlx::query_as(requests!("WHERE r.id = $1")).bind(id).fetch_optional(&self.pool).await?;
        Ok(found)
    }

    /// Those that the organizations sent, or were sent; behind a number, oldest first.
    pub async fn coordination_requests(
        &self,
        organizations: &[String],
        is_inbox: bool,
        after: i64,
        limit: i64,
    ) -> Result<Vec<CoordinationRequest>, StoreError> {
        let found = sqlx::query_as(requests!(
            "WHERE r.id > $3 AND CASE WHEN $2 THEN EXISTS (
                SELECT FROM coordination_addressee AS a WHERE a.request = r.id AND a.organization = ANY($1)
             ) ELSE r.sender = ANY($1) END ORDER BY r.id LIMIT $4"
        ))
        .bind(organizations)
        .bind(is_inbox)
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// Who is asked by these requests, in the order of their names.
    pub async fn addressees(&self, requests: &[i64]) -> Result<Vec<Addressee>, StoreError> {
        let found = sqlx::query_as(
            "SELECT request, organization, utc_text(received) AS received, received_by, utc_text(answered) AS answered,
                answered_by, answer, body, anchors
             FROM coordination_addressee WHERE request = ANY($1) ORDER BY request, organization",
        )
        .bind(requests)
        .fetch_all(&self.pool)
        .await?;
        Ok(found)
    }

    /// Notes that an organization has the request; false: it had before, or the request is closed.
    pub async fn receive_request(&self, id: i64, organization: &str, by: &str) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE coordination_addressee SET received = now(), received_by = $3
             WHERE request = $1 AND organization = $2 AND received IS NULL
                AND EXISTS (SELECT FROM coordination_request WHERE id = $1 AND closed IS NULL)",
        )
        .bind(id)
        .bind(organization)
        .bind(by)
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(told("coordination.received", id, organization)).await?;
        Ok(true)
    }

    /// Keeps the answer of an organization, which has the request then; false: there is one already, or the request is closed.
    pub async fn answer_request(
        &self,
        id: i64,
        organization: &str,
        answered: &Answered,
        by: &str,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        // Held, so that it is not closed meanwhile.
        sqlx::query("SELECT FROM coordination_request WHERE id = $1 FOR SHARE")
            .bind(id)
            .execute(&mut *change)
            .await?;
        let changed = sqlx::query(
            "UPDATE coordination_addressee SET received = coalesce(received, now()), received_by = coalesce(received_by, $3),
                answered = now(), answered_by = $3, answer = $4, body = $5, anchors = $6
             WHERE request = $1 AND organization = $2 AND answered IS NULL
                AND EXISTS (SELECT FROM coordination_request WHERE id = $1 AND closed IS NULL)",
        )
        .bind(id)
        .bind(organization)
        .bind(by)
        .bind(&answered.answer)
        .bind(&answered.body)
        .bind(Json(&answered.anchors))
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        let details = json!({ "answer": answered.answer });
        change.commit(told("coordination.answered", id, organization).with(details)).await?;
        Ok(true)
    }

    /// Closes a request whose answers are all there or whose deadline is over; false: it is not so, or it is closed.
    pub async fn close_request(
        &self,
        request: &CoordinationRequest,
        closing: Option<&str>,
        by: &str,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE coordination_request AS r SET closed = now(), closed_by = $2, closing = $3
             WHERE id = $1 AND closed IS NULL AND (deadline <= now() OR NOT EXISTS (
                SELECT FROM coordination_addressee WHERE request = r.id AND answered IS NULL))",
        )
        .bind(request.id)
        .bind(by)
        .bind(closing)
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        change.commit(told("coordination.closed", request.id, &request.sender)).await?;
        Ok(true)
    }

    /// Whether a request is about the scenario, by `Scenario::key`: then it stays.
    pub async fn is_asked_about(&self, scenario: i64) -> Result<bool, StoreError> {
        let found =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM coordination_request WHERE scenario = $1)")
                .bind(scenario)
                .fetch_one(&self.pool)
                .await?;
        Ok(found)
    }
}

fn told(action: &'static str, id: i64, organization: &str) -> What {
    What::of(action, format!("/coordination-requests/{id}")).within(Some(organization))
}
