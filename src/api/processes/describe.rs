//! `/processes` and `/processes/{id}`.

use axum::http::header::CONTENT_LANGUAGE;
use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::html;
use super::super::links::{self, link};
use super::super::negotiate::Media;
use super::super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::catalogue::{PROCESSES, find};
use super::page::{self, said};
use super::table::{Output, Process};

const EXECUTE_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/execute";

/// Those on the page that is asked for, and the way to the next one.
fn page_of(call: &Call) -> (&'static [Process], Option<String>) {
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let limit = usize::try_from(limit).unwrap_or(PROCESSES.len());
    let before = call.query.integer("after").and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let behind = PROCESSES.get(before..).unwrap_or_default();
    let Some((page, _)) = behind.split_at_checked(limit).filter(|(_, rest)| !rest.is_empty()) else {
        return (behind, None);
    };
    let next = (before + limit).to_string();
    let query = call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]);
    (page, Some(format!("{}{query}", call.path)))
}

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let (processes, next) = page_of(&call);
    if html::wanted(&call) {
        return page::of_all(&call, processes, next);
    }
    let processes: Vec<_> = processes.iter().map(|process| summary(&call, process)).collect();
    let mut links = call.own_links();
    links.extend(next.map(|next| link("next", &call.base.to(&next), Media::Json, "the next page")));
    let document = json!({ "processes": processes, "links": links });
    Ok(Answer::json(Media::Json, &document).with(CONTENT_LANGUAGE, call.language.code()))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let process = named(&call)?;
    if html::wanted(&call) {
        return page::of_one(&call, process);
    }
    let mut document = summary(&call, process);
    let described = |name: &str, title: &str, schema: Value| {
        (name.to_owned(), json!({ "title": title, "schema": schema }))
    };
    let inputs: Map<_, _> = process
        .inputs
        .iter()
        .map(|input| {
            let title = said(&call, input.description);
            let (name, mut described) = described(input.name, title, input.kind.schema());
            described["description"] = json!(title);
            described["minOccurs"] = json!(u8::from(input.is_required));
            described["maxOccurs"] = json!(1);
            (name, described)
        })
        .collect();
    let output = &process.output;
    let (name, output) = described(output.id, said(&call, output.title), schema(output));
    document["inputs"] = inputs.into();
    document["outputs"] = json!({ name: output });
    document["links"] = call.own_links().into();
    if let Some(links) = document["links"].as_array_mut() {
        links.extend(more_links(&call, process));
    }
    Ok(Answer::json(Media::Json, &document).with(CONTENT_LANGUAGE, call.language.code()))
}

/// The process in the path.
pub fn named(call: &Call) -> Result<&'static Process, ApiError> {
    let id = call.segment("processId");
    find(id).ok_or_else(|| {
        let known: Vec<_> = PROCESSES.iter().map(|process| process.id).collect();
        let detail = format!("no process `{}`; there are: {}", shortened(id), known.join(", "));
        ApiError::no_such("no-such-process", detail)
    })
}

fn summary(call: &Call, process: &Process) -> Value {
    let modes: &[&str] = match process.may_wait {
        true => &["sync-execute", "async-execute", "dismiss"],
        false => &["async-execute", "dismiss"],
    };
    let url = call.base.to(&format!("/processes/{}", process.id));
    let links = links::self_and_alternates(&url, call.route.produces, Media::Json, |f| format!("?f={f}"));
    json!({
        "id": process.id,
        "title": said(call, process.title),
        "description": said(call, process.description),
        "version": env!("CARGO_PKG_VERSION"),
        "jobControlOptions": modes,
        "outputTransmission": ["value", "reference"],
        "links": links,
    })
}

fn more_links(call: &Call, process: &Process) -> Vec<Value> {
    let to = |path: &str| call.base.to(path);
    let jobs = format!("/jobs?processID={}", process.id);
    vec![
        link(
            EXECUTE_REL,
            &to(&format!("/processes/{}/execution", process.id)),
            Media::Json,
            "where it is done",
        ),
        link("http://www.opengis.net/def/rel/ogc/1.0/job-list", &to(&jobs), Media::Json, "its jobs"),
        link("up", &to("/processes"), Media::Json, "all processes"),
    ]
}

/// JSON is an object; any other file is bytes of its media type.
fn schema(output: &Output) -> Value {
    let of = |media: &&str| match *media {
        "application/json" => json!({ "type": "object" }),
        media => json!({ "type": "string", "format": "binary", "contentMediaType": media }),
    };
    match output.media {
        [media] => of(media),
        several => json!({ "oneOf": several.iter().map(of).collect::<Vec<_>>() }),
    }
}
