//! Who sends a request: the token in `Authorization: Bearer …`. Writing needs one, and so do details of jobs.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

use super::error::ApiError;
use super::state::AppState;
pub use stadtwin_access::Caller;
use stadtwin_access::{Membership, is_same_hash, read_token};
use stadtwin_jobs::TokenError;
use stadtwin_model::Target;

const UNKNOWN: &str = "the token is unknown, expired or taken back: `stadtwin token list` on the server shows which hold, \
                       `stadtwin token create` makes a new one";

/// The owner of the token, or 401 with what to do.
pub async fn caller(state: &AppState, headers: &HeaderMap) -> Result<Caller, ApiError> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Err(unauthorized(
            "this needs a token: make one on the server with `stadtwin token create --name … --scope \
             import:<collection>` (or `terrain:<terrain>`) or get one from an identity provider, and send it as \
             `Authorization: Bearer …`",
        ));
    };
    let text = value.to_str().unwrap_or_default();
    let token = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let token = token.map(|(_, token)| token.trim()).ok_or_else(|| unauthorized(UNKNOWN))?;
    // Three parts: no token of ours has a point.
    if token.contains('.') { issued(state, token).await } else { own(state, token).await }
}

/// Of a token that `stadtwin token create` made.
async fn own(state: &AppState, token: &str) -> Result<Caller, ApiError> {
    let unknown = || unauthorized(UNKNOWN);
    let (prefix, hash) = read_token(token).ok_or_else(unknown)?;
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

/// Of a token that an OpenID Connect issuer made.
async fn issued(state: &AppState, token: &str) -> Result<Caller, ApiError> {
    state.issuers.caller(&state.store, token).await.map_err(|error| match error {
        TokenError::Invalid(reason) => unauthorized(&format!("{reason}: get a new one where you sign in")),
        TokenError::Store(error) => error.into(),
        TokenError::Unavailable(error) => {
            tracing::warn!("A token could not be checked: {error:#}");
            let detail =
                "the identity provider does not answer, so the token cannot be checked: try again soon";
            ApiError::later(StatusCode::SERVICE_UNAVAILABLE, detail.into(), 30)
        }
    })
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
