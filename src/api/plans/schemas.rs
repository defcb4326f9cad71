//! Schemas of plans, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn maybe(kind: &str) -> Value {
    json!({ "type": kind, "nullable": true })
}

pub(super) fn texts(description: &str) -> Value {
    json!({ "type": "array", "description": description, "items": { "type": "string" } })
}

pub(super) fn links() -> Value {
    json!({ "type": "array", "items": { "$ref": "#/components/schemas/link" } })
}

pub(super) fn list(name: &str, of: &str) -> Value {
    json!({
        "type": "object",
        "required": [name],
        "properties": {
            name: { "type": "array", "items": { "$ref": format!("#/components/schemas/{of}") } },
            "links": links(),
        },
    })
}

pub fn schemas() -> Value {
    let mut all = documents();
    let of_others = [
        super::procedure_schemas::schemas(),
        super::conflict_table::schemas(),
        super::coordination_table::schemas(),
        super::import_table::schemas(),
    ];
    for more in [bodies(), operations()].into_iter().chain(of_others) {
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
    }
    all
}

fn documents() -> Value {
    json!({
        "projects": list("projects", "project"),
        "project": {
            "type": "object",
            "required": ["id", "title", "owners"],
            "properties": {
                "id": text(),
                "title": text(),
                "description": text(),
                "planNumber": maybe("string"),
                "owners": texts("Ids of the organizations that plan."),
                "partners": texts("Ids of organizations that take part."),
                "members": texts("Subjects who see drafts; empty: all of the owners."),
                "area": { "type": "object", "nullable": true, "description": "a MultiPolygon in CRS84" },
                "stage": { "type": "integer", "nullable": true, "description": "XPlanung BP_Rechtsstand, such as 2400" },
                "version": { "type": "integer" },
                "created": text(),
                "updated": text(),
                "links": links(),
            },
        },
        "scenarios": list("scenarios", "scenario"),
        "scenario": {
            "type": "object",
            "required": ["id", "project", "title", "state"],
            "properties": {
                "id": text(),
                "project": text(),
                "parent": maybe("string"),
                "title": text(),
                "description": text(),
                "tags": texts("Words to find it by."),
                "state": state(),
                "visibility": visibility(),
                "version": { "type": "integer", "description": "Grows with each change; only those who see the draft see it." },
                "publishedRevision": maybe("integer"),
                "agreed": texts("Ids of the owners that have agreed to publish it; only those who see the draft see it."),
                "created": text(),
                "updated": text(),
                "links": links(),
            },
        },
        "scenarioRevisions": list("revisions", "scenarioRevision"),
        "scenarioRevision": {
            "type": "object",
            "required": ["number", "hash"],
            "properties": {
                "number": { "type": "integer" },
                "version": { "type": "integer" },
                "hash": { "type": "string", "description": "blake3 over the pinned revisions and all operations: the same state, the same hash" },
                "reason": { "type": "string", "enum": ["submit", "publish"] },
                "comment": maybe("string"),
                "published": { "type": "boolean" },
                "made": text(),
                "madeBy": maybe("string"),
                "links": links(),
            },
        },
        "hiddenObjects": {
            "type": "object",
            "required": ["hidden"],
            "properties": {
                "links": links(),
                "hidden": { "type": "array", "items": {
                    "type": "object",
                    "required": ["collection", "ids"],
                    "properties": {
                        "collection": text(),
                        "ids": texts("Ids of the objects."),
                        "style": { "type": "object", "properties": { "show": { "type": "string", "description": "a condition of 3D Tiles Styling" } } },
                    },
                } },
            },
        },
        "rebase": {
            "type": "object",
            "required": ["objects", "hasConflicts"],
            "properties": {
                "version": { "type": "integer", "nullable": true, "description": "of the scenario; null: nothing was written" },
                "hasConflicts": { "type": "boolean" },
                "objects": { "type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "collection": text(),
                        "id": text(),
                        "outcome": { "type": "string", "enum": ["clean", "auto-merged", "conflict"] },
                        "reason": text(),
                        "operations": { "type": "array", "items": { "type": "integer" } },
                    },
                } },
                "links": links(),
            },
        },
        "shares": list("shares", "share"),
        "share": {
            "type": "object",
            "required": ["id", "level"],
            "properties": {
                "id": { "type": "integer" },
                "scenario": maybe("string"),
                "organization": maybe("string"),
                "person": maybe("string"),
                "level": level(),
                "expires": maybe("string"),
                "created": text(),
                "createdBy": text(),
            },
        },
    })
}

