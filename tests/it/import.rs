//! Import as a whole: modes, reports, atomicity under `kill -9`, and every shared file against independent counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use serde_json::Value;
use stadtwin::crs::{CRS84, HeightModel, Transformer};
use stadtwin::jobs::{Import, ImportReport, Mode, Progress};
use stadtwin::model::{Collection, Module, class_by_element, class_by_name};
use stadtwin::query::FeatureQuery;
use stadtwin::sample::write_city;
use stadtwin::store::Store;
use stadtwin::tiles::{TileObject, encode};

use crate::support::database::database;

fn import(source: &Path, collection: &str, mode: Mode) -> Import {
    Import {
        sources: vec![source.display().to_string()],
        collection: collection.into(),
        title: None,
        crs: None,
        mode,
        dry_run: false,
        geoid_constant_m: None,
        checks: stadtwin::jobs::Checks::None,
        on_error: stadtwin::jobs::OnError::Keep,
        jobs: 2,
        ..Import::default()
    }
}

async fn run(store: &Store, import: &Import) -> ImportReport {
    import.run(store, Arc::new(Progress::default())).await.unwrap()
}

async fn live_count(store: &Store, collection: &Collection) -> i64 {
    let query = FeatureQuery {
        overlay: None,
        collection: collection.clone().into(),
        revision: collection.head,
        limit: 1,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        filter: None,
        cell: None,
    };
    store.count(&query).await.unwrap()
}

fn city(directory: &Path, name: &str, count: u64) -> PathBuf {
    let path = directory.join(name);
    write_city(&mut std::fs::File::create(&path).unwrap(), count, 7).unwrap();
    path
}

