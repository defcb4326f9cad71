//! Schemas of jobs, and of what orders imports and sends files.

use serde_json::{Map, Value, json};

use super::{array_of, reference};
use crate::api::orders::PRIORITIES;

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "jobs": {
            "type": "object",
            "required": ["jobs", "links"],
            "properties": { "jobs": array_of(reference("job")), "links": array_of(reference("link")) },
        },
        "job": job(),
        "bytes": { "type": "string", "format": "binary" },
        "importOrder": one_of(&[href(), upload()], &own()),
        "importForm": import_form(&own()),
        "uploadOffer": {
            "type": "object",
            "properties": {
                "protocol": text, "version": text, "extensions": array_of(text.clone()),
                "maximumBytes": { "type": "integer", "description": "of one upload" },
                "maximumTotalBytes": { "type": "integer", "description": "of all uploads together" },
                "maximumCount": { "type": "integer", "description": "uploads that are not yet imported" },
                "links": array_of(reference("link")),
            },
        },
        "upload": {
            "type": "object",
            "required": ["length", "offset"],
            "properties": {
                "name": text,
                "length": { "type": "integer", "description": "bytes announced" },
                "offset": { "type": "integer", "description": "bytes that have come" },
            },
        },
    })
}

/// As statusInfo of OGC API – Processes, with log and report; these and the message for holders of a token.
fn job() -> Value {
    let text = json!({ "type": "string" });
    let time = json!({ "type": "string", "format": "date-time" });
    json!({
        "type": "object",
        "required": ["jobID", "status", "type"],
        "properties": {
            "jobID": text, "processID": text, "message": text, "collection": text, "terrain": text,
            "type": { "type": "string", "enum": ["process"] },
            "status": {
                "type": "string",
                "enum": ["accepted", "running", "successful", "failed", "dismissed"],
            },
            "created": time, "started": time, "finished": time, "updated": time,
            "progress": { "type": "integer", "minimum": 0, "maximum": 100 },
            "priority": { "type": "integer" },
            "attempts": { "type": "integer" },
            "published": { "type": "integer", "description": "the revision that it made the head" },
            "log": array_of(json!({ "type": "object", "properties": { "time": time, "message": text } })),
            "report": { "type": "object", "description": "what the job found and did, once it is done" },
            "links": array_of(reference("link")),
        },
    })
}

/// What an import into a collection can be told.
fn own() -> Value {
    json!({
        "title": { "type": "string", "description": "title of the collection" },
        "crs": { "type": "string", "minLength": 1, "description": "CRS in place of what the files say, for example 25832+7837" },
        "mode": { "type": "string", "enum": ["update", "append", "replace"], "default": "update" },
        "checks": { "type": "string", "enum": ["all", "none"], "default": "all", "description": "geometry after ISO 19107, attributes against geometry" },
        "onError": { "type": "string", "enum": ["keep", "quarantine", "fail"], "default": "keep", "description": "what happens to an object with an error" },
        "match": { "type": "string", "enum": ["id", "reference", "overlap"], "default": "id", "description": "by what known objects are recognised; only by id where `mode` is append" },
        "matchOverlap": { "type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 1, "default": 0.5, "description": "share of the larger footprint from which two are the same thing" },
    })
}

/// Files that the server finds itself.
pub fn href() -> Value {
    json!({ "href": {
        "type": "string", "minLength": 1,
        "description": "a file or folder that the server may import from, or an address that it may fetch",
    } })
}

/// A file that has come in pieces.
pub fn upload() -> Value {
    json!({ "upload": { "type": "string", "minLength": 1, "description": "id of a finished upload" } })
}

/// An order that names its source in one of several ways, the first member of each being needed; `own` are the members of
/// its kind.
pub fn one_of(sources: &[Value], own: &Value) -> Value {
    let order = |source: &Value| {
        let mut order = order(source, own);
        order["required"] =
            source.as_object().into_iter().flatten().take(1).map(|(name, _)| name.as_str()).collect();
        order
    };
    json!({ "oneOf": sources.iter().map(order).collect::<Vec<_>>() })
}

/// An order as the fields of a form with files.
pub fn import_form(own: &Value) -> Value {
    let files = json!({ "type": "array", "minItems": 1, "items": { "type": "string", "format": "binary" } });
    let mut order = order(&json!({ "file": files }), own);
    order["required"] = json!(["file"]);
    order
}

/// The members that say what is imported, those of its kind, and those that all have.
fn order(source: &Value, own: &Value) -> Value {
    let shared = json!({
        "dryRun": { "type": "boolean", "default": false, "description": "read and compare everything, write nothing" },
        "partialDelivery": { "type": "boolean", "default": false, "description": "take the rest of a Metalink delivery when files of it are missing or other ones" },
        "priority": { "type": "integer", "minimum": *PRIORITIES.start(), "maximum": *PRIORITIES.end(), "default": 0 },
    });
    let mut properties = Map::new();
    for members in [source, own, &shared] {
        properties.extend(members.as_object().cloned().unwrap_or_default());
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": false })
}
