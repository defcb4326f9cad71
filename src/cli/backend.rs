//! The database that a command works on: the one named, or the private one.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use stadtwin_store::{Embedded, Store};

use super::Global;

/// Between two looks at whether the private cluster lives.
const WATCH_PAUSE: Duration = Duration::from_secs(2);

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

    /// Starts the private cluster again whenever it has died under us, until `stopped`.
    pub fn keep_alive(
        &self,
        global: &Global,
        mut stopped: watch::Receiver<bool>,
    ) -> anyhow::Result<Option<JoinHandle<()>>> {
        if self.embedded.is_none() {
            return Ok(None);
        }
        let (store, directory) = (self.store.clone(), data_dir(global)?);
        Ok(Some(tokio::spawn(async move {
            // Further holds on the cluster; they end before the first one does.
            let mut holds = Vec::new();
            while tokio::time::timeout(WATCH_PAUSE, stopped.wait_for(|stopped| *stopped)).await.is_err() {
                if store.ping().await.is_ok() {
                    continue;
                }
                tracing::warn!("PostgreSQL does not answer: starting it again");
                let directory = directory.clone();
                match tokio::task::spawn_blocking(move || Embedded::start(&directory)).await {
                    Ok(Ok(hold)) => holds = vec![hold],
                    Ok(Err(error)) => tracing::error!(%error, "PostgreSQL could not be started again"),
                    Err(error) => tracing::error!(%error, "PostgreSQL could not be started again"),
                }
            }
            drop(tokio::task::spawn_blocking(move || drop(holds)).await);
        })))
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

/// Where the system keeps the data of services; the home of root is closed to the account that PostgreSQL runs as.
const ROOTS_DATA_DIR: &str = "/var/lib/stadtwin";

/// `--data-dir`, else `~/.local/share/stadtwin`, for root `/var/lib/stadtwin`.
pub(super) fn data_dir(global: &Global) -> anyhow::Result<PathBuf> {
    if let Some(directory) = &global.data_dir {
        return std::path::absolute(directory).context("the data directory has no absolute path");
    }
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let named = |name: &str| std::env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    default_data_dir(is_root, named("XDG_DATA_HOME"), named("HOME"))
        .context("HOME is not set: say where the data shall lie with `--data-dir`")
}

fn default_data_dir(is_root: bool, data_home: Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    match (data_home, home) {
        (Some(data_home), _) => Some(data_home.join("stadtwin")),
        (None, _) if is_root => Some(ROOTS_DATA_DIR.into()),
        (None, home) => home.map(|home| home.join(".local/share/stadtwin")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lie_where_the_account_of_postgresql_can_reach_them() {
        let cases = [
            (false, None, Some("/home/ada"), Some("/home/ada/.local/share/stadtwin")),
            (false, Some("/data"), Some("/home/ada"), Some("/data/stadtwin")),
            (true, None, Some("/root"), Some("/var/lib/stadtwin")),
            (true, Some("/data"), Some("/root"), Some("/data/stadtwin")),
            (false, None, None, None),
        ];
        for (is_root, data_home, home, expected) in cases {
            let found = default_data_dir(is_root, data_home.map(PathBuf::from), home.map(PathBuf::from));
            assert_eq!(found, expected.map(PathBuf::from), "{is_root} {data_home:?} {home:?}");
        }
    }
}
