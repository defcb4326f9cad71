//! Schemas of stages, comments, notifications and webhooks, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

use super::schemas::{closed, links, list, maybe, text, texts};
use super::stages::STAGES;

fn change() -> Value {
    let delta = json!({
        "type": "object",
        "properties": { "before": maybe("number"), "after": maybe("number"), "delta": maybe("number") },
    });
    json!({
        "type": "object",
        "required": ["kind", "collection", "before", "after"],
        "properties": {
            "kind": { "type": "string", "enum": ["added", "removed", "replaced", "modified", "moved"] },
            "collection": text(),
            "before": texts("Ids of the objects before; of what was added none."),
            "after": texts("Ids of the objects after; of what was removed none."),
            "attributes": { "type": "array", "items": {
                "type": "object",
                "properties": { "part": text(), "name": text(), "before": {}, "after": {} },
            } },
            "geometryChanged": { "type": "boolean" },
            "movement": { "type": "object", "nullable": true, "description": "east, north, up [m], and degrees counter-clockwise" },
            "height": delta,
            "volume": delta,
            "footprint": delta,
        },
    })
}

/// As the Modeler3D of Masterportal writes and reads it.
fn portal_session() -> Value {
    let entry = json!({ "type": "object" });
    let modeler = json!({
        "type": "object",
        "required": ["drawnEntities", "hiddenEntities", "importedEntities"],
        "properties": {
            "drawnEntities": { "type": "object", "description": "a FeatureCollection of polygons with `extrudedHeight`" },
            "hiddenEntities": { "type": "array", "description": "objects with `name` and `layerId`", "items": entry },
            "importedEntities": { "type": "array", "description": "models with `blob` (base 64) and `position`", "items": entry },
        },
    });
    json!({ "type": "object", "required": ["Modeler3D"], "properties": { "Modeler3D": modeler } })
}

fn exported_outlines() -> Value {
    let feature = json!({
        "type": "object",
        "required": ["type", "id", "geometry", "properties", "collection"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature"] },
            "id": text(),
            "geometry": { "type": "object", "nullable": true },
            "properties": { "type": "object" },
            "collection": { "type": "string", "description": "id of the collection that it is in" },
        },
    });
    json!({
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": { "type": "string", "enum": ["FeatureCollection"] },
            "title": text(),
            "scenario": text(),
            "features": { "type": "array", "items": feature },
        },
    })
}

fn comparison() -> Value {
    let figure = json!({
        "type": "object",
        "required": ["key", "unit", "method"],
        "properties": {
            "key": text(),
            "value": maybe("number"),
            "exact": maybe("number"),
            "unit": text(),
            "method": text(),
            "ruleSet": text(),
            "estimated": { "type": "boolean" },
            "limit": { "type": "object", "nullable": true },
            "featureIds": texts("Ids of what was counted."),
            "unknownIds": texts("Ids of what should have been counted and does not tell the value."),
        },
    });
    json!({
        "type": "object",
        "required": ["scenarios"],
        "properties": {
            "area": { "type": "number", "nullable": true, "description": "of the plot [m²]" },
            "ruleSet": { "type": "string", "description": "what figures are counted by, with its version" },
            "scenarios": { "type": "array", "items": {
                "type": "object",
                "required": ["scenario", "figures"],
                "properties": { "scenario": text(), "figures": { "type": "array", "items": figure } },
            } },
            "notice": text(),
            "links": links(),
        },
    })
}

fn phase() -> Value {
    json!({
        "type": "object",
        "required": ["label"],
        "description": "from a moment up to another that does not belong to it; null is open",
        "properties": { "label": text(), "from": maybe("string"), "to": maybe("string") },
    })
}

