//! `stadtwin worker`.

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use crate::jobs::{Lease, Spool, Worker};

use super::Global;
use super::backend::{Backend, data_dir};
use super::stop_signal;

#[derive(Debug, Args)]
pub(super) struct WorkerCommand {
    /// Silence after which a worker counts as dead and another takes its job [s]
    #[arg(long, env = "STADTWIN_LEASE", value_name = "SECONDS", default_value_t = 30.0)]
    lease: f64,
    /// Pause before a job is tried again [s]; doubles with each attempt
    #[arg(long, env = "STADTWIN_RETRY_PAUSE", value_name = "SECONDS", default_value_t = 10.0)]
    retry_pause: f64,
}

impl WorkerCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let spool = Arc::new(Spool::open(&data_dir(global)?.join("spool"))?);
        let lease = Lease { silence_s: self.lease.max(0.5), pause_s: self.retry_pause.max(0.0) };
        let worker = Worker { store: backend.store.clone(), spool: Some(spool), lease };
        println!("Waiting for jobs. Stop with Ctrl-C.");
        worker.run(Box::pin(stop_signal())).await;
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
