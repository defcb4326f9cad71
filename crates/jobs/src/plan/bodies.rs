//! Objects that operations bring: read, put into the storage CRS, and checked as imports check them.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::Handle;

use stadtwin_crs::HeightModel;
use stadtwin_formats::{Declared, Shape};
use stadtwin_model::{Attributes, CityObject, Collection, Crs, Issue};
use stadtwin_scenario::extrude;
use stadtwin_store::Store;

use super::act::mark_projected;
use super::run::Desk;
use super::write::Brought;
use super::{Base, Drawing, PlanAct, PlanBatch, PlanError};
use crate::edit::heights::{Grounds, settle};
use crate::edit::outline::{Placer, geometry};
use crate::edit::properties::of_new;
use crate::edit::{Content, EditTools};
use crate::import::{Body, Checked, check_objects, read_body};

/// What a body holds, in the storage CRS.
enum Given {
    Whole(Vec<CityObject>),
    /// Of a plan already.
    Ready(CityObject),
    Plain {
        id: Option<String>,
        properties: Map<String, Value>,
        shape: Option<Shape>,
    },
    Drawn(Box<Drawing>),
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
type Read = (Vec<(usize, Given)>, Vec<Issue>, Vec<(usize, String)>);

/// Objects that operations bring, by the index of the operation. Takes the bodies out of the batch.
pub(super) async fn brought(
    batch: &mut PlanBatch,
    desk: &mut Desk<'_>,
    tools: &EditTools,
) -> Result<Vec<(usize, Vec<Brought>)>, PlanError> {
    let given = read(batch, desk, tools).await?;
    desk.check()?;
    let mut all: Vec<(usize, Vec<Brought>)> = Vec::new();
    for (index, given) in given {
        let Some(operation) = batch.operations.get(index) else { continue };
        let collection =
            desk.keys.get(&operation.collection).and_then(|key| desk.collections.get(key)).cloned();
        let Some(collection) = collection else { continue };
        let count = all.iter().filter(|(of, _)| *of == index).count();
        let suffix = if count == 0 { String::new() } else { format!("-{}", count + 1) };
        let named = format!("{}-{}{suffix}", batch.scenario.id, batch.seq(index));
        let is_ready = matches!(given, Given::Ready(_));
        let mut objects = match objects(desk, tools, &collection, named, given).await? {
            Ok(objects) => objects,
            Err(detail) => {
                desk.unusable(index, None, detail);
                continue;
            }
        };
        if !is_ready {
            objects.iter_mut().for_each(mark_projected);
        }
        let storage = desk.storage;
        let checked = tokio::task::spawn_blocking(move || check_objects(objects, &storage));
        let (checked, issues) = checked.await.map_err(anyhow::Error::from)?;
        desk.issues.extend(issues);
        let brought = |Checked { object, hash }| Brought { collection: collection.key, object, hash, row: 0 };
        all.push((index, checked.into_iter().map(brought).collect()));
    }
    Ok(all)
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
                Sent::Content(index, content) => (index, self.one(content, &mut placer, &mut issues)),
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
                issues.extend(read.issues);
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

/// Objects of a body; `named` is the name of one that has none.
async fn objects(
    desk: &mut Desk<'_>,
    tools: &EditTools,
    collection: &Collection,
    named: String,
    given: Given,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    Ok(match given {
        Given::Whole(whole) => Ok(whole),
        Given::Ready(object) => Ok(vec![object]),
        Given::Plain { id, properties, shape } => {
            plain(desk, tools, collection, id.unwrap_or(named), &properties, shape).await?
        }
        Given::Drawn(drawing) => drawn(desk, tools, collection, named, *drawing).await?,
    })
}

async fn plain(
    desk: &mut Desk<'_>,
    tools: &EditTools,
    collection: &Collection,
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
        let grounds = Grounds::below(desk.store, tools, collection, &desk.storage, &[Some(&shape)]).await?;
        let issue = settle(desk.store, collection, grounds.of(0), &mut shape, &object.id).await?;
        desk.issues.extend(issue);
        object.geometries.push(geometry(&shape, object.class.name()));
    }
    Ok(Ok(vec![object]))
}

/// A building drawn as an outline with heights.
async fn drawn(
    desk: &mut Desk<'_>,
    tools: &EditTools,
    collection: &Collection,
    named: String,
    drawing: Drawing,
) -> Result<Result<Vec<CityObject>, String>, PlanError> {
    let Drawing { id, mut outline, base, mut form, properties } = drawing;
    let id = id.unwrap_or(named);
    form.base_m = match base {
        Base::Height(height_m) => height_m,
        Base::LowestGround | Base::MeanGround => {
            outline.has_heights = false;
            let grounds =
                Grounds::below(desk.store, tools, collection, &desk.storage, &[Some(&outline)]).await?;
            let mean = grounds.mean(0).filter(|_| base == Base::MeanGround);
            let ground = grounds.of(0).map(|(lowest_m, terrain)| (mean.unwrap_or(lowest_m), terrain));
            let issue = settle(desk.store, collection, ground, &mut outline, &id).await?;
            desk.issues.extend(issue);
            outline.points().next().map_or(0.0, |point| point[2])
        }
    };
    let [polygon] = outline.parts.as_slice() else {
        return Ok(Err("`footprint` must be one polygon".into()));
    };
    form.footprint =
        polygon.iter().map(|ring| ring.iter().map(|point| [point[0], point[1]]).collect()).collect();
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
