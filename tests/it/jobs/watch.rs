//! The watched folder.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::json;
use stadtwin::jobs::{Import, Mode, Watch, WatchedImport};

use super::server::{Server, city};

/// A file is taken when it stands still, once, and again when its content changed: also by another watcher.
#[tokio::test(flavor = "multi_thread")]
async fn a_watched_folder_hands_each_content_over_once() {
    let server = Server::start().await;
    let _worker = server.work();
    let folder = server.folder.path().join("deliveries");
    let watch = Watch {
        store: server.database.store.clone(),
        folder: folder.clone(),
        import: WatchedImport::City(Import {
            collection: "buildings".into(),
            mode: Mode::Update,
            geoid_constant_m: Some(45.5),
            ..Import::default()
        }),
        place: Some(server.spool.place().to_owned()),
        supply: server.supply.clone(),
        pause: Duration::from_secs(1),
    };
    let file = folder.join("week.gml");
    std::fs::write(&file, city(3)).unwrap();
    std::fs::write(folder.join("week.gml.part"), city(9)).unwrap();
    std::fs::write(folder.join("read.me"), "no city").unwrap();
    let mut seen = HashMap::new();
    for (content, count) in [(None, 3), (Some(city(5)), 5)] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        assert_eq!(watch.look(&mut seen).await.unwrap(), Vec::<i64>::new(), "it may still grow");
        let taken = watch.look(&mut seen).await.unwrap();
        assert_eq!(taken.len(), 1);
        let job = server.ended(&format!("/jobs/{}", taken[0])).await;
        assert_eq!(
            (&job["status"], &job["report"]["members"]),
            (&json!("successful"), &json!(count)),
            "{job}"
        );
        assert_eq!(watch.look(&mut seen).await.unwrap(), Vec::<i64>::new(), "once is enough");
    }
    assert_eq!(server.feature_count("buildings").await, 5);
    let mut anew = HashMap::new();
    for _ in 0..3 {
        assert_eq!(watch.look(&mut anew).await.unwrap(), Vec::<i64>::new(), "the store remembers");
    }
    server.database.close().await;
}
