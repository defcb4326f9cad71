//! The writes of imports into scenarios, and their schemas.

use serde_json::{Value, json};

use super::schemas::{finding, links, list, maybe, text};
use super::{import_body, imports};
use crate::api::needs::Needs;
use crate::api::writes::{Handler, Write};

pub static WRITES: &[Write] = &[
    Write {
        path: "/scenarios/{scenarioId}/imports",
        method: "POST",
        operation_id: "createScenarioImport",
        summary: "Send a file that shall come into a draft: what it would do is told, nothing is changed",
        takes: import_body::TAKEN,
        success: 201,
        schema: "scenarioImport",
        failures: &[400, 404, 409, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(imports::create(call, caller, body))),
    },
    Write {
        path: "/scenarios/{scenarioId}/imports/{importId}",
        method: "DELETE",
        operation_id: "deleteScenarioImport",
        summary: "Drop a file that is not committed",
        takes: &[],
        success: 204,
        schema: "",
        failures: &[400, 404, 409, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, _| Box::pin(imports::remove(call, caller))),
    },
    Write {
        path: "/scenarios/{scenarioId}/imports/{importId}/commit",
        method: "POST",
        operation_id: "commitScenarioImport",
        summary: "Bring the objects of a file into a draft: all of them or none",
        takes: &[],
        success: 200,
        schema: "batchReport",
        failures: &[400, 404, 409, 412, 422, 428, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, _| Box::pin(imports::commit(call, caller))),
    },
];

pub fn schemas() -> Value {
    json!({
        "scenarioImports": list("imports", "scenarioImport"),
        "scenarioImport": import(),
        "scenarioImportItems": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "links": links(),
                "numberMatched": { "type": "integer" },
                "numberReturned": { "type": "integer" },
                "features": { "type": "array", "items": item() },
            },
        },
        "outlines": {
            "type": "object",
            "description": "GeoJSON. Areas with `height` [m], or `storeys` and `storeyHeight` [m], become buildings on `base` (a height [m], `terrain-min`, `terrain-mean`), with `roof`; `replaces` names the objects that go for one.",
        },
    })
}

fn import() -> Value {
    let number = |description: &str| json!({ "type": "integer", "description": description });
    json!({
        "type": "object",
        "required": ["id", "state", "collection", "counts"],
        "properties": {
            "id": { "type": "integer" },
            "scenario": text(),
            "state": { "type": "string", "enum": ["ready", "faulty", "committed"], "description": "faulty: with objects that may not come" },
            "collection": text(),
            "format": { "type": "string", "enum": ["citygml", "cityjson", "geojson", "xplan", "glb"] },
            "size": number("bytes"),
            "phase": maybe("string"),
            "comment": maybe("string"),
            "placing": { "type": "object", "nullable": true, "description": "of a GLB: origin, rotation, scale, id", "properties": {} },
            "version": number("of the scenario: that the preview is of, or that the commit made"),
            "isCurrent": { "type": "boolean", "description": "whether the scenario still is as the preview found it" },
            "made": text(),
            "madeBy": text(),
            "committed": maybe("string"),
            "counts": {
                "type": "object",
                "properties": {
                    "objects": number("that come"),
                    "add": number("operations that bring new objects"),
                    "replace": number("operations that bring objects in the place of others"),
                    "replaced": number("objects that go for others"),
                    "undo": number("earlier operations that are taken back for it"),
                },
            },
            "bbox": { "type": "array", "nullable": true, "items": { "type": "number" }, "description": "west, south, east, north in CRS84" },
            "heights": { "type": "array", "nullable": true, "items": { "type": "number" }, "description": "lowest and highest point in the storage height system [m]" },
            "findings": { "type": "array", "description": "The first hundred.", "items": finding() },
            "findingCount": { "type": "integer" },
            "findingsByRule": { "type": "object", "additionalProperties": { "type": "integer" } },
            "errors": { "type": "array", "description": "The first hundred faults; with one of them nothing is done.", "items": fault() },
            "errorCount": { "type": "integer" },
            "links": links(),
        },
    })
}

fn fault() -> Value {
    json!({
        "type": "object",
        "properties": {
            "index": { "type": "integer", "description": "of the operation" },
            "id": maybe("string"),
            "rule": text(),
            "detail": text(),
            "value": { "type": "number", "description": "what was measured" },
            "unit": text(),
        },
    })
}

fn item() -> Value {
    json!({
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": text(),
            "geometry": { "type": "object", "nullable": true, "description": "its outline, or its place, in CRS84" },
            "properties": {
                "type": "object",
                "properties": {
                    "index": { "type": "integer", "description": "of its operation" },
                    "op": { "type": "string", "enum": ["add", "replace"] },
                    "replaces": { "type": "array", "items": text() },
                    "class": text(),
                    "zMin": maybe("number"),
                    "zMax": maybe("number"),
                    "findings": { "type": "array", "items": finding() },
                    "errors": { "type": "array", "items": fault() },
                },
            },
        },
    })
}
