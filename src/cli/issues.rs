//! `stadtwin issues`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::Global;
use super::backend::Backend;
use stadtwin_store::{Held, IssueFilter};

/// Findings read from the store at once.
const PAGE: i64 = 1_000;

#[derive(Debug, Args)]
pub(super) struct Issues {
    /// Collection whose findings to list
    #[arg(long)]
    collection: String,
    /// What held at this revision, or `all` for whatever was ever found [default: what holds now]
    #[arg(long)]
    revision: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Issues {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let collection = backend.store.collection(&self.collection).await?.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        let mut out = std::io::BufWriter::new(std::io::stdout());
        let held = match &self.revision {
            None => Held::Now,
            Some(text) => Held::from_text(text).with_context(|| {
                format!("`--revision` takes the number of a revision or `all`, not `{text}`")
            })?,
        };
        let filter = IssueFilter { held, ..IssueFilter::default() };
        let mut after = None;
        loop {
            let page = backend.store.issues(&collection, after, PAGE, filter).await?;
            for found in &page.items {
                if self.json {
                    let line = serde_json::json!({"revision": found.revision, "file": found.file, "issue": found.issue});
                    writeln!(out, "{line}")?;
                } else {
                    let issue = &found.issue;
                    let place = [found.file.as_str(), &issue.line.to_string(), &issue.object].join(":");
                    writeln!(out, "{place}: {} {}: {}", issue.severity.name(), issue.code, issue.message)?;
                }
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        out.flush()?;
        drop(out);
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
