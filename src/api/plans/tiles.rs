//! 3D Tiles of the city as a scenario makes it: tilesets that share with the city's every tile that it does not touch.

use std::sync::Arc;

use axum::http::header;
use bytes::Bytes;
use moka::sync::Cache;
use serde_json::{Value, json};

use super::access::{self, Sight, reader};
use super::documents::scenario_path;
use super::overlay::{Shown, shown_named};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::compute;
use crate::api::tiles::{check_heights, is_hash, make};
use stadtwin_jobs::{ComposedPlan, compose};
use stadtwin_model::Collection;
use stadtwin_tiles::{composed_tileset, tileset as tileset_of};

pub static MODE: Parameter = Parameter {
    name: "mode",
    component: "mode",
    description: "With `scenario`: `composed` for the whole city as the scenario makes it, `delta` for what it brings alone, for clients that hide \
                  objects themselves (`/scenarios/{scenarioId}/hidden`).",
    kind: Kind::FirstOf(&["composed", "delta"]),
};
pub static VERSION: Parameter = Parameter {
    name: "version",
    component: "planVersion",
    description: "With `scenario`: the version of it that the tile is of, as its tileset has it.",
    kind: Kind::Integer { minimum: 1, maximum: None, default: None },
};

/// Plans kept, and tiles that no other plan has [bytes].
const MOST_PLANS: u64 = 200;
const TILE_BYTES: u64 = 64 * 1024 * 1024;

/// What is made for scenarios, in memory alone: nobody meets a draft's tile by its name.
pub struct PlanTiles {
    plans: Cache<String, Arc<ComposedPlan>>,
    tiles: moka::future::Cache<String, Bytes>,
}

impl Default for PlanTiles {
    fn default() -> PlanTiles {
        PlanTiles {
            plans: Cache::new(MOST_PLANS),
            tiles: moka::future::Cache::builder()
                .max_capacity(TILE_BYTES)
                .weigher(|_: &String, bytes: &Bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX))
                .build(),
        }
    }
}

async fn plan(
    call: &Call,
    shown: &Shown,
    collection: &Collection,
) -> Result<(Arc<ComposedPlan>, String), ApiError> {
    let store = &call.state.store;
    let (planned, variant) = store.tile_plan_state(collection).await?.unwrap_or_default();
    let heights = call.state.heights.clone();
    let key = format!("{} {} {planned} {variant} {}", shown.name(), collection.id, heights.name());
    if let Some(plan) = call.state.plan_tiles.plans.get(&key) {
        return Ok((plan, key));
    }
    let overlay = shown.overlay(call, collection).await?;
    let made = compose(store, collection, &overlay, &heights).await.map_err(ApiError::internal)?;
    let plan = Arc::new(made);
    call.state.plan_tiles.plans.insert(key.clone(), plan.clone());
    Ok((plan, key))
}

/// `GET /collections/{c}/3dtiles/tileset.json?scenario=`.
pub async fn tileset(call: &Call, shown: Shown, collection: Arc<Collection>) -> Result<Answer, ApiError> {
    let (plan, key) = plan(call, &shown, &collection).await?;
    let tag = call.tag(&[key.as_bytes()]);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let is_delta = call.query.get("mode") == Some("delta");
    let own = own_query(call, &shown);
    let heights = call.state.heights.clone();
    let body = compute(move || {
        let url = |node: &stadtwin_model::TileNode| match plan.own.contains_key(&node.hash) {
            true => format!("content/{}.glb?{own}", node.hash),
            false => format!("content/{}.glb", node.hash),
        };
        let title = &collection.title;
        let document = match is_delta {
            true => tileset_of(&plan.added, title, &heights, url),
            false => composed_tileset(&plan.base, &plan.added, title, &heights, url),
        };
        Ok(document.to_string())
    })
    .await?;
    Ok(Answer::new(Media::Tiles3d, body).tagged(tag))
}

/// What a tile's address says of the scenario.
fn own_query(call: &Call, shown: &Shown) -> String {
    let version = shown.chain.links.last().map_or(0, |(_, version)| *version);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("scenario", &shown.scenario.id).append_pair("version", &version.to_string());
    if let Some(datetime) = call.query.get("datetime") {
        query.append_pair("datetime", datetime);
    }
    query.finish()
}

