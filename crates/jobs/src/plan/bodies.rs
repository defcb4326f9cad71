//! Objects that operations bring: read, put into the storage CRS, and checked as imports check them.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use stadtwin_crs::HeightModel;
use stadtwin_formats::{Declared, Shape};
use stadtwin_model::{Attributes, CityObject, Collection, Crs, Issue, Severity};
use stadtwin_scenario::{extrude, permitted};
use stadtwin_store::Store;

use super::act::mark_projected;
use super::model::{PlacedModel, building};
use super::report::PlanIssue;
use super::run::Desk;
use super::write::Brought;
use super::{Base, Drawing, FieldOutline, PlanAct, PlanBatch, PlanError};
use crate::edit::heights::{Grounds, settle};
use crate::edit::outline::{Placer, geometry};
use crate::edit::properties::of_new;
use crate::edit::{Content, EditTools};
use crate::import::{Body, checked_codes, content_hash, read_body};

/// What a body holds, in the storage CRS.
pub(super) enum Given {
    Whole(Vec<CityObject>),
    /// Of a plan already.
    Ready(CityObject),
    Plain {
        id: Option<String>,
        properties: Map<String, Value>,
        shape: Option<Shape>,
    },
    Drawn(Box<Drawing>),
    Field(Box<FieldOutline>),
    Model(Box<PlacedModel>),
}

/// What reading needs.
struct Reading {
    crs: Option<Crs>,
    storage: Crs,
    heights: Arc<HeightModel>,
    store: Store,
    declared: Arc<Declared>,
    runtime: Handle,
}

/// A body with the index of its operation.
enum Sent {
    Content(usize, Content),
    Drawing(usize, Box<Drawing>),
}

/// What was read, findings about it, and what cannot be, by the index of the operation.
type Read = (Vec<(usize, Given)>, Vec<PlanIssue>, Vec<(usize, String)>);

/// Objects that operations bring, by the index of the operation: what `given` holds, and the bodies, which are taken out of
/// the batch.
pub(super) async fn brought(
    batch: &mut PlanBatch,
    desk: &mut Desk<'_>,
    tools: &EditTools,
    mut given: Vec<(usize, Given)>,
) -> Result<Vec<(usize, Vec<Brought>)>, PlanError> {
    given.extend(read(batch, desk, tools).await?);
    desk.check()?;
    given.iter_mut().for_each(|(_, given)| given.forget_heights());
    let grounds = grounds(batch, desk, tools, &given).await?;
    let mut all: Vec<(usize, Vec<Brought>)> = Vec::new();
    let (seqs, mut counts) = (batch.seqs(), HashMap::<usize, usize>::new());
    for (at, (index, given)) in given.into_iter().enumerate() {
        let collection = desk.collection_of(batch, index).cloned();
        let (Some(collection), Some(seq)) = (collection, seqs.get(index)) else { continue };
        let count = counts.entry(index).or_default();
        *count += 1;
        let suffix = if *count == 1 { String::new() } else { format!("-{count}") };
        let named = format!("{}-{seq}{suffix}", batch.scenario.id);
        let below = grounds.get(&collection.key).map(|grounds| (grounds, at));
        let is_ready = matches!(given, Given::Ready(_));
        let mut objects = match objects(desk, (&collection, index), below, named, given).await? {
            Ok(objects) => objects,
            Err(detail) => {
                desk.unusable(index, None, detail);
                continue;
            }
        };
        if let Some(detail) = objects.iter().find_map(odd_id) {
            desk.unusable(index, None, detail);
            continue;
        }
        if !is_ready {
            objects.iter_mut().for_each(mark_projected);
        }
        let brought = |object| Brought { collection: collection.key, object, hash: [0; 16], row: 0 };
        all.push((index, objects.into_iter().map(brought).collect()));
    }
    let storage = desk.storage;
    let hashed = tokio::task::spawn_blocking(move || {
        for one in all.iter_mut().flat_map(|(_, brought)| brought) {
            one.hash = content_hash(&one.object, &storage);
        }
        all
    });
    Ok(hashed.await.map_err(anyhow::Error::from)?)
}

