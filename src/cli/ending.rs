//! How a command ends that may be stopped and has a report.

use std::future::Future;
use std::io::Write;
use std::process::ExitCode;

use serde::Serialize;

use super::backend::Backend;
use super::stop_signal;

/// What a stopped program exits with, as shells do for SIGINT.
const STOPPED: u8 = 130;

/// The report of some work, as people or programs read it.
pub(super) struct Ending<R> {
    /// As one JSON object.
    pub json: bool,
    pub to_text: fn(&R) -> String,
    /// What a stop by Ctrl-C or SIGTERM leaves behind.
    pub stopped: &'static str,
}

impl<R: Serialize> Ending<R> {
    /// Waits for the work, or for a signal to stop, and lets go of the backend.
    pub async fn after(
        self,
        work: impl Future<Output = anyhow::Result<R>>,
        backend: Backend,
    ) -> anyhow::Result<ExitCode> {
        let outcome = tokio::select! {
            outcome = work => Some(outcome),
            _ = stop_signal() => None,
        };
        let Some(report) = outcome else {
            eprintln!("stadtwin: stopped; {}", self.stopped);
            backend.close().await?;
            return Ok(ExitCode::from(STOPPED));
        };
        let report = report?;
        let text = if self.json { serde_json::to_string(&report)? } else { (self.to_text)(&report) };
        writeln!(std::io::stdout(), "{text}")?;
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
