//! Things set on the ground when tiles are made: the setting of a collection, and how far each thing is lifted.

use std::collections::HashMap;

use anyhow::Context;

use stadtwin_model::{Collection, Module, classes};
use stadtwin_store::{ClampClasses, Store};

use super::terrain::{KeptHeights, TerrainEdits, TerrainReader};
use super::tile_plan::{PlanReport, follow_publication};

/// Unpacked blocks kept while a plan is made [bytes].
const MEMORY_BYTES: u64 = 64 << 20;
/// Larger things lie on the ground at more heights than one [m].
const LARGEST_M: u32 = 60;
/// No thing is lifted farther: its height or the ground's is wrong [m].
const FARTHEST_M: f64 = 10_000.0;

/// The parameters of the setting.
#[derive(Debug, Clone)]
pub struct Clamp {
    pub collection: String,
    /// `None`: everything stays at its height.
    pub terrain: Option<String>,
    pub geoid_constant_m: Option<f64>,
}

impl Clamp {
    /// Changes the setting and plans the tiles anew.
    pub async fn run(&self, store: &Store) -> anyhow::Result<PlanReport> {
        let collection = store.collection(&self.collection).await?.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        let terrain = match &self.terrain {
            Some(id) => {
                let found = store.terrain(id).await?.filter(|terrain| terrain.head > 0);
                Some(found.with_context(|| {
                    format!("no terrain `{id}`; `stadtwin terrain list` lists them, `off` sets nothing on the ground")
                })?)
            }
            None => None,
        };
        store.set_clamp(&collection, terrain.as_ref()).await?;
        follow_publication(store, &self.collection, self.geoid_constant_m).await
    }
}

/// Removes a terrain with everything in it; what stood on it in tiles is planned at its own height.
pub async fn drop_terrain(store: &Store, id: &str, geoid_constant_m: Option<f64>) -> anyhow::Result<()> {
    let clamped = match store.terrain(id).await? {
        Some(terrain) => store.clamped_on(&terrain).await?,
        None => Vec::new(),
    };
    store.drop_terrain(id).await?;
    for collection in clamped {
        follow_publication(store, &collection, geoid_constant_m).await?;
    }
    Ok(())
}

/// Reads the terrain that the collection's things are set on; `None` where they stay.
pub(super) async fn clamp_reader(
    store: &Store,
    collection: &Collection,
) -> anyhow::Result<Option<TerrainReader>> {
    let Some(id) = &collection.clamp_terrain else { return Ok(None) };
    let terrain = store.terrain(id).await?.filter(|terrain| terrain.head > 0);
    let kept = KeptHeights::new(MEMORY_BYTES);
    Ok(terrain.map(|terrain| TerrainReader {
        store: store.clone(),
        kept,
        terrain,
        edits: TerrainEdits::default(),
    }))
}

/// How far those of the features are lifted that are to stand on the ground and do not [mm].
pub(super) async fn lifts_mm(
    reader: &TerrainReader,
    collection: &Collection,
    keys: &[i64],
) -> anyhow::Result<HashMap<i64, i32>> {
    let anchors = reader.store.clamp_anchors(collection, keys, &clamp_classes()).await?;
    let places: Vec<[f64; 2]> = anchors.iter().map(|(_, [east, north, _])| [*east, *north]).collect();
    let heights_m = reader.heights(&places).await?;
    let lift = |((key, [.., up]), ground_m): (&(i64, [f64; 3]), Option<f64>)| {
        let lift_m = Some(ground_m? - up).filter(|lift_m| lift_m.abs() < FARTHEST_M)?;
        let lift_mm = (lift_m * 1000.0).round() as i32;
        (lift_mm != 0).then_some((*key, lift_mm))
    };
    Ok(anchors.iter().zip(heights_m).filter_map(lift).collect())
}

/// Plants and furniture move at any level of detail; what is draped, spans or lies below never does.
fn clamp_classes() -> ClampClasses {
    let of = |modules: &[Module]| {
        classes().filter(|(_, class)| modules.contains(&class.module)).map(|(_, class)| class.name).collect()
    };
    ClampClasses {
        movable: of(&[Module::Vegetation, Module::CityFurniture]),
        fixed: of(&[
            Module::Transportation,
            Module::LandUse,
            Module::Relief,
            Module::WaterBody,
            Module::Bridge,
            Module::Tunnel,
        ]),
        largest_m: LARGEST_M,
    }
}
