//! Schemas of what is answered and taken, in the terms of OpenAPI 3.0. Those of map tiles, of terrain and of the ground below
//! buildings lie beside them.

mod features;
mod jobs;
mod ogc;
mod service;

pub use jobs::{href, import_form, one_of, upload};

use serde_json::{Value, json};

/// By the names that `routes` and `writes` use.
pub fn schemas() -> Value {
    let parts = [
        ogc::schemas(),
        features::schemas(),
        jobs::schemas(),
        service::schemas(),
        super::map_tiles::schemas(),
        super::parts::schemas(),
        super::editing::schemas(),
        super::history::schemas(),
        super::processes::schemas(),
        super::geovolumes::schemas(),
        super::styles::schemas(),
        super::clients::schemas(),
        super::records::schemas(),
        super::contact::schemas(),
        super::plans::schemas(),
        super::organizations::schemas(),
        super::audit::schemas(),
        super::me::schemas(),
        super::terrain::schemas(),
        super::terrain::order_schemas(),
        super::terrain::modification_schemas(),
    ];
    let members = parts.into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    Value::Object(members.flatten().collect())
}

pub fn array_of(schema: Value) -> Value {
    json!({ "type": "array", "items": schema })
}

pub fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
