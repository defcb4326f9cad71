//! `/processes` and `/processes/{id}`.

use serde_json::{Map, Value, json};

use super::super::answer::Answer;
use super::super::call::Call;
use super::super::error::ApiError;
use super::super::html;
use super::super::links::{self, link};
use super::super::negotiate::Media;
use super::super::params::{DEFAULT_LIMIT, MAX_LIMIT, shortened};
use super::catalogue::{PROCESSES, find};
use super::page;
use super::table::{Output, Process};

const EXECUTE_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/execute";

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    if html::wanted(&call) {
        return page::of_all(&call);
    }
    let limit =
        call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, i64::from(MAX_LIMIT));
    let limit = usize::try_from(limit).unwrap_or(PROCESSES.len());
    let before = call.query.integer("after").and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let behind = PROCESSES.get(before..).unwrap_or_default();
    let processes: Vec<_> = behind.iter().take(limit).map(|process| summary(&call, process)).collect();
    let mut links = call.own_links();
    if behind.len() > limit {
        let next = (before + limit).to_string();
        let query = call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]);
        links.push(link(
            "next",
            &call.base.to(&format!("{}{query}", call.path)),
            Media::Json,
            "the next page",
        ));
    }
    Ok(Answer::json(Media::Json, &json!({ "processes": processes, "links": links })))
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
            let title = input.description[0];
            let (name, mut described) = described(input.name, title, input.kind.schema());
            described["description"] = json!(title);
            described["minOccurs"] = json!(u8::from(input.is_required));
            described["maxOccurs"] = json!(1);
            (name, described)
        })
        .collect();
    let output = &process.output;
    let (name, output) = described(output.id, output.title[0], schema(output));
    document["inputs"] = inputs.into();
    document["outputs"] = json!({ name: output });
    document["links"] = call.own_links().into();
    if let Some(links) = document["links"].as_array_mut() {
        links.extend(more_links(&call, process));
    }
    Ok(Answer::json(Media::Json, &document))
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
        "title": process.title[0],
        "description": process.description[0],
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
