//! Processes for people.

use askama::Template;

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::html::Frame;
use super::super::negotiate::{Language, Media};
use super::super::table::{Cell, Table, TablePage, cell, linked};
use super::table::{Input, Kind, Process, Words};

/// In the language of the call.
pub fn said(call: &Call, words: Words) -> &'static str {
    let [english, german] = words;
    if call.language == Language::German { german } else { english }
}

pub fn of_all(call: &Call, processes: &[Process], next: Option<String>) -> Result<Answer, ApiError> {
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
            rows: processes.iter().map(row).collect(),
        }],
        next_url: next.map(|next| format!("{}{next}", call.base.prefix())).unwrap_or_default(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

pub fn of_one(call: &Call, process: &Process) -> Result<Answer, ApiError> {
    let crumbs = vec![(
        said(call, ["Processes", "Prozesse"]).to_owned(),
        format!("{}/processes?f=html", call.base.prefix()),
    )];
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
        tables: vec![inputs(call, process), attempt(call)],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, page.render()?))
}

fn inputs(call: &Call, process: &Process) -> Table {
    let row = |input: &Input| -> Vec<Cell> {
        let needed = if input.is_required { said(call, ["yes", "ja"]) } else { "" };
        vec![
            cell(format!("`{}`", input.name)),
            cell(said(call, input.description)),
            cell(needed),
            cell(values(call, input.kind)),
        ]
    };
    Table {
        caption: said(call, ["Inputs", "Eingaben"]),
        columns: vec![
            "Name",
            said(call, ["What", "Was"]),
            said(call, ["Needed", "Nötig"]),
            said(call, ["Values", "Werte"]),
        ],
        rows: process.inputs.iter().map(row).collect(),
    }
}

/// Where the process can be asked for.
fn attempt(call: &Call) -> Table {
    let url = format!("{}/api?f=html#execute", call.base.prefix());
    Table {
        caption: said(call, ["To try it", "Zum Ausprobieren"]),
        columns: vec![said(call, ["Page", "Seite"])],
        rows: vec![vec![linked(said(call, ["The form of the API", "Das Formular der Schnittstelle"]), url)]],
    }
}

/// What an input takes, in words; its schema stands in the description for programs.
fn values(call: &Call, kind: Kind) -> String {
    let language = call.language;
    let word = |words| said(call, words);
    let unless_said = |default: &str| format!("; {} `{default}`", word(["if not given", "ohne Angabe"]));
    let (from, to) = (word(["from", "von"]), word(["to", "bis"]));
    match kind {
        Kind::Id => {
            word(["an id: `a`–`z`, `0`–`9`, `_` and `-`", "eine Kennung: `a`–`z`, `0`–`9`, `_` und `-`"])
                .to_owned()
        }
        Kind::Text(most) => {
            let count = language.count(i64::try_from(most).unwrap_or(i64::MAX));
            format!("{} {count} {}", word(["text of up to", "Text, bis zu"]), word(["characters", "Zeichen"]))
        }
        Kind::Choice(choices, has_default) => {
            let all = choices.iter().map(|choice| format!("`{choice}`")).collect::<Vec<_>>().join(", ");
            let default = choices.first().filter(|_| has_default).map(|first| unless_said(first));
            format!("{}: {all}{}", word(["one of", "eines von"]), default.unwrap_or_default())
        }
        Kind::Flag => format!("`true`, `false`{}", unless_said("false")),
        // Beyond any number that people write there is no bound to tell.
        Kind::Integer(least, most) if most > 1_000_000_000_000 => {
            format!("{} {}", word(["a whole number from", "eine ganze Zahl ab"]), language.count(least))
        }
        Kind::Integer(least, most) => {
            let whole = word(["a whole number", "eine ganze Zahl"]);
            format!("{whole} {from} {} {to} {}", language.count(least), language.count(most))
        }
        Kind::Number(least, most, default) => {
            let default = default.map(|default| unless_said(&language.number(default)));
            let number = word(["a number", "eine Zahl"]);
            let range = format!("{from} {} {to} {}", language.number(least), language.number(most));
            format!("{number} {range}{}", default.unwrap_or_default())
        }
        Kind::Bbox => word([
            "west, south, east, north in degrees as `[11.64, 48.24, 11.66, 48.25]`; six numbers with heights",
            "West, Süd, Ost, Nord in Grad als `[11.64, 48.24, 11.66, 48.25]`; sechs Zahlen mit Höhen",
        ])
        .to_owned(),
    }
}
