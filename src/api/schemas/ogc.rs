//! Schemas of OGC API – Features 1.0, with what ours have besides.

use serde_json::{Value, json};

use super::{array_of, reference};

/// Compatible with the schemas of OGC API – Features 1.0.
pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let links = array_of(reference("link"));
    json!({
        "link": {
            "type": "object",
            "required": ["href", "rel"],
            "properties": { "href": text, "rel": text, "type": text, "title": text, "hreflang": text, "length": { "type": "integer" } },
        },
        "landingPage": {
            "type": "object",
            "required": ["links"],
            "properties": { "title": text, "description": text, "links": links, "extent": reference("extent") },
        },
        "confClasses": {
            "type": "object",
            "required": ["conformsTo"],
            "properties": { "conformsTo": array_of(text.clone()), "links": links },
        },
        "collections": {
            "type": "object",
            "required": ["links", "collections"],
            "properties": { "links": links, "collections": array_of(reference("collection")) },
        },
        "collection": collection(),
        "extent": {
            "type": "object",
            "properties": {
                "spatial": {
                    "type": "object",
                    "properties": {
                        "bbox": {
                            "type": "array",
                            "minItems": 1,
                            "items": { "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } },
                        },
                        "crs": text,
                    },
                },
                "temporal": {
                    "type": "object",
                    "properties": {
                        "interval": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "array",
                                "minItems": 2,
                                "maxItems": 2,
                                "items": { "type": "string", "format": "date-time", "nullable": true },
                            },
                        },
                    },
                },
            },
        },
        "featureCollectionGeoJSON": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "features": array_of(reference("featureGeoJSON")),
                "links": links,
                "timeStamp": { "type": "string", "format": "date-time" },
                "numberMatched": { "type": "integer", "minimum": 0 },
                "numberReturned": { "type": "integer", "minimum": 0 },
            },
        },
        "featureGeoJSON": feature(),
        "multiPolygonGeoJSON": multi_polygon(),
        "exception": {
            "type": "object",
            "required": ["code"],
            "properties": {
                "type": text, "title": text, "status": { "type": "integer" }, "detail": text, "code": text, "description": text,
                // Of edits.
                "errors": array_of(json!({ "type": "object", "description": "what is wrong with which operation" })),
                "revision": { "type": "integer", "description": "which ended the feature" },
                "successors": array_of(text.clone()),
                "property": text,
                "pointer": { "type": "string", "description": "where in the feature that was sent (RFC 6901)" },
                "expected": { "type": "string", "description": "the type that the attribute has" },
                "given": text,
            },
        },
    })
}

fn collection() -> Value {
    let text = json!({ "type": "string" });
    let counts = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
    json!({
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": text, "title": text, "description": text,
            "links": array_of(reference("link")),
            "extent": reference("extent"),
            "itemType": { "type": "string", "default": "feature" },
            "crs": array_of(text.clone()),
            "crs3d": {
                "type": "array", "items": text,
                "description": "systems with heights that `place` of JSON-FG and surfaces come in",
            },
            "storageCrs": text,
            "featureCount": { "type": "integer", "minimum": 0 },
            "heightRange": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } },
            "updated": { "type": "string", "format": "date-time" },
            "lods": counts, "classes": counts,
            "collectionType": text,
            "contentExtent": { "type": "object", "description": "box in space, CRS84h" },
            "content": array_of(reference("link")),
            "clamp": {
                "type": "string",
                "description": "the terrain that tiles set plants, furniture and things of LoD0 or LoD1 on, or off",
            },
            "properties": array_of(json!({
                "type": "object",
                "required": ["name", "type", "count"],
                "properties": {
                    "name": text, "type": text, "count": { "type": "integer" },
                    "title": text, "description": text, "unit": text, "codeSpace": text,
                    "namespace": text, "declaredType": text,
                },
            })),
        },
    })
}

fn feature() -> Value {
    json!({
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": { "type": "string" },
            "geometry": { "nullable": true, "allOf": [reference("multiPolygonGeoJSON")] },
            "properties": {
                "type": "object",
                "nullable": true,
                "properties": {
                    "class": { "type": "string" },
                    "lods": array_of(json!({ "type": "string" })),
                    "children": { "type": "object", "additionalProperties": { "type": "integer" } },
                    "zMin": { "type": "number", "description": "lowest point [m], height system of the storage" },
                    "zMax": { "type": "number", "description": "highest point [m], height system of the storage" },
                    "revision": { "type": "integer", "description": "the revision that brought this state" },
                    "groundDifferenceMin": { "type": "number", "description": "lowest height of the ground surface above the terrain [m]" },
                    "groundDifferenceMedian": { "type": "number", "description": "median height of the ground surface above the terrain [m]" },
                    "groundDifferenceMax": { "type": "number", "description": "greatest height of the ground surface above the terrain [m]" },
                    "groundTerrain": { "type": "string", "description": "the terrain compared with" },
                    "groundTerrainRevision": { "type": "integer", "description": "the revision of the terrain for which the differences are known to hold" },
                },
            },
            "links": array_of(reference("link")),
            "relatedTo": array_of(json!({
                "type": "object",
                "required": ["direction", "relation", "link"],
                "description": "a link to or from another object; without href where nothing is at the other end",
                "properties": {
                    "direction": { "type": "string", "enum": ["to", "from"] },
                    "relation": { "type": "string" }, "role": { "type": "string" },
                    "part": { "type": "string", "description": "the part or surface that has the link" },
                    "link": { "type": "string", "description": "as in the file" },
                    "collection": { "type": "string" }, "id": { "type": "string" }, "href": { "type": "string" },
                },
            })),
        },
    })
}

fn multi_polygon() -> Value {
    let position = json!({ "type": "array", "minItems": 2, "items": { "type": "number" } });
    let ring = json!({ "type": "array", "minItems": 4, "items": position });
    json!({
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": { "type": "string", "enum": ["MultiPolygon"] },
            "coordinates": array_of(array_of(ring)),
        },
    })
}
