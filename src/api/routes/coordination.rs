//! What organizations ask each other about plans.

use super::plans::{JSON, TOLD_AFTER, TOLD_LIMIT, written};
use super::{Needs, Route};
use crate::api::params::F_JSON;
use crate::api::plans::{self, COORDINATION_BOX};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/coordination-requests",
        operation_id: "getCoordinationRequests",
        tag: "Plans",
        summary: "Coordination requests to or from the caller's organizations",
        parameters: &[&COORDINATION_BOX, &TOLD_LIMIT, &TOLD_AFTER, &F_JSON],
        open_query: false,
        produces: JSON,
        schema: "coordinationRequests",
        failures: &[400, 401, 500],
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::coordination_requests(call)),
    },
    Route {
        path: "/coordination-requests/{requestId}",
        operation_id: "getCoordinationRequest",
        tag: "Plans",
        summary: "A coordination request, with the answers",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "coordinationRequest",
        failures: &[400, 401, 404, 500],
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::coordination_request(call)),
    },
    Route {
        path: "/coordination-requests/{requestId}/record",
        operation_id: "getCoordinationRecord",
        tag: "Plans",
        summary: "All that belongs to a coordination request, for the procedure file",
        parameters: &[&F_JSON],
        open_query: false,
        produces: JSON,
        schema: "coordinationRecord",
        failures: &[400, 401, 404, 500],
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(plans::coordination_record(call)),
    },
    written("/coordination-requests/{requestId}/receive", "Where a request is said to have come"),
    written("/coordination-requests/{requestId}/answer", "Where a request is answered"),
    written("/coordination-requests/{requestId}/close", "Where a request is closed"),
];
