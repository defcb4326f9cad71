//! What is told of an import: overridden systems, refused first imports, the time that data tell of, figures that stay.

use std::path::Path;
use std::sync::Arc;

use stadtwin::jobs::{Import, ImportReport, Progress};
use stadtwin::store::{IssueFilter, Store};

use crate::support::database::database;

/// EPSG:25832 and EPSG:7837 in its header.
const TOWN: &str = include_str!("../fixtures/two_boxes.gml");
const ROOF: &str = "<bldg:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>\
    <gml:posList srsDimension=\"3\">696000 5347000 487 696010 5347000 487 696010 5347010 487 696000 5347000 487</gml:posList>\
    </gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></bldg:lod1MultiSurface>";

/// The box that is well, without the open one.
fn one_box() -> String {
    let (head, rest) = TOWN.split_once("<!-- open -->").unwrap();
    format!("{head}{}", rest.split_once("<!-- /open -->").unwrap().1)
}

fn order(file: &Path, collection: &str) -> Import {
    Import {
        sources: vec![file.display().to_string()],
        collection: collection.into(),
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..Import::default()
    }
}

async fn run(store: &Store, import: Import) -> ImportReport {
    import.run(store, Arc::new(Progress::default())).await.unwrap()
}

async fn codes(store: &Store, collection: &str) -> Vec<String> {
    let collection = store.collection(collection).await.unwrap().unwrap();
    let page = store.issues(&collection, None, 100, IssueFilter::default()).await.unwrap();
    let told: i64 = store.issue_codes(&collection).await.unwrap().iter().map(|code| code.count).sum();
    assert_eq!(told, page.items.len() as i64);
    page.items.into_iter().map(|found| found.issue.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_import_that_can_use_nothing_leaves_its_findings() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    std::fs::write(&file, one_box()).unwrap();
    run(store, order(&file, "other")).await;
    std::fs::write(&file, one_box().replace("urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837", "Atlantis"))
        .unwrap();
    let report = run(store, order(&file, "buildings")).await;
    assert_eq!((report.revision, report.members), (None, 0));
    assert!(report.to_text().contains("`stadtwin issues --collection buildings`"), "{}", report.to_text());
    assert_eq!(codes(store, "buildings").await, ["crs_unknown"]);
    let names: Vec<_> = store.collections().await.unwrap().into_iter().map(|found| found.id).collect();
    assert_eq!(names, ["other"], "what was never published is not seen");
    assert_eq!(store.diagnose().await.unwrap().open_revisions, 0);
    // Again, and then with a file that is well.
    run(store, order(&file, "buildings")).await;
    assert_eq!(codes(store, "buildings").await, ["crs_unknown"]);
    std::fs::write(&file, one_box()).unwrap();
    assert!(run(store, order(&file, "buildings")).await.revision.is_some());
    assert_eq!(codes(store, "buildings").await, Vec::<String>::new());
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_named_against_the_file_is_told_with_both_codes() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    let urn = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837";
    // The name moves from the envelope to each solid.
    let moved = TOWN
        .replace(&format!(" srsName=\"{urn}\""), "")
        .replace("<gml:Solid>", &format!("<gml:Solid srsName=\"{urn}\">"));
    for (name, text, crs, expected) in [
        ("header", TOWN, "25833+7837", 1),
        ("members", moved.as_str(), "25833+7837", 1),
        ("heights", TOWN, "25832+5783", 1),
        ("same", TOWN, "25832+7837", 0),
        ("silent", TOWN, "25832", 0),
    ] {
        std::fs::write(&file, text).unwrap();
        let report = run(store, Import { crs: Some(crs.into()), ..order(&file, name) }).await;
        assert_eq!(report.issues.get("crs_overridden").copied().unwrap_or(0), expected, "{name}: {report:?}");
        if expected > 0 {
            let told = &report.examples["crs_overridden"];
            assert!(told.contains("EPSG:25832+7837") && told.contains(&format!("EPSG:{crs}")), "{told}");
        }
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_the_same_when_nothing_changed() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    let text = one_box().replace("</bldg:lod1Solid>", &format!("</bldg:lod1Solid>{ROOF}"));
    std::fs::write(&file, text).unwrap();
    let first = run(store, order(&file, "buildings")).await;
    let again = run(store, order(&file, "buildings")).await;
    assert_eq!((first.recognised, again.recognised), (0, 1));
    for report in [first, again] {
        // Hand: one object with two geometries of LoD1, six faces and one.
        assert_eq!(report.lods.into_iter().collect::<Vec<_>>(), [("1".to_owned(), 1)]);
        assert_eq!((report.polygon_elements, report.faces), (7, 7));
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_knows_the_time_that_it_tells_of() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    let dated = |text: &str, id: &str, dates: &str| {
        text.replace(
            &format!("<bldg:Building gml:id=\"{id}\">"),
            &format!("<bldg:Building gml:id=\"{id}\">{dates}"),
        )
    };
    let begun = |day: &str| format!("<core:creationDate>{day}</core:creationDate>");
    let ended =
        |day: &str| format!("{}<core:terminationDate>{day}</core:terminationDate>", begun("2001-01-01"));
    let (first, last) = ("2001-01-01T00:00:00Z", "2020-06-30T00:00:00Z");
    let cases = [
        (TOWN.to_owned(), [None, None]),
        (dated(TOWN, "well", &begun("2010-05-17")), [Some("2010-05-17T00:00:00Z"), None]),
        (
            dated(&dated(TOWN, "well", &begun("2010-05-17")), "open", &ended("2020-06-30")),
            [Some(first), None],
        ),
        (
            dated(&dated(TOWN, "well", &ended("2019-01-01")), "open", &ended("2020-06-30")),
            [Some(first), Some(last)],
        ),
    ];
    for (text, expected) in cases {
        std::fs::write(&file, text).unwrap();
        run(store, order(&file, "buildings")).await;
        let range = store.collection("buildings").await.unwrap().unwrap().valid_range;
        assert_eq!(range.each_ref().map(|time| time.as_deref()), expected);
    }
    database.close().await;
}

#[tokio::test]
async fn a_damaged_extension_is_diagnosed() {
    let database = database().await;
    assert!(database.store.diagnose().await.unwrap().postgis.unwrap().starts_with('3'));
    let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
    let damage = "ALTER EXTENSION postgis DROP FUNCTION postgis_lib_version(); DROP FUNCTION postgis_lib_version() CASCADE";
    sqlx::raw_sql(damage).execute(&pool).await.unwrap();
    pool.close().await;
    let found = database.store.diagnose().await.unwrap();
    assert!(found.postgis.unwrap_err().contains("postgis_lib_version"));
    database.close().await;
}
