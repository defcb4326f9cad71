//! A file as single objects, each with the names of those in whose place it comes.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use stadtwin_formats::{Declared, Shape, ShapeKind};
use stadtwin_model::{Crs, Issue, Scenario, Severity};
use stadtwin_scenario::{Extrusion, RoofForm, RuleSet};
use stadtwin_store::Store;

use super::bodies::{Given, check_id, unchecked};
use super::envelopes::envelopes;
use super::fault::{PlanError, PlanFault, PlanFaultKind};
use super::import::{ImportContent, MOST_IMPORTED};
use super::model::PlacedModel;
use super::report::PlanIssue;
use super::{Base, Drawing};
use crate::edit::outline::Placer;
use crate::edit::{EditTools, Plain};
use crate::import::{Body, read_body};

/// An object on its way.
pub(super) struct Piece {
    /// `None`: it gets one.
    pub id: Option<String>,
    pub replaces: Vec<String>,
    pub given: Given,
}

/// All of a file; findings have the place of the piece.
pub(super) struct Pieces {
    pub pieces: Vec<Piece>,
    pub issues: Vec<PlanIssue>,
}

/// Reads a file, off the runtime's threads.
pub(super) async fn read(
    store: &Store,
    tools: &EditTools,
    scenario: &Scenario,
    content: ImportContent,
    crs: Option<Crs>,
) -> Result<Pieces, PlanError> {
    let storage = store.storage_crs().await?.ok_or(PlanError::NoCrs)?;
    let declared = Arc::new(Declared::new(&store.ade_schemas().await?));
    let rules = match &content {
        ImportContent::Plan(_) => rules(store, scenario).await?,
        _ => RuleSet::default(),
    };
    let (store, heights, runtime) = (store.clone(), tools.heights.clone(), Handle::current());
    let read = tokio::task::spawn_blocking(move || match content {
        ImportContent::City(bytes) => {
            let bytes = Arc::unwrap_or_clone(bytes);
            city(Body { bytes, forced: crs, storage, store, declared }, &runtime)
        }
        ImportContent::Outlines(features) => outlines(features, &mut Placer::new(&storage, &heights), crs),
        ImportContent::Model(mut placed) => {
            // Of a grid, unless something else is said.
            let crs = crs.unwrap_or(storage);
            let told = Placer::new(&storage, &heights).place(&mut placed.origin, Some(crs));
            told.map_err(|detail| unusable(0, placed.id.as_deref(), format!("`origin`: {detail}")))?;
            let issues = notes(&placed);
            let (id, given) = (placed.id.clone(), Given::Model(placed));
            Ok(Pieces { pieces: vec![Piece { id, replaces: Vec::new(), given }], issues })
        }
        ImportContent::Plan(plan) => envelopes(plan, &mut Placer::new(&storage, &heights), crs, &rules),
    });
    let read = read.await.map_err(anyhow::Error::from)??;
    for (index, piece) in read.pieces.iter().enumerate() {
        let checked = piece.id.iter().try_for_each(|id| check_id(id));
        checked.map_err(|detail| unusable(index, None, detail))?;
    }
    match read.pieces.len() {
        0 => {
            let told = read.issues.first().map(|issue| format!("`{}`: {}", issue.object, issue.message));
            Err(unusable(0, None, told.unwrap_or_else(|| "the file holds no object".to_owned())))
        }
        count if count > MOST_IMPORTED => Err(PlanError::TooMany(count)),
        _ => Ok(read),
    }
}

/// What of a model is not taken.
fn notes(placed: &PlacedModel) -> Vec<PlanIssue> {
    let model = &placed.model;
    let told = |code: &str, message: String| {
        let (object, code, severity) =
            (placed.id.clone().unwrap_or_default(), code.into(), Severity::Warning);
        PlanIssue::read(0, Issue { object, code, severity, message, ..Issue::default() })
    };
    let textured = model.materials.iter().filter(|material| material.has_texture).count();
    let mut notes = Vec::new();
    if textured > 0 {
        let message = format!("{textured} materials have images, which are left out: colours are taken");
        notes.push(told("textures_left_out", message));
    }
    if model.skipped_primitives > 0 {
        let message = format!("{} parts are points or lines, which are left out", model.skipped_primitives);
        notes.push(told("points_and_lines_left_out", message));
    }
    notes
}

