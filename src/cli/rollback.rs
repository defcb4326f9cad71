//! `stadtwin rollback`.

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use crate::jobs::{Progress, Rollback};

use super::Global;
use super::backend::Backend;
use super::stop_signal;

#[derive(Debug, Args)]
pub(super) struct RollbackCommand {
    /// Collection to set back
    #[arg(long)]
    collection: String,
    /// Revision whose state shall be the present one again; `stadtwin revisions` lists them
    #[arg(long, value_name = "REVISION")]
    to: i64,
    /// Print the report as one JSON object
    #[arg(long)]
    json: bool,
}

impl RollbackCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let rollback =
            Rollback { collection: self.collection, to: self.to, geoid_constant_m: global.geoid_constant };
        let outcome = tokio::select! {
            outcome = rollback.run(&backend.store, Arc::new(Progress::default())) => Some(outcome),
            _ = stop_signal() => None,
        };
        let code = match outcome {
            None => {
                eprintln!("stadtwin: stopped; `stadtwin revisions` shows where the collection stands");
                ExitCode::from(130)
            }
            Some(report) => {
                let report = report?;
                let text = if self.json { serde_json::to_string(&report)? } else { report.to_text() };
                writeln!(std::io::stdout(), "{text}")?;
                ExitCode::SUCCESS
            }
        };
        backend.close().await?;
        Ok(code)
    }
}
