//! Pages for people about parts and surfaces.

use std::collections::BTreeMap;

use askama::Template;

use super::child::item_path;
use super::children::next_path;
use super::describe::title;
use super::expand::Surface;
use super::gather::Found;
use super::view::View;
use super::words::words;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::html::Frame;
use crate::api::names;
use crate::api::readable;
use crate::api::table::{Cell, Table, TablePage, cell, linked};
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{Collection, Feature};

type Page = Result<Vec<u8>, ApiError>;

fn frame(call: &Call, collection: &Collection, title: &str, of: Option<&str>) -> Frame {
    let prefix = call.base.prefix();
    let path = format!("{prefix}{}", collections::path(collection));
    let mut crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{path}?f=html")),
        (call.language.texts().features.to_owned(), format!("{path}/items?f=html")),
    ];
    crumbs.extend(of.map(|id| (id.to_owned(), page_url(call, collection, id))));
    Frame::of(call, title, crumbs)
}

fn page_url(call: &Call, collection: &Collection, id: &str) -> String {
    format!("{}{}?f=html", call.base.prefix(), item_path(collection, id))
}

fn render(frame: Frame, lead: &str, tables: Vec<Table>, next: Option<String>) -> Page {
    let page = TablePage {
        next_url: next.map(|path| format!("{}{path}", frame.prefix)).unwrap_or_default(),
        frame,
        lead: lead.to_owned(),
        facts: Vec::new(),
        tables,
    };
    Ok(page.render()?.into_bytes())
}

/// One object below a feature.
pub fn child(call: &Call, collection: &Collection, feature: &Feature, selection: &Selection) -> Page {
    let texts = call.language.texts();
    let properties =
        geojson::properties(feature).into_iter().filter(|(name, _)| selection.shows(name)).collect();
    let link = |name: &str, value: String| match name {
        "parent" | "feature" => linked(value.clone(), page_url(call, collection, &value)),
        _ => cell(value),
    };
    let rows = readable::rows(&properties, call.language);
    let mut rows: Vec<Vec<Cell>> =
        rows.into_iter().map(|row| vec![cell(row.label), link(&row.name, row.value)]).collect();
    for (name, url) in super::pages_below(call, collection, feature) {
        rows.push(vec![cell(name), linked(call.language.texts().show, url)]);
    }
    let table = Table { caption: texts.attributes, columns: vec![texts.attribute, texts.value], rows };
    render(frame(call, collection, &feature.id, None), "", vec![table], None)
}

fn part_table(call: &Call, collection: &Collection, features: &[Feature], caption: &'static str) -> Table {
    let (words, texts) = (words(call.language), call.language.texts());
    let row = |feature: &Feature| {
        let of = |name: &str| {
            let id = feature.attributes.get(name).and_then(|id| id.as_str()).unwrap_or_default();
            linked(id, page_url(call, collection, id))
        };
        let height = feature.heights_m.map(|[low, high]| call.language.rounded(high - low, 1));
        let class = feature.source_class.as_deref().unwrap_or(feature.class.name());
        vec![
            linked(feature.id.as_str(), page_url(call, collection, &feature.id)),
            cell(names::class(class, call.language)),
            of("parent"),
            of("feature"),
            cell(height.unwrap_or_default()),
        ]
    };
    let columns = vec![texts.id, texts.class, words.parent, words.feature, texts.height];
    Table { caption, columns, rows: features.iter().map(row).collect() }
}

pub fn children(call: &Call, collection: &Collection, features: &[Feature], next: Option<usize>) -> Page {
    let words = words(call.language);
    let table = part_table(call, collection, features, words.parts);
    let id = call.segment("featureId");
    let frame = frame(call, collection, words.parts, Some(id));
    let lead = if features.is_empty() { words.no_parts } else { "" };
    render(frame, lead, vec![table], next.map(|next| next_path(call, next)))
}

