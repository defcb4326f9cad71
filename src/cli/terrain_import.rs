//! `stadtwin terrain import`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use stadtwin_jobs::{
    JobContext, Order, Progress, ReliefSource, TerrainImport, TerrainImportJob, TerrainMode, TerrainReport,
    new_job, record,
};

use stadtwin_model::Lod;

use super::Global;
use super::backend::Backend;
use super::ending::Ending;
use super::import::collection_id;
use super::supply::SupplyArguments;

#[derive(Debug, Args)]
pub(super) struct TerrainImportCommand {
    /// Files, folders, globs, .zip archives, addresses and Metalinks; where they overlap, later ones lie above earlier ones
    #[arg(required_unless_present = "collection", conflicts_with = "collection")]
    sources: Vec<String>,
    /// Collection whose relief (triangles, mass points, break lines) becomes the terrain, in place of files
    #[arg(long, value_parser = collection_id)]
    collection: Option<String>,
    /// Level of detail of that relief [default: the finest of each feature]
    #[arg(long, value_name = "LOD", requires = "collection", value_parser = Lod::from_str)]
    lod: Option<Lod>,
    /// Terrain to import into (made when new): lower-case letters, digits, `-` and `_`
    #[arg(long, value_parser = collection_id)]
    terrain: String,
    /// Title of the terrain for people
    #[arg(long)]
    title: Option<String>,
    /// CRS of the input with its height system, in place of what the files say, for example 25832+7837
    #[arg(long)]
    crs: Option<String>,
    /// What to do with heights that are there already
    #[arg(long, value_enum, default_value_t = ModeArgument::Update)]
    mode: ModeArgument,
    /// Distance of the nodes of a new terrain [m] [default: that of the finest file; 1 for triangles]
    #[arg(long, value_name = "METRES")]
    cell: Option<f64>,
    /// Read and compare everything, write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    supply: SupplyArguments,
    /// Import the rest of a Metalink delivery when files of it are missing or other ones
    #[arg(long)]
    partial_delivery: bool,
    /// Threads [default: one a core]
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ModeArgument {
    /// Keep them where the input knows nothing
    Update,
    /// Remove them
    Replace,
}

impl TerrainImportCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let import = TerrainImport {
            sources: self.sources,
            relief: self.collection.map(|collection| ReliefSource { collection, lod: self.lod }),
            terrain: self.terrain,
            title: self.title,
            crs: self.crs,
            mode: match self.mode {
                ModeArgument::Update => TerrainMode::Update,
                ModeArgument::Replace => TerrainMode::Replace,
            },
            cell_m: self.cell,
            dry_run: self.dry_run,
            geoid_constant_m: global.geoid_constant,
            jobs: self.jobs.unwrap_or(0),
        };
        let job = TerrainImportJob {
            import,
            names: BTreeMap::new(),
            upload: None,
            partial_delivery: self.partial_delivery,
        };
        let context = JobContext {
            store: backend.store.clone(),
            progress: Arc::new(Progress::default()),
            spool: None,
            supply: self.supply.supply()?,
        };
        let work = run(&job, &context);
        let ending = Ending {
            json: self.json,
            to_text: TerrainReport::to_text,
            stopped: "nothing of this import is visible",
        };
        ending.after(work, backend).await
    }
}

/// Runs the import; unless it only looks, the list of jobs shows it too.
async fn run(job: &TerrainImportJob, context: &JobContext) -> anyhow::Result<TerrainReport> {
    let work = job.report(context);
    if job.import.dry_run {
        return work.await;
    }
    let order = Order { created_by: "stadtwin terrain import".to_owned(), ..Order::default() };
    record(&context.store, &new_job(job, order)?, &context.progress, work).await
}
