//! `/scenarios/{s}/imports`: files that shall come into a draft. What each would do is shown first, and done by `commit`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::access;
use super::body::unusable;
use super::documents::scenario_path;
use super::import_body::{self, Placing};
use super::operation_body;
use super::operations::{self, check_version, draft, refusal};
use super::paging::Asked;
use super::projects::{nothing, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::{between, compute};
use stadtwin_access::Action;
use stadtwin_crs::CRS84;
use stadtwin_jobs::{
    EditTools, PlanCommit, PlanError, PlanFault, PlanImport, PlanIssue, Proposal, ProposedObject, ReceiptKey,
    kept_report,
};
use stadtwin_model::{Crs, Scenario, Span};
use stadtwin_store::{MOST_WAITING_IMPORTS, NewScenarioImport, ScenarioImport};

pub static COLLECTION: Parameter = Parameter {
    name: "collection",
    component: "importCollection",
    description: "Id of the collection that the objects come into; must be there.",
    kind: Kind::Text,
};
pub static PHASE: Parameter = Parameter {
    name: "phase",
    component: "importPhase",
    description: "Label of a phase of the scenario, in which the objects stand; without it they stand always.",
    kind: Kind::Text,
};
pub static COMMENT: Parameter = Parameter {
    name: "comment",
    component: "importComment",
    description: "What is noted with each of its operations.",
    kind: Kind::Text,
};

pub static ORIGIN: Parameter = Parameter {
    name: "origin",
    component: "modelOrigin",
    description: "With a GLB: where its own origin lies, as east, north and height in the storage CRS, or in that of `Content-Crs`. Two numbers: on the ground.",
    kind: Kind::Numbers { least: 2, most: 3 },
};
pub static ROTATION: Parameter = Parameter {
    name: "rotation",
    component: "modelRotation",
    description: "With a GLB: how far it is turned counter-clockwise seen from above [°]; unturned its −z looks to the north of the grid.",
    kind: Kind::Number { minimum: -360.0, maximum: 360.0 },
};
pub static SCALE: Parameter = Parameter {
    name: "scale",
    component: "modelScale",
    description: "With a GLB: metres for each of its units; 1 without it.",
    kind: Kind::Number { minimum: 0.0001, maximum: 10_000.0 },
};
pub static ID: Parameter = Parameter {
    name: "id",
    component: "modelId",
    description: "With a GLB: id of the object that it becomes.",
    kind: Kind::Text,
};

/// Findings and faults of all that are told with an import; single objects have their own.
const MOST_TOLD: usize = 100;
/// Of a comment [bytes].
const LONGEST_COMMENT: usize = 2_000;

/// Imports of a draft, oldest first.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let asked = Asked::of(&call);
    let found = call.state.store.scenario_imports(scenario.key, asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |import| i64::from(import.number));
    let entries: Vec<Value> = part.entries.iter().map(|import| document(&call, &scenario, import)).collect();
    Ok(private(Answer::json(Media::Json, &json!({ "links": part.links(&call), "imports": entries }))))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let import = named(&call, &scenario).await?;
    Ok(private(Answer::json(Media::Json, &document(&call, &scenario, &import))))
}