/// `[inserted, updated, unchanged, ended, skipped]`.
fn figures(report: &ImportReport) -> [u64; 5] {
    [report.inserted, report.updated, report.unchanged, report.ended, report.skipped]
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_keep_what_is_known_and_end_what_is_gone() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", 60);
    let fewer = city(folder.path(), "fewer.gml", 50);
    let changed = folder.path().join("changed.gml");
    let text = std::fs::read_to_string(&all).unwrap();
    std::fs::write(&changed, text.replacen("<bldg:roofType>", "<bldg:roofType>9", 1)).unwrap();

    let cases: [(&Path, Mode, [u64; 5], i64, bool); 7] = [
        (&all, Mode::Update, [60, 0, 0, 0, 0], 60, true),
        (&all, Mode::Update, [0, 0, 60, 0, 0], 60, false),
        (&changed, Mode::Update, [0, 1, 59, 0, 0], 60, true),
        (&all, Mode::Append, [0, 0, 0, 0, 60], 60, false),
        (&fewer, Mode::Update, [0, 0, 49, 0, 0], 60, true),
        (&fewer, Mode::Replace, [0, 0, 50, 10, 0], 50, true),
        (&fewer, Mode::Replace, [0, 0, 50, 0, 0], 50, false),
    ];
    for (step, (source, mode, expected, live, published)) in cases.into_iter().enumerate() {
        let report = run(store, &import(source, "buildings", mode)).await;
        let mut found = figures(&report);
        // The one building that was changed and is as before again counts as changed.
        if step == 4 {
            assert_eq!(found[1], 1);
            found[1] = 0;
        }
        assert_eq!(found, expected, "step {step}");
        assert_eq!(report.revision.is_some(), published, "step {step}");
        let collection = store.collection("buildings").await.unwrap().unwrap();
        assert_eq!(live_count(store, &collection).await, live, "step {step}");
        assert_eq!(collection.feature_count, live, "step {step}");
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_as_the_same_bytes_is_not_read_again() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", 20);
    let first = run(store, &import(&all, "buildings", Mode::Update)).await;
    assert_eq!(first.recognised, 0);
    let text = std::fs::read_to_string(&all).unwrap();
    let srs_name = "urn:adv:crs:ETRS89_UTM32*DE_DHHN2016_NH";
    assert!(text.contains(srs_name));
    // The same objects in other words: how many need not be read.
    let spaced = text.replacen("<bldg:roofType>", "<bldg:roofType> ", 1);
    let respelled = text.replace(srs_name, "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837");
    let crlf = text.replace('\n', "\r\n");
    let cases = [(&text, 20), (&spaced, 19), (&respelled, 0), (&crlf, 0)];
    for (index, (text, recognised)) in cases.into_iter().enumerate() {
        let path = folder.path().join(format!("{index}.gml"));
        std::fs::write(&path, text).unwrap();
        let report = run(store, &import(&path, "buildings", Mode::Replace)).await;
        assert_eq!((figures(&report), report.recognised), ([0, 0, 20, 0, 0], recognised), "case {index}");
        assert_eq!(report.revision, None, "case {index}");
        assert_eq!((&report.classes, report.faces), (&first.classes, first.faces), "case {index}");
    }
    // Other checks may find something else, another CRS makes other objects.
    let plain = import(&all, "buildings", Mode::Update);
    let checked = Import { checks: stadtwin::jobs::Checks::All, ..plain.clone() };
    assert_eq!(run(store, &checked).await.recognised, 0);
    let forced = Import { crs: Some("25832+5783".into()), dry_run: true, ..plain };
    let report = run(store, &forced).await;
    assert_eq!((report.updated, report.recognised), (20, 0));
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_and_unusable_input_change_nothing() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", 10);
    let dry = Import { dry_run: true, ..import(&all, "buildings", Mode::Update) };
    let report = run(store, &dry).await;
    assert_eq!((report.inserted, report.revision), (10, None));
    assert_eq!(store.collections().await.unwrap(), []);
    assert_eq!(store.storage_crs().await.unwrap(), None);

    run(store, &import(&all, "buildings", Mode::Update)).await;
    let elsewhere = Import { crs: Some("EPSG:31468".into()), ..import(&all, "elsewhere", Mode::Update) };
    let report = run(store, &elsewhere).await;
    assert!(report.is_incomplete && report.examples.contains_key("crs_area"), "{report:?}");
    assert_eq!((report.skipped, report.inserted), (10, 0));
    assert_eq!(store.collections().await.unwrap().len(), 1);

    let nonsense = folder.path().join("nonsense.gml");
    std::fs::write(&nonsense, "this is not XML").unwrap();
    let refused = import(&nonsense, "buildings", Mode::Replace).run(store, Arc::default()).await;
    assert!(refused.unwrap_err().to_string().contains("nothing was changed"));
    let missing = import(&folder.path().join("missing.gml"), "buildings", Mode::Update);
    assert!(missing.run(store, Arc::default()).await.unwrap_err().to_string().contains("missing.gml"));
    let collection = store.collection("buildings").await.unwrap().unwrap();
    assert_eq!(live_count(store, &collection).await, 10);
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replace_ends_nothing_when_the_input_broke_off() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", 40);
    run(store, &Import { title: Some("Gebäude".into()), ..import(&all, "buildings", Mode::Update) }).await;

    let text = std::fs::read(&all).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &text).unwrap();
    let packed = encoder.finish().unwrap();
    let whole = String::from_utf8(text.clone()).unwrap();
    let (before, after) = whole.rsplit_once("</bldg:Building>").unwrap();
    let broken = format!("{before}</bldg:Bilding>{after}");
    let fewer = std::fs::read(city(folder.path(), "fewer.gml", 30)).unwrap();
    let path = folder.path().join("input.gml");
    let missing = folder.path().join("missing.gml").display().to_string();
    let cases: [(&str, &[u8], Option<&String>, bool); 5] = [
        ("cut off", &text[..text.len() / 2], None, false),
        ("gzip cut off", &packed[..packed.len() * 9 / 10], None, false),
        ("a tag that does not fit", broken.as_bytes(), None, false),
        ("a file that is not there", &fewer, Some(&missing), false),
        ("fewer, only tried", &fewer, None, true),
    ];
    for (what, bytes, more, dry_run) in cases {
        let refused = !dry_run;
        std::fs::write(&path, bytes).unwrap();
        let mut import = Import { dry_run, ..import(&path, "buildings", Mode::Replace) };
        import.sources.extend(more.cloned());
        let report = run(store, &import).await;
        assert_eq!(report.is_incomplete, refused, "{what}: {report:?}");
        assert_eq!(report.replace_refused.is_some(), refused, "{what}");
        assert_eq!(report.ended, if refused { 0 } else { 10 }, "{what}: {report:?}");
        let collection = store.collection("buildings").await.unwrap().unwrap();
        assert_eq!(
            (live_count(store, &collection).await, collection.title.as_str()),
            (40, "Gebäude"),
            "{what}"
        );
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_twice_is_taken_once_or_told_apart() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "a.gml", 5);
    let text = std::fs::read_to_string(&all).unwrap();
    std::fs::write(folder.path().join("b.gml"), text.replacen("<bldg:roofType>", "<bldg:roofType>9", 1))
        .unwrap();
    for expected in [[6, 0, 0, 0, 4], [0, 0, 6, 0, 4]] {
        let report = run(&database.store, &import(folder.path(), "buildings", Mode::Update)).await;
        assert_eq!(figures(&report), expected);
        assert_eq!(report.issues["id_duplicate"], 5);
    }
    database.close().await;
}

