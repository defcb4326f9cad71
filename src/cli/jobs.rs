//! `stadtwin jobs`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;

use stadtwin_model::Target;

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct Jobs {
    /// Show this job with its log and report, as JSON
    #[arg(long, value_name = "JOB")]
    show: Option<i64>,
    /// Cancel this job
    #[arg(long, value_name = "JOB", conflicts_with = "show")]
    cancel: Option<i64>,
    /// Jobs to list, newest first
    #[arg(long, default_value_t = 20)]
    limit: i64,
}

impl Jobs {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        if let Some(id) = self.cancel {
            if !backend.store.dismiss_job(id).await? {
                bail!("no job {id} that waits or runs; `stadtwin jobs` lists them");
            }
            writeln!(out, "cancelled job {id}")?;
        } else if let Some(id) = self.show {
            let Some(job) = backend.store.job(id).await? else {
                bail!("no job {id}; `stadtwin jobs` lists them");
            };
            let document = serde_json::json!({
                "job": job.id, "kind": job.kind, "collection": job.target.as_ref().and_then(Target::collection),
                "terrain": job.target.as_ref().and_then(Target::terrain), "state": job.state.name(),
                "message": job.message, "parameters": job.parameters, "createdBy": job.created_by,
                "attempts": job.attempts, "log": job.log, "report": job.report,
            });
            writeln!(out, "{document:#}")?;
        } else {
            for job in backend.store.jobs(None, None, self.limit).await?.items {
                writeln!(
                    out,
                    "{}\t{}\t{}\t{}\t{}\tby {}\t{}",
                    job.id,
                    job.state.name(),
                    job.kind,
                    job.target.as_ref().map_or_else(|| "-".to_owned(), Target::to_string),
                    job.created,
                    job.created_by,
                    job.message
                )?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
