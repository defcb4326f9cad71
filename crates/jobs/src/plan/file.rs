//! A planned transition of a CityGML 3.0 file as operations of a scenario.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::json;
use tokio::runtime::Handle;

use stadtwin_formats::{Declared, Input, PlannedTransition, VersionTransaction, planned_transitions};
use stadtwin_model::{CityObject, Crs, Span};
use stadtwin_store::Store;

use super::act::mark_projected;
use super::{PlanAct, PlanOperation};
use crate::edit::Content;
use crate::import::{Body, forget_form, identified_collection, read_body};

/// Transitions that are named where one has to be chosen.
const MOST_NAMED: usize = 20;

/// A file as it is sent.
#[derive(Debug, Clone)]
pub struct PlanFile {
    pub bytes: Vec<u8>,
    /// In place of what the file says.
    pub crs: Option<Crs>,
    /// gml:id of the transition; `None`: there is one alone.
    pub transition: Option<String>,
    /// Id of the collection of what the file does not say it of.
    pub collection: Option<String>,
}

/// What a file plans.
#[derive(Debug, Clone)]
pub struct PlannedFile {
    pub transition: PlannedTransition,
    pub operations: Vec<PlanOperation>,
}

#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// Of the file or what is said of it.
    #[error("{0}")]
    Unusable(String),
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

use PlanFileError::Unusable;

impl PlanFile {
    /// Reads it in full; nothing is written.
    pub async fn read(self, store: &Store) -> Result<PlannedFile, PlanFileError> {
        let storage = store.storage_crs().await.map_err(anyhow::Error::from)?;
        let storage = storage.ok_or_else(|| {
            Unusable("the twin holds no city yet: import what the file begins with first".into())
        })?;
        let collections = store.collections().await.map_err(anyhow::Error::from)?;
        let collections: Vec<String> = collections.into_iter().map(|collection| collection.id).collect();
        let schemas = store.ade_schemas().await.map_err(anyhow::Error::from)?;
        let (store, runtime) = (store.clone(), Handle::current());
        let reading = move || -> Result<PlannedFile, PlanFileError> {
            let transition = self.transition()?;
            let body = Body {
                bytes: self.bytes,
                forced: self.crs,
                storage,
                store,
                declared: Arc::new(Declared::new(&schemas)),
            };
            let read = read_body(body, &runtime).map_err(Unusable)?;
            let objects = read.objects.into_iter().map(|checked| (checked.object.id.clone(), checked.object));
            let desk = Desk { objects: objects.collect(), collections, collection: self.collection };
            desk.planned(transition)
        };
        tokio::task::spawn_blocking(reading).await.map_err(anyhow::Error::from)?
    }

    /// The one that is asked for.
    fn transition(&self) -> Result<PlannedTransition, PlanFileError> {
        let input = Input::memory("the body", self.bytes.as_slice());
        let mut found = planned_transitions(input).map_err(|error| Unusable(error.to_string()))?;
        let ids: Vec<&str> = found.iter().take(MOST_NAMED).map(|one| one.id.as_str()).collect();
        let at = match (&self.transition, found.len()) {
            (_, 0) => {
                let detail = "the file plans nothing: it needs a VersionTransition of type `planned` (CityGML 3.0, Versioning)";
                return Err(Unusable(detail.into()));
            }
            (None, 1) => 0,
            (None, count) => {
                let detail = format!(
                    "the file has {count} planned transitions: say which by `transition`, such as {}",
                    ids.join(", ")
                );
                return Err(Unusable(detail));
            }
            (Some(id), _) => found.iter().position(|one| one.id == *id).ok_or_else(|| {
                Unusable(format!("the file has no planned transition `{id}`; there are: {}", ids.join(", ")))
            })?,
        };
        Ok(found.swap_remove(at))
    }
}

/// What is at hand when operations are made.
struct Desk {
    /// Of the file, by gml:id.
    objects: HashMap<String, CityObject>,
    /// Ids of all that there are.
    collections: Vec<String>,
    collection: Option<String>,
}

