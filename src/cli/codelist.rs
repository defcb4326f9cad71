//! `stadtwin codelist`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};

use stadtwin_jobs::CodeListImport;

use super::Global;
use super::backend::Backend;

/// Lists read from the store at once.
const PAGE: u32 = 1_000;

#[derive(Debug, Args)]
pub(super) struct CodeListCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read code lists (gml:Dictionary) from files, folders or zip archives
    Import {
        #[arg(required = true)]
        sources: Vec<String>,
        /// The codeSpace by which data name the list; without it, folder and name of the file
        #[arg(long)]
        code_space: Option<String>,
        /// Print the report as one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List the code lists
    List,
    /// Remove a code list; codes in the data stay as they are
    Remove {
        /// The list's id, as `codelist list` shows it
        id: String,
    },
}

impl CodeListCommand {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        let mut code = ExitCode::SUCCESS;
        match self.action {
            Action::Import { sources, code_space, json } => {
                let report = CodeListImport { sources, code_space }.run(&backend.store).await?;
                if json {
                    writeln!(out, "{}", serde_json::to_string(&report)?)?;
                } else {
                    for list in &report.lists {
                        let (added, changed) = (list.added, list.changed);
                        writeln!(
                            out,
                            "{}\t{} codes, {added} new, {changed} changed\t{}",
                            list.id, list.codes, list.file
                        )?;
                    }
                }
                for (file, reason) in &report.skipped {
                    eprintln!("stadtwin: `{file}` was left out: {reason}");
                }
                if report.lists.is_empty() {
                    code = ExitCode::FAILURE;
                }
            }
            Action::List => {
                let mut after = Some(0);
                while let Some(key) = after {
                    let page = backend.store.code_lists(key, PAGE).await?;
                    for list in &page.items {
                        let origin = list.origin.name();
                        let (id, count, space) = (&list.id, list.code_count, &list.code_space);
                        writeln!(out, "{id}\t{count} codes\t{origin}\t{space}\t{}", list.title)?;
                    }
                    after = page.next;
                }
            }
            Action::Remove { id } => {
                if !backend.store.remove_code_list(&id).await? {
                    bail!("no code list `{id}`; `stadtwin codelist list` shows all");
                }
                writeln!(out, "removed {id}")?;
            }
        }
        backend.close().await?;
        Ok(code)
    }
}