/// Longest id [bytes].
const LONGEST_ID: usize = 500;

/// Why one of the ids of an object cannot be kept.
fn odd_id(object: &CityObject) -> Option<String> {
    object.walk().into_iter().find_map(|part| check_id(&part.id).err())
}

pub(super) fn check_id(id: &str) -> Result<(), String> {
    match id {
        _ if id.contains('\0') => Err("an id holds a NUL character".to_owned()),
        "" => Err("an id is empty".to_owned()),
        _ if id.len() > LONGEST_ID => Err(format!("an id is longer than {LONGEST_ID} bytes")),
        _ => Ok(()),
    }
}

impl Given {
    /// Of an outline that is to stand on the ground.
    fn forget_heights(&mut self) {
        if let Given::Drawn(drawing) = self
            && !matches!(drawing.base, Base::Height(_))
        {
            drawing.outline.has_heights = false;
        }
    }

    /// The outline that needs to know of the ground, if it has no heights.
    fn outline(&self) -> Option<&Shape> {
        match self {
            Given::Plain { shape, .. } => shape.as_ref(),
            Given::Drawn(drawing) if !matches!(drawing.base, Base::Height(_)) => Some(&drawing.outline),
            Given::Field(field) => Some(&field.outline),
            Given::Model(placed) => Some(&placed.origin),
            Given::Whole(_) | Given::Ready(_) | Given::Drawn(_) => None,
        }
    }
}

/// The ground below all outlines, by collection; each has its place in the list.
async fn grounds(
    batch: &PlanBatch,
    desk: &Desk<'_>,
    tools: &EditTools,
    given: &[(usize, Given)],
) -> Result<HashMap<i32, Grounds>, PlanError> {
    let mut grounds = HashMap::new();
    for collection in desk.collections.values() {
        let is_of =
            |index: usize| desk.collection_of(batch, index).is_some_and(|of| of.key == collection.key);
        let shapes: Vec<Option<&Shape>> =
            given.iter().map(|(index, given)| given.outline().filter(|_| is_of(*index))).collect();
        if shapes.iter().any(Option::is_some) {
            let below = Grounds::below(desk.store, tools, collection, &desk.storage, &shapes).await?;
            grounds.insert(collection.key, below);
        }
    }
    Ok(grounds)
}

/// Bodies, off the runtime's threads.
async fn read(
    batch: &mut PlanBatch,
    desk: &mut Desk<'_>,
    tools: &EditTools,
) -> Result<Vec<(usize, Given)>, PlanError> {
    let mut sent = Vec::new();
    for (index, operation) in batch.operations.iter_mut().enumerate() {
        sent.extend(operation.act.take_contents().into_iter().map(|content| Sent::Content(index, content)));
        if let PlanAct::Extrude { drawing } = &operation.act {
            sent.push(Sent::Drawing(index, drawing.clone()));
        }
    }
    let reading = Reading {
        crs: batch.crs,
        storage: desk.storage,
        heights: tools.heights.clone(),
        store: desk.store.clone(),
        declared: Arc::new(Declared::new(&desk.store.ade_schemas().await?)),
        runtime: Handle::current(),
    };
    let read = tokio::task::spawn_blocking(move || reading.all(sent));
    let (given, issues, faults) = read.await.map_err(anyhow::Error::from)?;
    desk.issues.extend(issues);
    faults.into_iter().for_each(|(index, detail)| desk.unusable(index, None, detail));
    Ok(given)
}

