//! What the headers of a write ask for: the state that must hold, the CRS of the body, the key of a request that may come
//! again, and what the answer shall show.

use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderName, Method};

use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::reference;
use stadtwin_jobs::{Condition, States};
use stadtwin_model::Crs;

const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Of an Idempotency-Key [bytes].
const LONGEST_KEY: usize = 200;

#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    /// Without parameters, in lower case; empty where none is said.
    pub content_type: String,
    pub condition: Condition,
    /// `None`: nothing is said.
    pub crs: Option<Crs>,
    pub key: Option<String>,
    /// `Prefer: return=representation`.
    pub shows_feature: bool,
}

pub fn read(call: &Call, method: Method, storage: Option<&Crs>) -> Result<Asked, ApiError> {
    let text = |name: &HeaderName| {
        let value = call.headers.get(name)?;
        Some(
            value
                .to_str()
                .map_err(|_| ApiError::BadRequest(format!("the header `{name}` is not plain text"))),
        )
    };
    let content_type = text(&header::CONTENT_TYPE).transpose()?.unwrap_or_default();
    let prefer = text(&PREFER).transpose()?.unwrap_or_default();
    Ok(Asked {
        method,
        content_type: content_type.split(';').next().unwrap_or_default().trim().to_lowercase(),
        condition: condition(&call.headers),
        crs: text(&CONTENT_CRS).transpose()?.map(|value| crs(value, storage)).transpose()?,
        key: text(&IDEMPOTENCY_KEY).transpose()?.map(key).transpose()?,
        shows_feature: prefer.split([',', ';']).any(|part| part.trim() == "return=representation"),
    })
}

/// The URI in angle brackets, as answers have it; without them too.
fn crs(value: &str, storage: Option<&Crs>) -> Result<Crs, ApiError> {
    let uri = value.trim();
    let uri = uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri);
    reference::of_uri("Content-Crs", uri, storage).map(|reference| reference.crs)
}

fn key(value: &str) -> Result<String, ApiError> {
    let key = value.trim().trim_matches('"');
    let is_good =
        !key.is_empty() && key.len() <= LONGEST_KEY && key.bytes().all(|byte| byte.is_ascii_graphic());
    if is_good {
        return Ok(key.to_owned());
    }
    Err(ApiError::BadRequest(format!(
        "`Idempotency-Key` must have 1 to {LONGEST_KEY} visible characters, not `{}`",
        shortened(value)
    )))
}

/// `If-Match`, by strong comparison, and `If-None-Match`, by weak comparison (RFC 9110, 13.1).
fn condition(headers: &HeaderMap) -> Condition {
    let states = |name: HeaderName, weak: &str| {
        let values: Vec<_> = headers.get_all(name).iter().collect();
        let texts = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let tags = texts.map(|tag| tag.trim().trim_start_matches(weak));
        (!values.is_empty()).then(|| of_tags(tags))
    };
    Condition { matches: states(header::IF_MATCH, ""), none_matches: states(header::IF_NONE_MATCH, "W/") }
}

/// What strong tags stand for; others stand for nothing.
pub fn of_tags<'a>(tags: impl Iterator<Item = &'a str>) -> States {
    let mut revisions = Vec::new();
    for tag in tags.map(str::trim) {
        if tag == "*" {
            return States::Any;
        }
        // A feature's tag begins with the revision that brought its state; what stands behind it tells representations
        // apart.
        let revision = tag.strip_prefix('"').and_then(|tag| tag.split(['.', '"']).next());
        revisions.extend(revision.and_then(|revision| revision.parse::<i64>().ok()));
    }
    States::Of(revisions)
}

impl Asked {
    /// Over all that the answer depends on.
    pub fn hash(&self, call: &Call, bytes: &[u8]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        let said = format!("{:?} {:?} {}", self.condition, self.crs, self.content_type);
        for part in [self.method.as_str().as_bytes(), call.path.as_bytes(), said.as_bytes(), bytes] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_name_revisions() {
        let of = |revisions: &[i64]| States::Of(revisions.to_vec());
        for (header, strong, weak) in [
            ("\"3.abc\"", of(&[3]), of(&[3])),
            ("\"3.abc-gzip\", \"12\"", of(&[3, 12]), of(&[3, 12])),
            ("*", States::Any, States::Any),
            ("W/\"3.abc\"", of(&[]), of(&[3])),
            ("\"abc\"", of(&[]), of(&[])),
            ("", of(&[]), of(&[])),
        ] {
            let names = [header::IF_MATCH, header::IF_NONE_MATCH];
            let headers = names.map(|name| (name, header.parse().unwrap())).into_iter().collect();
            let expected = Condition { matches: Some(strong), none_matches: Some(weak) };
            assert_eq!(condition(&headers), expected, "{header}");
        }
        assert_eq!(condition(&HeaderMap::new()), Condition::default());
    }

    #[test]
    fn keys_are_short_and_visible() {
        assert_eq!(key("\"8e03\"").unwrap(), "8e03");
        for wrong in ["", "\"\"", "a b", &"x".repeat(201), "ä"] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