/// Ten processes killed at different moments, then one left alone: readers see nothing, then everything.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_is_never_seen() {
    const BUILDINGS: u64 = 1_500;
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", BUILDINGS);
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .args(["--database-url", &database.url, "import", "--collection", "buildings"])
            .arg(&all)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let visible = async || match store.collection("buildings").await.unwrap() {
        Some(collection) => live_count(store, &collection).await as u64,
        None => 0,
    };
    let mut whole = false;
    for attempt in 0..10_u32 {
        let mut child = start();
        // Look a different number of times before the kill: each look takes a few milliseconds.
        for _ in 0..(attempt * 37 % 10) * 25 {
            let seen = visible().await;
            assert!(seen == BUILDINGS || (seen == 0 && !whole), "a reader saw {seen} buildings");
            whole = seen == BUILDINGS;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(start().wait().unwrap().success());
    assert_eq!(visible().await, BUILDINGS);
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let keys: Vec<_> = store
        .plan_page(&collection, collection.head, 0)
        .await
        .unwrap()
        .items
        .iter()
        .map(|row| row.key)
        .collect();
    assert_eq!(keys.len() as u64, BUILDINGS);
    let diagnosis = store.diagnose().await.unwrap();
    assert_eq!(diagnosis.open_revisions, 0);
    database.close().await;
}

fn shared_data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    folder.join("counts.json").exists().then_some(folder)
}

/// What `counts.json` says of a file's Building module, by our class names; surfaces left out (they are in geometries).
fn expected_classes(record: &Value) -> BTreeMap<String, u64> {
    let mut expected = BTreeMap::new();
    for (name, count) in record["objects"].as_object().into_iter().flatten() {
        let Some(local) = name.strip_prefix("bldg:") else { continue };
        let Some(class) = class_by_element(Module::Building, local) else { continue };
        if !class.get().is_surface {
            *expected.entry(class.name().to_string()).or_default() += count.as_u64().unwrap();
        }
    }
    expected
}

