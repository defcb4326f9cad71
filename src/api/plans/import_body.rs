//! Files that shall come into a scenario: bounded, and told apart by what they hold.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::unusable;
use crate::api::call::Call;
use crate::api::editing::{city_content, plain_content};
use crate::api::error::ApiError;
use crate::api::params::shortened;
use stadtwin_formats::glb::{GlbError, is_glb, read_glb};
use stadtwin_formats::xplan::{is_xplan, read_xplan};
use stadtwin_formats::{Shape, ShapeKind};
use stadtwin_jobs::{Content, ImportContent, MOST_IMPORTED, PlacedModel};

/// Longest file [bytes].
pub const FILE_BYTES: usize = 32 << 20;
/// Faults that are told.
const MOST_TOLD: usize = 100;

/// What files may be said to be; which it is their content tells.
pub const TAKEN: &[(&str, &str)] = &[
    ("application/gml+xml", "markup"),
    ("application/city+json", "cityJson"),
    ("application/city+json-seq", "lines"),
    ("application/geo+json", "outlines"),
    ("model/gltf-binary", "bytes"),
    ("application/octet-stream", "bytes"),
];
/// The same by other names.
const ALSO_TAKEN: [&str; 6] = [
    "application/json",
    "application/xml",
    "text/xml",
    "application/json-seq",
    "application/vnd.geo+json",
    "application/fg+json",
];

/// 415 for bodies of other kinds, 413 for longer ones.
pub async fn received(call: &Call, body: Body) -> Result<Vec<u8>, ApiError> {
    let kind =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
    let mut taken = TAKEN.iter().map(|(kind, _)| *kind).chain(ALSO_TAKEN);
    if !taken.any(|known| known == kind) {
        let taken: Vec<&str> = TAKEN.iter().map(|(kind, _)| *kind).collect();
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("send the file as one of {}, not `{}`", taken.join(", "), shortened(&kind)),
        ));
    }
    let timeout = call.state.timeout;
    let bytes = tokio::time::timeout(timeout, axum::body::to_bytes(body, FILE_BYTES))
        .await
        .map_err(|_| ApiError::Timeout { seconds: timeout.as_secs() })?;
    let bytes = bytes.map_err(|_| {
        let detail = format!("the file is longer than {FILE_BYTES} bytes: send it in parts");
        ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail)
    })?;
    Ok(bytes.to_vec())
}

/// The beginning of a JSON document.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type", default)]
    kind: String,
}

/// Features as they stand in the document.
#[derive(Deserialize)]
struct Features<'a> {
    #[serde(borrow, default)]
    features: Vec<&'a RawValue>,
    #[serde(default)]
    crs: Value,
}

/// Where a model stands that says nothing of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Placing {
    /// Two or three numbers.
    pub origin: Vec<f64>,
    pub rotation_deg: f64,
    pub scale: f64,
    pub id: Option<String>,
}

/// What a file holds, and what it is called.
pub fn read(
    bytes: Arc<Vec<u8>>,
    placing: Option<Placing>,
) -> Result<(ImportContent, &'static str), ApiError> {
    if is_glb(&bytes) {
        return model(&bytes, placing).map(|content| (content, "glb"));
    }
    if placing.is_some() {
        return Err(unusable("`origin` goes with glTF alone: other files say where they are".to_owned()));
    }
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii_start();
    match start.first() {
        None => Err(unusable("the file is empty".to_owned())),
        Some(b'{') => {
            let first = serde_json::Deserializer::from_slice(start).into_iter::<Head>().next();
            let head = first.transpose().map_err(not_json)?.map(|head| head.kind).unwrap_or_default();
            match head.as_str() {
                "CityJSON" | "CityJSONFeature" => Ok((city(bytes)?, "cityjson")),
                "FeatureCollection" | "Feature" => Ok((outlines(start, &head)?, "geojson")),
                _ => Err(unknown()),
            }
        }
        Some(b'<') if is_xplan(start) => {
            let plan = read_xplan(start).map_err(|error| unusable(error.to_string()))?;
            Ok((ImportContent::Plan(plan), "xplan"))
        }
        Some(b'\x1e' | b'<' | 0 | 0xfe | 0xff) => Ok((city(bytes)?, "citygml")),
        Some(_) if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(b"PK") => {
            Err(city(bytes).err().unwrap_or_else(unknown))
        }
        Some(_) => Err(unknown()),
    }
}

