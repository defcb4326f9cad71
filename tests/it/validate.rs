//! Geometry checks against val3dity's own test files and expectations, and `stadtwin validate` as a command.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use stadtwin::api::{AppState, serve};
use stadtwin::crs::HeightModel;
use stadtwin::formats::citygml::{CityGmlWriter, Version, WriteOptions};
use stadtwin::formats::{self, Input};
use stadtwin::geometry::validate::{Checker, Tolerances, number_of};
use stadtwin::jobs::{Checks, Import, Mode, OnError, Progress};
use stadtwin::model::{CityObject, Geometry, GeometryKind, Issue, Lod, NO_SURFACE};

use crate::http::request;
use crate::support::database::database;

/// `None` where the shared data are not at hand: the test then has nothing to look at, and says so.
fn data(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let root = std::env::var_os("STADTWIN_SHARED_DATA").map_or_else(beside, PathBuf::from);
    let found = Some(root.join(name)).filter(|path| path.exists());
    if found.is_none() {
        println!("skipped: no shared data beside the checkout (STADTWIN_SHARED_DATA names another place)");
    }
    found
}

/// Points and faces as lists of rings; `None` when the file cannot be read.
type Faces = Vec<Vec<Vec<[f64; 3]>>>;

/// The faces of each object.
fn read(path: &Path) -> Option<Vec<Faces>> {
    let text = std::fs::read_to_string(path).ok()?;
    match path.extension()?.to_str()? {
        "poly" => Some(vec![poly(&text)?]),
        "off" => Some(vec![off(&text)?]),
        "obj" => obj(&text),
        _ => None,
    }
}

fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn pick(points: &[[f64; 3]], indices: &[f64]) -> Option<Vec<[f64; 3]>> {
    indices.iter().map(|index| points.get(*index as usize).copied()).collect()
}

fn poly(text: &str) -> Option<Faces> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).map(numbers);
    let count = *lines.next()?.first()? as usize;
    let points: Vec<[f64; 3]> =
        (0..count).map(|_| lines.next().map(|line| [line[1], line[2], line[3]])).collect::<Option<_>>()?;
    let faces = *lines.next()?.first()? as usize;
    let mut read = Vec::new();
    for _ in 0..faces {
        let head = lines.next()?;
        let rings = (0..head[0] as usize)
            .map(|_| pick(&points, lines.next()?.get(1..)?))
            .collect::<Option<Vec<_>>>()?;
        for _ in 0..head.get(1).map_or(0, |holes| *holes as usize) {
            lines.next()?;
        }
        read.push(rings);
    }
    Some(read)
}

fn off(text: &str) -> Option<Faces> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).skip(1).map(numbers);
    let head = lines.next()?;
    let points: Vec<[f64; 3]> = (0..head[0] as usize)
        .map(|_| lines.next().map(|line| [line[0], line[1], line[2]]))
        .collect::<Option<_>>()?;
    lines
        .take(head[1] as usize)
        .map(|line| Some(vec![pick(&points, line.get(1..=line[0] as usize)?)?]))
        .collect()
}

fn obj(text: &str) -> Option<Vec<Faces>> {
    let mut points = Vec::new();
    let mut objects: Vec<Faces> = vec![Vec::new()];
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("v") => points.push(<[f64; 3]>::try_from(numbers(line)).ok()?),
            Some("o") if !objects.last()?.is_empty() => objects.push(Vec::new()),
            Some("f") => {
                let indices =
                    words.map(|word| word.split('/').next()?.parse::<f64>().ok().map(|index| index - 1.0));
                let indices = indices.collect::<Option<Vec<_>>>()?;
                if indices.iter().any(|index| *index < 0.0) {
                    return None;
                }
                objects.last_mut()?.push(vec![pick(&points, &indices)?]);
            }
            _ => {}
        }
    }
    (!points.is_empty()).then_some(objects)
}

/// Shells, exterior first; a shell alone makes a plain solid.
fn solid(shells: &[Faces]) -> CityObject {
    let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
    for faces in shells {
        if shells.len() > 1 {
            geometry.shells.push(geometry.faces.len() as u32);
        }
        for rings in faces {
            geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
        }
    }
    CityObject { id: "solid".into(), geometries: vec![geometry], ..CityObject::default() }
}

/// All but 609, a remark that val3dity gives no longer since 2.6.
fn codes(issues: &[Issue]) -> BTreeSet<u16> {
    issues.iter().filter_map(|issue| number_of(&issue.code)).filter(|code| *code != 609).collect()
}