/// The objects as features, to be looked at on a map.
pub async fn items(call: Call) -> Result<Answer, ApiError> {
    let scenario = editable(&call).await?;
    let import = named(&call, &scenario).await?;
    let asked = Asked::of(&call);
    let store = &call.state.store;
    let key = (scenario.key, import.number);
    let found = store.scenario_import_items(key, asked.after, asked.limit + 1).await?;
    let part = asked.cut(found, |(number, _)| *number);
    let features: Vec<&Value> = part.entries.iter().map(|(_, feature)| feature).collect();
    let document = json!({
        "type": "FeatureCollection",
        "links": part.links(&call),
        "numberMatched": import.preview.0["counts"]["objects"],
        "numberReturned": features.len(),
        "features": features,
    });
    Ok(private(Answer::json(Media::GeoJson, &document)))
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let missing = || {
        ApiError::BadRequest("`collection` is missing: the collection that the objects come into".to_owned())
    };
    let collection = call.query.get("collection").ok_or_else(missing)?.to_owned();
    let settings = settings(&call)?;
    let span = span_of(&call, &scenario, &settings).await?;
    let crs = operation_body::crs(&call).await?;
    let bytes = Arc::new(import_body::received(&call, body).await?);
    let (of_body, placing) = (bytes.clone(), placing(&settings));
    let (content, format) = compute(move || import_body::read(of_body, placing)).await?;
    let version = scenario.version;
    let import = PlanImport {
        scenario: scenario.clone(),
        collection: collection.clone(),
        content,
        crs,
        span,
        phase: settings["phase"].as_str().map(str::to_owned),
        comment: settings["comment"].as_str().map(str::to_owned),
        author: caller.subject.clone(),
    };
    let store = &call.state.store;
    let proposal = import.preview(store, &tools(&call)).await.map_err(refusal)?;
    let storage = store.storage_crs().await?.ok_or_else(|| refusal(PlanError::NoCrs))?;
    let state = if proposal.faults.is_empty() { "ready" } else { "faulty" };
    let (preview, items) = compute(move || shown(proposal, &storage)).await?;
    let new = NewScenarioImport {
        scenario: scenario.key,
        state,
        collection,
        format,
        content: Arc::unwrap_or_clone(bytes),
        settings,
        version,
        preview,
        made_by: caller.subject.clone(),
        items,
    };
    let Some(number) = store.add_scenario_import(&new).await? else {
        let detail =
            format!("{MOST_WAITING_IMPORTS} imports of the scenario wait already: commit or drop some");
        return Err(ApiError::refused(StatusCode::CONFLICT, detail));
    };
    let import = store.scenario_import(scenario.key, number).await?;
    let import = import.ok_or_else(|| ApiError::internal("an import that is not there"))?;
    let location = call.base.to(&path(&scenario, number));
    let answer = Answer::json(Media::Json, &document(&call, &scenario, &import));
    Ok(Answer { status: StatusCode::CREATED, ..answer.with(header::LOCATION, &location) }.uncached())
}

/// Does what the preview shows as one batch.
pub async fn commit(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let import = named(&call, &scenario).await?;
    let receipt = operations::key(&call.headers)?.map(|key| ReceiptKey {
        owner: caller.subject.clone(),
        key,
        request: *blake3::Hasher::new()
            .update(call.path.as_bytes())
            .update(format!(" {:?}", call.headers.get(header::IF_MATCH)).as_bytes())
            .finalize()
            .as_bytes(),
    });
    let store = &call.state.store;
    if let Some(own) = &receipt
        && let Some(report) = kept_report(store, scenario.key, own).await.map_err(refusal)?
    {
        return Ok(operations::answer(&report));
    }
    check_version(&call.headers, &scenario)?;
    let content = store.scenario_import_content(scenario.key, import.number).await?;
    let Some(content) = content.filter(|_| import.state != "committed") else { return Err(committed()) };
    let settings = &import.settings.0;
    let placing = placing(settings);
    let (content, _) = compute(move || import_body::read(Arc::new(content), placing)).await?;
    let commit = PlanCommit { number: import.number, receipt };
    let crs = match settings["contentCrs"].as_str() {
        Some(uri) => Some(operation_body::crs_named(&call, uri).await?),
        None => None,
    };
    let work = PlanImport {
        scenario: scenario.clone(),
        collection: import.collection.clone(),
        content,
        crs,
        span: span_of(&call, &scenario, settings).await?,
        phase: settings["phase"].as_str().map(str::to_owned),
        comment: settings["comment"].as_str().map(str::to_owned),
        author: caller.subject.clone(),
    };
    let report = work.commit(store, &tools(&call), commit).await.map_err(refusal)?;
    tracing::info!(
        scenario = scenario.id,
        version = report.version,
        operations = report.results.len(),
        "Imported into a scenario"
    );
    Ok(operations::answer(&report))
}

/// Drops one; what it has done stays.
pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = draft(&call, &caller).await?;
    let import = named(&call, &scenario).await?;
    match call.state.store.remove_scenario_import(scenario.key, import.number).await? {
        true => Ok(nothing()),
        false => Err(committed()),
    }
}

fn committed() -> ApiError {
    let detail =
        "the import is committed: its operations are undone like all others, by `undo` with `wholeBatch`";
    ApiError::refused(StatusCode::CONFLICT, detail.to_owned())
}