fn state() -> Value {
    json!({ "type": "string", "enum": stadtwin_model::EditState::ALL.map(stadtwin_model::EditState::name) })
}

fn visibility() -> Value {
    json!({
        "type": "string",
        "description": "Who sees what is published of it.",
        "enum": stadtwin_access::Visibility::ALL.map(stadtwin_access::Visibility::name),
    })
}

fn level() -> Value {
    json!({ "type": "string", "enum": stadtwin_access::GrantLevel::ALL.map(stadtwin_access::GrantLevel::name) })
}

/// An object of these members and no others.
pub(super) fn closed(required: &[&str], properties: Value) -> Value {
    let mut schema = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn bodies() -> Value {
    let title = json!({ "type": "string", "minLength": 1, "maxLength": 200 });
    let id = json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,60}$", "description": "made by the server where it is missing" });
    let project = json!({
        "title": title,
        "description": text(),
        "planNumber": maybe("string"),
        "owners": texts("Ids of the organizations that plan."),
        "partners": texts("Ids of organizations that take part."),
        "members": texts("Subjects who see drafts; empty: all of the owners."),
        "area": { "type": "object", "nullable": true, "description": "a Polygon or MultiPolygon in CRS84" },
    });
    let scenario = json!({
        "title": title,
        "description": text(),
        "tags": texts("Words to find it by."),
        "visibility": visibility(),
    });
    let with = |base: &Value, more: Value| {
        let mut base = base.clone();
        if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
            base.extend(more);
        }
        base
    };
    json!({
        "newProject": closed(&["title", "owners"], with(&project, json!({ "id": id }))),
        "projectPatch": closed(&[], project),
        "newScenario": closed(&["title"], with(&scenario, json!({
            "id": id,
            "parent": { "type": "string", "nullable": true, "description": "id of the scenario that it builds on" },
        }))),
        "newCopy": closed(&[], with(&scenario, json!({ "id": id }))),
        "scenarioPatch": closed(&[], scenario),
        "transition": closed(&[], json!({ "comment": text() })),
        "rebaseOrder": closed(&[], json!({ "force": { "type": "boolean", "description": "also where objects conflict" } })),
        "newShare": closed(&[], json!({
            "organization": maybe("string"),
            "person": { "type": "string", "nullable": true, "description": "the subject of somebody" },
            "level": level(),
            "expires": { "type": "string", "nullable": true, "description": "a date or an RFC 3339 date-time" },
        })),
    })
}

