//! `GET /api`: the definition of this API, OpenAPI 3.0.3, written from the routes.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::editing;
use super::error::ApiError;
use super::german;
use super::headers;
use super::html::{self, Frame};
use super::negotiate::{Language, Media};
use super::params::Parameter;
use super::path_parts;
use super::processes;
use super::routes::{self, Route};
use super::schemas;
use super::wfs;
use super::writes::{self, Write};

#[derive(Template)]
#[template(path = "api.html")]
struct Page {
    frame: Frame,
    operations: Vec<Operation>,
}

struct Operation {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// Media types.
    produces: Vec<&'static str>,
    /// Name and description.
    parameters: Vec<(&'static str, &'static str)>,
}

/// What a page says of a route: reading it, then each way to write.
fn operations(route: &'static Route, language: Language) -> Vec<Operation> {
    let summary = |id: &str, english: &'static str| match language {
        Language::English => english,
        Language::German => german::operation(id).unwrap_or(english),
    };
    let described = |parameter: &&'static Parameter| match language {
        Language::English => parameter.description,
        Language::German => german::parameter(parameter.component).unwrap_or(parameter.description),
    };
    let read = Operation {
        method: "GET",
        path: route.path,
        summary: summary(route.operation_id, route.summary),
        produces: route.produces.iter().map(|media| media.name()).collect(),
        parameters: route.parameters.iter().map(|each| (each.name, described(each))).collect(),
    };
    let read = Some(read).filter(|_| route.is_read());
    let written = writes::of(route.path).map(|write| Operation {
        method: write.method,
        path: route.path,
        summary: summary(write.operation_id, write.summary),
        produces: Vec::new(),
        parameters: Vec::new(),
    });
    read.into_iter().chain(written).collect()
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if !html::wanted(&call) {
        return Ok(Answer::json(Media::OpenApi, &document(&call.base.url, &call.state.title)));
    }
    let routes = routes::all().filter(|route| route.is_described());
    let operations = routes.flat_map(|route| operations(route, call.language)).collect();
    let frame = Frame::of(&call, call.language.texts().api, Vec::new());
    Ok(Answer::new(Media::Html, Page { frame, operations }.render()?))
}

/// The whole document; `url` is where the server stands.
pub fn document(url: &str, title: &str) -> Value {
    let described = || routes::all().filter(|route| route.is_described());
    let paths: Map<_, _> = described().map(|route| (route.path.to_owned(), path_item(route))).collect();
    let mut parameters = Map::new();
    for parameter in described().flat_map(|route| route.parameters) {
        parameters.insert(parameter.component.to_owned(), parameter.describe());
    }
    for (name, description) in [
        ("collectionId", "id of a collection"),
        ("featureId", "id of a feature: its gml:id"),
        ("name", "name of a tile: the hash of its content and `.glb`"),
        ("hash", "hash of an image: 32 hexadecimal digits"),
        ("codelistId", "id of a code list"),
        ("jobId", "id of a job"),
        ("uploadId", "id of an upload"),
        ("processId", "id of a process"),
        ("outputId", "id of an output of the job's process"),
        ("tileMatrixSetId", "id of a grid of map tiles"),
        ("tileMatrix", "level of the grid, from 0"),
        ("tileRow", "row of the tile, from 0 in the north"),
        ("tileCol", "column of the tile, from 0 in the west"),
        ("terrainId", "id of a terrain"),
        ("modificationId", "number of a change of the ground"),
        ("clientId", "id of a program, as `/clients` lists them"),
        ("fileName", "name of a piece of configuration"),
        ("recordId", "id of a record of the catalogue"),
        ("styleId", "how heights are shown: hillshade or terrain-rgb"),
        ("z", "level of a terrain tile"),
        ("x", "column of a terrain tile, from the west"),
        ("yTerrain", "row of a terrain tile, from the south, and `.terrain`"),
    ] {
        parameters.insert(name.to_owned(), path_parameter(name, description));
    }
    parameters.extend(headers::parameters());
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": title,
            "description": "A digital twin: features by OGC API – Features, 3D Tiles and a view in three dimensions.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0" },
        },
        "servers": [{ "url": url, "description": "this server" }],
        "tags": [
            { "name": "Capabilities", "description": "What there is" },
            { "name": "Data", "description": "Features" },
            { "name": "Tiles", "description": "Flat map tiles" },
            { "name": "3D", "description": "3D Tiles and the viewer" },
            { "name": "Terrain", "description": "Heights of the ground" },
            { "name": "Processes", "description": "What can be asked for as a job: OGC API – Processes" },
            { "name": "Jobs", "description": "Imports and other long work" },
            { "name": "Operation", "description": "The state of the server" },
        ],
        "paths": paths,
        "components": {
            "parameters": parameters,
            "schemas": schemas::schemas(),
            "responses": responses(),
            "headers": headers::components(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "made on the server by `stadtwin token create`",
                },
            },
        },
    })
}

fn path_item(route: &Route) -> Value {
    let mut item = Map::new();
    if route.is_read() {
        item.insert("get".to_owned(), operation(route));
    }
    for write in writes::of(route.path) {
        item.insert(write.method.to_lowercase(), write_operation(route, write));
    }
    item.into()
}

fn parameters<'a>(path: &'a str, in_query: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let in_path = path.split(['{', '}']).skip(1).step_by(2);
    in_path.chain(in_query).map(|name| json!({ "$ref": format!("#/components/parameters/{name}") })).collect()
}

