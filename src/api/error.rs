//! What can go wrong in a request, and how it is told: problem+json for machines. Inner causes are logged, never sent.

use axum::http::StatusCode;
use serde_json::json;

use stadtwin_crs::CrsError;

/// Where OGC API – Processes 1 names its exceptions.
const PROCESS_EXCEPTIONS: &str = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0";

const TOO_LONG: &str = "the database took too long over this and was stopped: ask for less at once, with a smaller box or a narrower filter";
const CROWDED: &str =
    "too many requests are under way, and all connections to the database are in use: try again in a moment";

/// A failed request.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{0}")]
    BadRequest(String),
    #[error("{0}")]
    NotFound(String),
    /// It existed once.
    #[error("{0}")]
    Gone(String),
    #[error("method {method} is not allowed here; allowed: {allow}")]
    MethodNotAllowed { method: String, allow: String },
    /// A write that cannot be: 401, 403, 409, 412, 413, 415, 429.
    #[error("{detail}")]
    Refused { status: StatusCode, detail: String },
    /// One that OGC API – Processes has a name for.
    #[error("{detail}")]
    Process { status: StatusCode, name: &'static str, detail: String },
    /// A refusal with more for machines than one sentence.
    #[error("{detail}")]
    Explained {
        status: StatusCode,
        detail: String,
        /// Further members of the problem.
        members: serde_json::Map<String, serde_json::Value>,
        /// When it is worth while to try again [s].
        retry_after: Option<u32>,
    },
    #[error("{0}")]
    NotAcceptable(String),
    #[error("the answer took longer than {seconds} s")]
    Timeout { seconds: u64 },
    /// Something is missing on the server; says what its operator can do.
    #[error("{0}")]
    Unavailable(&'static str),
    /// The cause, for the log only.
    #[error("the server failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ApiError {
    /// For causes that the caller cannot act on.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ApiError {
        ApiError::Internal(cause.into())
    }

    pub fn refused(status: StatusCode, detail: String) -> ApiError {
        ApiError::Refused { status, detail }
    }

    /// 404 by a name of OGC API – Processes.
    pub fn no_such(name: &'static str, detail: String) -> ApiError {
        ApiError::Process { status: StatusCode::NOT_FOUND, name, detail }
    }

    /// A refusal with further members for machines.
    pub fn explained(status: StatusCode, detail: String, members: serde_json::Value) -> ApiError {
        let members = members.as_object().cloned().unwrap_or_default();
        ApiError::Explained { status, detail, members, retry_after: None }
    }

    /// It is worth while to try again after so many seconds.
    pub fn later(status: StatusCode, detail: String, retry_after: u32) -> ApiError {
        ApiError::Explained { status, detail, members: Default::default(), retry_after: Some(retry_after) }
    }

    pub fn no_collection(id: &str) -> ApiError {
        ApiError::NotFound(format!("no collection `{id}`"))
    }

    /// The same failure once more, for each of those who waited for one attempt at `what`.
    pub fn shared(&self, what: &str) -> ApiError {
        match self {
            ApiError::BadRequest(detail) => ApiError::BadRequest(detail.clone()),
            ApiError::NotFound(detail) => ApiError::NotFound(detail.clone()),
            ApiError::Gone(detail) => ApiError::Gone(detail.clone()),
            ApiError::MethodNotAllowed { method, allow } => {
                ApiError::MethodNotAllowed { method: method.clone(), allow: allow.clone() }
            }
            ApiError::Refused { status, detail } => {
                ApiError::Refused { status: *status, detail: detail.clone() }
            }
            ApiError::Process { status, name, detail } => {
                ApiError::Process { status: *status, name, detail: detail.clone() }
            }
            ApiError::Explained { status, detail, members, retry_after } => ApiError::Explained {
                status: *status,
                detail: detail.clone(),
                members: members.clone(),
                retry_after: *retry_after,
            },
            ApiError::NotAcceptable(detail) => ApiError::NotAcceptable(detail.clone()),
            ApiError::Timeout { seconds } => ApiError::Timeout { seconds: *seconds },
            ApiError::Unavailable(detail) => ApiError::Unavailable(detail),
            ApiError::Internal(cause) => ApiError::internal(format!("{what}: {cause:?}")),
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            ApiError::BadRequest(_) => StatusCode::BAD_REQUEST,
            ApiError::NotFound(_) => StatusCode::NOT_FOUND,
            ApiError::Gone(_) => StatusCode::GONE,
            ApiError::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            ApiError::Refused { status, .. }
            | ApiError::Process { status, .. }
            | ApiError::Explained { status, .. } => *status,
            ApiError::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            ApiError::Timeout { .. } | ApiError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            ApiError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The `code` of OGC API Features 1.0's exception schema.
    pub fn code(&self) -> &'static str {
        match self {
            ApiError::BadRequest(_) => "InvalidParameterValue",
            ApiError::NotFound(_) => "NotFound",
            ApiError::Gone(_) => "Gone",
            ApiError::MethodNotAllowed { .. } => "MethodNotAllowed",
            ApiError::Refused { status, .. } | ApiError::Explained { status, .. } => match *status {
                StatusCode::NOT_FOUND => "NotFound",
                StatusCode::GONE => "Gone",
                StatusCode::UNPROCESSABLE_ENTITY => "UnprocessableContent",
                StatusCode::PRECONDITION_REQUIRED => "PreconditionRequired",
                StatusCode::SERVICE_UNAVAILABLE => "Unavailable",
                StatusCode::UNAUTHORIZED => "Unauthorized",
                StatusCode::FORBIDDEN => "Forbidden",
                StatusCode::CONFLICT => "Conflict",
                StatusCode::PAYLOAD_TOO_LARGE => "TooLarge",
                StatusCode::TOO_MANY_REQUESTS => "TooManyRequests",
                StatusCode::UNSUPPORTED_MEDIA_TYPE => "UnsupportedMediaType",
                StatusCode::BAD_REQUEST => "BadRequest",
                StatusCode::URI_TOO_LONG => "UriTooLong",
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "HeadTooLarge",
                StatusCode::INTERNAL_SERVER_ERROR => "JobFailed",
                _ => "PreconditionFailed",
            },
            ApiError::Process { name, .. } => name,
            ApiError::NotAcceptable(_) => "NotAcceptable",
            ApiError::Timeout { .. } => "Timeout",
            ApiError::Unavailable(_) => "Unavailable",
            ApiError::Internal(_) => "ServerError",
        }
    }

    /// RFC 9457 members, with the two of OGC API Features 1.0.
    pub fn problem(&self) -> serde_json::Value {
        let status = self.status();
        let detail = self.to_string();
        let kind = match self {
            ApiError::Process { name, .. } => format!("{PROCESS_EXCEPTIONS}/{name}"),
            _ => "about:blank".to_owned(),
        };
        let mut problem = json!({
            "type": kind,
            "title": status.canonical_reason().unwrap_or("Error"),
            "status": status.as_u16(),
            "detail": detail,
            "code": self.code(),
            "description": detail,
        });
        if let (ApiError::Explained { members, .. }, Some(all)) = (self, problem.as_object_mut()) {
            all.extend(members.clone());
        }
        problem
    }
}

impl From<stadtwin_store::StoreError> for ApiError {
    fn from(cause: stadtwin_store::StoreError) -> ApiError {
        match cause {
            stadtwin_store::StoreError::Filter(_) => ApiError::BadRequest(cause.to_string()),
            stadtwin_store::StoreError::NoPlace(_) => {
                ApiError::BadRequest(format!("`after` is wrong: {cause}; begin again without it"))
            }
            cause if cause.is_too_long() => {
                ApiError::later(StatusCode::SERVICE_UNAVAILABLE, TOO_LONG.into(), 30)
            }
            cause if cause.is_crowded() => {
                ApiError::later(StatusCode::SERVICE_UNAVAILABLE, CROWDED.into(), 5)
            }
            cause => ApiError::internal(cause),
        }
    }
}

/// What is wrong with a CRS that a client named, without the advice for the command line.
pub fn crs_fault(error: &CrsError) -> String {
    match error {
        CrsError::Unknown { name } => format!(
            "the coordinate reference system {name:?} is not known; name one such as 25832, 25832+7837 (with the heights) or http://www.opengis.net/def/crs/EPSG/0/25832"
        ),
        CrsError::Unsupported { code, reason } => format!("EPSG:{code} cannot be used: {reason}"),
        other => other.to_string(),
    }
}

impl From<CrsError> for ApiError {
    fn from(cause: CrsError) -> ApiError {
        if let CrsError::NoUndulation { .. } = cause {
            return ApiError::BadRequest(format!("{cause}; ask for another `crs` than CRS84h"));
        }
        ApiError::internal(cause)
    }
}

impl From<stadtwin_tiles::TileError> for ApiError {
    fn from(cause: stadtwin_tiles::TileError) -> ApiError {
        ApiError::internal(cause)
    }
}

impl From<tokio::task::JoinError> for ApiError {
    fn from(cause: tokio::task::JoinError) -> ApiError {
        ApiError::internal(cause)
    }
}

impl From<askama::Error> for ApiError {
    fn from(cause: askama::Error) -> ApiError {
        ApiError::internal(cause)
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(cause: serde_json::Error) -> ApiError {
        ApiError::internal(cause)
    }
}
