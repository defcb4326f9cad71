//! The API definition for people: what each operation takes and answers, and a form to try it.

use askama::Template;
use axum::http::header::CONTENT_SECURITY_POLICY;
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::examples;
use super::german;
use super::html::Frame;
use super::negotiate::{Language, Media};
use super::routes::{self, Route};
use super::writes;

/// That of all pages, and the script that sends what the forms say.
const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'self'";
/// What of a body's bytes only a file can hold.
const FILES: [&str; 2] = ["multipart/form-data", "application/offset+octet-stream"];

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    frame: Frame,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: &'static str,
    summary: String,
    /// Media types.
    produces: Vec<String>,
    fields: Vec<Field>,
    bodies: Vec<Body>,
    needs_token: bool,
}

struct Field {
    name: String,
    /// `path`, `query` or `header`.
    place: String,
    description: String,
    example: String,
    is_required: bool,
    choices: Vec<String>,
}

struct Body {
    media: String,
    example: String,
    is_file: bool,
}

/// `document` is the definition.
pub async fn show(call: &Call, document: &Value) -> Result<Answer, ApiError> {
    let collections = call.state.store.collections().await?;
    let mut operations: Vec<_> = routes::all()
        .filter(|route| route.is_described())
        .flat_map(|route| operations(route, document, call.language))
        .collect();
    let example = examples::parameter("collectionId").map(examples::text);
    let is_there = collections.iter().any(|collection| Some(&collection.id) == example.as_ref());
    if let Some(first) = collections.first().filter(|_| !is_there) {
        let fields = operations.iter_mut().flat_map(|operation| &mut operation.fields);
        fields.filter(|field| field.name == "collectionId").for_each(|field| {
            field.example.clone_from(&first.id);
        });
    }
    let frame = Frame::of(call, call.language.texts().api, Vec::new());
    let page = Page { frame, operations }.render()?;
    Ok(Answer::new(Media::Html, page).with(CONTENT_SECURITY_POLICY, POLICY))
}

/// Of a route: reading it, then each way to write.
fn operations(route: &'static Route, document: &Value, language: Language) -> Vec<Operation> {
    let read = Some("GET").filter(|_| route.is_read());
    let methods = read.into_iter().chain(writes::of(route.path).map(|write| write.method));
    methods.map(|method| operation(route, method, document, language)).collect()
}

fn operation(route: &'static Route, method: &str, document: &Value, language: Language) -> Operation {
    let described = &document["paths"][route.path][method.to_lowercase()];
    let id = text_of(&described["operationId"]);
    let said = match language {
        Language::English => None,
        Language::German => german::operation(&id),
    };
    let summary = said.map_or_else(|| text_of(&described["summary"]), str::to_owned);
    let answers = described["responses"].as_object().into_iter().flatten();
    let success = answers.filter(|(status, _)| status.starts_with('2'));
    let contents = success.filter_map(|(_, answer)| answer["content"].as_object()).flatten();
    let mut produces: Vec<String> = Vec::new();
    for (media, _) in contents {
        if !produces.contains(media) {
            produces.push(media.clone());
        }
    }
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let bodies = described["requestBody"]["content"].as_object().into_iter().flatten();
    Operation {
        summary,
        method: method.to_owned(),
        path: route.path,
        produces,
        fields: parameters.map(|parameter| field(parameter, document, language)).collect(),
        bodies: bodies.map(|(media, body)| self::body(media, body)).collect(),
        needs_token: described["security"].is_array(),
        id,
    }
}

/// A parameter by reference or as it stands.
fn field(parameter: &Value, document: &Value, language: Language) -> Field {
    let reference = parameter["$ref"].as_str().unwrap_or_default();
    let described = document.pointer(reference.trim_start_matches('#')).filter(|_| !reference.is_empty());
    let described = described.unwrap_or(parameter);
    let component = reference.rsplit('/').next().filter(|name| !name.is_empty());
    let component = component.or(described["name"].as_str()).unwrap_or_default();
    let said = match language {
        Language::English => None,
        Language::German => german::parameter(component),
    };
    let choices = described["schema"]["enum"].as_array().into_iter().flatten();
    Field {
        name: text_of(&described["name"]),
        place: text_of(&described["in"]),
        description: said.map_or_else(|| text_of(&described["description"]), str::to_owned),
        example: described.get("example").map(examples::text).unwrap_or_default(),
        is_required: described["required"] == true,
        choices: choices.map(text_of).collect(),
    }
}

fn body(media: &str, described: &Value) -> Body {
    let example = match &described["example"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        value => format!("{value:#}"),
    };
    Body { media: media.to_owned(), example, is_file: FILES.contains(&media) }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
