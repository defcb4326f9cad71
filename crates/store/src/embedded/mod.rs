//! A private PostgreSQL under the data directory: started, shared, adopted and stopped without anyone's doing.
//!
//! Only on a unix socket in a directory of its own (0700), never on a TCP port, never as root. Commands that use it
//! hold a shared lock on `users.lock`; who leaves last stops it. A command that was killed leaves the cluster running:
//! the next one takes it over.

mod account;
mod binaries;
mod cluster;

use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use account::Account;
use cluster::Cluster;

#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    #[error("PostgreSQL is not installed: run `apt install postgresql-15 postgresql-15-postgis-3`")]
    NoPostgres,
    #[error(
        "PostGIS for PostgreSQL {major} is not installed: run `apt install postgresql-{major}-postgis-3`"
    )]
    NoPostgis { major: String },
    #[error(
        "`{path}` was made by PostgreSQL {major}, which is not installed: run `apt install postgresql-{major} postgresql-{major}-postgis-3`"
    )]
    OtherVersion { path: String, major: String },
    #[error(
        "the account `{account}` that PostgreSQL runs as cannot enter `{path}`: choose another data directory or run `chmod o+x {path}`"
    )]
    Untraversable { account: String, path: String },
    #[error("`{path}` belongs to another account: run as that account or choose another data directory")]
    Foreign { path: String },
    #[error("started by root, PostgreSQL needs an ordinary account: neither `postgres` nor `nobody` exists")]
    NoAccount,
    #[error("cannot use `{path}`: {source}")]
    Io { path: String, source: std::io::Error },
    #[error("`{program}` failed: {message}")]
    Program { program: &'static str, message: String },
}

impl EmbeddedError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> EmbeddedError {
        move |source| EmbeddedError::Io { path: path.display().to_string(), source }
    }
}

/// A user's hold on the running cluster; dropping it lets go.
#[derive(Debug)]
pub struct Embedded {
    cluster: Cluster,
    url: String,
    folder: PathBuf,
    users: Option<File>,
}

impl Embedded {
    /// Takes part in the cluster under `<data_dir>/postgres`, making and starting it where needed.
    pub fn start(data_dir: &Path) -> Result<Embedded, EmbeddedError> {
        if !data_dir.is_dir() {
            std::fs::create_dir_all(data_dir).map_err(EmbeddedError::io(data_dir))?;
            // Whatever the umask: the cluster's account must get through to its folder, which is closed to others.
            std::fs::set_permissions(data_dir, std::fs::Permissions::from_mode(0o755))
                .map_err(EmbeddedError::io(data_dir))?;
        }
        let data_dir = data_dir.canonicalize().map_err(EmbeddedError::io(data_dir))?;
        let folder = data_dir.join("postgres");
        let account = Account::for_cluster(&folder)?;
        account.make_folder(&folder)?;
        let changing = lock_file(&folder, "start.lock")?;
        changing.lock().map_err(EmbeddedError::io(&folder))?;
        let users = lock_file(&folder, "users.lock")?;
        users.lock_shared().map_err(EmbeddedError::io(&folder))?;
        let cluster = Cluster::new(&folder, account)?;
        // Held before the cluster runs, so that a failure below stops it again.
        let embedded = Embedded { url: cluster.url(), cluster, folder, users: Some(users) };
        let ready = embedded.cluster.make_ready();
        drop(changing);
        ready.map(|()| embedded)
    }

    /// `postgresql:///stadtwin?host=…&user=…`, for this program and for psql, QGIS and GDAL alike.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets go; stops the cluster when nobody else uses it.
    pub fn stop(mut self) -> Result<(), EmbeddedError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), EmbeddedError> {
        let Some(users) = self.users.take() else {
            return Ok(());
        };
        let changing = lock_file(&self.folder, "start.lock")?;
        changing.lock().map_err(EmbeddedError::io(&self.folder))?;
        users.unlock().map_err(EmbeddedError::io(&self.folder))?;
        match users.try_lock() {
            Ok(()) => self.cluster.stop(),
            Err(_) => Ok(()),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "Could not stop the embedded PostgreSQL");
        }
    }
}

fn lock_file(folder: &Path, name: &str) -> Result<File, EmbeddedError> {
    let path = folder.join(name);
    File::options().create(true).append(true).open(&path).map_err(EmbeddedError::io(&path))
}
