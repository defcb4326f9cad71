//! `stadtwin audit`.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use stadtwin_store::{AuditScope, csv_of_events};

use super::Global;
use super::backend::Backend;

/// Events read from the store at once.
const PAGE: u32 = 1_000;

#[derive(Debug, Args)]
pub(super) struct Audit {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write who changed what to standard output, the oldest first
    Export {
        /// Only what happened since then: an RFC 3339 date-time or date
        #[arg(long)]
        since: Option<String>,
        /// Only what stands behind this id
        #[arg(long, default_value_t = 0)]
        after: i64,
        /// As a table, or one JSON object a line
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Jsonl,
}

impl Audit {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        let Action::Export { since, after, format } = self.action;
        let since =
            since.map(|text| crate::api::first_moment(&text)).transpose().map_err(anyhow::Error::msg)?;
        let (mut after, mut has_head) = (Some(after), true);
        while let Some(id) = after {
            let page = backend.store.audit_events(&AuditScope::All, since.as_deref(), id, PAGE).await?;
            let text = match format {
                Format::Csv => csv_of_events(&page.items, has_head),
                Format::Jsonl => crate::api::lines_of_events(&page.items),
            };
            out.write_all(text.as_bytes())?;
            (after, has_head) = (page.next, false);
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
