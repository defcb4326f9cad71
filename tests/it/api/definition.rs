//! The API definition, as clients generated from it read it.

use std::collections::BTreeSet;

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
        let is_read = item.get("get").is_some();
        let writes = ["post", "patch", "delete"].into_iter().filter_map(|method| item.get(method));
        for write in writes {
            operation_ids.push(write["operationId"].as_str().unwrap());
            let id = write["operationId"].as_str().unwrap();
            if ["getElevations", "makeStatement"].contains(&id) {
                // A question whose points do not fit into an address, and what everybody may say.
                assert!(write["security"].is_null());
                continue;
            }
            assert_eq!(write["security"], json!([{ "token": [] }]), "{path}");
            assert!(write["responses"]["401"]["$ref"].is_string(), "{path}");
        }
        // What can only be posted to has no other operation.
        let is_written_alone = item.as_object().unwrap().values().all(|one| one["tags"] == json!(["Plans"]));
        assert!(is_read || path == "/processes/{processId}/execution" || is_written_alone, "{path}");
        let operation = item.get("get").unwrap_or_else(|| item.as_object().unwrap().values().next().unwrap());
        if is_read {
            operation_ids.push(operation["operationId"].as_str().unwrap());
        }
        let parameters: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(|p| resolve(&definition, p)).collect();
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            assert!(
                parameters.iter().any(|p| p["name"] == name && p["in"] == "path" && p["required"] == true),
                "{path}"
            );
        }
        let responses = operation["responses"].as_object().unwrap();
        let is_told = |(status, answer): (&String, &Value)| {
            status.starts_with('2') && answer["description"].is_string()
        };
        assert!(responses.iter().any(is_told), "{path}");
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
            // What an example holds is data.
            for (name, member) in members.iter().filter(|(name, _)| in_properties || *name != "example") {
                check_openapi_shape(definition, member, &format!("{place}/{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_openapi_shape(definition, item, place)),
        _ => {}
    }
}

/// What an operation declares: `(place, name)` of its parameters, its statuses.
fn operation<'a>(definition: &'a Value, method: &str, path: &str) -> (Vec<&'a Value>, BTreeSet<&'a str>) {
    let operation = &definition["paths"][path][method];
    let parameters = operation["parameters"].as_array().unwrap_or_else(|| panic!("no {method} {path}"));
    let parameters = parameters.iter().map(|parameter| resolve(definition, parameter)).collect();
    (parameters, operation["responses"].as_object().unwrap().keys().map(String::as_str).collect())
}

fn schema<'a>(parameters: &[&'a Value], name: &str) -> &'a Value {
    let found = parameters.iter().find(|parameter| parameter["name"] == name);
    &found.unwrap_or_else(|| panic!("no {name}"))["schema"]
}

