//! Tiles made before anybody asks for them.

use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::queue::{Job, JobContext};
use crate::{Progress, height_model};
use stadtwin_model::{Target, TileKey};
use stadtwin_store::{Store, WaterState};
use stadtwin_terrain::{Extensions, available};

use super::modify::{Selection, selected_edits};
use super::reader::{KeptHeights, TerrainReader};
use super::tile::{Surroundings, TileMaker};

/// Unpacked blocks kept meanwhile [bytes].
const MEMORY_BYTES: u64 = 96 << 20;
/// Tiles written in one statement.
const BATCH: usize = 64;

/// The parameters of seeding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TerrainSeed {
    pub terrain: String,
    /// The finest level to be made; `None`: the terrain's own.
    pub to_level: Option<u8>,
    pub geoid_constant_m: Option<f64>,
    /// Bytes that all kept tiles may take in the store.
    pub budget_bytes: i64,
    /// Tiles made at the same time.
    pub jobs: usize,
}

/// What seeding did.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct SeedReport {
    pub terrain: String,
    pub revision: i64,
    pub tiles_made: u64,
    /// They were there already.
    pub tiles_kept: u64,
    /// Of the tiles made, packed.
    pub bytes: u64,
    pub to_level: u8,
    pub seconds: f64,
}

impl SeedReport {
    pub fn to_text(&self) -> String {
        format!(
            "{} tiles of terrain `{}` made to level {} ({:.1} MB), {} were there; {:.1} s",
            self.tiles_made,
            self.terrain,
            self.to_level,
            self.bytes as f64 / 1e6,
            self.tiles_kept,
            self.seconds
        )
    }
}

impl Job for TerrainSeed {
    const KIND: &'static str = "seed";

    fn target(&self) -> Target {
        Target::Terrain(self.terrain.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let report = TerrainSeed::run(self, &context.store, context.progress.clone()).await?;
        Ok(serde_json::to_value(report)?)
    }
}

impl TerrainSeed {
    /// Makes what is not kept yet; may run twice, and goes on where it was broken off.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<SeedReport> {
        let started = Instant::now();
        let terrain = store.terrain(&self.terrain).await?.filter(|terrain| terrain.head > 0);
        let terrain = terrain
            .with_context(|| format!("no terrain `{}`; `stadtwin terrain list` lists them", self.terrain))?;
        let revision = terrain.head;
        // What is served to those who ask for nothing else.
        let edits = selected_edits(store, &terrain, &Selection::Base).await?;
        let kept = KeptHeights::new(MEMORY_BYTES);
        let reader = TerrainReader { store: store.clone(), kept, terrain, edits };
        let surroundings = Surroundings::of(&reader).await?;
        let surroundings =
            Arc::new(surroundings.with_context(|| format!("terrain `{}` is empty", self.terrain))?);
        let heights = Arc::new(height_model(store, self.geoid_constant_m).await?);
        let maker = TileMaker { reader, heights, surroundings, water: WaterState::default() };
        let to_level = self.to_level.unwrap_or(u8::MAX).min(maker.finest_level());
        let mut report =
            SeedReport { terrain: self.terrain.clone(), revision, to_level, ..SeedReport::default() };
        for (level, ranges) in available(maker.surroundings.extent_deg, to_level).into_iter().enumerate() {
            progress.say(format!("level {level}"));
            let keys = ranges.into_iter().flat_map(move |range| range.keys(level as u8));
            self.level(&maker, keys, &mut report).await?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    async fn level(
        &self,
        maker: &TileMaker,
        keys: impl Iterator<Item = TileKey>,
        report: &mut SeedReport,
    ) -> anyhow::Result<()> {
        let mut keys = keys;
        let mut working = JoinSet::new();
        let mut made: Vec<(String, Vec<u8>)> = Vec::new();
        loop {
            while working.len() < self.jobs.max(1)
                && let Some(key) = keys.next()
            {
                working.spawn(make(maker.clone(), key));
            }
            let Some(ended) = working.join_next().await else { break };
            match ended?? {
                Some(tile) => made.push(tile),
                None => report.tiles_kept += 1,
            }
            if made.len() >= BATCH {
                self.keep(maker, &mut made, report).await?;
            }
        }
        self.keep(maker, &mut made, report).await
    }

    async fn keep(
        &self,
        maker: &TileMaker,
        made: &mut Vec<(String, Vec<u8>)>,
        report: &mut SeedReport,
    ) -> anyhow::Result<()> {
        report.tiles_made += made.len() as u64;
        report.bytes += made.iter().map(|(_, bytes)| bytes.len() as u64).sum::<u64>();
        maker.reader.store.keep_tile_blobs(made, self.budget_bytes).await?;
        made.clear();
        Ok(())
    }
}

/// A tile with its name; `None` where it is kept already. With what viewers ask for: normals.
async fn make(maker: TileMaker, key: TileKey) -> anyhow::Result<Option<(String, Vec<u8>)>> {
    let extensions = Extensions { normals: true, ..Extensions::default() };
    let plan = maker.plan(key, extensions).await?;
    if maker.reader.store.has_tile_blob(&plan.hash).await? {
        return Ok(None);
    }
    let hash = plan.hash.clone();
    Ok(Some((hash, maker.make(plan).await?)))
}
