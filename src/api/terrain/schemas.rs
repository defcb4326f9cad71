//! Schemas of terrain: what is answered, and what imports take.

use serde_json::{Value, json};

use super::elevation::MOST_SAMPLES;
use crate::api::schemas::{array_of, reference};

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let point = json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": number });
    let points = json!({ "type": "array", "maxItems": MOST_SAMPLES, "items": point });
    json!({
        "terrains": {
            "type": "object",
            "required": ["links", "terrains"],
            "properties": { "links": array_of(reference("link")), "terrains": array_of(reference("terrain")) },
        },
        "terrain": terrain(),
        "terrainLayer": {
            "type": "object",
            "description": "layer.json of quantized-mesh 1.0",
            "required": ["tilejson", "format", "scheme", "tiles", "projection", "available"],
            "properties": {
                "tilejson": text, "name": text, "description": text, "version": text, "format": text, "scheme": text,
                "projection": text, "tiles": array_of(text.clone()), "bounds": array_of(number.clone()),
                "minzoom": { "type": "integer" }, "maxzoom": { "type": "integer" },
                "available": array_of(array_of(json!({ "type": "object" }))), "extensions": array_of(text.clone()),
            },
        },
        "contours": {
            "type": "object",
            "description": "a GeoJSON FeatureCollection of LineStrings with `elevation` in metres",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] }, "numberReturned": { "type": "integer" },
                "interval": number, "unit": text, "verticalCrs": text,
                "features": array_of(json!({ "type": "object" })),
            },
        },
        "elevation": elevation(),
        "elevationPoints": {
            "oneOf": [
                points,
                {
                    "type": "object",
                    "required": ["points"],
                    "properties": { "points": points, "crs": text },
                },
            ],
        },
        "elevations": {
            "type": "object",
            "required": ["elevations", "unit", "verticalCrs"],
            "properties": {
                "terrain": text, "revision": { "type": "integer" }, "crs": text, "unit": text, "verticalCrs": text,
                "method": text,
                "elevations": array_of(json!({ "type": "number", "nullable": true })),
            },
        },
    })
}

fn terrain() -> Value {
    let text = json!({ "type": "string" });
    let numbers = |count: u32| json!({ "type": "array", "minItems": count, "maxItems": count, "items": { "type": "number" } });
    json!({
        "type": "object",
        "required": ["id", "title", "crs", "verticalCrs", "links"],
        "properties": {
            "id": text, "title": text, "revision": { "type": "integer" }, "crs": text, "verticalCrs": text,
            "heightModel": { "type": "string", "description": "what ellipsoidal heights of its tiles are made with" },
            "warnings": array_of(text.clone()),
            "cell": { "type": "number", "description": "between nodes [m]" },
            "unit": text, "sampleCount": { "type": "integer" },
            "levels": { "type": "object", "properties": { "coarsest": { "type": "integer" }, "finest": { "type": "integer" } } },
            "extent": reference("extent"),
            "storageCrsBbox": numbers(4), "heightRange": numbers(2),
            "updated": { "type": "string", "format": "date-time" },
            "links": array_of(reference("link")),
        },
    })
}

/// A point has `point` and `elevation`; a profile the rest.
fn elevation() -> Value {
    let text = json!({ "type": "string" });
    let metres =
        json!({ "type": "number", "nullable": true, "description": "metres; null where nothing is known" });
    let point = json!({ "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } });
    json!({
        "type": "object",
        "required": ["unit", "verticalCrs"],
        "properties": {
            "terrain": text, "revision": { "type": "integer" }, "crs": text, "unit": text, "verticalCrs": text,
            "method": text, "point": point, "elevation": metres,
            "length": metres, "step": metres, "lowest": metres, "highest": metres, "ascent": metres,
            "descent": metres,
            "samples": array_of(json!({
                "type": "object",
                "properties": { "distance": metres, "point": point, "elevation": metres },
            })),
        },
    })
}
