//! Collections as files, and read again: nothing changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::Value;
use stadtwin::jobs::{Export, ExportFormat, ExportReport, Import, ImportReport, Mode};
use stadtwin::model::Lod;
use stadtwin::sample::write_city;
use stadtwin::store::Store;

use crate::http::{City, ENDED, FEATURES, request};
use crate::support::database::database;

async fn import(store: &Store, source: &Path, collection: &str) -> ImportReport {
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

fn all(collection: &str, format: ExportFormat) -> Export {
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

async fn export(store: &Store, export: &Export) -> (String, ExportReport) {
    let (bytes, report) = export.run(store, Vec::new()).await.unwrap();
    (String::from_utf8(bytes).unwrap(), report)
}

/// Objects by class, features and faces at the head.
async fn figures(store: &Store, collection: &str) -> (BTreeMap<String, i64>, i64, u64) {
    let collection = store.collection(collection).await.unwrap().unwrap();
    let rows = store.plan_page(&collection, collection.head, 0).await.unwrap().items;
    let faces = rows.iter().map(|row| u64::from(row.face_count)).sum();
    (collection.classes.into_iter().collect(), collection.feature_count, faces)
}

/// A house with a roof, two trees from one template, at two LoDs.
const GARDEN: &str = r#"{"type":"CityJSON","version":"2.0",
"transform":{"scale":[0.001,0.001,0.001],"translate":[697100.0,5347300.0,470.0]},
"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/25832"},
"CityObjects":{
 "house":{"type":"Building","attributes":{"storeysAboveGround":2,"name":"Haus"},"children":["part"],
  "geometry":[{"type":"MultiSurface","lod":"1.2","boundaries":[[[0,1,2,3]]],
   "semantics":{"surfaces":[{"type":"RoofSurface","slope":0.5}],"values":[0]}}]},
 "part":{"type":"BuildingPart","parents":["house"],"geometry":[{"type":"MultiSurface","lod":"2.2","boundaries":[[[0,1,2]],[[0,2,3]]]}]},
 "oak":{"type":"SolitaryVegetationObject","geometry":[{"type":"GeometryInstance","template":0,"boundaries":[4],
  "transformationMatrix":[2,0,0,0,0,2,0,0,0,0,2,0,0,0,0,1]}]},
 "ash":{"type":"SolitaryVegetationObject","geometry":[{"type":"GeometryInstance","template":0,"boundaries":[5],
  "transformationMatrix":[3,0,0,0,0,3,0,0,0,0,3,0,0,0,0,1]}]}},
"geometry-templates":{"templates":[{"type":"MultiSurface","lod":"1","boundaries":[[[0,1,2]]]}],
 "vertices-templates":[[0,0,0],[1.5,0,0],[0,0,1.25]]},
"vertices":[[0,0,9000],[8123,0,9000],[8123,6000,9000],[0,6000,9000],[20001,1000,500],[24000,-1000,501]]}"#;

/// The plan of the sample town and a garden, as document and as sequence, back into where they came from.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_and_read_again_changes_nothing() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let garden = folder.path().join("garden.city.json");
    std::fs::write(&garden, GARDEN).unwrap();
    let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/plans/variant_a.city.json");
    for (source, collection, features) in [(plan, "plan", 11), (garden, "garden", 3)] {
        assert_eq!(import(store, &source, collection).await.inserted, features);
        for (format, ending) in
            [(ExportFormat::CityJson, "city.json"), (ExportFormat::CityJsonSeq, "city.jsonl")]
        {
            let file = folder.path().join(format!("{collection}.{ending}"));
            let report = all(collection, format).run_to_file(store, &file).await.unwrap();
            assert_eq!((report.features, report.left_out), (features, 0));
            let again = import(store, &file, collection).await;
            assert_eq!((again.inserted, again.updated, again.unchanged), (0, 0, features), "{again:?}");
        }
    }
    let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(files.len(), 4, "nothing but the files asked for: {files:?}");

    let (text, report) = export(store, &all("garden", ExportFormat::CityJson)).await;
    assert!(report.losses.is_empty(), "{report:?}");
    let (found, given): (Value, Value) =
        (serde_json::from_str(&text).unwrap(), serde_json::from_str(GARDEN).unwrap());
    assert_eq!(found["CityObjects"].as_object().unwrap().len(), 4);
    assert_eq!(found["CityObjects"]["house"]["attributes"], given["CityObjects"]["house"]["attributes"]);
    assert_eq!(found["geometry-templates"]["templates"], given["geometry-templates"]["templates"]);
    // Whole numbers may be written `0` or `0.0`.
    let corners = |document: &Value| -> Vec<f64> {
        let points = document["geometry-templates"]["vertices-templates"].as_array().unwrap();
        points.iter().flat_map(|point| point.as_array().unwrap()).map(|n| n.as_f64().unwrap()).collect()
    };
    assert_eq!(corners(&found), corners(&given));
    assert_eq!(found["metadata"]["referenceSystem"], given["metadata"]["referenceSystem"]);
    assert_eq!(found["metadata"]["identifier"], "garden");

    // Parts count: the house has LoD 2.2 below it, the trees have LoD 1 alone.
    let fine = Export { lod: Some(Lod(22)), ..all("garden", ExportFormat::CityJson) };
    let (text, report) = export(store, &fine).await;
    assert_eq!((report.features, report.left_out), (1, 2));
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["CityObjects"]["house"]["geometry"], Value::Null);
    assert_eq!(found["CityObjects"]["part"]["geometry"][0]["lod"], "2.2");
    database.close().await;
}

