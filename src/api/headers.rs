//! Headers of requests and answers that clients must know of, for the API definition.

use serde_json::{Map, Value, json};

use super::editing;
use super::routes::Route;
use super::writes::Write;

/// A header of requests.
struct Header {
    name: &'static str,
    description: &'static str,
    is_required: bool,
}

static HEADERS: &[Header] = &[
    Header {
        name: "If-Match",
        description: "ETag of what was read: 412 where it is another one now",
        is_required: false,
    },
    Header { name: "Tus-Resumable", description: "version of the protocol: 1.0.0", is_required: false },
    Header {
        name: "Upload-Length",
        description: "bytes of the file; `maximumBytes` of the offer at most",
        is_required: true,
    },
    Header {
        name: "Upload-Metadata",
        description: "`filename` and, after a space, the file's name in Base64",
        is_required: false,
    },
    Header { name: "Upload-Offset", description: "bytes sent so far", is_required: true },
];

fn schema(name: &str) -> Value {
    match name {
        "Tus-Resumable" => json!({ "type": "string", "enum": ["1.0.0"] }),
        "Upload-Length" | "Upload-Offset" => {
            json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": i64::MAX })
        }
        _ => json!({ "type": "string" }),
    }
}

/// Those that a write takes, by name.
pub fn taken(write: &Write) -> &'static [&'static str] {
    match write.operation_id {
        "createUpload" | "createTerrainUpload" => &["Tus-Resumable", "Upload-Length", "Upload-Metadata"],
        "continueUpload" | "continueTerrainUpload" => &["Tus-Resumable", "Upload-Offset"],
        // They tell of their headers themselves.
        _ if editing::is_edit(write) => &[],
        // The precondition that can fail is this one.
        _ if write.failures.contains(&412) => &["If-Match"],
        _ => &[],
    }
}

/// Parameters of the definition, by name.
pub fn parameters() -> Map<String, Value> {
    let parameter = |header: &Header| {
        let parameter = json!({
            "name": header.name,
            "in": "header",
            "description": header.description,
            "required": header.is_required,
            "schema": schema(header.name),
        });
        (header.name.to_owned(), parameter)
    };
    HEADERS.iter().map(parameter).collect()
}

/// Headers of answers in the definition, by name.
pub fn components() -> Map<String, Value> {
    let header = |(name, description): (&str, &str)| {
        (name.to_owned(), json!({ "description": description, "schema": schema(name) }))
    };
    let all = [
        ("ETag", "tag of this representation in this state"),
        ("Content-Crs", "coordinate reference system of the coordinates, in angle brackets"),
        ("Location", "where what was made is"),
        ("Content-Location", "where the feature in the body is"),
        ("Preference-Applied", "`return=representation` where the body is the feature"),
        ("Tus-Resumable", "version of the protocol"),
        ("Upload-Length", "bytes announced"),
        ("Upload-Offset", "bytes that have come"),
    ];
    all.map(header).into_iter().collect()
}

/// Of the answer to a read.
pub fn of_answer(route: &Route, has_crs: bool) -> Value {
    let mut names = vec!["ETag"];
    if has_crs {
        names.push("Content-Crs");
    }
    match route.operation_id {
        "getUploadOffer" | "getTerrainUploadOffer" => names.push("Tus-Resumable"),
        "getUpload" | "getTerrainUpload" => names.extend(["Tus-Resumable", "Upload-Length", "Upload-Offset"]),
        _ => {}
    }
    references(&names)
}

/// Of the answer to a write.
pub fn of_written(write: &Write) -> Value {
    let mut names = Vec::new();
    if write.success == 201 {
        names.push("Location");
    }
    match write.operation_id {
        "createUpload" | "createTerrainUpload" => names.push("Tus-Resumable"),
        "continueUpload" | "continueTerrainUpload" => names.extend(["Tus-Resumable", "Upload-Offset"]),
        _ => {}
    }
    references(&names)
}

pub fn references(names: &[&str]) -> Value {
    let reference =
        |name: &&str| ((*name).to_owned(), json!({ "$ref": format!("#/components/headers/{name}") }));
    Value::Object(names.iter().map(reference).collect())
}
