//! Schemas of versions and changes, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub fn schemas() -> Value {
    let (text, number) = (json!({ "type": "string" }), json!({ "type": "integer" }));
    let ids = json!({ "type": "array", "items": text });
    let links = json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } });
    let open = |what: &str| json!({ "type": "string", "format": "date-time", "nullable": true, "description": what });
    let version = json!({
        "type": "object",
        "required": ["revision"],
        "properties": {
            "revision": number,
            "published": open("of the revision that brought it"),
            "until": { "type": "integer", "nullable": true, "description": "the first revision that no longer has it; null while it lives" },
            "ended": open("of that revision"),
            "validFrom": open("in the real world"),
            "validTo": open("in the real world"),
            "class": text,
            "links": links,
        },
    });
    let revision = json!({
        "type": "object",
        "required": ["revision", "inserted", "updated", "deleted", "isComplete"],
        "properties": {
            "revision": number,
            "published": open("when it became the newest"),
            "cause": { "type": "string", "enum": ["import", "edit", "rollback"] },
            "restores": { "type": "integer", "nullable": true },
            "inserted": ids,
            "updated": ids,
            "deleted": ids,
            "isComplete": { "type": "boolean", "description": "false: the rest of it stands on the next page" },
            "bbox": { "type": "array", "nullable": true, "items": { "type": "number" }, "minItems": 4, "maxItems": 4 },
            "tiles": {
                "type": "object",
                "properties": { "tileMatrixSet": text, "keys": ids },
                "description": "map tiles that show something else, level/row/column from level 0 on, as far as no more than 100 of a level do",
            },
            "contents": { "type": "array", "nullable": true, "items": text, "description": "names of 3D tiles of the present plan that show the features, or stand where those that ended were shown; null: more than 1,000" },
        },
    });
    let moment = |what: &str| json!({ "type": "string", "format": "date-time", "nullable": true, "description": what });
    let plan = json!({
        "type": "object",
        "required": ["scenario", "states"],
        "description": "with `scenario`: what becomes of the feature in it, span by span; in all others it is as in `versions`",
        "properties": { "scenario": text, "states": { "type": "array", "items": {
            "type": "object",
            "required": ["becomes", "from", "to"],
            "properties": {
                "becomes": { "type": "string", "enum": ["added", "changed", "gone"] },
                "from": moment("null: from the beginning"),
                "to": moment("the end, not included; null: for ever"),
                "links": links,
            },
        } } },
    });
    json!({
        "featureVersions": {
            "type": "object",
            "required": ["id", "versions", "links"],
            "properties": {
                "id": text, "aliases": ids, "predecessors": ids, "successors": ids, "links": links,
                "versions": { "type": "array", "items": version },
                "plan": plan,
            },
        },
        "changes": {
            "type": "object",
            "required": ["head", "revisions", "links"],
            "properties": {
                "collection": text, "head": number, "since": number, "links": links,
                "revisions": { "type": "array", "items": revision },
            },
        },
    })
}
