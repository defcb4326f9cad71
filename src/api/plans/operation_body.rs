//! Operations as they are sent: `{"operations": [{"op", "collection", …}]}`.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::http::header::HeaderName;
use serde_json::{Map, Value, json};

use super::body::unusable;
use crate::api::call::Call;
use crate::api::editing::{city_content, is_city_document, plain_content};
use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::reference;
use crate::api::time;
use stadtwin_formats::{ShapeKind, read_shape};
use stadtwin_jobs::{Base, Content, Drawing, MOST_PLAN_OPERATIONS, PlanAct, PlanOperation};
use stadtwin_model::{Crs, Span};
use stadtwin_scenario::{Extrusion, Transform};
use stadtwin_store::Phase;

const CONTENT_CRS: HeaderName = HeaderName::from_static("content-crs");
/// Faults that are told.
const MOST_TOLD: usize = 100;
/// Objects that one operation may name or bring.
const MOST_OBJECTS: usize = 1_000;

/// Members that any operation may have.
const COMMON: [&str; 5] = ["op", "collection", "validity", "phase", "comment"];

/// What coordinates are in; `None`: nothing is said.
pub async fn crs(call: &Call) -> Result<Option<Crs>, ApiError> {
    match call.headers.get(CONTENT_CRS) {
        Some(value) => crs_named(call, value.to_str().unwrap_or_default()).await.map(Some),
        None => Ok(None),
    }
}

/// What a value of the header names.
pub async fn crs_named(call: &Call, value: &str) -> Result<Crs, ApiError> {
    let storage = call.state.store.storage_crs().await?;
    let uri = value.trim();
    let uri = uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri);
    reference::of_uri("Content-Crs", uri, storage.as_ref()).map(|reference| reference.crs)
}

/// All of a body, or every fault of it.
pub fn read(bytes: &[u8], phases: &[Phase]) -> Result<Vec<PlanOperation>, ApiError> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| ApiError::BadRequest(format!("the body is not JSON: {error}")))?;
    let list = document.get("operations").and_then(Value::as_array).filter(|list| !list.is_empty());
    let list = list.ok_or_else(|| unusable("`operations` must be an array of one or more".to_owned()))?;
    if list.len() > MOST_PLAN_OPERATIONS {
        return Err(ApiError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("`operations` has {} entries; a batch has at most {MOST_PLAN_OPERATIONS}", list.len()),
        ));
    }
    let (mut operations, mut errors) = (Vec::with_capacity(list.len()), Vec::new());
    for (index, entry) in list.iter().enumerate() {
        match operation(entry, phases) {
            Ok(operation) => operations.push(operation),
            Err(detail) => {
                errors.push(json!({ "index": index, "id": null, "rule": "unusable", "detail": detail }))
            }
        }
    }
    if errors.is_empty() {
        return Ok(operations);
    }
    let first = &errors[0];
    let (index, detail) = (&first["index"], first["detail"].as_str().unwrap_or_default());
    let detail = format!("nothing was done; `operations[{index}]`: {detail}");
    errors.truncate(MOST_TOLD);
    Err(ApiError::explained(StatusCode::UNPROCESSABLE_ENTITY, detail, json!({ "errors": errors })))
}

/// Reads the members of one kind of operation.
type Read = fn(&Map<String, Value>) -> Result<PlanAct, String>;

/// One entry; the error is one sentence.
fn operation(entry: &Value, phases: &[Phase]) -> Result<PlanOperation, String> {
    let members = entry.as_object().ok_or("an operation is an object")?;
    let op = members.get("op").and_then(Value::as_str).unwrap_or_default();
    let (known, read): (&[&str], Read) = match op {
        "add" => (&["feature", "features"], add),
        "remove" => (&["target"], remove),
        "replace" => (&["target", "targets", "feature", "features"], replace),
        "modify" => (&["target", "properties"], modify),
        "transform" => (&["target", "translate", "rotate", "about", "scale", "stock"], transform),
        "extrude" => (
            &[
                "id",
                "footprint",
                "base",
                "height",
                "storeys",
                "storeyHeight",
                "roof",
                "function",
                "properties",
            ],
            extrude,
        ),
        "undo" => (&["seq", "wholeBatch"], undo),
        _ => return Err("`op` must be one of add, remove, replace, modify, transform, extrude, undo".into()),
    };
    if let Some(other) =
        members.keys().find(|name| !COMMON.contains(&name.as_str()) && !known.contains(&name.as_str()))
    {
        let known: Vec<&str> = COMMON.iter().chain(known).copied().collect();
        return Err(format!("unknown member `{}` of `{op}`; known: {}", shortened(other), known.join(", ")));
    }
    let act = read(members)?;
    let collection = match members.get("collection") {
        Some(Value::String(collection)) => collection.clone(),
        None if op == "undo" => String::new(),
        _ => return Err("`collection` is missing: the id of the collection that the objects are in".into()),
    };
    let comment = match members.get("comment") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.len() <= 2_000 && !text.contains('\0') => Some(text.clone()),
        Some(_) => return Err("`comment` must be a text of up to 2000 characters".into()),
    };
    let body = kept(&act, members);
    let phase = members.get("phase").and_then(Value::as_str).map(str::to_owned);
    Ok(PlanOperation { collection, span: span(members, phases)?, phase, comment, body, act })
}

