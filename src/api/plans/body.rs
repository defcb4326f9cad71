//! JSON bodies of plans: bounded, with only the members that are known.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Map, Value};

use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::shortened;

/// Longest body of operations [bytes].
pub const BODY_BYTES: usize = 16 << 20;
/// Of all others.
const DOCUMENT_BYTES: usize = 1 << 20;
/// Longest title or name [characters].
const LONGEST_TITLE: usize = 200;
/// Longest description [characters].
const LONGEST_TEXT: usize = 20_000;
/// Entries of a list.
const MOST_ENTRIES: usize = 200;

/// The bytes of a JSON body; 415 for others, 413 for longer ones.
pub async fn bytes(call: &Call, body: Body, longest: usize) -> Result<Vec<u8>, ApiError> {
    let kinds = ["application/json", "application/merge-patch+json", "application/geo+json"];
    bytes_of(call, body, longest, &kinds).await
}

/// The same of other media types, the usual one first.
pub async fn bytes_of(call: &Call, body: Body, longest: usize, kinds: &[&str]) -> Result<Vec<u8>, ApiError> {
    let kind =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    if !kinds.contains(&kind.as_str()) {
        let usual = kinds.first().copied().unwrap_or_default();
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("the body comes as {usual}, not `{}`", shortened(&kind)),
        ));
    }
    let timeout = call.state.timeout;
    let bytes = tokio::time::timeout(timeout, axum::body::to_bytes(body, longest))
        .await
        .map_err(|_| ApiError::Timeout { seconds: timeout.as_secs() })?;
    let bytes = bytes.map_err(|_| {
        let detail = format!("the body is longer than {longest} bytes: send less at once");
        ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    Ok(bytes.to_vec())
}

/// An object of these members at most.
pub async fn object(call: &Call, body: Body, known: &[&str]) -> Result<Members, ApiError> {
    object_within(call, body, known, DOCUMENT_BYTES).await
}

/// The same, of so many bytes.
pub async fn object_within(
    call: &Call,
    body: Body,
    known: &[&str],
    longest: usize,
) -> Result<Members, ApiError> {
    let bytes = bytes(call, body, longest).await?;
    let document: Value = serde_json::from_slice(&bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not JSON: {error}")))?;
    match document {
        Value::Object(members) => {
            if let Some(other) = members.keys().find(|name| !known.contains(&name.as_str())) {
                let other = shortened(other);
                return Err(unusable(format!("unknown member `{other}`; known: {}", known.join(", "))));
            }
            Ok(Members(members))
        }
        _ => Err(unusable("the body must be a JSON object".to_owned())),
    }
}

/// Members of a body.
pub struct Members(pub Map<String, Value>);

impl Members {
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text that is not empty; `None`: nothing is said.
    pub fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        self.bounded(name, LONGEST_TEXT)
    }

    pub fn title(&self, name: &str) -> Result<Option<String>, ApiError> {
        let title = self.bounded(name, LONGEST_TITLE)?;
        if title.as_deref().is_some_and(|title| title.trim().is_empty()) {
            return Err(unusable(format!("`{name}` must not be empty")));
        }
        Ok(title)
    }

    fn bounded(&self, name: &str, longest: usize) -> Result<Option<String>, ApiError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.chars().count() <= longest && !text.contains('\0') => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(unusable(format!("`{name}` must be a text of up to {longest} characters"))),
        }
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let wrong = || unusable(format!("`{name}` must be an array of up to {MOST_ENTRIES} texts"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(entries)) if entries.len() <= MOST_ENTRIES => {
                let text = |entry: &Value| match entry.as_str() {
                    Some(text) if text.len() <= LONGEST_TITLE && !text.contains('\0') => Ok(text.to_owned()),
                    _ => Err(wrong()),
                };
                entries.iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A name for URLs.
    pub fn id(&self) -> Result<Option<String>, ApiError> {
        let Some(id) = self.text("id")? else { return Ok(None) };
        if !is_id(&id) {
            return Err(unusable("`id` has 1 to 60 of a to z, A to Z, 0 to 9, `-` and `_`".to_owned()));
        }
        Ok(Some(id))
    }
}

/// Whether it can be the id of a project or scenario.
pub fn is_id(id: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=60).contains(&id.len()) && id.bytes().all(is_sign)
}

pub fn unusable(detail: String) -> ApiError {
    ApiError::refused(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

/// 422 for organizations that there are not.
pub async fn check_organizations(call: &Call, member: &str, ids: &[String]) -> Result<(), ApiError> {
    let known = call.state.store.known_organizations(ids).await?;
    match ids.iter().find(|id| !known.contains(id)) {
        Some(other) => Err(unusable(format!("`{member}`: there is no organization `{}`", shortened(other)))),
        None => Ok(()),
    }
}

/// 409 for a name that is taken, else what the store says.
pub fn taken(cause: stadtwin_store::StoreError, what: &str, id: &str) -> ApiError {
    if cause.is_duplicate() {
        return ApiError::refused(StatusCode::CONFLICT, format!("there is a {what} `{id}` already"));
    }
    cause.into()
}
