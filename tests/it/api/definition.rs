//! The API definition, as clients generated from it read it.

use serde_json::{Value, json};

use crate::http::City;

/// The shapes of the parameters as the suite asks for them, and OpenAPI 3.0 rather than 3.1.
pub async fn check_definition(city: &City) {
    let definition = city.get("/api").await.json();
    assert_eq!(definition["openapi"], "3.0.3");
    assert_eq!(definition["servers"][0]["url"], format!("http://{}", city.address));
    check_openapi_shape(&definition, &definition, "");
    let mut operation_ids = Vec::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        let operation = &item["get"];
        let writes = ["post", "patch", "delete"].into_iter().filter_map(|method| item.get(method));
        for write in writes {
            operation_ids.push(write["operationId"].as_str().unwrap());
            if write["operationId"] == "getElevations" {
                // A question whose points do not fit into an address.
                assert!(write["security"].is_null());
                continue;
            }
            assert_eq!(write["security"], json!([{ "token": [] }]), "{path}");
            assert!(write["responses"]["401"]["$ref"].is_string(), "{path}");
        }
        operation_ids.push(operation["operationId"].as_str().unwrap());
        let parameters: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(|p| resolve(&definition, p)).collect();
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            assert!(
                parameters.iter().any(|p| p["name"] == name && p["in"] == "path" && p["required"] == true),
                "{path}"
            );
        }
        assert!(operation["responses"]["200"]["description"].is_string(), "{path}");
    }
    let count = operation_ids.len();
    operation_ids.sort_unstable();
    operation_ids.dedup();
    assert_eq!(operation_ids.len(), count, "operation ids are unique");
    let items = &definition["paths"]["/collections/{collectionId}/items"]["get"]["parameters"];
    let parameter = |name: &str| {
        let found =
            items.as_array().unwrap().iter().map(|p| resolve(&definition, p)).find(|p| p["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(
            (&found["required"], &found["style"], &found["explode"]),
            (&json!(false), &json!("form"), &json!(false))
        );
        &found["schema"]
    };
    assert_eq!(
        *parameter("limit"),
        json!({ "type": "integer", "minimum": 1, "maximum": 10000, "default": 10 })
    );
    assert_eq!(
        *parameter("bbox"),
        json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } })
    );
    assert_eq!(*parameter("datetime"), json!({ "type": "string" }));
}

fn resolve<'a>(definition: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => definition
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

/// What OpenAPI 3.0 forbids and 3.1 allows; references lead somewhere and stand alone.
fn check_openapi_shape(definition: &Value, value: &Value, place: &str) {
    match value {
        Value::Object(members) => {
            if members.contains_key("$ref") {
                assert_eq!(members.len(), 1, "{place}");
                resolve(definition, value);
            }
            // Members named by others; and security schemes have types of their own.
            let in_properties =
                place.ends_with("/properties") || place.starts_with("/components/securitySchemes/");
            for name in
                ["const", "examples", "$schema", "$id", "$defs", "patternProperties", "contentEncoding"]
            {
                assert!(in_properties || !members.contains_key(name), "{place}/{name}");
            }
            if !in_properties && let Some(kind) = members.get("type") {
                let known = ["object", "array", "string", "number", "integer", "boolean"];
                assert!(kind.as_str().is_some_and(|kind| known.contains(&kind)), "{place}/type {kind}");
                assert!(kind != "array" || members.contains_key("items"), "{place} has no items");
            }
            if let Some(values) = members.get("enum") {
                assert!(values.as_array().is_some_and(|values| !values.is_empty()), "{place}/enum");
            }
            for (name, member) in members {
                check_openapi_shape(definition, member, &format!("{place}/{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_openapi_shape(definition, item, place)),
        _ => {}
    }
}
