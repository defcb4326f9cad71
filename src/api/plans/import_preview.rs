//! Imports as they are told, with what they would do.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::imports::path;
use super::operations;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::projection::between;
use stadtwin_crs::CRS84;
use stadtwin_jobs::{PlanFault, PlanIssue, Proposal, ProposedObject};
use stadtwin_model::{Crs, Scenario};
use stadtwin_store::ScenarioImport;

/// Findings and faults of all that are told with an import; single objects have their own.
const MOST_TOLD: usize = 100;
pub fn document(call: &Call, scenario: &Scenario, import: &ScenarioImport) -> Value {
    let at = path(scenario, import.number);
    let settings = &import.settings.0;
    let mut document = json!({
        "id": import.number,
        "scenario": scenario.id,
        "state": import.state,
        "collection": import.collection,
        "format": import.format,
        "size": import.size_bytes,
        "phase": settings["phase"],
        "comment": settings["comment"],
        "placing": settings["placing"],
        "version": import.version,
        "isCurrent": import.state == "committed" || import.version == scenario.version,
        "made": import.made,
        "madeBy": import.made_by,
        "committed": import.committed,
        "links": [
            link("self", &call.base.to(&at), Media::Json, "this import"),
            link("items", &call.base.to(&format!("{at}/items")), Media::GeoJson, "its objects as features"),
        ],
    });
    if let (Some(members), Value::Object(preview)) = (document.as_object_mut(), &import.preview.0) {
        members.extend(preview.clone());
    }
    document
}

/// The preview, and its objects as features in CRS84.
pub fn shown(proposal: Proposal, storage: &Crs) -> Result<(Value, Vec<Value>), ApiError> {
    let Proposal { results, objects, faults, issues } = proposal;
    let count = |kind: &str| results.iter().filter(|result| result.op == kind).count();
    let replaced: usize = results.iter().map(|result| result.targets.len()).sum();
    let mut by_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for issue in &issues {
        *by_rule.entry(issue.code.as_str()).or_default() += 1;
    }
    let told = Told::of(&objects, &issues, &faults);
    let mut bounds = Bounds::default();
    let features = between(storage, &CRS84, |transformer| {
        objects
            .iter()
            .map(|object| {
                let geometry = bounds.geometry(object, |ring| transformer.convert_2d(ring))?;
                let result = results.get(object.index);
                let (findings, errors) = told.about(object);
                Ok::<Value, stadtwin_crs::CrsError>(json!({
                    "type": "Feature",
                    "id": object.id,
                    "geometry": geometry,
                    "properties": {
                        "index": object.index,
                        "op": result.map(|result| result.op.as_str()),
                        "replaces": result.map(|result| &result.targets),
                        "class": object.class,
                        "zMin": object.heights_m.map(|[low, _]| low),
                        "zMax": object.heights_m.map(|[_, high]| high),
                        "findings": findings,
                        "errors": errors,
                    },
                }))
            })
            .collect::<Result<Vec<Value>, _>>()
    })??;
    let mut preview = Map::new();
    preview.insert(
        "counts".into(),
        json!({ "objects": objects.len(), "add": count("add"), "replace": count("replace"), "undo": count("undo"), "replaced": replaced }),
    );
    preview.insert("bbox".into(), json!(bounds.deg));
    preview.insert("heights".into(), json!(bounds.heights_m));
    preview.insert("findingCount".into(), issues.len().into());
    preview.insert("findingsByRule".into(), json!(by_rule));
    preview.insert("findings".into(), json!(issues.iter().take(MOST_TOLD).collect::<Vec<_>>()));
    preview.insert("errorCount".into(), faults.len().into());
    let errors: Vec<Value> = faults.iter().take(MOST_TOLD).map(operations::told).collect();
    preview.insert("errors".into(), errors.into());
    Ok((Value::Object(preview), features))
}

/// What is said of single objects, by the index of the operation.
struct Told<'a> {
    object_counts: HashMap<usize, usize>,
    issues: HashMap<usize, Vec<&'a PlanIssue>>,
    faults: HashMap<usize, Vec<&'a PlanFault>>,
}

impl<'a> Told<'a> {
    fn of(objects: &[ProposedObject], issues: &'a [PlanIssue], faults: &'a [PlanFault]) -> Told<'a> {
        let mut told = Told { object_counts: HashMap::new(), issues: HashMap::new(), faults: HashMap::new() };
        for object in objects {
            *told.object_counts.entry(object.index).or_default() += 1;
        }
        for issue in issues {
            if let Some(index) = issue.index {
                told.issues.entry(index).or_default().push(issue);
            }
        }
        for fault in faults {
            told.faults.entry(fault.index).or_default().push(fault);
        }
        told
    }

    /// Findings and faults; of one that comes alone all that is said of its operation, of its parts too.
    fn about(&self, object: &ProposedObject) -> (Vec<Value>, Vec<Value>) {
        let is_alone = self.object_counts.get(&object.index) == Some(&1);
        let is_own = |named: &str| is_alone || named == object.id;
        let issues = self.issues.get(&object.index).into_iter().flatten();
        let faults = self.faults.get(&object.index).into_iter().flatten();
        (
            issues.filter(|issue| is_own(&issue.object)).map(|issue| json!(issue)).collect(),
            faults
                .filter(|fault| fault.id.as_deref().is_some_and(is_own))
                .map(|fault| operations::told(fault))
                .collect(),
        )
    }
}

/// What all objects lie within.
#[derive(Default)]
struct Bounds {
    /// `[west, south, east, north]` [°].
    deg: Option<[f64; 4]>,
    /// Lowest and highest [m].
    heights_m: Option<[f64; 2]>,
}

impl Bounds {
    /// Outline or place of an object; `convert` brings points of the storage CRS into CRS84.
    fn geometry<E>(
        &mut self,
        object: &ProposedObject,
        mut convert: impl FnMut(&mut [[f64; 2]]) -> Result<(), E>,
    ) -> Result<Value, E> {
        if let Some([low, high]) = object.heights_m {
            let [lowest, highest] = self.heights_m.unwrap_or([low, high]);
            self.heights_m = Some([lowest.min(low), highest.max(high)]);
        }
        let mut footprint = object.footprint.clone();
        for ring in footprint.iter_mut().flatten() {
            convert(ring)?;
            ring.iter().for_each(|point| self.hold(*point));
        }
        if !footprint.is_empty() {
            return Ok(json!({ "type": "MultiPolygon", "coordinates": footprint }));
        }
        let Some([x, y, _]) = object.place else { return Ok(Value::Null) };
        let mut point = [[x, y]];
        convert(&mut point)?;
        self.hold(point[0]);
        Ok(json!({ "type": "Point", "coordinates": point[0] }))
    }

    fn hold(&mut self, [x, y]: [f64; 2]) {
        let [w, s, e, n] = self.deg.unwrap_or([x, y, x, y]);
        self.deg = Some([w.min(x), s.min(y), e.max(x), n.max(y)]);
    }
}
