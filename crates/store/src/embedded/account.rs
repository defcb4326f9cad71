//! The ordinary account that PostgreSQL runs as.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use super::EmbeddedError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub name: String,
    pub uid: u32,
    gid: u32,
    /// We are root and step down to it.
    is_other: bool,
}

impl Account {
    /// Ours; as root the owner of the cluster that is there, else `postgres` or `nobody`.
    pub fn for_cluster(folder: &Path) -> Result<Account, EmbeddedError> {
        let me = fs::metadata("/proc/self").map_err(EmbeddedError::io(Path::new("/proc/self")))?;
        let owner = fs::metadata(folder.join("data")).ok().map(|data| data.uid());
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        if me.uid() != 0 {
            if owner.is_some_and(|owner| owner != me.uid()) {
                return Err(EmbeddedError::Foreign { path: folder.display().to_string() });
            }
            let name = find(&accounts, |_, uid| uid == me.uid())
                .map_or_else(|| me.uid().to_string(), |found| found.name);
            return Ok(Account { name, uid: me.uid(), gid: me.gid(), is_other: false });
        }
        let owner = owner.filter(|owner| *owner != 0);
        owner
            .and_then(|owner| find(&accounts, |_, uid| uid == owner))
            .or_else(|| find(&accounts, |name, _| name == "postgres"))
            .or_else(|| find(&accounts, |name, _| name == "nobody"))
            .ok_or(EmbeddedError::NoAccount)
    }

    /// A command as this account.
    pub fn command(&self, program: &Path) -> Command {
        // setpriv rather than `Command::uid`: that would fork, and PROJ's fork handler waits for ever when another
        // thread was inside PROJ at that moment.
        let mut command = if self.is_other {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", &self.uid.to_string(), "--regid", &self.gid.to_string()]);
            command.args(["--clear-groups", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The working directory may be closed to the account. PG… variables mean other servers.
        command.current_dir("/").env("LC_ALL", "C.UTF-8");
        for name in
            ["PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGDATA", "PGOPTIONS", "PGSERVICE"]
        {
            command.env_remove(name);
        }
        command
    }

    /// A directory of the account's own, closed to others, that it can reach.
    pub fn make_folder(&self, folder: &Path) -> Result<(), EmbeddedError> {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                return Err(EmbeddedError::io(folder)(error));
            }
            _ => {}
        }
        let found = fs::symlink_metadata(folder).map_err(EmbeddedError::io(folder))?;
        // In a directory that all may write to, somebody else may have been first.
        if !found.is_dir() || (found.uid() != self.uid && !(self.is_other && found.uid() == 0)) {
            return Err(EmbeddedError::Foreign { path: folder.display().to_string() });
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(EmbeddedError::io(folder))?;
        if self.is_other {
            chown(folder, Some(self.uid), Some(self.gid)).map_err(EmbeddedError::io(folder))?;
        }
        self.check_reach(folder)
    }

    /// Every directory on the way must let the account through; the first that does not is named.
    fn check_reach(&self, folder: &Path) -> Result<(), EmbeddedError> {
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        for step in way {
            let inside = step.join(".");
            let is_open = self.command(Path::new("/usr/bin/test")).arg("-d").arg(&inside).status();
            if !is_open.map_err(EmbeddedError::io(step))?.success() {
                return Err(EmbeddedError::Untraversable {
                    account: self.name.clone(),
                    path: step.display().to_string(),
                });
            }
        }
        Ok(())
    }
}

fn find(accounts: &str, is_it: impl Fn(&str, u32) -> bool) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        is_it(name, uid).then(|| Account { name: name.to_owned(), uid, gid, is_other: true })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_read_from_the_password_file() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\n\nbroken\npostgres:x:107:114:,,,:/var/lib/postgresql:/bin/bash\n";
        let found = find(accounts, |name, _| name == "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (107, 114));
        assert_eq!(find(accounts, |name, _| name == "nobody"), None);
    }
}
