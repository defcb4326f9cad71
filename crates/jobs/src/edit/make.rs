//! The new states of features: from whole bodies, from GeoJSON, and from patches on what is there.

use std::collections::{HashMap, HashSet};

use stadtwin_access::random_hex;
use stadtwin_formats::Shape;
use stadtwin_model::{CityObject, Feature, Issue};
use stadtwin_store::{ImportSession, Store};

use super::heights::{Grounds, settle};
use super::outline::{geometry, is_flat, is_outline_of};
use super::properties::{Way, change, of_new};
use super::report::{EditAction, EditResult, Fault, FaultKind};
use super::resolve::Subject;
use super::run::Given;
use super::{Content, EditError, Operation};
use crate::import::Checked;

/// What an edit will write.
#[derive(Default)]
pub(super) struct Drafts {
    /// New states that bodies gave whole.
    pub whole: Vec<Checked>,
    /// Names of new features among them.
    created: HashSet<String>,
    /// New states to be checked and hashed.
    pub made: Vec<CityObject>,
    /// Names of objects in `made` whose shape is the one that was there.
    pub same_shape: Vec<String>,
    /// What ends: key and the whole object.
    pub ended: Vec<(i64, CityObject)>,
    pub results: Vec<EditResult>,
    pub issues: Vec<Issue>,
    pub faults: Vec<Fault>,
}

impl Drafts {
    fn result(&mut self, index: usize, id: &str, action: EditAction) {
        self.results.push(EditResult { index, id: id.to_owned(), action, revision: None });
    }

    /// The feature is as the revision left it.
    fn unchanged(&mut self, index: usize, id: &str, revision: i64) {
        let (id, action, revision) = (id.to_owned(), EditAction::Unchanged, Some(revision));
        self.results.push(EditResult { index, id, action, revision });
    }

    fn unusable(&mut self, index: usize, id: Option<&str>, detail: impl Into<String>) {
        self.faults.push(Fault::unusable(index, id, detail));
    }
}

/// Makes drafts within one session.
pub(super) struct Maker<'a> {
    pub store: &'a Store,
    pub session: &'a ImportSession,
    /// Of all live subjects, by key.
    pub objects: HashMap<i64, CityObject>,
    /// Those that are to change, as readers see them, by key.
    pub shown: HashMap<i64, Feature>,
    pub grounds: Grounds,
    pub drafts: Drafts,
}

