//! Schemas of modifications of the ground, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let one = json!({ "$ref": "#/components/schemas/terrainModification" });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    json!({
        "terrainModifications": {
            "type": "object",
            "description": "a GeoJSON FeatureCollection of changes of the ground",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "numberReturned": { "type": "integer" },
                "links": links,
                "features": { "type": "array", "items": one },
            },
        },
        "terrainModification": terrain_modification(),
    })
}

fn terrain_modification() -> Value {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
    let read = |kind: &str, what: &str| json!({ "type": kind, "readOnly": true, "description": what });
    let target = json!({
        "type": "object",
        "required": ["type"],
        "description": "the new ground: `level` with `height`, `slope` with `through`, `gradient` and `uphill` [°], or `tin` with `points` and `triangles` or a `geometry`",
        "properties": {
            "type": { "type": "string", "enum": ["level", "slope", "tin"] }, "height": number,
            "through": { "type": "array", "items": number, "minItems": 3, "maxItems": 3 }, "gradient": number,
            "uphill": number,
            "points": { "type": "array", "items": { "type": "array", "items": number } },
            "triangles": { "type": "array", "items": { "type": "array", "items": { "type": "integer" } } },
            "geometry": { "type": "object", "description": "a MultiPolygon of triangles with heights" },
        },
    });
    json!({
        "type": "object",
        "description": "a GeoJSON Feature: the polygon, and what becomes of the ground in it",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": read("integer", "its number"),
            "geometry": { "type": "object", "description": "a Polygon" },
            "properties": {
                "type": "object",
                "required": ["target"],
                "properties": {
                    "name": text,
                    "enabled": { "type": "boolean", "default": true },
                    "base": { "type": "boolean", "default": false, "description": "applied where `modifications` is not given" },
                    "embankment": { "type": "number", "nullable": true, "description": "outside the ground meets the target at 1 : this" },
                    "target": target,
                    "cut": read("number", "earth taken away [m³]"), "fill": read("number", "earth brought [m³]"),
                    "cutArea": read("number", "[m²]"), "fillArea": read("number", "[m²]"),
                    "revision": read("integer", "grows with each change"),
                    "created": read("string", "RFC 3339"), "changed": read("string", "RFC 3339"),
                },
            },
        },
    })
}
