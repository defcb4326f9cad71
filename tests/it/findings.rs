//! Findings hold as long as what they were found in: a version of an object, or a file.

use std::path::Path;
use std::sync::Arc;

use stadtwin::jobs::{Checks, Import, ImportReport, Mode, OnError, Progress, Rollback};
use stadtwin::store::{Held, IssueFilter, Store};

use crate::support::database::database;

/// A box that is well, and one without a lid.
const TOWN: &str = include_str!("../fixtures/two_boxes.gml");
const LID: &str = "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing><gml:posList srsDimension=\"3\">\
    696030 5347000 486 696040 5347000 486 696040 5347010 486 696030 5347010 486 696030 5347000 486</gml:posList>\
    </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>";

/// With both boxes closed.
fn mended() -> String {
    let (head, open) = TOWN.split_once("<!-- open -->").unwrap();
    let shell = "<gml:exterior><gml:CompositeSurface>";
    format!("{head}<!-- open -->{}", open.replacen(shell, &format!("{shell}{LID}"), 1))
}

fn order(file: &Path) -> Import {
    Import {
        sources: vec![file.display().to_string()],
        collection: "buildings".into(),
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..Import::default()
    }
}

async fn run(store: &Store, import: Import) -> ImportReport {
    import.run(store, Arc::new(Progress::default())).await.unwrap()
}

/// `object:code` of what is held, sorted.
async fn found(store: &Store, held: Held) -> Vec<String> {
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let filter = IssueFilter { held, ..IssueFilter::default() };
    let page = store.issues(&collection, None, 100, filter).await.unwrap();
    let name = |issue: &stadtwin::model::Issue| format!("{}:{}", issue.object, issue.code);
    let mut names: Vec<String> = page.items.iter().map(|found| name(&found.issue)).collect();
    names.sort();
    let codes = store.issue_codes(&collection).await.unwrap();
    if held == Held::Now {
        assert_eq!(codes.iter().map(|code| code.count).sum::<i64>(), names.len() as i64, "{codes:?}");
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_end_with_the_version_of_their_object_and_come_back_with_it() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    std::fs::write(&file, TOWN).unwrap();
    let first = run(store, order(&file)).await.revision.unwrap();
    assert_eq!(found(store, Held::Now).await, ["open:302"]);

    // The same again finds the same, once.
    assert_eq!(run(store, order(&file)).await.revision, None);
    assert_eq!(found(store, Held::Now).await, ["open:302"]);
    assert_eq!(found(store, Held::Ever).await, ["open:302", "open:302"]);

    // Not looked for is not gone.
    run(store, Import { checks: Checks::None, ..order(&file) }).await;
    assert_eq!(found(store, Held::Now).await, ["open:302"]);

    std::fs::write(&file, mended()).unwrap();
    let second = run(store, order(&file)).await.revision.unwrap();
    assert_eq!(found(store, Held::Now).await, Vec::<String>::new());
    assert_eq!(found(store, Held::At(first)).await, ["open:302"]);
    assert_eq!(found(store, Held::At(second)).await, Vec::<String>::new());
    let collection = store.collection("buildings").await.unwrap().unwrap();
    assert_eq!(store.worst_objects(&collection, 20).await.unwrap(), []);

    let rollback = Rollback { collection: "buildings".into(), to: first, geoid_constant_m: Some(45.5) };
    let third = rollback.run(store, Arc::new(Progress::default())).await.unwrap().revision.unwrap();
    assert_eq!(found(store, Held::Now).await, ["open:302"]);
    assert_eq!(found(store, Held::At(second)).await, Vec::<String>::new());
    assert_eq!(found(store, Held::At(third)).await, ["open:302"]);

    // Gone with its object.
    let (head, tail) =
        (TOWN.split_once("<!-- open -->").unwrap().0, TOWN.split_once("<!-- /open -->").unwrap().1);
    std::fs::write(&file, format!("{head}{tail}")).unwrap();
    run(store, Import { mode: Mode::Replace, ..order(&file) }).await;
    assert_eq!(found(store, Held::Now).await, Vec::<String>::new());
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_on_files_and_on_what_was_left_out_end_with_the_next_look() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("town.gml"), folder.path().join("other.gml"));
    std::fs::write(&file, mended()).unwrap();
    run(store, order(&file)).await;

    // Cut off behind its objects: nothing changes, but the file is damaged.
    std::fs::write(&file, mended().replace("</core:CityModel>", "")).unwrap();
    assert_eq!(run(store, order(&file)).await.revision, None);
    assert_eq!(found(store, Held::Now).await, [":xml_malformed"]);
    // Another file says nothing of it.
    std::fs::write(&other, TOWN.replace("\"open\"", "\"other\"").replace("\"well\"", "\"fine\"")).unwrap();
    run(store, Import { on_error: OnError::Quarantine, ..order(&other) }).await;
    assert_eq!(found(store, Held::Now).await, [":xml_malformed", "other:302", "other:object_quarantined"]);
    std::fs::write(&file, mended()).unwrap();
    assert_eq!(run(store, order(&file)).await.revision, None);
    assert_eq!(found(store, Held::Now).await, ["other:302", "other:object_quarantined"]);

    std::fs::write(&other, mended().replace("\"open\"", "\"other\"").replace("\"well\"", "\"fine\""))
        .unwrap();
    run(store, Import { on_error: OnError::Quarantine, ..order(&other) }).await;
    assert_eq!(found(store, Held::Now).await, Vec::<String>::new());
    assert_eq!(found(store, Held::Ever).await.len(), 3);
    database.close().await;
}
