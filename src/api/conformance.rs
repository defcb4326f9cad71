//! `GET /conformance`: the classes that the routes fulfil.

use askama::Template;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::html::{self, Frame};
use super::negotiate::Media;
use super::routes;
use super::writes;

#[derive(Template)]
#[template(path = "conformance.html")]
struct Page {
    frame: Frame,
    /// Name of a standard and its classes.
    standards: Vec<(&'static str, Vec<String>)>,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if html::wanted(&call) {
        let frame = Frame::of(&call, call.language.texts().conformance, Vec::new());
        return Ok(Answer::new(Media::Html, Page { frame, standards: by_standard() }.render()?));
    }
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "conformsTo": classes() })))
}

fn classes() -> Vec<String> {
    let classes = routes::all().flat_map(|route| route.classes).chain(writes::classes());
    let whole = |class: &&str| match class.starts_with("https://") {
        true => (*class).to_owned(),
        false => format!("http://www.opengis.net/spec/{class}"),
    };
    let mut classes: Vec<_> = classes.map(whole).collect();
    classes.sort();
    classes.dedup();
    classes
}

/// Beginnings of classes below `http://www.opengis.net/spec/`, and what people call the standard.
const STANDARDS: [(&str, &str); 14] = [
    ("ogcapi-common", "OGC API – Common"),
    ("ogcapi-features-1/", "OGC API – Features 1: Core"),
    ("ogcapi-features-2/", "OGC API – Features 2: Coordinate Reference Systems"),
    ("ogcapi-features-3/", "OGC API – Features 3: Filtering"),
    ("ogcapi-features-4/", "OGC API – Features 4: Create, Replace, Update and Delete"),
    ("ogcapi-features-", "OGC API – Features, further parts"),
    ("cql2/", "CQL2"),
    ("json-fg", "JSON-FG"),
    ("ogcapi-tiles", "OGC API – Tiles"),
    ("tms/", "Tile Matrix Set"),
    ("ogcapi-processes", "OGC API – Processes"),
    ("ogcapi-records", "OGC API – Records"),
    ("ogcapi-geovolumes", "OGC API – 3D GeoVolumes"),
    ("", "Others"),
];

fn standard(class: &str) -> &'static str {
    let short = class.split_once("/spec/").map_or("", |(_, rest)| rest);
    STANDARDS.iter().find(|(start, _)| short.starts_with(start)).map_or("", |(_, name)| name)
}

fn by_standard() -> Vec<(&'static str, Vec<String>)> {
    let mut all: Vec<_> = STANDARDS.iter().map(|(_, name)| (*name, Vec::new())).collect();
    for class in classes() {
        let name = standard(&class);
        if let Some((_, classes)) = all.iter_mut().find(|(known, _)| *known == name) {
            classes.push(class);
        }
    }
    all.retain(|(_, classes)| !classes.is_empty());
    all
}

/// Names of the standards that the server meets classes of.
pub fn families() -> Vec<&'static str> {
    by_standard().into_iter().map(|(name, _)| name).filter(|name| *name != "Others").collect()
}