/// CityGML has more than CityJSON can say; what it can say is stable.
#[tokio::test(flavor = "multi_thread")]
async fn citygml_as_cityjson_keeps_its_counts_and_is_stable() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let city = folder.path().join("city.gml");
    write_city(&mut std::fs::File::create(&city).unwrap(), 1_200, 7).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    let sources = [(city, "city"), (sample.join("buildings/lod3.gml.gz"), "lod3")];
    for (source, collection) in sources {
        import(store, &source, collection).await;
        let (text, report) = export(store, &all(collection, ExportFormat::CityJsonSeq)).await;
        let expected = figures(store, collection).await;
        assert_eq!(report.features as i64, expected.1);
        assert_eq!(text.lines().count() as i64, expected.1 + 1);
        let file = folder.path().join(format!("{collection}.city.jsonl"));
        std::fs::write(&file, &text).unwrap();
        let copy = format!("{collection}-copy");
        import(store, &file, &copy).await;
        assert_eq!(figures(store, &copy).await, expected, "{collection}");
        let (again, _) = export(store, &all(&copy, ExportFormat::CityJsonSeq)).await;
        for (line, (before, after)) in text.lines().zip(again.lines()).enumerate().skip(1) {
            assert_eq!(before, after, "{collection}, line {line}");
        }
    }
    database.close().await;
}

