//! `/scenarios/{s}/export`: scenarios as files to take away.

use serde_json::{Value, json};

use super::office::{ITEMS, Office, extrude, modify, remove};
use crate::http::Answer;

/// Between the houses.
const H1: [f64; 4] = [696720.0, 5347400.0, 10.0, 12.0];

/// Removes B1, says something else of B2, and brings H1 from 2028 on.
async fn planned() -> Office {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let mut drawn = extrude("H1", H1, 9.0);
    drawn["validity"] = json!({ "from": "2028-01-01" });
    let operations = json!([remove("B1"), modify("B2", json!({ "function": "31001_3020" })), drawn]);
    office.does("A", operations).await;
    office
}

async fn export(office: &Office, token: &str, query: &str) -> Answer {
    let answer = office.get(token, &format!("/scenarios/A/export?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert_eq!(answer.header("cache-control"), "private, no-cache", "{query}");
    answer
}

fn ids(features: &Value) -> Vec<&str> {
    let mut ids: Vec<&str> =
        features["features"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn outlines_are_those_of_the_moment() {
    let office = planned().await;
    for (query, expected) in [
        ("", vec!["B2", "H1"]),
        ("f=geojson&content=planned", vec!["B2", "H1"]),
        ("datetime=2027-12-31", vec!["B2"]),
        ("datetime=2028-01-01&content=city", vec!["B2", "H1"]),
        ("content=city&collection=buildings", vec!["B2", "H1"]),
        ("content=city&datetime=2027-12-31", vec!["B2"]),
    ] {
        let answer = export(&office, &office.planner, query).await;
        assert_eq!(ids(&answer.json()), expected, "{query}");
    }
    let answer = export(&office, &office.planner, "").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"A-v2.geojson\"");
    let document = answer.json();
    assert_eq!((&document["scenario"], &document["title"]), (&json!("A"), &json!("A")));
    // As `/items` tells it, without the texts of codes.
    for feature in document["features"].as_array().unwrap() {
        let id = feature["id"].as_str().unwrap();
        let mut item = office.get(&office.planner, &format!("{ITEMS}/{id}?scenario=A")).await.json();
        item["properties"].as_object_mut().unwrap().retain(|name, _| !name.ends_with("_text"));
        assert_eq!(feature["collection"], "buildings");
        assert_eq!((&feature["geometry"], &feature["properties"]), (&item["geometry"], &item["properties"]));
    }
    // The same state is not sent twice.
    let tag = answer.header("etag");
    let again = office
        .send(&office.planner, "GET", "/scenarios/A/export", &[("if-none-match", tag)], b"")
        .await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn whole_objects_come_in_every_form() {
    let office = planned().await;
    let document = export(&office, &office.planner, "f=cityjson").await;
    assert_eq!(document.header("content-crs"), "<http://www.opengis.net/def/crs/EPSG/0/25832>");
    let document = document.json();
    assert_eq!(document["metadata"]["identifier"], "A");
    let objects = document["CityObjects"].as_object().unwrap();
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["B2", "H1"]);
    assert_eq!(objects["B2"]["attributes"]["function"], "31001_3020");
    // Hand: the lowest corner of the drawn house, 10 × 12 m on 480 m, 9 m high.
    let extent: Vec<f64> =
        serde_json::from_value(objects["H1"]["geographicalExtent"].clone()).unwrap_or_default();
    assert!(extent.is_empty() || extent == [696720.0, 5347400.0, 480.0, 696730.0, 5347412.0, 489.0]);
    let sequence = export(&office, &office.planner, "f=cityjsonseq&content=city").await.text();
    let lines: Vec<Value> = sequence.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["type"], "CityJSON");
    assert_eq!(
        lines[1..].iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(),
        ["B2", "H1"]
    );
    let gml = export(&office, &office.planner, "f=citygml2").await;
    assert!(gml.header("content-disposition").ends_with("\"A-v2.gml\""), "{:?}", gml.headers);
    let gml = gml.text();
    assert!(gml.contains("<gml:name>A</gml:name>"), "{gml}");
    for (text, count) in [("<bldg:Building ", 2), ("gml:id=\"H1\"", 1), ("gml:id=\"B1\"", 0)] {
        assert_eq!(gml.matches(text).count(), count, "{text}");
    }
}

/// The document within a glb, and how many rows its table of buildings has.
#[tokio::test]
async fn a_model_has_all_objects_near_one_origin() {
    let office = planned().await;
    let answer = export(&office, &office.planner, "f=glb").await;
    assert_eq!((&answer.body[..4], answer.header("content-type")), (&b"glTF"[..], "model/gltf-binary"));
    let length = u32::from_le_bytes(answer.body[12..16].try_into().unwrap()) as usize;
    let document: Value = serde_json::from_slice(&answer.body[20..20 + length]).unwrap();
    let tables = &document["extensions"]["EXT_structural_metadata"]["propertyTables"];
    assert_eq!((&tables[0]["class"], &tables[0]["count"]), (&json!("building"), &json!(2)), "{document}");
    // Hand: B2 and H1 reach from 696720 to 696750 and from 5347400 to 5347412, both stand on 480 m.
    assert_eq!(document["asset"]["extras"]["origin"], json!([696735.0, 5347406.0, 480.0]));
    // Nothing to show: B1 alone is touched.
    office.scenario("R", None).await;
    office.does("R", json!([remove("B1")])).await;
    let answer = office.get(&office.planner, "/scenarios/R/export?f=glb").await;
    assert_eq!(answer.status, 406, "{}", answer.text());
    let empty = office.get(&office.planner, "/scenarios/R/export").await.json();
    assert_eq!(empty["features"], json!([]));
}

/// Rights are those of reading the scenario.
#[tokio::test]
async fn exports_show_what_the_caller_may_see() {
    let office = planned().await;
    for token in ["", office.neighbour.as_str()] {
        for target in ["/scenarios/A/export", "/scenarios/A@1/export?f=cityjson", "/scenarios/none/export"] {
            assert_eq!(office.get(token, target).await.status, 404, "{target}");
        }
    }
    office.publish("A").await;
    assert_eq!(office.go(&office.lead, "A", "return").await.status, 200);
    office.does("A", json!([remove("B2")])).await;
    let published = office.get("", "/scenarios/A").await.json()["publishedRevision"].as_i64().unwrap();
    for (token, scenario, expected) in [
        ("", "A".to_owned(), vec!["B2", "H1"]),
        ("", format!("A@{published}"), vec!["B2", "H1"]),
        (office.planner.as_str(), "A".to_owned(), vec!["H1"]),
        (office.planner.as_str(), format!("A@{published}"), vec!["B2", "H1"]),
    ] {
        let document = office.get(token, &format!("/scenarios/{scenario}/export")).await.json();
        assert_eq!(ids(&document), expected, "{scenario}");
    }
    for (target, status) in [
        ("/scenarios/A@99/export", 404),
        ("/scenarios/A/export?revision=99", 404),
        ("/scenarios/A@1/export?revision=1", 400),
        ("/scenarios/A/export?collection=none", 404),
        ("/scenarios/A/export?datetime=soon", 400),
        ("/scenarios/A/export?datetime=2027-01-01/2028-01-01", 400),
        ("/scenarios/A/export?f=dwg", 400),
        ("/scenarios/A/export?content=all", 400),
    ] {
        let answer = office.get(&office.planner, target).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
    }
}
