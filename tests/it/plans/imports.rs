//! Files into drafts: what they would do is shown, and done whole or not at all.

use serde_json::{Value, json};
use stadtwin::access::Role;

use super::entry::office;
use super::office::{B1, ITEMS, Office, extrude, footprint, modify, token};
use crate::http::Answer;
use crate::support::served::citygml;
use crate::terrain::contact::solid_box;

const GRID: (&str, &str) = ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>");
const GEOJSON: (&str, &str) = ("content-type", "application/geo+json");
const GML: (&str, &str) = ("content-type", "application/gml+xml");
const IMPORTS: &str = "/scenarios/A/imports";

async fn send_with(office: &Office, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    office
        .send(&office.planner, "POST", &format!("{IMPORTS}?collection=buildings{query}"), headers, body)
        .await
}

async fn sent(office: &Office, headers: &[(&str, &str)], body: &str) -> Value {
    let answer = send_with(office, "", headers, body.as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let import = answer.json();
    let own = format!("{IMPORTS}/{}", import["id"]);
    assert!(answer.header("location").ends_with(&own), "{}", answer.header("location"));
    assert_eq!(office.get(&office.planner, &own).await.json(), import);
    import
}

async fn commit(office: &Office, import: &Value) -> Answer {
    let tag = office.tag("A").await;
    let target = format!("{IMPORTS}/{}/commit", import["id"]);
    office.send(&office.planner, "POST", &target, &[("if-match", &tag)], b"").await
}

async fn items(office: &Office, import: &Value) -> Vec<Value> {
    let answer = office.get(&office.planner, &format!("{IMPORTS}/{}/items?limit=1000", import["id"])).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["features"].as_array().unwrap().clone()
}

fn feature(id: &str, place: [f64; 4], properties: Value) -> Value {
    json!({ "type": "Feature", "id": id, "geometry": footprint(place), "properties": properties })
}

fn collection(features: Vec<Value>) -> String {
    json!({ "type": "FeatureCollection", "features": features }).to_string()
}

/// 10 m × 12 m on ground that is at 480.20 m at its west and at 480.30 m at its east end.
fn place(north: f64) -> [f64; 4] {
    [B1[0] + 20.0, B1[1] + north, 10.0, 12.0]
}

/// Two boxes of 10 m × 10 m × 6 m: one under the id of a house that stands, the other new.
/// Who means an import that was dropped means no other.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_of_imports_are_given_once() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let outline =
        json!({ "type": "Feature", "id": "I1", "geometry": footprint([696720.0, 5347450.0, 10.0, 12.0]),
        "properties": { "height": 9 } })
        .to_string();
    for number in 1..4 {
        let import = sent(&office, &[GEOJSON, GRID], &outline).await;
        assert_eq!(import["id"], number, "{import}");
        let target = format!("/scenarios/A/imports/{number}");
        assert_eq!(office.send(&office.planner, "DELETE", &target, &[], b"").await.status, 204);
    }
    office.served.database.close().await;
}

#[tokio::test]
async fn a_city_model_comes_when_it_is_committed() {
    let office = office().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    let boxes = [solid_box("B1", B1, 480.0, ""), solid_box("N1", [B1[0], B1[1] + 40.0], 480.0, "")];
    let import = sent(&office, &[GML], &citygml(&boxes.concat())).await;
    assert_eq!(import["counts"], json!({ "objects": 2, "add": 1, "replace": 1, "undo": 0, "replaced": 1 }));
    assert_eq!((&import["state"], &import["format"]), (&json!("ready"), &json!("citygml")));
    assert_eq!(
        (&import["heights"], &import["findingCount"]),
        (&json!([480.0, 486.0]), &json!(0)),
        "{import}"
    );
    let shown = items(&office, &import).await;
    let short: Vec<_> = shown
        .iter()
        .map(|item| (&item["id"], &item["properties"]["op"], &item["properties"]["replaces"]))
        .collect();
    assert_eq!(
        short,
        [(&json!("B1"), &json!("replace"), &json!(["B1"])), (&json!("N1"), &json!("add"), &json!([])),]
    );
    assert_eq!(shown[0]["geometry"]["type"], "MultiPolygon");
    // Nothing is changed so far.
    assert_eq!(office.tag("A").await, tag);
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
    let answer = commit(&office, &import).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2", "N1"]);
    let one = office.get(&office.planner, &format!("{ITEMS}/B1?scenario=A")).await.json();
    assert_eq!(one["properties"]["conditionOfConstruction"], "projected");
    // It stays to be seen, and is done once.
    let import = office.get(&office.planner, &format!("{IMPORTS}/{}", import["id"])).await.json();
    assert_eq!((&import["state"], &import["version"]), (&json!("committed"), &answer.json()["version"]));
    assert_eq!(commit(&office, &import).await.status, 409);
    // All of it is taken back at once.
    let seq = answer.json()["results"][1]["seq"].clone();
    office.does("A", json!([{ "op": "undo", "seq": seq, "wholeBatch": true }])).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
    let one = office.get(&office.planner, &format!("{ITEMS}/B1?scenario=A")).await.json();
    assert_eq!(one["properties"]["conditionOfConstruction"], Value::Null);
}

