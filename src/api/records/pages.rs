//! The catalogue for people.

use askama::Template;

use super::document::distributions;
use super::record::{Record, Subject};
use super::{CATALOGUE, ITEMS};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::german;
use crate::api::html::Frame;
use crate::api::links::segment;
use crate::api::names;
use crate::api::negotiate::{Language, Media};
use crate::api::table::{Table, TablePage, cell, linked};
use stadtwin_model::Collection;

fn word(call: &Call, english: &'static str, german: &'static str) -> &'static str {
    if call.language == Language::German { german } else { english }
}

fn title(call: &Call) -> &'static str {
    word(call, "Catalogue", "Katalog")
}

fn kind(call: &Call, record: &Record) -> &'static str {
    match record.kind {
        "service" => word(call, "service", "Dienst"),
        _ => word(call, "dataset", "Datensatz"),
    }
}

/// What the server says of itself, in the language of the page; what others wrote stays as it is.
fn said(call: &Call, text: &str) -> String {
    german::record(text).filter(|_| call.language == Language::German).unwrap_or(text).to_owned()
}

/// Titles of services are the server's own, all others their owners'.
fn record_title(call: &Call, record: &Record) -> String {
    match record.subject {
        Subject::Service(_) => said(call, &record.title),
        _ => record.title.clone(),
    }
}

fn description(call: &Call, record: &Record) -> String {
    match &record.subject {
        Subject::Terrain(terrain) if call.language == Language::German => {
            format!("Höhen des Geländes, alle {} m", call.language.number(terrain.grid.cell_m))
        }
        Subject::Service(_) => said(call, &record.description),
        _ => record.description.clone(),
    }
}

/// The last word of a relation that has an address.
fn relation(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn crumb(call: &Call) -> (String, String) {
    (title(call).to_owned(), format!("{}{ITEMS}?f=html", call.base.prefix()))
}

pub fn catalogue(call: &Call, collections: &[Collection]) -> Result<Answer, ApiError> {
    let updated = collections.iter().filter_map(|collection| collection.updated.as_deref()).max();
    let mut facts = vec![(word(call, "Id", "Kennung"), CATALOGUE.to_owned())];
    if let Some(updated) = updated {
        facts.push((call.language.texts().updated, call.language.date(updated)));
    }
    let lead = word(
        call,
        "What this server holds and offers: collections, terrains and services.",
        "Was dieser Server hält und bietet: Sammlungen, Geländemodelle und Dienste.",
    );
    let records =
        vec![linked(word(call, "Records", "Einträge"), format!("{}{ITEMS}?f=html", call.base.prefix()))];
    let page = TablePage {
        frame: Frame::of(call, title(call), vec![Frame::collections_crumb(call)]),
        lead: lead.to_owned(),
        facts,
        tables: vec![Table {
            caption: title(call),
            columns: vec![word(call, "Resource", "Ressource")],
            rows: vec![records],
        }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

pub fn list(call: &Call, records: &[Record], matched: usize, next: Option<&str>) -> Result<Answer, ApiError> {
    let row = |record: &Record| {
        let url = format!("{}{ITEMS}/{}?f=html", call.base.prefix(), segment(&record.id));
        let updated = record.updated.as_deref().map(|updated| call.language.date(updated));
        vec![
            linked(record_title(call, record), url),
            cell(kind(call, record)),
            cell(description(call, record)),
            cell(updated.unwrap_or_default()),
        ]
    };
    let texts = call.language.texts();
    let page = TablePage {
        frame: Frame::of(call, title(call), vec![Frame::collections_crumb(call)]),
        lead: format!(
            "{} {} {}",
            records.len(),
            texts.of,
            call.language.count(matched.try_into().unwrap_or(i64::MAX))
        ),
        facts: Vec::new(),
        tables: vec![Table {
            caption: title(call),
            columns: vec![texts.title, texts.kind, word(call, "Description", "Beschreibung"), texts.updated],
            rows: records.iter().map(row).collect(),
        }],
        next_url: next.map(|next| format!("{}{next}", call.base.prefix())).unwrap_or_default(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

pub fn show(call: &Call, record: &Record, created: Option<&str>) -> Result<Answer, ApiError> {
    let texts = call.language.texts();
    let mut facts = vec![(texts.id, record.id.clone()), (texts.kind, kind(call, record).to_owned())];
    if !record.keywords.is_empty() {
        let keywords: Vec<_> =
            record.keywords.iter().map(|keyword| names::class(keyword, call.language)).collect();
        facts.push((word(call, "Keywords", "Schlagworte"), keywords.join(", ")));
    }
    if let Some(extent) = record.extent {
        facts.push((
            texts.extent,
            extent.map(|degrees| format!("{}°", call.language.number(degrees))).join("; "),
        ));
    }
    let times =
        [(word(call, "Recorded", "Aufgenommen"), created), (texts.updated, record.updated.as_deref())];
    facts.extend(times.into_iter().filter_map(|(name, time)| Some((name, call.language.date(time?)))));
    let (links, _, _) = distributions(call, record);
    let text = |link: &serde_json::Value, name: &str| link[name].as_str().unwrap_or_default().to_owned();
    let rows = links.iter().map(|link| {
        vec![
            linked(said(call, &text(link, "title")), text(link, "href")),
            cell(relation(&text(link, "rel"))),
            cell(text(link, "type")),
        ]
    });
    let page = TablePage {
        frame: Frame::of(
            call,
            &record_title(call, record),
            vec![Frame::collections_crumb(call), crumb(call)],
        ),
        lead: description(call, record),
        facts,
        tables: vec![Table {
            caption: word(call, "Where it is found", "Wo es zu finden ist"),
            columns: vec![
                word(call, "Resource", "Ressource"),
                word(call, "Relation", "Beziehung"),
                texts.kind,
            ],
            rows: rows.collect(),
        }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}
