//! Findings of published imports.

use sqlx::FromRow;

use super::{Store, StoreError};
use stadtwin_model::{Collection, Issue, Page, Severity};

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

/// Of which state of the collection findings are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Held {
    /// What holds for the head.
    #[default]
    Now,
    /// What held at a revision.
    At(i64),
    /// Whatever was ever found.
    Ever,
}

impl Held {
    /// A revision's number or `all`; `None` where the text is neither.
    pub fn from_text(text: &str) -> Option<Held> {
        if text == "all" { Some(Held::Ever) } else { text.parse().ok().filter(|n| *n > 0).map(Held::At) }
    }

    fn revision(self) -> Option<i64> {
        match self {
            Held::At(revision) => Some(revision),
            Held::Now | Held::Ever => None,
        }
    }
}

/// Which findings to take; `None` takes all.
#[derive(Debug, Clone, Copy, Default)]
pub struct IssueFilter<'a> {
    pub held: Held,
    pub code: Option<&'a str>,
    /// `info`, `warning` or `error`.
    pub severity: Option<&'a str>,
    /// gml:id.
    pub object: Option<&'a str>,
    /// `[west, south, east, north]` in the storage CRS; findings without a place are not in it.
    pub bounds: Option<[f64; 4]>,
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
    face: Option<i32>,
    value: Option<String>,
    position: Option<Vec<f64>>,
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
            face: row.face.and_then(|face| u32::try_from(face).ok()),
            value: row.value,
            position: row.position.and_then(|position| position.try_into().ok()),
        };
        StoredIssue { key: row.id, revision: row.revision, file: row.file, issue }
    }
}

impl Store {
    /// One page of findings of published imports. A collection that never was published has those of the last import, which
    /// gave its revision up since it could use nothing.
    pub async fn issues(
        &self,
        collection: &Collection,
        after: Option<i64>,
        limit: i64,
        filter: IssueFilter<'_>,
    ) -> Result<Page<StoredIssue>, StoreError> {
        let limit = limit.max(1);
        let mut rows: Vec<IssueRow> = sqlx::query_as(
            "SELECT i.id, i.revision, i.file, i.object, i.line, i.code, i.severity, i.message, i.face, i.value, i.position
             FROM issue AS i JOIN revision AS r ON r.number = i.revision
             JOIN collection AS c ON c.key = i.collection
             WHERE i.collection = $1 AND r.state = CASE WHEN c.head > 0 THEN 'published' ELSE 'abandoned' END AND i.id > $3
                AND ($9 OR i.until IS NULL AND $2::bigint IS NULL
                    OR i.revision <= $2 AND (i.until IS NULL OR i.until > $2))
                AND ($5::text IS NULL OR i.code = $5) AND ($6::text IS NULL OR i.severity = $6)
                AND ($7::text IS NULL OR i.object = $7)
                AND ($8::double precision[] IS NULL OR i.position[1] BETWEEN $8[1] AND $8[3]
                    AND i.position[2] BETWEEN $8[2] AND $8[4])
             ORDER BY i.id LIMIT $4 + 1",
        )
        .bind(collection.key)
        .bind(filter.held.revision())
        .bind(after.unwrap_or(0))
        .bind(limit)
        .bind(filter.code)
        .bind(filter.severity)
        .bind(filter.object)
        .bind(filter.bounds.map(|bounds| bounds.to_vec()))
        .bind(filter.held == Held::Ever)
        .fetch_all(&self.pool)
        .await?;
        let has_more = rows.len() as i64 > limit;
        rows.truncate(limit as usize);
        let next = rows.last().filter(|_| has_more).map(|row| row.id);
        Ok(Page { items: rows.into_iter().map(StoredIssue::from).collect(), next })
    }
}

/// How often a code, or an object, comes among the findings of a collection.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct IssueCount {
    /// The code, or the gml:id.
    pub name: String,
    /// The worst there is: `info`, `warning` or `error`.
    pub severity: String,
    pub count: i64,
}

impl Store {
    /// Findings that hold for the head by code, the most frequent first.
    pub async fn issue_codes(&self, collection: &Collection) -> Result<Vec<IssueCount>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT i.code AS name, i.severity, count(*) AS count
             FROM issue AS i JOIN revision AS r ON r.number = i.revision
             JOIN collection AS c ON c.key = i.collection
             WHERE i.collection = $1 AND r.state = CASE WHEN c.head > 0 THEN 'published' ELSE 'abandoned' END AND i.until IS NULL
             GROUP BY i.code, i.severity ORDER BY count(*) DESC, i.code LIMIT 1000",
        );
        Ok(rows.bind(collection.key).fetch_all(&self.pool).await?)
    }

    /// The objects with the most errors, then warnings, that hold for the head.
    pub async fn worst_objects(
        &self,
        collection: &Collection,
        limit: i64,
    ) -> Result<Vec<IssueCount>, StoreError> {
        let rows = sqlx::query_as(
            "SELECT i.object AS name, CASE WHEN bool_or(i.severity = 'error') THEN 'error' ELSE 'warning' END AS severity,
                count(*) AS count
             FROM issue AS i JOIN revision AS r ON r.number = i.revision
             JOIN collection AS c ON c.key = i.collection
             WHERE i.collection = $1 AND r.state = CASE WHEN c.head > 0 THEN 'published' ELSE 'abandoned' END AND i.until IS NULL
                AND i.severity <> 'info' AND i.object <> ''
             GROUP BY i.object
             ORDER BY count(*) FILTER (WHERE i.severity = 'error') DESC, count(*) DESC, i.object LIMIT $2",
        );
        Ok(rows.bind(collection.key).bind(limit).fetch_all(&self.pool).await?)
    }
}
