//! Options of commands that keep what jobs leave: exports, checks, lists of changes.

use std::time::Duration;

use clap::Args;

use stadtwin_jobs::ResultBounds;

#[derive(Debug, Args)]
pub(super) struct ResultArguments {
    /// Most that the files of finished jobs (exports and the like) may take together [GiB]
    #[arg(long, env = "STADTWIN_RESULT_QUOTA", value_name = "GIB", default_value_t = 20)]
    result_quota: u32,
    /// Time for which the file of a finished job is kept [h]
    #[arg(long, env = "STADTWIN_RESULT_LIFETIME", value_name = "HOURS", default_value_t = 168,
        value_parser = clap::value_parser!(u32).range(1..))]
    result_lifetime: u32,
}

impl ResultArguments {
    pub fn bounds(&self) -> ResultBounds {
        ResultBounds {
            bytes: u64::from(self.result_quota) << 30,
            lifetime: Duration::from_secs(u64::from(self.result_lifetime) * 3600),
        }
    }
}
