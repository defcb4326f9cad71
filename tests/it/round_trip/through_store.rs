//! CityGML out of the store: by the job, the command and over HTTP, with its images.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use stadtwin::formats::Input;
use stadtwin::formats::citygml::Version;
use stadtwin::jobs::{Export, ExportFormat, Import, ImportReport, Mode};
use stadtwin::store::Store;

use super::read;
use crate::http::City;
use crate::images::{RED, building, model_of};
use crate::support::database::database;

async fn import(store: &Store, sources: &[PathBuf], collection: &str) -> ImportReport {
    let import = Import {
        sources: sources.iter().map(|source| source.display().to_string()).collect(),
        collection: collection.into(),
        title: None,
        crs: None,
        mode: Mode::Update,
        dry_run: false,
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..Import::default()
    };
    import.run(store, Arc::default()).await.unwrap()
}

fn export(collection: &str, format: ExportFormat) -> Export {
    Export {
        collection: collection.into(),
        format,
        bbox: None,
        filter: None,
        cell: None,
        crs: None,
        revision: None,
        lod: None,
        geoid_constant_m: Some(45.5),
    }
}

/// The sample town through the store, in its own version and in the others.
#[tokio::test(flavor = "multi_thread")]
async fn the_sample_town_comes_out_of_the_store_as_it_went_in() {
    let database = database().await;
    let store = &database.store;
    let town = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let names = ["buildings", "landuse.gml.gz", "transportation.gml.gz", "vegetation.gml.gz", "water.gml.gz"];
    let first = import(store, &names.map(|name| town.join(name)), "town").await;
    assert!(first.inserted > 50, "{first:?}");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);

    let report =
        export("town", ExportFormat::CityGml(Version::V2)).run_to_file(store, &file("2.gml")).await.unwrap();
    assert_eq!((report.features, report.losses.len()), (first.inserted, 0), "{report:?}");
    let again = import(store, &[file("2.gml")], "town").await;
    assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, first.inserted), "{again:?}");

    // There is no lossless way between versions, but nothing goes missing: as many objects, and no finding.
    for version in [Version::V1, Version::V3] {
        let path = file(&format!("{}.gml", version.name()));
        let report = export("town", ExportFormat::CityGml(version)).run_to_file(store, &path).await.unwrap();
        let (objects, found) = read(Input::file(&path)).unwrap();
        assert_eq!((found, report.features), (version, first.inserted));
        assert!(objects.len() as u64 >= first.inserted, "{}", objects.len());
        let issues: Vec<_> = objects.iter().flat_map(|parsed| &parsed.issues).collect();
        assert!(issues.is_empty(), "{issues:?}");
    }
    database.close().await;
}

/// A house with two images, one of them under a name that no folder should have.
#[tokio::test(flavor = "multi_thread")]
async fn images_go_beside_the_file_or_into_the_archive() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::create_dir(path("in")).unwrap();
    std::fs::write(path("in/wall.png"), RED).unwrap();
    std::fs::write(path("in/town.gml"), model_of(&building("a", &["wall.png", "gone.png"]))).unwrap();
    let report = import(store, &[path("in/town.gml")], "town").await;
    assert_eq!(report.inserted, 1, "{report:?}");

    for (format, name) in [
        (ExportFormat::CityGml(Version::V2), "out/town.gml"),
        (ExportFormat::CityJson, "json/town.city.json"),
    ] {
        std::fs::create_dir(path(name).parent().unwrap()).unwrap();
        let report = export("town", format).run_to_file(store, &path(name)).await.unwrap();
        assert_eq!(report.images, 1, "{report:?}");
        let beside = path(name).with_file_name("appearance").join("wall.png");
        assert_eq!(std::fs::read(beside).unwrap(), RED);
        let text = std::fs::read_to_string(path(name)).unwrap();
        assert!(text.contains("appearance/wall.png") && text.contains("gone.png"), "{text}");
    }
    let again = import(store, &[path("out/town.gml")], "town").await;
    assert_eq!((again.inserted, again.updated), (0, 0), "{again:?}");

    let (archive, losses) = (path("town.zip"), path("losses.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", &database.url, "export", "--collection", "town", "--format", "citygml-1.0"])
        .args(["--loss-report", losses.to_str().unwrap(), "-o", archive.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&std::fs::read(losses).unwrap()).unwrap();
    assert_eq!((&report["features"], &report["images"]), (&Value::from(1), &Value::from(1)));
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut names: Vec<_> = archive.file_names().map(str::to_owned).collect();
    names.sort();
    assert_eq!(names, ["appearance/wall.png", "town.gml"]);
    let mut text = String::new();
    archive.by_name("town.gml").unwrap().read_to_string(&mut text).unwrap();
    assert!(text.contains("http://www.opengis.net/citygml/building/1.0"), "{text}");
    database.close().await;
}

#[tokio::test]
async fn items_come_as_citygml_of_the_version_asked_for() {
    let city = City::start().await;
    let item = "/collections/buildings/items/B_3";
    let (three, two) = ("application/gml+xml;version=3.2", "application/gml+xml;version=3.1");
    let asked = [
        (format!("{item}?f=citygml"), "*/*", three, Version::V3),
        (format!("{item}?f=citygml-2.0"), "*/*", two, Version::V2),
        (item.to_owned(), two, two, Version::V2),
        (item.to_owned(), "application/gml+xml", three, Version::V3),
    ];
    for (target, accept, media, version) in asked {
        let answer = city.get_with(&target, &[("accept", accept)]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media), "{target} {accept}");
        assert_eq!(
            answer.header("content-crs"),
            "<http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=http://www.opengis.net/def/crs/EPSG/0/7837>"
        );
        let (objects, found) = read(Input::memory("answer", answer.text().into_bytes())).unwrap();
        assert_eq!((objects.len(), found), (1, version));
        // Box 3 as the fixture builds it.
        assert_eq!(objects[0].object.attributes["measuredHeight"], 6.3);
        assert!(objects[0].srs_name.as_deref().is_some_and(|name| name.contains("25832")));
    }
    let page = city.get("/collections/buildings/items?f=citygml&limit=4").await;
    assert_eq!(page.header("ogc-numberreturned"), "4");
    assert!(page.header("link").contains("rel=\"next\"") && page.header("link").contains(three));
    let (objects, _) = read(Input::memory("page", page.text().into_bytes())).unwrap();
    assert_eq!(objects.len(), 4);
}
