//! Options that say where imports may fetch files from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use stadtwin_jobs::{AllowList, Fetch, Supply};

#[derive(Debug, Args)]
pub(super) struct SupplyArguments {
    /// Beginning of addresses that files may be fetched from, such as https://download.example.org/lod2/, or a network that
    /// such hosts may be in although it is not public, such as 10.1.0.0/16; may be given several times
    #[arg(long, env = "STADTWIN_IMPORT_ALLOW", value_name = "PREFIX", value_delimiter = ',')]
    import_allow: Vec<String>,
    /// Folder that holds files of Metalink deliveries under their names; may be given several times
    #[arg(long, env = "STADTWIN_MIRROR", value_name = "FOLDER", value_delimiter = ',')]
    mirror: Vec<PathBuf>,
    /// Largest file that is fetched [GiB]
    #[arg(long, env = "STADTWIN_FETCH_LIMIT", value_name = "GIB", default_value_t = 20)]
    fetch_limit: u32,
    /// Longest time for fetching one file [s]
    #[arg(long, env = "STADTWIN_FETCH_TIMEOUT", value_name = "SECONDS", default_value_t = 21_600)]
    fetch_timeout: u32,
}

impl SupplyArguments {
    pub fn supply(&self) -> anyhow::Result<Arc<Supply>> {
        let fetch = Fetch {
            allow: AllowList::new(&self.import_allow)?,
            limit_bytes: u64::from(self.fetch_limit) << 30,
            total: Duration::from_secs(self.fetch_timeout.max(1).into()),
            ..Fetch::default()
        };
        Ok(Arc::new(Supply { fetch, mirrors: self.mirror.clone() }))
    }
}