#[test]
fn an_object_without_any_geometry_is_remarked() {
    let child = |geometries| CityObject { id: "part".into(), geometries, ..CityObject::default() };
    let point = Geometry::new(Lod::whole(1), GeometryKind::MultiPoint);
    for (geometries, expected) in [(vec![], 1), (vec![point], 0)] {
        let object = CityObject { children: vec![child(geometries)], ..CityObject::default() };
        let mut issues = Vec::new();
        Checker::new(Tolerances::default()).check(&object, &mut issues);
        assert_eq!(issues.iter().filter(|issue| issue.code == "609").count(), expected);
    }
}

fn checked(objects: &[CityObject], tolerances: Tolerances) -> BTreeSet<u16> {
    let mut issues = Vec::new();
    let mut checker = Checker::new(tolerances);
    for object in objects {
        checker.check(object, &mut issues);
    }
    codes(&issues)
}

/// As our readers give them, with their own findings.
fn codes_of_file(path: &Path, tolerances: Tolerances) -> BTreeSet<u16> {
    if matches!(path.extension().and_then(|end| end.to_str()), Some("poly" | "off" | "obj")) {
        let Some(objects) = read(path) else { return BTreeSet::from([901]) };
        let objects: Vec<_> = objects.iter().map(|faces| solid(std::slice::from_ref(faces))).collect();
        return checked(&objects, tolerances);
    }
    codes_of(Input::file(path), tolerances)
}

fn codes_of(input: Input, tolerances: Tolerances) -> BTreeSet<u16> {
    let Ok(mut file) = formats::open(input) else { return BTreeSet::from([901]) };
    let mut found = BTreeSet::new();
    let mut checker = Checker::new(tolerances);
    let mut issues = Vec::new();
    loop {
        let Ok(batch) = file.next_batch() else { return BTreeSet::from([901]) };
        let Some(batch) = batch else { break };
        let result = batch.parse();
        issues.extend(result.issues);
        for parsed in result.objects {
            issues.extend(parsed.issues);
            checker.check(&parsed.object.placed(), &mut issues);
        }
    }
    issues.extend(file.issues());
    found.extend(codes(&issues));
    found
}

/// `[302]`, `[401] or [402]`, `[]`.
fn expectations(text: &str) -> Vec<BTreeSet<u16>> {
    let set = |list: &str| {
        list.trim_matches(|c: char| !c.is_ascii_digit()).split(", ").filter_map(|n| n.parse().ok()).collect()
    };
    text.split(" or ").map(set).collect()
}

/// Formats that a city does not come in (IndoorGML, JSON-FG, tu3djson), and what is tested with companions below.
const ELSEWHERE: [&str; 7] = [
    "test_indoorgml/",
    "test_jsonfg/",
    "test_tu3djson/",
    "generic/401",
    "generic/402",
    "generic/403",
    "generic/404.poly",
];