/// Lowest and highest point, counted by hand, and what is found.
#[tokio::test]
async fn outlines_become_buildings_of_their_heights() {
    let office = office().await;
    office.scenario("A", None).await;
    let mut raised = feature("z", place(60.0), json!({ "height": 4 }));
    for point in raised["geometry"]["coordinates"][0].as_array_mut().unwrap() {
        point.as_array_mut().unwrap().push(json!(482.0));
    }
    let cases: Vec<(Value, [f64; 2], Vec<&str>)> = vec![
        // On the lowest ground below it: 480.20 + 9.
        (feature("h", place(0.0), json!({ "height": 9 })), [480.2, 489.2], vec![]),
        (feature("t", place(15.0), json!({ "measuredHeight": "12.5" })), [480.2, 492.7], vec![]),
        // 480.20 + 4 · 3, and + 3 · 3.5.
        (feature("s", place(30.0), json!({ "storeys": 4 })), [480.2, 492.2], vec![]),
        (
            feature("S", place(45.0), json!({ "storeysAboveGround": 3, "storeyHeight": 3.5 })),
            [480.2, 490.7],
            vec![],
        ),
        (raised, [482.0, 486.0], vec![]),
        (feature("b", place(75.0), json!({ "height": 9, "base": 481.5 })), [481.5, 490.5], vec![]),
        (feature("m", place(90.0), json!({ "height": 9, "base": "terrain-mean" })), [480.25, 489.25], vec![]),
        // A ridge 3 m above eaves of 6 m.
        (
            feature(
                "r",
                place(105.0),
                json!({ "height": 6, "base": 480, "roof": { "type": "gable", "rise": 3 } }),
            ),
            [480.0, 489.0],
            vec![],
        ),
        (feature("f", place(120.0), json!({})), [480.2, 480.2], vec!["height_not_given"]),
        (feature("o", place(135.0), json!({ "height": 9, "base": 0 })), [0.0, 9.0], vec!["base_at_zero"]),
    ];
    let body = collection(cases.iter().map(|(feature, ..)| feature.clone()).collect());
    let import = sent(&office, &[GEOJSON, GRID], &body).await;
    assert_eq!(import["counts"]["add"], cases.len());
    let shown = items(&office, &import).await;
    for ((feature, heights, rules), item) in cases.iter().zip(&shown) {
        let properties = &item["properties"];
        assert_eq!(feature["id"], item["id"]);
        let [low, high] = ["zMin", "zMax"].map(|name| properties[name].as_f64().unwrap());
        assert!((low - heights[0]).abs() < 0.002 && (high - heights[1]).abs() < 0.002, "{item}");
        let found = properties["findings"].as_array().unwrap().iter();
        // That heights come from the terrain is told too.
        let found: Vec<&str> =
            found.filter(|one| one["severity"] != "info").map(|one| one["code"].as_str().unwrap()).collect();
        assert_eq!(&found, rules, "{item}");
    }
    assert_eq!(commit(&office, &import).await.status, 200);
    assert_eq!(office.ids(&office.planner, "scenario=A&limit=100").await.len(), 2 + cases.len());
    let storeys = office.get(&office.planner, &format!("{ITEMS}/s?scenario=A")).await.json();
    assert_eq!(storeys["properties"]["storeysAboveGround"], 4);
}

