//! The private cluster: shared, left, taken over.

use std::path::Path;
use std::process::Command;

use stadtwin::store::{Embedded, Store};

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
