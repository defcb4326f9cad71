//! Who sends a request: the token in `Authorization: Bearer …`. Writing needs one, and so do details of jobs.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::error::ApiError;
use super::state::AppState;
pub use stadtwin_access::Caller;
use stadtwin_access::{Membership, is_same_hash, read_token};
use stadtwin_model::Target;

/// The owner of the token, or 401 with what to do.
pub async fn caller(state: &AppState, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthorized(
            "writing needs a token: make one on the server with `stadtwin token create --name … --scope \
             import:<collection>` (or `terrain:<terrain>`) and send it as `Authorization: Bearer …`",
        ));
    };
    let unknown = || {
        unauthorized(
            "the token is unknown, expired or taken back: `stadtwin token list` on the server shows which hold, \
             `stadtwin token create` makes a new one",
        )
    };
    let text = value.to_str().unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (prefix, hash) = token.and_then(|(_, token)| read_token(token.trim())).ok_or_else(unknown)?;
    let known = state.store.token(prefix).await?.ok_or_else(unknown)?;
    if !is_same_hash(known.hash, hash) {
        return Err(unknown());
    }
    state.store.note_token_use(prefix).await?;
    let scopes = known.scopes.iter().filter_map(|scope| scope.parse().ok()).collect();
    let membership =
        |(organization, role): (String, String)| Some(Membership { organization, role: role.parse().ok()? });
    let memberships = known.memberships.into_iter().filter_map(membership).collect();
    Ok(Caller { subject: format!("token:{prefix}"), name: known.name, memberships, scopes })
}

/// The owner of the token where one is shown; it must hold then.
pub async fn reader(state: &AppState, headers: &HeaderMap) -> Result<Option<Caller>, ApiError> {
    if headers.contains_key(AUTHORIZATION) { caller(state, headers).await.map(Some) } else { Ok(None) }
}

/// 403 unless the caller may import into the target; `None`: what belongs to none.
pub fn check_import(caller: &Caller, target: Option<&Target>) -> Result<(), ApiError> {
    if caller.may_import(target) {
        return Ok(());
    }
    let scopes: Vec<_> = caller.scopes.iter().map(|scope| format!("`{scope}`")).collect();
    let allowed = if scopes.is_empty() { "no writing".to_owned() } else { scopes.join(", ") };
    let needed = match target {
        Some(Target::Collection(id)) => format!("`import:{id}` or `write`"),
        Some(Target::Terrain(id)) => format!("`terrain:{id}` or `write`"),
        None => "`write`".to_owned(),
    };
    Err(ApiError::refused(StatusCode::FORBIDDEN, format!("this token allows {allowed}; this needs {needed}")))
}

fn unauthorized(detail: &str) -> ApiError {
    ApiError::refused(StatusCode::UNAUTHORIZED, detail.to_owned())
}
