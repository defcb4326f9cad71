//! `GET /conformance`: the classes that the routes fulfil.

use askama::Template;
use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::html::{self, Frame};
use super::negotiate::Media;
use super::routes;
use super::writes;

#[derive(Template)]
#[template(path = "conformance.html")]
struct Page {
    frame: Frame,
    classes: Vec<String>,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if html::wanted(&call) {
        let frame = Frame::of(&call, call.language.texts().conformance, Vec::new());
        return Ok(Answer::new(Media::Html, Page { frame, classes: classes() }.render()?));
    }
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "conformsTo": classes() })))
}

fn classes() -> Vec<String> {
    let classes = routes::all().flat_map(|route| route.classes).chain(writes::classes());
    let whole = |class: &&str| match class.starts_with("https://") {
        true => (*class).to_owned(),
        false => format!("http://www.opengis.net/spec/{class}"),
    };
    let mut classes: Vec<_> = classes.map(whole).collect();
    classes.sort();
    classes.dedup();
    classes
}
