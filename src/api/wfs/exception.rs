//! What can go wrong, as ows:ExceptionReport (OWS Common 1.1, 8; WFS 2.0, 7.5).

use axum::http::StatusCode;

use super::super::answer::Answer;
use super::super::error::ApiError;
use super::VERSION;
use super::xml::escaped;

#[derive(Debug)]
pub enum WfsError {
    /// To be told to the client.
    Told { code: &'static str, locator: String, message: String, status: StatusCode },
    /// The cause, for the log only.
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

impl WfsError {
    fn told(code: &'static str, locator: &str, message: String, status: StatusCode) -> WfsError {
        WfsError::Told { code, locator: locator.to_owned(), message, status }
    }

    pub fn missing(name: &str) -> WfsError {
        let message = format!("`{name}` is missing");
        WfsError::told("MissingParameterValue", name, message, StatusCode::BAD_REQUEST)
    }

    pub fn invalid(name: &str, message: String) -> WfsError {
        WfsError::told("InvalidParameterValue", name, message, StatusCode::BAD_REQUEST)
    }

    pub fn unsupported(name: &str, message: String) -> WfsError {
        WfsError::told("OperationNotSupported", name, message, StatusCode::NOT_IMPLEMENTED)
    }

    /// A part of an operation that is not offered.
    pub fn no_option(name: &str, message: String) -> WfsError {
        WfsError::told("OptionNotSupported", name, message, StatusCode::NOT_IMPLEMENTED)
    }

    pub fn no_version(message: String) -> WfsError {
        WfsError::told("VersionNegotiationFailed", "acceptVersions", message, StatusCode::BAD_REQUEST)
    }

    /// WFS 2.0.2, 7.9.3.6: nothing has this id.
    pub fn not_found(message: String) -> WfsError {
        WfsError::told("NotFound", "id", message, StatusCode::NOT_FOUND)
    }

    pub fn failed() -> WfsError {
        let message = "the server failed".to_owned();
        WfsError::told("NoApplicableCode", "", message, StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What the shared checks found wrong with one parameter.
    pub fn of(name: &str, error: ApiError) -> WfsError {
        match error {
            ApiError::Internal(cause) => WfsError::Failed(cause),
            ApiError::BadRequest(message) => WfsError::invalid(name, message),
            other => {
                let status = other.status();
                WfsError::told("NoApplicableCode", name, other.to_string(), status)
            }
        }
    }

    pub fn answer(&self) -> Answer {
        let WfsError::Told { code, locator, message, status } = self else {
            return WfsError::failed().answer();
        };
        let locator = match locator.as_str() {
            "" => String::new(),
            locator => format!(" locator=\"{}\"", escaped(locator)),
        };
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ows:ExceptionReport \
             xmlns:ows=\"http://www.opengis.net/ows/1.1\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"http://www.opengis.net/ows/1.1 http://schemas.opengis.net/ows/1.1.0/owsAll.xsd\" \
             version=\"{VERSION}\" xml:lang=\"en\">\n<ows:Exception exceptionCode=\"{code}\"{locator}>\
             <ows:ExceptionText>{}</ows:ExceptionText></ows:Exception>\n</ows:ExceptionReport>\n",
            escaped(message)
        );
        Answer { status: *status, ..Answer::file("application/xml", text) }.uncached()
    }
}

impl From<stadtwin_store::StoreError> for WfsError {
    fn from(cause: stadtwin_store::StoreError) -> WfsError {
        WfsError::Failed(cause.into())
    }
}
