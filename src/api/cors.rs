//! Every page of the web may read what this server shows, and write with a token that it was given: there are no cookies,
//! so a page can do nothing in the name of somebody who happens to look at it.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header;
use axum::middleware::Next;
use axum::response::Response;

/// `*` stands for no `Authorization`, and for some browsers for nothing.
const HEADERS: &str = "*, authorization, content-crs, content-type, idempotency-key, if-match, if-none-match, prefer, \
     tus-resumable, upload-length, upload-metadata, upload-offset";
const EXPOSED: &str = "content-crs, content-location, etag, link, location, ogc-numbermatched, ogc-numberreturned, \
     preference-applied, retry-after, tus-resumable, upload-length, upload-offset";

/// Outermost: also errors and preflights carry the headers. OPTIONS itself is answered by the routes, with `Allow`.
pub async fn open_to_all(request: Request, next: Next) -> Response {
    let preflight = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    if preflight {
        // What `OPTIONS` says of the resource.
        let allowed = headers.get(header::ALLOW).cloned();
        let allowed = allowed.unwrap_or(HeaderValue::from_static(super::call::ALLOWED));
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, allowed);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(HEADERS));
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}
