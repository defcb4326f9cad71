//! Schemas of the answers, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let array_of = |items: Value| json!({ "type": "array", "items": items });
    let objects = array_of(json!({ "type": "object" }));
    let links = array_of(json!({ "$ref": "#/components/schemas/link" }));
    json!({
        "tileMatrixSets": {
            "type": "object",
            "required": ["tileMatrixSets"],
            "properties": { "links": links, "tileMatrixSets": objects },
        },
        "tileMatrixSet": {
            "type": "object",
            "required": ["crs", "tileMatrices"],
            "properties": { "id": text, "title": text, "uri": text, "crs": text, "tileMatrices": objects },
        },
        "tileSets": {
            "type": "object",
            "required": ["tilesets"],
            "properties": { "links": links, "tilesets": array_of(json!({ "$ref": "#/components/schemas/tileSet" })) },
        },
        "tileSet": {
            "type": "object",
            "required": ["dataType", "crs", "links"],
            "properties": {
                "title": text, "dataType": text, "crs": text, "tileMatrixSetURI": text, "tileMatrixSetId": text,
                "tileMatrixSetLimits": objects, "boundingBox": { "type": "object" }, "layers": objects, "links": links,
            },
        },
    })
}
