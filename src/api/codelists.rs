//! `GET /codelists` and `GET /codelists/{id}`: what the codes in attributes mean.

use askama::Template;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::{Links, link, segment};
use super::negotiate::{Language, Media};
use super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::table::{Table, TablePage, cell, linked};
use stadtwin_model::{Code, Page};
use stadtwin_store::StoredCodeList;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let page = call.state.store.code_lists(after(&call), limit(&call)).await?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, list_page(&call, &page).render()?));
    }
    let entries: Vec<_> = page.items.iter().map(|list| describe(&call, list)).collect();
    Ok(Answer::json(Media::Json, &json!({ "links": links(&call, page.next), "codelists": entries })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let id = call.segment("codelistId");
    let store = &call.state.store;
    let missing = || ApiError::NotFound(format!("no code list `{}`", shortened(id)));
    let list = store.code_list(id).await?.ok_or_else(missing)?;
    let page = store.codes(&list, after(&call), limit(&call)).await?;
    if html::wanted(&call) {
        return Ok(Answer::new(Media::Html, codes_page(&call, &list, &page).render()?));
    }
    let mut document = describe(&call, &list);
    document["links"] = json!(links(&call, page.next));
    document["codes"] = page.items.iter().map(|code| describe_code(&call, code)).collect();
    Ok(Answer::json(Media::Json, &document))
}

fn after(call: &Call) -> i64 {
    call.query.integer("after").unwrap_or(0)
}

fn limit(call: &Call) -> u32 {
    let limit = call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT));
    u32::try_from(limit.clamp(1, i64::from(MAX_LIMIT))).unwrap_or(DEFAULT_LIMIT)
}

fn next_path(call: &Call, next: i64) -> String {
    let next = next.to_string();
    let query = call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]);
    format!("{}{query}", call.path)
}

fn links(call: &Call, next: Option<i64>) -> Links {
    let mut links = call.own_links();
    if let Some(next) = next {
        links.push(link("next", &call.base.to(&next_path(call, next)), call.media, "the next page"));
    }
    links
}

fn describe(call: &Call, list: &StoredCodeList) -> Value {
    let url = call.base.to(&format!("/codelists/{}", segment(&list.id)));
    json!({
        "id": list.id,
        "codeSpace": list.code_space,
        "title": list.title,
        "description": list.description,
        "origin": list.origin.name(),
        "complete": list.is_complete,
        "codeCount": list.code_count,
        "updated": list.updated,
        "links": [link("item", &url, Media::Json, &list.title)],
    })
}

/// The text in the language of the call, and all texts by language where the list says which they are.
fn describe_code(call: &Call, code: &Code) -> Value {
    let mut document = json!({ "code": code.code, "text": code.text(call.language.code()) });
    let named = code.texts.iter().filter(|(language, _)| !language.is_empty());
    let texts: Map<_, _> =
        named.map(|(language, text)| (language.clone(), Value::from(text.as_str()))).collect();
    if !texts.is_empty() {
        document["texts"] = texts.into();
    }
    document
}

fn word(call: &Call, english: &'static str, german: &'static str) -> &'static str {
    if call.language == Language::German { german } else { english }
}

fn list_page(call: &Call, page: &Page<StoredCodeList>) -> TablePage {
    let prefix = call.base.prefix();
    let row = |list: &StoredCodeList| {
        vec![
            linked(&list.title, format!("{prefix}/codelists/{}?f=html", segment(&list.id))),
            cell(list.code_count.to_string()),
            cell(&list.code_space),
        ]
    };
    let title = word(call, "Code lists", "Codelisten");
    let columns = vec![title, word(call, "Codes", "Werte"), "codeSpace"];
    let rows = page.items.iter().map(row).collect();
    table_page(call, title, Vec::new(), Table { caption: title, columns, rows }, page.next)
}

fn codes_page(call: &Call, list: &StoredCodeList, page: &Page<Code>) -> TablePage {
    let row = |code: &Code| vec![cell(&code.code), cell(code.text(call.language.code()).unwrap_or_default())];
    let codes = word(call, "Codes", "Werte");
    let columns = vec![word(call, "Code", "Wert"), word(call, "Text", "Bedeutung")];
    let table = Table { caption: codes, columns, rows: page.items.iter().map(row).collect() };
    let lists = word(call, "Code lists", "Codelisten");
    let crumbs = vec![(lists.to_owned(), format!("{}/codelists?f=html", call.base.prefix()))];
    let mut shown = table_page(call, &list.title, crumbs, table, page.next);
    shown.lead.clone_from(&list.description);
    shown.facts = vec![("codeSpace", list.code_space.clone()), (codes, list.code_count.to_string())];
    shown
}

fn table_page(
    call: &Call,
    title: &str,
    crumbs: Vec<(String, String)>,
    table: Table,
    next: Option<i64>,
) -> TablePage {
    TablePage {
        frame: Frame::of(call, title, crumbs),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![table],
        next_url: next
            .map(|next| format!("{}{}", call.base.prefix(), next_path(call, next)))
            .unwrap_or_default(),
    }
}