impl Maker<'_> {
    /// Takes one operation on.
    pub async fn take(
        &mut self,
        index: usize,
        operation: &Operation,
        subject: &Subject,
        given: Given,
    ) -> Result<(), EditError> {
        match (operation, given) {
            (Operation::Create { .. }, Given::Objects(objects)) => self.create_all(index, objects).await,
            (Operation::Create { content: Content::Plain(plain) }, Given::Shape(shape)) => {
                let id = new_id().map_err(anyhow::Error::from)?;
                self.create(index, id, &plain.properties, shape.flatten()).await
            }
            (Operation::Replace { .. }, Given::Objects(objects)) => {
                self.replace_whole(index, subject, objects);
                Ok(())
            }
            (Operation::Replace { content: Content::Plain(plain), .. }, Given::Shape(shape)) => {
                if self.names_other(index, plain.id.as_deref(), subject) {
                    return Ok(());
                }
                match subject {
                    Subject::Absent(id) => {
                        self.create(index, id.clone(), &plain.properties, shape.flatten()).await
                    }
                    _ => {
                        self.change(index, subject, &plain.properties, Way::Whole, Some(shape.flatten()))
                            .await
                    }
                }
            }
            (Operation::Update { patch, .. }, Given::Shape(shape)) => {
                if self.names_other(index, patch.id.as_deref(), subject) {
                    return Ok(());
                }
                self.change(index, subject, &patch.properties, Way::Merge, shape).await
            }
            (Operation::Delete { .. }, _) => {
                if let Some((id, feature)) = subject.live()
                    && let Some(object) = self.objects.remove(&feature.key)
                {
                    self.drafts.ended.push((feature.key, object));
                    self.drafts.result(index, id, EditAction::Deleted);
                }
                Ok(())
            }
            _ => Err(anyhow::anyhow!("an operation without what it was given").into()),
        }
    }

    /// Whether the body is about another feature than the address.
    fn names_other(&mut self, index: usize, named: Option<&str>, subject: &Subject) -> bool {
        let id = match subject {
            Subject::Absent(id) | Subject::Live { id, .. } => id.clone(),
            Subject::New => return false,
        };
        let Some(named) = named.filter(|named| *named != id) else { return false };
        let shown: String = named.chars().take(80).collect();
        let detail =
            format!("the body is about `{shown}` and the address about `{id}`; ids cannot be changed");
        self.drafts.unusable(index, Some(&id), detail);
        true
    }

    /// Objects keep the names that their maker gave them.
    async fn create_all(&mut self, index: usize, objects: Vec<Checked>) -> Result<(), EditError> {
        if objects.is_empty() {
            self.drafts.unusable(index, None, "the body holds no object");
        }
        let ids: Vec<String> = objects.iter().map(|checked| checked.object.id.clone()).collect();
        let known = self.session.known(&ids).await?;
        let parts = self.session.live_parts(&ids).await?;
        for checked in objects {
            let id = checked.object.id.clone();
            let taken = match (known.contains_key(&id), parts.contains(&id)) {
                (true, _) => Some(format!("there is a feature `{id}` already: PUT replaces it")),
                (false, true) => Some(is_part(&id)),
                (false, false) => None,
            };
            if let Some(detail) = taken {
                self.drafts.faults.push(Fault { index, id: Some(id), kind: FaultKind::Taken, detail });
            } else if !self.drafts.created.insert(id.clone()) {
                self.drafts.unusable(index, Some(&id), format!("the id `{id}` stands for two objects"));
            } else {
                self.drafts.result(index, &id, EditAction::Inserted);
                self.drafts.whole.push(checked);
            }
        }
        Ok(())
    }

    async fn create(
        &mut self,
        index: usize,
        id: String,
        properties: &serde_json::Map<String, serde_json::Value>,
        shape: Option<Shape>,
    ) -> Result<(), EditError> {
        let (class, attributes) = match of_new(properties) {
            Ok(found) => found,
            Err(detail) => {
                self.drafts.unusable(index, Some(&id), detail);
                return Ok(());
            }
        };
        let mut object = CityObject { id, class, attributes, ..CityObject::default() };
        self.draw(index, &mut object, shape).await?;
        self.drafts.result(index, &object.id, EditAction::Inserted);
        self.drafts.made.push(object);
        Ok(())
    }

    /// Gives the object this outline as its only geometry.
    async fn draw(
        &mut self,
        index: usize,
        object: &mut CityObject,
        shape: Option<Shape>,
    ) -> Result<(), EditError> {
        object.geometries.clear();
        let Some(mut shape) = shape else { return Ok(()) };
        let (collection, ground) = (self.session.collection(), self.grounds.of(index));
        let issue = settle(self.store, collection, ground, &mut shape, &object.id).await?;
        self.drafts.issues.extend(issue);
        object.geometries.push(geometry(&shape, object.class.name()));
        Ok(())
    }

    fn replace_whole(&mut self, index: usize, subject: &Subject, mut objects: Vec<Checked>) {
        let (Some(checked), 0) = (objects.pop(), objects.len()) else {
            self.drafts.unusable(index, None, "the body must hold one object");
            return;
        };
        if self.names_other(index, Some(&checked.object.id), subject) {
            return;
        }
        match subject.live() {
            Some((id, feature)) => {
                let Some(old) = self.objects.remove(&feature.key) else { return };
                if old == checked.object {
                    self.drafts.unchanged(index, id, feature.revision);
                } else {
                    self.drafts.result(index, id, EditAction::Updated);
                    self.drafts.ended.push((feature.key, old));
                    self.drafts.whole.push(checked);
                }
            }
            None => {
                self.drafts.result(index, &checked.object.id, EditAction::Inserted);
                self.drafts.whole.push(checked);
            }
        }
    }

    /// `shape`: `None` leaves it, `Some(None)` is no outline.
    async fn change(
        &mut self,
        index: usize,
        subject: &Subject,
        properties: &serde_json::Map<String, serde_json::Value>,
        way: Way,
        shape: Option<Option<Shape>>,
    ) -> Result<(), EditError> {
        let Some((id, feature)) = subject.live() else { return Ok(()) };
        let Some(old) = self.objects.remove(&feature.key) else { return Ok(()) };
        let shown = self.shown.remove(&feature.key);
        let shown = shown.ok_or_else(|| anyhow::anyhow!("a live feature is not there"))?;
        let mut object = old.clone();
        if let Err(detail) = change(&mut object, &shown, properties, way) {
            self.drafts.unusable(index, Some(id), detail);
            return Ok(());
        }
        let shape = shape.filter(|shape| !is_outline_of(shape.as_ref(), &shown));
        let has_new_shape = shape.is_some();
        if let Some(shape) = shape {
            if !is_flat(&object) {
                self.drafts.unusable(index, Some(id), OTHER_OUTLINE);
                return Ok(());
            }
            self.draw(index, &mut object, shape).await?;
        }
        if object == old {
            self.drafts.unchanged(index, id, feature.revision);
            return Ok(());
        }
        self.drafts.result(index, id, EditAction::Updated);
        self.drafts.ended.push((feature.key, old));
        if !has_new_shape {
            self.drafts.same_shape.extend(object.walk().into_iter().map(|part| part.id.clone()));
        }
        self.drafts.made.push(object);
        Ok(())
    }
}

/// Why a name is taken.
pub(super) fn is_part(id: &str) -> String {
    format!("`{id}` is a part of another feature at present: take another id")
}

const OTHER_OUTLINE: &str = "the feature has a shape in three dimensions, which another outline would not fit: send the whole object \
     as CityJSON or CityGML, or leave `geometry` out";

/// A name that is also a gml:id.
fn new_id() -> std::io::Result<String> {
    let hex = random_hex(16)?;
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    Ok(format!("UUID_{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)))
}
