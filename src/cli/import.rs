//! `stadtwin import`.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use stadtwin_jobs::{
    Along, Checks, Import, ImportJob, ImportReport, MatchBy, Mode, OnError, Order, Progress, Supply, new_job,
    record,
};
use stadtwin_store::Store;

use super::Global;
use super::backend::Backend;
use super::stop_signal;
use super::supply::SupplyArguments;

#[derive(Debug, Args)]
pub(super) struct ImportCommand {
    /// Files, folders, globs, .gz and .zip archives, addresses (https://…), Metalinks (.meta4), or `-` for standard input
    #[arg(required = true)]
    sources: Vec<String>,
    /// Collection to import into (made when new): lower-case letters, digits, `-` and `_`
    #[arg(long, value_parser = collection_id)]
    collection: String,
    /// Title of the collection for people
    #[arg(long)]
    title: Option<String>,
    /// CRS of the input in place of what the files say, for example 25832+7837
    #[arg(long)]
    crs: Option<String>,
    /// What to do with objects that are there already
    #[arg(long, value_enum, default_value_t = ModeArgument::Update)]
    mode: ModeArgument,
    /// Read and compare everything, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Which checks objects go through on their way
    #[arg(long, value_enum, default_value_t = ChecksArgument::All)]
    checks: ChecksArgument,
    /// What to do with objects that have findings of severity `error`
    #[arg(long, value_enum, default_value_t = OnErrorArgument::Keep)]
    on_error: OnErrorArgument,
    /// By what to recognise objects that are there already: gml:id, else a common external reference, else footprints
    #[arg(long = "match", value_enum, default_value_t = MatchArgument::Id)]
    match_by: MatchArgument,
    /// Common part of two footprints as a share of the larger one from which they are the same thing
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    match_overlap: f64,
    #[command(flatten)]
    supply: SupplyArguments,
    /// Import the rest of a Metalink delivery when files of it are missing or other ones
    #[arg(long)]
    partial_delivery: bool,
    /// Parsing threads [default: one a core]
    #[arg(long)]
    jobs: Option<usize>,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ModeArgument {
    /// Renew what differs, add what is new
    Update,
    /// Refuse ids that are known
    Append,
    /// As update, and end what the input no longer holds
    Replace,
}

impl From<ModeArgument> for Mode {
    fn from(argument: ModeArgument) -> Mode {
        match argument {
            ModeArgument::Update => Mode::Update,
            ModeArgument::Append => Mode::Append,
            ModeArgument::Replace => Mode::Replace,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ChecksArgument {
    /// Geometry after ISO 19107, attributes against geometry
    All,
    None,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnErrorArgument {
    /// Store them; the findings tell
    Keep,
    /// Leave them out and say so
    Quarantine,
    /// End the import, publish nothing
    Fail,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum MatchArgument {
    /// gml:id alone
    Id,
    /// gml:id, else an external reference that both have, such as the OID of the cadastre
    Reference,
    /// As reference, else overlap of footprints of the same class
    Overlap,
}

impl From<MatchArgument> for MatchBy {
    fn from(argument: MatchArgument) -> MatchBy {
        match argument {
            MatchArgument::Id => MatchBy::Id,
            MatchArgument::Reference => MatchBy::Reference,
            MatchArgument::Overlap => MatchBy::Overlap,
        }
    }
}

impl ImportCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let supply = self.supply.supply()?;
        let backend = Backend::open(global).await?;
        let import = Import {
            sources: self.sources,
            collection: self.collection,
            title: self.title,
            crs: self.crs,
            mode: self.mode.into(),
            dry_run: self.dry_run,
            checks: match self.checks {
                ChecksArgument::All => Checks::All,
                ChecksArgument::None => Checks::None,
            },
            on_error: match self.on_error {
                OnErrorArgument::Keep => OnError::Keep,
                OnErrorArgument::Quarantine => OnError::Quarantine,
                OnErrorArgument::Fail => OnError::Fail,
            },
            geoid_constant_m: global.geoid_constant,
            match_by: self.match_by.into(),
            match_overlap: Some(self.match_overlap),
            partial_delivery: self.partial_delivery,
            jobs: self.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from)),
        };
        let progress = Arc::new(Progress::default());
        let display = tokio::spawn(show(progress.clone()));
        let outcome = tokio::select! {
            outcome = run(&import, &supply, &backend.store, progress) => Some(outcome),
            _ = stop_signal() => None,
        };
        display.abort();
        let _ = display.await;
        let code = match outcome {
            None => {
                eprintln!("stadtwin: stopped; nothing of this import is visible");
                ExitCode::from(130)
            }
            Some(report) => {
                let report = report?;
                let text = if self.json { serde_json::to_string(&report)? } else { report.to_text() };
                writeln!(std::io::stdout(), "{text}")?;
                if report.is_incomplete {
                    eprintln!("stadtwin: not all of the input could be read; the issues say what is missing");
                    ExitCode::FAILURE
                } else {
                    ExitCode::SUCCESS
                }
            }
        };
        backend.close().await?;
        Ok(code)
    }
}

/// Runs the import; unless it only looks, the list of jobs shows it too.
async fn run(
    import: &Import,
    supply: &Supply,
    store: &Store,
    progress: Arc<Progress>,
) -> anyhow::Result<ImportReport> {
    let work = async {
        let downloads = tempfile::tempdir()?;
        let partial = import.partial_delivery;
        let bring = supply.bring(&import.sources, partial, Along::default(), downloads.path(), &progress);
        let (sources, along) = bring.await?;
        let import = Import { sources, ..import.clone() };
        import.run_with(store, progress.clone(), along).await
    };
    if import.dry_run {
        return work.await;
    }
    let order = Order { created_by: "stadtwin import".to_owned(), ..Order::default() };
    let job = ImportJob {
        import: import.clone(),
        names: Default::default(),
        images: Default::default(),
        upload: None,
    };
    record(store, &new_job(&job, order)?, &progress, work).await
}

pub(super) fn collection_id(text: &str) -> Result<String, String> {
    if stadtwin_access::is_collection_id(text) {
        Ok(text.to_string())
    } else {
        Err("use up to 60 lower-case letters, digits, `-` and `_`".into())
    }
}

/// A bar on a terminal; elsewhere a line every ten seconds.
async fn show(progress: Arc<Progress>) {
    if !std::io::stderr().is_terminal() {
        let mut tick = tokio::time::interval(Duration::from_secs(10));
        tick.tick().await;
        loop {
            tick.tick().await;
            let megabytes = progress.bytes.load(Ordering::Relaxed) as f64 / 1e6;
            eprintln!("{megabytes:.0} MB read, {} objects", progress.objects.load(Ordering::Relaxed));
        }
    }
    let bar = ProgressBar::new(0);
    let style = "{spinner} {wide_msg} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style);
    }
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        bar.set_length(
            progress.bytes_expected.load(Ordering::Relaxed).max(progress.bytes.load(Ordering::Relaxed)),
        );
        bar.set_position(progress.bytes.load(Ordering::Relaxed));
        let objects = progress.objects.load(Ordering::Relaxed);
        if let Ok(phase) = progress.phase.lock() {
            bar.set_message(format!("{phase}: {objects} objects"));
        }
    }
}
