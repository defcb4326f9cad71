//! `/collections/{c}/uploads`, `/terrain/{t}/uploads`: large files in pieces, by tus 1.0 (core and creation). A broken line loses nothing: ask with
//! HEAD how far it came and go on from there.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::answer::Answer;
use super::auth::Caller;
use super::call::Call;
use super::error::ApiError;
use super::form::{IDLE, too_large};
use super::negotiate::Media;
use super::orders::{Sources, target, target_of};
use super::params::shortened;
use stadtwin_jobs::{Announced, Entry, Spool, SpoolError};
use stadtwin_model::Target;

const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const VERSION: &str = "1.0.0";

/// How uploads are made here.
pub async fn offer(call: Call) -> Result<Answer, ApiError> {
    target_of(&call).map_err(ApiError::NotFound)?;
    let document = json!({
        "protocol": "tus",
        "version": VERSION,
        "extensions": ["creation"],
        "maximumBytes": call.state.upload_limit_bytes,
        "maximumTotalBytes": call.state.upload_quota.bytes,
        "maximumCount": call.state.upload_quota.count,
        "links": call.own_links(),
    });
    Ok(tus(Answer::json(Media::Json, &document)).with(TUS_VERSION, VERSION))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let (entry, announced) = named(&call)?;
    let received = entry.received_bytes().map_err(ApiError::internal)?;
    let document = json!({ "name": announced.name, "length": announced.size_bytes, "offset": received });
    Ok(tus(Answer::json(Media::Json, &document))
        .with(UPLOAD_OFFSET, &received.to_string())
        .with(UPLOAD_LENGTH, &announced.size_bytes.to_string())
        .uncached())
}

pub async fn create(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    check_version(&call)?;
    let target = target(&call, &caller)?.to_string();
    let Some(size_bytes) = number(&call, &UPLOAD_LENGTH) else {
        return Err(ApiError::BadRequest("`Upload-Length` must say how many bytes will come".to_owned()));
    };
    if size_bytes > call.state.upload_limit_bytes {
        return Err(too_large(&call));
    }
    let metadata = call.headers.get("upload-metadata").and_then(|value| value.to_str().ok());
    let name = file_name(metadata.unwrap_or_default()).unwrap_or_else(|| "upload".to_owned());
    let entry = reserve(&call, size_bytes)?;
    entry.announce(&Announced { target, name, size_bytes }).map_err(ApiError::internal)?;
    let answer = Answer { status: StatusCode::CREATED, ..Answer::new(Media::Json, "") };
    Ok(tus(answer).with(header::LOCATION, &call.base.to(&format!("{}/{}", call.path, entry.id))).uncached())
}

pub async fn append(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    check_version(&call)?;
    target(&call, &caller)?;
    let (entry, announced) = named(&call)?;
    let kind = call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if kind != Some("application/offset+octet-stream") {
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "pieces of a file come as application/offset+octet-stream".to_owned(),
        ));
    }
    let Some(file) = entry.append().map_err(ApiError::internal)? else {
        return Err(conflict("another piece of this file is on its way".to_owned()));
    };
    let received = entry.received_bytes().map_err(ApiError::internal)?;
    if number(&call, &UPLOAD_OFFSET) != Some(received) {
        return Err(conflict(format!("`Upload-Offset` must be {received}: so many bytes have come")));
    }
    let received = write(file, body, received, announced.size_bytes).await?;
    let answer = Answer { status: StatusCode::NO_CONTENT, ..Answer::new(Media::Json, "") };
    Ok(tus(answer).with(UPLOAD_OFFSET, &received.to_string()).uncached())
}

