//! Every route of the server, once: the router, the API definition and the conformance list are made from these tables.

mod features;
mod history;
mod imports;
mod service;
mod terrain;
mod tiles;
mod viewer;

use std::future::Future;
use std::pin::Pin;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use super::params::{F, LANG, Parameter};

pub type Handled = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// One resource: GET, with HEAD and OPTIONS made from it; `writes` holds what else it can do.
pub struct Route {
    pub path: &'static str,
    pub operation_id: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub parameters: &'static [&'static Parameter],
    /// Other query parameters are ignored, not refused.
    pub open_query: bool,
    /// The first is the default.
    pub produces: &'static [Media],
    /// Name of the schema of the JSON answer in the API definition.
    pub schema: &'static str,
    /// Statuses besides 200 and 304.
    pub failures: &'static [u16],
    /// Conformance classes that the route fulfils, below `http://www.opengis.net/spec/`.
    pub classes: &'static [&'static str],
    pub handler: fn(Call) -> Handled,
}

const DOCUMENT: &[Media] = &[Media::Json, Media::Html];
const PAGE: &[&Parameter] = &[&F, &LANG];

/// By subject; the API's page keeps this order.
static TABLES: &[&[Route]] = &[
    service::ROUTES,
    features::ROUTES,
    history::ROUTES,
    imports::ROUTES,
    tiles::ROUTES,
    terrain::ROUTES,
    viewer::ROUTES,
];

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Route> + Clone {
    TABLES.iter().copied().flatten()
}

impl Route {
    /// Part of the API definition.
    pub fn is_described(&self) -> bool {
        !self.tag.is_empty()
    }
}
