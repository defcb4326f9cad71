//! Schemas of the answers, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let time = json!({ "type": "string", "format": "date-time" });
    let array_of = |items: Value| json!({ "type": "array", "items": items });
    let objects = array_of(json!({ "type": "object" }));
    let links = array_of(json!({ "$ref": "#/components/schemas/link" }));
    json!({
        "recordCatalogue": {
            "type": "object",
            "required": ["id", "title", "links", "itemType", "type"],
            "properties": {
                "id": text, "title": text, "description": text, "type": text, "itemType": text,
                "crs": array_of(text.clone()), "keywords": array_of(text.clone()), "contacts": objects,
                "extent": { "$ref": "#/components/schemas/extent" }, "updated": time, "links": links,
            },
        },
        "recordGeoJSON": {
            "type": "object",
            "required": ["id", "type", "geometry", "properties"],
            "properties": {
                "id": text,
                "type": { "type": "string", "enum": ["Feature"] },
                "time": { "type": "object", "nullable": true },
                "geometry": { "type": "object", "nullable": true },
                "properties": {
                    "type": "object",
                    "properties": {
                        "type": text, "title": text, "description": text, "keywords": array_of(text.clone()),
                        "created": time, "updated": time, "themes": objects, "formats": objects,
                        "externalIds": objects, "contacts": objects, "rights": text, "language": { "type": "object" },
                    },
                },
                "links": links, "linkTemplates": objects,
            },
        },
        "recordCollectionGeoJSON": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": array_of(json!({ "$ref": "#/components/schemas/recordGeoJSON" })),
                "links": links,
                "numberMatched": { "type": "integer", "minimum": 0 },
                "numberReturned": { "type": "integer", "minimum": 0 },
            },
        },
    })
}
