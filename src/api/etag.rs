//! Strong entity tags, one per representation and encoding, and the answer to `If-None-Match`.
//!
//! A tag stands for the bytes before compression; the compressed ones carry it with a suffix, so that tags stay strong
//! and each encoding has its own.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, ETAG, IF_NONE_MATCH};
use axum::middleware::Next;
use axum::response::Response;

const SUFFIXES: [&str; 2] = ["-gzip", "-br"];

/// A tag over everything the bytes depend on.
pub fn tag(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hex = hasher.finalize().to_hex();
    format!("\"{}\"", hex.get(..32).unwrap_or_default())
}

/// Whether the client already has it: weak comparison (RFC 9110 13.1.2), whatever the encoding.
pub fn matches(headers: &axum::http::HeaderMap, tag: &str) -> bool {
    let plain = plain(tag);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| candidate == "*" || self::plain(candidate) == plain)
}

/// The hex digits alone.
fn plain(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    SUFFIXES.iter().find_map(|suffix| tag.strip_suffix(suffix)).unwrap_or(tag)
}

/// Outside of the compression layer: gives the tag of a compressed body its suffix.
pub async fn tag_encoding(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let encoding = response.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    let suffix = SUFFIXES.into_iter().find(|suffix| Some(suffix.trim_start_matches('-')) == encoding);
    let tag = response.headers().get(ETAG).and_then(|value| value.to_str().ok());
    if let (Some(suffix), Some(tag)) = (suffix, tag)
        && let Some(tag) = tag.strip_suffix('"')
        && let Ok(tag) = HeaderValue::from_str(&format!("{tag}{suffix}\""))
    {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_match_in_every_encoding() {
        let cases = [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"abc-gzip\"", true),
            ("\"x\", \"abc-br\"", true),
            ("*", true),
            ("\"abcd\"", false),
            ("", false),
        ];
        for (header, expected) in cases {
            let headers = [(IF_NONE_MATCH, header.parse().unwrap())].into_iter().collect();
            assert_eq!(matches(&headers, "\"abc\""), expected, "{header}");
        }
    }

    #[test]
    fn tags_tell_parts_apart() {
        assert_ne!(tag(&[b"ab", b"c"]), tag(&[b"a", b"bc"]));
        assert_eq!(tag(&[b"ab"]).len(), 34);
    }
}
