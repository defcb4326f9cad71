//! What imports of terrain take, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

use crate::api::path_parts::NAME;
use crate::api::schemas::{href, import_form, one_of, upload};

pub fn schemas() -> Value {
    let relief = json!({
        "collection": { "type": "string", "pattern": NAME, "description": "id of a collection whose relief becomes the terrain" },
        "lod": {
            "type": "string",
            "pattern": r"^[0-9](\.[0-9])?$",
            "description": "level of detail of that relief, 0 to 4 (also 2.2); the finest of each feature unless said",
        },
    });
    json!({
        "terrainImportForm": import_form(&own()),
        "terrainImportOrder": one_of(&[href(), upload(), relief], &own()),
    })
}

fn own() -> Value {
    json!({
        "title": { "type": "string", "description": "title of the terrain" },
        "crs": { "type": "string", "minLength": 1, "description": "CRS with the height system in place of what the files say, for example 25832+7837" },
        "mode": { "type": "string", "enum": ["update", "replace"], "default": "update", "description": "whether heights stay where the input knows nothing" },
        "cell": { "type": "number", "minimum": 0.01, "maximum": 100_000, "description": "between the nodes of a new terrain [m]; unless said as the finest file" },
    })
}
