//! Schemas of collections, their features and what can be asked of them.

use serde_json::{Value, json};

use super::{array_of, reference};

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "issueCollection": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "numberReturned": { "type": "integer", "minimum": 0 },
                "links": array_of(reference("link")),
                "features": array_of(json!({
                    "type": "object",
                    "required": ["type", "geometry", "properties"],
                    "properties": {
                        "type": { "type": "string", "enum": ["Feature"] },
                        "id": { "type": "integer" },
                        "geometry": { "type": "object", "nullable": true, "description": "a Point where the place is known" },
                        "properties": { "type": "object", "description": "object, code, severity, message, face, value, height, file, line, revision" },
                    },
                })),
            },
        },
        "queryables": {
            "type": "object",
            "description": "a JSON Schema (2020-12) of what filters may name, features be sorted by or show",
            "required": ["$schema", "$id", "type", "properties", "additionalProperties"],
            "properties": {
                "$schema": text,
                "$id": text,
                "type": { "type": "string", "enum": ["object"] },
                "title": text,
                "properties": { "type": "object", "additionalProperties": { "type": "object" } },
                "additionalProperties": { "type": "boolean" },
                "patternProperties": { "type": "object" },
            },
        },
        "featureSchema": {
            "type": "object",
            "description": "a JSON Schema (2020-12) of the properties of features: those that are readOnly are made by the server",
            "required": ["$schema", "$id", "type", "properties", "additionalProperties"],
            "properties": {
                "$schema": text,
                "$id": text,
                "type": { "type": "string", "enum": ["object"] },
                "title": text,
                "required": array_of(text.clone()),
                "properties": { "type": "object", "additionalProperties": { "type": "object" } },
                "additionalProperties": { "type": "boolean" },
                "patternProperties": { "type": "object" },
            },
        },
        "functions": {
            "type": "object",
            "required": ["functions"],
            "properties": {
                "functions": array_of(json!({
                    "type": "object",
                    "required": ["name", "returns"],
                    "properties": {
                        "name": text,
                        "description": text,
                        "returns": array_of(text.clone()),
                        "arguments": array_of(json!({
                            "type": "object",
                            "required": ["type"],
                            "properties": { "title": text, "type": array_of(text.clone()) },
                        })),
                    },
                })),
                "links": array_of(reference("link")),
            },
        },
        "codeLists": {
            "type": "object",
            "required": ["links", "codelists"],
            "properties": { "links": array_of(reference("link")), "codelists": array_of(reference("codeList")) },
        },
        "codeList": code_list(),
        "cityJson": {
            "type": "object",
            "description": "a document after https://www.cityjson.org/specs/2.0.1/",
            "required": ["type", "version", "transform", "CityObjects", "vertices"],
            "properties": {
                "type": { "type": "string", "enum": ["CityJSON"] },
                "version": text,
                "transform": { "type": "object" },
                "CityObjects": { "type": "object", "additionalProperties": { "type": "object" } },
                "vertices": array_of(json!({ "type": "array", "items": { "type": "integer" } })),
            },
        },
        "revisions": {
            "type": "object",
            "required": ["links", "revisions"],
            "properties": {
                "links": array_of(reference("link")),
                "revisions": array_of(json!({
                    "type": "object",
                    "required": ["revision", "state", "head"],
                    "properties": {
                        "revision": { "type": "integer" },
                        "state": text,
                        "head": { "type": "boolean", "description": "whether readers see it now" },
                        "started": { "type": "string", "format": "date-time" },
                        "published": { "type": "string", "format": "date-time", "nullable": true },
                        "inserted": { "type": "integer", "nullable": true },
                        "ended": { "type": "integer", "nullable": true },
                        "restores": { "type": "integer", "nullable": true, "description": "the earlier revision brought back" },
                    },
                })),
            },
        },
    })
}

fn code_list() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "required": ["id", "codeSpace", "title", "codeCount", "links"],
        "properties": {
            "id": text, "codeSpace": text, "title": text, "description": text,
            "origin": { "type": "string", "enum": ["builtin", "file", "import", "ade"] },
            "complete": { "type": "boolean", "description": "whether a code that is not in it is wrong" },
            "codeCount": { "type": "integer", "minimum": 0 },
            "updated": { "type": "string", "format": "date-time" },
            "links": array_of(reference("link")),
            "codes": array_of(json!({
                "type": "object",
                "required": ["code", "text"],
                "properties": {
                    "code": text,
                    "text": { "type": "string", "nullable": true },
                    "texts": { "type": "object", "additionalProperties": { "type": "string" } },
                },
            })),
        },
    })
}
