//! A scenario put onto a newer state of what it builds on: each object that it touches is looked at first.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use stadtwin_model::{CityObject, Collection, Scenario};
use stadtwin_scenario::Act;
use stadtwin_store::{Batch, Chain, Store};

use super::act::Change;
use super::gather::{Name, Subject, Subjects, gather};
use super::settle::settle;
use super::write::rows;
use super::{PlanError, PlanFault, PlanFaultKind};
use crate::import::diff;

/// What a rebase finds, and, unless it is only looked at, the version that it made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rebase {
    /// `None`: nothing was written.
    pub version: Option<i64>,
    pub has_conflicts: bool,
    /// Those whose newer state is another, or whose scenario operations meet it.
    pub objects: Vec<RebasedObject>,
}

/// An object in both states.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RebasedObject {
    pub collection: String,
    pub id: String,
    /// `clean`, `auto-merged` or `conflict`.
    pub outcome: &'static str,
    pub reason: String,
    /// Operations of the scenario on it.
    pub operations: Vec<i64>,
}

/// Puts a draft onto the newest revisions, or the newest version of its parent; `writes`: does it, where nothing conflicts
/// or `forced`.
pub async fn rebase(
    store: &Store,
    scenario: &Scenario,
    author: &str,
    writes: bool,
    forced: bool,
) -> Result<Rebase, PlanError> {
    let storage = store.storage_crs().await?.ok_or(PlanError::NoCrs)?;
    let old = store.chain(scenario.key, scenario.version).await?;
    let (new, parent_version) = newest(store, scenario, &old).await?;
    let collections: HashMap<i32, Collection> =
        store.collections().await?.into_iter().map(|collection| (collection.key, collection)).collect();
    let operations = store.operations(&old).await?;
    let own = operations.iter().filter(|operation| operation.scenario == scenario.key);
    let names: BTreeSet<Name> = own
        .flat_map(|held| held.targets.iter().chain(&held.made).map(|uid| (held.collection, uid.clone())))
        .collect();
    let nothing = HashSet::new();
    let before = gather(store, &old, &collections, &names, &nothing).await?;
    let after = gather(store, &new, &collections, &names, &nothing).await?;
    let mut objects = compared(&before, &after, &collections);
    objects.extend(untouched(store, &old, &new, &collections, &names).await?);
    let has_conflicts = objects.iter().any(|object| object.outcome == "conflict");
    if !writes || (has_conflicts && !forced) {
        return Ok(Rebase { version: None, has_conflicts, objects });
    }
    let settled = tokio::task::spawn_blocking(move || settle(&after, &storage)).await;
    let gone = |uid: &str| {
        let detail =
            format!("`{uid}` is gone from what the scenario builds on: undo the operations on it first");
        PlanFault::new(0, Some(uid), PlanFaultKind::Unknown, detail)
    };
    let mut settled = settled
        .map_err(anyhow::Error::from)?
        .map_err(|faults| PlanError::Faults(faults.iter().map(|((_, uid), _)| gone(uid)).collect()))?;
    let rows = rows(store, &storage, &collections, &mut [], &mut settled).await?;
    let batch = Batch {
        author: author.to_owned(),
        touched: settled.touched,
        effects: settled.effects,
        rows,
        base: Some((new.revisions, parent_version)),
        ..Batch::default()
    };
    let version = store.commit_batch(scenario, batch).await?.ok_or(PlanError::Changed)?;
    Ok(Rebase { version: Some(version), has_conflicts, objects })
}

/// The state that the scenario would build on, and the version of its parent there.
async fn newest(store: &Store, scenario: &Scenario, old: &Chain) -> Result<(Chain, Option<i64>), PlanError> {
    let own = (scenario.key, scenario.version);
    let parent = match &scenario.parent {
        Some(parent) => store.scenario(parent).await?,
        None => None,
    };
    match parent {
        Some(parent) => {
            let mut chain = store.chain(parent.key, parent.version).await?;
            chain.links.push(own);
            Ok((chain, Some(parent.version)))
        }
        None => {
            let heads = store.heads().await?.into_iter().map(|(key, head)| (key, head.revision)).collect();
            Ok((Chain { links: old.links.clone(), revisions: heads }, None))
        }
    }
}

