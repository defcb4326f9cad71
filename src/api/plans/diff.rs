//! `GET /scenarios/{s}/diff?with=`: what a scenario changes, against the city that it builds on or another scenario.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::reader;
use super::overlay::{Shown, is_name, shown_named};
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::between;
use stadtwin_crs::CRS84;
use stadtwin_jobs::{DiffSide, Difference, MOST_COMPARED, difference};
use stadtwin_model::{Collection, Footprint};
use stadtwin_query::Overlay;
use stadtwin_scenario::{Change, Delta};

pub static WITH: Parameter = Parameter {
    name: "with",
    component: "diffWith",
    description: "What the scenario is compared with: another one, as `scenario` names it, or `base` for the city that it builds on.",
    kind: Kind::Form("^(base|[A-Za-z0-9_-]{1,60}(@[0-9]{1,9})?)$"),
};
pub static F_DIFF: Parameter = Parameter {
    name: "f",
    component: "fDiff",
    description: "The representation: `json`, `geojson` with outlines, or `csv`, a line for each change. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "geojson", "csv"]),
};

/// Of one collection.
struct Part {
    collection: Arc<Collection>,
    difference: Difference,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    if let Some(other) = call.query.get("with").filter(|other| *other != "base" && !is_name(other)) {
        return Err(ApiError::BadRequest(format!(
            "`with` must be `base`, or name a scenario as `scenario` does, not `{}`",
            shortened(other)
        )));
    }
    let caller = reader(&call).await?;
    let asked = match call.query.integer("revision") {
        Some(number) => format!("{}@{number}", call.segment("scenarioId")),
        None => call.segment("scenarioId").to_owned(),
    };
    let after = shown_named(&call, caller.as_ref(), &asked).await?;
    let before = match call.query.get("with") {
        None | Some("base") => None,
        Some(other) => Some(shown_named(&call, caller.as_ref(), other).await?),
    };
    let parts = parts(&call, before.as_ref(), &after).await?;
    let answer = match call.media {
        Media::Csv => Answer::new(Media::Csv, table(&parts)),
        Media::GeoJson => Answer::json(Media::GeoJson, &outlines(&call, &parts).await?),
        _ => Answer::json(Media::Json, &document(&call, &parts)),
    };
    Ok(private(answer))
}

async fn parts(call: &Call, before: Option<&Shown>, after: &Shown) -> Result<Vec<Part>, ApiError> {
    let store = &call.state.store;
    let mut touched = store.touched_collections(&after.chain).await?;
    if let Some(before) = before {
        touched.extend(store.touched_collections(&before.chain).await?);
        // What changed beneath them differs too.
        let keys = after
            .chain
            .revisions
            .iter()
            .filter(|(key, revision)| before.chain.revisions.get(key) != Some(revision));
        touched.extend(keys.map(|(key, _)| *key));
    }
    let catalogue = store.catalogue().await?;
    let mut parts = Vec::new();
    for collection in catalogue.collections().filter(|collection| touched.contains(&collection.key)) {
        let new = after.overlay(call, collection).await?;
        let old = match before {
            Some(before) => before.overlay(call, collection).await?,
            None => Arc::new(Overlay { revision: new.revision, ..Overlay::default() }),
        };
        let sides = (
            DiffSide { overlay: &old, chain: before.map(|before| before.chain.as_ref()) },
            DiffSide { overlay: &new, chain: Some(&after.chain) },
        );
        let found = difference(store, collection, sides.0, sides.1).await;
        let found = found.map_err(super::operations::refusal)?;
        let found = found.ok_or_else(|| {
            let detail = format!(
                "more than {MOST_COMPARED} objects of collection `{}` differ: compare scenarios that build on the same revision",
                collection.id
            );
            ApiError::refused(StatusCode::CONFLICT, detail)
        })?;
        if !found.diff.changes.is_empty() {
            parts.push(Part { collection: collection.clone(), difference: found });
        }
    }
    Ok(parts)
}

fn document(call: &Call, parts: &[Part]) -> Value {
    let changes: Vec<Value> = parts
        .iter()
        .flat_map(|part| {
            part.difference.diff.changes.iter().map(|change| described(change, &part.collection))
        })
        .collect();
    json!({ "links": call.own_links(), "changes": changes })
}

fn described(change: &Change, collection: &Collection) -> Value {
    let mut value = serde_json::to_value(change).unwrap_or_default();
    value["collection"] = collection.id.clone().into();
    value
}

/// Each change with the outlines of what it leaves, else of what it takes away.
async fn outlines(call: &Call, parts: &[Part]) -> Result<Value, ApiError> {
    let storage = call.state.store.storage_crs().await?;
    let mut features = Vec::new();
    for part in parts {
        for change in &part.difference.diff.changes {
            let names = if change.after.is_empty() { &change.before } else { &change.after };
            let found = names.iter().filter_map(|name| part.difference.outlines.get(name));
            let mut outline: Footprint = found.flatten().cloned().collect();
            if let Some(storage) = &storage {
                between(storage, &CRS84, |transformer| {
                    outline.iter_mut().flatten().try_for_each(|ring| transformer.convert_2d(ring))
                })??;
            }
            let geometry = match outline.is_empty() {
                true => Value::Null,
                false => json!({ "type": "MultiPolygon", "coordinates": outline }),
            };
            let properties = described(change, &part.collection);
            features.push(json!({ "type": "Feature", "geometry": geometry, "properties": properties }));
        }
    }
    Ok(json!({ "type": "FeatureCollection", "links": call.own_links(), "features": features }))
}

fn table(parts: &[Part]) -> String {
    let mut out = String::from("collection,kind,before,after,attributes,height,volume,footprint\r\n");
    let number = |delta: &Delta| delta.delta.map(|value| value.to_string()).unwrap_or_default();
    for part in parts {
        for change in &part.difference.diff.changes {
            let kind = serde_json::to_value(change.kind).unwrap_or_default();
            let attributes: Vec<&str> = change.attributes.iter().map(|one| one.name.as_str()).collect();
            let cells = [
                part.collection.id.clone(),
                kind.as_str().unwrap_or_default().to_owned(),
                change.before.join(" "),
                change.after.join(" "),
                attributes.join(" "),
                number(&change.height_m),
                number(&change.volume_m3),
                number(&change.footprint_m2),
            ];
            let cells = cells.map(|cell| quoted(&cell));
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
    }
    out
}

/// As RFC 4180 has it.
fn quoted(cell: &str) -> String {
    match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_owned(),
    }
}
