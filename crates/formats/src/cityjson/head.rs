//! What a document or a line holds at its top, and what holds for all of its objects.

use super::appearance::{self, Looks};
use super::findings::{Findings, reason_of};
use super::geometry;
use super::scan::{Broken, elements, members, text};
use super::vertices::{self, Transform};
use crate::Header;
use serde_json::Value;
use stadtwin_crs::{compound_uri, parse_srs_name};
use stadtwin_model::{Attributes, Envelope, Template, VerticalCrs};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// The oldest version that differs from 1.0 in names only.
const OLDEST: (u32, u32) = (0, 5);
/// The member that names the height system where `metadata.referenceSystem`, which holds one code, has no room for it.
pub(super) const HEIGHT_SYSTEM: &str = "+verticalReferenceSystem";

/// Where the members of a top-level value lie.
pub struct Root {
    pub kind: String,
    parts: HashMap<String, Range<usize>>,
}

impl Root {
    pub fn read(bytes: &[u8], value: Range<usize>) -> Result<Root, Broken> {
        let start = value.start;
        let mut parts = HashMap::new();
        let all = members(bytes, value).ok_or(Broken { offset: start, reason: "it is no JSON object" })?;
        for member in all {
            let (key, value) = member?;
            if let Some(key) = bytes.get(key).and_then(text) {
                parts.insert(key.into_owned(), value);
            }
        }
        let kind = parts.get("type").and_then(|range| text(bytes.get(range.clone())?));
        Ok(Root { kind: kind.unwrap_or_default().into_owned(), parts })
    }

    pub fn part(&self, name: &str) -> Option<Range<usize>> {
        self.parts.get(name).cloned()
    }

    fn text(&self, bytes: &[u8], name: &str) -> Option<String> {
        text(bytes.get(self.part(name)?)?).map(|text| text.into_owned())
    }
}

/// What a file says of itself that no object holds: written back as it came.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Head {
    pub metadata: Attributes,
    /// Names of extensions with `url` and `version`.
    pub extensions: Attributes,
    /// Further members of the file (`+census`).
    pub others: Attributes,
}

/// What every object of a document, or of the lines behind one first line, needs.
#[derive(Debug, Default)]
pub struct Shared {
    pub srs_name: Option<String>,
    pub transform: Option<Transform>,
    /// Of a document; lines bring their own.
    pub vertices: Vec<[f64; 3]>,
    pub looks: Looks,
    pub templates: Vec<Option<Arc<Template>>>,
}

/// The top of a file; `Err` says why it cannot be read.
pub fn read(bytes: &[u8], root: &Root, findings: &mut Findings) -> Result<(Header, Head, Shared), String> {
    let version = version(root.text(bytes, "version"), findings)?;
    let head = Head {
        metadata: object(bytes, root, "metadata", findings),
        extensions: object(bytes, root, "extensions", findings),
        others: others(bytes, root, findings),
    };
    let header = Header {
        name: ["title", "datasetTitle"]
            .iter()
            .find_map(|name| head.metadata.get(*name)?.as_str())
            .map(str::to_owned),
        version: format!("CityJSON {}.{}", version.0, version.1),
        srs_name: srs_name(&head.metadata).map(|name| with_heights(name, root.text(bytes, HEIGHT_SYSTEM))),
        envelope: envelope(&head.metadata),
        encoding: "UTF-8".to_owned(),
    };
    let mut shared = Shared {
        srs_name: header.srs_name.clone(),
        transform: transform(bytes, root, findings),
        ..Shared::default()
    };
    if shared.transform.is_none() && version >= (1, 1) && root.part("vertices").is_some() {
        findings
            .warning("transform_missing", "the file has no transform; its vertices are taken as they are");
    }
    if let Some(range) = root.part("appearance") {
        shared.looks = appearance::read(bytes, range, findings);
    }
    if let Some(range) = root.part("geometry-templates") {
        shared.templates = templates(bytes, range, &shared.looks, findings);
    }
    Ok((header, head, shared))
}

fn version(text: Option<String>, findings: &mut Findings) -> Result<(u32, u32), String> {
    let Some(text) = text else {
        findings.warning("version_unknown", "the file names no CityJSON version and is read as 2.0");
        return Ok((2, 0));
    };
    let shown: String = text.chars().take(60).collect();
    let mut parts =
        text.rsplit('/').next().unwrap_or_default().split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next().flatten(), parts.next().flatten().unwrap_or(0));
    match major.map(|major| (major, minor)) {
        None => {
            findings.warning(
                "version_unknown",
                format!("`{shown}` is no CityJSON version; the file is read as 2.0"),
            );
            Ok((2, 0))
        }
        Some(version) if version < OLDEST => Err(format!(
            "it is version {shown}, which keeps semantics in a way of its own; bring it to 1.0 or later first, for example with `cjio FILE upgrade`"
        )),
        Some(version) => {
            if version > (2, 0) {
                findings.warning(
                    "version_unknown",
                    format!("version {shown} is newer than 2.0 and is read as 2.0"),
                );
            }
            Ok(version)
        }
    }
}

