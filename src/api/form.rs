//! A form with files, streamed to the spool: nothing of it is held in memory but a piece.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use tokio::io::AsyncWriteExt;

use super::call::Call;
use super::error::ApiError;
use super::form_heads::{HeadRoom, bounded_heads};
use super::orders::{Order, Sources};
use super::params::shortened;
use super::uploads::{display_name, reserve};
use stadtwin_formats::is_image_name;
use stadtwin_jobs::Entry;

/// Longest pause between two pieces of a body.
pub const IDLE: Duration = Duration::from_secs(60);
/// Longest text field [bytes].
const FIELD_BYTES: usize = 4 * 1024;
/// Most files in one form, images included.
const FILES: usize = 10_000;
/// Most text fields in one form.
const FIELDS: usize = 100;

/// The order and the files of a form. On any fault, nothing stays in the spool.
pub async fn receive<O: Order>(
    call: &Call,
    content_type: &str,
    body: Body,
) -> Result<(O, Sources), ApiError> {
    let boundary = multer::parse_boundary(content_type)
        .map_err(|_| ApiError::BadRequest("the form has no boundary in its Content-Type".to_owned()))?;
    let limit = call.state.upload_limit_bytes;
    let length = call.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    // The form's own words come on top of the files: files beyond the limit are found out while they come.
    let entry = reserve(call, length.map_or(limit, |length: u64| length.min(limit)))?;
    let (body, room) = bounded_heads(body);
    let mut form = Form {
        parts: multer::Multipart::new(body, boundary),
        room,
        entry: &entry,
        left: limit,
        files: 0,
        read: Read::<O>::default(),
    };
    let result = form.read(call).await;
    match result {
        Ok(()) => {
            let Read { order, names, images, .. } = form.read;
            entry.settle();
            Ok((order, Sources { names, images, entry: Some(entry) }))
        }
        Err(error) => {
            entry.remove();
            Err(error)
        }
    }
}

/// A form on its way.
struct Form<'a, O> {
    parts: multer::Multipart<'static>,
    room: HeadRoom,
    entry: &'a Entry,
    /// Bytes that may still come.
    left: u64,
    files: usize,
    read: Read<O>,
}

#[derive(Default)]
struct Read<O> {
    order: O,
    fields: usize,
    names: Vec<(PathBuf, String)>,
    images: BTreeMap<String, PathBuf>,
}

impl<O: Order> Form<'_, O> {
    async fn read(&mut self, call: &Call) -> Result<(), ApiError> {
        loop {
            self.room.open();
            let part = in_time(self.parts.next_field()).await;
            self.room.close();
            let Some(mut part) = part? else { break };
            match part.file_name().map(display_name) {
                Some(name) => self.file(call, &name, &mut part).await?,
                None => self.field(&mut part).await?,
            }
        }
        if self.read.names.is_empty() {
            return Err(ApiError::BadRequest(format!(
                "the form holds no {}: add a part with a filename",
                O::FILES
            )));
        }
        Ok(())
    }

    async fn file(
        &mut self,
        call: &Call,
        name: &str,
        part: &mut multer::Field<'static>,
    ) -> Result<(), ApiError> {
        if self.files >= FILES {
            return Err(ApiError::BadRequest(format!("a form may hold {FILES} files at most")));
        }
        let path = self.entry.file(self.files);
        self.files += 1;
        let mut file = tokio::fs::File::create(&path).await.map_err(ApiError::internal)?;
        while let Some(chunk) = in_time(part.chunk()).await? {
            self.left = self.left.checked_sub(chunk.len() as u64).ok_or_else(|| too_large(call))?;
            file.write_all(&chunk).await.map_err(ApiError::internal)?;
        }
        file.flush().await.map_err(ApiError::internal)?;
        let is_texture = O::HAS_TEXTURES && is_image_name(name);
        if is_texture { self.keep_image(name, path) } else { self.keep_model(name, path) }
    }

    /// Two files of one name stay two.
    fn keep_model(&mut self, name: &str, path: PathBuf) -> Result<(), ApiError> {
        let twice = self.read.names.iter().any(|(_, known)| known == name);
        let name = if twice { format!("{name} ({})", self.files) } else { name.to_owned() };
        self.read.names.push((path, name));
        Ok(())
    }

    /// Images are found by their names, so each name stands for one.
    fn keep_image(&mut self, name: &str, path: PathBuf) -> Result<(), ApiError> {
        match self.read.images.insert(name.to_lowercase(), path) {
            None => Ok(()),
            Some(_) => Err(ApiError::BadRequest(format!(
                "two images go by the name `{}`: send them with their folders in a zip archive",
                shortened(name)
            ))),
        }
    }

    async fn field(&mut self, part: &mut multer::Field<'static>) -> Result<(), ApiError> {
        self.read.fields += 1;
        if self.read.fields > FIELDS {
            return Err(ApiError::BadRequest(format!("a form may hold {FIELDS} text fields at most")));
        }
        let name = part.name().unwrap_or_default().to_owned();
        let text = text(part).await?;
        self.read.order.set(&name, &text)
    }
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
        Ok(Err(multer::Error::StreamReadFailed(cause))) => {
            Err(ApiError::BadRequest(format!("the form cannot be read: {cause}")))
        }
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
