//! JSON Schemas of what plans are made of, for programs without the API: the files in `schemas/json/plans` say what the
//! definition says.
//!
//! `STADTWIN_WRITE_SCHEMAS=1 cargo test json_schemas` writes them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::support::served::Served;

/// File and name in the definition.
const ENTITIES: [(&str, &str); 12] = [
    ("organization", "organizationGeoJSON"),
    ("project", "project"),
    ("scenario", "scenario"),
    ("phase", "phase"),
    ("operation", "operation"),
    ("revision", "scenarioRevision"),
    ("share", "share"),
    ("comment", "comment"),
    ("conflict", "conflict"),
    ("coordination-request", "coordinationRequest"),
    ("stage", "stage"),
    ("audit-events", "auditEvents"),
];
const REFERENCE: &str = "#/components/schemas/";

/// In the terms of JSON Schema 2020-12: what may be null is a type more, references lead within the file.
fn converted(schema: &Value, used: &mut BTreeSet<String>) -> Value {
    let members = match schema {
        Value::Object(members) => members,
        Value::Array(items) => return items.iter().map(|item| converted(item, used)).collect(),
        other => return other.clone(),
    };
    let mut out = Map::new();
    for (name, value) in members {
        match (name.as_str(), value) {
            ("nullable" | "example", _) => {}
            ("$ref", Value::String(to)) => {
                let to = to.strip_prefix(REFERENCE).unwrap().to_owned();
                out.insert("$ref".to_owned(), format!("#/$defs/{to}").into());
                used.insert(to);
            }
            // Values, not schemas.
            ("enum" | "required", _) => drop(out.insert(name.clone(), value.clone())),
            _ => drop(out.insert(name.clone(), converted(value, used))),
        }
    }
    if members.get("nullable") == Some(&Value::Bool(true)) {
        match out.get("type").cloned() {
            Some(kind) => drop(out.insert("type".to_owned(), json!([kind, "null"]))),
            None if !out.is_empty() => {
                return json!({ "anyOf": [out, { "type": "null" }] });
            }
            None => {}
        }
        if let Some(Value::Array(values)) = out.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    }
    Value::Object(out)
}

fn file(components: &Map<String, Value>, name: &str, component: &str) -> Value {
    let mut used = BTreeSet::new();
    let mut document = converted(&components[component], &mut used);
    let mut definitions = Map::new();
    while let Some(next) = used.iter().find(|name| !definitions.contains_key(*name)).cloned() {
        let definition = converted(&components[&next], &mut used);
        definitions.insert(next, definition);
    }
    document["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    document["title"] = name.into();
    if !definitions.is_empty() {
        document["$defs"] = definitions.into();
    }
    document
}

#[tokio::test]
async fn schemas_say_what_the_definition_says() {
    let served = Served::start().await;
    let definition = served.json("/api").await;
    let components = definition["components"]["schemas"].as_object().unwrap();
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/json/plans"));
    let is_written = std::env::var_os("STADTWIN_WRITE_SCHEMAS").is_some();
    for (name, component) in ENTITIES {
        let expected = file(components, name, component);
        let path = folder.join(format!("{name}.json"));
        if is_written {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, serde_json::to_string_pretty(&expected).unwrap() + "\n").unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        let found: Value = serde_json::from_str(&found).unwrap_or_default();
        assert_eq!(found, expected, "{name}.json: write it anew with STADTWIN_WRITE_SCHEMAS=1");
    }
    let files = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(files, ENTITIES.len());
    served.database.close().await;
}