#[test]
fn val3ditys_files_give_its_codes() {
    let Some(folder) = data("val3dity-invalid") else { return };
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected_codes.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (name, cases) in expected.as_object().unwrap() {
        // Our reader takes lines without `transform` as whole metres, and refuses CityJSON 0.1 as a whole (901).
        if name.ends_with("notransform.city.jsonl") || name.ends_with("empty_primitive_1.json") {
            continue;
        }
        if ELSEWHERE.iter().any(|other| name.contains(other)) || name.contains("inner_shell") {
            continue;
        }
        for case in cases.as_array().unwrap() {
            let test = case["from"].as_str().unwrap();
            // Of other options or other kinds of geometry: see below.
            if case["options"] == "request.param"
                || test.ends_with("_cs")
                || test.ends_with("ignore_204")
                || test.ends_with("vindex")
            {
                continue;
            }
            let text = case["expected_codes"].as_str().unwrap();
            let found = codes_of_file(&folder.join(name), Tolerances::default());
            count += 1;
            if !expectations(text).contains(&found) {
                wrong.push(format!("{name}: {found:?}, not {text}"));
            }
        }
    }
    assert!(count > 70, "{count} files looked at");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// val3dity's composite solids as CityGML, of each version: read back, they are composites still, with the same codes. As a
/// `MultiSolid`, of which nobody says that its solids join, they have none (val3dity 2.6 with the types renamed).
#[test]
fn composite_solids_keep_their_codes_as_citygml() {
    let Some(folder) = data("val3dity-invalid") else { return };
    let cases = [
        ("test_geometry_specific/501.json", 3, vec![501]),
        ("test_geometry_specific/501_1.json", 2, vec![501]),
        ("test_geometry_specific/502.json", 3, vec![502]),
        ("test_geometry_specific/503.json", 3, vec![503]),
        ("test_valid/composite_solid.json", 2, vec![]),
    ];
    let mut wrong = Vec::new();
    for (name, solids, expected) in cases {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for (version, class) in
            Version::ALL.into_iter().flat_map(|v| [(v, "GenericCityObject"), (v, "Building")])
        {
            let json = text.replace("\"GenericCityObject\"", &format!("\"{class}\""));
            let gml = String::from_utf8(as_citygml(json.as_bytes(), version)).unwrap();
            assert_eq!(gml.matches("<gml:Solid").count(), solids, "{name}\n{gml}");
            let multi = gml.replace("CompositeSolid", "MultiSolid");
            for (gml, expected) in
                [(&gml, BTreeSet::from_iter(expected.iter().copied())), (&multi, BTreeSet::new())]
            {
                let found = codes_of(Input::memory("composite.gml", gml.as_bytes()), Tolerances::default());
                if found != expected {
                    wrong.push(format!(
                        "{name} as {class} of {}: {found:?}, not {expected:?}",
                        version.name()
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn as_citygml(json: &[u8], version: Version) -> Vec<u8> {
    let mut file = formats::open(Input::memory("composite.city.json", json)).unwrap();
    let mut writer = CityGmlWriter::new(Vec::new(), WriteOptions::new(version));
    while let Some(batch) = file.next_batch().unwrap() {
        batch.parse().objects.iter().for_each(|parsed| writer.write(&parsed.object).unwrap());
    }
    writer.finish().unwrap().0
}

/// Cavities in the unit cube, as in val3dity's tests: the files given with `--ishell`.
#[test]
fn cavities_give_val3ditys_codes() {
    let Some(folder) = data("val3dity-invalid") else { return };
    let generic = |name: &str| format!("test_geometry_generic/{name}.poly");
    let valid = |name: &str| format!("test_valid/{name}.poly");
    let inner = generic("inner_shell");
    let cases: Vec<(Vec<String>, Vec<u16>)> = vec![
        (vec![generic("401")], vec![401]),
        (vec![generic("401_1")], vec![401]),
        (vec![generic("401_2"), inner.clone()], vec![401]),
        (vec![generic("401_3"), inner.clone()], vec![401]),
        (vec![generic("401_4")], vec![401]),
        (vec![generic("402_in_1"), inner.clone()], vec![402]),
        (vec![generic("403")], vec![403]),
        (vec![generic("404")], vec![404]),
        (vec![valid("inner_shell")], vec![]),
        (vec![valid("inner_shell_1")], vec![]),
        (vec![valid("inner_shell_2"), inner.clone()], vec![]),
        (vec![valid("inner_shell_3"), inner.clone()], vec![]),
        (vec![valid("inner_shell_4"), inner], vec![]),
    ];
    let cube = read(&folder.join("test_valid/basecube.poly")).unwrap().remove(0);
    let mut wrong = Vec::new();
    for (cavities, expected) in cases {
        let mut shells = vec![cube.clone()];
        shells.extend(cavities.iter().map(|name| read(&folder.join(name)).unwrap().remove(0)));
        let found = checked(&[solid(&shells)], Tolerances::default());
        if found != BTreeSet::from_iter(expected.iter().copied()) {
            wrong.push(format!("{cavities:?}: {found:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// val3dity's tests with options of their own.
#[test]
fn tolerances_decide() {
    let Some(folder) = data("val3dity-invalid") else { return };
    let standard = Tolerances::default();
    let cases = [
        ("test_duplicates/cube_tol_1.obj", Tolerances { snap_m: 0.1, ..standard }, vec![]),
        ("test_duplicates/cube_tol_1.off", Tolerances { snap_m: 0.01, ..standard }, vec![]),
        ("test_duplicates/cube_tol_1.obj", Tolerances { snap_m: 0.000_01, ..standard }, vec![302]),
        ("test_duplicates/cube_tol_1.json", Tolerances { snap_m: 1e-12, ..standard }, vec![302]),
        ("test_geometry_specific/501.json", Tolerances { overlap_m: 0.02, ..standard }, vec![]),
        ("test_geometry_specific/601_1.json", Tolerances { overlap_m: 0.01, ..standard }, vec![]),
        ("test_geometry_generic/204_1.poly", Tolerances { normals_deg: 180.0, ..standard }, vec![]),
    ];
    for (name, tolerances, expected) in cases {
        let found = codes_of_file(&folder.join(name), tolerances);
        assert_eq!(found, BTreeSet::from_iter(expected), "{name} {tolerances:?}");
    }
}

/// A box that is well, and one without a lid.
const TOWN: &str = include_str!("../fixtures/two_boxes.gml");

fn import(source: &Path, on_error: OnError) -> Import {
    Import {
        sources: vec![source.display().to_string()],
        collection: "buildings".into(),
        title: None,
        crs: None,
        mode: Mode::Update,
        dry_run: false,
        checks: Checks::All,
        on_error,
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..Import::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_features_and_decide_what_is_stored() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("town.gml");
    std::fs::write(&file, TOWN).unwrap();
    let progress = || Arc::new(Progress::default());
    let failed = import(&file, OnError::Fail).run(&database.store, progress()).await.unwrap_err().to_string();
    assert!(failed.contains("`open`"), "{failed}");
    assert!(
        database.store.collection("buildings").await.unwrap().is_none_or(|found| found.feature_count == 0)
    );

    let report = import(&file, OnError::Quarantine).run(&database.store, progress()).await.unwrap();
    assert_eq!((report.inserted, report.skipped, report.issues["302"]), (1, 1, 1));
    let report = import(&file, OnError::Keep).run(&database.store, progress()).await.unwrap();
    assert_eq!((report.inserted, report.unchanged), (1, 1));

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let state = AppState::new(database.store.clone(), HeightModel::Constant(45.5));
    tokio::spawn(serve(state, listener, std::future::pending()));
    let get = async |target: &str| request(&address, "GET", target, &[]).await;
    let issues = "/collections/buildings/issues";
    for (query, expected) in [
        ("?code=302", 1),
        ("?code=302&revision=all", 2),
        ("?code=302&revision=all&limit=1", 1),
        // It was taken with the second import.
        ("?severity=error&object=open&code=object_quarantined", 0),
        ("?severity=error&object=open&code=object_quarantined&revision=all", 1),
        ("?code=302&object=well", 0),
        ("?code=302&bbox=11,48,12,49", 1),
        ("?code=302&bbox=13,48,14,49", 0),
    ] {
        let answer = get(&format!("{issues}{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let page = answer.json();
        assert_eq!(page["features"].as_array().unwrap().len(), expected, "{query}: {page}");
    }
    let page = get(&format!("{issues}?code=302&revision=all&limit=1")).await.json();
    let found = &page["features"][0];
    assert_eq!(
        (&found["properties"]["object"], &found["properties"]["severity"]),
        (&"open".into(), &"error".into())
    );
    let [longitude, latitude] = [0, 1].map(|axis| found["geometry"]["coordinates"][axis].as_f64().unwrap());
    // 696 000 E, 5 347 000 N in zone 32 is near 48.25° N, 11.64° E.
    assert!((longitude - 11.64).abs() < 0.02 && (latitude - 48.25).abs() < 0.02, "{longitude} {latitude}");
    assert!(page["links"].as_array().unwrap().iter().any(|link| link["rel"] == "next"));
    assert_eq!(get(&format!("{issues}?severity=bad")).await.status, 400);
    assert_eq!(get(&format!("{issues}?revision=last")).await.status, 400);
    let html = get(&format!("{issues}?f=html&lang=de")).await.text();
    assert!(html.contains("Befunde") && html.contains("open"), "{html}");
    let report = get("/collections/buildings/report?lang=de").await;
    let text = report.text();
    assert!(text.contains("Qualitätsbericht") && text.contains("302") && text.contains("<circle"), "{text}");
    assert!(report.header("content-disposition").contains("buildings-report.html"));
    database.close().await;
}

#[test]
fn the_command_tells_by_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let town = folder.path().join("town.gml");
    std::fs::write(&town, TOWN).unwrap();
    let well = folder.path().join("well.gml");
    let (head, rest) = TOWN.split_once("<!-- open -->").unwrap();
    let (_, tail) = rest.split_once("<!-- /open -->").unwrap();
    std::fs::write(&well, format!("{head}{tail}")).unwrap();
    let text = folder.path().join("text.gml");
    std::fs::write(&text, "no city").unwrap();
    for (file, code, part) in
        [(&well, 0, "\"valid\":true"), (&town, 1, "\"code\":302"), (&text, 2, "\"unreadable\":\"")]
    {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .arg("validate")
            .arg(file)
            .arg("--json")
            .output()
            .unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{shown}");
        assert!(shown.contains(part), "{shown}");
    }
}
