//! `GET /collections/{c}/queryables`, `…/sortables`, `…/schema`: what filters may name, features be sorted by or show, as
//! JSON Schema; `GET /functions`: what filters may call.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::links::segment;
use super::names;
use super::negotiate::{Language, Media};
use super::parts;
use super::table::{Table, TablePage, cell};
use stadtwin_formats::{WITH_OWN_LISTS, list_names};
use stadtwin_model::Collection;
use stadtwin_query::{FUNCTIONS, Queryable, Queryables, Source, Type};

/// Codes of lists that are no longer than this stand in the schema.
const MOST_LISTED: i64 = 64;

/// What the document lists.
#[derive(Clone, Copy, PartialEq)]
enum Listed {
    Queryables,
    Sortables,
    Returnables,
    Receivables(Way),
}

/// Of writing.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Any,
    Create,
    Update,
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
    if !is_of_surfaces {
        name_code_lists(&call, &collection, &all, &mut document["properties"]).await?;
    }
    document["additionalProperties"] = is_open.into();
    Ok(Answer::json(Media::Schema, &document))
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
        let mut schema = schema(queryable, units);
        if let Listed::Receivables(way) = listed {
            receive(queryable, way, &mut schema);
        }
        if matches!(listed, Listed::Returnables | Listed::Receivables(_)) {
            if MADE.contains(&queryable.name.as_str()) {
                schema["readOnly"] = true.into();
            }
            if queryable.kind == Type::Any {
                schema["description"] = "An array or an object.".into();
            }
        }
        schema["x-ogc-propertySeq"] = (index + 1).into();
        properties.insert(queryable.name.clone(), schema);
        if queryable.kind == Type::Any && listed == Listed::Queryables {
            patterns.insert(format!("^{}\\.", escaped(&queryable.name)), json!({}));
        }
    }
    if listed == Listed::Returnables {
        let text = json!({ "readOnly": true, "description": "What the code or codes mean." });
        patterns.insert("_text$".to_owned(), text);
        let unit = json!({ "type": "string", "readOnly": true, "description": "The unit, where it is not the metre." });
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

/// What is taken where it is another thing than what is shown.
fn receive(queryable: &Queryable, way: Way, schema: &mut Value) {
    match queryable.source {
        Source::Class => {
            let description = match way {
                Way::Create => "What the feature is.",
                Way::Any => "What the feature is. Of one that is there it cannot be changed.",
                Way::Update => "It cannot be changed.",
            };
            schema["description"] = description.into();
            if way == Way::Update {
                schema["readOnly"] = true.into();
            }
        }
        Source::ValidFrom | Source::ValidTo => {
            *schema =
                json!({ "type": "string", "title": schema["title"], "x-ogc-role": schema["x-ogc-role"] });
            schema["anyOf"] = json!([{ "format": "date" }, { "format": "date-time" }]);
        }
        // A whole number may become another one.
        Source::Attribute(_) if queryable.kind == Type::Number => schema["type"] = "number".into(),
        _ => {}
    }
}

/// Says of each attribute with codes which list they are of; of a short one that has all of them, the codes too.
async fn name_code_lists(
    call: &Call,
    collection: &Collection,
    all: &[&Queryable],
    properties: &mut Value,
) -> Result<(), ApiError> {
    let store = &call.state.store;
    let spaces: HashMap<_, _> = store.attribute_code_spaces(collection).await?.into_iter().collect();
    for queryable in all {
        let Source::Attribute(path) = &queryable.source else { continue };
        let [name] = path.as_slice() else { continue };
        let space = spaces.get(name).map(String::as_str);
        if space.is_none() && !WITH_OWN_LISTS.contains(&name.as_str()) {
            continue;
        }
        let names = list_names(name, space.unwrap_or_default());
        let Some(list) = store.code_list_named(&names).await? else { continue };
        let schema = &mut properties[&queryable.name];
        schema["x-ogc-codelistUri"] = call.base.to(&format!("/codelists/{}", segment(&list.id))).into();
        if list.is_complete && list.code_count <= MOST_LISTED && queryable.kind == Type::Text {
            let codes = store.codes(&list, 0, MOST_LISTED as u32).await?;
            schema["enum"] = codes.items.into_iter().map(|code| code.code).collect();
        }
    }
    Ok(())
}

/// Arrays of objects that the model itself has; from CityJSON an address comes as one object too.
fn nested(name: &str) -> Value {
    let object = |names: &[&str]| {
        let text = |name: &&str| ((*name).to_owned(), json!({ "type": "string" }));
        json!({ "type": "object", "properties": names.iter().map(text).collect::<Map<_, _>>() })
    };
    match name {
        "address" => json!({
            "type": ["array", "object"],
            "items": object(&["country", "locality", "postalCode", "street", "number", "text"]),
        }),
        "externalReferences" => json!({
            "type": "array",
            "items": object(&["informationSystem", "name", "uri"]),
        }),
        "children" => json!({ "type": "object", "additionalProperties": { "type": "integer" } }),
        _ => json!({ "type": ["array", "object", "string", "number", "boolean"] }),
    }
}

fn schema(queryable: &Queryable, units: &HashMap<String, String>) -> Value {
    let mut schema = match queryable.kind {
        Type::Boolean => json!({ "type": "boolean" }),
        Type::Number if queryable.is_integer => json!({ "type": "integer" }),
        Type::Number => json!({ "type": "number" }),
        Type::Text => json!({ "type": "string" }),
        Type::Date => json!({ "type": "string", "format": "date" }),
        Type::Time => json!({ "type": "string", "format": "date-time" }),
        Type::Interval => {
            json!({ "type": "array", "format": "interval-array", "items": { "type": "string" } })
        }
        Type::Shape => json!({ "format": "geometry-any" }),
        Type::List => json!({ "type": "array", "items": { "type": "string" } }),
        Type::Any => {
            let mut schema = nested(&queryable.name);
            schema["description"] = "Nested: name what is inside with dots, as in address.street.".into();
            schema
        }
    };
    schema["title"] = queryable.title.as_str().into();
    let role = match queryable.source {
        _ if queryable.name == "id" => Some("id"),
        Source::Class => Some("type"),
        Source::Footprint => Some("primary-geometry"),
        Source::ValidFrom => Some("primary-interval-start"),
        Source::ValidTo => Some("primary-interval-end"),
        _ => None,
    };
    if let Some(role) = role {
        schema["x-ogc-role"] = role.into();
    }
    if let Some(unit) = unit(queryable, units) {
        schema["x-ogc-unit"] = unit.into();
        schema["x-ogc-unitLang"] = "UCUM".into();
    }
    if !queryable.values.is_empty() {
        schema["enum"] = json!(queryable.values);
    }
    schema
}

/// UCUM, from what the files say; heights of our own and `measuredHeight` are in metres.
fn unit(queryable: &Queryable, units: &HashMap<String, String>) -> Option<String> {
    match &queryable.source {
        Source::LowestM
        | Source::HighestM
        | Source::GroundMinM
        | Source::GroundMedianM
        | Source::GroundMaxM => Some("m".to_owned()),
        Source::Attribute(path) if path.first().is_some_and(|name| name == "measuredHeight") => {
            Some("m".to_owned())
        }
        Source::Attribute(path) if queryable.kind == Type::Number => {
            path.first().and_then(|name| units.get(name)).map(|uom| ucum(uom))
        }
        _ => None,
    }
}

/// `urn:adv:uom:m`, `#m`, `m` → `m`.
fn ucum(uom: &str) -> String {
    let plain = uom.rsplit([':', '#', '/']).next().unwrap_or(uom);
    match plain {
        "qm" | "m²" => "m2",
        "cbm" | "m³" => "m3",
        other => other,
    }
    .to_owned()
}

/// The title of the document, or what people call it in their language.
fn title(queryable: &Queryable, language: Language) -> &str {
    let known = names::attribute(&queryable.name, language);
    if known == queryable.name { &queryable.title } else { known }
}

fn type_name(queryable: &Queryable, language: Language) -> &'static str {
    let (english, german) = match queryable.kind {
        Type::Boolean => ("yes or no", "ja oder nein"),
        Type::Number if queryable.is_integer => ("whole number", "ganze Zahl"),
        Type::Number => ("number", "Zahl"),
        Type::Text => ("text", "Text"),
        Type::Date => ("date", "Datum"),
        Type::Time => ("date and time", "Datum und Uhrzeit"),
        Type::Interval => ("interval", "Zeitraum"),
        Type::Shape => ("geometry", "Geometrie"),
        Type::List => ("list", "Liste"),
        Type::Any => ("nested", "verschachtelt"),
    };
    if language == Language::German { german } else { english }
}

/// A name as a regular expression.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() && character != '_' {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
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

#[cfg(test)]
mod tests {
    #[test]
    fn units_lose_their_registers() {
        for (uom, expected) in [("urn:adv:uom:m", "m"), ("#m2", "m2"), ("m", "m"), ("urn:adv:uom:qm", "m2")] {
            assert_eq!(super::ucum(uom), expected);
        }
        assert_eq!(super::escaped("a.b c"), "a\\.b\\ c");
    }
}
