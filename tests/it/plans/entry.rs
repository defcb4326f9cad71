//! What is looked at when operations come: place, heights, shape, names. The ground rises to the east by 1 %.

use std::sync::Arc;

use serde_json::{Value, json};
use stadtwin::jobs::{Progress, TerrainImport};
use stadtwin::model::{Organization, OrganizationKind};

use super::office::{B1, Office, extrude, modify, remove};
use crate::support::geotiff::Raster;

/// South-west corner of Garching's ground, which is a square of 300 m; Ismaning's lies east of it.
const CORNER: [f64; 2] = [696600.0, 5347300.0];
/// East of this there is nobody's ground.
const END: f64 = CORNER[0] + 600.0;

/// Where planned houses of 10 m × 12 m stand. The ground below the corners is at 480.20 m and 480.30 m, in the middle at
/// 480.25 m, as it is on average.
const H: [f64; 4] = [696720.0, 5347400.0, 10.0, 12.0];

pub async fn office() -> Office {
    let office = Office::open().await;
    let path = office.served.folder.path().join("ground.tif");
    let height = |[east, _]: [f64; 2]| 480.0 + (east - B1[0]) * 0.01;
    Raster::square([CORNER[0] - 50.0, CORNER[1] + 350.0], 700).write(&path, height);
    let import = TerrainImport {
        sources: vec![path.display().to_string()],
        terrain: "ground".into(),
        geoid_constant_m: Some(45.5),
        jobs: 1,
        ..TerrainImport::default()
    };
    import.run(&office.served.database.store, Arc::new(Progress::default())).await.unwrap();
    for (id, east) in [("garching", 0.0), ("ismaning", 300.0)] {
        let ([w, s], [e, n]) = ([CORNER[0] + east, CORNER[1]], [CORNER[0] + east + 300.0, CORNER[1] + 300.0]);
        let organization = Organization {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: OrganizationKind::Municipality,
            ags: None,
            parent: None,
            boundary: Some(vec![vec![vec![[w, s], [e, s], [e, n], [w, n], [w, s]]]]),
        };
        office.served.database.store.keep_organization(&organization).await.unwrap();
    }
    office
}

