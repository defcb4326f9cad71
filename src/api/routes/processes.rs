//! What can be asked for as a job, and what comes of it: OGC API – Processes.

use super::{DOCUMENT, Needs, PAGE, Route};
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{AFTER, F, F_JSON, LANG, LIMIT};
use crate::api::{processes, writes};

pub static ROUTES: &[Route] = &[
    Route {
        path: "/processes",
        operation_id: "getProcesses",
        tag: "Processes",
        summary: "What can be asked for as a job",
        parameters: &[&LIMIT, &AFTER, &F, &LANG],
        open_query: false,
        produces: DOCUMENT,
        schema: "processList",
        failures: &[400, 406, 500],
        classes: &[
            "ogcapi-processes-1/1.0/conf/core",
            "ogcapi-processes-1/1.0/conf/json",
            "ogcapi-processes-1/1.0/conf/html",
            "ogcapi-processes-1/1.0/conf/oas30",
        ],
        needs: Needs::Nothing,
        handler: |call| Box::pin(processes::list(call)),
    },
    Route {
        path: "/processes/{processId}",
        operation_id: "getProcess",
        tag: "Processes",
        summary: "A process with its inputs and its output",
        parameters: PAGE,
        open_query: false,
        produces: DOCUMENT,
        schema: "process",
        failures: &[400, 404, 406, 500],
        classes: &["ogcapi-processes-1/1.0/conf/ogc-process-description"],
        needs: Needs::Nothing,
        handler: |call| Box::pin(processes::show(call)),
    },
    Route {
        path: "/processes/{processId}/execution",
        operation_id: "",
        tag: "Processes",
        summary: "Where a process is done",
        parameters: &[],
        open_query: true,
        produces: &[Media::Json],
        schema: "",
        failures: &[],
        classes: &[],
        needs: Needs::Nothing,
        handler: |call| {
            let (method, allow) = ("GET".to_owned(), writes::allowed(call.route));
            Box::pin(std::future::ready(Err(ApiError::MethodNotAllowed { method, allow })))
        },
    },
    Route {
        path: "/jobs/{jobId}/results",
        operation_id: "getResults",
        tag: "Jobs",
        summary: "What came of a job",
        parameters: &[&F_JSON],
        open_query: false,
        produces: &[Media::Json],
        schema: "results",
        failures: &[400, 401, 403, 404, 410, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(processes::results(call)),
    },
    Route {
        path: "/jobs/{jobId}/results/{outputId}",
        operation_id: "getResult",
        tag: "Jobs",
        summary: "An output of a job, such as its file",
        parameters: &[&F_JSON],
        open_query: false,
        produces: &[Media::Json],
        schema: "results",
        failures: &[400, 401, 403, 404, 410, 500],
        classes: &[],
        needs: Needs::Visible,
        handler: |call| Box::pin(processes::result(call)),
    },
];
