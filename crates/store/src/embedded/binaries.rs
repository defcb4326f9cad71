//! Where the system keeps PostgreSQL's programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::EmbeddedError;

/// A folder with `initdb`, `pg_ctl` and `psql`, and the major version they are of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub folder: PathBuf,
    pub major: String,
}

impl Binaries {
    /// The newest; for a cluster that exists the one that made it.
    pub fn find(cluster: &Path) -> Result<Binaries, EmbeddedError> {
        let mut found: Vec<Binaries> = folders().into_iter().filter_map(Binaries::in_folder).collect();
        found.sort_by_key(|binaries| binaries.major.parse::<u32>().unwrap_or(0));
        let Ok(made_by) = std::fs::read_to_string(cluster.join("PG_VERSION")) else {
            return found.pop().ok_or(EmbeddedError::NoPostgres);
        };
        let made_by = made_by.trim();
        found.into_iter().find(|binaries| binaries.major == made_by).ok_or_else(|| {
            EmbeddedError::OtherVersion { path: cluster.display().to_string(), major: made_by.to_owned() }
        })
    }

    fn in_folder(folder: PathBuf) -> Option<Binaries> {
        let is_whole =
            ["initdb", "pg_ctl", "psql", "postgres"].iter().all(|name| folder.join(name).is_file());
        if !is_whole {
            return None;
        }
        let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
        let major = major(&String::from_utf8_lossy(&output.stdout))?;
        Some(Binaries { folder, major })
    }
}

/// Debian's, Red Hat's, then what PATH and pg_config name.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = ["/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"]
        .into_iter()
        .filter_map(|pattern| glob::glob(pattern).ok())
        .flat_map(|found| found.filter_map(Result::ok))
        .collect();
    // Links such as /usr/local/bin/pg_ctl lead to the folder that holds the others.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let linked = |folder: PathBuf| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_owned());
    folders.extend(std::env::split_paths(&path).filter_map(linked));
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    folders.sort();
    folders.dedup();
    folders
}

/// `postgres (PostgreSQL) 15.20 (Debian 15.20-1)` is 15.
fn major(version: &str) -> Option<String> {
    let number =
        version.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    Some(number.chars().take_while(char::is_ascii_digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_the_first_number() {
        let cases = [
            ("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)", Some("15")),
            ("postgres (PostgreSQL) 18beta1", Some("18")),
            ("postgres", None),
        ];
        for (version, expected) in cases {
            assert_eq!(major(version).as_deref(), expected, "{version}");
        }
    }
}
