//! Findings of published imports.

use sqlx::FromRow;

use super::{Store, StoreError};
use crate::model::{Collection, Issue, Page, Severity};

/// A finding with where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredIssue {
    /// Paging key.
    pub key: i64,
    /// The revision whose import found it.
    pub revision: i64,
    /// The file as named on import.
    pub file: String,
    pub issue: Issue,
}

#[derive(FromRow)]
struct IssueRow {
    id: i64,
    revision: i64,
    file: String,
    object: String,
    line: i64,
    code: String,
    severity: String,
    message: String,
}

impl From<IssueRow> for StoredIssue {
    fn from(row: IssueRow) -> StoredIssue {
        let severity = match row.severity.as_str() {
            "info" => Severity::Info,
            "warning" => Severity::Warning,
            _ => Severity::Error,
        };
        let line = row.line.max(0) as u64;
        let issue = Issue {
            object: row.object,
            line,
            code: row.code,
            severity,
            message: row.message,
            ..Issue::default()
        };
        StoredIssue { key: row.id, revision: row.revision, file: row.file, issue }
    }
}

impl Store {
    /// One page of findings, of one revision or of all that are published.
    pub async fn issues(
        &self,
        collection: &Collection,
        revision: Option<i64>,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Page<StoredIssue>, StoreError> {
        let limit = limit.max(1);
        let mut rows: Vec<IssueRow> = sqlx::query_as(
            "SELECT i.id, i.revision, i.file, i.object, i.line, i.code, i.severity, i.message
             FROM issue AS i JOIN revision AS r ON r.number = i.revision
             WHERE i.collection = $1 AND r.state = 'published' AND ($2::bigint IS NULL OR i.revision = $2) AND i.id > $3
             ORDER BY i.id LIMIT $4 + 1",
        )
        .bind(collection.key)
        .bind(revision)
        .bind(after.unwrap_or(0))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        Ok(Page { items: rows.into_iter().map(StoredIssue::from).collect(), next })
    }
}
