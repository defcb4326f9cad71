//! The private cluster: shared, left, taken over.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stadtwin::store::{Embedded, Store};

use crate::http::request;

/// The server's process number while it runs.
fn server(data_dir: &Path) -> Option<String> {
    let text = std::fs::read_to_string(data_dir.join("postgres/data/postmaster.pid")).ok()?;
    Some(text.lines().next()?.to_owned())
}

fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    // Started by root, the server's account must pass through.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

#[tokio::test]
async fn users_share_the_cluster_and_the_last_one_stops_it() {
    let folder = folder();
    let first = Embedded::start(folder.path()).unwrap();
    let second = Embedded::start(folder.path()).unwrap();
    assert_eq!(first.url(), second.url());
    let process = server(folder.path()).unwrap();
    first.stop().unwrap();
    assert_eq!(server(folder.path()), Some(process.clone()));
    let store = Store::connect(second.url()).await.unwrap();
    assert_eq!(store.collections().await.unwrap(), vec![]);
    store.close().await;

    // The machine's death: the server killed, its process file left behind.
    assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    let third = Embedded::start(folder.path()).unwrap();
    Store::connect(third.url()).await.unwrap().ping().await.unwrap();
    assert_ne!(server(folder.path()), Some(process));
    drop(second);
    assert!(server(folder.path()).is_some());
    drop(third);
    assert_eq!(server(folder.path()), None);
}

#[test]
fn a_data_directory_that_the_server_cannot_enter_is_named() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // An ordinary account enters what it owns.
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let refused = Embedded::start(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("cannot enter `") && refused.contains("chmod o+x"), "{refused}");
}

#[tokio::test]
async fn a_server_brings_its_cluster_back_when_that_dies() {
    let folder = folder();
    let mut child = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--data-dir", &folder.path().display().to_string(), "serve", "--address", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = lines.find(|line| line.starts_with("API  ")).unwrap();
    let address = line.trim_start_matches("API").trim().trim_start_matches("http://").trim_end_matches('/');
    assert_eq!(request(address, "GET", "/health/ready", &[]).await.status, 200);
    let process = server(folder.path()).unwrap();
    assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
    let deadline = Instant::now() + Duration::from_secs(60);
    while server(folder.path()).is_none_or(|now| now == process)
        || request(address, "GET", "/health/ready", &[]).await.status != 200
    {
        assert!(Instant::now() < deadline, "the cluster did not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert_eq!(server(folder.path()), None);
}