fn model(bytes: &[u8], placing: Option<Placing>) -> Result<ImportContent, ApiError> {
    let missing = || {
        let detail = "`origin` is missing: where the model's own origin lies, as east, north and height";
        ApiError::BadRequest(detail.to_owned())
    };
    let Placing { origin, rotation_deg, scale, id } = placing.ok_or_else(missing)?;
    let model = read_glb(bytes).map_err(|error| match error {
        GlbError::TooMany => ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, error.to_string()),
        error => unusable(error.to_string()),
    })?;
    let number = |axis: usize| origin.get(axis).copied().unwrap_or_default();
    let (point, has_heights) = ([number(0), number(1), number(2)], origin.len() == 3);
    let origin = Shape { kind: ShapeKind::Points, parts: vec![vec![vec![point]]], has_heights };
    Ok(ImportContent::Model(Box::new(PlacedModel { model, id, origin, rotation_deg, scale })))
}

fn not_json(error: serde_json::Error) -> ApiError {
    ApiError::BadRequest(format!("the file is not JSON: {error}"))
}

fn unknown() -> ApiError {
    unusable("the file is none of CityGML, CityJSON, CityJSONSeq, GeoJSON, XPlanGML and GLB".to_owned())
}

fn city(bytes: Arc<Vec<u8>>) -> Result<ImportContent, ApiError> {
    match city_content(bytes)? {
        Content::City(bytes) => Ok(ImportContent::City(bytes)),
        Content::Plain(_) | Content::Ready(_) => Err(unknown()),
    }
}

fn outlines(document: &[u8], kind: &str) -> Result<ImportContent, ApiError> {
    if kind == "Feature" {
        let feature: Value = serde_json::from_slice(document).map_err(not_json)?;
        return Ok(ImportContent::Outlines(vec![plain_content(&feature).map_err(unusable)?]));
    }
    let Features { features, crs } = serde_json::from_slice(document).map_err(not_json)?;
    if !crs.is_null() {
        return Err(unusable(
            "`crs` is no member of GeoJSON any more: the header `Content-Crs` says what coordinates are in"
                .to_owned(),
        ));
    }
    if features.len() > MOST_IMPORTED {
        let detail = format!(
            "the file holds {} objects; an import has at most {MOST_IMPORTED}: send it in parts",
            features.len()
        );
        return Err(ApiError::refused(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let (mut outlines, mut errors) = (Vec::with_capacity(features.len()), Vec::new());
    for (index, feature) in features.into_iter().enumerate() {
        let read = serde_json::from_str::<Value>(feature.get()).map_err(|error| error.to_string());
        match read.and_then(|feature| plain_content(&feature)) {
            Ok(plain) => outlines.push(plain),
            Err(detail) => errors.push(
                serde_json::json!({ "index": index, "id": null, "rule": "unusable", "detail": detail }),
            ),
        }
    }
    if errors.is_empty() {
        return Ok(ImportContent::Outlines(outlines));
    }
    let (index, detail) = (&errors[0]["index"], errors[0]["detail"].as_str().unwrap_or_default());
    let detail = format!("nothing was taken; `features[{index}]`: {detail}");
    errors.truncate(MOST_TOLD);
    let members = serde_json::json!({ "errors": errors });
    Err(ApiError::explained(StatusCode::UNPROCESSABLE_ENTITY, detail, members))
}
