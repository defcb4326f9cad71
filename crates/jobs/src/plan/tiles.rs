//! The tiles of a collection as a scenario makes it: those of the city where nothing is touched, and its own.

use std::collections::HashMap;

use anyhow::Context;

use stadtwin_crs::HeightModel;
use stadtwin_model::{Collection, TileNode};
use stadtwin_query::Overlay;
use stadtwin_store::{PlanRow, Store};
use stadtwin_tiles::{PlanLimits, Planner, content_name, lifted_hash};

use crate::clamp::{clamp_reader, lifts_mm};
use crate::tile_plan::plan_items;

/// The whole earth [°].
const EARTH: [f64; 4] = [-180.0, -90.0, 180.0, 90.0];

/// A tile plan over another.
#[derive(Debug, Clone, Default)]
pub struct ComposedPlan {
    /// Nodes of the city's plan, without members; those of which something is hidden have a name of their own, or none
    /// where nothing is left.
    pub base: Vec<TileNode>,
    /// Nodes of what the scenario brings.
    pub added: Vec<TileNode>,
    /// Nodes that no other plan has, by name, with members.
    pub own: HashMap<String, TileNode>,
}

/// What a scenario makes of the collection's present plan.
pub async fn compose(
    store: &Store,
    collection: &Collection,
    overlay: &Overlay,
    heights: &HeightModel,
) -> anyhow::Result<ComposedPlan> {
    let storage = store.storage_crs().await?.context("the store has no coordinate reference system yet")?;
    // The city may have gone on since: what came is hidden, what went stands again.
    let shown = store.tile_plan_state(collection).await?.map_or(collection.head, |(revision, _)| revision);
    let (came, went) = store.shifted(collection, overlay.revision, shown).await?;
    let hidden: Vec<i64> = overlay.hidden.iter().copied().chain(came).collect();
    let mut added: Vec<i64> = overlay.planned_keys();
    added.extend(went.into_iter().filter(|key| !overlay.is_hidden(*key)));
    let mut composed = ComposedPlan { base: store.tile_plan(collection).await?, ..ComposedPlan::default() };
    hide(store, collection, &hidden, heights, &mut composed).await?;
    let rows = store.plan_rows(collection, &added).await?;
    let lifts = match clamp_reader(store, collection).await? {
        Some(reader) => {
            let mut lifts = lifts_mm(&reader, collection, &added).await?;
            lifts.extend(lifts_mm(&reader, &collection.planned(), &added).await?);
            lifts
        }
        None => HashMap::new(),
    };
    let limits = PlanLimits { variant: heights.variant(), ..PlanLimits::default() };
    let planned = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut planner = Planner::default();
        planner.extend(plan_items(rows, &lifts, &storage)?);
        Ok(planner.plan(&limits))
    });
    composed.added = planned.await??;
    let own = composed.added.iter().map(|node| (node.hash.clone(), node.clone()));
    composed.own.extend(own);
    Ok(composed)
}

/// Takes what is hidden out of the nodes that show it. What is smaller than the geometric error of a coarse node stays in
/// that: the error says that such things may be wrong there, and the node is shared with the city.
async fn hide(
    store: &Store,
    collection: &Collection,
    hidden: &[i64],
    heights: &HeightModel,
    composed: &mut ComposedPlan,
) -> anyhow::Result<()> {
    if hidden.is_empty() {
        return Ok(());
    }
    let rows = store.plan_rows(collection, hidden).await?;
    let sizes_m: HashMap<i64, f64> = rows.iter().map(|row| (row.key, size_m(row))).collect();
    let mut touched = store.nodes_with(collection, hidden, EARTH).await?;
    let is_left = |leaf: bool, error_m: f64, key: &i64| {
        sizes_m.get(key).is_none_or(|size_m| !leaf && *size_m <= error_m)
    };
    touched.retain(|node| !node.members.iter().all(|key| is_left(node.leaf, node.geometric_error_m, key)));
    for node in &mut touched {
        let (leaf, error_m) = (node.leaf, node.geometric_error_m);
        let is_left = |key: &i64| is_left(leaf, error_m, key);
        let kept = node.members.iter().zip(&node.lifts_mm).filter(|(key, _)| is_left(key));
        node.lifts_mm = kept.map(|(_, lift_mm)| *lift_mm).collect();
        node.members.retain(is_left);
    }
    let mut members: Vec<i64> = touched.iter().flat_map(|node| &node.members).copied().collect();
    members.sort_unstable();
    members.dedup();
    let hashes = store.content_hashes(collection, &members).await?;
    let mut names = HashMap::new();
    for mut node in touched {
        let lifts = node.lifts_mm.iter().copied().chain(std::iter::repeat(0));
        let contents: Vec<[u8; 16]> = node
            .members
            .iter()
            .zip(lifts)
            .filter_map(|(key, lift_mm)| Some(lifted_hash(*hashes.get(key)?, lift_mm)))
            .collect();
        node.hash = match node.members.is_empty() {
            true => String::new(),
            false => content_name(node.leaf, contents, &heights.variant()),
        };
        names.insert(node.key, node.hash.clone());
        if !node.hash.is_empty() {
            composed.own.insert(node.hash.clone(), node);
        }
    }
    for node in &mut composed.base {
        if let Some(name) = names.get(&node.key) {
            node.hash.clone_from(name);
        }
    }
    Ok(())
}

/// From corner to corner of its box.
fn size_m(row: &PlanRow) -> f64 {
    let [west, south, east, north] = row.bounds;
    (east - west).hypot(north - south).hypot(row.heights_m[1] - row.heights_m[0])
}
