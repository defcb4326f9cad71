//! The database that a command works on: the one named, or the private one.

use std::path::PathBuf;

use anyhow::Context;

use crate::store::{Embedded, Store};

use super::Global;

/// A store, and the private cluster as long as it is needed.
pub(super) struct Backend {
    pub store: Store,
    embedded: Option<Embedded>,
}

impl Backend {
    pub async fn open(global: &Global) -> anyhow::Result<Backend> {
        if let Some(url) = &global.database_url {
            return Ok(Backend { store: Store::connect(url).await?, embedded: None });
        }
        let directory = data_dir(global)?;
        let embedded = tokio::task::spawn_blocking(move || Embedded::start(&directory)).await??;
        let store = Store::connect(embedded.url()).await?;
        Ok(Backend { store, embedded: Some(embedded) })
    }

    /// Closes the connections, then the cluster if nobody else uses it.
    pub async fn close(self) -> anyhow::Result<()> {
        self.store.close().await;
        if let Some(embedded) = self.embedded {
            tokio::task::spawn_blocking(move || embedded.stop()).await??;
        }
        Ok(())
    }
}

/// `--data-dir`, else `~/.local/share/stadtwin`.
pub(super) fn data_dir(global: &Global) -> anyhow::Result<PathBuf> {
    if let Some(directory) = &global.data_dir {
        return std::path::absolute(directory).context("the data directory has no absolute path");
    }
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .context("HOME is not set: say where the data shall lie with `--data-dir`")?;
    Ok(home.join("stadtwin"))
}