/// Objects that go and objects that come in their place, by gml:id.
#[derive(Debug, Default, PartialEq, Eq)]
struct Group {
    old: BTreeSet<String>,
    new: BTreeSet<String>,
}

impl Desk {
    fn planned(self, transition: PlannedTransition) -> Result<PlannedFile, PlanFileError> {
        let mut operations = Vec::new();
        for group in groups(&transition.transactions) {
            self.operations(&transition, group, &mut operations)?;
        }
        Ok(PlannedFile { transition, operations })
    }

    fn operations(
        &self,
        transition: &PlannedTransition,
        group: Group,
        operations: &mut Vec<PlanOperation>,
    ) -> Result<(), PlanFileError> {
        let mut new: Vec<(String, CityObject, Span)> = Vec::new();
        for id in &group.new {
            let object = self.objects.get(id).cloned().ok_or_else(|| {
                Unusable(format!(
                    "a transaction of `{}` brings `{id}`, which the file does not hold",
                    transition.id
                ))
            })?;
            let old = group.old.iter().find_map(|old| self.same(old, &object, transition));
            let collection = self.collection_of(id, Some(&object))?;
            let (object, span) = brought(object, old, transition);
            new.push((collection, object, span));
        }
        let mut old: Vec<(String, String)> = Vec::new();
        for id in group.old {
            let collection = self.collection_of(&id, self.objects.get(&id))?;
            old.push((collection, id));
        }
        let mut push = |collection: String, act: PlanAct, span: Span| {
            let comment = transition.reason.clone();
            operations.push(PlanOperation { collection, act, span, phase: None, comment, body: json!({}) });
        };
        let place = new.first().map(|(collection, _, span)| (collection.clone(), *span));
        if let Some((collection, span)) = place
            && !old.is_empty()
            && old.iter().all(|(of, _)| *of == collection)
            && new.iter().all(|(of, _, at)| *of == collection && *at == span)
        {
            let targets = old.into_iter().map(|(_, id)| id).collect();
            let contents = new.into_iter().map(|(_, object, _)| Content::Ready(Box::new(object))).collect();
            push(collection, PlanAct::Replace { targets, contents }, span);
            return Ok(());
        }
        old.into_iter()
            .for_each(|(collection, target)| push(collection, PlanAct::Remove { target }, Span::ALWAYS));
        for (collection, object, span) in new {
            push(collection, PlanAct::Add { contents: vec![Content::Ready(Box::new(object))] }, span);
        }
        Ok(())
    }

    /// The old version, where the new one is another version of the same object.
    fn same(&self, old: &str, new: &CityObject, transition: &PlannedTransition) -> Option<&CityObject> {
        let old = self.objects.get(old)?;
        let identifier = |object: &CityObject| {
            let said = object.qualifiers.get("identifier").and_then(|said| said.get("codeSpace")).cloned();
            Some((object.attributes.get("identifier")?.clone(), said))
        };
        let is_named =
            transition.suffix().and_then(|suffix| new.id.strip_suffix(suffix)) == Some(old.id.as_str());
        let is_same = is_named || identifier(old).is_some_and(|of_old| Some(of_old) == identifier(new));
        is_same.then_some(old)
    }

    /// As the object says, else as the sender does, else the only one.
    fn collection_of(&self, id: &str, object: Option<&CityObject>) -> Result<String, PlanFileError> {
        let said = object.and_then(identified_collection).filter(|id| self.collections.contains(id));
        let only = self.collections.first().filter(|_| self.collections.len() == 1);
        said.or_else(|| self.collection.clone()).or_else(|| only.cloned()).ok_or_else(|| {
            Unusable(format!("nothing says which collection `{id}` is of: name it by `collection`"))
        })
    }
}

