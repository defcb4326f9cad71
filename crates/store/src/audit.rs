//! The log of changes: written in the transaction of each change, never changed itself.

use serde_json::Value;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection};

use super::{Store, StoreError};
use stadtwin_model::Page;

/// Held from an event to the end of its transaction, so that ids grow in the order in which events can be seen: who
/// reads on behind an id misses none.
const AUDIT_LOCK: i64 = 0x7374_6164_6175_6474;

/// Who does something, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `issuer|sub`, `token:<prefix>` or `command`.
    pub subject: String,
    /// For people.
    pub name: String,
    /// Address of the client, or `command line`.
    pub origin: String,
}

impl Actor {
    /// Whoever sits at the server.
    pub fn command() -> Actor {
        Actor { subject: "command".to_owned(), name: "command".to_owned(), origin: "command line".to_owned() }
    }
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEvent {
    pub by: Actor,
    /// Such as `organization.changed`.
    pub action: String,
    /// Path in the API, or a name.
    pub object: String,
    /// Whose admins may read it; `None`: the server's own.
    pub organization: Option<String>,
    /// No secrets.
    pub details: Value,
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    pub id: i64,
    /// RFC 3339, to the microsecond.
    pub at: String,
    pub event: AuditEvent,
}

/// Which events somebody may read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditScope {
    All,
    /// Those of these organizations.
    Organizations(Vec<String>),
}

#[derive(FromRow)]
struct EventRow {
    id: i64,
    at: String,
    subject: String,
    name: String,
    origin: String,
    action: String,
    object: String,
    organization: Option<String>,
    details: Json<Value>,
}

impl From<EventRow> for StoredEvent {
    fn from(row: EventRow) -> StoredEvent {
        let by = Actor { subject: row.subject, name: row.name, origin: row.origin };
        let (action, object, organization) = (row.action, row.object, row.organization);
        let event = AuditEvent { by, action, object, organization, details: row.details.0 };
        StoredEvent { id: row.id, at: row.at, event }
    }
}

/// Notes an event in the transaction of the change that it tells of. Events come one after another until their
/// transactions end: note it last.
pub(super) async fn note_audit(connection: &mut PgConnection, event: &AuditEvent) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(AUDIT_LOCK).execute(&mut *connection).await?;
    sqlx::query(
        "INSERT INTO audit_event (subject, name, origin, action, object, organization, details)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&event.by.subject)
    .bind(&event.by.name)
    .bind(&event.by.origin)
    .bind(&event.action)
    .bind(&event.object)
    .bind(&event.organization)
    .bind(Json(&event.details))
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// Events behind an id, the oldest first; `since`: RFC 3339.
    pub async fn audit_events(
        &self,
        scope: &AuditScope,
        since: Option<&str>,
        after: i64,
        limit: u32,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let organizations = match scope {
            AuditScope::All => None,
            AuditScope::Organizations(ids) => Some(ids.as_slice()),
        };
        let rows: Vec<EventRow> = sqlx::query_as(
            "SELECT id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at,
                subject, name, origin, action, object, organization, details
             FROM audit_event
             WHERE id > $1 AND ($2::text[] IS NULL OR organization = ANY($2))
                AND ($3::text IS NULL OR audit_event.at >= $3::timestamptz)
             ORDER BY id LIMIT $4",
        )
        .bind(after)
        .bind(organizations)
        .bind(since)
        .bind(i64::from(limit) + 1)
        .fetch_all(&self.pool)
        .await?;
        let mut items: Vec<StoredEvent> = rows.into_iter().map(StoredEvent::from).collect();
        let has_more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| has_more).map(|last| last.id);
        Ok(Page { items, next })
    }
}

/// The columns of `csv_of_events`.
const CSV_HEAD: &str = "id,time,subject,name,origin,action,object,organization,details\r\n";

/// Events as CSV (RFC 4180). A field that a spreadsheet would take for a formula begins with an apostrophe.
pub fn csv_of_events(events: &[StoredEvent], has_head: bool) -> String {
    let mut out = if has_head { CSV_HEAD.to_owned() } else { String::new() };
    for stored in events {
        let event = &stored.event;
        let details = if event.details.is_null() { String::new() } else { event.details.to_string() };
        let fields = [
            &stored.at,
            &event.by.subject,
            &event.by.name,
            &event.by.origin,
            &event.action,
            &event.object,
            event.organization.as_ref().unwrap_or(&String::new()),
            &details,
        ]
        .map(|text| field(text));
        out.push_str(&format!("{},{}\r\n", stored.id, fields.join(",")));
    }
    out
}

fn field(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    match text.contains([',', '"', '\r', '\n']) {
        true => format!("\"{guard}{}\"", text.replace('"', "\"\"")),
        false => format!("{guard}{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn fields_are_quoted_and_start_no_formula() {
        for (text, expected) in [
            ("a b", "a b"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("=1+1", "'=1+1"),
            ("@a,b", "\"'@a,b\""),
        ] {
            assert_eq!(field(text), expected);
        }
    }
}
