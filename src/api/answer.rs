//! What a handler gives back, before the headers that all answers share.

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use bytes::Bytes;

use super::negotiate::Media;

/// An answer with all its bytes: none is larger than a page of features or a tile. Files of jobs and feeds are streams.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub content_type: String,
    pub body: Bytes,
    /// With its quotes. `None`: made from the body.
    pub etag: Option<String>,
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// In place of `body`: what comes over time.
    pub stream: Option<Body>,
}

impl Answer {
    pub fn new(media: Media, body: impl Into<Bytes>) -> Answer {
        let content_type = match media {
            Media::Html => "text/html; charset=utf-8",
            Media::Text => "text/plain; version=0.0.4; charset=utf-8",
            Media::Csv => "text/csv; charset=utf-8",
            media => media.name(),
        };
        Answer {
            status: StatusCode::OK,
            content_type: content_type.to_owned(),
            body: body.into(),
            etag: None,
            headers: Vec::new(),
            stream: None,
        }
    }

    pub fn file(content_type: &str, body: impl Into<Bytes>) -> Answer {
        Answer { content_type: content_type.to_owned(), ..Answer::new(Media::File, body) }
    }

    pub fn json(media: Media, value: &serde_json::Value) -> Answer {
        Answer::new(media, value.to_string())
    }

    pub fn not_modified(etag: String) -> Answer {
        Answer {
            status: StatusCode::NOT_MODIFIED,
            etag: Some(etag),
            ..Answer::new(Media::Json, Bytes::new())
        }
    }

    /// To another place for good.
    pub fn moved(location: &str) -> Answer {
        Answer { status: StatusCode::PERMANENT_REDIRECT, ..Answer::new(Media::Text, Bytes::new()) }
            .with(header::LOCATION, location)
    }

    pub fn with(mut self, name: HeaderName, value: &str) -> Answer {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    pub fn tagged(mut self, etag: String) -> Answer {
        self.etag = Some(etag);
        self
    }

    /// Kept by caches, but asked for again each time.
    pub fn revalidated(self) -> Answer {
        self.with(header::CACHE_CONTROL, "no-cache")
    }

    /// Kept by nobody between the server and the client: who else asks may not see it.
    pub fn for_one_alone(self) -> Answer {
        let is_private = |(name, value): &(HeaderName, HeaderValue)| {
            *name == header::CACHE_CONTROL && value.as_bytes().starts_with(b"private")
        };
        if self.headers.iter().any(is_private) {
            self
        } else {
            self.with(header::CACHE_CONTROL, "private, no-cache")
        }
    }

    /// The address changes with the content.
    pub fn immutable(self) -> Answer {
        self.with(header::CACHE_CONTROL, "public, max-age=31536000, immutable")
    }

    pub fn uncached(self) -> Answer {
        self.with(header::CACHE_CONTROL, "no-store")
    }
}
