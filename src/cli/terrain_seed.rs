//! `stadtwin terrain seed`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use stadtwin_jobs::{Progress, SeedReport, TerrainSeed};

use super::Global;
use super::backend::Backend;
use super::ending::Ending;

#[derive(Debug, Args)]
pub(super) struct SeedCommand {
    /// Terrain whose tiles are made
    #[arg(long, value_name = "TERRAIN")]
    terrain: String,
    /// Finest level to make [default: the terrain's finest]
    #[arg(long)]
    level: Option<u8>,
    /// Most that all kept tiles may take in the database [MiB]
    #[arg(long, value_name = "MIB", default_value_t = 4096)]
    budget: u32,
    /// Tiles made at the same time [default: one a core]
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

impl SeedCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let seed = TerrainSeed {
            terrain: self.terrain,
            to_level: self.level,
            geoid_constant_m: global.geoid_constant,
            budget_bytes: i64::from(self.budget) << 20,
            jobs: self.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from)),
        };
        let store = backend.store.clone();
        let work = seed.run(&store, Arc::new(Progress::default()));
        let ending =
            Ending { json: self.json, to_text: SeedReport::to_text, stopped: "what was made is kept" };
        ending.after(work, backend).await
    }
}
