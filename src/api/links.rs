//! Where the server stands as the client sees it, and the links between its resources.

use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

use super::negotiate::Media;
use super::params::PROFILE_URI;

/// Links of a resource, as JSON.
pub type Links = Vec<Value>;

/// The address of the server, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    /// `https://city.example/twin`.
    pub url: String,
}

impl Base {
    /// The configured address, else what `X-Forwarded-*` and `Host` say.
    pub fn of(public_url: Option<&str>, headers: &HeaderMap) -> Base {
        if let Some(url) = public_url {
            return Base { url: url.trim_end_matches('/').to_owned() };
        }
        // A proxy may append its own value: the first is what the client asked for.
        let first = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?;
            value.split(',').next().map(str::trim).filter(|value| !value.is_empty())
        };
        let scheme =
            first("x-forwarded-proto").filter(|scheme| matches!(*scheme, "http" | "https")).unwrap_or("http");
        let host = first("x-forwarded-host").or_else(|| headers.get(HOST)?.to_str().ok());
        let host = host.filter(|host| is_host(host)).unwrap_or("localhost");
        let prefix = first("x-forwarded-prefix").filter(|prefix| is_path(prefix)).unwrap_or_default();
        Base { url: format!("{scheme}://{host}{}", prefix.trim_end_matches('/')) }
    }

    /// `path` begins with a slash.
    pub fn to(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The path part alone: empty, or `/twin` behind a proxy.
    pub fn prefix(&self) -> &str {
        let after_scheme = self.url.find("://").map_or(0, |at| at + 3);
        let rest = self.url.get(after_scheme..).unwrap_or_default();
        rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
    }
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && !text.starts_with("//")
        && text.len() <= 255
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b))
}

pub fn link(rel: &str, href: &str, media: Media, title: &str) -> Value {
    json!({ "rel": rel, "type": media.name(), "href": href, "title": title })
}

/// To a profile of the OGC that the document keeps to.
pub fn profile(name: &str) -> Value {
    json!({ "rel": "profile", "href": format!("{PROFILE_URI}{name}"), "title": "the profile of GeoJSON" })
}

/// `self` for the representation at hand and `alternate` for each other one. `query` gives the query string for the
/// value of `f`.
pub fn self_and_alternates(
    url: &str,
    produces: &[Media],
    current: Media,
    query: impl Fn(&str) -> String,
) -> Links {
    let mut links =
        vec![link("self", &format!("{url}{}", query(current.format())), current, "this document")];
    for &media in produces.iter().filter(|media| **media != current) {
        let title = match media {
            Media::Html => "this document as HTML",
            Media::CityJson => "this document as CityJSON",
            Media::CityJsonSeq => "this document as CityJSONSeq",
            Media::CityGml3 => "this document as CityGML 3.0",
            Media::CityGml2 => "this document as CityGML 2.0",
            Media::TileJson => "this document as TileJSON",
            Media::Csv => "this document as CSV",
            Media::JsonLines => "this document as JSON Lines",
            Media::ProfileGeoJson => "this document as GeoJSON",
            Media::JsonFg => "this document as JSON-FG",
            Media::FlatGeobuf => "this document as FlatGeobuf",
            Media::GeoParquet => "this document as GeoParquet",
            Media::Glb => "this document as a 3D model",
            _ => "this document as JSON",
        };
        links.push(link("alternate", &format!("{url}{}", query(media.format())), media, title));
    }
    links
}

/// Text as one segment of a path.
pub fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte as char);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(public_url: Option<&str>, headers: &[(&'static str, &str)], url: &str, prefix: &str) {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let base = Base::of(public_url, &headers);
        assert_eq!((base.url.as_str(), base.prefix()), (url, prefix));
    }

    #[test]
    fn the_base_follows_proxies_and_distrusts_odd_hosts() {
        check(None, &[("host", "127.0.0.1:8080")], "http://127.0.0.1:8080", "");
        check(None, &[("host", "[::1]:80")], "http://[::1]:80", "");
        check(
            None,
            &[("host", "a"), ("x-forwarded-host", "b.de, c"), ("x-forwarded-proto", "https")],
            "https://b.de",
            "",
        );
        check(None, &[("host", "a"), ("x-forwarded-prefix", "/twin/")], "http://a/twin", "/twin");
        check(None, &[("host", "a\"><script>")], "http://localhost", "");
        check(None, &[("host", "a"), ("x-forwarded-proto", "javascript")], "http://a", "");
        check(None, &[("host", "a"), ("x-forwarded-prefix", "//evil")], "http://a", "");
        check(Some("https://city.example/twin/"), &[("host", "a")], "https://city.example/twin", "/twin");
    }

    #[test]
    fn segments_are_encoded() {
        assert_eq!(segment("DENW37AL_x-1"), "DENW37AL_x-1");
        assert_eq!(segment("a/b?ü{"), "a%2Fb%3F%C3%BC%7B");
    }
}
