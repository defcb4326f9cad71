//! 3D Tiles: the tileset made from the plan, tiles made when asked for and kept by content.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;

use super::answer::Answer;
use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::negotiate::Media;
use super::params::shortened;
use super::plans;
use super::projection::{Direction, compute, with_transformer};
use super::state::AppState;
use super::time;
use stadtwin_crs::HeightModel;
use stadtwin_model::{Collection, TileNode};
use stadtwin_store::StoredObject;
use stadtwin_tiles::TileObject;

const NO_HEIGHTS: &str = "no height model: 3D tiles would stand tens of metres too low; \
     install proj-data with a geoid grid, or start with --geoid-constant <METRES>";

pub async fn tileset(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    check_heights(&call)?;
    check_time(&call)?;
    if let Some(shown) = plans::shown(&call).await? {
        return plans::tileset(&call, shown, collection).await;
    }
    // The plan follows the collection some time later, and may change without it: with the terrain that things are set on.
    let (planned, variant) = call.state.store.tile_plan_state(&collection).await?.unwrap_or_default();
    let tag = call.tag(&[
        &collection.head.to_le_bytes(),
        &planned.to_le_bytes(),
        call.state.heights.name().as_bytes(),
        variant.as_bytes(),
    ]);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let plan = call.state.store.tile_plan(&collection).await?;
    if plan.is_empty() {
        return Err(ApiError::NotFound(format!(
            "collection `{}` has no surfaces to show in 3D",
            collection.id
        )));
    }
    let heights = call.state.heights.clone();
    let body = compute(move || {
        let document = stadtwin_tiles::tileset(&plan, &collection.title, &heights, |node| {
            format!("content/{}.glb", node.hash)
        });
        Ok(document.to_string())
    })
    .await?;
    Ok(Answer::new(Media::Tiles3d, body).tagged(tag))
}

pub async fn content(call: Call) -> Result<Answer, ApiError> {
    check_time(&call)?;
    if let Some(scenario) = call.query.get("scenario").map(str::to_owned) {
        return plans::tile_content(&call, &scenario).await;
    }
    check_heights(&call)?;
    collections::named(&call).await?;
    let name = call.segment("name");
    let missing = || ApiError::NotFound(format!("no tile `{}`", shortened(name)));
    let hash = name.strip_suffix(".glb").filter(|hash| is_hash(hash)).ok_or_else(missing)?;
    let tag = format!("\"{hash}\"");
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer.immutable());
    }
    let bytes = match call.state.tiles.get(hash).await {
        Some(bytes) => {
            call.state.metrics.tile_hits_memory.fetch_add(1, Ordering::Relaxed);
            bytes
        }
        // Many clients ask for the same new tile at once: one makes it, all wait for it.
        None => call
            .state
            .tiles
            .try_get_with(hash.to_owned(), find_or_make(&call, hash))
            .await
            .map_err(|error| again(&error))?,
    };
    Ok(Answer::new(Media::Glb, bytes).tagged(tag).immutable())
}

/// Tiles of the city have no time, those of scenarios have; what is no time is wrong for both.
fn check_time(call: &Call) -> Result<(), ApiError> {
    call.query.get("datetime").map(time::parse).transpose().map(drop)
}

/// A twin with ellipsoidal heights has the constant 0: `None` always means that something is missing.
pub(super) fn check_heights(call: &Call) -> Result<(), ApiError> {
    match *call.state.heights {
        HeightModel::None => Err(ApiError::Unavailable(NO_HEIGHTS)),
        _ => Ok(()),
    }
}

pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// One error for all who waited: they share it, each needs its own.
fn again(error: &Arc<ApiError>) -> ApiError {
    match &**error {
        ApiError::NotFound(detail) => ApiError::NotFound(detail.clone()),
        other => ApiError::internal(format!("tile: {other:?}")),
    }
}

async fn find_or_make(call: &Call, hash: &str) -> Result<Bytes, ApiError> {
    let collection = collections::named(call).await?;
    let state = &call.state;
    if let Some(blob) = state.store.tile_blob(hash).await? {
        state.metrics.tile_hits_store.fetch_add(1, Ordering::Relaxed);
        return Ok(blob.into());
    }
    let node = state.store.tile_node(&collection, hash).await?;
    let node = node
        .ok_or_else(|| ApiError::NotFound(format!("no tile `{hash}` in collection `{}`", collection.id)))?;
    let bytes: Bytes = make(state, collection, node).await?.into();
    state.metrics.tiles_encoded.fetch_add(1, Ordering::Relaxed);
    keep(state.clone(), hash.to_owned(), bytes.clone());
    Ok(bytes)
}

/// In the background: nobody waits for the store to take it.
fn keep(state: Arc<AppState>, hash: String, bytes: Bytes) {
    tokio::spawn(async move {
        if let Err(error) = state.store.keep_tile_blob(&hash, &bytes, state.tile_budget_bytes).await {
            tracing::warn!(tile = hash, cause = %error, "Could not keep a tile");
        }
    });
}

/// Objects as the tile shows them: those that the plan lifts at their height above the ground.
fn placed(node: &TileNode, objects: Vec<StoredObject>) -> Vec<TileObject> {
    let lifts_mm: HashMap<i64, i32> =
        node.members.iter().copied().zip(node.lifts_mm.iter().copied()).collect();
    let object = |(key, object, footprint, heights_m): StoredObject| {
        let mut object = TileObject { object, footprint, heights_m };
        if let Some(lift_mm) = lifts_mm.get(&key).filter(|lift_mm| **lift_mm != 0) {
            object.lift(f64::from(*lift_mm) / 1000.0);
        }
        object
    };
    objects.into_iter().map(object).collect()
}

pub(super) async fn make(
    state: &AppState,
    collection: Arc<Collection>,
    node: TileNode,
) -> Result<Vec<u8>, ApiError> {
    let storage =
        state.store.storage_crs().await?.ok_or_else(|| ApiError::internal("a tile, but no storage CRS"))?;
    // Also bounds the memory: at most one tile's objects a core.
    let permit = state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let objects = state.store.objects(&collection, &node.members).await?;
    let heights = state.heights.clone();
    compute(move || {
        let _permit = permit;
        let objects = placed(&node, objects);
        let encoded = with_transformer(&storage, Direction::ToLonLat, |transformer| {
            stadtwin_tiles::encode(&node, &objects, &collection.properties, transformer, &heights)
        })?;
        Ok(encoded?)
    })
    .await
}
