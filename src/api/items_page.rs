//! A page of features for people: a map with a table.

use askama::Template;

use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html::{self, Format, Frame};
use super::items::next_path;
use super::links::segment;
use super::map::{self, Map};
use super::names;
use super::negotiate::Language;
use super::readable;
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{Collection, Feature, Matched, Page};
use stadtwin_query::FeatureQuery;

#[derive(Template)]
#[template(path = "items.html")]
struct ItemsPage {
    frame: Frame,
    collection: Collection,
    rows: Vec<Row>,
    /// Attribute names that the table shows.
    columns: Vec<String>,
    map: Option<Map>,
    /// False where a column says the height already.
    has_height: bool,
    formats: Vec<Format>,
    matched: String,
    limit: u32,
    next_url: Option<String>,
    first_url: Option<String>,
}

struct Row {
    id: String,
    url: String,
    class: String,
    height: String,
    cells: Vec<String>,
}

/// The page of a list.
pub fn write(
    call: &Call,
    query: &FeatureQuery,
    page: Page<Feature>,
    matched: Matched,
    selection: &Selection,
) -> Result<Vec<u8>, ApiError> {
    let collection = &query.collection;
    let prefix = call.base.prefix();
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{prefix}{}?f=html", collections::path(collection))),
    ];
    let columns = selection.properties.clone().unwrap_or_else(|| columns(collection));
    let url = |feature: &Feature| {
        format!("{prefix}{}/items/{}?f=html", collections::path(collection), segment(&feature.id))
    };
    let first = call.query.with(&[("after", None), ("revision", None), ("f", Some("html"))]);
    let rows = page.items.iter().map(|feature| row(call.language, feature, url(feature), &columns)).collect();
    let page = ItemsPage {
        frame: Frame::of(call, &format!("{} – {}", collection.title, call.language.texts().features), crumbs),
        rows,
        map: if selection.skips_geometry { None } else { map::draw(&page.items, url, call.language) },
        has_height: !columns.iter().any(|column| column == "measuredHeight"),
        formats: html::formats(call),
        columns,
        collection: collection.as_ref().clone(),
        matched: match matched {
            Matched::Exactly(count) => call.language.count(count),
            Matched::About(count) => {
                format!("{} {}", call.language.texts().about, call.language.count(count))
            }
        },
        limit: query.limit,
        next_url: page.next.map(|next| format!("{prefix}{}", next_path(call, query, next))),
        first_url: query.after.map(|_| format!("{prefix}{}{first}", call.path)),
    };
    Ok(page.render()?.into_bytes())
}

/// What people look for first.
const WELL_KNOWN: [&str; 8] = [
    "name",
    "function",
    "usage",
    "address",
    "measuredHeight",
    "roofType",
    "storeysAboveGround",
    "yearOfConstruction",
];
/// Attributes in the table beside id, class and height.
const COLUMNS: usize = 7;

/// Attributes that the table shows: well-known ones, then those that most features have.
fn columns(collection: &Collection) -> Vec<String> {
    let place = |name: &str| WELL_KNOWN.iter().position(|known| *known == name).unwrap_or(WELL_KNOWN.len());
    let properties = collection.properties.iter().filter(|property| property.name != "class");
    let mut columns: Vec<_> = properties.collect();
    columns.sort_by_key(|property| (place(&property.name), std::cmp::Reverse(property.count)));
    columns.into_iter().take(COLUMNS).map(|property| geojson::property_name(&property.name)).collect()
}

fn row(language: Language, feature: &Feature, url: String, columns: &[String]) -> Row {
    let properties = geojson::properties(feature).into_iter().collect();
    let cell = |name: &String| readable::value_of(&properties, name, language).unwrap_or_default();
    let class = feature.source_class.as_deref().unwrap_or(feature.class.name());
    Row {
        id: feature.id.clone(),
        url,
        class: names::class(class, language).to_owned(),
        height: feature.heights_m.map(|[low, high]| language.rounded(high - low, 1)).unwrap_or_default(),
        cells: columns.iter().map(cell).collect(),
    }
}
