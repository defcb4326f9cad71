//! The writes of conflicts and rule sets, and the schemas of both.

use serde_json::{Value, json};

use super::schemas::{closed, links, list, maybe, text};
use super::{conflicts, rule_sets};
use crate::api::needs::Needs;
use crate::api::writes::{Handler, Write};

pub static WRITES: &[Write] = &[
    Write {
        path: "/conflicts/{conflictId}",
        method: "PATCH",
        operation_id: "settleConflict",
        summary: "Put a conflict into another state, with a comment",
        takes: &[("application/merge-patch+json", "conflictPatch"), ("application/json", "conflictPatch")],
        success: 200,
        schema: "conflict",
        failures: &[400, 404, 412, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(conflicts::settle(call, caller, body))),
    },
    Write {
        path: "/scenarios/{scenarioId}/conflicts",
        method: "POST",
        operation_id: "findConflicts",
        summary: "Look for conflicts of a scenario now",
        takes: &[],
        success: 200,
        schema: "conflicts",
        failures: &[400, 404, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, _| Box::pin(conflicts::find(call, caller))),
    },
    Write {
        path: "/rulesets/{ruleSetId}",
        method: "PUT",
        operation_id: "keepRuleSet",
        summary: "Keep a new version of a rule set; the old ones stay",
        takes: &[("application/json", "newRuleSet")],
        success: 200,
        schema: "ruleSet",
        failures: &[400, 409, 412, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(rule_sets::keep(call, caller, body))),
    },
];

pub fn schemas() -> Value {
    let side = json!({
        "type": "object",
        "nullable": true,
        "description": "an object of a plan or of the city, or a neighbour",
        "properties": {
            "scenario": maybe("string"),
            "collection": maybe("string"),
            "featureId": maybe("string"),
            "organization": maybe("string"),
        },
    });
    let state = json!({ "type": "string", "enum": ["open", "acknowledged", "resolved", "accepted"] });
    let entry = json!({
        "type": "object",
        "properties": { "time": text(), "by": text(), "state": state, "comment": maybe("string") },
    });
    let span = json!({ "type": "object", "description": "what is open is left out", "properties": { "from": text(), "to": text() } });
    let rule_set = json!({
        "type": "object",
        "required": ["id", "version"],
        "description": "the members of schemas/json/rule-set.json",
        "properties": {
            "id": text(),
            "version": { "type": "integer" },
            "organization": maybe("string"),
            "made": maybe("string"),
            "links": links(),
        },
    });
    json!({
        "conflicts": list("conflicts", "conflict"),
        "conflict": {
            "type": "object",
            "required": ["id", "code", "severity", "first", "state", "intervals"],
            "properties": {
                "id": { "type": "integer" },
                "code": { "type": "string", "enum": ["C1", "C2", "C3", "C4", "C6"] },
                "severity": { "type": "string", "enum": ["info", "medium", "high"] },
                "first": side,
                "second": side,
                "geometry": { "type": "object", "nullable": true, "description": "a MultiPolygon of GeoJSON" },
                "area": { "type": "number", "nullable": true, "description": "m²" },
                "volume": { "type": "number", "nullable": true, "description": "m³" },
                "distance": { "type": "number", "nullable": true, "description": "m" },
                "intervals": { "type": "array", "items": span },
                "estimated": { "type": "boolean", "description": "whether a block stood for a solid that is not closed" },
                "state": state,
                "version": { "type": "integer" },
                "history": { "type": "array", "items": entry },
                "found": text(),
                "updated": text(),
                "links": links(),
            },
        },
        "conflictPatch": closed(&["state"], json!({ "state": state, "comment": maybe("string") })),
        "ruleSets": list("ruleSets", "ruleSet"),
        "ruleSet": rule_set,
        "newRuleSet": { "type": "object", "required": ["organization"], "properties": { "organization": text() } },
    })
}