/// Whoever follows the definition is never refused for it.
#[tokio::test]
async fn reads_are_declared_as_they_are() {
    let city = City::start().await;
    let definition = city.get("/api").await.json();
    let grid = "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}";
    let contours = "/terrain/{terrainId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}";
    for (path, statuses) in [
        (grid, ["204", "400", "404"]),
        ("/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", ["204", "400", "404"]),
        (contours, ["204", "400", "404"]),
        ("/terrain/{terrainId}/layer.json", ["400", "404", "503"]),
        ("/terrain/{terrainId}/{z}/{x}/{yTerrain}", ["400", "404", "503"]),
        ("/collections", ["400", "406", "503"]),
    ] {
        let (_, declared) = operation(&definition, "get", path);
        assert!(statuses.iter().all(|status| declared.contains(status)), "{path}: {declared:?}");
    }
    for (path, formats) in [
        ("/functions", json!(["json"])),
        ("/tiles", json!(["json"])),
        ("/collections/{collectionId}/report", json!(["html"])),
        ("/collections", json!(["json", "html"])),
    ] {
        assert_eq!(schema(&operation(&definition, "get", path).0, "f")["enum"], formats, "{path}");
    }
    let tileset = &definition["paths"]["/tiles/{tileMatrixSetId}"]["get"]["responses"]["200"]["content"];
    let of = |media: &str| tileset[media]["schema"]["$ref"].clone();
    assert_eq!(of("application/vnd.mapbox.tile+json"), "#/components/schemas/tileJson");
    assert_eq!(of("application/json"), "#/components/schemas/tileSet");
    for (path, name, expected) in [
        (contours, "step", json!({ "type": "number", "minimum": 0.01, "maximum": 10_000.0 })),
        (
            "/terrain/{terrainId}/contours",
            "terrainId",
            json!({ "type": "string", "pattern": "^[a-z0-9_-]{1,60}$" }),
        ),
        ("/images/{hash}", "hash", json!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })),
        (
            "/collections/{collectionId}/items",
            "after",
            // The greatest that 64 bits hold, 2⁶³ − 1.
            json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": 9_223_372_036_854_775_807_i64 }),
        ),
        (
            "/collections/{collectionId}/issues",
            "revision",
            json!({ "type": "string", "pattern": "^(all|[0-9]{1,18})$" }),
        ),
        (
            "/terrain/{terrainId}/contours",
            "modifications",
            json!({ "type": "string", "pattern": "^(all|none|[0-9]{1,18}(,[0-9]{1,18}){0,999})$" }),
        ),
    ] {
        assert_eq!(*schema(&operation(&definition, "get", path).0, name), expected, "{path}");
    }
}

#[tokio::test]
async fn writes_are_declared_as_they_are() {
    let city = City::start().await;
    let definition = city.get("/api").await.json();
    let uploads = "/collections/{collectionId}/uploads";
    let (sent, _) = operation(&definition, "post", uploads);
    let required = |name: &str| {
        let header = sent.iter().find(|header| header["name"] == name && header["in"] == "header");
        header.unwrap_or_else(|| panic!("no {name}"))["required"].clone()
    };
    // tus 1.0: creation needs the length (or a promise of it), and may carry metadata.
    assert_eq!([required("Upload-Length"), required("Upload-Metadata")], [json!(true), json!(false)]);
    let made = &definition["paths"][uploads]["post"]["responses"]["201"]["headers"];
    for name in ["Location", "Tus-Resumable"] {
        assert!(resolve(&definition, &made[name])["schema"].is_object(), "{name}");
    }
    let (piece, _) = operation(&definition, "patch", "/terrain/{terrainId}/uploads/{uploadId}");
    assert_eq!(schema(&piece, "Upload-Offset")["minimum"], 0);
    let one = "/terrain/{terrainId}/modifications/{modificationId}";
    for method in ["put", "delete"] {
        let (sent, _) = operation(&definition, method, one);
        assert_eq!(schema(&sent, "If-Match")["type"], "string", "{method}");
    }
    let schemas = &definition["components"]["schemas"];
    for (name, sources) in [("importOrder", 2), ("terrainImportOrder", 3)] {
        assert_eq!(schemas[name]["oneOf"].as_array().unwrap().len(), sources, "{name}");
    }
    for name in ["importForm", "terrainImportForm"] {
        assert_eq!(schemas[name]["required"], json!(["file"]), "{name}");
        assert_eq!(schemas[name]["additionalProperties"], false, "{name}");
    }
    assert_eq!(schemas["elevationPoints"]["oneOf"][0]["maxItems"], 10_000);
    let properties = &schemas["terrainModification"]["properties"]["properties"];
    assert_eq!(properties["additionalProperties"], false);
    let kinds = properties["properties"]["target"]["oneOf"].as_array().unwrap();
    let kinds: Vec<_> = kinds.iter().map(|kind| &kind["properties"]["type"]["enum"][0]).collect();
    assert_eq!(kinds, ["level", "slope", "tin", "tin"]);
}

