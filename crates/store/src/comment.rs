//! What people say of scenarios.

use serde_json::{Value, json};
use sqlx::FromRow;
use sqlx::types::Json;

use super::acting::What;
use super::{Store, StoreError};

/// A comment or statement as kept; times are RFC 3339.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct StoredComment {
    pub id: i64,
    /// `internal` or `statement`.
    pub kind: String,
    pub revision: Option<i32>,
    /// Subject.
    pub author: Option<String>,
    pub author_name: Option<String>,
    pub body: String,
    pub anchor: Option<Json<Value>>,
    /// `pending`, `accepted` or `rejected`.
    pub state: String,
    pub late: bool,
    pub answer: Option<String>,
    pub made: String,
}

/// One to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewComment {
    /// `Scenario::key`.
    pub scenario: i64,
    pub kind: &'static str,
    pub revision: Option<i32>,
    pub author: Option<String>,
    pub author_name: Option<String>,
    pub body: String,
    pub anchor: Option<Value>,
    pub state: &'static str,
    pub late: bool,
}

/// Which ones are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommentQuery {
    pub kind: &'static str,
    /// Only those that others see.
    pub only_accepted: bool,
    pub after: i64,
    pub limit: i64,
}

macro_rules! comments {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, revision, author, author_name, body, anchor, state, late, answer, utc_text(made) AS made
             FROM comment ",
            $rest
        )
    };
}

impl Store {
    pub async fn add_comment(&self, new: &NewComment) -> Result<i64, StoreError> {
        let mut change = self.change().await?;
        let id: i64 = sqlx::query_scalar(
            "INSERT INTO comment (scenario, kind, revision, author, author_name, body, anchor, state, late)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        )
        .bind(new.scenario)
        .bind(new.kind)
        .bind(new.revision)
        .bind(&new.author)
        .bind(&new.author_name)
        .bind(&new.body)
        .bind(new.anchor.as_ref().map(Json))
        .bind(new.state)
        .bind(new.late)
        .fetch_one(&mut *change)
        .await?;
        let action = if new.kind == "internal" { "comment.made" } else { "statement.made" };
        change.commit(What::of(action, format!("comment {id}")).with(json!({ "id": id }))).await?;
        Ok(id)
    }

    /// Oldest first, one more than the limit where there are more.
    pub async fn comments(
        &self,
        scenario: i64,
        asked: &CommentQuery,
    ) -> Result<Vec<StoredComment>, StoreError> {
        let comments = sqlx::query_as(comments!(
            "WHERE scenario = $1 AND kind = $2 AND id > $3 AND (NOT $4 OR state = 'accepted') ORDER BY id LIMIT $5"
        ))
        .bind(scenario)
        .bind(asked.kind)
        .bind(asked.after)
        .bind(asked.only_accepted)
        .bind(asked.limit + 1)
        .fetch_all(&self.pool)
        .await?;
        Ok(comments)
    }

    pub async fn comment(&self, scenario: i64, id: i64) -> Result<Option<StoredComment>, StoreError> {
        let comment = sqlx::query_as(comments!("WHERE scenario = $1 AND id = $2"))
            .bind(scenario)
            .bind(id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(comment)
    }

    /// Sets the state of a statement and what is answered to it.
    pub async fn moderate(
        &self,
        scenario: i64,
        id: i64,
        state: &str,
        answer: Option<&str>,
        by: &str,
    ) -> Result<bool, StoreError> {
        let mut change = self.change().await?;
        let changed = sqlx::query(
            "UPDATE comment SET state = $3, answer = $4, moderated = now(), moderated_by = $5
             WHERE scenario = $1 AND id = $2",
        )
        .bind(scenario)
        .bind(id)
        .bind(state)
        .bind(answer)
        .bind(by)
        .execute(&mut *change)
        .await?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        let details = json!({ "state": state, "answer": answer });
        change.commit(What::of("statement.moderated", format!("statement {id}")).with(details)).await?;
        Ok(true)
    }
}
