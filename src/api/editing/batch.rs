//! Bodies of `POST …/items`: one feature, a collection of them, or a document of operations.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::body::{CITY, PLAIN, check_type, city, is_city, json, plain, read_patch};
use super::conditions::{Asked, of_tags};
use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::projection::compute;
use stadtwin_jobs::{Condition, Content, Operation};

/// Operations in one edit.
const MOST_OPERATIONS: usize = 1_000;
/// Faults that are told.
const MOST_TOLD: usize = 100;

pub async fn operations(bytes: Arc<Vec<u8>>, asked: &Asked) -> Result<Vec<Operation>, ApiError> {
    if asked.condition != Condition::default() {
        return Err(ApiError::BadRequest(
            "`If-Match` and `If-None-Match` go with one feature; in a batch each operation has its own `ifMatch`".into(),
        ));
    }
    if CITY.contains(&asked.content_type.as_str()) {
        return Ok(vec![Operation::Create { content: city(bytes)? }]);
    }
    check_type(asked, &PLAIN)?;
    compute(move || {
        let document = json(&bytes)?;
        if is_city(&document) {
            return Ok(vec![Operation::Create { content: city(bytes)? }]);
        }
        if let Some(list) = document.get("operations") {
            return all(list, "operations", operation);
        }
        match document["type"].as_str() {
            Some("FeatureCollection") => all(&document["features"], "features", creation),
            _ => Ok(vec![creation(&document).map_err(super::body::unusable)?]),
        }
    })
    .await
}

fn creation(feature: &Value) -> Result<Operation, String> {
    Ok(Operation::Create { content: Content::Plain(plain(feature)?) })
}

/// All of them, or what is wrong with which.
fn all(
    list: &Value,
    name: &str,
    read: fn(&Value) -> Result<Operation, String>,
) -> Result<Vec<Operation>, ApiError> {
    let list = list.as_array().filter(|list| !list.is_empty());
    let list =
        list.ok_or_else(|| super::body::unusable(format!("`{name}` must be an array of one or more")))?;
    if list.len() > MOST_OPERATIONS {
        return Err(ApiError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!(
                "`{name}` has {} entries; an edit has at most {MOST_OPERATIONS}: import a file",
                list.len()
            ),
        ));
    }
    let (mut operations, mut errors) = (Vec::with_capacity(list.len()), Vec::new());
    for (index, entry) in list.iter().enumerate() {
        match read(entry) {
            Ok(operation) => operations.push(operation),
            Err(detail) => {
                errors.push(json!({ "index": index, "id": entry.get("id"), "status": 422, "detail": detail }))
            }
        }
    }
    if errors.is_empty() {
        return Ok(operations);
    }
    let first = &errors[0];
    let (index, detail) = (&first["index"], first["detail"].as_str().unwrap_or_default());
    let detail = format!("nothing was edited; `{name}[{index}]`: {detail}");
    errors.truncate(MOST_TOLD);
    Err(ApiError::explained(StatusCode::UNPROCESSABLE_ENTITY, detail, json!({ "errors": errors })))
}

/// `{"op": "create" | "replace" | "update" | "delete", "id", "ifMatch", "feature", "patch"}`.
fn operation(entry: &Value) -> Result<Operation, String> {
    let members = entry.as_object().ok_or("an operation is an object")?;
    let known = ["op", "id", "ifMatch", "feature", "patch"];
    if let Some(other) = members.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("unknown member `{}`; known: {}", shortened(other), known.join(", ")));
    }
    let condition = match members.get("ifMatch") {
        None | Some(Value::Null) => Condition::default(),
        Some(Value::String(tags)) => {
            Condition { matches: Some(of_tags(tags.split(','))), ..Condition::default() }
        }
        Some(_) => return Err("`ifMatch` must be an ETag with its quotes, or `*`".to_owned()),
    };
    let id = || match members.get("id") {
        Some(Value::String(id)) if !id.is_empty() && !id.contains('\0') => Ok(id.clone()),
        _ => Err("`id` is missing".to_owned()),
    };
    let feature = || members.get("feature").ok_or("`feature` is missing".to_owned()).and_then(plain);
    match members.get("op").and_then(Value::as_str) {
        Some("create") => Ok(Operation::Create { content: Content::Plain(feature()?) }),
        Some("replace") => {
            Ok(Operation::Replace { id: id()?, content: Content::Plain(feature()?), condition })
        }
        Some("update") => {
            let patch = members.get("patch").ok_or("`patch` is missing")?;
            Ok(Operation::Update { id: id()?, patch: read_patch(patch)?, condition })
        }
        Some("delete") => Ok(Operation::Delete { id: id()?, condition }),
        _ => Err("`op` must be one of create, replace, update, delete".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_jobs::States;

    #[test]
    fn operations_are_read_or_told_what_is_wrong() {
        let feature = json!({ "type": "Feature", "geometry": null, "properties": { "class": "Building" } });
        let good = json!({ "op": "replace", "id": "B", "ifMatch": "\"7.x\"", "feature": feature });
        let read = operation(&good).unwrap();
        assert!(
            matches!(read, Operation::Replace { condition: Condition { matches: Some(States::Of(r)), .. }, .. } if r == [7])
        );
        for (entry, part) in [
            (json!({ "op": "destroy", "id": "B" }), "one of create"),
            (json!({ "op": "delete" }), "`id` is missing"),
            (json!({ "op": "delete", "id": "B", "if-match": "*" }), "unknown member `if-match`"),
            (json!({ "op": "update", "id": "B" }), "`patch` is missing"),
            (json!({ "op": "create", "feature": { "type": "Feature" } }), "`geometry` is missing"),
            (json!({ "op": "delete", "id": "B", "ifMatch": 7 }), "ETag"),
            (json!([]), "an object"),
        ] {
            let error = operation(&entry).unwrap_err();
            assert!(error.contains(part), "{entry}: {error}");
        }
    }
}