/// Two lines: a header and a house that comes in the place of both that stand.
#[tokio::test]
async fn objects_say_what_they_replace() {
    let office = office().await;
    office.scenario("A", None).await;
    let [x, y] = B1.map(|metres| (metres * 1000.0) as i64);
    let corners: Vec<Value> = (0..8)
        .map(|corner| {
            let [east, north] = [[0, 0], [50_000, 0], [50_000, 12_000], [0, 12_000]][corner % 4];
            json!([east, north, if corner < 4 { 480_000 } else { 489_000 }])
        })
        .collect();
    let faces = [[3, 2, 1, 0], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
    let shell: Vec<Value> = faces.iter().map(|face| json!([face])).collect();
    let header = json!({
        "type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": [],
        "metadata": { "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832" },
        "transform": { "scale": [0.001, 0.001, 0.001], "translate": [x as f64 / 1000.0, y as f64 / 1000.0, 0.0] },
    });
    let block = json!({
        "type": "CityJSONFeature", "id": "N",
        "CityObjects": { "N": {
            "type": "Building",
            "attributes": { "replaces": ["B1", "B2"] },
            "geometry": [{ "type": "Solid", "lod": "1", "boundaries": [shell] }],
        } },
        "vertices": corners,
    });
    let body = format!("{header}\n{block}\n");
    let import = sent(&office, &[("content-type", "application/city+json-seq")], &body).await;
    assert_eq!(import["counts"], json!({ "objects": 1, "add": 0, "replace": 1, "undo": 0, "replaced": 2 }));
    assert_eq!(import["format"], "cityjson");
    assert_eq!(commit(&office, &import).await.status, 200);
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["N"]);
    let one = office.get(&office.planner, &format!("{ITEMS}/N?scenario=A")).await.json();
    assert_eq!(one["properties"]["replaces"], Value::Null);
    // Sent again and again, each time in the place of what it brought before.
    for _ in 0..2 {
        let import = sent(&office, &[("content-type", "application/city+json-seq")], &body).await;
        assert_eq!(
            import["counts"],
            json!({ "objects": 1, "add": 0, "replace": 1, "undo": 1, "replaced": 2 }),
            "{import}"
        );
        let answer = commit(&office, &import).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(office.ids(&office.planner, "scenario=A").await, ["N"]);
    }
    let operations = office.get(&office.planner, "/scenarios/A/operations").await.json();
    assert_eq!(operations["operations"].as_array().unwrap().len(), 1, "{operations}");
    assert_eq!(operations["operations"][0]["parameters"], json!({ "import": 3 }));
}

/// A generic attribute of CityGML says it too.
#[tokio::test]
async fn objects_of_citygml_say_what_they_replace() {
    let office = office().await;
    office.scenario("A", None).await;
    let says = "<gen:stringAttribute xmlns:gen='http://www.opengis.net/citygml/generics/2.0' name='replaces'>\
                <gen:value>B2</gen:value></gen:stringAttribute>";
    let import = sent(&office, &[GML], &citygml(&solid_box("N", B1, 480.0, says))).await;
    let shown = items(&office, &import).await;
    assert_eq!(shown[0]["properties"]["replaces"], json!(["B2"]), "{import}");
}

/// What may not come is shown where it lies, and hinders all of it.
#[tokio::test]
async fn faulty_files_change_nothing() {
    let office = office().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    // 5 m of its 10 m are beyond the border, 300 m east of the corner of the ground: 5 · 12 = 60 m².
    let across = [696895.0, B1[1], 10.0, 12.0];
    let body = collection(vec![
        feature("H1", place(0.0), json!({ "height": 9 })),
        feature("H2", across, json!({ "height": 9 })),
    ]);
    let import = sent(&office, &[GEOJSON, GRID], &body).await;
    assert_eq!((&import["state"], &import["errorCount"]), (&json!("faulty"), &json!(1)));
    let fault = &import["errors"][0];
    assert_eq!(
        (&fault["index"], &fault["id"], &fault["rule"], &fault["value"], &fault["unit"]),
        (&json!(1), &json!("H2"), &json!("outside-municipality"), &json!(60.0), &json!("m²"))
    );
    let shown = items(&office, &import).await;
    assert_eq!(shown[1]["properties"]["errors"], json!([fault]));
    assert_eq!(shown[0]["properties"]["errors"], json!([]));
    let answer = commit(&office, &import).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]), (422, fault), "{}", answer.text());
    assert_eq!(office.tag("A").await, tag);
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
    let own = format!("{IMPORTS}/{}", import["id"]);
    assert_eq!(office.send(&office.planner, "DELETE", &own, &[], b"").await.status, 204);
    assert_eq!(office.get(&office.planner, &own).await.status, 404);
    assert_eq!(office.get(&office.planner, IMPORTS).await.json()["imports"], json!([]));
}

