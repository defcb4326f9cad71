//! A tile plan after a few edits: where objects changed and stayed in their place, the nodes that show them are all that changes.

use std::collections::HashMap;

use anyhow::Context;

use stadtwin_crs::{CRS84, HeightModel, Transformer};
use stadtwin_model::{Collection, Crs, TileNode};
use stadtwin_store::{RenewedFeature, Store};
use stadtwin_tiles::{content_name, lifted_hash};

use super::clamp::clamp_reader;
use super::tile_plan::{refresh_tile_plan, variant};

/// Around a middle [°]: it was rounded.
const MARGIN_DEG: f64 = 1e-6;

/// Brings the plan to the collection's head after an edit: mends it, or makes it anew. May run twice.
pub async fn follow_edit(
    store: &Store,
    collection: &Collection,
    heights: &HeightModel,
) -> anyhow::Result<()> {
    if !mend(store, collection, heights).await? {
        refresh_tile_plan(store, collection, heights).await?;
    }
    Ok(())
}

/// False where it has to be made anew.
async fn mend(store: &Store, collection: &Collection, heights: &HeightModel) -> anyhow::Result<bool> {
    let reader = clamp_reader(store, collection).await?;
    let state = store.tile_plan_state(collection).await?;
    let known = state
        .filter(|(from, planned)| *from < collection.head && *planned == variant(heights, reader.as_ref()));
    let Some((from, _)) = known else { return Ok(false) };
    let Some(renewed) = store.renewed_features(collection, from).await? else { return Ok(false) };
    if renewed.is_empty() {
        return Ok(store.mend_tile_plan(collection, from, &[]).await?);
    }
    let storage = store.storage_crs().await?.context("the store has no coordinate reference system yet")?;
    let middles: Vec<[f64; 2]> = renewed.iter().map(|one| one.center).collect();
    let bounds_deg = tokio::task::spawn_blocking(move || around(middles, &storage)).await??;
    let before: Vec<i64> = renewed.iter().map(|one| one.before).collect();
    let mut nodes = store.nodes_with(collection, &before, bounds_deg).await?;
    replace(&mut nodes, &renewed);
    let mut members: Vec<i64> = nodes.iter().flat_map(|node| &node.members).copied().collect();
    members.sort_unstable();
    members.dedup();
    let hashes = store.content_hashes(collection, &members).await?;
    let is_named = nodes.iter_mut().all(|node| name(node, &hashes, &heights.variant()).is_some());
    let is_whole =
        renewed.iter().all(|one| nodes.iter().any(|node| node.leaf && node.members.contains(&one.key)));
    Ok(is_named && is_whole && store.mend_tile_plan(collection, from, &nodes).await?)
}

/// `[west, south, east, north]` [°] around the places. Blocks.
fn around(mut places: Vec<[f64; 2]>, storage: &Crs) -> anyhow::Result<[f64; 4]> {
    Transformer::new(storage, &CRS84)?.convert_2d(&mut places)?;
    let end = |axis: usize, end: fn(f64, f64) -> f64, first: f64| {
        places.iter().map(|place| place[axis]).fold(first, end)
    };
    let low = |axis| end(axis, f64::min, f64::INFINITY) - MARGIN_DEG;
    let high = |axis| end(axis, f64::max, f64::NEG_INFINITY) + MARGIN_DEG;
    Ok([low(0), low(1), high(0), high(1)])
}

/// The new version in the place of the one before.
fn replace(nodes: &mut [TileNode], renewed: &[RenewedFeature]) {
    let keys: HashMap<i64, i64> = renewed.iter().map(|one| (one.before, one.key)).collect();
    for member in nodes.iter_mut().flat_map(|node| &mut node.members) {
        if let Some(key) = keys.get(member) {
            *member = *key;
        }
    }
}

/// By its content; `None` where a member is not known.
fn name(node: &mut TileNode, hashes: &HashMap<i64, [u8; 16]>, variant: &str) -> Option<()> {
    let lifts = node.lifts_mm.iter().copied().chain(std::iter::repeat(0));
    let hash = |(member, lift_mm): (&i64, i32)| Some(lifted_hash(*hashes.get(member)?, lift_mm));
    let contents = node.members.iter().zip(lifts).map(hash).collect::<Option<Vec<_>>>()?;
    node.hash = content_name(node.leaf, contents, variant);
    Some(())
}
