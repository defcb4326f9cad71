//! One feature for people: in space, on the ground, its attributes, and where more is said of it.

use askama::Template;

use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::history;
use super::html::{self, Format, Frame};
use super::links::segment;
use super::map::{self, Map};
use super::object_links::Related;
use super::parts;
use super::readable::{self, Row};
use super::table::Table;
use super::time;
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{Collection, Feature};

/// That of all pages, and the viewer within.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
                          form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// The viewer with the feature picked, in the scenario and at the moment that are asked for.
pub fn viewer_path(call: &Call, collection: &Collection, feature: &Feature) -> String {
    let mut path = format!("/viewer/#sel={}&in={}", segment(&feature.id), segment(&collection.id));
    if let Some(scenario) = call.query.get("scenario") {
        path += &format!("&sc={}", segment(scenario));
        let moment = call.query.get("datetime").and_then(|text| time::begin(text).ok());
        path += &moment.map(|moment| format!("&dt={moment}")).unwrap_or_default();
    }
    path
}

#[derive(Template)]
#[template(path = "item.html")]
struct Page {
    frame: Frame,
    id: String,
    rows: Vec<Row>,
    related: Table,
    map: Option<Map>,
    viewer_url: String,
    /// The viewer without its panels; empty where it has nothing to show.
    preview_url: String,
    /// Name and address of pages about what lies below.
    below: Vec<(&'static str, String)>,
    versions_url: String,
    changes_url: String,
    findings_url: String,
    formats: Vec<Format>,
}

/// The page.
pub fn write(
    call: &Call,
    collection: &Collection,
    feature: &Feature,
    selection: &Selection,
    related: &Related,
) -> Result<Vec<u8>, ApiError> {
    let prefix = call.base.prefix();
    let path = format!("{prefix}{}", collections::path(collection));
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{path}?f=html")),
        (call.language.texts().features.to_owned(), format!("{path}/items?f=html")),
    ];
    let properties =
        geojson::properties(feature).into_iter().filter(|(name, _)| selection.shows(name)).collect();
    let viewer_url =
        format!("{prefix}{}&lang={}", viewer_path(call, collection, feature), call.language.code());
    let is_shown = collection.has_faces && !selection.skips_geometry;
    let item = format!("{path}/items/{}", segment(&feature.id));
    let page = Page {
        frame: Frame::of(call, &name(feature), crumbs),
        id: feature.id.clone(),
        rows: readable::rows(&properties, call.language),
        related: related.to_table(call),
        map: if selection.skips_geometry {
            None
        } else {
            map::draw(std::slice::from_ref(feature), |_| String::new(), call.language)
        },
        below: parts::pages_below(call, collection, feature),
        preview_url: if is_shown { format!("{viewer_url}&bare=1") } else { String::new() },
        viewer_url,
        versions_url: format!("{item}/versions?f=html{}", history::of_scenario(call)),
        changes_url: format!("{path}/changes?f=html"),
        findings_url: format!("{path}/issues?f=html&object={}", segment(&feature.id)),
        formats: html::formats(call),
    };
    Ok(page.render()?.into_bytes())
}

/// What people call it, else its id.
fn name(feature: &Feature) -> String {
    let name = feature.attributes.get("name");
    let first = name.and_then(|name| name.as_array().map_or(Some(name), |names| names.first()));
    let text = first.and_then(|name| name.as_str()).map(str::trim).filter(|name| !name.is_empty());
    text.unwrap_or(&feature.id).to_owned()
}
