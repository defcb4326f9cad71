//! What routes demand of who calls, and the one place where it is checked.

use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;

use super::auth;
use super::call::Call;
use super::error::ApiError;
use stadtwin_access::{Caller, Scope, is_collection_id};
use stadtwin_model::Target;

/// What a route demands; `docs/access.md` lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Everybody.
    Nothing,
    /// Everybody; with a token that holds, more may be seen. What may not be seen does not exist.
    Visible,
    /// Who is known. What they may do is decided by what it is about (`access::decide`).
    Caller,
    /// A scope for the collection or the terrain in the path; where none is in it, for what the request turns out to be about.
    Import,
    /// An admin of an organization, or who may write everything.
    Admin,
}

impl Needs {
    /// The word in `docs/access.md` and in the API definition.
    pub fn name(self) -> &'static str {
        match self {
            Needs::Nothing => "nothing",
            Needs::Visible => "visible",
            Needs::Caller => "caller",
            Needs::Import => "import",
            Needs::Admin => "admin",
        }
    }

    /// Without a token there is nothing to be had.
    pub fn needs_token(self) -> bool {
        matches!(self, Needs::Caller | Needs::Import | Needs::Admin)
    }
}

/// Who calls, as far as it matters to the route: 401 or 403 where that is not enough.
pub async fn check(call: &Call, needs: Needs) -> Result<Option<Caller>, ApiError> {
    let caller = match needs {
        Needs::Nothing => None,
        Needs::Visible => auth::reader(&call.state, &call.headers).await?,
        Needs::Caller | Needs::Import | Needs::Admin => Some(auth::caller(&call.state, &call.headers).await?),
    };
    let key = match (&caller, call.headers.contains_key(AUTHORIZATION)) {
        (Some(caller), true) => Some(caller.subject.clone()),
        _ => call.client.key(&call.headers),
    };
    call.state.rates.take(key.as_deref())?;
    match (needs, &caller) {
        (Needs::Import, Some(caller)) => check_path(call, caller)?,
        (Needs::Admin, Some(caller)) => check_admin(caller)?,
        _ => {}
    }
    Ok(caller)
}

/// Before anything is said about what there is. What can be no name is none, whoever asks.
fn check_path(call: &Call, caller: &Caller) -> Result<(), ApiError> {
    let part = |name: &str| Some(call.segment(name).to_owned()).filter(|id| is_collection_id(id));
    let target =
        part("collectionId").map(Target::Collection).or_else(|| part("terrainId").map(Target::Terrain));
    target.map_or(Ok(()), |target| auth::check_import(caller, Some(&target)))
}

fn check_admin(caller: &Caller) -> Result<(), ApiError> {
    if caller.is_admin_somewhere() || caller.scopes.contains(&Scope::Write) {
        return Ok(());
    }
    Err(ApiError::refused(
        StatusCode::FORBIDDEN,
        "this needs a token of an admin of an organization, or one of scope `write`".to_owned(),
    ))
}
