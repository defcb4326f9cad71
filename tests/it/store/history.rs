//! Imports: nothing half is ever seen, nothing old is lost.

use stadtwin::model::{Issue, RevisionState, Severity};
use stadtwin::query::{FeatureQuery, Region};
use stadtwin::store::{CollectionSummary, FileFigures, Held, IssueFilter, StoreError, encode_rows};

use super::town::{EAST, NORTH, buildings, four_houses, house, import, write};
use crate::support::database::database;

async fn ids_at(store: &stadtwin::store::Store, revision: Option<i64>) -> Vec<String> {
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let revision = revision.unwrap_or(collection.head);
    let query = FeatureQuery {
        overlay: None,
        collection: collection.into(),
        revision,
        limit: 100,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        cell: None,
        filter: None,
    };
    let mut ids: Vec<_> =
        store.features(&query).await.unwrap().items.into_iter().map(|item| item.id).collect();
    ids.sort();
    ids
}

/// Rows of objects and of geometries, in the twin and in tables that have not joined it yet.
async fn row_counts(url: &str) -> (i64, i64) {
    let pool = sqlx::PgPool::connect(url).await.unwrap();
    let count = async |tables: &str| -> i64 {
        sqlx::query_scalar(
            "SELECT coalesce(sum((xpath('//n/text()', query_to_xml(
                format('SELECT count(*) AS n FROM %I', relname), false, false, '')))[1]::text::bigint), 0)::bigint
             FROM pg_class WHERE relkind = 'r' AND relname ~ $1",
        )
        .bind(tables)
        .fetch_one(&pool)
        .await
        .unwrap()
    };
    (count("^city_object_[0-9]+$").await, count("^object_geometry_[0-9]+$").await)
}

#[tokio::test]
async fn rows_of_an_open_revision_are_seen_by_nobody_and_go_when_it_dies() {
    let database = database().await;
    let store = &database.store;
    let session = write(store, &four_houses()).await.unwrap();
    let dead = session.revision();
    assert_eq!(ids_at(store, None).await, Vec::<String>::new());
    assert_eq!(row_counts(&database.url).await, (8, 8));
    // Dropped without a word, as when the process is killed.
    drop(session);
    let collection = buildings(store).await;
    let mut begun = store.begin_import(&collection).await;
    while matches!(begun, Err(StoreError::ImportRunning { .. })) {
        begun = store.begin_import(&collection).await;
    }
    let session = begun.unwrap();
    assert!(session.revision() > dead);
    assert_eq!(row_counts(&database.url).await, (0, 0));
    session.abandon().await.unwrap();
    assert_eq!(store.revisions(&collection).await.unwrap(), vec![]);
    database.close().await;
}

#[tokio::test]
async fn an_import_keeps_what_is_the_same_and_ends_what_changed() {
    let database = database().await;
    let store = &database.store;
    let first = import(store, &four_houses()).await;
    assert_eq!((first.inserted_count, first.ended_count, first.feature_count), (4, 0, 4));
    let mut houses = four_houses();
    houses[1].height_m = 15.0;
    let second = import(store, &houses).await;
    assert_eq!((second.inserted_count, second.ended_count, second.feature_count), (1, 1, 4));

    let collection = store.collection("buildings").await.unwrap().unwrap();
    let height = async |revision| {
        let feature = store.feature(&collection, revision, "DEBY_2").await.unwrap().unwrap();
        (feature.heights_m, feature.revision)
    };
    assert_eq!(height(first.number).await, (Some([500.0, 512.0]), first.number));
    assert_eq!(height(second.number).await, (Some([500.0, 515.0]), second.number));
    assert_eq!(store.feature_ended(&collection, "DEBY_2").await.unwrap(), None);
    let third = import(store, &houses).await;
    assert_eq!((third.inserted_count, third.ended_count), (0, 0));
    assert_eq!(store.revisions(&collection).await.unwrap()[0].state, RevisionState::Published);
    database.close().await;
}