pub fn schemas() -> Value {
    let codes = STAGES.map(|(code, _)| code);
    let state = json!({ "type": "string", "enum": ["pending", "accepted", "rejected"] });
    let anchor = json!({
        "type": "object",
        "nullable": true,
        "description": "where it is meant",
        "properties": {
            "point": { "type": "array", "description": "longitude, latitude [°] and height [m]", "minItems": 2, "maxItems": 3, "items": { "type": "number" } },
            "collection": text(),
            "feature": text(),
            "view": { "type": "object" },
        },
    });
    json!({
        "stages": list("stages", "stage"),
        "stage": {
            "type": "object",
            "required": ["stage", "decided"],
            "properties": {
                "stage": { "type": "integer", "description": "XPlanung BP_Rechtsstand", "enum": codes },
                "name": maybe("string"),
                "decided": text(),
                "begins": maybe("string"),
                "ends": maybe("string"),
                "note": maybe("string"),
                "reason": maybe("string"),
                "displayed": texts("Revisions that are displayed, such as `A@2`."),
                "running": { "type": "boolean", "description": "whether the display has begun and is not over" },
                "entered": text(),
            },
        },
        "newStage": closed(&["stage"], json!({
            "stage": { "type": "integer", "description": "XPlanung BP_Rechtsstand; 2200 and 2400 need `begins`, `ends` and `displayed`", "enum": codes },
            "decided": { "type": "string", "nullable": true, "description": "a date; today where it is missing" },
            "begins": maybe("string"),
            "ends": maybe("string"),
            "note": maybe("string"),
            "reason": { "type": "string", "nullable": true, "description": "why the display is shorter than 30 days" },
            "displayed": texts("Published revisions, such as `A@2`; without a number the one that is published now."),
        })),
        "diff": {
            "type": "object",
            "required": ["changes"],
            "properties": { "changes": { "type": "array", "items": change() }, "links": links() },
        },
        "diffFeatures": {
            "type": "object",
            "required": ["type", "features"],
            "properties": {
                "type": { "type": "string", "enum": ["FeatureCollection"] },
                "links": links(),
                "features": { "type": "array", "items": {
                    "type": "object",
                    "required": ["type", "geometry", "properties"],
                    "properties": {
                        "type": { "type": "string", "enum": ["Feature"] },
                        "geometry": { "type": "object", "nullable": true, "description": "outlines, a MultiPolygon" },
                        "properties": change(),
                    },
                } },
            },
        },
        "exportedOutlines": exported_outlines(),
        "portalSession": portal_session(),
        "comparison": comparison(),
        "phases": list("phases", "phase"),
        "phase": phase(),
        "newPhases": closed(&["phases"], json!({ "phases": { "type": "array", "maxItems": 50, "items": phase() } })),
        "comments": list("comments", "comment"),
        "statements": list("statements", "comment"),
        "comment": {
            "type": "object",
            "required": ["id", "text"],
            "properties": {
                "id": { "type": "integer" },
                "revision": maybe("integer"),
                "author": { "type": "string", "nullable": true, "description": "for those who work on the scenario" },
                "name": maybe("string"),
                "text": text(),
                "anchor": anchor,
                "state": state,
                "late": { "type": "boolean", "description": "came after the display" },
                "answer": maybe("string"),
                "made": text(),
            },
        },
        "newComment": closed(&["text"], json!({ "text": text(), "anchor": anchor })),
        "newStatement": closed(&["text"], json!({
            "text": text(),
            "name": { "type": "string", "nullable": true, "description": "as the author wants to be called; everybody sees it" },
            "anchor": anchor,
            "revision": { "type": "integer", "nullable": true, "description": "a published one; without it the newest" },
        })),
        "moderation": closed(&[], json!({ "state": state, "answer": maybe("string") })),
        "notifications": list("notifications", "notification"),
        "notification": {
            "type": "object",
            "required": ["id", "kind", "organization"],
            "properties": {
                "id": { "type": "integer" },
                "organization": text(),
                "kind": { "type": "string", "description": "scenario.submitted, scenario.published, scenario.shared, statement.made, …" },
                "project": maybe("string"),
                "scenario": maybe("string"),
                "subject": { "type": "object" },
                "made": text(),
            },
        },
        "webhooks": { "type": "object", "required": ["webhooks"], "properties": {
            "webhooks": { "type": "array", "items": { "$ref": "#/components/schemas/webhook" } }, "links": links(),
        } },
        "webhook": {
            "type": "object",
            "required": ["id", "organization", "url"],
            "properties": {
                "id": { "type": "integer" },
                "organization": text(),
                "url": text(),
                "kinds": texts("Kinds of notifications that are sent; empty: all."),
                "secret": { "type": "string", "description": "key of the signatures (header `stadtwin-signature`: `sha256=` and HMAC-SHA-256 of the body); shown when it is made and never again" },
                "lastSent": { "type": "integer" },
                "failures": { "type": "integer", "description": "tries in a row that failed" },
                "lastError": maybe("string"),
                "created": text(),
            },
        },
        "newWebhook": closed(&["organization", "url"], json!({
            "organization": text(), "url": text(), "kinds": texts("Kinds of notifications to send; empty: all."),
        })),
    })
}
