//! `GET /collections/{c}/revisions`: the states that a collection has had, newest first.

use askama::Template;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::link;
use super::negotiate::{Language, Media};
use super::params::{DEFAULT_LIMIT, MAX_LIMIT};
use super::table::{Table, TablePage, cell};
use stadtwin_model::{Collection, Revision, RevisionState};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let revisions = call.state.store.revisions(&collection).await?;
    // What is being written, or was given up, does not exist for readers.
    let after = call.query.integer("after").unwrap_or(i64::MAX);
    let mut published: Vec<_> = revisions
        .into_iter()
        .filter(|revision| revision.state == RevisionState::Published && revision.number < after)
        .collect();
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = published.len() > limit;
    published.truncate(limit);
    let next = published.last().filter(|_| has_more).map(|last| {
        let after = last.number.to_string();
        let query = call.query.with(&[("after", Some(&after)), ("f", Some(call.media.format()))]);
        format!("{}{query}", call.path)
    });
    if html::wanted(&call) {
        let next_url = next.map(|next| format!("{}{next}", call.base.prefix())).unwrap_or_default();
        let page = TablePage { next_url, ..page(&call, &collection, &published) };
        return Ok(Answer::new(Media::Html, page.render()?));
    }
    let mut links = call.own_links();
    if let Some(next) = next {
        links.push(link("next", &call.base.to(&next), call.media, "the next page"));
    }
    let collection_url = call.base.to(&collections::path(&collection));
    links.push(link("collection", &format!("{collection_url}?f=json"), Media::Json, &collection.title));
    let entries: Vec<_> = published.iter().map(|revision| describe(revision, &collection)).collect();
    Ok(Answer::json(Media::Json, &json!({ "links": links, "revisions": entries })))
}

fn describe(revision: &Revision, collection: &Collection) -> Value {
    json!({
        "revision": revision.number,
        "state": revision.state.name(),
        "head": revision.number == collection.head,
        "started": revision.started,
        "published": revision.published,
        "inserted": revision.inserted_count,
        "ended": revision.ended_count,
        "restores": revision.restores,
    })
}

fn page(call: &Call, collection: &Collection, revisions: &[Revision]) -> TablePage {
    let german = call.language == Language::German;
    let word = |english: &'static str, other: &'static str| if german { other } else { english };
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{}{}?f=html", call.base.prefix(), collections::path(collection))),
    ];
    let title = word("Revisions", "Fassungen");
    let number = |count: Option<i64>| cell(count.map(|count| call.language.count(count)).unwrap_or_default());
    let row = |revision: &Revision| {
        vec![
            cell(revision.number.to_string()),
            cell(call.language.date(revision.published.as_deref().unwrap_or_default())),
            number(revision.inserted_count),
            number(revision.ended_count),
            cell(revision.restores.map(|number| number.to_string()).unwrap_or_default()),
            cell(if revision.number == collection.head { word("present", "aktuell") } else { "" }),
        ]
    };
    TablePage {
        frame: Frame::of(call, &format!("{} – {title}", collection.title), crumbs),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![Table {
            caption: title,
            columns: vec![
                word("Revision", "Fassung"),
                word("Published", "Veröffentlicht"),
                word("Begun", "Begonnen"),
                word("Ended", "Beendet"),
                word("Brings back", "Stellt wieder her"),
                word("State", "Stand"),
            ],
            rows: revisions.iter().map(row).collect(),
        }],
        next_url: String::new(),
    }
}
