//! What a batch touches: each object as the pinned state has it, with all that was done to it before.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use stadtwin_model::{CityObject, Collection};
use stadtwin_scenario::{Act, Step, Transform};
use stadtwin_store::{Chain, Store, StoreError, StoredOperation};

use super::PlanError;
use super::act::Change;

/// An object by the number of its collection and its name.
pub(super) type Name = (i32, String);

/// What is known of one object.
#[derive(Debug, Default)]
pub(super) struct Subject {
    /// Key and state in the pinned revision.
    pub base: Option<(i64, CityObject)>,
    /// What is done to it, in order.
    pub steps: Vec<Step<CityObject, Change>>,
}

/// All that a batch touches.
#[derive(Debug, Default)]
pub(super) struct Subjects {
    pub all: BTreeMap<Name, Subject>,
    /// Planned versions so far by collection and hash over their content, their names among it; to their keys.
    pub known: HashMap<(i32, Vec<u8>), i64>,
}

impl Subjects {
    pub fn of(&mut self, name: Name) -> &mut Subject {
        self.all.entry(name).or_default()
    }
}

/// Reads what there is of the objects in a state of a scenario, without the operations `undone` of the scenario itself.
pub(super) async fn gather(
    store: &Store,
    chain: &Chain,
    collections: &HashMap<i32, Collection>,
    names: &BTreeSet<Name>,
    undone: &HashSet<i64>,
) -> Result<Subjects, PlanError> {
    let mut subjects = Subjects::default();
    for collection in collections.values() {
        let of_collection = names.iter().filter(|(key, _)| *key == collection.key);
        let uids: Vec<String> = of_collection.map(|(_, uid)| uid.clone()).collect();
        if uids.is_empty() {
            continue;
        }
        for uid in &uids {
            subjects.of((collection.key, uid.clone()));
        }
        add_base(store, chain, collection, &uids, &mut subjects).await?;
        let operations = store.operations_on(chain, collection, &uids).await?;
        let own = chain.links.last().map(|(scenario, _)| *scenario);
        let holds =
            |operation: &StoredOperation| Some(operation.scenario) != own || !undone.contains(&operation.seq);
        let operations: Vec<_> = operations.into_iter().filter(holds).collect();
        let rows: Vec<i64> = operations.iter().flat_map(|operation| operation.made_rows.clone()).collect();
        let made = store.objects(&collection.planned(), &rows).await?;
        let made: HashMap<i64, CityObject> =
            made.into_iter().map(|(key, object, ..)| (key, object)).collect();
        for operation in &operations {
            let is_own = Some(operation.scenario) == own;
            for (uid, act) in acts(operation, &made).map_err(PlanError::Store)? {
                if let Some(subject) = subjects.all.get_mut(&(collection.key, uid)) {
                    let number = if is_own { operation.seq } else { -operation.seq };
                    subject.steps.push(Step { operation: number, is_own, span: operation.span, act });
                }
            }
        }
        let known = store.planned_versions(chain, collection, &uids).await?;
        subjects.known.extend(known.into_iter().map(|(key, hash)| ((collection.key, hash), key)));
    }
    Ok(subjects)
}

async fn add_base(
    store: &Store,
    chain: &Chain,
    collection: &Collection,
    uids: &[String],
    subjects: &mut Subjects,
) -> Result<(), PlanError> {
    let Some(revision) = chain.revisions.get(&collection.key) else { return Ok(()) };
    let features = store.features_by_id(collection, *revision, uids).await?;
    let keys: Vec<i64> = features.iter().map(|feature| feature.key).collect();
    for (key, object, ..) in store.objects(collection, &keys).await? {
        let name = (collection.key, object.id.clone());
        subjects.of(name).base = Some((key, object));
    }
    Ok(())
}

/// What is done to the object of this name.
type NamedAct = (String, Act<CityObject, Change>);

/// What an operation does to each object that it names.
fn acts(operation: &StoredOperation, made: &HashMap<i64, CityObject>) -> Result<Vec<NamedAct>, StoreError> {
    let damaged = || StoreError::Damaged {
        what: "an operation",
        detail: format!("number {} of scenario {}", operation.seq, operation.scenario),
    };
    let mut acts = Vec::new();
    for uid in &operation.targets {
        let act = match operation.kind.as_str() {
            "remove" => Act::Remove,
            "replace" => Act::Replace,
            "modify" => {
                let patch = operation.body["properties"].as_object().ok_or_else(damaged)?;
                Act::Modify(Change::Modify(patch.clone()))
            }
            "transform" => {
                let movement: Transform =
                    serde_json::from_value(operation.body["movement"].clone()).map_err(|_| damaged())?;
                Act::Transform(Change::Move(movement))
            }
            _ => return Err(damaged()),
        };
        acts.push((uid.clone(), act));
    }
    for (uid, row) in operation.made.iter().zip(&operation.made_rows) {
        acts.push((uid.clone(), Act::Bring(made.get(row).cloned().ok_or_else(damaged)?)));
    }
    Ok(acts)
}