impl Reading {
    /// Blocks.
    fn all(&self, sent: Vec<Sent>) -> Read {
        let (mut given, mut issues, mut faults) = (Vec::new(), Vec::new(), Vec::new());
        let mut placer = Placer::new(&self.storage, &self.heights);
        for one in sent {
            let (index, read) = match one {
                Sent::Content(index, content) => {
                    let mut found = Vec::new();
                    let read = self.one(content, &mut placer, &mut found);
                    issues.extend(found.into_iter().map(|issue| PlanIssue::read(index, issue)));
                    (index, read)
                }
                Sent::Drawing(index, mut drawing) => {
                    let placed = placer.place(&mut drawing.outline, self.crs);
                    (index, placed.map(|()| Given::Drawn(drawing)))
                }
            };
            match read {
                Ok(read) => given.push((index, read)),
                Err(detail) => faults.push((index, detail)),
            }
        }
        (given, issues, faults)
    }

    fn one(
        &self,
        content: Content,
        placer: &mut Placer<'_>,
        issues: &mut Vec<Issue>,
    ) -> Result<Given, String> {
        match content {
            Content::City(bytes) => {
                let body = Body {
                    bytes: Arc::unwrap_or_clone(bytes),
                    forced: self.crs,
                    storage: self.storage,
                    store: self.store.clone(),
                    declared: self.declared.clone(),
                };
                let read = read_body(body, &self.runtime)?;
                issues.extend(unchecked(read.issues));
                if read.objects.is_empty() {
                    return Err("the body holds no object".into());
                }
                Ok(Given::Whole(read.objects.into_iter().map(|checked| checked.object).collect()))
            }
            Content::Ready(object) => Ok(Given::Ready(*object)),
            Content::Plain(plain) if plain.place.is_some() => {
                Err("`place` cannot be read here: send a shape in space as CityJSON or CityGML".into())
            }
            Content::Plain(mut plain) => {
                let crs = self.crs.filter(|_| !plain.is_jsonfg);
                if let Some(shape) = &mut plain.shape {
                    placer.place(shape, crs)?;
                }
                Ok(Given::Plain { id: plain.id, properties: plain.properties, shape: plain.shape })
            }
        }
    }
}

/// Without what checks of shapes found: planned objects are checked as they will stand.
pub(super) fn unchecked(issues: Vec<Issue>) -> impl Iterator<Item = Issue> {
    let checked = checked_codes();
    issues.into_iter().filter(move |issue| !checked.contains(&issue.code))
}

/// The ground below the outlines of a collection, and the place of one among them.
type Below<'a> = Option<(&'a Grounds, usize)>;

/// Objects of a body; `named` is the name of one that has none.
async fn objects(
    desk: &mut Desk<'_>,
    of: (&Collection, usize),
    below: Below<'_>,
    named: String,
    given: Given,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    Ok(match given {
        Given::Whole(whole) => Ok(whole),
        Given::Ready(object) => Ok(vec![object]),
        Given::Plain { id, properties, shape } => {
            plain(desk, of, below, id.unwrap_or(named), &properties, shape).await?
        }
        Given::Drawn(drawing) => drawn(desk, of, below, named, *drawing).await?,
        Given::Field(field) => raised(desk, of, below, *field).await?,
        Given::Model(placed) => model(desk, of, below, named, *placed).await?,
    })
}

async fn plain(
    desk: &mut Desk<'_>,
    (collection, index): (&Collection, usize),
    below: Below<'_>,
    id: String,
    properties: &Map<String, Value>,
    shape: Option<Shape>,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    let (class, attributes) = match of_new(properties, &Attributes::new()) {
        Ok(found) => found,
        Err(detail) => return Ok(Err(detail)),
    };
    let mut object = CityObject { id, class, attributes, ..CityObject::default() };
    if let Some(mut shape) = shape {
        let ground = below.and_then(|(grounds, at)| grounds.of(at));
        let issue = settle(desk.store, collection, ground, &mut shape, &object.id).await?;
        desk.issues.extend(issue.map(|issue| PlanIssue::read(index, issue)));
        object.geometries.push(geometry(&shape, object.class.name()));
    }
    Ok(Ok(vec![object]))
}

