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
    let read = |kind: &str, what: &str| json!({ "type": kind, "readOnly": true, "description": what });
    json!({
        "type": "object",
        "description": "a GeoJSON Feature: the polygon, and what becomes of the ground in it",
        "required": ["type", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": read("integer", "its number"),
            "bbox": { "type": "array", "items": { "type": "number" }, "readOnly": true, "description": "of what changes" },
            "links": { "type": "array", "items": { "$ref": "#/components/schemas/link" }, "readOnly": true },
            "geometry": shape("Polygon", numbers(2, None)),
            "properties": {
                "type": "object",
                "required": ["target"],
                "additionalProperties": false,
                "properties": {
                    "name": { "type": "string", "maxLength": 200 },
                    "enabled": { "type": "boolean", "default": true },
                    "base": { "type": "boolean", "default": false, "description": "applied where `modifications` is not given" },
                    "embankment": {
                        "type": "number", "nullable": true, "minimum": 0, "exclusiveMinimum": true, "maximum": 100,
                        "description": "outside the ground meets the target at 1 : this",
                    },
                    "target": target(),
                    "terrain": read("string", "id of the terrain"),
                    "scenario": { "type": "string", "nullable": true, "readOnly": true },
                    "cut": read("number", "earth taken away [m³]"), "fill": read("number", "earth brought [m³]"),
                    "cutArea": read("number", "[m²]"), "fillArea": read("number", "[m²]"),
                    "unknownNodes": read("integer", "nodes in it that the terrain has no height for"),
                    "method": read("string", "how earth is reckoned"),
                    "extent": {
                        "type": "array", "nullable": true, "readOnly": true, "items": { "type": "number" },
                        "description": "of what changes",
                    },
                    "terrainRevision": read("integer", "the revision of the terrain reckoned with"),
                    "revision": read("integer", "grows with each change"),
                    "created": read("string", "RFC 3339"), "changed": read("string", "RFC 3339"),
                },
            },
        },
    })
}

/// The new ground, by its `type`.
fn target() -> Value {
    let number = json!({ "type": "number" });
    let triangle = json!({
        "type": "array", "minItems": 3, "maxItems": 3,
        "items": { "type": "integer", "minimum": 0, "maximum": u32::MAX },
    });
    let kind = |name: &str, own: Value| {
        let mut properties = json!({ "type": { "type": "string", "enum": [name] } });
        let mut required = vec!["type".to_owned()];
        for (member, schema) in own.as_object().into_iter().flatten() {
            properties[member] = schema.clone();
            required.push(member.clone());
        }
        json!({ "type": "object", "required": required, "properties": properties, "additionalProperties": false })
    };
    json!({
        "description": "the new ground; `uphill` in degrees, clockwise from the grid's north",
        "oneOf": [
            kind("level", json!({ "height": number })),
            kind("slope", json!({ "through": numbers(3, Some(3)), "gradient": number, "uphill": number })),
            kind("tin", json!({
                "points": { "type": "array", "items": numbers(3, Some(3)) },
                "triangles": { "type": "array", "items": triangle },
            })),
            kind("tin", json!({ "geometry": shape("MultiPolygon", numbers(3, None)) })),
        ],
    })
}

/// A geometry of GeoJSON whose rings are of these positions.
fn shape(kind: &str, position: Value) -> Value {
    let array_of = |items: Value, least: u32| json!({ "type": "array", "minItems": least, "items": items });
    let polygon = array_of(array_of(position, 4), 1);
    let coordinates = if kind == "MultiPolygon" { array_of(polygon, 1) } else { polygon };
    json!({
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": { "type": { "type": "string", "enum": [kind] }, "coordinates": coordinates },
    })
}

fn numbers(least: u32, most: Option<u32>) -> Value {
    let mut array = json!({ "type": "array", "minItems": least, "items": { "type": "number" } });
    if let Some(most) = most {
        array["maxItems"] = most.into();
    }
    array
}
