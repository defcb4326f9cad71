//! Schemas of OGC API – Processes 1.0, in the terms of OpenAPI 3.0.

use serde_json::{Map, Value, json};

use super::catalogue::PROCESSES;

/// For the API definition.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    let words = json!({ "type": "array", "items": text });
    json!({
        "processList": {
            "type": "object",
            "required": ["processes", "links"],
            "properties": {
                "processes": { "type": "array", "items": { "$ref": "#/components/schemas/processSummary" } },
                "links": links,
            },
        },
        "processSummary": {
            "type": "object",
            "required": ["id", "version"],
            "properties": {
                "id": text, "title": text, "description": text, "version": text,
                "jobControlOptions": words, "outputTransmission": words, "links": links,
            },
        },
        "process": {
            "allOf": [
                { "$ref": "#/components/schemas/processSummary" },
                {
                    "type": "object",
                    "properties": {
                        "inputs": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/processParameter" } },
                        "outputs": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/processParameter" } },
                    },
                },
            ],
        },
        "processParameter": {
            "type": "object",
            "required": ["schema"],
            "properties": {
                "title": text, "description": text, "schema": { "type": "object" },
                "minOccurs": { "type": "integer" }, "maxOccurs": { "type": "integer" },
            },
        },
        "execute": {
            "type": "object",
            "description": "what `/processes/{processId}` describes",
            "properties": {
                "inputs": { "oneOf": PROCESSES.iter().map(inputs).collect::<Vec<_>>() },
                "outputs": {
                    "type": "object",
                    "additionalProperties": {
                        "type": "object",
                        "properties": { "transmissionMode": { "type": "string", "enum": ["value", "reference"] } },
                    },
                },
                "response": { "type": "string", "enum": ["raw", "document"], "default": "raw" },
            },
        },
        "results": { "type": "object", "description": "the output, or a document that holds or names it by its id" },
    })
}

fn inputs(process: &super::table::Process) -> Value {
    let described = |input: &super::table::Input| {
        let mut schema = input.kind.schema();
        schema["description"] = json!(input.description[0]);
        (input.name.to_owned(), schema)
    };
    let properties: Map<_, _> = process.inputs.iter().map(described).collect();
    let required: Vec<_> =
        process.inputs.iter().filter(|input| input.is_required).map(|input| input.name).collect();
    json!({
        "type": "object",
        "title": process.id,
        "required": required,
        "properties": properties,
        "additionalProperties": false,
    })
}
