//! A dry run tells what a run would do, and writes nothing at all.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use stadtwin::jobs::{Import, ImportReport, Mode};
use stadtwin::sample::write_city;
use stadtwin::store::Store;

use crate::support::database::database;

/// A fingerprint of every table's rows.
async fn tables(url: &str) -> BTreeMap<String, String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert!(
        ["job", "image", "collection", "twin"].iter().all(|name| names.iter().any(|known| known == name))
    );
    let mut found = BTreeMap::new();
    for name in names {
        let rows =
            format!("SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {name} AS t");
        let rows: String = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_one(&mut connection).await.unwrap();
        found.insert(name, rows);
    }
    found
}

async fn run(store: &Store, path: &Path, dry_run: bool) -> ImportReport {
    let import = Import {
        sources: vec![path.display().to_string()],
        collection: "buildings".into(),
        mode: Mode::Replace,
        geoid_constant_m: Some(45.5),
        dry_run,
        jobs: 2,
        ..Import::default()
    };
    import.run(store, Arc::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.gml");
    let write = |count: u64, change: &dyn Fn(String) -> String| {
        let mut text = Vec::new();
        write_city(&mut text, count, 7).unwrap();
        std::fs::write(&path, change(String::from_utf8(text).unwrap())).unwrap();
    };
    write(12, &|text| text);
    // Of a collection that is not there yet: no job, no collection, no storage CRS either.
    let empty = tables(&database.url).await;
    let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", &database.url, "--geoid-constant", "45.5", "import", "--dry-run", "--json"])
        .args(["--collection", "buildings", &path.display().to_string()])
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["inserted"], 12);
    assert_eq!(tables(&database.url).await, empty);

    run(&database.store, &path, false).await;
    // Two go, one gets another roof, one another height.
    write(10, &|text| {
        let text = text.replacen("<bldg:roofType>", "<bldg:roofType>9", 1);
        let at = text.rfind("</bldg:measuredHeight>").unwrap();
        format!("{}9{}", &text[..at], &text[at..])
    });
    let before = tables(&database.url).await;
    let dry = run(&database.store, &path, true).await;
    assert_eq!(tables(&database.url).await, before);
    let real = run(&database.store, &path, false).await;
    assert_eq!((dry.changes.attributes, dry.changes.features.len()), (2, 2), "{}", dry.to_text());
    assert_eq!(dry.changes, real.changes);
    let figures = |report: &ImportReport| [report.inserted, report.updated, report.unchanged, report.ended];
    assert_eq!((figures(&dry), figures(&real)), ([0, 2, 8, 2], [0, 2, 8, 2]));
    database.close().await;
}
