//! An earlier revision becomes the head again: with its content, without losing history, unseen until it is whole.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use stadtwin::jobs::{Import, Mode, Progress, Rollback, RollbackReport};
use stadtwin::model::CityObject;
use stadtwin::query::FeatureQuery;
use stadtwin::sample::write_city;
use stadtwin::store::Store;

use crate::support::database::database;

/// By id: row number and the whole object.
type Content = BTreeMap<String, (i64, CityObject)>;

async fn content(store: &Store, revision: Option<i64>) -> Content {
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let revision = revision.unwrap_or(collection.head);
    let query = FeatureQuery {
        overlay: None,
        collection: collection.clone().into(),
        revision,
        limit: 1_000,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        filter: None,
        cell: None,
    };
    let keys: Vec<_> = store.features(&query).await.unwrap().items.iter().map(|item| item.key).collect();
    let objects = store.objects(&collection, &keys).await.unwrap();
    objects.into_iter().map(|(key, object, ..)| (object.id.clone(), (key, object))).collect()
}

fn objects(content: &Content) -> Vec<&CityObject> {
    content.values().map(|(_, object)| object).collect()
}

async fn import(store: &Store, source: &Path) -> i64 {
    let import = Import {
        sources: vec![source.display().to_string()],
        collection: "buildings".into(),
        title: None,
        crs: None,
        mode: Mode::Replace,
        dry_run: false,
        checks: stadtwin::jobs::Checks::None,
        on_error: stadtwin::jobs::OnError::Keep,
        geoid_constant_m: Some(45.5),
        jobs: 2,
        ..Import::default()
    };
    import.run(store, Arc::new(Progress::default())).await.unwrap().revision.unwrap()
}

async fn rollback(store: &Store, to: i64) -> anyhow::Result<RollbackReport> {
    let rollback = Rollback { collection: "buildings".into(), to, geoid_constant_m: Some(45.5) };
    rollback.run(store, Arc::new(Progress::default())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_brings_back_what_was_and_keeps_what_came() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gml");
    write_city(&mut std::fs::File::create(&path).unwrap(), 60, 7).unwrap();
    let first = import(store, &path).await;
    let before = content(store, None).await;
    assert_eq!(before.len(), 60);

    // Two buildings changed, ten gone.
    write_city(&mut std::fs::File::create(&path).unwrap(), 50, 7).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("<bldg:roofType>", "<bldg:roofType>9", 2)).unwrap();
    let second = import(store, &path).await;
    let after = content(store, None).await;
    assert_eq!(after.len(), 50);

    let report = rollback(store, first).await.unwrap();
    assert_eq!((report.inserted, report.ended, report.features), (12, 2, 60));
    let third = report.revision.unwrap();
    let restored = content(store, None).await;
    assert_eq!(objects(&restored), objects(&before));
    let kept = restored.iter().filter(|(id, (key, _))| before[*id].0 == *key).count();
    assert_eq!(kept, 48, "what is the same in both is not written again");
    assert_eq!(content(store, Some(second)).await, after);
    assert_eq!(content(store, Some(first)).await, before);
    let collection = store.collection("buildings").await.unwrap().unwrap();
    assert_eq!((collection.head, collection.feature_count), (third, 60));
    assert_eq!(store.tile_plan_state(&collection).await.unwrap().unwrap().0, third);
    let revisions = store.revisions(&collection).await.unwrap();
    let listed: Vec<_> = revisions.iter().map(|revision| (revision.number, revision.restores)).collect();
    assert_eq!(listed, [(third, Some(first)), (second, None), (first, None)]);

    assert_eq!(rollback(store, first).await.unwrap().revision, None, "it is there already");
    let report = rollback(store, second).await.unwrap();
    assert_eq!((report.inserted, report.ended), (2, 12));
    assert_eq!(objects(&content(store, None).await), objects(&after));
    assert_eq!(rollback(store, third).await.unwrap().inserted, 12);
    assert_eq!(objects(&content(store, None).await), objects(&before));

    let refused = rollback(store, 4_711).await.unwrap_err().to_string();
    assert!(
        refused.contains("no published revision 4711") && refused.contains("stadtwin revisions"),
        "{refused}"
    );
    database.close().await;
}

/// Readers beside ten rollbacks there and back: each look shows one of the two states, whole.
#[tokio::test(flavor = "multi_thread")]
async fn readers_never_see_a_mixture() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.gml");
    write_city(&mut std::fs::File::create(&path).unwrap(), 80, 7).unwrap();
    let first = import(store, &path).await;
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("<bldg:roofType>", "<bldg:roofType>9")).unwrap();
    let second = import(store, &path).await;
    let roofs = async |store: &Store| {
        let content = content(store, None).await;
        let changed = |object: &CityObject| object.attributes["roofType"].as_str().unwrap().starts_with('9');
        (content.len(), objects(&content).into_iter().filter(|object| changed(object)).count())
    };
    assert_eq!(roofs(store).await, (80, 80));

    let (reader, done) = (store.clone(), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let stop = done.clone();
    let looks = tokio::spawn(async move {
        let mut seen = [0, 0];
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            match roofs(&reader).await {
                (80, 80) => seen[1] += 1,
                (80, 0) => seen[0] += 1,
                mixture => panic!("a reader saw {mixture:?}"),
            }
        }
        seen
    });
    for step in 0..10 {
        rollback(store, if step % 2 == 0 { first } else { second }).await.unwrap();
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    let seen = looks.await.unwrap();
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    database.close().await;
}