/// The first rule set of those who plan, else the built-in one.
async fn rules(store: &Store, scenario: &Scenario) -> Result<RuleSet, PlanError> {
    let project = store.project(&scenario.project).await?;
    for owner in project.into_iter().flat_map(|project| project.owners) {
        if let Some(kept) = store.rule_sets(Some(&owner)).await?.into_iter().next() {
            return Ok(serde_json::from_value(kept.body.0).map_err(anyhow::Error::from)?);
        }
    }
    Ok(RuleSet::default())
}

fn unusable(index: usize, id: Option<&str>, detail: String) -> PlanError {
    PlanError::Faults(vec![PlanFault::new(index, id, PlanFaultKind::Unusable, detail)])
}

fn city(body: Body, runtime: &Handle) -> Result<Pieces, PlanError> {
    let read = read_body(body, runtime).map_err(|detail| unusable(0, None, detail))?;
    let mut places = HashMap::new();
    let mut pieces = Vec::with_capacity(read.objects.len());
    for (place, checked) in read.objects.into_iter().enumerate() {
        let mut object = checked.object;
        places.extend(object.walk().into_iter().map(|part| (part.id.clone(), place)));
        let replaces = object.attributes.remove(REPLACES).map(|value| names(&value)).transpose();
        let replaces = replaces.map_err(|detail| unusable(place, Some(&object.id), detail))?;
        pieces.push(Piece {
            id: Some(object.id.clone()),
            replaces: replaces.unwrap_or_default(),
            given: Given::Whole(vec![object]),
        });
    }
    let told =
        |issue: Issue| PlanIssue { index: places.get(&issue.object).copied(), ..PlanIssue::read(0, issue) };
    Ok(Pieces { issues: unchecked(read.issues).map(told).collect(), pieces })
}

