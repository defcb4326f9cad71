//! `GET /audit`: who changed what, for admins.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::jobs::personal;
use super::links::link;
use super::negotiate::Media;
use super::params::{DEFAULT_LIMIT, MAX_LIMIT};
use super::schemas::{array_of, reference};
use super::time;
use stadtwin_access::{Caller, Role, Scope};
use stadtwin_store::{AuditScope, StoredEvent, csv_of_events};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.integer("after").unwrap_or(0);
    let since = call.query.get("since").map(time::begin).transpose()?;
    let scope = call.caller.as_ref().map_or(AuditScope::Organizations(Vec::new()), scope);
    let page = call.state.store.audit_events(&scope, since.as_deref(), after, limit as u32).await?;
    let next = page.next.map(|next| {
        let query = call.query.with(&[("after", Some(&next.to_string())), ("f", Some(call.media.format()))]);
        call.base.to(&format!("{}{query}", call.path))
    });
    if call.media == Media::Csv {
        let mut answer = Answer::new(Media::Csv, csv_of_events(&page.items, after == 0));
        if let Some(next) = next {
            answer =
                answer.with(axum::http::header::LINK, &format!("<{next}>; rel=\"next\"; type=\"text/csv\""));
        }
        return Ok(personal(answer));
    }
    let mut links = call.own_links();
    links.extend(next.map(|next| link("next", &next, Media::Json, "the next page")));
    let events: Vec<_> = page.items.iter().map(event).collect();
    Ok(personal(Answer::json(Media::Json, &json!({ "links": links, "events": events }))))
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
