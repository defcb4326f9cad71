//! The snippets for people: one click selects a whole one.

use askama::Template;

use super::{CLIENTS, Client, Snippet, file_path};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html::Frame;
use crate::api::negotiate::{Language, Media};
use crate::api::table::{Table, TablePage, cell, linked};

#[derive(Template)]
#[template(path = "client.html")]
struct Page {
    frame: Frame,
    lead: &'static str,
    hint: &'static str,
    save: &'static str,
    snippets: Vec<Shown>,
}

struct Shown {
    file: &'static str,
    url: String,
    note: &'static str,
    content: String,
}

fn word<T: Copy>(call: &Call, [english, german]: [T; 2]) -> T {
    if call.language == Language::German { german } else { english }
}

fn title(call: &Call) -> &'static str {
    word(call, ["In other programs", "In anderen Programmen"])
}

pub fn list(call: &Call) -> Result<Answer, ApiError> {
    let row = |client: &Client| {
        let url = format!("{}/clients/{}?f=html", call.base.prefix(), client.id);
        vec![linked(client.title, url), cell(word(call, client.description))]
    };
    let page = TablePage {
        frame: Frame::of(call, title(call), Vec::new()),
        lead: word(
            call,
            [
                "Ready pieces of configuration with the addresses of this server.",
                "Fertige Stücke für die Konfiguration mit den Adressen dieses Servers.",
            ],
        )
        .to_owned(),
        facts: Vec::new(),
        tables: vec![Table {
            caption: title(call),
            columns: vec![word(call, ["Program", "Programm"]), word(call, ["What there is", "Was es gibt"])],
            rows: CLIENTS.iter().map(row).collect(),
        }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

pub fn show(call: &Call, client: &Client, snippets: &[Snippet]) -> Result<Answer, ApiError> {
    let crumb = (title(call).to_owned(), format!("{}/clients?f=html", call.base.prefix()));
    let shown = |snippet: &Snippet| Shown {
        file: snippet.file,
        url: format!("{}{}", call.base.prefix(), file_path(client, snippet)),
        note: word(call, snippet.note),
        content: snippet.content.clone(),
    };
    let page = Page {
        frame: Frame::of(call, client.title, vec![crumb]),
        lead: word(call, client.description),
        hint: word(call, ["A click selects the whole text.", "Ein Klick wählt den ganzen Text aus."]),
        save: word(call, ["Save as a file", "Als Datei speichern"]),
        snippets: snippets.iter().map(shown).collect(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}