fn stadtwin(url: &str, arguments: &[&str]) -> (bool, Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(["--database-url", url, "export", "--collection", "city"])
        .args(arguments)
        .output()
        .unwrap();
    (output.status.success(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

/// Of 60 buildings ten go: the earlier revision still has them.
#[tokio::test(flavor = "multi_thread")]
async fn the_command_writes_revisions_boxes_and_footprints_or_no_file_at_all() {
    let database = database().await;
    let store = &database.store;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    for count in [60, 50] {
        write_city(&mut std::fs::File::create(path("city.gml")).unwrap(), count, 7).unwrap();
        let import = Import {
            sources: vec![path("city.gml").display().to_string()],
            collection: "city".into(),
            mode: Mode::Replace,
            geoid_constant_m: Some(45.5),
            jobs: 1,
            ..Import::default()
        };
        import.run(store, Arc::default()).await.unwrap();
    }
    let collection = store.collection("city").await.unwrap().unwrap();
    let earlier = store.revisions(&collection).await.unwrap().last().unwrap().number.to_string();

    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let (done, out, _) = stadtwin(&database.url, &["--format", "cityjsonseq", "-o", "-"]);
    assert_eq!((done, lines(&out)), (true, 51));
    let sequence = ["--format", "cityjsonseq", "--revision", &earlier, "-o", "-"];
    assert_eq!(lines(&stadtwin(&database.url, &sequence).1), 61);

    let file = path("city.geojson");
    let target = file.to_str().unwrap();
    let (done, _, told) = stadtwin(&database.url, &["--format", "geojson", "-o", target]);
    assert!(done && told.contains("50 features written") && told.contains("holds footprints"), "{told}");
    let whole: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let features = whole["features"].as_array().unwrap();
    let bounds = |feature: &Value| {
        let mut points = Vec::new();
        for ring in
            feature["geometry"]["coordinates"].as_array().unwrap().iter().flat_map(|p| p.as_array().unwrap())
        {
            points.extend(
                ring.as_array().unwrap().iter().map(|p| [p[0].as_f64().unwrap(), p[1].as_f64().unwrap()]),
            );
        }
        points.into_iter().fold([180.0_f64, 90.0_f64, -180.0_f64, -90.0_f64], |[w, s, e, n], [x, y]| {
            [w.min(x), s.min(y), e.max(x), n.max(y)]
        })
    };
    // Around the first building: as many as have bounds that meet it, less those that only their bounds do.
    let [w, s, e, n] = bounds(&features[0]);
    let bbox = format!("{w},{s},{e},{n}");
    let (done, out, told) = stadtwin(&database.url, &["--format", "cityjson", "--bbox", &bbox, "-o", "-"]);
    assert!(done, "{told}");
    let near: Value = serde_json::from_slice(&out).unwrap();
    let near: Vec<_> = near["CityObjects"].as_object().unwrap().keys().cloned().collect();
    assert!(near.iter().any(|id| features[0]["id"] == id.as_str()), "{near:?}");
    for feature in features {
        let [w2, s2, e2, n2] = bounds(feature);
        if w2 > e || e2 < w || s2 > n || n2 < s {
            assert!(!near.iter().any(|id| feature["id"] == id.as_str()), "{feature} is away from {bbox}");
        }
    }

    let none = path("none.city.json");
    let refusals = [
        (vec!["--format", "cityjson", "--revision", "4711"], "no published revision 4711"),
        (vec!["--format", "geojson", "--lod", "2"], "leave `--lod` out"),
        (vec!["--format", "cityjson", "--bbox", "1,2,3"], "their count is wrong"),
        (
            vec!["--format", "citygml"],
            "possible values: citygml-3.0, citygml-2.0, citygml-1.0, cityjson, cityjsonseq, geojson",
        ),
    ];
    for (mut arguments, reason) in refusals {
        arguments.extend(["-o", none.to_str().unwrap()]);
        let (done, _, told) = stadtwin(&database.url, &arguments);
        assert!(!done && told.contains(reason), "{told}");
    }
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    database.close().await;
}

/// Corners of an object in metres.
fn corners(document: &Value) -> Vec<[f64; 3]> {
    let axis = |vertex: &Value, axis: usize| {
        let of = |name: &str| document["transform"][name][axis].as_f64().unwrap();
        vertex[axis].as_i64().unwrap() as f64 * of("scale") + of("translate")
    };
    document["vertices"].as_array().unwrap().iter().map(|v| [axis(v, 0), axis(v, 1), axis(v, 2)]).collect()
}

#[tokio::test]
async fn items_come_as_cityjson_page_by_page() {
    let city = City::start().await;
    let items = "/collections/buildings/items";
    let (mut target, mut ids) = (format!("{items}?f=cityjsonseq&limit=15"), Vec::new());
    for page in 0.. {
        let answer = request(&city.address, "GET", &target, &[]).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/city+json-seq"));
        assert_eq!(
            answer.header("content-crs"),
            "<http://www.opengis.net/def/crs-compound?1=http://www.opengis.net/def/crs/EPSG/0/25832&2=http://www.opengis.net/def/crs/EPSG/0/7837>"
        );
        assert_eq!(answer.header("ogc-numbermatched"), FEATURES.to_string());
        let text = answer.text();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answer.header("ogc-numberreturned"), (lines.len() - 1).to_string());
        assert_eq!((&lines[0]["type"], &lines[0]["version"]), (&"CityJSON".into(), &"2.0".into()));
        assert!(lines[1..].iter().all(|line| line["type"] == "CityJSONFeature"));
        ids.extend(lines[1..].iter().map(|line| line["id"].as_str().unwrap().to_owned()));
        let next = answer.header("link");
        if next.is_empty() {
            assert_eq!(page, 2);
            break;
        }
        assert!(next.contains("rel=\"next\"") && next.contains("application/city+json-seq"), "{next}");
        let url = next.strip_prefix('<').unwrap().split_once('>').unwrap().0;
        target = url[url.find("/collections").unwrap()..].to_owned();
    }
    let expected: Vec<_> = (0..FEATURES).map(|index| format!("B_{index}")).collect();
    assert_eq!(ids, expected);

    // Box 3 as the fixture builds it.
    let answer = city.get(&format!("{items}/B_3?f=cityjson")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/city+json"));
    let document = answer.json();
    assert_eq!(document["CityObjects"].as_object().unwrap().len(), 1);
    assert_eq!(document["CityObjects"]["B_3"]["attributes"]["measuredHeight"], 6.3);
    let corners = corners(&document);
    assert_eq!(corners.len(), 8);
    for [x, y, z] in corners {
        let near = |value: f64, of: [f64; 2]| of.iter().any(|of| (value - of).abs() < 1e-6);
        assert!(
            near(x, [696_060.0, 696_070.0]) && near(y, [5_347_000.0, 5_347_010.0]) && near(z, [480.0, 486.3]),
            "{x} {y} {z}"
        );
    }
    let tag = answer.header("etag").to_owned();
    let same = city.get_with(&format!("{items}/B_3?f=cityjson"), &[("if-none-match", &tag)]).await;
    assert_eq!(same.status, 304);
    assert_eq!(city.get(&format!("{items}/{ENDED}?f=cityjson")).await.status, 410);
    assert_eq!(city.get(&format!("{items}/B_3?f=cityjsonseq")).await.status, 400);

    let page = city.get(&format!("{items}?f=cityjson&limit=4")).await.json();
    assert_eq!(page["CityObjects"].as_object().unwrap().len(), 4);
    let empty = city.get(&format!("{items}?f=cityjson&bbox=0,0,1,1")).await;
    assert_eq!(
        (empty.header("ogc-numberreturned"), &empty.json()["vertices"]),
        ("0", &serde_json::json!([]))
    );
}
