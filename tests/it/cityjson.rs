//! CityJSON through the whole import: by content, with its counts, and unchanged the second time.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use stadtwin::jobs::{Import, ImportReport, Mode};
use stadtwin::model::class_by_name;
use stadtwin::store::Store;

use crate::support::database::database;

fn import(source: &Path, collection: &str) -> Import {
    Import {
        sources: vec![source.display().to_string()],
        collection: collection.into(),
        title: None,
        crs: None,
        mode: Mode::Update,
        dry_run: false,
        geoid_constant_m: None,
        jobs: 2,
        ..Import::default()
    }
}

async fn run(store: &Store, import: &Import) -> ImportReport {
    import.run(store, Arc::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_of_the_sample_town_are_imported_by_their_content() {
    let database = database().await;
    let store = &database.store;
    let plans = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/plans");
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let plan = std::fs::read(plans.join("variant_a.city.json")).unwrap();
    std::io::Write::write_all(&mut encoder, &plan).unwrap();
    let packed = folder.path().join("plan.bin");
    std::fs::write(&packed, encoder.finish().unwrap()).unwrap();
    let model: Value = serde_json::from_slice(&plan).unwrap();
    let objects = model["CityObjects"].as_object().unwrap();
    let tops = objects.values().filter(|object| object["parents"].is_null()).count() as u64;

    let report = run(store, &import(&packed, "plan-a")).await;
    assert_eq!((report.inserted, report.is_incomplete), (tops, false), "{report:?}");
    assert_eq!(report.classes.values().sum::<u64>(), objects.len() as u64);
    let report = run(store, &import(&plans, "plans")).await;
    assert!(report.inserted > tops && report.files.len() == 2, "{report:?}");
    assert!(
        report.files.iter().all(|file| file.version == "CityJSON 2.0" && file.issues.is_empty()),
        "{report:?}"
    );
    let again = run(store, &import(&plans, "plans")).await;
    assert_eq!((again.inserted, again.updated), (0, 0));
    database.close().await;
}

fn shared_data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"), PathBuf::from);
    folder.join("counts.json").exists().then_some(folder)
}

/// Objects by CityJSON type; types of extensions are generic objects.
fn by_type(counts: impl Iterator<Item = (String, u64)>) -> BTreeMap<String, u64> {
    let mut types = BTreeMap::new();
    for (name, count) in counts {
        let known = stadtwin::model::classes().any(|(_, class)| class.cityjson == name && !class.is_surface);
        *types.entry(if known { name } else { "GenericCityObject".to_owned() }).or_default() += count;
    }
    types
}

#[tokio::test(flavor = "multi_thread")]
async fn every_shared_file_comes_through_and_is_unchanged_the_second_time() {
    let Some(folder) = shared_data() else {
        println!("skipped: no shared data beside the checkout (STADTWIN_SHARED_DATA names another place)");
        return;
    };
    let counts: Value = serde_json::from_slice(&std::fs::read(folder.join("counts.json")).unwrap()).unwrap();
    let mut databases = HashMap::new();
    let (mut files, mut whole) = (0, 0);
    let formats = ["CityJSON", "CityJSONSeq"];
    for (name, record) in counts.as_object().unwrap() {
        if !formats.contains(&record["format"].as_str().unwrap_or("")) {
            continue;
        }
        // Models of nowhere lie around the origin: Web Mercator takes them.
        let srs = record["referenceSystem"].as_str().unwrap_or_default().to_owned();
        if !databases.contains_key(&srs) {
            databases.insert(srs.clone(), database().await);
        }
        let store = &databases[&srs].store;
        let id = format!("file-{files}");
        files += 1;
        let wanted =
            Import { crs: srs.is_empty().then(|| "3857".to_owned()), ..import(&folder.join(name), &id) };
        let report = match wanted.run(store, Arc::default()).await {
            Ok(report) => report,
            Err(error) => {
                println!("{name}: refused with a sentence: {error:#}");
                continue;
            }
        };
        let left_out = ["crs_area", "crs_unknown", "file_unreadable", "id_duplicate", "json_malformed"];
        if left_out.iter().any(|code| report.issues.contains_key(*code)) {
            println!("{name}: {:?}", report.examples);
        } else if record["features"] != 0 {
            let expected = record["cityobjects"].as_object().into_iter().flatten();
            let expected = by_type(expected.map(|(name, count)| (name.clone(), count.as_u64().unwrap())));
            let found = report
                .classes
                .iter()
                .map(|(name, count)| (class_by_name(name).unwrap().get().cityjson.to_owned(), *count));
            assert_eq!(by_type(found), expected, "{name}");
            whole += 1;
        }
        let again = run(store, &wanted).await;
        assert_eq!((again.inserted, again.updated), (0, 0), "{name}: {again:?}");
    }
    println!("{files} files, {whole} whole");
    assert!(files > 130 && whole > 100, "{files} files, {whole} whole");
    for database in databases.into_values() {
        database.close().await;
    }
}
