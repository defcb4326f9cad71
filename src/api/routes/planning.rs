//! Who plans.

use super::{DOCUMENT, Route};
use crate::api::negotiate::Media;
use crate::api::organizations;
use crate::api::params::{AFTER, F, LANG, LIMIT};

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
        handler: |call| Box::pin(organizations::show(call)),
    },
];
