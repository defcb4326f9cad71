//! The writes of coordination requests, and their schemas.

use serde_json::{Value, json};

use super::coordination::{self, ANSWERS, KINDS};
use super::schemas::{closed, links, list, maybe, text};
use crate::api::needs::Needs;
use crate::api::writes::{Handler, Write};

pub static WRITES: &[Write] = &[
    Write {
        path: "/coordination-requests",
        method: "POST",
        operation_id: "sendCoordinationRequest",
        summary: "Ask other organizations about a revision of a plan",
        takes: &[("application/json", "newCoordinationRequest")],
        success: 201,
        schema: "coordinationRequest",
        failures: &[400, 404, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(coordination::create(call, caller, body))),
    },
    Write {
        path: "/coordination-requests/{requestId}/receive",
        method: "POST",
        operation_id: "receiveCoordinationRequest",
        summary: "Say that an organization has a request",
        takes: &[("application/json", "coordinationReceipt")],
        success: 200,
        schema: "coordinationRequest",
        failures: &[400, 404, 409, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(coordination::receive(call, caller, body))),
    },
    Write {
        path: "/coordination-requests/{requestId}/answer",
        method: "POST",
        operation_id: "answerCoordinationRequest",
        summary: "Answer a request: no objection, an objection, or conditions",
        takes: &[("application/json", "coordinationAnswer")],
        success: 200,
        schema: "coordinationRequest",
        failures: &[400, 404, 409, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(coordination::reply(call, caller, body))),
    },
    Write {
        path: "/coordination-requests/{requestId}/close",
        method: "POST",
        operation_id: "closeCoordinationRequest",
        summary: "Close a request that all have answered or whose deadline is over",
        takes: &[("application/json", "coordinationClosing")],
        success: 200,
        schema: "coordinationRequest",
        failures: &[400, 404, 409, 413, 415, 422, 500, 503],
        needs: Needs::Caller,
        handler: Handler::Writes(|call, caller, body| Box::pin(coordination::close(call, caller, body))),
    },
];

pub fn schemas() -> Value {
    let kind = json!({ "type": "string", "enum": KINDS.map(|(kind, _)| kind) });
    let answer = json!({ "type": "string", "enum": ANSWERS });
    let maybe_answer =
        json!({ "type": "string", "nullable": true, "enum": [ANSWERS[0], ANSWERS[1], ANSWERS[2], null] });
    let anchor = json!({
        "type": "object",
        "description": "a place that the answer speaks of: `point` (longitude, latitude and height), a feature, or a view",
        "properties": {
            "text": text(),
            "point": { "type": "array", "items": { "type": "number" }, "minItems": 2, "maxItems": 3 },
            "collection": text(),
            "feature": text(),
            "view": {},
        },
    });
    let anchors = json!({ "type": "array", "maxItems": 100, "items": anchor });
    let addressee = json!({
        "type": "object",
        "required": ["organization", "state"],
        "properties": {
            "organization": text(),
            "state": { "type": "string", "enum": ["sent", "received", "answered"] },
            "received": maybe("string"),
            "receivedBy": maybe("string"),
            "answered": maybe("string"),
            "answeredBy": maybe("string"),
            "answer": maybe_answer,
            "text": maybe("string"),
            "anchors": anchors,
        },
    });
    let request = json!({
        "type": "object",
        "required": ["id", "kind", "from", "scenario", "revision", "deadline", "state", "addressees"],
        "properties": {
            "id": { "type": "integer" },
            "kind": kind,
            "name": maybe("string"),
            "from": text(),
            "scenario": text(),
            "revision": { "type": "integer" },
            "subject": { "type": "string", "description": "a value of `scenario` that shows what is asked about" },
            "message": text(),
            "deadline": text(),
            "overdue": { "type": "boolean", "description": "whether the deadline is over and the request is not closed" },
            "state": { "type": "string", "enum": ["sent", "received", "answered", "closed"] },
            "sent": text(),
            "sentBy": text(),
            "closed": maybe("string"),
            "closedBy": maybe("string"),
            "closing": maybe("string"),
            "addressees": { "type": "array", "items": addressee, "description": "who was asked sees their own" },
            "links": links(),
        },
    });
    let organization = json!({ "type": "string", "description": "of the caller's that are asked; needed where there are several" });
    json!({
        "coordinationRequests": list("requests", "coordinationRequest"),
        "coordinationRequest": request,
        "coordinationRecord": {
            "type": "object",
            "required": ["type", "generated", "request", "project", "scenario", "revision", "operations", "history"],
            "properties": {
                "type": { "type": "string", "enum": ["coordination-record"] },
                "generated": text(),
                "request": { "$ref": "#/components/schemas/coordinationRequest" },
                "project": { "type": "object" },
                "scenario": { "type": "object" },
                "revision": { "$ref": "#/components/schemas/scenarioRevision" },
                "operations": { "type": "array", "items": { "type": "object" } },
                "history": { "type": "array", "items": {
                    "type": "object",
                    "required": ["time", "organization", "what"],
                    "properties": { "time": text(), "by": maybe("string"), "organization": text(), "what": text() },
                } },
            },
        },
        "newCoordinationRequest": closed(&["scenario", "to", "kind"], json!({
            "scenario": text(),
            "revision": { "type": "integer", "nullable": true, "description": "else the newest" },
            "to": { "type": "array", "minItems": 1, "maxItems": 50, "items": text() },
            "from": { "type": "string", "nullable": true, "description": "an owner of the plan that the caller acts for" },
            "kind": kind,
            "deadline": { "type": "string", "nullable": true, "description": "else in a month" },
            "message": maybe("string"),
        })),
        "coordinationReceipt": closed(&[], json!({ "organization": organization })),
        "coordinationAnswer": closed(&["answer"], json!({
            "organization": organization, "answer": answer, "text": maybe("string"), "anchors": anchors,
        })),
        "coordinationClosing": closed(&[], json!({ "comment": maybe("string") })),
    })
}