fn write_operation(route: &Route, write: &Write) -> Value {
    let mut success = json!({ "description": write.summary, "headers": headers::of_written(write) });
    if !write.schema.is_empty() {
        let schema = json!({ "$ref": format!("#/components/schemas/{}", write.schema) });
        let is_geojson = route.produces.contains(&Media::GeoJson);
        let media = if is_geojson { Media::GeoJson } else { Media::Json };
        success["content"] = json!({ media.name(): { "schema": schema } });
    }
    let mut answers = Map::new();
    answers.insert(write.success.to_string(), success);
    answers.extend(editing::answers(write));
    for (status, description) in processes::more_answers(write.operation_id) {
        answers.insert(status.to_string(), json!({ "description": description }));
    }
    let refusals: &[u16] = if write.needs_token() { &[401, 403] } else { &[] };
    answers.extend(failures(route, refusals.iter().chain(write.failures)));
    // What says how a body is meant, or what it is asked of.
    let asked =
        route.parameters.iter().filter(|parameter| ["crs", "modifications"].contains(&parameter.name));
    let asked = asked.map(|parameter| parameter.component).chain(headers::taken(write).iter().copied());
    let mut operation = json!({
        "operationId": write.operation_id,
        "tags": [route.tag],
        "summary": write.summary,
        "parameters": parameters(write.path, asked),
        "responses": answers,
    });
    if let Some(all) = operation["parameters"].as_array_mut() {
        all.extend(editing::header_parameters(write));
    }
    if write.needs_token() {
        operation["security"] = json!([{ "token": [] }]);
    }
    if !write.takes.is_empty() {
        let body = |(media, schema): &(&str, &str)| {
            let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
            ((*media).to_owned(), json!({ "schema": schema }))
        };
        let content: Map<_, _> = write.takes.iter().map(body).collect();
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    operation
}

fn operation(route: &Route) -> Value {
    let parameters = parameters(route.path, route.parameters.iter().map(|parameter| parameter.component));
    let mut answers = Map::new();
    answers.insert("200".to_owned(), success(route));
    answers.insert("304".to_owned(), json!({ "description": "the client has the present state already" }));
    if route.produces.contains(&Media::VectorTile) {
        answers.insert("204".to_owned(), json!({ "description": "there is nothing in the tile" }));
    }
    answers.extend(failures(route, route.failures.iter()));
    json!({
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "parameters": parameters,
        "responses": answers,
    })
}

/// The answers when it fails: its own ways, and those that all ways to call the route share.
fn failures<'a>(route: &Route, own: impl Iterator<Item = &'a u16>) -> BTreeMap<String, Value> {
    let all = own.copied().chain(route.shared_failures());
    let answer = |status: u16| match route.path {
        // It has reports of its own.
        wfs::PATH => json!({
            "description": "an ows:ExceptionReport",
            "content": { "application/xml": { "schema": { "type": "string" } } },
        }),
        _ => json!({ "$ref": format!("#/components/responses/{status}") }),
    };
    all.map(|status| (status.to_string(), answer(status))).collect()
}

fn success(route: &Route) -> Value {
    let mut content = Map::new();
    for media in route.produces {
        let schema = match media {
            Media::CityJson => json!({ "$ref": "#/components/schemas/cityJson" }),
            // What an event holds no schema can say of a stream.
            Media::EventStream => json!({}),
            Media::TileJson => json!({ "$ref": "#/components/schemas/tileJson" }),
            Media::Html
            | Media::Text
            | Media::Csv
            | Media::CityJsonSeq
            | Media::CityGml3
            | Media::CityGml2 => json!({ "type": "string" }),
            Media::Glb
            | Media::QuantizedMesh
            | Media::Png
            | Media::VectorTile
            | Media::Image
            | Media::FlatGeobuf
            | Media::GeoParquet => {
                json!({ "type": "string", "format": "binary" })
            }
            _ => json!({ "$ref": format!("#/components/schemas/{}", route.schema) }),
        };
        content.insert(media.name().to_owned(), json!({ "schema": schema }));
    }
    let headers = headers::of_answer(route, route.produces.contains(&Media::GeoJson));
    json!({ "description": route.summary, "headers": headers, "content": content })
}

fn path_parameter(name: &str, description: &str) -> Value {
    json!({
        "name": name,
        "in": "path",
        "description": description,
        "required": true,
        "schema": path_parts::schema(name),
        "style": "simple",
        "explode": false,
    })
}

fn responses() -> Value {
    let failures = [
        (400, "a query parameter is unknown or its value is wrong"),
        (401, "writing needs a token, and one that is shown must hold"),
        (403, "the token does not allow this"),
        (404, "there is nothing at this address"),
        (406, "none of the accepted media types is at hand"),
        (409, "the present state does not allow this"),
        (410, "it existed once and is no more"),
        (
            412,
            "a precondition does not hold: the state named by If-Match or If-None-Match, or the protocol's version",
        ),
        (413, "more than this server takes"),
        (415, "the body has a media type that is not taken here"),
        (422, "the body can be read, and what it says cannot be"),
        (428, "the write needs `If-Match`"),
        (429, "other uploads take the room that there is"),
        (500, "the server failed"),
        (503, "the database does not answer, or the answer took too long"),
    ];
    let response = |(status, description): (u16, &str)| {
        let content =
            json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/exception" } } });
        (status.to_string(), json!({ "description": description, "content": content }))
    };
    failures.into_iter().map(response).collect::<Map<_, _>>().into()
}
