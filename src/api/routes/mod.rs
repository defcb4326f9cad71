//! Every route of the server, once: the router, the API definition and the conformance list are made from these tables.

mod conflicts;
mod coordination;
mod discovery;
mod features;
mod history;
mod imports;
mod parts;
mod planning;
mod plans;
mod processes;
mod scenario_imports;
mod service;
mod terrain;
mod tiles;
mod viewer;
mod wfs;

use std::future::Future;
use std::pin::Pin;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
pub use super::needs::Needs;
use super::negotiate::Media;
use super::params::{F, LANG, Parameter};

pub type Handled = Pin<Box<dyn Future<Output = Result<Answer, ApiError>> + Send>>;

/// One resource: GET, with HEAD and OPTIONS made from it; `writes` holds what else it can do.
pub struct Route {
    pub path: &'static str,
    /// Empty: it cannot be read, only written to.
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
    /// Statuses besides 200, 304 and what follows from the rest (`shared_failures`).
    pub failures: &'static [u16],
    /// Conformance classes that the route fulfils, below `http://www.opengis.net/spec/` unless whole.
    pub classes: &'static [&'static str],
    /// What it demands of who reads it.
    pub needs: Needs,
    pub handler: fn(Call) -> Handled,
}

const DOCUMENT: &[Media] = &[Media::Json, Media::Html];
const PAGE: &[&Parameter] = &[&F, &LANG];

/// By subject; the API's page keeps this order.
static TABLES: &[&[Route]] = &[
    service::ROUTES,
    features::ROUTES,
    parts::ROUTES,
    plans::ROUTES,
    conflicts::ROUTES,
    scenario_imports::ROUTES,
    coordination::ROUTES,
    history::ROUTES,
    imports::ROUTES,
    processes::ROUTES,
    planning::ROUTES,
    tiles::ROUTES,
    terrain::ROUTES,
    discovery::ROUTES,
    viewer::ROUTES,
    wfs::ROUTES,
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

    /// Answers GET.
    pub fn is_read(&self) -> bool {
        !self.operation_id.is_empty()
    }

    /// How any request to it may fail, whatever its method.
    pub fn shared_failures(&self) -> impl Iterator<Item = u16> {
        // A parameter, or a part of the path, that cannot be.
        let is_checked = !self.open_query || !self.parameters.is_empty() || self.path.contains('{');
        // A part of the path that names nothing.
        let is_named = self.path.contains('{');
        let is_negotiated = self.produces.len() > 1;
        // The last: the answer took too long.
        [(is_checked, 400), (is_named, 404), (is_negotiated, 406), (true, 503)]
            .into_iter()
            .filter_map(|(can, status)| can.then_some(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::negotiate::GEOJSON;
    use crate::api::params::Kind;

    /// `tests/it/access/routes.rs` walks those of the definition; the rest are the viewer's files.
    #[test]
    fn what_is_not_described_is_open() {
        let undescribed: Vec<_> = all().filter(|route| !route.is_described()).collect();
        assert!(undescribed.len() > 3 && undescribed.iter().all(|route| route.needs == Needs::Nothing));
    }

    /// A value of `f` that the definition offers is never refused with 406 for being unknown.
    #[test]
    fn what_f_offers_is_what_is_produced() {
        for route in all() {
            let f = route.parameters.iter().find(|parameter| parameter.name == "f");
            let Some(Parameter { kind: Kind::Choice(offered), .. }) = f else { continue };
            let mut offered = offered.to_vec();
            let named = |media: &Media| {
                let other = media.other_format().filter(|format| offered.contains(format));
                other.unwrap_or(media.format())
            };
            let mut produced: Vec<_> = route.produces.iter().map(named).collect();
            // Another name of `json`.
            offered.retain(|format| *format != GEOJSON || !route.produces.contains(&Media::GeoJson));
            offered.sort_unstable();
            produced.sort_unstable();
            // JSON and GeoJSON beside one another.
            produced.dedup();
            assert_eq!(offered, produced, "{}", route.path);
        }
    }
}
