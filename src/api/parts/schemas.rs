//! Schemas of the answers, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let array_of = |items: Value| json!({ "type": "array", "items": items });
    let links = array_of(json!({ "$ref": "#/components/schemas/link" }));
    let angle = json!({ "type": "number", "nullable": true });
    json!({
        "surfaceCollection": {
            "type": "object",
            "required": ["type", "features", "totals"],
            "properties": {
                "type": text,
                "numberMatched": { "type": "integer" },
                "numberReturned": { "type": "integer" },
                "totals": {
                    "type": "object",
                    "description": "By class, openings included, whatever the page.",
                    "additionalProperties": {
                        "type": "object",
                        "properties": { "count": { "type": "integer" }, "area": { "type": "number", "description": "m²" } },
                    },
                },
                "links": links,
                "features": array_of(json!({ "$ref": "#/components/schemas/surface" })),
            },
        },
        "surface": {
            "type": "object",
            "required": ["type", "properties"],
            "properties": {
                "type": text,
                "id": text,
                "geometry": { "type": "object", "nullable": true, "description": "MultiPolygon; the third coordinate is the height in the storage height system [m]." },
                "properties": {
                    "type": "object",
                    "properties": {
                        "class": text,
                        "feature": text,
                        "object": text,
                        "lod": text,
                        "area": { "type": "number", "description": "In space, without holes [m²]." },
                        "tilt": angle,
                        "azimuth": angle,
                        "openings": array_of(json!({ "type": "object" })),
                    },
                },
            },
        },
    })
}