/// Status and a part of the sentence; no import is kept.
#[tokio::test]
async fn files_that_are_none_are_refused() {
    let office = office().await;
    office.scenario("A", None).await;
    let house = feature("H1", place(0.0), json!({ "height": 9 }));
    let with = |properties: Value| collection(vec![house.clone(), feature("H2", place(20.0), properties)]);
    let many = collection((0..10_001).map(|_| json!({ "type": "Feature", "geometry": null })).collect());
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("", b"".to_vec(), 422, "the file is empty"),
        ("", b"hello".to_vec(), 422, "none of CityGML, CityJSON"),
        ("", b"{\"type\": \"Topology\"}".to_vec(), 422, "none of CityGML, CityJSON"),
        ("", b"{\"type\": \"FeatureCollection\", \"features\": [}".to_vec(), 400, "not JSON"),
        ("", b"{\"type\": \"CityJSON\", \"version\": \"2.0\"".to_vec(), 400, "not JSON"),
        ("", b"<html><body/></html>".to_vec(), 422, ""),
        ("", house.to_string().replace("H1", "H\\u0000").into_bytes(), 422, "NUL"),
        ("", house.to_string().replace("H1", &"H".repeat(501)).into_bytes(), 422, "500 bytes"),
        ("", house.to_string().replace("H1", "").into_bytes(), 422, "empty"),
        ("", citygml("<core:cityObjectMember><bldg:Building").into_bytes(), 422, ""),
        ("", citygml("").into_bytes(), 422, "holds no object"),
        ("", b"\x1f\x8b\x08\x00".to_vec(), 415, "packed"),
        ("", b"PK\x03\x04".to_vec(), 415, "packed"),
        ("", collection(vec![]).into_bytes(), 422, "holds no object"),
        (
            "",
            with(json!({ "height": "high" })).into_bytes(),
            422,
            "`operations[1]`: `height` must be a number",
        ),
        ("", with(json!({ "height": -3 })).into_bytes(), 422, "-3 m is not above 0"),
        ("", with(json!({ "storeys": 2.5 })).into_bytes(), 422, "whole number"),
        ("", with(json!({ "height": 9, "roof": "dome" })).into_bytes(), 422, "`roof`"),
        ("", with(json!({ "replaces": 7 })).into_bytes(), 422, "`replaces` must be"),
        ("", with(json!({ "height": 9, "replaces": "B9" })).into_bytes(), 422, "no object `B9`"),
        ("", collection(vec![house.clone(), house.clone()]).into_bytes(), 409, "already"),
        ("", many.into_bytes(), 413, "10001 objects; an import has at most 10000"),
        ("", vec![b' '; (32 << 20) + 1], 413, "33554432 bytes"),
        ("&phase=Umbau", house.to_string().into_bytes(), 422, "no phase `Umbau`"),
        ("&collections=x", house.to_string().into_bytes(), 400, "`collections`"),
    ];
    for (query, body, status, part) in cases {
        let answer = send_with(&office, query, &[GEOJSON, GRID], &body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(part), "{shown}: {detail}");
    }
    for (query, status) in [("", 400), ("?collection=nowhere", 422)] {
        let target = format!("{IMPORTS}{query}");
        let body = collection(vec![house.clone()]);
        let answer = office.send(&office.planner, "POST", &target, &[GEOJSON, GRID], body.as_bytes()).await;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let answer = send_with(&office, "", &[("content-type", "image/png")], b"x").await;
    assert_eq!(answer.status, 415);
    assert_eq!(office.get(&office.planner, IMPORTS).await.json()["imports"], json!([]));
}

