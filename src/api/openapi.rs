//! `GET /api`: the definition of this API, OpenAPI 3.0.3, written from the routes.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::api_page;
use super::call::Call;
use super::editing;
use super::error::ApiError;
use super::examples;
use super::headers;
use super::html;
use super::negotiate::Media;
use super::path_parts;
use super::processes;
use super::routes::{self, Route};
use super::schemas;
use super::wfs;
use super::writes::{self, Write};

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if !html::wanted(&call) {
        return Ok(Answer::json(Media::OpenApi, &document(&call.base.url, &call.state.title)));
    }
    api_page::show(&call, &document(&call.base.url, &call.state.title)).await
}

/// The whole document; `url` is where the server stands.
pub fn document(url: &str, title: &str) -> Value {
    let described = || routes::all().filter(|route| route.is_described());
    let paths: Map<_, _> = described().map(|route| (route.path.to_owned(), path_item(route))).collect();
    let mut parameters = Map::new();
    let of_writes = writes::all().flat_map(writes::own_parameters);
    for parameter in described().flat_map(|route| route.parameters).chain(of_writes) {
        let described = with_example(parameter.describe(), parameter.component);
        parameters.insert(parameter.component.to_owned(), described);
    }
    for (name, description) in [
        ("collectionId", "id of a collection"),
        ("featureId", "id of a feature: its gml:id"),
        ("name", "name of a tile: the hash of its content and `.glb`"),
        ("hash", "hash of an image: 32 hexadecimal digits"),
        ("codelistId", "id of a code list"),
        ("organizationId", "id of an organization"),
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
        ("projectId", "id of a project"),
        ("scenarioId", "id of a scenario"),
        ("seq", "number of an operation in its scenario"),
        ("shareId", "number of a share"),
        ("importId", "number of an import into a scenario"),
        ("statementId", "number of a statement"),
        ("webhookId", "number of a webhook"),
        ("conflictId", "number of a conflict"),
        ("requestId", "number of a coordination request"),
        ("ruleSetId", "id of a rule set"),
        ("yTerrain", "row of a terrain tile, from the south, and `.terrain`"),
    ] {
        parameters.insert(name.to_owned(), path_parameter(name, description));
    }
    let sent = headers::parameters().into_iter();
    parameters.extend(sent.map(|(name, header)| (name.clone(), with_example(header, &name))));
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
            { "name": "Plans", "description": "Projects and scenarios: variants of the city" },
            { "name": "Processes", "description": "What can be asked for as a job: OGC API – Processes" },
            { "name": "Jobs", "description": "Imports and other long work" },
            { "name": "Planning", "description": "Who plans, and what" },
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
        let mut content = json!({ "schema": schema });
        if let Some(example) = examples::answer(write.operation_id) {
            content["example"] = example.clone();
        }
        success["content"] = json!({ media.name(): content });
    }
    let mut answers = Map::new();
    if let Some(description) = super::plans::accepted(write.operation_id) {
        answers
            .insert("202".to_owned(), json!({ "description": description, "content": success["content"] }));
    }
    answers.insert(write.success.to_string(), success);
    for (status, mut answer) in editing::answers(write) {
        if let Some(example) = examples::answer(write.operation_id) {
            answer["content"]["application/json"]["example"] = example.clone();
        }
        answers.insert(status, answer);
    }
    for (status, description) in processes::more_answers(write.operation_id) {
        answers.insert(status.to_string(), json!({ "description": description }));
    }
    let refusals: &[u16] = if write.needs_token() { &[401, 403] } else { &[] };
    answers.extend(failures(route, refusals.iter().chain(write.failures)));
    // What says how a body is meant, or what it is asked of.
    let is_asked = |name: &str| !route.is_read() || ["crs", "modifications"].contains(&name);
    let asked = route.parameters.iter().filter(|parameter| is_asked(parameter.name));
    let asked = asked
        .chain(writes::own_parameters(write))
        .map(|parameter| parameter.component)
        .chain(headers::taken(write).iter().copied());
    let mut operation = json!({
        "operationId": write.operation_id,
        "tags": [route.tag],
        "summary": write.summary,
        "x-needs": write.needs.name(),
        "parameters": parameters(write.path, asked),
        "responses": answers,
    });
    if let Some(all) = operation["parameters"].as_array_mut() {
        all.extend(editing::header_parameters(write).into_iter().map(|header| {
            let name = header["name"].as_str().unwrap_or_default().to_owned();
            with_example(header, &name)
        }));
    }
    if write.needs_token() {
        operation["security"] = json!([{ "token": [] }]);
    }
    if !write.takes.is_empty() {
        let body = |(media, schema): &(&str, &str)| {
            let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
            let mut content = json!({ "schema": schema });
            if let Some(example) = examples::body(write.operation_id, media) {
                content["example"] = example.clone();
            }
            ((*media).to_owned(), content)
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
    let mut operation = json!({
        "operationId": route.operation_id,
        "tags": [route.tag],
        "summary": route.summary,
        "x-needs": route.needs.name(),
        "parameters": parameters,
        "responses": answers,
    });
    if route.needs.needs_token() {
        operation["security"] = json!([{ "token": [] }]);
    }
    operation
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
            Media::PortalSession => json!({ "$ref": "#/components/schemas/portalSession" }),
            // What an event holds no schema can say of a stream.
            Media::EventStream => json!({}),
            // Nor of files of any type.
            Media::File => json!({}),
            Media::TileJson => json!({ "$ref": "#/components/schemas/tileJson" }),
            Media::GeoJson if route.schema == "diff" => {
                json!({ "$ref": "#/components/schemas/diffFeatures" })
            }
            Media::Html
            | Media::Text
            | Media::Csv
            | Media::JsonLines
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
        let mut described = json!({ "schema": schema });
        let is_first = media.name() == route.produces.first().map_or("", |first| first.name());
        if let Some(example) = examples::answer(route.operation_id).filter(|_| is_first) {
            described["example"] = example.clone();
        }
        // Files are of many types.
        let name = if *media == Media::File { "*/*" } else { media.name() };
        content.insert(name.to_owned(), described);
    }
    let headers = headers::of_answer(route, route.produces.contains(&Media::GeoJson));
    json!({ "description": route.summary, "headers": headers, "content": content })
}

/// The description of a parameter with its example.
fn with_example(mut described: Value, component: &str) -> Value {
    if let Some(example) = examples::parameter(component) {
        described["example"] = example.clone();
    }
    described
}

fn path_parameter(name: &str, description: &str) -> Value {
    let described = json!({
        "name": name,
        "in": "path",
        "description": description,
        "required": true,
        "schema": path_parts::schema(name),
        "style": "simple",
        "explode": false,
    });
    with_example(described, name)
}

fn responses() -> Value {
    let failures = [
        (400, "a query parameter is unknown or its value is wrong"),
        (401, "this needs a token, and one that is shown must hold"),
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