fn outlines(features: Vec<Plain>, placer: &mut Placer<'_>, crs: Option<Crs>) -> Result<Pieces, PlanError> {
    let (mut pieces, mut issues, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (place, plain) in features.into_iter().enumerate() {
        let id = plain.id.clone();
        match outline(plain, placer, crs) {
            Ok((piece, is_flat)) => {
                pieces.push(piece);
                issues.extend(is_flat.then(|| flat(place, id)));
            }
            Err(detail) => {
                faults.push(PlanFault::new(place, id.as_deref(), PlanFaultKind::Unusable, detail));
            }
        }
    }
    if faults.is_empty() { Ok(Pieces { pieces, issues }) } else { Err(PlanError::Faults(faults)) }
}

fn flat(place: usize, id: Option<String>) -> PlanIssue {
    let issue = Issue {
        object: id.unwrap_or_default(),
        code: "height_not_given".into(),
        severity: Severity::Warning,
        message: "the outline says neither `height` nor `storeys`: it comes as an area without a height"
            .into(),
        ..Issue::default()
    };
    PlanIssue::read(place, issue)
}

/// Attribute or property that names the objects in whose place one comes.
const REPLACES: &str = "replaces";
/// Objects that one may come in the place of.
const MOST_REPLACED: usize = 1_000;

/// One name, or a list of them.
fn names(value: &Value) -> Result<Vec<String>, String> {
    let wrong =
        || format!("`{REPLACES}` must be the id of an object, or an array of up to {MOST_REPLACED} ids");
    let one = |value: &Value| match value {
        Value::String(id) if !id.is_empty() && id.len() <= 500 && !id.contains('\0') => Ok(id.clone()),
        _ => Err(wrong()),
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(all) if all.len() <= MOST_REPLACED => all.iter().map(one).collect(),
        value => Ok(vec![one(value)?]),
    }
}

/// A building where the feature says how high it is, and whether it does not although it is one.
fn outline(mut plain: Plain, placer: &mut Placer<'_>, crs: Option<Crs>) -> Result<(Piece, bool), String> {
    if plain.place.is_some() {
        return Err("`place` cannot be read here: send a shape in space as CityJSON or CityGML".into());
    }
    if let Some(shape) = &mut plain.shape {
        placer.place(shape, crs.filter(|_| !plain.is_jsonfg))?;
    }
    let Plain { id, shape, mut properties, .. } = plain;
    let replaces = properties.shift_remove(REPLACES).map_or(Ok(Vec::new()), |value| names(&value))?;
    let is_area = shape.as_ref().is_some_and(|shape| shape.kind == ShapeKind::Polygons);
    if is_area && properties.get("class").is_none_or(Value::is_null) {
        properties.insert("class".into(), "Building".into());
    }
    let is_building = is_area && properties.get("class").is_some_and(|class| class == "Building");
    let (given, is_flat) = match shape {
        Some(shape) if is_building => match form(&mut properties)? {
            Some(form) => (drawing(id.clone(), shape, form, properties)?, false),
            None => (Given::Plain { id: id.clone(), properties, shape: Some(shape) }, true),
        },
        shape => (Given::Plain { id: id.clone(), properties, shape }, false),
    };
    Ok((Piece { id, replaces, given }, is_flat))
}

/// Takes out of the properties how high a building is; `None`: they do not say it.
fn form(properties: &mut Map<String, Value>) -> Result<Option<Extrusion>, String> {
    let height_m = match number(properties, "height")? {
        Some(height_m) => Some(height_m),
        None => number(properties, "measuredHeight")?,
    };
    let storeys = match number(properties, "storeys")? {
        Some(storeys) => Some(storeys),
        None => number(properties, "storeysAboveGround")?,
    };
    if height_m.is_none() && storeys.is_none() {
        return Ok(None);
    }
    let whole = |storeys: f64| match storeys {
        _ if storeys.fract() == 0.0 && (1.0..=1_000.0).contains(&storeys) => Ok(storeys as u32),
        _ => Err(format!("`storeys` must be a whole number above 0, not {storeys}")),
    };
    let roof = match properties.shift_remove("roof") {
        None | Some(Value::Null) => RoofForm::Flat,
        Some(roof) => serde_json::from_value(roof).map_err(|error| format!("`roof`: {error}"))?,
    };
    let storey_height_m = number(properties, "storeyHeight")?.filter(|_| height_m.is_none());
    Ok(Some(Extrusion {
        footprint: Vec::new(),
        base_m: 0.0,
        height_m,
        storeys: storeys.map(whole).transpose()?,
        storey_height_m,
        roof,
        function: None,
    }))
}

/// Takes a number out, which tables often hold as text.
fn number(properties: &mut Map<String, Value>, name: &str) -> Result<Option<f64>, String> {
    let wrong = |value: &Value| format!("`{name}` must be a number, not {value}");
    match properties.shift_remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_f64()),
        Some(Value::String(text)) => {
            text.trim().parse().map(Some).map_err(|_| wrong(&Value::String(text.chars().take(40).collect())))
        }
        Some(other) => Err(wrong(&Value::String(other.to_string().chars().take(40).collect()))),
    }
}

/// On `base`, else on the lowest point of an outline with heights, else on the ground.
fn drawing(
    id: Option<String>,
    outline: Shape,
    form: Extrusion,
    mut properties: Map<String, Value>,
) -> Result<Given, String> {
    let base = match properties.shift_remove("base") {
        None | Some(Value::Null) if outline.has_heights => {
            Base::Height(outline.points().map(|point| point[2]).fold(f64::INFINITY, f64::min))
        }
        None | Some(Value::Null) => Base::LowestGround,
        Some(Value::String(word)) if word == "terrain-min" => Base::LowestGround,
        Some(Value::String(word)) if word == "terrain-mean" => Base::MeanGround,
        Some(Value::Number(number)) => Base::Height(number.as_f64().unwrap_or(f64::NAN)),
        Some(_) => return Err("`base` must be a height in metres, `terrain-min` or `terrain-mean`".into()),
    };
    Ok(Given::Drawn(Box::new(Drawing { id, outline, base, form, properties })))
}
