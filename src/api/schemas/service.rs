//! Schemas of what tells of the server itself, and of 3D.

use serde_json::{Value, json};

use super::array_of;

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "number" });
    let bounds = json!({ "type": "array", "minItems": 4, "maxItems": 4, "items": number });
    json!({
        "apiDefinition": { "type": "object", "description": "an OpenAPI 3.0 document" },
        "tileset": {
            "type": "object",
            "description": "a tileset as 3D Tiles 1.1 defines it",
            "required": ["asset", "geometricError", "root"],
            "properties": { "asset": { "type": "object" }, "geometricError": number, "root": { "type": "object" } },
        },
        "groundGrid": {
            "type": "object",
            "required": ["bounds", "columns", "rows", "heights", "heightModel"],
            "properties": {
                "bounds": bounds,
                "columns": { "type": "integer" },
                "rows": { "type": "integer" },
                "heights": { "type": "array", "items": number, "description": "ellipsoidal [m], northern row first" },
                "heightModel": text,
            },
        },
        "healthStatus": { "type": "object", "required": ["status"], "properties": { "status": text } },
        "health": {
            "type": "object",
            "required": ["status", "version"],
            "properties": {
                "status": text, "version": text, "database": { "type": "object" }, "heightModel": text,
                "storageCrs": { "type": "object", "nullable": true },
                "catalog": {
                    "type": "object",
                    "description": "the catalogue that is told of published scenarios, where there is one",
                    "required": ["status"],
                    "properties": {
                        "status": { "type": "string", "enum": ["ok", "degraded"] },
                        "waiting": { "type": "integer", "description": "entries that it is still to take" },
                    },
                },
                "localDevelopment": { "type": "boolean" },
            },
        },
        "viewerConfig": {
            "type": "object",
            "properties": {
                "title": text,
                "extent": { "type": "array", "nullable": true, "minItems": 4, "maxItems": 4, "items": number },
                "groundHeight": { "type": "number", "nullable": true },
                "undulation": { "type": "number", "nullable": true },
                "heightModel": text,
                "languages": array_of(text.clone()),
                "attribution": text,
                "imprintUrl": { "type": "string", "format": "uri" },
                "identityProviders": array_of(json!({
                    "type": "object",
                    "description": "where people log in by OpenID Connect: code flow with PKCE, as a public client",
                    "required": ["issuer", "discovery", "title", "clientId", "scope"],
                    "properties": {
                        "issuer": { "type": "string", "format": "uri" },
                        "discovery": { "type": "string", "format": "uri", "description": "the issuer's configuration" },
                        "title": text,
                        "clientId": text,
                        "scope": text,
                        "resource": text,
                    },
                })),
            },
        },
    })
}