/// Objects that the scenario touches, where what it builds on is another now.
fn compared(
    before: &Subjects,
    after: &Subjects,
    collections: &HashMap<i32, Collection>,
) -> Vec<RebasedObject> {
    let mut objects = Vec::new();
    for ((collection, uid), subject) in &after.all {
        let Some(old) = before.all.get(&(*collection, uid.clone())) else { continue };
        let Some((outcome, reason)) = compare(old, subject) else { continue };
        let own = subject.steps.iter().filter(|step| step.is_own).map(|step| step.operation);
        objects.push(RebasedObject {
            collection: collections.get(collection).map(|known| known.id.clone()).unwrap_or_default(),
            id: uid.clone(),
            outcome,
            reason,
            operations: own.collect(),
        });
    }
    objects
}

/// `None`: what it builds on is the same.
fn compare(old: &Subject, new: &Subject) -> Option<(&'static str, String)> {
    let (old_base, new_base) =
        (old.base.as_ref().map(|(_, object)| object), new.base.as_ref().map(|(_, object)| object));
    let is_brought = new.steps.iter().any(|step| matches!(step.act, Act::Bring(_)));
    let told = |outcome, reason: &str| Some((outcome, reason.to_owned()));
    match (old_base, new_base) {
        (None, None) => None,
        (None, Some(_)) if is_brought => told("conflict", "an object of this name stands in the city now"),
        (None, Some(_)) => told("clean", "it came into the city"),
        (Some(_), None) => told("conflict", "it is gone from the city"),
        (Some(old_base), Some(new_base)) if old_base == new_base => None,
        (Some(old_base), Some(new_base)) => compare_changed(old_base, new_base, new),
    }
}

fn compare_changed(old: &CityObject, new: &CityObject, subject: &Subject) -> Option<(&'static str, String)> {
    let changes = diff(old, new);
    let has_shape = changes.has_geometry() || changes.has_parts();
    let names: Vec<String> = changes.attributes.iter().map(|changed| changed.name.clone()).collect();
    let mut worst = ("auto-merged", "what changed and what the scenario changes do not meet".to_owned());
    for step in subject.steps.iter().filter(|step| step.is_own) {
        match &step.act {
            Act::Modify(Change::Modify(properties)) => {
                if let Some(name) = names.iter().find(|name| properties.contains_key(*name)) {
                    return Some(("conflict", format!("both change the attribute `{name}`")));
                }
            }
            Act::Modify(_) => {}
            Act::Transform(_) if has_shape => {
                return Some(("conflict", "its shape is another now, and the scenario moves it".to_owned()));
            }
            Act::Transform(_) => {}
            Act::Remove => worst = ("auto-merged", "it changed, and the scenario removes it".to_owned()),
            Act::Replace => {
                return Some((
                    "conflict",
                    "it changed, and the scenario puts others in its place".to_owned(),
                ));
            }
            Act::Bring(_) => {
                return Some(("conflict", "it changed and is brought by the scenario".to_owned()));
            }
        }
    }
    Some(worst)
}

/// Most objects that are told although the scenario does not touch them.
const MOST_TOLD: i64 = 1_000;

/// Objects that changed beneath the scenario without its touching them.
async fn untouched(
    store: &Store,
    old: &Chain,
    new: &Chain,
    collections: &HashMap<i32, Collection>,
    names: &BTreeSet<Name>,
) -> Result<Vec<RebasedObject>, PlanError> {
    let mut objects = Vec::new();
    for (key, collection) in collections {
        let (Some(from), Some(to)) = (old.revisions.get(key), new.revisions.get(key)) else { continue };
        if from >= to {
            continue;
        }
        for (uid, reason) in store.changed_between(collection, *from, *to, MOST_TOLD).await? {
            if !names.contains(&(*key, uid.clone())) {
                objects.push(RebasedObject {
                    collection: collection.id.clone(),
                    id: uid,
                    outcome: "clean",
                    reason,
                    operations: Vec::new(),
                });
            }
        }
    }
    objects.sort_by(|a, b| (&a.collection, &a.id).cmp(&(&b.collection, &b.id)));
    Ok(objects)
}