/// Rows of the `building` tables over all leaves.
async fn property_rows(store: &Store, collection: &Collection) -> u64 {
    let storage = store.storage_crs().await.unwrap().unwrap();
    let heights = HeightModel::Constant(0.0);
    let mut rows = 0;
    for node in store.tile_plan(collection).await.unwrap().into_iter().filter(|node| node.leaf) {
        let node = store.tile_node(collection, &node.hash).await.unwrap().unwrap();
        let objects: Vec<_> = store.objects(collection, &node.members).await.unwrap();
        let objects: Vec<_> = objects
            .into_iter()
            .map(|(_, object, footprint, heights_m)| TileObject { object, footprint, heights_m })
            .collect();
        let to_lonlat = Transformer::new(&storage, &CRS84).unwrap();
        let glb = encode(&node, &objects, &collection.properties, &to_lonlat, &heights).unwrap();
        let length = u32::from_le_bytes(glb[12..16].try_into().unwrap()) as usize;
        let json: Value = serde_json::from_slice(&glb[20..20 + length]).unwrap();
        rows +=
            json["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["count"].as_u64().unwrap_or(0);
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shared_file_comes_through_with_its_counts() {
    let Some(folder) = shared_data() else {
        println!("skipped: no shared data beside the checkout (STADTWIN_SHARED_DATA names another place)");
        return;
    };
    let counts: Value = serde_json::from_slice(&std::fs::read(folder.join("counts.json")).unwrap()).unwrap();
    // A database for each CRS, one after another: each holds connections.
    let mut by_srs: BTreeMap<String, Vec<(&String, &Value)>> = BTreeMap::new();
    for (name, record) in counts.as_object().unwrap() {
        if record["format"] == "CityGML" && folder.join(name).exists() {
            let srs = record["srsNames"].as_object().and_then(|names| names.keys().next().cloned());
            by_srs.entry(srs.unwrap_or_default()).or_default().push((name, record));
        }
    }
    let (mut files, mut features) = (0, 0);
    for (srs, records) in by_srs {
        let database = database().await;
        for (name, record) in records {
            let id = format!("file-{files}");
            files += 1;
            let wanted = Import {
                crs: srs.is_empty().then(|| "25832+7837".to_string()),
                ..import(&folder.join(name), &id, Mode::Update)
            };
            match wanted.run(&database.store, Arc::default()).await {
                Ok(report) => features += check_file(&database.store, name, record, &id, &report).await,
                Err(error) => {
                    let text = format!("{error:#}");
                    assert!(text.contains("--crs"), "{name}: {text}");
                    println!("{name}: refused with a sentence: {text}");
                }
            }
        }
        database.close().await;
    }
    println!("{files} files, {features} features");
    assert!(files > 200);
}

/// Report → store → tiles; returns the number of features.
async fn check_file(store: &Store, name: &str, record: &Value, id: &str, report: &ImportReport) -> u64 {
    let mut expected = expected_classes(record);
    expected.retain(|class, count| report.classes.get(class) != Some(count));
    let explained = !report.issues.is_empty();
    assert!(expected.is_empty() || explained, "{name}: {expected:?} against {:?}", report.classes);
    for class in report.classes.keys() {
        assert!(class_by_name(class).is_some());
    }
    let polygons: u64 = ["Polygon", "Triangle", "Rectangle", "PolygonPatch"]
        .iter()
        .filter_map(|kind| record["gml"][kind].as_u64())
        .sum();
    if report.polygon_elements != polygons {
        assert!(explained, "{name}: {} polygons against {polygons}", report.polygon_elements);
        println!("{name}: {} of {polygons} polygons, issues {:?}", report.polygon_elements, report.issues);
    }
    let Some(collection) = store.collection(id).await.unwrap() else {
        // An import that brings nothing leaves no collection.
        assert!(report.inserted == 0 && (explained || report.members == 0), "{name}: {report:?}");
        return 0;
    };
    let matched = live_count(store, &collection).await as u64;
    assert_eq!(matched, report.inserted, "{name}");
    let planned = store.plan_page(&collection, collection.head, 0).await.unwrap().items.len() as u64;
    assert_eq!(property_rows(store, &collection).await, planned, "{name}");
    if collection.has_faces {
        assert!(planned > 0, "{name}");
    }
    matched
}

/// Three buildings edited by hand in the text of the file: a dry run tells what the import then does.
#[tokio::test(flavor = "multi_thread")]
async fn reports_tell_what_changed_feature_by_feature() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let all = city(folder.path(), "all.gml", 20);
    run(store, &import(&all, "buildings", Mode::Update)).await;
    let text = std::fs::read_to_string(&all).unwrap();
    let mut members: Vec<String> =
        text.split_inclusive("</core:cityObjectMember>").map(str::to_owned).collect();
    let value = |text: &str, element: &str| {
        let (_, rest) = text.split_once(&format!("<{element}")).unwrap();
        rest[rest.find('>').unwrap() + 1..rest.find('<').unwrap()].to_owned()
    };
    let id = |text: &str| text.split_once("gml:id=\"").unwrap().1.split('"').next().unwrap().to_owned();
    // An attribute changed, an attribute gone, a corner of the ground 2 m to the east.
    let roof = value(&members[3], "bldg:roofType");
    members[3] = members[3].replacen(&format!(">{roof}<"), ">7777<", 1);
    let (before, rest) = members[5].split_once("<bldg:measuredHeight").unwrap();
    let height = rest[rest.find('>').unwrap() + 1..rest.find('<').unwrap()].parse::<f64>().unwrap();
    members[5] = format!("{before}{}", rest.split_once("</bldg:measuredHeight>").unwrap().1);
    let list = value(&members[7], "gml:posList");
    let corner = list.trim().splitn(4, ' ').take(3).collect::<Vec<_>>().join(" ");
    let (x, rest) = corner.split_once(' ').unwrap();
    // The first vertex of a ring is its last, too.
    let moved = list.replace(&corner, &format!("{:.3} {rest}", x.parse::<f64>().unwrap() + 2.0));
    members[7] = members[7].replacen(&list, &moved, 1);
    let edited = folder.path().join("edited.gml");
    std::fs::write(&edited, members.concat()).unwrap();

    let dry = run(store, &Import { dry_run: true, ..import(&edited, "buildings", Mode::Update) }).await;
    let report = run(store, &import(&edited, "buildings", Mode::Update)).await;
    assert_eq!(dry.changes, report.changes, "the dry run tells the same");
    assert_eq!((dry.revision, report.updated, report.unchanged), (None, 3, 17));
    let changes = serde_json::to_value(&report.changes).unwrap();
    let counts = ["geometry", "attributes", "parts", "others"].map(|name| changes[name].as_u64().unwrap());
    assert_eq!(counts, [1, 2, 0, 0], "{changes}");
    let of = |index: usize| {
        let id = id(&members[index]);
        changes["features"].as_array().unwrap().iter().find(|feature| feature["id"] == id.as_str()).unwrap()
    };
    let attributes = |index: usize| {
        let mut attributes = of(index)["attributes"].clone();
        attributes[0].as_object_mut().unwrap().remove("part");
        attributes
    };
    assert_eq!(attributes(3), serde_json::json!([{ "name": "roofType", "old": roof, "new": "7777" }]));
    assert_eq!(attributes(5), serde_json::json!([{ "name": "measuredHeight", "old": height, "new": null }]));
    assert_eq!(of(7)["geometry"][0]["moved_m"], 2.0);
    assert!(report.to_text().contains(&format!("roofType \"{roof}\" → \"7777\"")), "{}", report.to_text());
    database.close().await;
}
