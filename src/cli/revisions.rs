//! `stadtwin revisions`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct Revisions {
    /// Collection whose revisions to list, newest first
    #[arg(long)]
    collection: String,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Revisions {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let collection = backend.store.collection(&self.collection).await?.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        let mut out = std::io::stdout();
        for revision in backend.store.revisions(&collection).await? {
            let time = revision.published.as_deref().unwrap_or(&revision.started);
            let (inserted, ended) = (revision.inserted_count, revision.ended_count);
            if self.json {
                let line = json!({
                    "revision": revision.number,
                    "state": revision.state.name(),
                    "head": revision.number == collection.head,
                    "time": time,
                    "inserted": inserted,
                    "ended": ended,
                    "restores": revision.restores,
                });
                writeln!(out, "{line}")?;
            } else {
                let count = |count: Option<i64>| count.map_or("-".to_owned(), |count| count.to_string());
                let head = if revision.number == collection.head { "\thead" } else { "" };
                let restores = revision.restores.map(|to| format!("\tas in {to}")).unwrap_or_default();
                writeln!(
                    out,
                    "{}\t{}\t{time}\t{} inserted\t{} ended{restores}{head}",
                    revision.number,
                    revision.state.name(),
                    count(inserted),
                    count(ended)
                )?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