#[tokio::test]
async fn a_replacement_ends_what_the_input_no_longer_holds_within_its_region() {
    let database = database().await;
    let store = &database.store;
    let first = import(store, &four_houses()).await;
    // Columns 0 to 2 lie inside the box, column 3 outside.
    let (w, s, e, n) = (EAST - 1.0, NORTH - 1.0, EAST + 51.0, NORTH + 9.0);
    let ring = vec![[w, s], [e, s], [e, n], [w, n], [w, s]];
    let region = Region { rings: vec![ring], heights_m: None };
    let session =
        write(store, &[house("DEBY_1", 0, 6.0, "1000"), house("DEBY_2", 1, 13.0, "3100")]).await.unwrap();
    assert_eq!(session.end_missing(Some(&region)).await.unwrap(), 1);
    let second = session.publish(CollectionSummary::default()).await.unwrap();
    assert_eq!((second.inserted_count, second.ended_count, second.feature_count), (1, 2, 3));
    assert_eq!(ids_at(store, None).await, ["DEBY_1", "DEBY_2", "DEBY_4"]);
    assert_eq!(ids_at(store, Some(first.number)).await.len(), 4);

    let collection = store.collection("buildings").await.unwrap().unwrap();
    assert_eq!(store.feature(&collection, second.number, "DEBY_3").await.unwrap(), None);
    assert_eq!(store.feature_ended(&collection, "DEBY_3").await.unwrap(), Some(second.number));
    assert_eq!(store.feature_ended(&collection, "never").await.unwrap(), None);
    assert_eq!(store.feature_ended(&collection, "DEBY_1").await.unwrap(), None);

    let session = write(store, &[]).await.unwrap();
    assert_eq!(session.end_missing(None).await.unwrap(), 3);
    session.publish(CollectionSummary::default()).await.unwrap();
    assert_eq!(store.collection("buildings").await.unwrap().unwrap().extent, None);
    database.close().await;
}

#[tokio::test]
async fn one_import_at_a_time_and_the_other_is_named() {
    let database = database().await;
    let session = write(&database.store, &four_houses()).await.unwrap();
    let collection = buildings(&database.store).await;
    let refused = database.store.begin_import(&collection).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("another import into `buildings` is running (database process "),
        "{refused}"
    );
    let refused = database.store.drop_collection("buildings").await.unwrap_err().to_string();
    assert!(refused.contains("is running"), "{refused}");
    session.abandon().await.unwrap();
    database.store.drop_collection("buildings").await.unwrap();
    assert_eq!(database.store.collections().await.unwrap(), vec![]);
    database.close().await;
}

#[tokio::test]
async fn a_writer_given_up_leaves_no_rows() {
    let database = database().await;
    let session = write(&database.store, &four_houses()).await.unwrap();
    let writer = session.writer().await.unwrap();
    drop(writer);
    session.abandon().await.unwrap();
    assert_eq!(row_counts(&database.url).await, (0, 0));
    database.close().await;
}

/// The import's own process is gone, one of its writers is not yet: its rows must not come after the clean-up.
#[tokio::test]
async fn a_writer_that_outlives_its_import_cannot_commit() {
    let database = database().await;
    let store = &database.store;
    let session = write(store, &[]).await.unwrap();
    let mut writer = session.writer().await.unwrap();
    let mut rows = session.rows();
    let house = house("DEBY_9", 9, 6.0, "1000");
    let (collection, revision) = (session.collection().clone(), session.revision());
    encode_rows(
        &mut rows,
        collection.key,
        revision,
        &mut (1..3),
        &house.object(),
        &house.footprint(),
        house.hash(),
    );
    writer.send(rows).await.unwrap();
    drop(session);
    let session = store.begin_import(&collection).await.unwrap();
    assert!(writer.finish().await.is_err());
    assert_eq!(row_counts(&database.url).await, (0, 0));
    session.abandon().await.unwrap();
    database.close().await;
}

#[tokio::test]
async fn issues_appear_with_their_revision() {
    let database = database().await;
    let store = &database.store;
    let issue = |code: &str, severity| Issue {
        object: "DEBY_1".into(),
        line: 12,
        code: code.into(),
        severity,
        message: "the ring was not closed: it was closed".into(),
        ..Issue::default()
    };
    let found = [
        ("a.gml".to_owned(), issue("ring_unclosed", Severity::Warning)),
        ("b.gml".to_owned(), issue("id_duplicate", Severity::Error)),
    ];
    let session = write(store, &four_houses()).await.unwrap();
    session.add_issues(&found).await.unwrap();
    let figures = FileFigures {
        file: "a.gml".into(),
        member_count: 4,
        inserted_count: 4,
        updated_count: 0,
        unchanged_count: 0,
        issue_count: 1,
        size_bytes: 1234,
        report: serde_json::json!({ "crs": "EPSG:25832" }),
    };
    session.add_file(&figures).await.unwrap();
    let collection = buildings(store).await;
    assert_eq!(store.issues(&collection, None, 10, Default::default()).await.unwrap().items, vec![]);
    let published = session.publish(CollectionSummary::default()).await.unwrap();
    let at = IssueFilter { held: Held::At(published.number), ..IssueFilter::default() };
    let page = store.issues(&collection, None, 1, at).await.unwrap();
    assert_eq!((page.items[0].file.as_str(), &page.items[0].issue), ("a.gml", &found[0].1));
    let page = store.issues(&collection, page.next, 1, Default::default()).await.unwrap();
    assert_eq!((page.items[0].file.as_str(), &page.items[0].issue), ("b.gml", &found[1].1));
    assert_eq!(page.next, None);
    database.close().await;
}
