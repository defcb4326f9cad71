//! What imports of terrain take, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let files = json!({ "type": "array", "items": { "type": "string", "format": "binary" } });
    let form = order(json!({ "file": files }));
    let body = order(json!({
        "href": text("a file or folder that the server may import from, or an address that it may fetch"),
        "upload": text("id of a finished upload"),
        "collection": text("id of a collection whose relief becomes the terrain"),
        "lod": text("level of detail of that relief, 0 to 4 (also 2.2); the finest of each feature unless said"),
    }));
    json!({ "terrainImportForm": form, "terrainImportOrder": body })
}

/// `source` are the members that say where the heights come from.
fn order(source: Value) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "title": { "type": "string", "description": "title of the terrain" },
            "crs": { "type": "string", "description": "CRS with the height system in place of what the files say, for example 25832+7837" },
            "mode": { "type": "string", "enum": ["update", "replace"], "default": "update", "description": "whether heights stay where the input knows nothing" },
            "cell": { "type": "number", "minimum": 0.01, "maximum": 100_000, "description": "between the nodes of a new terrain [m]; unless said as the finest file" },
            "dryRun": { "type": "boolean", "default": false, "description": "read and compare everything, write nothing" },
            "partialDelivery": { "type": "boolean", "default": false, "description": "take the rest of a Metalink delivery when files of it are missing or other ones" },
            "priority": { "type": "integer", "minimum": -100, "maximum": 100, "default": 0 },
        },
    });
    if let (Some(members), Value::Object(source)) = (schema["properties"].as_object_mut(), source) {
        members.extend(source);
    }
    schema
}
