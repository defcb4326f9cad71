//! Every operation with a body, once: of those that write, who calls is settled before its handler runs.

use axum::body::Body;
use axum::http::Method;

use super::auth::Caller;
use super::call::{ALLOWED, Call};
use super::params::Parameter;
use super::routes::{Handled, Needs, Route};
use super::{editing, imports, jobs, plans, processes, terrain, uploads};

/// One method of a resource of `routes`.
pub struct Write {
    pub path: &'static str,
    pub method: &'static str,
    pub operation_id: &'static str,
    pub summary: &'static str,
    /// Media type and schema of the body.
    pub takes: &'static [(&'static str, &'static str)],
    pub success: u16,
    /// Schema of the JSON answer; empty: none.
    pub schema: &'static str,
    /// Besides 401 and 403.
    pub failures: &'static [u16],
    /// What it demands of who calls.
    pub needs: Needs,
    pub handler: Handler,
}

/// What is done with a body.
pub enum Handler {
    /// It writes: a token is needed.
    Writes(fn(Call, Caller, Body) -> Handled),
    /// It asks a question too long for an address.
    Asks(fn(Call, Body) -> Handled),
}

impl Write {
    pub fn needs_token(&self) -> bool {
        self.needs.needs_token()
    }
}

/// By subject.
static TABLES: &[&[Write]] = &[
    IMPORTS,
    PROCESSES,
    editing::WRITES,
    plans::WRITES,
    plans::CONFLICT_WRITES,
    plans::COORDINATION_WRITES,
    plans::IMPORT_WRITES,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Write> + Clone {
    TABLES.iter().copied().flatten()
}

/// Conformance classes that they fulfil, below `http://www.opengis.net/spec/`.
pub fn classes() -> impl Iterator<Item = &'static &'static str> {
    editing::CLASSES.iter()
}

static IMPORTS: &[Write] = &[
    Write {
        path: "/collections/{collectionId}/imports",
        method: "POST",
        operation_id: "startImport",
        summary: "Import files into a collection, as a job",
        takes: &[("multipart/form-data", "importForm"), ("application/json", "importOrder")],
        success: 201,
        schema: "job",
        failures: &[400, 404, 409, 413, 415, 429, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(imports::start(call, caller, body))),
    },
    Write {
        path: "/collections/{collectionId}/uploads",
        method: "POST",
        operation_id: "createUpload",
        summary: "Announce a large file that comes in pieces (tus 1.0, creation)",
        takes: &[],
        success: 201,
        schema: "",
        failures: &[400, 412, 413, 429, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, _| Box::pin(uploads::create(call, caller))),
    },
    Write {
        path: "/collections/{collectionId}/uploads/{uploadId}",
        method: "PATCH",
        operation_id: "continueUpload",
        summary: "Send the next piece of a file (tus 1.0)",
        takes: &[("application/offset+octet-stream", "bytes")],
        success: 204,
        schema: "",
        failures: &[400, 404, 409, 412, 413, 415, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(uploads::append(call, caller, body))),
    },
    Write {
        path: "/jobs/{jobId}",
        method: "DELETE",
        operation_id: "dismissJob",
        summary: "Cancel a job",
        takes: &[],
        success: 200,
        schema: "job",
        failures: &[404, 409, 500],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, _| Box::pin(jobs::dismiss(call, caller))),
    },
    Write {
        path: "/terrain/{terrainId}/imports",
        method: "POST",
        operation_id: "startTerrainImport",
        summary: "Import heights into a terrain, as a job",
        takes: &[("multipart/form-data", "terrainImportForm"), ("application/json", "terrainImportOrder")],
        success: 201,
        schema: "job",
        failures: &[400, 404, 409, 413, 415, 429, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(terrain::start_import(call, caller, body))),
    },
    Write {
        path: "/terrain/{terrainId}/uploads",
        method: "POST",
        operation_id: "createTerrainUpload",
        summary: "Announce a large file of heights that comes in pieces (tus 1.0, creation)",
        takes: &[],
        success: 201,
        schema: "",
        failures: &[400, 412, 413, 429, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, _| Box::pin(uploads::create(call, caller))),
    },
    Write {
        path: "/terrain/{terrainId}/uploads/{uploadId}",
        method: "PATCH",
        operation_id: "continueTerrainUpload",
        summary: "Send the next piece of a file of heights (tus 1.0)",
        takes: &[("application/offset+octet-stream", "bytes")],
        success: 204,
        schema: "",
        failures: &[400, 404, 409, 412, 413, 415, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| Box::pin(uploads::append(call, caller, body))),
    },
    Write {
        path: "/terrain/{terrainId}/elevation",
        method: "POST",
        operation_id: "getElevations",
        summary: "Heights at up to 10,000 points",
        takes: &[("application/json", "elevationPoints")],
        success: 200,
        schema: "elevations",
        failures: &[400, 404, 413, 500],
        needs: Needs::Nothing,
        handler: Handler::Asks(|call, body| Box::pin(terrain::batch(call, body))),
    },
    Write {
        path: "/terrain/{terrainId}/modifications",
        method: "POST",
        operation_id: "createTerrainModification",
        summary: "Change the ground within a polygon",
        takes: &[("application/geo+json", "terrainModification")],
        success: 201,
        schema: "terrainModification",
        failures: &[400, 404, 409, 413, 415, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| {
            Box::pin(terrain::create_modification(call, caller, body))
        }),
    },
    Write {
        path: "/terrain/{terrainId}/modifications/{modificationId}",
        method: "PUT",
        operation_id: "replaceTerrainModification",
        summary: "Put another change of the ground in the place of this one",
        takes: &[("application/geo+json", "terrainModification")],
        success: 200,
        schema: "terrainModification",
        failures: &[400, 404, 409, 412, 413, 415, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, body| {
            Box::pin(terrain::replace_modification(call, caller, body))
        }),
    },
    Write {
        path: "/terrain/{terrainId}/modifications/{modificationId}",
        method: "DELETE",
        operation_id: "deleteTerrainModification",
        summary: "Remove a change of the ground",
        takes: &[],
        success: 204,
        schema: "",
        failures: &[400, 404, 412, 500, 503],
        needs: Needs::Import,
        handler: Handler::Writes(|call, caller, _| Box::pin(terrain::remove_modification(call, caller))),
    },
];

static PROCESSES: &[Write] = &[Write {
    path: "/processes/{processId}/execution",
    method: "POST",
    operation_id: "execute",
    summary: "Do a process: at once and with its result, or as a job",
    takes: &[("application/json", "execute")],
    success: 201,
    schema: "job",
    failures: &[400, 404, 409, 413, 415, 429, 500, 503],
    needs: Needs::Import,
    handler: Handler::Writes(|call, caller, body| Box::pin(processes::execute(call, caller, body))),
}];

/// What the method does to the resource; `None`: it is not allowed.
pub fn find(route: &Route, method: &Method) -> Option<&'static Write> {
    of(route.path).find(|write| write.method == method.as_str())
}

/// The writes of a path.
pub fn of(path: &str) -> impl Iterator<Item = &'static Write> {
    all().filter(move |write| write.path == path)
}

/// Query parameters that it has besides those of its resource.
pub fn own_parameters(write: &Write) -> &'static [&'static Parameter] {
    plans::parameters_of(write.operation_id)
}

/// The value of `Allow` for a resource.
pub fn allowed(route: &Route) -> String {
    let mut methods = if route.is_read() { ALLOWED } else { "OPTIONS" }.to_owned();
    for write in of(route.path) {
        methods.push_str(", ");
        methods.push_str(write.method);
    }
    methods
}