/// What is kept of the operation: shapes stand in rows of their own.
fn kept(act: &PlanAct, members: &Map<String, Value>) -> Value {
    match act {
        PlanAct::Modify { properties, .. } => json!({ "properties": properties }),
        PlanAct::Transform { movement, stock, .. } => json!({ "movement": movement, "stock": stock }),
        PlanAct::Extrude { .. } => {
            let mut kept = members.clone();
            kept.retain(|name, _| !COMMON.contains(&name.as_str()));
            Value::Object(kept)
        }
        _ => json!({}),
    }
}

/// By its dates, or by the name of a phase.
fn span(members: &Map<String, Value>, phases: &[Phase]) -> Result<Span, String> {
    let said = |name: &str| members.get(name).filter(|value| !value.is_null());
    match (said("validity"), said("phase")) {
        (None, None) => Ok(Span::ALWAYS),
        (Some(validity), None) => {
            let validity = validity.as_object().ok_or("`validity` must be an object with `from` and `to`")?;
            span_of(validity, "validity.")
        }
        (None, Some(label)) => {
            let label = label.as_str().unwrap_or_default();
            let phase = phases.iter().find(|phase| phase.label == label);
            phase.map(|phase| phase.span).ok_or_else(|| {
                let known: Vec<&str> = phases.iter().map(|phase| phase.label.as_str()).collect();
                format!(
                    "`phase`: the scenario has no phase `{}`; there are: {}",
                    shortened(label),
                    known.join(", ")
                )
            })
        }
        (Some(_), Some(_)) => Err("`validity` and `phase` say the same: give one of them".into()),
    }
}

/// Members `from` and `to`, which messages name behind `of`.
pub fn span_of(validity: &Map<String, Value>, of: &str) -> Result<Span, String> {
    if let Some(other) = validity.keys().find(|name| !["from", "to"].contains(&name.as_str())) {
        return Err(format!("unknown member `{of}{}`; known: from, to", shortened(other)));
    }
    let moment = |name: &str| match validity.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => time::moment(text).map(Some).ok_or_else(|| {
            format!("`{of}{name}` must be a date or an RFC 3339 date-time, not `{}`", shortened(text))
        }),
        Some(_) => Err(format!("`{of}{name}` must be a text")),
    };
    let span = Span { from: moment("from")?, to: moment("to")? };
    match (span.from, span.to) {
        (Some(from), Some(to)) if from >= to => {
            Err(format!("`{of}to` comes before `{of}from`: it ends before it begins"))
        }
        _ => Ok(span),
    }
}

fn target(members: &Map<String, Value>) -> Result<String, String> {
    name(members.get("target"), "target")
}

fn name(value: Option<&Value>, what: &str) -> Result<String, String> {
    match value {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= 500 && !id.contains('\0') => Ok(id.clone()),
        _ => Err(format!("`{what}` is missing: the id of the object")),
    }
}

/// `feature` or `features`.
fn contents(members: &Map<String, Value>) -> Result<Vec<Content>, String> {
    let features: Vec<&Value> = match (members.get("feature"), members.get("features")) {
        (Some(feature), None) => vec![feature],
        (None, Some(Value::Array(features))) if !features.is_empty() && features.len() <= MOST_OBJECTS => {
            features.iter().collect()
        }
        _ => {
            return Err(format!(
                "one of `feature` and `features` (an array of 1 to {MOST_OBJECTS}) must be there"
            ));
        }
    };
    features.into_iter().map(content).collect()
}

