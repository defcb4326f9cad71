//! Changes of a collection for people.

use askama::Template;
use serde_json::Value;

use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::html::Frame;
use crate::api::links::segment;
use crate::api::negotiate::{Language, Media};
use crate::api::table::{Cell, Table, TablePage, cell, linked};
use stadtwin_model::Collection;

/// Features on a page when the client does not say.
pub const SHOWN: i64 = 100;

/// A page of revisions as `changes` describes them, with the objects that they touched.
pub fn write(
    call: &Call,
    collection: &Collection,
    revisions: &[Value],
    next: Option<&str>,
) -> Result<Answer, ApiError> {
    let texts = call.language.texts();
    let word = |english: &'static str, german: &'static str| match call.language {
        Language::English => english,
        Language::German => german,
    };
    let prefix = call.base.prefix();
    let path = format!("{prefix}{}", collections::path(collection));
    let crumbs = vec![Frame::collections_crumb(call), (collection.title.clone(), format!("{path}?f=html"))];
    let kinds = [
        ("inserted", word("new", "neu")),
        ("updated", word("changed", "geändert")),
        ("deleted", word("ended", "beendet")),
    ];
    let cause = |name: &str| match name {
        "edit" => word("edit", "Bearbeitung"),
        "rollback" => word("earlier state brought back", "Wiederherstellung"),
        _ => word("import", "Import"),
    };
    let number = |revision: &Value| revision["revision"].as_i64().unwrap_or_default();
    let ids = |revision: &Value, kind: &str| -> Vec<String> {
        let ids = revision[kind].as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
    };
    let summary = |revision: &Value| -> Vec<Cell> {
        let published = revision["published"].as_str().unwrap_or_default();
        let mut row = vec![
            cell(number(revision).to_string()),
            cell(call.language.date(published)),
            cell(cause(revision["cause"].as_str().unwrap_or_default())),
        ];
        row.extend(kinds.map(|(kind, _)| {
            let count = call.language.count(ids(revision, kind).len() as i64);
            // The rest of a revision stands on the next page.
            let so_far = word("so far ", "bisher ");
            cell(format!("{}{count}", if revision["isComplete"] == false { so_far } else { "" }))
        }));
        row
    };
    let mut touched = Vec::new();
    for revision in revisions {
        for (kind, name) in kinds {
            for id in ids(revision, kind) {
                let item = format!("{path}/items/{}", segment(&id));
                // Where it has ended, the last state is told by its versions.
                let page = if kind == "deleted" { format!("{item}/versions") } else { item.clone() };
                touched.push(vec![
                    cell(number(revision).to_string()),
                    cell(name),
                    linked(id, format!("{page}?f=html")),
                    linked(texts.versions, format!("{item}/versions?f=html")),
                ]);
            }
        }
    }
    let revision = word("Revision", "Fassung");
    let page = TablePage {
        frame: Frame::of(call, &format!("{} – {}", collection.title, texts.changes), crumbs),
        lead: if revisions.is_empty() {
            word("Nothing has changed since.", "Seitdem hat sich nichts geändert.").to_owned()
        } else {
            String::new()
        },
        facts: Vec::new(),
        tables: vec![
            Table {
                caption: texts.revisions,
                columns: vec![
                    revision,
                    word("Published", "Veröffentlicht"),
                    word("Cause", "Anlass"),
                    word("New", "Neu"),
                    word("Changed", "Geändert"),
                    word("Ended", "Beendet"),
                ],
                rows: revisions.iter().map(summary).collect(),
            },
            Table {
                caption: texts.features,
                columns: vec![revision, word("What", "Was"), texts.id, texts.versions],
                rows: touched,
            },
        ],
        next_url: next.map(|next| format!("{prefix}{next}")).unwrap_or_default(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}
