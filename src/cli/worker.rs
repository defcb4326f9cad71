//! `stadtwin worker`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use stadtwin_jobs::{
    Checks, Import, Lease, OnError, Spool, Supply, TerrainImport, TerrainMode, Watch, WatchedImport, Worker,
};

use super::Global;
use super::backend::{Backend, data_dir};
use super::import::{MatchArgument, ModeArgument, collection_id};
use super::results::ResultArguments;
use super::stop_signal;
use super::supply::SupplyArguments;

#[derive(Debug, Args)]
pub(super) struct WorkerCommand {
    /// Silence after which a worker counts as dead and another takes its job [s], at least 3
    #[arg(long, env = "STADTWIN_LEASE", value_name = "SECONDS", default_value_t = 30.0)]
    lease: f64,
    /// Pause before a job is tried again [s]; doubles with each attempt
    #[arg(long, env = "STADTWIN_RETRY_PAUSE", value_name = "SECONDS", default_value_t = 10.0)]
    retry_pause: f64,
    #[command(flatten)]
    supply: SupplyArguments,
    #[command(flatten)]
    results: ResultArguments,
    /// Import the rest of a watched Metalink delivery when files of it are missing or other ones
    #[arg(long, requires = "watch")]
    partial_delivery: bool,
    /// Folder whose files are imported as they come
    #[arg(long, value_name = "FOLDER", requires = "goal")]
    watch: Option<PathBuf>,
    /// Collection that watched files go into
    #[arg(long, group = "goal", requires = "watch", value_parser = collection_id)]
    collection: Option<String>,
    /// Terrain that watched files of heights go into
    #[arg(long, group = "goal", requires = "watch", value_parser = collection_id)]
    terrain: Option<String>,
    /// What a watched file does with objects that are there already
    #[arg(long, value_enum, default_value_t = ModeArgument::Update, requires = "watch")]
    mode: ModeArgument,
    /// By what watched files' objects are recognised: gml:id, else a common external reference, else footprints
    #[arg(long = "match", value_enum, default_value_t = MatchArgument::Id, requires = "watch")]
    match_by: MatchArgument,
    /// Common part of two footprints as a share of the larger one from which they are the same thing
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, requires = "watch")]
    match_overlap: f64,
    /// CRS of watched files in place of what they say, for example 25832+7837
    #[arg(long, requires = "watch")]
    crs: Option<String>,
    /// Time for which a watched file must keep its size [s]
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    settle: u64,
}

impl WorkerCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let lease = Lease::new(self.lease, self.retry_pause)?;
        let backend = Backend::open(global).await?;
        let spool = Spool::open(&data_dir(global)?.join("spool"))?;
        let spool = Arc::new(spool.keeping(self.results.bounds()));
        let supply = self.supply.supply()?;
        let watch = self.watching(&backend, spool.place(), supply.clone(), global)?;
        let worker = Worker { store: backend.store.clone(), spool: Some(spool), supply, lease };
        println!("Waiting for jobs. Stop with Ctrl-C.");
        match watch {
            Some(watch) => {
                tokio::join!(worker.run(Box::pin(stop_signal())), watch.run(Box::pin(stop_signal())));
            }
            None => worker.run(Box::pin(stop_signal())).await,
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }

    fn watching(
        &self,
        backend: &Backend,
        place: &str,
        supply: Arc<Supply>,
        global: &Global,
    ) -> anyhow::Result<Option<Watch>> {
        let Some(folder) = &self.watch else { return Ok(None) };
        let folder = folder
            .canonicalize()
            .with_context(|| format!("cannot watch `{}`: make the folder first", folder.display()))?;
        Ok(Some(Watch {
            store: backend.store.clone(),
            folder,
            import: self.import(global)?,
            place: Some(place.to_owned()),
            supply,
            pause: Duration::from_secs(self.settle.max(1)),
        }))
    }

    fn import(&self, global: &Global) -> anyhow::Result<WatchedImport> {
        if let Some(terrain) = self.terrain.clone() {
            let mode = match self.mode {
                ModeArgument::Update => TerrainMode::Update,
                ModeArgument::Replace => TerrainMode::Replace,
                ModeArgument::Append => bail!("heights are never appended: give `--mode update` or replace"),
            };
            let import = TerrainImport {
                terrain,
                crs: self.crs.clone(),
                mode,
                geoid_constant_m: global.geoid_constant,
                ..TerrainImport::default()
            };
            return Ok(WatchedImport::Terrain { import, partial_delivery: self.partial_delivery });
        }
        let collection = self.collection.clone().context("give `--collection` or `--terrain`")?;
        Ok(WatchedImport::City(Import {
            sources: Vec::new(),
            collection,
            title: None,
            crs: self.crs.clone(),
            mode: self.mode.into(),
            dry_run: false,
            checks: Checks::default(),
            on_error: OnError::default(),
            geoid_constant_m: global.geoid_constant,
            match_by: self.match_by.into(),
            match_overlap: Some(self.match_overlap),
            partial_delivery: self.partial_delivery,
            jobs: 0,
        }))
    }
}
