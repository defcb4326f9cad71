//! `GET /me`: who the server takes the caller for.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::jobs::personal;
use super::negotiate::Media;
use super::schemas::array_of;
use stadtwin_access::{Role, Scope};

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let caller = call.caller.as_ref().ok_or_else(|| ApiError::internal("a caller that is not known"))?;
    let actor = call.actor(caller);
    let memberships: Vec<_> = caller
        .memberships
        .iter()
        .map(|one| json!({ "organization": one.organization, "role": one.role.name() }))
        .collect();
    let document = json!({
        "subject": actor.subject,
        "name": actor.name,
        "origin": actor.origin,
        "memberships": memberships,
        "scopes": caller.scopes.iter().map(Scope::to_string).collect::<Vec<_>>(),
    });
    Ok(personal(Answer::json(Media::Json, &document)))
}

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "caller": {
            "type": "object",
            "required": ["subject", "name", "origin", "memberships", "scopes"],
            "properties": {
                "subject": { "type": "string", "description": "issuer|sub, or token: and the token's prefix" },
                "name": text,
                "origin": { "type": "string", "description": "the address that the request came from, as the server sees it" },
                "memberships": array_of(json!({
                    "type": "object",
                    "required": ["organization", "role"],
                    "properties": {
                        "organization": text,
                        "role": { "type": "string", "enum": Role::ALL.map(Role::name) },
                    },
                })),
                "scopes": array_of(text.clone()),
            },
        },
    })
}
