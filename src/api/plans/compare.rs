//! `GET /compare`: the figures of several scenarios side by side.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::access::{self, reader};
use super::overlay::{moment, shown_named};
use super::projects::{area_of, private};
use super::rule_sets;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::compute;
use stadtwin_model::{Collection, Footprint};
use stadtwin_query::{FeatureQuery, Overlay, Region};
use stadtwin_scenario::{Figures, Plot, RuleSet, Subject, figures};

/// Scenarios side by side, and objects counted in each.
const MOST_SCENARIOS: usize = 5;
const MOST_OBJECTS: usize = 20_000;
/// Objects in memory at a time.
const AT_A_TIME: u32 = 500;
/// What every table says.
const DISCLAIMER: &str = "preliminary figures for planning, no legal information";

pub static SCENARIOS: Parameter = Parameter {
    name: "scenarios",
    component: "comparedScenarios",
    description: "Up to five scenarios, separated by commas, as `scenario` names them; `base` for the city as it is.",
    kind: Kind::Texts,
};
pub static AREA: Parameter = Parameter {
    name: "area",
    component: "comparedArea",
    description: "What is looked at: the id of a project with an area, or a GeoJSON Polygon or MultiPolygon in CRS84.",
    kind: Kind::Text,
};
pub static PLOT_AREA: Parameter = Parameter {
    name: "plotArea",
    component: "plotArea",
    description: "Area of the building plot (BauNVO § 19(3)) in m²; without it that of `area`.",
    kind: Kind::Number { minimum: 0.01, maximum: 1e12 },
};
pub static RULE_SET: Parameter = Parameter {
    name: "ruleset",
    component: "comparedRuleSet",
    description: "The rule set that figures are counted by: its id, or its id, `@` and a version; without it `default`.",
    kind: Kind::Form("^[A-Za-z0-9_-]{1,60}(@[0-9]{1,9})?$"),
};
pub static F_COMPARE: Parameter = Parameter {
    name: "f",
    component: "fCompare",
    description: "The representation: `json` or `csv`. Stands above the Accept header.",
    kind: Kind::Choice(&["json", "csv"]),
};

struct Column {
    name: String,
    figures: Figures,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    moment(&call)?;
    let caller = reader(&call).await?;
    let names: Vec<&str> = call
        .query
        .get("scenarios")
        .unwrap_or("base")
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    if names.is_empty() || names.len() > MOST_SCENARIOS {
        return Err(ApiError::BadRequest(format!(
            "`scenarios` must name 1 to {MOST_SCENARIOS}, separated by commas"
        )));
    }
    let collection = collections::by_id(&call, call.query.get("collection").unwrap_or("buildings")).await?;
    let area = area(&call, caller.as_ref()).await?;
    let rules = Arc::new(rule_sets::named(&call, call.query.get("ruleset")).await?);
    let plot = Arc::new(Plot { polygons: area.clone(), area_m2: call.query.number("plotArea") });
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        let overlay = match name {
            "base" => None,
            name => {
                let shown = shown_named(&call, caller.as_ref(), name).await?;
                Some(shown.overlay(&call, &collection).await?)
            }
        };
        let subjects = subjects(&call, &collection, overlay, &area).await?;
        let (plot, rules) = (plot.clone(), rules.clone());
        let figures = compute(move || Ok(figures(&subjects, &plot, &rules))).await?;
        columns.push(Column { name: name.to_owned(), figures });
    }
    let answer = match call.media {
        Media::Csv => Answer::new(Media::Csv, table(&columns)),
        _ => Answer::json(Media::Json, &document(&call, &columns, &rules)?),
    };
    Ok(private(answer))
}

/// Polygons in the storage CRS; none: everything.
async fn area(call: &Call, caller: Option<&Caller>) -> Result<Footprint, ApiError> {
    let Some(text) = call.query.get("area") else { return Ok(Vec::new()) };
    if text.trim_start().starts_with('{') {
        let shape: Value = serde_json::from_str(text)
            .map_err(|error| ApiError::BadRequest(format!("`area` is not JSON: {error}")))?;
        return area_of(call, &shape).await.map_err(|error| ApiError::BadRequest(error.to_string()));
    }
    let missing = || ApiError::BadRequest(format!("`area`: no project `{}` with an area", shortened(text)));
    let project = call.state.store.project(text).await?.ok_or_else(missing)?;
    let standing = access::of_project(&call.state, &project).await?;
    if access::sight(caller, &standing).is_none() || project.area.is_empty() {
        return Err(missing());
    }
    Ok(project.area)
}

/// All objects of the area, measured.
async fn subjects(
    call: &Call,
    collection: &Arc<Collection>,
    overlay: Option<Arc<Overlay>>,
    area: &Footprint,
) -> Result<Vec<Subject>, ApiError> {
    let rings: Vec<_> = area.iter().filter_map(|polygon| polygon.first().cloned()).collect();
    let mut query = FeatureQuery {
        collection: collection.clone(),
        revision: overlay.as_ref().map_or(collection.head, |overlay| overlay.revision),
        limit: AT_A_TIME,
        sort: Vec::new(),
        after: None,
        region: (!rings.is_empty()).then_some(Region { rings, heights_m: None }),
        datetime: None,
        cell: None,
        filter: None,
        overlay,
    };
    let mut subjects: Vec<Subject> = Vec::new();
    loop {
        let page = call.state.store.feature_keys(&query).await?;
        let keys: Vec<i64> = page.items.iter().map(|(key, _)| *key).collect();
        if subjects.len() + keys.len() > MOST_OBJECTS {
            return Err(ApiError::refused(
                StatusCode::CONFLICT,
                format!("more than {MOST_OBJECTS} objects lie in the area: compare a smaller one"),
            ));
        }
        let objects = call.state.store.objects(collection, &keys).await?;
        let measured = compute(move || {
            Ok(objects.iter().map(|(_, object, ..)| Subject::of(&object.id, object)).collect::<Vec<_>>())
        });
        subjects.extend(measured.await?);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(subjects),
        }
    }
}

fn document(call: &Call, columns: &[Column], rules: &RuleSet) -> Result<Value, ApiError> {
    let mut scenarios = Vec::with_capacity(columns.len());
    for column in columns {
        scenarios.push(
            json!({ "scenario": column.name, "figures": serde_json::to_value(&column.figures.figures)? }),
        );
    }
    Ok(json!({
        "links": call.own_links(),
        "area": columns.first().and_then(|column| column.figures.area_m2),
        "ruleSet": rules.name(),
        "scenarios": scenarios,
        "notice": DISCLAIMER,
    }))
}

fn table(columns: &[Column]) -> String {
    let mut out = String::from("key,unit");
    for column in columns {
        out.push(',');
        out.push_str(&column.name);
    }
    out.push_str("\r\n");
    let first = columns.first().map(|column| column.figures.figures.as_slice()).unwrap_or_default();
    for (at, figure) in first.iter().enumerate() {
        out.push_str(&format!("{},{}", figure.key, figure.unit));
        for column in columns {
            let value = column.figures.figures.get(at).and_then(|figure| figure.value);
            out.push(',');
            out.push_str(&value.map(|value| value.to_string()).unwrap_or_default());
        }
        out.push_str("\r\n");
    }
    out
}
