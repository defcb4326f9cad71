//! `GET /collections/{c}/queryables`, `…/sortables`, `…/schema`: what filters may name, features be sorted by or show, as
//! JSON Schema; `GET /functions`: what filters may call.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::header;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::code_schemas::{CodeProfile, name_code_lists};
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::negotiate::Media;
use super::params::PROFILE_URI;
use super::parts;
use super::property_schemas::{
    CODE_TEXT, NESTED, OTHER_UNIT, Way, escaped, receive, said, schema, title, type_name, unit,
};
use super::table::{Table, TablePage, cell};
use stadtwin_model::Collection;
use stadtwin_query::{FUNCTIONS, Queryable, Queryables, Source, Type};

/// What the document lists.
#[derive(Clone, Copy, PartialEq)]
enum Listed {
    Queryables,
    Sortables,
    Returnables,
    Receivables(Way),
}

/// What the server makes of a feature: sent back, it must be as it is, or is left aside.
const MADE: [&str; 14] = [
    "id",
    "lods",
    "children",
    "zMin",
    "zMax",
    "revision",
    "groundDifferenceMin",
    "groundDifferenceMedian",
    "groundDifferenceMax",
    "groundTerrain",
    "groundTerrainRevision",
    "aliases",
    "predecessors",
    "successors",
];

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    list(call, Listed::Queryables).await
}

/// `GET /collections/{c}/sortables`.
pub async fn sortables(call: Call) -> Result<Answer, ApiError> {
    list(call, Listed::Sortables).await
}

/// `GET /collections/{c}/schema`: what features have, or what can be sent.
pub async fn schema_of_features(call: Call) -> Result<Answer, ApiError> {
    let listed = match call.query.get("type") {
        Some("receivables" | "replace") => Listed::Receivables(Way::Any),
        Some("create") => Listed::Receivables(Way::Create),
        Some("update") => Listed::Receivables(Way::Update),
        _ => Listed::Returnables,
    };
    list(call, listed).await
}

async fn list(call: Call, listed: Listed) -> Result<Answer, ApiError> {
    let (collection, queryables, is_open) = asked(&call, listed).await?;
    let is_of_surfaces = queryables.are_of_surfaces();
    let mut units: HashMap<_, _> = call.state.store.attribute_units(&collection).await?.into_iter().collect();
    if is_of_surfaces {
        let own = [("area", "m2"), ("tilt", "deg"), ("azimuth", "deg")];
        units.extend(own.map(|(name, unit)| (name.to_owned(), unit.to_owned())));
    }
    let beside = |source: &Source| matches!(source, Source::Id | Source::Footprint);
    let all: Vec<&Queryable> = match listed {
        Listed::Queryables => queryables.all.iter().collect(),
        Listed::Sortables => queryables.sortables().collect(),
        Listed::Returnables | Listed::Receivables(_) => {
            let beside = queryables.all.iter().filter(|queryable| beside(&queryable.source));
            beside.chain(queryables.returnables()).collect()
        }
    };
    if html::wanted(&call) {
        return page(&call, &collection, listed, &all, &units);
    }
    let mut document = document(&call, &collection, listed, &all, &units);
    let profile = match listed {
        Listed::Receivables(_) => CodeProfile::ReferenceAlone,
        _ => CodeProfile::asked(&call),
    };
    let properties = document.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(properties) = properties.filter(|_| !is_of_surfaces) {
        name_code_lists(&call, &collection, &all, profile, properties).await?;
    }
    document["additionalProperties"] = is_open.into();
    let link = format!("<{PROFILE_URI}{}>; rel=\"profile\"", profile.name());
    Ok(Answer::json(Media::Schema, &document)
        .with(header::CONTENT_LANGUAGE, call.language.code())
        .with(header::LINK, &link))
}

/// Of features, or of the parts or surfaces of one class; and whether these may have more, which nobody has counted.
async fn asked(call: &Call, listed: Listed) -> Result<(Arc<Collection>, Queryables, bool), ApiError> {
    if let Some(view) = parts::view(call).await? {
        let queryables = match listed {
            Listed::Queryables => view.queryables(),
            // Parts and surfaces come in the order in which they are stored.
            // They are sent with their wholes.
            Listed::Sortables | Listed::Receivables(_) => view.queryables().emptied(),
            Listed::Returnables => view.returnables(),
        };
        return Ok((view.collection, queryables, listed == Listed::Returnables));
    }
    let collection = collections::named(call).await?;
    let queryables = Queryables::of(&collection);
    // Attributes that no feature has yet can be sent.
    Ok((collection, queryables, matches!(listed, Listed::Receivables(_))))
}

