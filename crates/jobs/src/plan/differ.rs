//! What differs between two states of a collection: only what one of them touches is read.

use std::collections::{BTreeSet, HashMap};

use stadtwin_model::{CityObject, Collection, Footprint};
use stadtwin_query::Overlay;
use stadtwin_scenario::{Diff, Tolerances, Version, diff};
use stadtwin_store::{Chain, Store};

use super::PlanError;

/// Objects that are compared at the most.
pub const MOST_COMPARED: usize = 10_000;

/// A state of a collection.
pub struct DiffSide<'a> {
    pub overlay: &'a Overlay,
    /// What it comes from, for the names that stand for one another; `None`: the city.
    pub chain: Option<&'a Chain>,
}

/// The difference, and the outlines (storage CRS) of all objects that are in one of the states, by name.
#[derive(Debug, Default)]
pub struct Difference {
    pub diff: Diff,
    pub outlines: HashMap<String, Footprint>,
}

/// Objects of a side with the names of those that they stand for.
#[derive(Default)]
struct Side {
    objects: HashMap<String, CityObject>,
    predecessors: HashMap<String, Vec<String>>,
}

/// What leads from one state to the other; `None`: more than [`MOST_COMPARED`] objects would have to be compared.
pub async fn difference(
    store: &Store,
    collection: &Collection,
    before: DiffSide<'_>,
    after: DiffSide<'_>,
) -> Result<Option<Difference>, PlanError> {
    let touched = before.overlay.touched.keys().chain(after.overlay.touched.keys());
    let mut names: BTreeSet<String> = touched.cloned().collect();
    let (from, to) = (before.overlay.revision, after.overlay.revision);
    if from != to {
        let changed =
            store.changed_between(collection, from.min(to), from.max(to), MOST_COMPARED as i64 + 1).await?;
        names.extend(changed.into_iter().map(|(name, _)| name));
    }
    if names.len() > MOST_COMPARED {
        return Ok(None);
    }
    let names: Vec<String> = names.into_iter().collect();
    let mut outlines = HashMap::new();
    let old = side(store, collection, &before, &names, &mut outlines).await?;
    let new = side(store, collection, &after, &names, &mut outlines).await?;
    let diff =
        tokio::task::spawn_blocking(move || diff(&versions(&old), &versions(&new), &Tolerances::default()));
    Ok(Some(Difference { diff: diff.await.map_err(anyhow::Error::from)?, outlines }))
}

async fn side(
    store: &Store,
    collection: &Collection,
    asked: &DiffSide<'_>,
    names: &[String],
    outlines: &mut HashMap<String, Footprint>,
) -> Result<Side, PlanError> {
    let touched = &asked.overlay.touched;
    let mut keys: Vec<i64> = names.iter().filter_map(|name| touched.get(name).copied().flatten()).collect();
    let stock: Vec<String> = names.iter().filter(|name| !touched.contains_key(*name)).cloned().collect();
    let features = store.features_by_id(collection, asked.overlay.revision, &stock).await?;
    keys.extend(features.iter().map(|feature| feature.key));
    let mut side = Side::default();
    for (_, object, outline, _) in store.objects(collection, &keys).await? {
        outlines.insert(object.id.clone(), outline);
        side.objects.insert(object.id.clone(), object);
    }
    if let Some(chain) = asked.chain {
        for operation in store.operations_on(chain, collection, names).await? {
            for made in operation.made.into_iter().filter(|_| !operation.targets.is_empty()) {
                side.predecessors.insert(made, operation.targets.clone());
            }
        }
    }
    Ok(side)
}

fn versions(side: &Side) -> Vec<Version<'_>> {
    let version = |(uid, object)| Version {
        uid,
        object,
        predecessors: side.predecessors.get(uid).map_or(&[], Vec::as_slice),
    };
    side.objects.iter().map(|(uid, object)| version((uid.as_str(), object))).collect()
}
