//! Schemas of jobs, and of what orders imports and sends files.

use serde_json::{Value, json};

use super::{array_of, reference};

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
        "importOrder": import_order(json!({
            "href": { "type": "string", "description": "a file or folder that the server may import from, or an address that it may fetch" },
            "upload": { "type": "string", "description": "id of a finished upload" },
        })),
        "importForm": import_order(json!({ "file": array_of(json!({ "type": "string", "format": "binary" })) })),
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

/// `source` are the members that say what is imported.
fn import_order(source: Value) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "description": "title of the collection" },
            "crs": { "type": "string", "description": "CRS in place of what the files say, for example 25832+7837" },
            "mode": { "type": "string", "enum": ["update", "append", "replace"], "default": "update" },
            "checks": { "type": "string", "enum": ["all", "none"], "default": "all", "description": "geometry after ISO 19107, attributes against geometry" },
            "onError": { "type": "string", "enum": ["keep", "quarantine", "fail"], "default": "keep", "description": "what happens to an object with an error" },
            "dryRun": { "type": "boolean", "default": false, "description": "read and compare everything, write nothing" },
            "match": { "type": "string", "enum": ["id", "reference", "overlap"], "default": "id", "description": "by what known objects are recognised" },
            "matchOverlap": { "type": "number", "default": 0.5, "description": "share of the larger footprint from which two are the same thing" },
            "partialDelivery": { "type": "boolean", "default": false, "description": "take the rest of a Metalink delivery when files of it are missing or other ones" },
            "priority": { "type": "integer", "minimum": -100, "maximum": 100, "default": 0 },
        },
    });
    if let (Some(members), Value::Object(source)) = (schema["properties"].as_object_mut(), source) {
        members.extend(source);
    }
    schema
}
