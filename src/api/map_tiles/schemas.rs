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
        "tileJson": {
            "type": "object",
            "description": "a document after https://github.com/mapbox/tilejson-spec, 3.0.0",
            "required": ["tilejson", "tiles", "vector_layers"],
            "properties": {
                "tilejson": { "type": "string", "enum": ["3.0.0"] },
                "name": text, "description": text, "attribution": text,
                "scheme": { "type": "string", "enum": ["xyz"] },
                "tiles": { "type": "array", "minItems": 1, "items": { "type": "string" } },
                "minzoom": { "type": "integer", "minimum": 0, "maximum": 30 },
                "maxzoom": { "type": "integer", "minimum": 0, "maximum": 30 },
                "bounds": { "type": "array", "minItems": 4, "maxItems": 4, "items": { "type": "number" } },
                "center": { "type": "array", "minItems": 3, "maxItems": 3, "items": { "type": "number" } },
                "vector_layers": array_of(json!({
                    "type": "object",
                    "required": ["id", "fields"],
                    "properties": {
                        "id": text, "description": text,
                        "fields": { "type": "object", "additionalProperties": { "type": "string" } },
                    },
                })),
            },
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