/// The object under its own name, without what files with versions add, and when it is there.
fn brought(
    mut object: CityObject,
    old: Option<&CityObject>,
    transition: &PlannedTransition,
) -> (CityObject, Span) {
    let moment = |of: Option<&CityObject>, name: &str| -> Option<i64> {
        let text = of?.attributes.get(name)?.as_str()?.parse::<jiff::Timestamp>().ok()?;
        Some(text.as_microsecond())
    };
    // What the old version says too is no date of the plan.
    let planned = |name: &str| {
        let new = moment(Some(&object), name);
        new.filter(|_| new != moment(old, name))
    };
    let span = Span { from: planned("validFrom"), to: planned("validTo") };
    let identifier = object.attributes.get("identifier").and_then(|name| name.as_str());
    let suffix = match transition.suffix().filter(|suffix| object.id.ends_with(suffix)) {
        Some(suffix) => Some(suffix.to_owned()),
        None => identifier.and_then(|name| object.id.strip_prefix(name)).map(str::to_owned),
    };
    if let Some(suffix) = suffix {
        unmark(&mut object, &suffix);
    }
    if let Some(old) = old {
        object.id.clone_from(&old.id);
    }
    forget_form(&mut object);
    if old.is_none() {
        mark_projected(&mut object);
    }
    (object, span)
}

/// Takes the suffix from behind the ids of the object and of all in it.
fn unmark(object: &mut CityObject, suffix: &str) {
    let shorten = |id: &mut String| {
        let length = id.strip_suffix(suffix).filter(|rest| !rest.is_empty()).map_or(id.len(), str::len);
        id.truncate(length);
    };
    shorten(&mut object.id);
    let surfaces = object.geometries.iter_mut().flat_map(|geometry| &mut geometry.surfaces);
    let shown = object.implicit_geometries.iter_mut().flat_map(|implicit| &mut implicit.surfaces);
    surfaces.chain(shown).for_each(|surface| shorten(&mut surface.id));
    object.children.iter_mut().for_each(|child| unmark(child, suffix));
}

/// Transactions that name a common object belong together.
fn groups(transactions: &[VersionTransaction]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut of: HashMap<&str, usize> = HashMap::new();
    for VersionTransaction { old, new } in transactions {
        let ends: Vec<&str> = [old, new].into_iter().flatten().map(String::as_str).collect();
        let found: BTreeSet<usize> = ends.iter().filter_map(|id| of.get(id).copied()).collect();
        let at = found.first().copied().unwrap_or_else(|| {
            groups.push(Group::default());
            groups.len() - 1
        });
        for other in found.into_iter().skip(1) {
            let Some(Group { old, new }) = groups.get_mut(other).map(std::mem::take) else { continue };
            of.values_mut().filter(|group| **group == other).for_each(|group| *group = at);
            if let Some(group) = groups.get_mut(at) {
                group.old.extend(old);
                group.new.extend(new);
            }
        }
        of.extend(ends.into_iter().map(|id| (id, at)));
        if let Some(group) = groups.get_mut(at) {
            group.old.extend(old.clone());
            group.new.extend(new.clone());
        }
    }
    groups.retain(|group| *group != Group::default());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs of old and new, and the groups that they make.
    fn check(pairs: &[(&str, &str)], expected: &[(&[&str], &[&str])]) {
        let said = |id: &str| Some(id.to_owned()).filter(|id| !id.is_empty());
        let transactions: Vec<_> =
            pairs.iter().map(|(old, new)| VersionTransaction { old: said(old), new: said(new) }).collect();
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let expected: Vec<Group> =
            expected.iter().map(|(old, new)| Group { old: set(old), new: set(new) }).collect();
        assert_eq!(groups(&transactions), expected, "{pairs:?}");
    }

    #[test]
    fn what_is_linked_is_one_replacement() {
        check(&[("a", ""), ("", "x")], &[(&["a"], &[]), (&[], &["x"])]);
        check(&[("a", "x"), ("b", "x"), ("c", "y")], &[(&["a", "b"], &["x"]), (&["c"], &["y"])]);
        // Two groups that a third transaction joins.
        check(&[("a", "x"), ("b", "y"), ("a", "y")], &[(&["a", "b"], &["x", "y"])]);
    }
}
