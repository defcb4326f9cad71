//! The cluster's files and its server process.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::EmbeddedError;
use super::account::Account;
use super::binaries::Binaries;

/// Role and database.
const NAME: &str = "stadtwin";
/// A socket's path has 107 bytes at most; the file in the directory takes 18.
const LONGEST_SOCKET_DIRECTORY: usize = 107 - "/.s.PGSQL.5432".len() - 4;

const START_TRIES: u32 = 6;
const START_PAUSE: Duration = Duration::from_millis(500);

/// Data that can be imported again: commits need not wait for the disk. One machine, shared with other programs.
const SETTINGS: &str = "\
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
work_mem = 32MB
maintenance_work_mem = 256MB
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
effective_io_concurrency = 100
jit = off
autovacuum = on
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
log_min_messages = warning
";

/// An eighth of the machine's memory, 128 MiB to 1 GiB; the system's own cache holds the rest of the database.
fn shared_buffers_mib() -> u64 {
    let total = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    total.map_or(256, |kib| (kib / 1024 / 8).clamp(128, 1024))
}

#[derive(Debug)]
pub(super) struct Cluster {
    data: PathBuf,
    log: PathBuf,
    socket: PathBuf,
    account: Account,
    binaries: Binaries,
}

impl Cluster {
    pub fn new(folder: &Path, account: Account) -> Result<Cluster, EmbeddedError> {
        let data = folder.join("data");
        let binaries = Binaries::find(&data)?;
        let socket = socket_directory(folder, account.uid);
        account.make_folder(&socket)?;
        Ok(Cluster { data, log: folder.join("server.log"), socket, account, binaries })
    }

    pub fn url(&self) -> String {
        let host: String =
            form_urlencoded::byte_serialize(self.socket.as_os_str().as_encoded_bytes()).collect();
        // In a query a space is `+` for some readers only.
        format!("postgresql:///{NAME}?host={}&user={NAME}", host.replace('+', "%20"))
    }

    /// Made, running and with a database that has PostGIS.
    pub fn make_ready(&self) -> Result<(), EmbeddedError> {
        if !self.data.join("PG_VERSION").is_file() {
            self.make()?;
        }
        if !self.answers() {
            self.start()?;
        }
        self.make_database()
    }

    pub fn stop(&self) -> Result<(), EmbeddedError> {
        if !self.is_running() {
            return Ok(());
        }
        run("pg_ctl", self.pg_ctl(["stop", "-m", "fast", "-w", "-t", "120"])).map(drop)
    }

    /// `initdb` into a second directory, so that one that broke off leaves nothing that looks whole.
    fn make(&self) -> Result<(), EmbeddedError> {
        let begun = self.data.with_extension("new");
        for unfinished in [&begun, &self.data] {
            if unfinished.exists() {
                fs::remove_dir_all(unfinished).map_err(EmbeddedError::io(unfinished))?;
            }
        }
        let mut initdb = self.account.command(&self.binaries.folder.join("initdb"));
        initdb.arg("-D").arg(&begun).args([
            "-U",
            NAME,
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--auth=trust",
            "-N",
        ]);
        run("initdb", initdb)?;
        fs::rename(&begun, &self.data).map_err(EmbeddedError::io(&self.data))
    }

    fn start(&self) -> Result<(), EmbeddedError> {
        self.write_settings()?;
        self.remove_stale_process_file()?;
        if self.is_running() {
            // Ours, but not answering where we ask: it started with another socket directory.
            self.stop()?;
        }
        // After a crash the old server's children may hold its memory for a moment.
        for _ in 0..START_TRIES {
            if self.launch().is_ok() {
                return Ok(());
            }
            std::thread::sleep(START_PAUSE);
        }
        self.launch().map_err(|error| match error {
            EmbeddedError::Program { program, message } => {
                EmbeddedError::Program { program, message: format!("{message}; see {}", self.log.display()) }
            }
            other => other,
        })
    }

    /// After a crash the process number in the file may be a zombie's or another program's, and PostgreSQL would not
    /// start beside it. Not before the old server's last child is gone: the file is what tells of it.
    fn remove_stale_process_file(&self) -> Result<(), EmbeddedError> {
        let file = self.data.join("postmaster.pid");
        if !file.exists() || self.is_postgres() {
            return Ok(());
        }
        for _ in 0..START_TRIES {
            if !self.has_processes() {
                return fs::remove_file(&file).map_err(EmbeddedError::io(&file));
            }
            std::thread::sleep(START_PAUSE);
        }
        Ok(())
    }

    /// Server processes work in the data directory.
    fn has_processes(&self) -> bool {
        let processes = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
        processes.into_iter().any(|process| {
            fs::read_link(process.path().join("cwd")).is_ok_and(|directory| directory == self.data)
        })
    }

