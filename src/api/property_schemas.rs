//! JSON Schemas of the properties of features.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::names;
use super::negotiate::Language;
use stadtwin_query::{Queryable, Source, Type};

/// Of writing.
#[derive(Clone, Copy, PartialEq)]
pub enum Way {
    Any,
    Create,
    Update,
}

/// Of what is none of the data, where `names.json` has no word.
const GERMAN_TITLES: [(&str, &str); 10] = [
    ("Id", "Kennung"),
    ("Footprint", "Grundriss"),
    ("Shape", "Gestalt"),
    ("Valid", "Gültig"),
    ("Top-level object", "Ganzes Objekt"),
    ("Object that it is part of", "Objekt, zu dem es gehört"),
    ("Object that it bounds", "Objekt, das sie begrenzt"),
    ("Level of detail", "Detaillierungsgrad"),
    ("Tilt", "Neigung"),
    ("Azimuth", "Azimut"),
];

/// What texts of schemas say.
pub const CODE_TEXT: [&str; 2] = ["What the code or codes mean.", "Was der Code oder die Codes bedeuten."];
pub const OTHER_UNIT: [&str; 2] =
    ["The unit, where it is not the metre.", "Die Einheit, wo sie nicht das Meter ist."];
pub const NESTED: [&str; 2] = ["An array or an object.", "Eine Liste oder ein Objekt."];
const DOTS: [&str; 2] = [
    "Nested: name what is inside with dots, as in address.street.",
    "Verschachtelt: was darin liegt, wird mit Punkten genannt, wie address.street.",
];
const CLASS: [&str; 2] = ["What the feature is.", "Was das Objekt ist."];
const CLASS_KEPT: [&str; 2] = [
    "What the feature is. Of one that is there it cannot be changed.",
    "Was das Objekt ist. Wo es eines gibt, ist das nicht zu ändern.",
];
const FIXED: [&str; 2] = ["It cannot be changed.", "Das ist nicht zu ändern."];

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

pub fn schema(queryable: &Queryable, units: &HashMap<String, String>, language: Language) -> Value {
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
            schema["description"] = said(DOTS, language).into();
            schema
        }
    };
    // In English as the collection has them; pages have the words that people use.
    schema["title"] = match language {
        Language::English => queryable.title.as_str(),
        Language::German => title(queryable, language),
    }
    .into();
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
pub fn unit(queryable: &Queryable, units: &HashMap<String, String>) -> Option<String> {
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

/// What people call it in their language.
pub fn title(queryable: &Queryable, language: Language) -> &str {
    let own = GERMAN_TITLES.iter().find(|(english, _)| *english == queryable.title);
    match (own, names::attribute(&queryable.name, language)) {
        (Some((_, german)), _) if language == Language::German => german,
        (_, known) if known != queryable.name => known,
        _ => &queryable.title,
    }
}

pub fn said(words: [&'static str; 2], language: Language) -> &'static str {
    let [english, german] = words;
    if language == Language::German { german } else { english }
}

pub fn type_name(queryable: &Queryable, language: Language) -> &'static str {
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

/// What is taken where it is another thing than what is shown.
pub fn receive(queryable: &Queryable, way: Way, language: Language, schema: &mut Value) {
    match queryable.source {
        Source::Class => {
            let description = match way {
                Way::Create => CLASS,
                Way::Any => CLASS_KEPT,
                Way::Update => FIXED,
            };
            schema["description"] = said(description, language).into();
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

/// A name as a regular expression.
pub fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for character in name.chars() {
        if !character.is_alphanumeric() && character != '_' {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
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