fn operations() -> Value {
    json!({
        "operations": {
            "type": "object",
            "required": ["operations"],
            "properties": {
                "version": { "type": "integer" },
                "operations": { "type": "array", "items": { "$ref": "#/components/schemas/operation" } },
                "links": links(),
            },
        },
        "operation": {
            "type": "object",
            "required": ["seq", "op", "collection"],
            "properties": {
                "seq": { "type": "integer" },
                "batch": { "type": "integer", "description": "seq of the first that came with the same request" },
                "op": op(&[]),
                "collection": text(),
                "targets": texts("Ids of the objects that it is done to."),
                "made": texts("Ids of the objects that it brings."),
                "parameters": { "type": "object" },
                "validity": validity(),
                "phase": { "type": "string", "nullable": true, "description": "label of the phase that it names: its dates are those of the phase" },
                "author": maybe("string"),
                "time": text(),
                "comment": maybe("string"),
            },
        },
        "operationBatch": {
            "type": "object",
            "required": ["operations"],
            "properties": { "operations": {
                "type": "array",
                "minItems": 1,
                "maxItems": stadtwin_jobs::MOST_PLAN_OPERATIONS,
                "items": { "$ref": "#/components/schemas/newOperation" },
            } },
        },
        "newOperation": {
            "type": "object",
            "required": ["op"],
            "description": "Which members an operation has depends on `op`: add (feature, features), remove (target), replace (target, targets, feature, features), modify (target, properties), transform (target, translate, rotate, about, scale, stock), extrude (id, footprint, base, height, storeys, storeyHeight, roof, function, properties), undo (seq, wholeBatch); all of them `collection`, `validity` and `comment`.",
            "properties": {
                "op": op(&["undo"]),
                "collection": text(),
                "validity": validity(),
                "phase": { "type": "string", "nullable": true, "description": "label of a phase of the scenario, in place of `validity`" },
                "comment": maybe("string"),
                "target": text(),
                "targets": texts("Ids of the objects."),
                "feature": { "type": "object", "description": "a GeoJSON feature, or a CityJSON document or feature" },
                "features": { "type": "array", "items": { "type": "object" } },
                "properties": { "type": "object", "description": "a JSON merge patch" },
                "translate": numbers("East, north, up [m].", 3),
                "rotate": { "type": "number", "description": "counter-clockwise seen from above [°]" },
                "about": numbers("East and north in the storage CRS; without it the middle of the outline.", 2),
                "scale": { "type": "number" },
                "stock": { "type": "boolean", "description": "whether an object of the city as it is may be moved" },
                "id": text(),
                "footprint": { "type": "object", "description": "a GeoJSON Polygon" },
                "base": { "description": "what it stands on: a height [m], `terrain-min` or `terrain-mean`", "anyOf": [{ "type": "number" }, { "type": "string", "enum": ["terrain-min", "terrain-mean"] }] },
                "height": { "type": "number", "description": "from the base to the eaves [m]" },
                "storeys": { "type": "integer", "minimum": 1 },
                "storeyHeight": { "type": "number", "description": "[m]" },
                "roof": { "type": "object", "description": "type flat, gable or hip; rise [m]" },
                "function": text(),
                "seq": { "type": "integer" },
                "wholeBatch": { "type": "boolean" },
            },
        },
        "batchReport": {
            "type": "object",
            "required": ["version", "results"],
            "properties": {
                "version": { "type": "integer" },
                "results": { "type": "array", "items": {
                    "type": "object",
                    "properties": {
                        "index": { "type": "integer" },
                        "op": op(&["undo"]),
                        "seq": { "type": "integer" },
                        "targets": texts("Ids of the objects that it was done to."),
                        "made": texts("Ids of the objects that it brought."),
                        "undone": { "type": "array", "items": { "type": "integer" } },
                    },
                } },
                "findings": { "type": "array", "description": "The first hundred, those that weigh most first.", "items": finding() },
                "findingCount": { "type": "integer", "description": "Of all findings." },
            },
        },
    })
}

/// What is odd about an object that comes or moves.
pub(super) fn finding() -> Value {
    json!({
        "type": "object",
        "required": ["object", "code", "severity", "message"],
        "properties": {
            "index": { "type": "integer", "description": "of the operation" },
            "object": { "type": "string", "description": "id of the object" },
            "code": { "type": "string", "description": "the rule, such as base_far_from_terrain" },
            "severity": { "type": "string", "enum": ["info", "warning", "error"] },
            "message": text(),
            "value": { "type": "number", "description": "what was measured" },
            "unit": { "type": "string", "enum": ["m", "m²"] },
        },
    })
}

fn op(more: &[&str]) -> Value {
    let all = ["add", "remove", "replace", "modify", "transform", "extrude"];
    let all: Vec<&str> = all.iter().chain(more).copied().collect();
    json!({ "type": "string", "enum": all })
}

fn validity() -> Value {
    json!({
        "type": "object",
        "nullable": true,
        "description": "From a moment up to another that does not belong to it; null is open.",
        "properties": { "from": maybe("string"), "to": maybe("string") },
    })
}

fn numbers(description: &str, count: u32) -> Value {
    json!({ "type": "array", "description": description, "minItems": count, "maxItems": count, "items": { "type": "number" } })
}
