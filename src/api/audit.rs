//! `GET /audit`: who changed what, for admins.

use std::io;
use std::time::Duration;

use axum::body::Body;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::jobs::personal;
use super::links::link;
use super::negotiate::Media;
use super::params::{DEFAULT_LIMIT, MAX_LIMIT};
use super::schemas::{array_of, reference};
use super::time;
use super::told::Told;
use stadtwin_access::{Caller, Role, Scope};
use stadtwin_store::{AuditScope, Store, StoredEvent, csv_of_events};

/// Events read from the store at once where all are asked for.
const PAGE: u32 = 1_000;
/// Pages that wait for a slow client.
const WAITING: usize = 2;
/// A client that takes nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.integer("after").unwrap_or(0);
    let since = call.query.get("since").map(time::begin).transpose()?;
    let scope = call.caller.as_ref().map_or(AuditScope::Organizations(Vec::new()), scope);
    if call.media == Media::JsonLines && call.query.get("limit").is_none() {
        return Ok(personal(all_lines(call.state.store.clone(), scope, since, after)));
    }
    let page = call.state.store.audit_events(&scope, since.as_deref(), after, limit as u32).await?;
    let next = page.next.map(|next| {
        let query = call.query.with(&[("after", Some(&next.to_string())), ("f", Some(call.media.format()))]);
        call.base.to(&format!("{}{query}", call.path))
    });
    if call.media != Media::Json {
        let text = match call.media {
            Media::Csv => csv_of_events(&page.items, after == 0),
            _ => lines_of_events(&page.items),
        };
        let mut answer = Answer::new(call.media, text);
        if let Some(next) = next {
            let link = format!("<{next}>; rel=\"next\"; type=\"{}\"", call.media.name());
            answer = answer.with(axum::http::header::LINK, &link);
        }
        return Ok(personal(answer));
    }
    let mut links = call.own_links();
    links.extend(next.map(|next| link("next", &next, Media::Json, "the next page")));
    let events: Vec<_> = page.items.iter().map(event).collect();
    Ok(personal(Answer::json(Media::Json, &json!({ "links": links, "events": events }))))
}

/// All events behind an id, one a line, page by page: memory holds a few pages, however many there are.
fn all_lines(store: Store, scope: AuditScope, since: Option<String>, after: i64) -> Answer {
    let (sender, receiver) = mpsc::channel(WAITING);
    tokio::spawn(async move {
        let mut next = Some(after);
        while let Some(after) = next {
            let page = match store.audit_events(&scope, since.as_deref(), after, PAGE).await {
                Ok(page) => page,
                Err(cause) => {
                    tracing::error!(%cause, "An export of the log broke off");
                    let _ = sender.send(Err(io::Error::other("the export broke off"))).await;
                    return;
                }
            };
            next = page.next;
            let sent =
                tokio::time::timeout(PATIENCE, sender.send(Ok(lines_of_events(&page.items).into()))).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
    });
    Answer { stream: Some(Body::new(Told(receiver))), ..Answer::new(Media::JsonLines, "") }
}

/// One JSON object a line.
pub fn lines_of_events(events: &[StoredEvent]) -> String {
    events.iter().map(|stored| format!("{}\n", event(stored))).collect()
}

/// An admin reads what concerns their organizations; who may write everything reads everything.
fn scope(caller: &Caller) -> AuditScope {
    if caller.scopes.contains(&Scope::Write) {
        return AuditScope::All;
    }
    let own = caller.memberships.iter().filter(|membership| membership.role == Role::Admin);
    AuditScope::Organizations(own.map(|membership| membership.organization.clone()).collect())
}

fn event(stored: &StoredEvent) -> Value {
    let event = &stored.event;
    json!({
        "id": stored.id,
        "time": stored.at,
        "subject": event.by.subject,
        "name": event.by.name,
        "origin": event.by.origin,
        "action": event.action,
        "object": event.object,
        "organization": event.organization,
        "details": event.details,
    })
}

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "auditEvents": {
            "type": "object",
            "required": ["links", "events"],
            "properties": {
                "links": array_of(reference("link")),
                "events": array_of(json!({
                    "type": "object",
                    "required": ["id", "time", "subject", "name", "origin", "action", "object"],
                    "properties": {
                        "id": { "type": "integer" },
                        "time": { "type": "string", "format": "date-time" },
                        "subject": text, "name": text, "origin": text, "action": text, "object": text,
                        "organization": { "type": "string", "nullable": true },
                        "details": { "nullable": true },
                    },
                })),
            },
        },
    })
}