fn angle(call: &Call, degrees: Option<f64>) -> Cell {
    cell(degrees.map_or_else(|| "–".to_owned(), |degrees| call.language.rounded(degrees, 1)))
}

fn surface_cells(call: &Call, surface: &Surface) -> [Cell; 4] {
    [
        cell(surface.lod.to_string()),
        cell(call.language.rounded(surface.aspect.area_m2, 2)),
        angle(call, surface.aspect.tilt_deg),
        angle(call, surface.aspect.azimuth_deg),
    ]
}

/// Each surface with its openings.
pub fn surfaces(
    call: &Call,
    collection: &Collection,
    all: Vec<(&Surface, Vec<&Surface>)>,
    totals: &BTreeMap<&'static str, (i64, f64)>,
    next: Option<usize>,
) -> Page {
    let (words, texts) = (words(call.language), call.language.texts());
    let mut rows = Vec::new();
    for (surface, openings) in &all {
        for (one, mark) in std::iter::once((surface, "")).chain(openings.iter().map(|one| (one, "↳ "))) {
            let class = names::class(one.class.name(), call.language);
            let mut row = vec![
                cell(format!("{mark}{class}")),
                cell(one.id.as_str()),
                linked(one.object.as_str(), page_url(call, collection, &one.object)),
            ];
            row.extend(surface_cells(call, one));
            rows.push(row);
        }
    }
    let sums = totals.iter().map(|(class, (count, area_m2))| {
        vec![
            cell(names::class(class, call.language)),
            cell(call.language.count(*count)),
            cell(call.language.rounded(*area_m2, 2)),
        ]
    });
    let sums = Table {
        caption: words.totals,
        columns: vec![texts.class, texts.count, words.area],
        rows: sums.collect(),
    };
    let columns = vec![texts.class, texts.id, words.object, words.lod, words.area, words.tilt, words.azimuth];
    let lead = if rows.is_empty() { words.no_surfaces } else { words.angles };
    let frame = frame(call, collection, words.surfaces, Some(call.segment("featureId")));
    let tables = vec![sums, Table { caption: words.surfaces, columns, rows }];
    render(frame, lead, tables, next.map(|next| next_path(call, next)))
}

pub fn class_surfaces(call: &Call, view: &View, found: &[Found], next: Option<String>) -> Page {
    let (words, texts) = (words(call.language), call.language.texts());
    let row = |(feature, surface): &Found| {
        let mut row = vec![
            cell(surface.id.as_str()),
            linked(feature.as_str(), page_url(call, &view.collection, feature)),
        ];
        row.extend(surface_cells(call, surface));
        row
    };
    let columns = vec![texts.id, words.feature, words.lod, words.area, words.tilt, words.azimuth];
    let rows: Vec<_> = found.iter().map(row).collect();
    let lead = if rows.is_empty() { words.no_surfaces } else { words.angles };
    let frame = frame(call, &view.collection, &title(call, view), None);
    render(frame, lead, vec![Table { caption: words.surfaces, columns, rows }], next)
}

pub fn class_parts(call: &Call, view: &View, found: &[Feature], next: Option<String>) -> Page {
    let words = words(call.language);
    let table = part_table(call, &view.collection, found, words.parts);
    let lead = if found.is_empty() { words.no_parts } else { "" };
    render(frame(call, &view.collection, &title(call, view), None), lead, vec![table], next)
}

/// What a collection of one class offers.
pub fn class(call: &Call, view: &View) -> Page {
    let texts = call.language.texts();
    let path = format!("{}{}", call.base.prefix(), view.path());
    let rows = vec![
        vec![linked(texts.features, format!("{path}/items?f=html"))],
        vec![linked(texts.queryables, format!("{path}/queryables?f=html"))],
    ];
    let table = Table { caption: texts.more, columns: vec![texts.show], rows };
    render(frame(call, &view.collection, &title(call, view), None), "", vec![table], None)
}
