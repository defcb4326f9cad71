//! `stadtwin ade`.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Args, Subcommand};

use stadtwin_jobs::register_ades;

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct Ade {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read XML Schemas of extensions: imports then know their types, units, lists and classes
    Register {
        /// Schemas; what they include is looked for beside them, never on the network
        #[arg(required = true)]
        schemas: Vec<String>,
        /// Print what was read as JSON
        #[arg(long)]
        json: bool,
    },
    /// List the registered extensions
    List,
    /// Forget an extension; data stay as they are
    Remove {
        /// Its namespace, as `ade list` shows it
        namespace: String,
    },
}

impl Ade {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        let mut out = std::io::stdout();
        match self.action {
            Action::Register { schemas, json } => {
                let results = register_ades(&backend.store, &schemas).await?;
                if json {
                    writeln!(out, "{}", serde_json::to_string(&results)?)?;
                } else {
                    for ade in results {
                        writeln!(
                            out,
                            "{}\t{} classes ({} features), {} properties, {} code lists\t{}",
                            ade.namespace,
                            ade.classes,
                            ade.features,
                            ade.properties,
                            ade.code_lists,
                            ade.file
                        )?;
                    }
                }
            }
            Action::List => {
                for ade in backend.store.ades().await? {
                    let (classes, properties) = (ade.class_count, ade.property_count);
                    writeln!(
                        out,
                        "{}\t{}\t{classes} classes, {properties} properties\t{}\t{}",
                        ade.namespace, ade.version, ade.registered, ade.source
                    )?;
                }
            }
            Action::Remove { namespace } => {
                if !backend.store.remove_ade(&namespace).await? {
                    bail!("no extension `{namespace}`; `stadtwin ade list` shows all");
                }
                writeln!(out, "removed {namespace}")?;
            }
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