fn object(bytes: &[u8], root: &Root, name: &str, findings: &mut Findings) -> Attributes {
    let Some(slice) = root.part(name).and_then(|range| bytes.get(range)) else { return Attributes::new() };
    serde_json::from_slice(slice).unwrap_or_else(|error| {
        findings.warning("header_invalid", format!("`{name}` cannot be read: {}", reason_of(&error)));
        Attributes::new()
    })
}

/// What is none of the standard's own members.
fn others(bytes: &[u8], root: &Root, findings: &mut Findings) -> Attributes {
    const KNOWN: [&str; 11] = [
        "type",
        "version",
        "transform",
        "CityObjects",
        "vertices",
        "metadata",
        "appearance",
        "geometry-templates",
        "extensions",
        "id",
        HEIGHT_SYSTEM,
    ];
    let mut names: Vec<_> = root.parts.keys().filter(|name| !KNOWN.contains(&name.as_str())).collect();
    names.sort();
    let mut others = Attributes::new();
    for name in names {
        let value = root.part(name).and_then(|range| serde_json::from_slice(bytes.get(range)?).ok());
        others.insert(name.clone(), value.unwrap_or(Value::Null));
        findings.info(
            "root_property_skipped",
            format!("`{name}` belongs to no object and is not kept in a collection"),
        );
    }
    others
}

fn transform(bytes: &[u8], root: &Root, findings: &mut Findings) -> Option<Transform> {
    let slice = bytes.get(root.part("transform")?)?;
    match serde_json::from_slice::<Transform>(slice) {
        Ok(transform) if transform.is_finite() => Some(transform),
        Ok(_) => None,
        Err(error) => {
            findings.error(
                "transform_invalid",
                format!("`transform` cannot be read and is not applied: {}", reason_of(&error)),
            );
            None
        }
    }
}

/// One name of both systems, unless the first one tells heights itself.
fn with_heights(name: String, heights: Option<impl AsRef<str>>) -> String {
    let is_flat = parse_srs_name(&name).is_ok_and(|crs| crs.vertical == VerticalCrs::Unknown);
    match heights {
        Some(heights) if is_flat => compound_uri(&name, heights.as_ref()),
        _ => name,
    }
}

/// In all spellings: a URL, a URN, `EPSG:7415`, and the number alone as before 1.0.
fn srs_name(metadata: &Attributes) -> Option<String> {
    let number = |value: &Value| {
        let code = value.get("epsg")?;
        code.as_u64().map(|code| code.to_string()).or_else(|| code.as_str().map(str::to_owned))
    };
    let named = ["referenceSystem", "crs"].iter().filter_map(|name| metadata.get(*name));
    named
        .filter_map(|value| match value {
            Value::String(text) if text.chars().all(|c| c.is_ascii_digit()) => Some(format!("EPSG:{text}")),
            Value::String(text) => Some(text.clone()),
            Value::Number(code) => Some(format!("EPSG:{code}")),
            other => number(other).map(|code| format!("EPSG:{code}")),
        })
        .find(|name| !name.is_empty() && name != "EPSG:")
}

fn envelope(metadata: &Attributes) -> Option<Envelope> {
    let values: Vec<f64> =
        metadata.get("geographicalExtent")?.as_array()?.iter().filter_map(Value::as_f64).collect();
    let [x0, y0, z0, x1, y1, z1] = <[f64; 6]>::try_from(values).ok()?;
    Some(Envelope { min: [x0, y0, z0], max: [x1, y1, z1] })
}

fn templates(
    bytes: &[u8],
    value: Range<usize>,
    looks: &Looks,
    findings: &mut Findings,
) -> Vec<Option<Arc<Template>>> {
    let Ok(root) = Root::read(bytes, value) else {
        findings.error("template_invalid", "`geometry-templates` cannot be read");
        return Vec::new();
    };
    let mut points = Vec::new();
    if let Some(range) = root.part("vertices-templates") {
        match vertices::read(bytes, range, &Transform::NONE) {
            Ok((read, _)) => points = read,
            Err(broken) => {
                findings.error("template_invalid", format!("`vertices-templates`: {}", broken.reason))
            }
        }
    }
    let scope = geometry::Scope { vertices: &points, looks, templates: &[] };
    let list = root.part("templates").map(|range| elements(bytes, range)).unwrap_or_default();
    list.into_iter()
        .map(|range| geometry::template(bytes.get(range).unwrap_or(&[]), &scope, findings))
        .collect()
}