fn page(
    call: &Call,
    collection: &Collection,
    listed: Listed,
    all: &[&Queryable],
    units: &HashMap<String, String>,
) -> Result<Answer, ApiError> {
    let url = format!("{}{}?f=html", call.base.prefix(), collections::path(collection));
    let crumbs = vec![Frame::collections_crumb(call), (collection.title.clone(), url)];
    let is_listed = |queryable: &&&Queryable| {
        !matches!(listed, Listed::Receivables(_)) || !MADE.contains(&queryable.name.as_str())
    };
    let rows = all.iter().filter(is_listed).map(|queryable| {
        let unit = unit(queryable, units).unwrap_or_default();
        vec![
            cell(queryable.name.as_str()),
            cell(title(queryable, call.language)),
            cell(type_name(queryable, call.language)),
            cell(unit),
        ]
    });
    let texts = call.language.texts();
    let caption = match listed {
        Listed::Queryables => texts.queryables,
        Listed::Sortables => texts.sortables,
        Listed::Returnables => texts.returnables,
        Listed::Receivables(_) => texts.receivables,
    };
    let columns = vec![texts.name, texts.title, texts.kind, texts.unit];
    let page = TablePage {
        frame: Frame::of(call, caption, crumbs),
        lead: String::new(),
        facts: Vec::new(),
        tables: vec![Table { caption, columns, rows: rows.collect() }],
        next_url: String::new(),
    };
    Ok(Answer::new(Media::Html, askama::Template::render(&page)?))
}

fn document(
    call: &Call,
    collection: &Collection,
    listed: Listed,
    all: &[&Queryable],
    units: &HashMap<String, String>,
) -> Value {
    let mut properties = Map::new();
    let mut patterns = Map::new();
    for (index, queryable) in all.iter().enumerate() {
        let mut schema = schema(queryable, units, call.language);
        if let Listed::Receivables(way) = listed {
            receive(queryable, way, call.language, &mut schema);
        }
        if matches!(listed, Listed::Returnables | Listed::Receivables(_)) {
            if MADE.contains(&queryable.name.as_str()) {
                schema["readOnly"] = true.into();
            }
            if queryable.kind == Type::Any {
                schema["description"] = said(NESTED, call.language).into();
            }
        }
        schema["x-ogc-propertySeq"] = (index + 1).into();
        properties.insert(queryable.name.clone(), schema);
        if queryable.kind == Type::Any && listed == Listed::Queryables {
            patterns.insert(format!("^{}\\.", escaped(&queryable.name)), json!({}));
        }
    }
    if listed == Listed::Returnables {
        let text = json!({ "readOnly": true, "description": said(CODE_TEXT, call.language) });
        patterns.insert("_text$".to_owned(), text);
        let unit =
            json!({ "type": "string", "readOnly": true, "description": said(OTHER_UNIT, call.language) });
        patterns.insert("_uom$".to_owned(), unit);
    }
    let mut document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": call.base.to(&call.path),
        "type": "object",
        "title": collection.title,
        "properties": properties,
    });
    if listed == Listed::Receivables(Way::Create) {
        document["required"] = json!(["class"]);
    }
    if !patterns.is_empty() {
        document["patternProperties"] = patterns.into();
    }
    document
}

/// OGC API – Features 3, 7.7.
pub async fn functions(call: Call) -> Result<Answer, ApiError> {
    let word = |kind: Type| match kind {
        Type::Boolean => "boolean",
        Type::Number => "number",
        Type::Text => "string",
        Type::Shape => "geometry",
        _ => "datetime",
    };
    let functions = FUNCTIONS.iter().map(|function| {
        let arguments = function.takes.iter();
        let arguments = arguments.map(|(title, kind)| json!({ "title": title, "type": [word(*kind)] }));
        json!({
            "name": function.name,
            "description": function.description,
            "returns": [word(function.gives)],
            "arguments": arguments.collect::<Vec<_>>(),
        })
    });
    let document = json!({ "functions": functions.collect::<Vec<_>>(), "links": call.own_links() });
    Ok(Answer::json(Media::Json, &document))
}