/// A building drawn as an outline with heights.
async fn drawn(
    desk: &mut Desk<'_>,
    (collection, index): (&Collection, usize),
    below: Below<'_>,
    named: String,
    drawing: Drawing,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    let Drawing { id, mut outline, base, mut form, properties } = drawing;
    let id = id.unwrap_or(named);
    form.base_m = match base {
        Base::Height(height_m) => height_m,
        Base::LowestGround | Base::MeanGround => {
            let mean = below.and_then(|(grounds, at)| grounds.mean(at)).filter(|_| base == Base::MeanGround);
            let ground = below.and_then(|(grounds, at)| grounds.of(at));
            let ground = ground.map(|(lowest_m, terrain)| (mean.unwrap_or(lowest_m), terrain));
            let issue = settle(desk.store, collection, ground, &mut outline, &id).await?;
            desk.issues.extend(issue.map(|issue| PlanIssue::read(index, issue)));
            outline.points().next().map_or(0.0, |point| point[2])
        }
    };
    if outline.parts.len() != 1 {
        return Ok(Err("`footprint` must be one polygon".into()));
    }
    form.footprint = rings(&outline);
    let mut object = match extrude(&id, &form) {
        Ok(object) => object,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut further = properties;
    further.insert("class".into(), object.class.name().into());
    match of_new(&further, &Attributes::new()) {
        Ok((_, attributes)) => object.attributes.extend(attributes),
        Err(detail) => return Ok(Err(detail)),
    }
    Ok(Ok(vec![object]))
}

/// What a development plan permits on a building field, from the lowest ground below it.
async fn raised(
    desk: &mut Desk<'_>,
    (collection, index): (&Collection, usize),
    below: Below<'_>,
    given: FieldOutline,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    let FieldOutline { id, mut outline, mut field, rules } = given;
    let ground = below.and_then(|(grounds, at)| grounds.of(at));
    let issue = settle(desk.store, collection, ground, &mut outline, &id).await?;
    desk.issues.extend(issue.map(|issue| PlanIssue::read(index, issue)));
    let ground_m = outline.points().next().map_or(0.0, |point| point[2]);
    field.outline = rings(&outline);
    let permitted = match permitted(&id, &field, ground_m, &rules) {
        Ok(permitted) => permitted,
        Err(error) => return Ok(Err(error.to_string())),
    };
    if permitted.is_estimated {
        let message = match permitted.top_from {
            "storeys" => {
                format!(
                    "the plan fixes storeys and no height: {} m each, by the rule set",
                    rules.storey_height_m
                )
            }
            _ => "the plan fixes the eaves alone: what is above them is not known".to_owned(),
        };
        let (code, severity) = ("permitted_height_estimated".into(), Severity::Info);
        let issue = Issue { object: id, code, severity, message, ..Issue::default() };
        desk.issues.push(PlanIssue::read(index, issue));
    }
    Ok(Ok(vec![permitted.object]))
}

/// A model of triangles, at the height of its origin or on the ground.
async fn model(
    desk: &mut Desk<'_>,
    (collection, index): (&Collection, usize),
    below: Below<'_>,
    named: String,
    mut placed: PlacedModel,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    let id = placed.id.clone().unwrap_or(named);
    let ground = below.and_then(|(grounds, at)| grounds.of(at));
    let issue = settle(desk.store, collection, ground, &mut placed.origin, &id).await?;
    desk.issues.extend(issue.map(|issue| PlanIssue::read(index, issue)));
    let built = tokio::task::spawn_blocking(move || building(&id, &placed).map(|object| vec![object]));
    Ok(built.await.map_err(anyhow::Error::from)?)
}

/// Of its first polygon, in plan.
fn rings(outline: &Shape) -> Vec<Vec<[f64; 2]>> {
    let polygon = outline.parts.first().into_iter().flatten();
    polygon.map(|ring| ring.iter().map(|point| [point[0], point[1]]).collect()).collect()
}
