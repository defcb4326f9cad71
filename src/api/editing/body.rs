//! Bodies of writes: bounded, and read into what an edit shall do.

use std::sync::Arc;

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::conditions::Asked;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::projection::compute;
use stadtwin_formats::read_shape;
use stadtwin_jobs::{Content, GivenPlace, Patch, Plain};

/// Longest body [bytes].
const BODY_BYTES: usize = 16 << 20;

pub const PLAIN: [&str; 5] = [
    "application/geo+json",
    "application/json",
    "application/vnd.geo+json",
    "application/fg+json",
    "application/vnd.ogc.fg+json",
];
pub const CITY: [&str; 6] = [
    "application/city+json",
    "application/city+json-seq",
    "application/json-seq",
    "application/gml+xml",
    "application/xml",
    "text/xml",
];
const PATCHES: &str = "application/merge-patch+json";

pub async fn received(call: &Call, body: Body) -> Result<Vec<u8>, ApiError> {
    let timeout = call.state.timeout;
    let bytes = tokio::time::timeout(timeout, axum::body::to_bytes(body, BODY_BYTES))
        .await
        .map_err(|_| ApiError::Timeout { seconds: timeout.as_secs() })?;
    let bytes = bytes.map_err(|_| {
        let detail =
            format!("the body is longer than {BODY_BYTES} bytes: send less at once, or import a file");
        ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    Ok(bytes.to_vec())
}

/// The one feature of a `PUT`.
pub async fn content(asked: &Asked, bytes: Arc<Vec<u8>>) -> Result<Content, ApiError> {
    if CITY.contains(&asked.content_type.as_str()) {
        return city(bytes);
    }
    check_type(asked, &PLAIN)?;
    compute(move || {
        let document = json(&bytes)?;
        if is_city(&document) { city(bytes) } else { plain(&document).map(Content::Plain).map_err(unusable) }
    })
    .await
}

/// The body of a `PATCH`.
pub async fn patch(asked: &Asked, bytes: Arc<Vec<u8>>) -> Result<Patch, ApiError> {
    check_type(asked, &[PATCHES])?;
    compute(move || read_patch(&json(&bytes)?).map_err(unusable)).await
}

/// 415 for bodies of other kinds.
pub fn check_type(asked: &Asked, taken: &[&str]) -> Result<(), ApiError> {
    let kind = asked.content_type.as_str();
    if taken.contains(&kind) {
        return Ok(());
    }
    let taken: Vec<&str> = match asked.method.as_str() {
        "PATCH" => taken.to_vec(),
        _ => taken.iter().chain(&CITY).copied().collect(),
    };
    let said =
        if kind.is_empty() { "there is none".to_owned() } else { format!("not `{}`", shortened(kind)) };
    Err(ApiError::refused(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("`Content-Type` must be one of {}; {said}", taken.join(", ")),
    ))
}

pub fn json(bytes: &[u8]) -> Result<Value, ApiError> {
    serde_json::from_slice(bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not JSON: {error}")))
}

pub fn unusable(detail: String) -> ApiError {
    ApiError::refused(StatusCode::UNPROCESSABLE_ENTITY, detail)
}

/// Whether it is CityJSON, whatever the content type says.
pub fn is_city(document: &Value) -> bool {
    document["type"].as_str().is_some_and(|kind| kind.starts_with("CityJSON"))
}

pub fn city(bytes: Arc<Vec<u8>>) -> Result<Content, ApiError> {
    // What is packed may be a thousand times as long.
    if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(b"PK") {
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the body is packed: send it as it is, or import it as a file".to_owned(),
        ));
    }
    Ok(Content::City(bytes))
}

/// A GeoJSON feature; the error is one sentence.
pub fn plain(document: &Value) -> Result<Plain, String> {
    if document["type"] != "Feature" {
        return Err("the body must be a GeoJSON object of type `Feature`".to_owned());
    }
    check_members(document)?;
    let geometry = document.get("geometry").ok_or("`geometry` is missing: null says that there is none")?;
    let properties = match document.get("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties.clone(),
        Some(_) => return Err("`properties` must be an object".to_owned()),
    };
    check_texts(&properties)?;
    let place = document.get("place").filter(|place| !place.is_null());
    let crs = document.get("coordRefSys").cloned();
    Ok(Plain {
        id: id(document)?,
        shape: read_shape(geometry)?,
        properties,
        place: place.map(|shape| Box::new(GivenPlace { shape: shape.clone(), crs })),
        is_jsonfg: is_jsonfg(document),
    })
}

pub fn read_patch(document: &Value) -> Result<Patch, String> {
    let members = document.as_object().ok_or("a merge patch is an object")?;
    let known = ["type", "id", "geometry", "properties"];
    if let Some(other) = members.keys().find(|name| !known.contains(&name.as_str())) {
        let other = shortened(other);
        return Err(format!("`{other}` cannot be changed: a patch has `properties` and `geometry`"));
    }
    if members.get("type").is_some_and(|kind| kind != "Feature") {
        return Err("`type` cannot be changed: it is `Feature`".to_owned());
    }
    let properties = match members.get("properties") {
        None => Map::new(),
        Some(Value::Object(properties)) => properties.clone(),
        Some(_) => return Err("`properties` must be an object: null removes single ones".to_owned()),
    };
    check_texts(&properties)?;
    Ok(Patch { id: id(document)?, shape: members.get("geometry").map(read_shape).transpose()?, properties })
}

fn id(document: &Value) -> Result<Option<String>, String> {
    match document.get("id") {
        None => Ok(None),
        Some(Value::String(id)) => Ok(Some(id.clone())),
        Some(Value::Number(id)) => Ok(Some(id.to_string())),
        Some(_) => Err("`id` must be a text".to_owned()),
    }
}

/// What says that coordinates are others than they would be taken for.
fn check_members(document: &Value) -> Result<(), String> {
    if document.get("crs").is_some_and(|crs| !crs.is_null()) {
        return Err(
            "`crs` is no member of GeoJSON any more: the header `Content-Crs` says what coordinates are in"
                .into(),
        );
    }
    Ok(())
}

/// Its `geometry` is in CRS84, whatever `Content-Crs` says of `place`.
fn is_jsonfg(document: &Value) -> bool {
    let is_class = |class: &Value| class.as_str().is_some_and(|class| class.contains("json-fg"));
    document.get("place").is_some()
        || document["conformsTo"].as_array().is_some_and(|classes| classes.iter().any(is_class))
}

/// PostgreSQL's texts hold no NUL.
fn check_texts(properties: &Map<String, Value>) -> Result<(), String> {
    fn has_nul(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(has_nul),
            Value::Object(members) => {
                members.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
            }
            _ => false,
        }
    }
    match properties.iter().find(|(_, value)| has_nul(value)) {
        Some((name, _)) => Err(format!("`{}` holds a NUL character", shortened(name))),
        None => Ok(()),
    }
}