/// A GeoJSON feature, or a CityJSON document or feature.
fn content(feature: &Value) -> Result<Content, String> {
    if is_city_document(feature) {
        return city_content(Arc::new(feature.to_string().into_bytes())).map_err(|error| error.to_string());
    }
    plain_content(feature).map(Content::Plain)
}

fn add(members: &Map<String, Value>) -> Result<PlanAct, String> {
    Ok(PlanAct::Add { contents: contents(members)? })
}

fn remove(members: &Map<String, Value>) -> Result<PlanAct, String> {
    Ok(PlanAct::Remove { target: target(members)? })
}

fn replace(members: &Map<String, Value>) -> Result<PlanAct, String> {
    let targets = match (members.get("target"), members.get("targets")) {
        (one @ Some(_), None) => vec![name(one, "target")?],
        (None, Some(Value::Array(targets))) if !targets.is_empty() && targets.len() <= MOST_OBJECTS => {
            targets.iter().map(|target| name(Some(target), "targets")).collect::<Result<_, _>>()?
        }
        _ => {
            return Err(format!(
                "one of `target` and `targets` (an array of 1 to {MOST_OBJECTS}) must be there"
            ));
        }
    };
    Ok(PlanAct::Replace { targets, contents: contents(members)? })
}

fn modify(members: &Map<String, Value>) -> Result<PlanAct, String> {
    match members.get("properties") {
        Some(Value::Object(properties)) if !properties.is_empty() => {
            Ok(PlanAct::Modify { target: target(members)?, properties: properties.clone() })
        }
        _ => Err("`properties` must be an object with what changes: null removes".into()),
    }
}

fn transform(members: &Map<String, Value>) -> Result<PlanAct, String> {
    let mut movement = members.clone();
    movement.retain(|name, _| ["translate", "rotate", "about", "scale"].contains(&name.as_str()));
    if movement.is_empty() {
        return Err("one of `translate`, `rotate` and `scale` must be there".into());
    }
    let movement: Transform =
        serde_json::from_value(Value::Object(movement)).map_err(|error| error.to_string())?;
    let stock = match members.get("stock") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(stock)) => *stock,
        Some(_) => return Err("`stock` must be true or false".into()),
    };
    Ok(PlanAct::Transform { target: target(members)?, movement, stock })
}

fn extrude(members: &Map<String, Value>) -> Result<PlanAct, String> {
    let footprint = members.get("footprint").ok_or("`footprint` is missing: a GeoJSON Polygon")?;
    let outline =
        read_shape(footprint)?.filter(|shape| shape.kind == ShapeKind::Polygons && shape.parts.len() == 1);
    let outline = outline.ok_or("`footprint` must be one GeoJSON Polygon")?;
    let base = match members.get("base") {
        None | Some(Value::Null) => Base::LowestGround,
        Some(Value::String(word)) if word == "terrain-min" => Base::LowestGround,
        Some(Value::String(word)) if word == "terrain-mean" => Base::MeanGround,
        Some(Value::Number(number)) => Base::Height(number.as_f64().unwrap_or(f64::NAN)),
        Some(_) => return Err("`base` must be a height in metres, `terrain-min` or `terrain-mean`".into()),
    };
    let mut form = members.clone();
    form.retain(|name, _| ["height", "storeys", "storeyHeight", "roof", "function"].contains(&name.as_str()));
    form.insert("footprint".into(), json!([]));
    form.insert("baseHeight".into(), json!(0.0));
    let form: Extrusion = serde_json::from_value(Value::Object(form)).map_err(|error| error.to_string())?;
    let id = match members.get("id") {
        None | Some(Value::Null) => None,
        id => Some(name(id, "id")?),
    };
    let properties = match members.get("properties") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(properties)) => properties.clone(),
        Some(_) => return Err("`properties` must be an object".into()),
    };
    Ok(PlanAct::Extrude { drawing: Box::new(Drawing { id, outline, base, form, properties }) })
}

fn undo(members: &Map<String, Value>) -> Result<PlanAct, String> {
    let seq = members.get("seq").and_then(Value::as_i64);
    let whole_batch = members.get("wholeBatch") == Some(&Value::Bool(true));
    Ok(PlanAct::Undo { seq: seq.ok_or("`seq` is missing: the number of the operation")?, whole_batch })
}