/// Appends the body as it comes and gives the new length; what came before a fault stays.
async fn write(file: std::fs::File, mut body: Body, from: u64, size_bytes: u64) -> Result<u64, ApiError> {
    let mut file = tokio::fs::File::from_std(file);
    let mut received = from;
    loop {
        let frame = match tokio::time::timeout(IDLE, body.frame()).await {
            Ok(frame) => frame,
            Err(_) => return Err(ApiError::Timeout { seconds: IDLE.as_secs() }),
        };
        let Some(frame) = frame else { break };
        let Ok(Ok(bytes)) = frame.map(|frame| frame.into_data()) else { break };
        if received + bytes.len() as u64 > size_bytes {
            let message = format!("the piece goes beyond the {size_bytes} bytes announced");
            return Err(ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        file.write_all(&bytes).await.map_err(ApiError::internal)?;
        received += bytes.len() as u64;
    }
    file.flush().await.map_err(ApiError::internal)?;
    Ok(received)
}

/// The file of an upload that is whole.
pub fn finished(call: &Call, target: &Target, id: &str) -> Result<Sources, ApiError> {
    let (entry, announced) = found(call, target, id)?;
    let received = entry.received_bytes().map_err(ApiError::internal)?;
    if received != announced.size_bytes {
        return Err(conflict(format!(
            "{received} of {} bytes of upload `{}` have come",
            announced.size_bytes, entry.id
        )));
    }
    Ok(Sources { names: vec![(entry.file(0), announced.name)], images: BTreeMap::new(), entry: Some(entry) })
}

/// The server's spool, or 503 with what to do.
pub fn spool(call: &Call) -> Result<&Spool, ApiError> {
    call.state.spool.as_deref().ok_or(ApiError::Unavailable(
        "this server takes no uploads: it has no folder for them (`stadtwin serve --data-dir …`)",
    ))
}

/// A new entry of the spool with this much room; 413 and 429 say how much there is.
pub fn reserve(call: &Call, size_bytes: u64) -> Result<Entry, ApiError> {
    spool(call)?.create(size_bytes, &call.state.upload_quota).map_err(|error| match error {
        SpoolError::TooLarge { .. } => ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        SpoolError::NoRoom { .. } | SpoolError::TooMany { .. } => {
            ApiError::refused(StatusCode::TOO_MANY_REQUESTS, error.to_string())
        }
        SpoolError::Io(cause) => ApiError::internal(cause),
    })
}

/// The last part of a name, for people only.
pub fn display_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    if clean.is_empty() { "upload".to_owned() } else { clean }
}

fn named(call: &Call) -> Result<(Entry, Announced), ApiError> {
    let target = target_of(call).map_err(ApiError::NotFound)?;
    found(call, &target, call.segment("uploadId"))
}

fn found(call: &Call, target: &Target, id: &str) -> Result<(Entry, Announced), ApiError> {
    let none = || ApiError::NotFound(format!("no upload `{}` for `{target}`", shortened(id)));
    let entry = spool(call)?.entry(id).ok_or_else(none)?;
    let announced = entry.announced().map_err(|_| none())?;
    if announced.target == target.to_string() { Ok((entry, announced)) } else { Err(none()) }
}

fn tus(answer: Answer) -> Answer {
    answer.with(TUS_RESUMABLE, VERSION)
}

/// Whoever names a version must name ours; who speaks plain HTTP names none.
fn check_version(call: &Call) -> Result<(), ApiError> {
    match call.headers.get(TUS_RESUMABLE) {
        Some(version) if version != VERSION => Err(ApiError::refused(
            StatusCode::PRECONDITION_FAILED,
            format!("this server speaks tus {VERSION} only"),
        )),
        _ => Ok(()),
    }
}

fn number(call: &Call, name: &HeaderName) -> Option<u64> {
    call.headers.get(name)?.to_str().ok()?.parse().ok()
}

pub fn conflict(detail: String) -> ApiError {
    ApiError::refused(StatusCode::CONFLICT, detail)
}

/// `filename <base64>,…` (tus, creation).
fn file_name(metadata: &str) -> Option<String> {
    let value = metadata.split(',').find_map(|pair| pair.trim().strip_prefix("filename "))?;
    Some(display_name(&String::from_utf8_lossy(&base64(value.trim())?)))
}

/// RFC 4648, 4.
fn base64(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len().min(4096));
    let (mut bits, mut count) = (0_u32, 0_u32);
    for digit in text.trim_end_matches('=').bytes() {
        let value = DIGITS.iter().position(|known| *known == digit)? as u32;
        bits = (bits << 6 | value) & 0xFFFF;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_for_people_and_never_paths() {
        // RFC 4648, 10.
        for (text, plain) in
            [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")]
        {
            assert_eq!(base64(text).unwrap(), plain.as_bytes(), "{text}");
        }
        assert_eq!(base64("Zm9*"), None);
        for (metadata, expected) in [
            ("filename Zm9vYmFy", Some("foobar")),
            ("size MQ==, filename Zm9v,x", Some("foo")),
            // "../../etc/passwd"
            ("filename Li4vLi4vZXRjL3Bhc3N3ZA==", Some("passwd")),
            ("name Zm9v", None),
        ] {
            assert_eq!(file_name(metadata).as_deref(), expected, "{metadata}");
        }
        for (name, expected) in
            [("C:\\data\\a.gml", "a.gml"), ("..", ".."), ("a/", "upload"), ("x\r\ny", "xy")]
        {
            assert_eq!(display_name(name), expected);
        }
    }
}
