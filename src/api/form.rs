//! A form with files, streamed to the spool: nothing of it is held in memory but a piece.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use tokio::io::AsyncWriteExt;

use super::call::Call;
use super::error::ApiError;
use super::imports::{ImportOrder, Sources};
use super::params::shortened;
use super::uploads::{display_name, spool};
use crate::jobs::Entry;

/// Longest pause between two pieces of a body.
pub const IDLE: Duration = Duration::from_secs(60);
/// Longest text field [bytes].
const FIELD_BYTES: usize = 4 * 1024;
/// Most files in one form.
const FILES: usize = 1_000;

/// The order and the files of a form. On any fault, nothing stays in the spool.
pub async fn receive(
    call: &Call,
    content_type: &str,
    body: Body,
) -> Result<(ImportOrder, Sources), ApiError> {
    let boundary = multer::parse_boundary(content_type)
        .map_err(|_| ApiError::BadRequest("the form has no boundary in its Content-Type".to_owned()))?;
    let form = multer::Multipart::new(body.into_data_stream(), boundary);
    let entry = spool(call)?.create().map_err(ApiError::internal)?;
    let result = read(call, form, &entry).await;
    match result {
        Ok((order, names)) => Ok((order, Sources { names, entry: Some(entry) })),
        Err(error) => {
            entry.remove();
            Err(error)
        }
    }
}

type Read = (ImportOrder, Vec<(std::path::PathBuf, String)>);

async fn read(call: &Call, mut form: multer::Multipart<'_>, entry: &Entry) -> Result<Read, ApiError> {
    let mut order = ImportOrder::default();
    let mut names = Vec::new();
    let mut left = call.state.upload_limit_bytes;
    while let Some(mut field) = in_time(form.next_field()).await? {
        let Some(name) = field.file_name().map(display_name) else {
            let name = field.name().unwrap_or_default().to_owned();
            let text = text(&mut field).await?;
            set(&mut order, &name, &text)?;
            continue;
        };
        if names.len() >= FILES {
            return Err(ApiError::BadRequest(format!("a form may hold {FILES} files at most")));
        }
        let path = entry.file(names.len());
        let mut file = tokio::fs::File::create(&path).await.map_err(ApiError::internal)?;
        while let Some(chunk) = in_time(field.chunk()).await? {
            left = left.checked_sub(chunk.len() as u64).ok_or_else(|| too_large(call))?;
            file.write_all(&chunk).await.map_err(ApiError::internal)?;
        }
        file.flush().await.map_err(ApiError::internal)?;
        // Two files of one name stay two.
        let twice = names.iter().any(|(_, known)| *known == name);
        names.push((path, if twice { format!("{name} ({})", names.len() + 1) } else { name }));
    }
    if names.is_empty() {
        return Err(ApiError::BadRequest("the form holds no file: add a part with a filename".to_owned()));
    }
    Ok((order, names))
}

/// 413 with the bound.
pub fn too_large(call: &Call) -> ApiError {
    ApiError::refused(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!(
            "more than {} bytes: this server takes no larger uploads (`stadtwin serve --upload-limit`)",
            call.state.upload_limit_bytes
        ),
    )
}

async fn in_time<T>(step: impl Future<Output = multer::Result<T>>) -> Result<T, ApiError> {
    match tokio::time::timeout(IDLE, step).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(ApiError::BadRequest(format!("the form cannot be read: {error}"))),
        Err(_) => Err(ApiError::Timeout { seconds: IDLE.as_secs() }),
    }
}

async fn text(field: &mut multer::Field<'_>) -> Result<String, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(field.chunk()).await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > FIELD_BYTES {
            return Err(ApiError::BadRequest(format!(
                "a field of the form is longer than {FIELD_BYTES} bytes"
            )));
        }
    }
    String::from_utf8(bytes).map_err(|_| ApiError::BadRequest("a field of the form is not UTF-8".to_owned()))
}

fn set(order: &mut ImportOrder, name: &str, text: &str) -> Result<(), ApiError> {
    let wrong = |expected: &str| {
        ApiError::BadRequest(format!("`{name}` must be {expected}, not `{}`", shortened(text)))
    };
    match name {
        "mode" => order.mode = word(text).ok_or_else(|| wrong("one of update, append, replace"))?,
        "checks" => order.checks = word(text).ok_or_else(|| wrong("all or none"))?,
        "onError" => order.on_error = word(text).ok_or_else(|| wrong("one of keep, quarantine, fail"))?,
        "dryRun" => order.dry_run = text.parse().map_err(|_| wrong("true or false"))?,
        "priority" => order.priority = text.parse().map_err(|_| wrong("a whole number"))?,
        "title" => order.title = Some(text.to_owned()),
        "crs" => order.crs = Some(text.to_owned()),
        _ => {
            let name = shortened(name);
            return Err(ApiError::BadRequest(format!(
                "unknown field `{name}`; known: mode, checks, onError, dryRun, priority, title, crs, and files"
            )));
        }
    }
    Ok(())
}

/// The variant of this name.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::from(text)).ok()
}