async fn patch_project(office: &Office, patch: Value) {
    let headers = [("content-type", "application/json")];
    let body = patch.to_string();
    let answer = office.send(&office.planner, "PATCH", "/projects/p", &headers, body.as_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn house(id: &str, base: f64) -> Value {
    let mut house = extrude(id, H, 9.0);
    house["base"] = json!(base);
    house
}

/// A house that begins 5 m before a line from south to north: 5 m × 12 m = 60 m² are beyond.
fn across(id: &str, east: f64) -> Value {
    extrude(id, [east - 5.0, H[1], 10.0, 12.0], 9.0)
}

/// A box of 10 m × 12 m × 9 m on 480 m as CityJSON, of these faces.
fn solid(id: &str, faces: &[[usize; 4]]) -> Value {
    let [x, y, width, depth] = H.map(|number| (number * 1000.0) as i64);
    let at = |corner: usize| {
        let up = if corner < 4 { 0 } else { 9000 };
        let [east, north] = [[0, 0], [width, 0], [width, depth], [0, depth]][corner % 4];
        json!([x + east, y + north, 480_000 + up])
    };
    let shell: Vec<Value> = faces.iter().map(|face| json!([face])).collect();
    let geometry = json!({ "type": "Solid", "lod": "1", "boundaries": [shell] });
    let feature = json!({
        "type": "CityJSON", "version": "2.0",
        "metadata": { "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832" },
        "transform": { "scale": [0.001, 0.001, 0.001], "translate": [0.0, 0.0, 0.0] },
        "CityObjects": { id: { "type": "Building", "geometry": [geometry] } },
        "vertices": (0..8).map(at).collect::<Vec<_>>(),
    });
    json!({ "op": "add", "collection": "buildings", "feature": feature })
}

/// Faces of a box, outwards.
const BOX: [[usize; 4]; 6] =
    [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];

fn turned(faces: &[[usize; 4]]) -> Vec<[usize; 4]> {
    faces.iter().map(|[a, b, c, d]| [*d, *c, *b, *a]).collect()
}

/// Index, id, rule and value as text.
fn short(found: &Value, id: &str, rule: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let value = match found["value"].as_f64() {
        Some(value) => format!(" {value:.2} {}", text(&found["unit"])),
        None => String::new(),
    };
    format!("{} {} {}{value}", found["index"], text(&found[id]), text(&found[rule]))
}

/// Each of these is warned of and can be done; the office is as it was.
#[tokio::test]
async fn odd_objects_are_told_with_what_was_measured() {
    let office = office().await;
    office.scenario("A", None).await;
    office.does("A", json!([extrude("P1", [H[0], H[1] + 40.0, 10.0, 12.0], 9.0)])).await;
    let up = |metres: f64| json!({ "op": "transform", "collection": "buildings", "target": "P1", "translate": [0.0, 0.0, metres] });
    let cases: Vec<(Vec<Value>, Vec<&str>)> = vec![
        (vec![house("H1", 480.0), remove("B1")], vec![]),
        // 500.00 − 480.25 = 19.75 m is within 20 m, 501.00 − 480.25 = 20.75 m is not.
        (vec![house("H1", 500.0)], vec![]),
        (vec![remove("B1"), house("H1", 501.0)], vec!["1 H1 base_far_from_terrain 20.75 m"]),
        (vec![house("H1", 459.0)], vec!["0 H1 base_far_from_terrain -21.25 m"]),
        // The geoid is about 45.5 m above the ellipsoid.
        (vec![house("H1", 525.75)], vec!["0 H1 height_ellipsoidal 45.50 m"]),
        (vec![house("H1", 434.75)], vec!["0 H1 base_far_from_terrain -45.50 m"]),
        (vec![house("H1", 0.0)], vec!["0 H1 base_at_zero -480.25 m"]),
        (vec![solid("H1", &BOX)], vec![]),
        (vec![remove("B1"), solid("H1", &turned(&BOX))], vec!["1 H1 inside_out"]),
        (vec![solid("H1", &BOX[..5])], vec!["0 H1 not_closed"]),
        (vec![solid("H1", &[BOX.as_slice(), &[[0, 5, 1, 4]]].concat())], vec!["0 H1 self_intersecting"]),
        // What is moved is looked at where it comes to stand: 480.00 + 30 − 480.25.
        (vec![up(30.0)], vec!["0 P1 base_far_from_terrain 29.75 m"]),
        (vec![up(19.0)], vec![]),
        (vec![modify("B1", json!({ "function": "31001_2000" }))], vec![]),
    ];
    let tag = office.tag("A").await;
    for (operations, expected) in cases {
        let shown = json!(operations);
        let body = json!({ "operations": operations }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>"),
            ("if-match", tag.as_str()),
        ];
        let target = "/scenarios/A/operations?dryRun=true";
        let answer = office.send(&office.planner, "POST", target, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{shown}: {}", answer.text());
        let report = answer.json();
        assert_eq!(report["results"].as_array().unwrap().len(), operations.len(), "{shown}: {report}");
        let found: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .inspect(|found| assert_eq!(found["severity"], "warning", "{found}"))
            .map(|found| short(found, "object", "code"))
            .collect();
        assert_eq!(found, expected, "{shown}: {report}");
        assert_eq!(report["findingCount"], expected.len());
        assert_eq!(office.tag("A").await, tag, "{shown}");
    }
    // Warnings hinder nothing, and are told in the answer of what is done.
    let answer = office.batch("A", json!([house("H1", 0.0)])).await;
    assert_eq!((answer.status, answer.json()["findings"][0]["code"].as_str()), (200, Some("base_at_zero")));
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2", "H1", "P1"]);
}

/// Status, and each fault with its place in the batch; nothing is changed.
#[tokio::test]
async fn what_may_not_be_is_told_by_its_place() {
    let office = office().await;
    office.scenario("A", None).await;
    office.does("A", json!([extrude("P1", [H[0], H[1] + 40.0, 10.0, 12.0], 9.0)])).await;
    let border = CORNER[0] + 300.0;
    let away = json!({ "op": "transform", "collection": "buildings", "target": "P1", "translate": [900.0, 0.0, 0.0] });
    let cases: Vec<(Vec<Value>, u16, Vec<&str>)> = vec![
        (vec![house("H1", 480.0), across("H2", border)], 422, vec!["1 H2 outside-municipality 60.00 m²"]),
        (
            vec![across("H1", END), across("H2", CORNER[0])],
            422,
            vec!["0 H1 outside-municipality 120.00 m²", "1 H2 outside-municipality 60.00 m²"],
        ),
        (vec![away.clone()], 422, vec!["0 P1 outside-municipality 120.00 m²"]),
        (
            vec![remove("B1"), remove("B8"), modify("B9", json!({ "x": 1 }))],
            422,
            vec!["1 B8 unknown-target", "2 B9 unknown-target"],
        ),
        (vec![house("H1", 480.0), house("H1", 480.0)], 409, vec!["1 H1 id-taken"]),
        (vec![house("P1", 480.0)], 409, vec!["0 P1 id-taken"]),
    ];
    let tag = office.tag("A").await;
    for (operations, status, expected) in cases {
        let shown = json!(operations);
        let answer = office.batch("A", shown.clone()).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{shown}: {problem}");
        let told: Vec<String> =
            problem["errors"].as_array().unwrap().iter().map(|one| short(one, "id", "rule")).collect();
        assert_eq!(told, expected, "{shown}: {problem}");
        assert_eq!(office.tag("A").await, tag, "{shown}");
    }
    // On a partner's ground it may stand; beyond that it may not.
    patch_project(&office, json!({ "partners": ["ismaning"] })).await;
    let answer = office.batch("A", json!([across("H2", border), across("H3", END)])).await;
    assert_eq!(short(&answer.json()["errors"][0], "id", "rule"), "1 H3 outside-municipality 60.00 m²");
    let answer = office.batch("A", json!([across("H2", border)])).await;
    assert_eq!((answer.status, answer.json()["findingCount"].as_i64()), (200, Some(0)), "{}", answer.text());
    // Beside the area of the project it may stand too, and that is told.
    let ring = json!([[11.70, 48.25], [11.71, 48.25], [11.71, 48.26], [11.70, 48.26], [11.70, 48.25]]);
    patch_project(&office, json!({ "area": { "type": "Polygon", "coordinates": [ring] } })).await;
    let answer = office.batch("A", json!([house("H1", 480.0)])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json()["findings"][0].clone();
    assert_eq!(short(&found, "object", "code"), "0 H1 outside_project_area 120.00 m²", "{found}");
}

#[tokio::test]
async fn a_hundred_megabytes_are_too_many() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    let long = vec![b' '; 100_000_000];
    let answer = office.send(&office.planner, "POST", "/scenarios/A/operations", &headers, &long).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert!(answer.json()["detail"].as_str().unwrap().contains("16777216 bytes"), "{}", answer.text());
    assert_eq!(office.tag("A").await, tag);
}
