//! The command line: one file a command, no logic of its own.

mod ade;
mod backend;
mod codelist;
mod collections;
mod doctor;
mod ending;
mod export;
mod import;
mod issuer;
mod issues;
mod jobs;
mod organization;
mod results;
mod revisions;
mod rollback;
mod sample_data;
mod serve;
mod supply;
mod terrain;
mod terrain_compare;
mod terrain_import;
mod terrain_modify;
mod terrain_seed;
mod token;
mod validate;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// A digital twin server for cities: CityGML in, PostGIS inside, OGC API and 3D Tiles out.
#[derive(Debug, Parser)]
#[command(name = "stadtwin", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Where the data are.
#[derive(Debug, Clone, Args)]
struct Global {
    /// Database to use; without it stadtwin runs a private PostgreSQL under the data directory
    #[arg(long, env = "DATABASE_URL", global = true, hide_env_values = true)]
    database_url: Option<String>,
    /// Folder of the private PostgreSQL [default: ~/.local/share/stadtwin, for root /var/lib/stadtwin]
    #[arg(long, env = "STADTWIN_DATA_DIR", global = true)]
    data_dir: Option<PathBuf>,
    /// Height of the geoid above the ellipsoid [m], one number for all, in place of a geoid grid
    #[arg(long, env = "STADTWIN_GEOID_CONSTANT", value_name = "METRES", global = true)]
    geoid_constant: Option<f64>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API, the tiles and the 3D viewer
    Serve(serve::Serve),
    /// Read CityGML files into a collection
    Import(import::ImportCommand),
    /// Write a collection as CityJSON or GeoJSON
    Export(export::ExportCommand),
    /// Read heights of the ground, compare buildings with them, list terrains, remove one
    Terrain(terrain::TerrainCommand),
    /// List the collections, remove one, or let its tiles set things on a terrain
    Collections(collections::Collections),
    /// Register extensions of CityGML by their schemas, list and remove them
    Ade(ade::Ade),
    /// Read, list and remove code lists: what the codes in attributes mean
    Codelist(codelist::CodeListCommand),
    /// List what imports found wrong with the data
    Issues(issues::Issues),
    /// List the states that a collection has had
    Revisions(revisions::Revisions),
    /// Make an earlier revision of a collection the present one again
    Rollback(rollback::RollbackCommand),
    /// List jobs, show one with its log, or cancel one
    Jobs(jobs::Jobs),
    /// Do the jobs of the queue, beside the server or on another machine
    Worker(worker::WorkerCommand),
    /// Add, list and remove identity providers (OpenID Connect) whose tokens are taken
    Issuer(issuer::IssuerCommand),
    /// Add, list and remove organizations: whose plans are whose
    Organization(organization::OrganizationCommand),
    /// Make, list and take back tokens for writing over HTTP
    Token(token::Token),
    /// Check files without a database: geometry after ISO 19107, attributes against geometry
    Validate(validate::ValidateCommand),
    /// Check this installation and say what to do
    Doctor(doctor::Doctor),
    /// Write the sample town, or a large city for benchmarks
    SampleData(sample_data::SampleData),
}

/// Parses the arguments, runs the command, prints an error as one line on standard error.
pub fn main() -> ExitCode {
    end_quietly_when_nobody_reads();
    let cli = Cli::parse();
    start_logging();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::Error::new(error).context("threads could not be started")),
    };
    let outcome = runtime.block_on(run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    match outcome {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = &cli.global;
    match cli.command {
        Command::Serve(command) => command.run(global).await,
        Command::Import(command) => command.run(global).await,
        Command::Export(command) => command.run(global).await,
        Command::Terrain(command) => command.run(global).await,
        Command::Collections(command) => command.run(global).await,
        Command::Ade(command) => command.run(global).await,
        Command::Codelist(command) => command.run(global).await,
        Command::Issues(command) => command.run(global).await,
        Command::Revisions(command) => command.run(global).await,
        Command::Rollback(command) => command.run(global).await,
        Command::Jobs(command) => command.run(global).await,
        Command::Worker(command) => command.run(global).await,
        Command::Issuer(command) => command.run(global).await,
        Command::Organization(command) => command.run(global).await,
        Command::Token(command) => command.run(global).await,
        Command::Validate(command) => command.run().await,
        Command::Doctor(command) => command.run(global).await,
        Command::SampleData(command) => command.run(),
    }
}

fn start_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("STADTWIN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,stadtwin=info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).init();
}

/// Whoever reads our output may have had enough: `stadtwin doctor | head -1` is no fault of anybody.
fn end_quietly_when_nobody_reads() {
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or_default();
        if message.starts_with("failed printing to stdout") && message.contains("Broken pipe") {
            std::process::exit(0);
        }
        tell(info);
    }));
}

fn fail(error: &anyhow::Error) -> ExitCode {
    let is_unread = |cause: &(dyn std::error::Error + 'static)| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    };
    if error.chain().any(is_unread) {
        return ExitCode::SUCCESS;
    }
    eprintln!("stadtwin: {}", stadtwin_jobs::with_causes(error));
    ExitCode::FAILURE
}

/// Ctrl-C, or the polite signal of a service manager.
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