/// Whether a value is as a schema of the definition says: what OpenAPI 3.0 and ours use of JSON Schema.
fn faults(definition: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let schema = resolve(definition, schema);
    let mut found = Vec::new();
    let mut want = |holds: bool, what: &str| {
        if !holds {
            found.push(format!("{place}: {what}"));
        }
    };
    if value.is_null() && schema["nullable"] == true {
        return found;
    }
    let is_kind = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        _ => true,
    };
    want(is_kind, "type");
    let choices = schema["enum"].as_array();
    want(choices.is_none_or(|choices| choices.contains(value)), "enum");
    if let Some(number) = value.as_f64() {
        want(schema["minimum"].as_f64().is_none_or(|least| number >= least), "minimum");
        want(schema["maximum"].as_f64().is_none_or(|most| number <= most), "maximum");
    }
    for name in schema["required"].as_array().into_iter().flatten() {
        want(value.get(name.as_str().unwrap()).is_some(), &format!("no {name}"));
    }
    if let Some(items) = value.as_array() {
        let count = items.len() as u64;
        want(schema["minItems"].as_u64().is_none_or(|least| count >= least), "minItems");
        want(schema["maxItems"].as_u64().is_none_or(|most| count <= most), "maxItems");
    }
    let fits = |one: &&Value| faults(definition, one, value, place).is_empty();
    let one_of = schema["oneOf"].as_array();
    want(one_of.is_none_or(|all| all.iter().filter(fits).count() == 1), "oneOf");
    let any_of = schema["anyOf"].as_array();
    want(any_of.is_none_or(|all| all.iter().any(|one| fits(&one))), "anyOf");
    let members = value.as_object();
    for (name, member) in members.into_iter().flatten() {
        let more = schema.get("additionalProperties").filter(|more| more.is_object());
        match schema["properties"].get(name).or(more) {
            Some(known) => found.extend(faults(definition, known, member, &format!("{place}/{name}"))),
            None if schema["additionalProperties"] == false => found.push(format!("{place}/{name}: unknown")),
            None => {}
        }
    }
    if let Some(kind) = schema.get("items") {
        for item in value.as_array().into_iter().flatten() {
            found.extend(faults(definition, kind, item, &format!("{place}[]")));
        }
    }
    for one in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(faults(definition, one, value, place));
    }
    found
}

/// Every parameter, body and answer in JSON has an example, which is as its schema says.
#[tokio::test]
async fn every_operation_has_examples_that_hold() {
    let city = City::start().await;
    let definition = city.get("/api").await.json();
    let mut missing = Vec::new();
    let mut wrong = Vec::new();
    let mut check = |place: String, described: &Value| match described.get("example") {
        None => missing.push(place),
        Some(example) => wrong.extend(faults(&definition, &described["schema"], example, &place)),
    };
    for (path, item) in definition["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let place = |what: &str| format!("{method} {path} {what}");
            for parameter in operation["parameters"].as_array().unwrap() {
                let parameter = resolve(&definition, parameter);
                check(place(parameter["name"].as_str().unwrap()), parameter);
            }
            for (media, body) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
                check(place(media), body);
            }
            let answers = operation["responses"].as_object().unwrap().iter();
            for (_, answer) in answers.filter(|(status, _)| status.starts_with('2')) {
                let contents = answer["content"].as_object().into_iter().flatten();
                let known = contents.filter(|(media, content)| {
                    media.contains("json") && content["schema"]["$ref"].is_string()
                });
                let known: Vec<_> = known.collect();
                let with: Vec<_> = known.iter().filter(|(_, one)| one.get("example").is_some()).collect();
                // One form of several is enough: the others say the same.
                let all = if with.is_empty() { known.iter().take(1).collect() } else { with };
                all.iter().for_each(|(media, content)| check(place(media), content));
            }
        }
    }
    assert!(missing.is_empty() && wrong.is_empty(), "without: {missing:#?}\nwrong: {wrong:#?}");
}
