//! Filters, other CRSs, grids and GeoPackage in exports.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;
use stadtwin::crs::parse_user_crs;
use stadtwin::jobs::{Export, ExportFormat, FilterLanguage, Import, Mode, WrittenFilter};
use stadtwin::sample::write_city;
use stadtwin::store::Store;

use crate::support::database::{Database, database};

const COUNT: u64 = 60;

async fn import(store: &Store, source: &Path, collection: &str) -> stadtwin::jobs::ImportReport {
    let import = Import {
        sources: vec![source.display().to_string()],
        collection: collection.into(),
        title: None,
        crs: None,
        mode: Mode::Update,
        dry_run: false,
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..Import::default()
    };
    let report = import.run(store, Arc::default()).await.unwrap();
    assert!(!report.is_incomplete, "{report:?}");
    report
}

async fn city(folder: &Path) -> Database {
    let database = database().await;
    let path = folder.join("city.gml");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    write_city(&mut out, COUNT, 7).unwrap();
    std::io::Write::flush(&mut out).unwrap();
    import(&database.store, &path, "city").await;
    database
}

fn all(format: ExportFormat) -> Export {
    Export {
        collection: "city".into(),
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

fn filtered(format: ExportFormat, text: &str) -> Export {
    let language = if text.starts_with('{') { FilterLanguage::Json } else { FilterLanguage::Text };
    Export { filter: Some(WrittenFilter { language, text: text.into() }), ..all(format) }
}

async fn ids(store: &Store, export: &Export) -> BTreeSet<String> {
    let (bytes, report) = export.run(store, Vec::new()).await.unwrap();
    let document: Value = serde_json::from_slice(&bytes).unwrap();
    let features = document["features"].as_array().unwrap();
    assert_eq!(features.len() as u64, report.features);
    features.iter().map(|feature| feature["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_and_its_negation_share_the_city() {
    let folder = tempfile::tempdir().unwrap();
    let database = city(folder.path()).await;
    let store = &database.store;
    let whole = ids(store, &all(ExportFormat::GeoJson)).await;
    assert_eq!(whole.len() as u64, COUNT);
    let high = ids(store, &filtered(ExportFormat::GeoJson, "measuredHeight > 9")).await;
    let low = ids(store, &filtered(ExportFormat::GeoJson, "NOT measuredHeight > 9")).await;
    assert!(!high.is_empty() && !low.is_empty() && high.is_disjoint(&low));
    assert_eq!(high.union(&low).cloned().collect::<BTreeSet<_>>(), whole);
    let json = r#"{"op":">","args":[{"property":"measuredHeight"},9]}"#;
    assert_eq!(ids(store, &filtered(ExportFormat::GeoJson, json)).await, high);
    let error = filtered(ExportFormat::CityJson, "hight > 9").run(store, Vec::new()).await.unwrap_err();
    assert!(format!("{error:#}").contains("at character 1: no property `hight`"), "{error:#}");
    database.close().await;
}

/// Corner coordinates of a written CityJSON file: lowest of each axis.
fn lowest(bytes: &[u8]) -> ([f64; 3], String) {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    let number = |value: &Value| value.as_f64().unwrap();
    let axis = |axis: usize| {
        let vertices = document["vertices"].as_array().unwrap().iter();
        let least = vertices.map(|vertex| number(&vertex[axis])).fold(f64::INFINITY, f64::min);
        let transform = &document["transform"];
        least * number(&transform["scale"][axis]) + number(&transform["translate"][axis])
    };
    let system = document["metadata"]["referenceSystem"].as_str().unwrap().to_owned();
    ([axis(0), axis(1), axis(2)], system)
}

#[tokio::test(flavor = "multi_thread")]
async fn coordinates_are_those_of_the_crs_that_the_file_names() {
    let folder = tempfile::tempdir().unwrap();
    let database = city(folder.path()).await;
    let store = &database.store;
    let (bytes, _) = all(ExportFormat::CityJson).run(store, Vec::new()).await.unwrap();
    let ([east, north, up], _) = lowest(&bytes);
    for (code, horizontal) in [("25833", 25833), ("4258", 4258), ("3857", 3857), ("31468", 31468)] {
        let crs = parse_user_crs(code).unwrap();
        let export = Export { crs: Some(crs), ..all(ExportFormat::CityJson) };
        let path = folder.path().join(format!("{code}.city.json"));
        export.run_to_file(store, &path).await.unwrap();
        let ([x, y, z], system) = lowest(&std::fs::read(&path).unwrap());
        let named = if horizontal == 31468 { 5834 } else { horizontal };
        let names = [named, horizontal].map(|code| format!("https://www.opengis.net/def/crs/EPSG/0/{code}"));
        assert!(names.contains(&system), "{system}");
        assert!((z - up).abs() < 1e-3);
        // Expected: PROJ itself, from the lowest corner; a turned box is lower by what it is turned.
        let mut corner = [[east, north]];
        let storage = store.storage_crs().await.unwrap().unwrap();
        stadtwin::crs::Transformer::new(&storage, &crs).unwrap().convert_2d(&mut corner).unwrap();
        let [[first, second]] = corner;
        let (first, second) = if crs.north_first { (second, first) } else { (first, second) };
        let room = if crs.north_first { 0.01 } else { 400.0 };
        assert!((x - first).abs() < room && (y - second).abs() < room, "{code}: {x} {y} {first} {second}");
        // Read again, every house is where it was, up to a millimetre or two.
        let again = database_of(&path, &storage).await;
        let (before, after) = (middles(store).await, middles(&again.store).await);
        assert_eq!(before.len(), after.len());
        for ((id, a), (same, b)) in before.iter().zip(&after) {
            let off = (a[0] - b[0]).hypot(a[1] - b[1]);
            assert!(id == same && off < 0.005, "{code}: {id} is {off} m off");
        }
        again.close().await;
    }
    let geojson = Export { crs: Some(parse_user_crs("25833").unwrap()), ..all(ExportFormat::GeoJson) };
    let error = geojson.run(store, Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("RFC 7946"), "{error}");
    let unknown = Export { crs: Some(parse_user_crs("23632").unwrap()), ..all(ExportFormat::CityJson) };
    let error = unknown.run(store, Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("23632"), "{error}");
    database.close().await;
}

/// A fresh store in the same CRS with what a file holds.
async fn database_of(path: &Path, storage: &stadtwin::model::Crs) -> Database {
    let database = database().await;
    database.store.set_storage_crs(storage).await.unwrap();
    import(&database.store, path, "city").await;
    database
}

/// Id and middle of each footprint's box, by id.
async fn middles(store: &Store) -> Vec<(String, [f64; 2])> {
    let collection = store.collection("city").await.unwrap().unwrap();
    let rows = store.plan_page(&collection, collection.head, 0).await.unwrap().items;
    let keys: Vec<_> = rows.iter().map(|row| row.key).collect();
    let objects = store.objects(&collection, &keys).await.unwrap();
    let mut middles: Vec<_> =
        objects.into_iter().zip(rows).map(|((_, object, ..), row)| (object.id, row.centroid)).collect();
    middles.sort_by(|a, b| a.0.cmp(&b.0));
    middles
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grid_of_files_holds_each_feature_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = city(folder.path()).await;
    let store = &database.store;
    let out = folder.path().join("tiles");
    let size_m = 100.0;
    let files = all(ExportFormat::GeoJson).run_to_folder(store, &out, size_m).await.unwrap();
    assert!(files.len() > 1, "{files:?}");
    let middles = middles(store).await;
    let mut seen = BTreeSet::new();
    for (name, report) in &files {
        let document: Value = serde_json::from_slice(&std::fs::read(out.join(name)).unwrap()).unwrap();
        let features = document["features"].as_array().unwrap();
        assert_eq!(features.len() as u64, report.features);
        for feature in features {
            let id = feature["id"].as_str().unwrap().to_owned();
            let (_, [east, north]) = middles.iter().find(|(known, _)| *known == id).unwrap();
            let corner = |value: f64| ((value / size_m).floor() * size_m) as i64;
            assert_eq!(*name, format!("{}_{}.geojson", corner(*east), corner(*north)), "{id}");
            assert!(seen.insert(id));
        }
    }
    assert_eq!(seen.len() as u64, COUNT);
    let kilometres = all(ExportFormat::CityJson).run_to_folder(store, &out, 1000.0).await.unwrap();
    let [east, north] = middles[0].1;
    let name = format!("{}_{}.city.json", (east / 1000.0).floor(), (north / 1000.0).floor());
    assert!(kilometres.iter().any(|(file, _)| *file == name), "{name}: {kilometres:?}");
    assert!(all(ExportFormat::CityJson).run_to_folder(store, &out, 0.0).await.is_err());
    database.close().await;
}

fn count(package: &Connection, sql: &str) -> i64 {
    package.query_row(sql, [], |row| row.get(0)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_geopackage_holds_footprints_attributes_and_surfaces() {
    let folder = tempfile::tempdir().unwrap();
    let database = city(folder.path()).await;
    let store = &database.store;
    for (crs, code) in [(None, 25832), (Some("4258"), 4258)] {
        let crs = crs.map(|code| parse_user_crs(code).unwrap());
        let path = folder.path().join(format!("{code}.gpkg"));
        let report = Export { crs, ..all(ExportFormat::GeoPackage) }.run_to_file(store, &path).await.unwrap();
        assert_eq!(report.features, COUNT);
        let package = Connection::open(&path).unwrap();
        assert_eq!(count(&package, "PRAGMA application_id"), 0x4750_4B47);
        assert_eq!(count(&package, "SELECT count(*) FROM city"), COUNT as i64);
        assert_eq!(count(&package, "SELECT count(*) FROM rtree_city_geom"), COUNT as i64);
        let surfaces = count(&package, "SELECT count(*) FROM city_surface");
        assert_eq!(count(&package, "SELECT count(*) FROM rtree_city_surface_geom"), surfaces);
        assert_eq!(
            count(&package, "SELECT count(DISTINCT feature) FROM city_surface WHERE class = 'GroundSurface'"),
            COUNT as i64
        );
        assert_eq!(count(&package, "SELECT srs_id FROM gpkg_contents WHERE table_name = 'city'"), code);
        assert_eq!(
            count(&package, "SELECT count(*) FROM city WHERE typeof(measuredHeight) = 'real'"),
            COUNT as i64
        );
        check_with_gdal(&path, code);
    }
    let high = filtered(ExportFormat::GeoPackage, "measuredHeight > 9");
    let path = folder.path().join("high.gpkg");
    let report = high.run_to_file(store, &path).await.unwrap();
    let package = Connection::open(&path).unwrap();
    assert_eq!(count(&package, "SELECT count(*) FROM city WHERE measuredHeight > 9"), report.features as i64);
    database.close().await;
}

/// GDAL's own eyes: types, CRS, extent, and the index in use.
fn check_with_gdal(path: &Path, code: i64) {
    let Ok(output) = Command::new("ogrinfo").args(["-so", "-al"]).arg(path).output() else {
        println!("skipped: no ogrinfo (gdal-bin)");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.is_empty(), "{errors}");
    for part in [
        "Layer name: city\n",
        "Layer name: city_surface\n",
        "Geometry: Multi Polygon\n",
        "Geometry: 3D Multi Polygon\n",
        "measuredHeight: Real (0.0)",
        &format!("Feature Count: {COUNT}\n"),
        &format!("ID[\"EPSG\",{code}]]"),
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let nowhere =
        Command::new("ogrinfo").args(["-so", "-spat", "0", "0", "1", "1"]).arg(path).arg("city").output();
    assert!(String::from_utf8_lossy(&nowhere.unwrap().stdout).contains("Feature Count: 0\n"));
}