/// `GET /collections/{c}/3dtiles/content/{hash}.glb?scenario=&version=`: a tile that only the scenario has.
pub async fn content(call: &Call, asked: &str) -> Result<Answer, ApiError> {
    check_heights(call)?;
    let collection = collections::named(call).await?;
    let shown = shown_version(call, asked).await?;
    let name = call.segment("name");
    let missing =
        || ApiError::NotFound(format!("no tile `{}` in this state of the scenario", shortened(name)));
    let hash = name.strip_suffix(".glb").filter(|hash| is_hash(hash)).ok_or_else(missing)?;
    let tag = format!("\"{hash}\"");
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(kept(answer));
    }
    let (plan, key) = plan(call, &shown, &collection).await?;
    let node = plan.own.get(hash).cloned().ok_or_else(missing)?;
    let making = async { make(&call.state, collection, node).await.map(Bytes::from) };
    let tiles = &call.state.plan_tiles.tiles;
    let made = tiles.try_get_with(format!("{key} {hash}"), making).await;
    let bytes = made.map_err(|error| error.shared("a scenario's tile"))?;
    Ok(kept(Answer::new(Media::Glb, bytes).tagged(tag)))
}

/// By the client alone, for ever: the address changes with the content.
fn kept(answer: Answer) -> Answer {
    answer.with(header::CACHE_CONTROL, "private, max-age=31536000, immutable")
}

/// The state of the version in the address: any for who sees the draft, those of public revisions for the others.
async fn shown_version(call: &Call, asked: &str) -> Result<Shown, ApiError> {
    let caller = reader(call).await?;
    let Some(version) = call.query.integer("version") else {
        return shown_named(call, caller.as_ref(), asked).await;
    };
    let id = asked.split('@').next().unwrap_or_default();
    let (scenario, _, sight) = access::seen(call, caller.as_ref(), id).await?;
    let revisions = call.state.store.scenario_revisions(&scenario).await?;
    let is_public = || revisions.iter().any(|revision| revision.is_public && revision.version == version);
    if version > scenario.version || (sight == Sight::Published && !is_public()) {
        return Err(ApiError::NotFound(format!("scenario `{}` has no version {version}", shortened(id))));
    }
    let mut shown = shown_named(call, caller.as_ref(), asked).await?;
    shown.chain = super::overlay::chain(&call.state, &scenario, version).await?;
    Ok(shown)
}

/// `GET /scenarios/{s}/3dtiles/tileset.json`: the tilesets of all collections, those that are touched as the scenario makes
/// them.
pub async fn whole(call: Call) -> Result<Answer, ApiError> {
    check_heights(&call)?;
    let caller = reader(&call).await?;
    let asked = match call.query.integer("revision") {
        Some(number) => format!("{}@{number}", call.segment("scenarioId")),
        None => call.segment("scenarioId").to_owned(),
    };
    let shown = shown_named(&call, caller.as_ref(), &asked).await?;
    let is_delta = call.query.get("mode") == Some("delta");
    let touched = call.state.store.touched_collections(&shown.chain).await?;
    let mut children = Vec::new();
    for collection in call.state.store.collections().await? {
        let is_touched = touched.contains(&collection.key);
        if !is_touched && (is_delta || !collection.has_faces) {
            continue;
        }
        let (plan, _) = plan(&call, &shown, &collection).await?;
        let heights = &call.state.heights;
        let document = match is_delta {
            true => tileset_of(&plan.added, &collection.title, heights, |_| String::new()),
            false => composed_tileset(&plan.base, &plan.added, &collection.title, heights, |_| String::new()),
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        if is_touched {
            query.append_pair("scenario", &asked);
            for name in ["mode", "datetime"] {
                if let Some(value) = call.query.get(name) {
                    query.append_pair(name, value);
                }
            }
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        let uri = format!(
            "{}{}/3dtiles/tileset.json{mark}{query}",
            call.base.prefix(),
            collections::path(&collection)
        );
        children.push(json!({
            "boundingVolume": document["root"]["boundingVolume"],
            "geometricError": document["geometricError"],
            "content": { "uri": uri },
        }));
    }
    let document = all_of(children, &shown);
    Ok(super::projects::private(Answer::json(Media::Tiles3d, &document)))
}

/// Collections side by side.
fn all_of(children: Vec<Value>, shown: &Shown) -> Value {
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let region: Vec<f64> = (0..6)
        .map(|at| {
            let values = children.iter().map(|child| number(&child["boundingVolume"]["region"][at]));
            let is_lower = matches!(at, 0 | 1 | 4);
            values.reduce(if is_lower { f64::min } else { f64::max }).unwrap_or_default()
        })
        .collect();
    let error = children.iter().map(|child| number(&child["geometricError"])).fold(1.0, f64::max);
    json!({
        "asset": { "version": "1.1" },
        "geometricError": error,
        "root": {
            "boundingVolume": { "region": region },
            "geometricError": error,
            "refine": "ADD",
            "children": children,
        },
        "extras": { "title": shown.scenario.title, "scenario": scenario_path(&shown.scenario.id) },
    })
}
