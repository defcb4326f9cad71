//! Schemas of edits, in the terms of OpenAPI 3.0.

use serde_json::{Value, json};

use crate::api::headers;
use crate::api::schemas::reference;
use crate::api::writes::Write;

pub fn schemas() -> Value {
    let text = json!({ "type": "string" });
    let geometry = json!({
        "type": "object",
        "nullable": true,
        "description": "Point, LineString, Polygon or several of them, in the CRS of `Content-Crs`, else CRS84",
    });
    let feature = json!({
        "type": "object",
        "description": "a GeoJSON feature, or a FeatureCollection of some; a JSON-FG feature as it was read",
        "required": ["type"],
        "properties": {
            "type": { "type": "string", "enum": ["Feature", "FeatureCollection"] },
            "id": { "type": "string", "description": "that of the address; ignored where the server gives one" },
            "geometry": geometry,
            "properties": {
                "type": "object",
                "nullable": true,
                "properties": { "class": { "type": "string", "description": "of CityGML 3.0, for new features" } },
            },
            "features": { "type": "array", "items": { "type": "object" } },
            "place": { "type": "object", "nullable": true, "description": "of JSON-FG, as it was read: it cannot be changed" },
            "coordRefSys": { "description": "of `place`" },
        },
    });
    let operation = json!({
        "type": "object",
        "required": ["op"],
        "properties": {
            "op": { "type": "string", "enum": ["create", "replace", "update", "delete"] },
            "id": text,
            "ifMatch": { "type": "string", "description": "ETag of what was read, with its quotes; `*`: whatever is there" },
            "feature": { "$ref": "#/components/schemas/editedFeature" },
            "patch": { "$ref": "#/components/schemas/featurePatch" },
        },
    });
    let result = json!({
        "type": "object",
        "required": ["index", "id", "action"],
        "properties": {
            "index": { "type": "integer", "description": "of the operation, from 0" },
            "id": text,
            "action": { "type": "string", "enum": ["inserted", "updated", "deleted", "unchanged"] },
            "revision": { "type": "integer", "nullable": true, "description": "which brought the feature as it is now, or ended it" },
            "href": text,
        },
    });
    json!({
        "editedFeature": feature,
        "featurePatch": {
            "type": "object",
            "description": "RFC 7396: null removes a property, what is not named stays",
            "properties": { "geometry": geometry, "properties": { "type": "object" } },
        },
        "editBatch": {
            "type": "object",
            "description": "done all or not at all, in one revision; up to 1,000",
            "properties": { "operations": { "type": "array", "items": operation } },
        },
        "editReport": {
            "type": "object",
            "required": ["results"],
            "properties": {
                "revision": { "type": "integer", "nullable": true, "description": "null: nothing differs from what was there" },
                "results": { "type": "array", "items": result },
                "issues": { "type": "array", "items": { "type": "object" } },
            },
        },
        "lines": { "type": "string", "description": "CityJSONSeq: a header, then a line for each feature" },
        "markup": { "type": "string", "description": "CityGML 1.0 to 3.0" },
    })
}

/// Whether it writes features.
pub fn is_edit(write: &Write) -> bool {
    super::WRITES.iter().any(|own| own.operation_id == write.operation_id)
}

/// All answers to a write of features that was done.
pub fn answers(write: &Write) -> Vec<(String, Value)> {
    let answer = |description: &str, headers: &[&str]| {
        // What was done, or the feature where the client prefers it.
        let content = json!({
            "application/json": { "schema": reference("editReport") },
            "application/geo+json": { "schema": reference("featureGeoJSON") },
        });
        json!({ "description": description, "headers": headers::references(headers), "content": content })
    };
    let shown = ["ETag", "Content-Location", "Content-Crs", "Preference-Applied"];
    let made = ["ETag", "Location", "Content-Location", "Content-Crs", "Preference-Applied"];
    let all = match write.operation_id {
        "createFeatures" => vec![
            (201, answer("features were made; `Location` where it is one", &made)),
            (200, answer("a batch that does more than make features was done", &[])),
        ],
        "replaceFeature" => vec![
            (200, answer("the feature is as it was sent", &shown)),
            (201, answer("there was none: it was made", &made)),
        ],
        "updateFeature" => vec![(200, answer("the feature is changed", &shown))],
        _ => Vec::new(),
    };
    all.into_iter().map(|(status, answer): (u16, Value)| (status.to_string(), answer)).collect()
}

/// Headers that writes of features take.
pub fn header_parameters(write: &Write) -> Vec<Value> {
    if !is_edit(write) {
        return Vec::new();
    }
    let header = |name: &str, description: &str| json!({ "name": name, "in": "header", "required": false, "description": description, "schema": { "type": "string" } });
    let mut all = vec![header(
        "Idempotency-Key",
        "up to 200 visible characters: for 24 hours the same request gets the same answer and is done once",
    )];
    if write.method != "POST" {
        all.push(header(
            "If-Match",
            "ETag of what was read, or `*`; PUT needs it where there is a feature already",
        ));
        all.push(header(
            "If-None-Match",
            "`*`: only where there is no such feature; a tag: only where it is in another state",
        ));
    }
    if write.method != "DELETE" {
        all.push(header(
            "Content-Crs",
            "URI in angle brackets of the CRS of the body, one of the collection's `crs`",
        ));
        all.push(header("Prefer", "`return=representation`: the answer is the feature as it is now"));
    }
    all
}
