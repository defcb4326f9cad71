//! Pages that are facts and tables: revisions, jobs, imports.

use askama::Template;

use super::html::Frame;

/// A page of facts, then tables.
#[derive(Template)]
#[template(path = "table.html")]
pub struct TablePage {
    pub frame: Frame,
    pub lead: String,
    /// `(name, value)`.
    pub facts: Vec<(&'static str, String)>,
    pub tables: Vec<Table>,
    /// Empty on the last page.
    pub next_url: String,
}

pub struct Table {
    pub caption: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

pub struct Cell {
    pub text: String,
    /// Empty: no link.
    pub url: String,
}

pub fn cell(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), url: String::new() }
}

pub fn linked(text: impl Into<String>, url: String) -> Cell {
    Cell { text: text.into(), url }
}
