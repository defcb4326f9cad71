//! `stadtwin collections`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::backend::Backend;

#[derive(Debug, Args)]
pub(super) struct Collections {
    /// Remove this collection with all its history; cannot be undone
    #[arg(long, value_name = "COLLECTION")]
    remove: Option<String>,
}

impl Collections {
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let backend = Backend::open(global).await?;
        if let Some(id) = &self.remove {
            backend.store.drop_collection(id).await?;
        }
        let mut out = std::io::stdout();
        for collection in backend.store.collections().await? {
            writeln!(
                out,
                "{}\t{} features\trevision {}\t{}",
                collection.id, collection.feature_count, collection.head, collection.title
            )?;
        }
        backend.close().await?;
        Ok(ExitCode::SUCCESS)
    }
}
