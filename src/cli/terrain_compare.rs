//! `stadtwin terrain compare`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use stadtwin_jobs::{ComparisonReport, Order, Progress, TerrainComparison, new_job, record};
use stadtwin_store::Store;

use super::Global;
use super::backend::Backend;
use super::ending::Ending;

#[derive(Debug, Args)]
pub(super) struct CompareCommand {
    /// Collection whose buildings are compared with the ground
    collection: String,
    /// Terrain to compare with [default: as last time, else the one that covers most of the collection]
    #[arg(long)]
    terrain: Option<String>,
    /// Buildings float when their lowest place is this far above the terrain [m] [default: as last time, else 0.5]
    #[arg(long, value_name = "METRES")]
    floating: Option<f64>,
    /// Buildings have sunk when their highest place is this far below the terrain [m] [default: as last time, else 2]
    #[arg(long, value_name = "METRES")]
    sunken: Option<f64>,
    /// Batches compared at the same time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

impl CompareCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let comparison = TerrainComparison {
            collection: self.collection,
            terrain: self.terrain,
            floating_m: self.floating,
            sunken_m: self.sunken,
            jobs: self.jobs,
        };
        let store = backend.store.clone();
        let work = run(&comparison, &store);
        let ending = Ending {
            json: self.json,
            to_text: ComparisonReport::to_text,
            stopped: "the next comparison goes on from here",
        };
        ending.after(work, backend).await
    }
}

/// Runs the comparison; the list of jobs shows it too.
async fn run(comparison: &TerrainComparison, store: &Store) -> anyhow::Result<ComparisonReport> {
    let progress = Arc::new(Progress::default());
    let order = Order { created_by: "stadtwin terrain compare".to_owned(), ..Order::default() };
    let job = new_job(comparison, order)?;
    record(store, &job, &progress, comparison.run(store, progress.clone())).await
}