/// Who edits the draft; with the version that was read; once for a key.
#[tokio::test]
async fn imports_are_for_those_who_edit() {
    let office = office().await;
    office.scenario("A", None).await;
    let body = collection(vec![feature("H1", place(0.0), json!({ "height": 9 }))]);
    let import = sent(&office, &[GEOJSON, GRID], &body).await;
    let own = format!("{IMPORTS}/{}", import["id"]);
    let viewer = token(&office.served, "garching", Role::Viewer).await;
    for (token, status) in [("", 401), (office.neighbour.as_str(), 404), (viewer.as_str(), 403)] {
        for target in [IMPORTS, &own, &format!("{own}/items")] {
            assert_eq!(office.get(token, target).await.status, status, "{target}");
        }
        let headers = [GEOJSON, ("if-match", "*")];
        for (method, target) in [
            ("POST", format!("{IMPORTS}?collection=buildings")),
            ("POST", format!("{own}/commit")),
            ("DELETE", own.clone()),
        ] {
            let answer = office.send(token, method, &target, &headers, body.as_bytes()).await;
            assert_eq!(answer.status, status, "{method} {target}: {}", answer.text());
        }
    }
    let old = office.tag("A").await;
    office.does("A", json!([modify("B1", json!({ "function": "31001_2000" }))])).await;
    assert_eq!(office.get(&office.planner, &own).await.json()["isCurrent"], false);
    let target = format!("{own}/commit");
    let send =
        async |headers: &[(&str, &str)]| office.send(&office.planner, "POST", &target, headers, b"").await;
    assert_eq!(send(&[]).await.status, 428);
    assert_eq!(send(&[("if-match", &old)]).await.status, 412);
    let tag = office.tag("A").await;
    let keyed = [("if-match", tag.as_str()), ("idempotency-key", "k")];
    let (first, second) = (send(&keyed).await, send(&keyed).await);
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text(), second.text());
    assert_eq!(first.json(), second.json());
    assert_eq!(send(&[("if-match", "*"), ("idempotency-key", "k")]).await.status, 422);
    assert_eq!(send(&[("if-match", "*")]).await.status, 409);
    assert_eq!(office.send(&office.planner, "DELETE", &own, &[], b"").await.status, 409);
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2", "H1"]);
}

/// More than a batch has: 40 × 40 houses of 4 m × 4 m, in a phase, 5 m apart.
#[tokio::test]
async fn large_files_come_whole() {
    let office = office().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    let phases = json!({ "phases": [{ "label": "Neubau", "from": "2028-10-01" }] }).to_string();
    let put = office.send(&office.planner, "PUT", "/scenarios/A/phases", &headers, phases.as_bytes()).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let houses = (0..1_600).map(|at| {
        let place = [696601.0 + 5.0 * f64::from(at % 40), 5347301.0 + 5.0 * f64::from(at / 40), 4.0, 4.0];
        feature(&format!("H{at}"), place, json!({ "height": 3, "base": 480 }))
    });
    let body = collection(houses.collect());
    let answer =
        send_with(&office, "&phase=Neubau&comment=Siedlung", &[GEOJSON, GRID], body.as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let import = answer.json();
    assert_eq!((&import["counts"]["add"], &import["phase"]), (&json!(1_600), &json!("Neubau")));
    let page = office.get(&office.planner, &format!("{IMPORTS}/1/items?limit=1000")).await.json();
    assert_eq!((&page["numberMatched"], &page["numberReturned"]), (&json!(1_600), &json!(1_000)));
    let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").unwrap();
    let rest = office.get(&office.planner, next["href"].as_str().unwrap()).await.json();
    assert_eq!(rest["numberReturned"], 600);
    assert_eq!(commit(&office, &import).await.status, 200);
    let count = async |query: &str| {
        let page = office.get(&office.planner, &format!("{ITEMS}?scenario=A&limit=1&{query}")).await.json();
        page["numberMatched"].clone()
    };
    assert_eq!(count("").await, 1_602);
    assert_eq!(count("datetime=2028-09-30").await, 2);
    let operations = office.get(&office.planner, "/scenarios/A/operations?limit=1").await.json();
    assert_eq!(operations["operations"][0]["comment"], "Siedlung");
    // Batches go on after it.
    office.does("A", json!([extrude("P", [696820.0, 5347520.0, 10.0, 12.0], 9.0)])).await;
    assert_eq!(count("").await, 1_603);
}
