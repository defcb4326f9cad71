//! The new states of features: from whole bodies, from GeoJSON, and from patches on what is there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use stadtwin_access::random_hex;
use stadtwin_formats::{Declared, Shape};
use stadtwin_model::{Attributes, CityObject, Crs, Feature, Issue};
use stadtwin_store::{ImportSession, Store};

use super::heights::{Grounds, settle};
use super::outline::{geometry, is_flat, is_outline_of};
use super::properties::{Way, change, of_new};
use super::report::{EditAction, EditResult, Fault, FaultKind};
use super::resolve::Subject;
use super::run::Given;
use super::types::Types;
use super::{Content, EditError, EditTools, Operation, Plain};
use crate::import::Checked;

/// What an edit will write.
#[derive(Default)]
pub(super) struct Drafts {
    /// New states that bodies gave whole.
    pub whole: Vec<Checked>,
    /// Names of new features among them.
    pub created: HashSet<String>,
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
    pub fn result(&mut self, index: usize, id: &str, action: EditAction) {
        self.results.push(EditResult { index, id: id.to_owned(), action, revision: None });
    }

    /// The feature is as the revision left it.
    pub fn unchanged(&mut self, index: usize, id: &str, revision: i64) {
        let (id, action, revision) = (id.to_owned(), EditAction::Unchanged, Some(revision));
        self.results.push(EditResult { index, id, action, revision });
    }

    pub fn unusable(&mut self, index: usize, id: Option<&str>, detail: impl Into<String>) {
        self.faults.push(Fault::unusable(index, id, detail));
    }
}

/// Makes drafts within one session.
pub(super) struct Maker<'a> {
    pub store: &'a Store,
    pub tools: &'a EditTools,
    pub session: &'a ImportSession,
    pub storage: Crs,
    /// What extensions declare.
    pub declared: Arc<Declared>,
    pub types: Types,
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
            (Operation::Create { .. }, Given::Objects(objects, _)) => self.create_all(index, objects).await,
            (Operation::Create { content: Content::Plain(plain) }, Given::Shape(shape)) => {
                let id = new_id().map_err(anyhow::Error::from)?;
                self.create(index, id, plain, shape.flatten()).await
            }
            (Operation::Replace { .. }, Given::Objects(objects, form)) => {
                self.replace_whole(index, subject, objects, form).await
            }
            (Operation::Replace { content: Content::Plain(plain), .. }, Given::Shape(shape)) => {
                self.replace_plain(index, subject, plain, shape.flatten()).await
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
    pub fn names_other(&mut self, index: usize, named: Option<&str>, subject: &Subject) -> bool {
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
            } else if self.is_foreign(index, &checked.object).await?
                || self.is_mistyped(index, None, &checked.object)
            {
                continue;
            } else if !self.drafts.created.insert(id.clone()) {
                self.drafts.unusable(index, Some(&id), format!("the id `{id}` stands for two objects"));
            } else {
                self.drafts.result(index, &id, EditAction::Inserted);
                self.drafts.whole.push(checked);
            }
        }
        Ok(())
    }

    pub async fn create(
        &mut self,
        index: usize,
        id: String,
        plain: &Plain,
        shape: Option<Shape>,
    ) -> Result<(), EditError> {
        if plain.place.is_some() {
            self.drafts.unusable(index, Some(&id), NEW_PLACE);
            return Ok(());
        }
        let is_beside = |name: &String| name.ends_with("_text") || name.ends_with("_uom");
        let qualifiers = match plain.properties.keys().any(is_beside) {
            true => self.store.usual_qualifiers(self.session.collection()).await?,
            false => Attributes::new(),
        };
        let (class, attributes) = match of_new(&plain.properties, &qualifiers) {
            Ok(found) => found,
            Err(detail) => {
                self.drafts.unusable(index, Some(&id), detail);
                return Ok(());
            }
        };
        let mut object = CityObject { id, class, attributes, ..CityObject::default() };
        if self.is_foreign(index, &object).await? || self.is_mistyped(index, None, &object) {
            return Ok(());
        }
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

    /// Whether no feature of the collection has or had this class; an empty collection takes all.
    pub async fn is_foreign(&mut self, index: usize, object: &CityObject) -> Result<bool, EditError> {
        let (collection, class) = (self.session.collection(), object.class.name());
        let is_known = collection.classes.iter().any(|(known, _)| known == class);
        if collection.feature_count == 0 || is_known || self.store.has_had_class(collection, class).await? {
            return Ok(false);
        }
        let known: Vec<&str> = collection.classes.iter().map(|(known, _)| known.as_str()).collect();
        let detail = format!(
            "`class`: `{class}` is foreign to the collection `{}`, which has {}: send it to a collection of its kind, or import a file",
            collection.id,
            known.join(", ")
        );
        self.drafts.unusable(index, Some(&object.id), detail);
        Ok(true)
    }

    pub fn is_mistyped(&mut self, index: usize, old: Option<&CityObject>, new: &CityObject) -> bool {
        let Some(mistyped) = self.types.mistyped(old, new) else { return false };
        let (id, detail) = (Some(new.id.clone()), mistyped.to_string());
        self.drafts.faults.push(Fault { index, id, kind: FaultKind::Mistyped(mistyped), detail });
        true
    }

    /// `shape`: `None` leaves it, `Some(None)` is no outline.
    pub async fn change(
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
        if self.is_mistyped(index, Some(&old), &object) {
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

const NEW_PLACE: &str =
    "`place` of JSON-FG makes no new features: send shapes in three dimensions as CityJSON or CityGML";
/// A name that is also a gml:id.
fn new_id() -> std::io::Result<String> {
    let hex = random_hex(16)?;
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    Ok(format!("UUID_{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)))
}
