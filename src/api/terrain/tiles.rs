//! `GET /terrain/{id}/{z}/{x}/{y}.terrain`: quantized-mesh tiles, made when asked for and kept by what they are made of.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING};
use bytes::Bytes;

use super::{named, reader};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::etag;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::state::AppState;
use crate::api::tiles::check_heights;
use stadtwin_jobs::{Surroundings, TileMaker};
use stadtwin_model::{Terrain, TileKey};
use stadtwin_store::WaterState;
use stadtwin_terrain::{Extensions, FINEST_LEVEL};

pub async fn tile(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    check_heights(&call)?;
    let missing = || {
        let [z, x, y] = ["z", "x", "yTerrain"].map(|name| shortened(call.segment(name)));
        ApiError::NotFound(format!("terrain `{}` has no tile {z}/{x}/{y}", terrain.id))
    };
    let key = tile_key(&call).ok_or_else(missing)?;
    let extensions = asked_extensions(&call.headers, call.query.get("extensions"));
    let mut maker = maker(&call, &terrain).await?;
    if extensions.water_mask {
        maker.water = call.state.store.water_state().await?;
    }
    if !maker.is_available(key) {
        return Err(missing());
    }
    let name = format!(
        "{}/{}/{}/{}/{}/{}/{}/{extensions:?}/{:?}",
        terrain.key,
        terrain.head,
        maker.reader.edits.name(),
        maker.heights.variant(),
        key.level,
        key.x,
        key.y,
        maker.water.heads
    );
    let kept = call.state.terrain_tiles.get(&name).await;
    let (tag, packed) = match kept {
        Some(kept) => {
            call.state.metrics.tile_hits_memory.fetch_add(1, Ordering::Relaxed);
            kept
        }
        // Many clients ask for the same new tile at once: one makes it, all wait for it.
        None => {
            let made = call
                .state
                .terrain_tiles
                .try_get_with(name, find_or_make(&call.state, maker, key, extensions));
            made.await.map_err(|error| error.shared("terrain tile"))?
        }
    };
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let answer = if takes_gzip(&call.headers) {
        Answer::new(Media::QuantizedMesh, packed).with(CONTENT_ENCODING, "gzip")
    } else {
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).map_err(ApiError::internal)?;
        Answer::new(Media::QuantizedMesh, bytes)
    };
    // The address does not change with the content; the tag does, and only then.
    Ok(answer.tagged(tag).revalidated())
}

/// The tile in the path; `None` for what is no tile anywhere.
fn tile_key(call: &Call) -> Option<TileKey> {
    let y = call.segment("yTerrain").strip_suffix(".terrain")?;
    let key = TileKey {
        level: call.segment("z").parse().ok()?,
        x: call.segment("x").parse().ok()?,
        y: y.parse().ok()?,
    };
    (key.level <= FINEST_LEVEL).then_some(key)
}

/// `Accept: application/vnd.quantized-mesh;extensions=octvertexnormals-metadata`, or the same words as a parameter.
fn asked_extensions(headers: &HeaderMap, parameter: Option<&str>) -> Extensions {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let named = accepted.split_once("extensions=").map(|(_, rest)| rest);
    let words = parameter.or(named).unwrap_or_default();
    let words = words.split([',', ';', ' ']).next().unwrap_or_default();
    let has = |word: &str| words.split('-').any(|asked| asked == word);
    Extensions { normals: has("octvertexnormals"), water_mask: has("watermask"), metadata: has("metadata") }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let is_refused = parts.any(|part| {
            part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|quality| quality == 0.0))
        });
        is_named && !is_refused
    })
}

/// What holds for all tiles of this state is found once.
async fn maker(call: &Call, terrain: &Terrain) -> Result<TileMaker, ApiError> {
    let reader = reader(call, terrain).await?;
    let find = async {
        let found = Surroundings::of(&reader).await.map_err(ApiError::internal)?;
        found.map(Arc::new).ok_or_else(|| ApiError::NotFound(format!("terrain `{}` is empty", terrain.id)))
    };
    let kept = call.state.surroundings.try_get_with((terrain.key, terrain.head), find).await;
    let surroundings = kept.map_err(|error| error.shared("terrain"))?;
    let (heights, water) = (call.state.heights.clone(), WaterState::default());
    Ok(TileMaker { reader: reader.clone(), heights, surroundings, water })
}

/// The packed bytes and the tag of what is in them.
async fn find_or_make(
    state: &AppState,
    maker: TileMaker,
    key: TileKey,
    extensions: Extensions,
) -> Result<(String, Bytes), ApiError> {
    let plan = maker.plan(key, extensions).await.map_err(ApiError::internal)?;
    if let Some(blob) = state.store.tile_blob(&plan.hash).await? {
        state.metrics.tile_hits_store.fetch_add(1, Ordering::Relaxed);
        return Ok((etag::tag(&[&blob]), blob.into()));
    }
    let hash = plan.hash.clone();
    let permit = state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let bytes: Bytes = maker.make(plan).await.map_err(ApiError::internal)?.into();
    drop(permit);
    state.metrics.tiles_encoded.fetch_add(1, Ordering::Relaxed);
    let (state, kept) = (state.clone(), bytes.clone());
    // In the background: nobody waits for the store to take it.
    tokio::spawn(async move {
        if let Err(error) = state.store.keep_tile_blob(&hash, &kept, state.tile_budget_bytes).await {
            tracing::warn!(tile = hash, cause = %error, "Could not keep a tile");
        }
    });
    Ok((etag::tag(&[&bytes]), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_those_asked_for() {
        let cesium = "application/vnd.quantized-mesh;extensions=octvertexnormals-watermask-metadata,application/octet-stream;q=0.9,*/*;q=0.01";
        for (accept, parameter, expected) in [
            (cesium, None, [true, true, true]),
            ("application/vnd.quantized-mesh;extensions=metadata;q=0.5", None, [false, false, true]),
            ("*/*", None, [false; 3]),
            ("*/*", Some("octvertexnormals"), [true, false, false]),
        ] {
            let headers = [(ACCEPT, accept.parse().unwrap())].into_iter().collect();
            let found = asked_extensions(&headers, parameter);
            assert_eq!([found.normals, found.water_mask, found.metadata], expected, "{accept} {parameter:?}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (accepted, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = [(ACCEPT_ENCODING, accepted.parse().unwrap())].into_iter().collect();
            assert_eq!(takes_gzip(&headers), expected, "{accepted}");
        }
    }
}