/// Imports are seen by those who edit.
async fn editable(call: &Call) -> Result<Scenario, ApiError> {
    let caller = access::reader(call).await?;
    Ok(access::scenario(call, caller.as_ref(), Action::EditDraft).await?.0)
}

async fn named(call: &Call, scenario: &Scenario) -> Result<ScenarioImport, ApiError> {
    let asked = call.segment("importId");
    let missing = || ApiError::NotFound(format!("the scenario has no import `{}`", shortened(asked)));
    let number = asked.parse().map_err(|_| missing())?;
    call.state.store.scenario_import(scenario.key, number).await?.ok_or_else(missing)
}

fn tools(call: &Call) -> EditTools {
    EditTools { heights: call.state.heights.clone(), kept: call.state.heights_kept.clone() }
}

fn path(scenario: &Scenario, number: i32) -> String {
    format!("{}/imports/{number}", scenario_path(&scenario.id))
}

/// What the request says of all its operations, as it is kept.
fn settings(call: &Call) -> Result<Value, ApiError> {
    let comment = call.query.get("comment").filter(|comment| !comment.is_empty());
    if comment.is_some_and(|comment| comment.len() > LONGEST_COMMENT || comment.contains('\0')) {
        return Err(ApiError::BadRequest(format!("`comment` has up to {LONGEST_COMMENT} bytes and no NUL")));
    }
    let phase = call.query.get("phase").filter(|phase| !phase.is_empty());
    let crs = call.headers.get("content-crs").and_then(|value| value.to_str().ok());
    let placing = placing_asked(call)?;
    Ok(json!({
        "comment": comment,
        "phase": phase,
        "contentCrs": crs,
        "placing": placing,
    }))
}

/// Of a model that says nothing of its place, as it is kept.
fn placing_asked(call: &Call) -> Result<Option<Value>, ApiError> {
    let number = |name: &str| call.query.get(name).and_then(|text| text.parse::<f64>().ok());
    let id = call.query.get("id").filter(|id| !id.is_empty());
    let Some(origin) = call.query.get("origin") else {
        return match ["rotation", "scale", "id"].iter().any(|name| call.query.get(name).is_some()) {
            true => Err(ApiError::BadRequest("`rotation`, `scale` and `id` go with `origin`".to_owned())),
            false => Ok(None),
        };
    };
    let numbers: Option<Vec<f64>> = origin.split(',').map(|number| number.trim().parse().ok()).collect();
    let usable =
        numbers.filter(|numbers| [2, 3].contains(&numbers.len()) && numbers.iter().all(|n| n.is_finite()));
    let wrong = || {
        let shown = shortened(origin);
        ApiError::BadRequest(format!(
            "`origin` must be two or three numbers separated by commas, not `{shown}`"
        ))
    };
    let origin = usable.ok_or_else(wrong)?;
    Ok(Some(json!({ "origin": origin, "rotation": number("rotation"), "scale": number("scale"), "id": id })))
}

/// The same, as it was kept.
fn placing(settings: &Value) -> Option<Placing> {
    let placing = settings["placing"].as_object()?;
    let number = |name: &str| placing.get(name).and_then(Value::as_f64);
    Some(Placing {
        origin: placing.get("origin")?.as_array()?.iter().filter_map(Value::as_f64).collect(),
        rotation_deg: number("rotation").unwrap_or(0.0),
        scale: number("scale").unwrap_or(1.0),
        id: placing.get("id").and_then(Value::as_str).map(str::to_owned),
    })
}

/// The dates of the phase that is kept, as they are now.
async fn span_of(call: &Call, scenario: &Scenario, settings: &Value) -> Result<Span, ApiError> {
    let Some(label) = settings["phase"].as_str() else { return Ok(Span::ALWAYS) };
    let phases = call.state.store.phases((scenario.key, scenario.version)).await?;
    let known = phases.iter().find(|phase| phase.label == label).map(|phase| phase.span);
    let labels: Vec<&str> = phases.iter().map(|phase| phase.label.as_str()).collect();
    known.ok_or_else(|| {
        let label = shortened(label);
        unusable(format!("the scenario has no phase `{label}`; there are: {}", labels.join(", ")))
    })
}

fn document(call: &Call, scenario: &Scenario, import: &ScenarioImport) -> Value {
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
fn shown(proposal: Proposal, storage: &Crs) -> Result<(Value, Vec<Value>), ApiError> {
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
