//! `stadtwin rollback`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use stadtwin_jobs::{Progress, Rollback, RollbackReport};

use super::Global;
use super::backend::Backend;
use super::ending::Ending;

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
        let store = backend.store.clone();
        let work = rollback.run(&store, Arc::new(Progress::default()));
        let ending = Ending {
            json: self.json,
            to_text: RollbackReport::to_text,
            stopped: "`stadtwin revisions` shows where the collection stands",
        };
        ending.after(work, backend).await
    }
}
