//! Processes for people.

use askama::Template;

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::html::Frame;
use super::super::negotiate::{Language, Media};
use super::super::table::{Cell, Table, TablePage, cell, linked};
use super::catalogue::PROCESSES;
use super::table::{Input, Process, Words};

/// Of this page's language.
fn said(call: &Call, words: Words) -> &'static str {
    let [english, german] = words;
    if call.language == Language::German { german } else { english }
}

pub fn of_all(call: &Call) -> Result<Answer, ApiError> {
    let row = |process: &Process| -> Vec<Cell> {
        let url = format!("{}/processes/{}?f=html", call.base.prefix(), process.id);
        vec![linked(process.id, url), cell(said(call, process.title)), cell(said(call, process.description))]
    };
    let title = said(call, ["Processes", "Prozesse"]);
    let page = TablePage {
        frame: Frame::of(call, title, Vec::new()),
        lead: said(
            call,
            [
                "What holders of a token can have done, by POST to `/processes/{id}/execution`.",
                "Was Inhaber eines Tokens ausführen lassen können, mit POST an `/processes/{id}/execution`.",
            ],
        )
        .to_owned(),
        facts: Vec::new(),
        tables: vec![Table {
            caption: title,
            columns: vec!["Id", said(call, ["Title", "Titel"]), said(call, ["What", "Was"])],
            rows: PROCESSES.iter().map(row).collect(),
        }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

pub fn of_one(call: &Call, process: &Process) -> Result<Answer, ApiError> {
    let crumbs = vec![(
        said(call, ["Processes", "Prozesse"]).to_owned(),
        format!("{}/processes?f=html", call.base.prefix()),
    )];
    let row = |input: &Input| -> Vec<Cell> {
        let needed = if input.is_required { said(call, ["yes", "ja"]) } else { "" };
        vec![
            cell(input.name),
            cell(said(call, input.description)),
            cell(needed),
            cell(input.kind.schema().to_string()),
        ]
    };
    let waiting = match process.may_wait {
        true => said(call, ["at once or as a job", "sofort oder als Auftrag"]),
        false => said(call, ["as a job", "als Auftrag"]),
    };
    let output = &process.output;
    let page = TablePage {
        frame: Frame::of(call, said(call, process.title), crumbs),
        lead: said(call, process.description).to_owned(),
        facts: vec![
            (
                said(call, ["Where", "Wo"]),
                format!("POST {}", call.base.to(&format!("/processes/{}/execution", process.id))),
            ),
            (said(call, ["How", "Wie"]), waiting.to_owned()),
            (said(call, ["Output", "Ergebnis"]), format!("{}: {}", output.id, said(call, output.title))),
            (said(call, ["Media types", "Medientypen"]), output.media.join(", ")),
        ],
        tables: vec![Table {
            caption: said(call, ["Inputs", "Eingaben"]),
            columns: vec![
                "Name",
                said(call, ["What", "Was"]),
                said(call, ["Needed", "Nötig"]),
                said(call, ["Schema", "Schema"]),
            ],
            rows: process.inputs.iter().map(row).collect(),
        }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}
