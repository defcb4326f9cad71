//! A place for what a job fetches.

use std::path::Path;

use super::spool::{Entry, Spool};

/// Where files from other servers go: into the job's own entry, where its next attempt finds them, else for this one only.
pub(super) enum Downloads {
    Entry(Entry),
    Passing(tempfile::TempDir),
}

impl Downloads {
    pub fn of(upload: Option<&str>, spool: Option<&Spool>) -> anyhow::Result<Downloads> {
        match spool.and_then(|spool| spool.entry(upload?)) {
            Some(entry) => Ok(Downloads::Entry(entry)),
            None => Ok(Downloads::Passing(tempfile::tempdir()?)),
        }
    }

    pub fn folder(&self) -> &Path {
        match self {
            Downloads::Entry(entry) => entry.folder(),
            Downloads::Passing(folder) => folder.path(),
        }
    }
}