    fn launch(&self) -> Result<(), EmbeddedError> {
        let mut start = self.pg_ctl(["start", "-w", "-t", "120"]);
        start.arg("-l").arg(&self.log);
        run("pg_ctl", start).map(drop)
    }

    /// Rewritten on each start, so that a newer program's settings hold.
    fn write_settings(&self) -> Result<(), EmbeddedError> {
        let path = self.data.join("postgresql.conf");
        let socket = self.socket.display().to_string().replace('\'', "''");
        fs::write(
            &path,
            format!(
                "{SETTINGS}shared_buffers = {}MB\nunix_socket_directories = '{socket}'\n",
                shared_buffers_mib()
            ),
        )
        .map_err(EmbeddedError::io(&path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).map_err(EmbeddedError::io(&path))?;
        let owner = fs::metadata(&self.data).map_err(EmbeddedError::io(&self.data))?;
        use std::os::unix::fs::MetadataExt;
        chown(&path, Some(owner.uid()), Some(owner.gid())).map_err(EmbeddedError::io(&path))
    }

    fn make_database(&self) -> Result<(), EmbeddedError> {
        let exists = self.psql("postgres", "SELECT count(*) FROM pg_database WHERE datname = 'stadtwin'")?;
        if exists.trim() == "0" {
            self.psql("postgres", "CREATE DATABASE stadtwin")?;
        }
        let offered =
            self.psql(NAME, "SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'")?;
        if offered.trim() == "0" {
            return Err(EmbeddedError::NoPostgis { major: self.binaries.major.clone() });
        }
        self.psql(NAME, "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS postgis").map(drop)
    }

    fn answers(&self) -> bool {
        self.is_running() && self.psql("postgres", "SELECT 1").is_ok()
    }

    fn is_running(&self) -> bool {
        self.is_postgres() && run("pg_ctl", self.pg_ctl(["status"])).is_ok()
    }

    /// Whether the process that `postmaster.pid` names is a PostgreSQL and alive: a zombie has no command line.
    fn is_postgres(&self) -> bool {
        let text = fs::read_to_string(self.data.join("postmaster.pid")).unwrap_or_default();
        let process = text.lines().next().unwrap_or_default().trim();
        fs::read(format!("/proc/{process}/cmdline"))
            .is_ok_and(|line| memchr::memmem::find(&line, b"postgres").is_some())
    }

    fn pg_ctl<const N: usize>(&self, arguments: [&str; N]) -> Command {
        let mut command = self.account.command(&self.binaries.folder.join("pg_ctl"));
        command.args(arguments).arg("-D").arg(&self.data);
        command
    }

    fn psql(&self, database: &str, statement: &str) -> Result<String, EmbeddedError> {
        let mut psql = self.account.command(&self.binaries.folder.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", "-U", NAME, "-d", database]);
        psql.arg("-h").arg(&self.socket).args(["-c", statement]);
        run("psql", psql)
    }
}

/// In the cluster's folder, or where that path is too long in one of its own under /tmp, named after it.
fn socket_directory(folder: &Path, uid: u32) -> PathBuf {
    let inside = folder.join("socket");
    let name = inside.as_os_str().as_encoded_bytes();
    if name.len() <= LONGEST_SOCKET_DIRECTORY && !name.contains(&b',') {
        return inside;
    }
    let hash = blake3::hash(name).to_hex();
    PathBuf::from(format!("/tmp/stadtwin-{uid}-{}", hash.get(..16).unwrap_or_default()))
}

/// What it printed; where it failed, what it said.
fn run(program: &'static str, mut command: Command) -> Result<String, EmbeddedError> {
    // The server inherits what pg_ctl has: with a pipe for its output we would wait for the server's end.
    let output = if program == "pg_ctl" {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.map(|status| std::process::Output { status, stdout: Vec::new(), stderr: Vec::new() })
    } else {
        command.stdin(Stdio::null()).output()
    };
    let output = output.map_err(EmbeddedError::io(Path::new(command.get_program())))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    let message = if said.is_empty() { output.status.to_string() } else { said };
    Err(EmbeddedError::Program { program, message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_too_long_for_a_socket_moves_to_tmp() {
        let short = Path::new("/data/postgres");
        assert_eq!(socket_directory(short, 7), Path::new("/data/postgres/socket"));
        let long = PathBuf::from(format!("/data/{}/postgres", "x".repeat(100)));
        let moved = socket_directory(&long, 7);
        assert!(moved.starts_with("/tmp") && moved.as_os_str().len() < 60, "{}", moved.display());
        assert_ne!(moved, socket_directory(&long.join("y"), 7));
    }
}
