//! Who plans.

use super::{DOCUMENT, Needs, Route};
use crate::api::negotiate::Media;
use crate::api::params::{AFTER, AUDIT_SINCE, F, F_AUDIT, LANG, LIMIT};
use crate::api::{audit, me, organizations};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/organizations",
        operation_id: "getOrganizations",
        tag: "Planning",
        summary: "Who plans in this twin",
        parameters: &[&LIMIT, &AFTER, &F, &LANG],
        open_query: false,
        produces: DOCUMENT,
        schema: "organizations",
        failures: &[400, 406, 500],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| Box::pin(organizations::list(call)),
    },
    Route {
        path: "/organizations/{organizationId}",
        operation_id: "getOrganization",
        tag: "Planning",
        summary: "An organization with its area",
        parameters: super::PAGE,
        open_query: false,
        produces: &[Media::GeoJson, Media::Html],
        schema: "organizationGeoJSON",
        failures: &[400, 404, 406, 500],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| Box::pin(organizations::show(call)),
    },
    Route {
        path: "/me",
        operation_id: "getCaller",
        tag: "Operation",
        summary: "Who the server takes you for: roles and scopes",
        parameters: &[],
        open_query: false,
        produces: &[Media::Json],
        schema: "caller",
        failures: &[400, 401, 500],
        classes: &[],
        needs: Needs::Caller,
        handler: |call| Box::pin(me::show(call)),
    },
    Route {
        path: "/audit",
        operation_id: "getAudit",
        tag: "Operation",
        summary: "Who changed what, the oldest first, for admins",
        parameters: &[&AUDIT_SINCE, &LIMIT, &AFTER, &F_AUDIT],
        open_query: false,
        produces: &[Media::Json, Media::Csv, Media::JsonLines],
        schema: "auditEvents",
        failures: &[400, 401, 403, 406, 500],
        classes: &[],
        needs: Needs::Admin,
        handler: |call| Box::pin(audit::list(call)),
    },
];
