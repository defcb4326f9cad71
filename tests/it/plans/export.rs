//! `/scenarios/{s}/export`: scenarios as files to take away.

use serde_json::{Value, json};

use super::office::{ITEMS, Office, extrude, footprint, modify, remove};
use crate::http::Answer;
use crate::round_trip::schemas::first_fault;

/// Between the houses.
const H1: [f64; 4] = [696720.0, 5347400.0, 10.0, 12.0];

/// Removes B1, says something else of B2, and brings H1 from 2028 on.
pub async fn planned() -> Office {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let mut drawn = extrude("H1", H1, 9.0);
    drawn["validity"] = json!({ "from": "2028-01-01" });
    let operations = json!([remove("B1"), modify("B2", json!({ "function": "31001_3020" })), drawn]);
    office.does("A", operations).await;
    office
}

pub async fn export(office: &Office, token: &str, query: &str) -> Answer {
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
    let again =
        office.send(&office.planner, "GET", "/scenarios/A/export", &[("if-none-match", tag)], b"").await;
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
    assert_eq!(lines[1..].iter().map(|line| line["id"].as_str().unwrap()).collect::<Vec<_>>(), ["B2", "H1"]);
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

/// Between two tags, of each element of the name; without line breaks.
pub fn elements<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (start, end) = (format!("<{name}"), format!("</{name}>"));
    let after = text.split(start.as_str()).skip(1).filter(|rest| rest.starts_with([' ', '>']));
    after.map(|rest| rest.split(end.as_str()).next().unwrap().split_once('>').unwrap().1).collect()
}

/// CityGML 3.0, 7.16: what is before and after stands in one file, and each transaction says which is which.
#[tokio::test]
async fn versions_tell_what_was_and_what_is_planned() {
    let office = planned().await;
    let url = format!("http://{}", office.served.address);
    let answer = export(&office, &office.planner, "f=citygml3").await;
    assert_eq!(answer.header("content-type"), "application/gml+xml;version=3.2");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"A-v2.gml\"");
    assert_eq!(first_fault(&answer.body), None);
    let text = answer.text().replace('\n', "");
    let versions = elements(&text, "vers:Version");
    assert_eq!(
        versions,
        [
            "<gml:name>the city that the scenario builds on</gml:name><vers:tag>buildings@1</vers:tag>\
             <vers:versionMember xlink:href=\"#B1\"/><vers:versionMember xlink:href=\"#B2\"/>"
                .to_owned(),
            format!(
                "<gml:identifier codeSpace=\"{url}/scenarios/\">A</gml:identifier><gml:name>A</gml:name>\
                 <core:creationDate>{}</core:creationDate><vers:tag>A@v2</vers:tag>",
                office.get(&office.planner, "/scenarios/A").await.json()["updated"].as_str().unwrap()
            ),
        ]
    );
    let transition = elements(&text, "vers:VersionTransition")[0];
    let said = transition.split_once("</core:creationDate>").unwrap().1;
    let one = |inside: &str| {
        format!("<vers:transaction><vers:Transaction>{inside}</vers:Transaction></vers:transaction>")
    };
    let transactions = [
        one("<vers:type>delete</vers:type><vers:oldFeature xlink:href=\"#B1\"/>"),
        one(
            "<vers:type>replace</vers:type><vers:oldFeature xlink:href=\"#B2\"/><vers:newFeature xlink:href=\"#B2_A_v2\"/>",
        ),
        one("<vers:type>insert</vers:type><vers:newFeature xlink:href=\"#H1_A_v2\"/>"),
    ];
    assert_eq!(
        said,
        format!(
            "<vers:reason>Schleißheimer Straße: A</vers:reason><vers:clonePredecessor>true</vers:clonePredecessor>\
             <vers:type>planned</vers:type><vers:from xlink:href=\"#V_base_A_v2\"/><vers:to xlink:href=\"#V_A_v2\"/>{}",
            transactions.concat()
        )
    );
    let buildings = elements(&text, "bldg:Building");
    assert_eq!(buildings.len(), 4);
    let identifier = |id: &str| {
        format!("<gml:identifier codeSpace=\"{url}/collections/buildings/items/\">{id}</gml:identifier>")
    };
    for (at, (id, object, function)) in
        [("B1", "B1", false), ("B2", "B2", false), ("B2_A_v2", "B2", true), ("H1_A_v2", "H1", false)]
            .into_iter()
            .enumerate()
    {
        assert!(text.contains(&format!("<bldg:Building gml:id=\"{id}\">")), "{id}");
        assert!(buildings[at].contains(&identifier(object)), "{id}: {}", buildings[at]);
        assert_eq!(buildings[at].contains("31001_3020"), function, "{id}");
    }
    assert!(buildings[3].contains("<core:validFrom>2028-01-01T00:00:00Z</core:validFrom>"));
    // Before the new house is there.
    let early = export(&office, &office.planner, "f=citygml3&datetime=2027-06-15").await;
    assert_eq!(first_fault(&early.body), None);
    let early = early.text();
    assert!(early.contains("<core:validFrom>2027-06-15T00:00:00Z</core:validFrom>") && !early.contains("H1"));
    // The whole city, where nothing differs.
    office.scenario("N", None).await;
    let answer = office.get(&office.planner, "/scenarios/N/export?f=citygml3&content=city").await;
    assert_eq!(first_fault(&answer.body), None);
    assert_eq!(answer.text().matches("<bldg:Building ").count(), 2);
    assert_eq!(answer.text().matches("versionMember xlink").count(), 2);
    assert!(!answer.text().contains("vers:transaction>"));
}

/// One in the place of two: each of them is named, and what stands for what.
#[tokio::test]
async fn replacements_are_pairs_of_old_and_new() {
    let office = Office::open().await;
    office.scenario("R", None).await;
    let new = json!({ "type": "Feature", "id": "N1", "properties": { "class": "Building" },
        "geometry": footprint(H1) });
    let operation =
        json!({ "op": "replace", "collection": "buildings", "targets": ["B1", "B2"], "feature": new });
    office.does("R", json!([operation])).await;
    let answer = office.get(&office.planner, "/scenarios/R/export?f=citygml3").await;
    assert_eq!(first_fault(&answer.body), None);
    let text = answer.text().replace('\n', "");
    let replaced = |old: &str| {
        format!(
            "<vers:type>replace</vers:type><vers:oldFeature xlink:href=\"#{old}\"/><vers:newFeature xlink:href=\"#N1_R_v2\"/>"
        )
    };
    assert_eq!(elements(&text, "vers:Transaction"), [replaced("B1"), replaced("B2")]);
}

/// As the Modeler3D of Masterportal reads it: what is hidden, drawn and imported.
#[tokio::test]
async fn a_session_hides_draws_and_imports() {
    let office = planned().await;
    let answer = export(&office, &office.planner, "f=masterportal-session").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"A-v2.masterportal.json\"");
    let modeler = answer.json()["Modeler3D"].clone();
    assert_eq!(
        modeler["hiddenEntities"],
        json!([{ "name": "B1", "layerId": "buildings" }, { "name": "B2", "layerId": "buildings" }])
    );
    // Hand: 480 m and 489 m, and the 45.5 m between geoid and ellipsoid that the server was told.
    let drawn = modeler["drawnEntities"]["features"].as_array().unwrap();
    assert_eq!(drawn.len(), 1, "{modeler}");
    assert_eq!(drawn[0]["properties"]["name"], "H1");
    assert_eq!(drawn[0]["properties"]["extrudedHeight"], 534.5);
    let corner = &drawn[0]["geometry"]["coordinates"][0][0];
    assert_eq!(corner[2], 525.5);
    assert!((corner[0].as_f64().unwrap() - 11.6502).abs() < 0.001, "{corner}");
    let imported = modeler["importedEntities"].as_array().unwrap();
    assert_eq!(imported.len(), 1);
    assert_eq!(
        (&imported[0]["fileName"], &imported[0]["blobType"]),
        (&json!("B2.glb"), &json!("model/gltf-binary"))
    );
    // `glTF` in base 64.
    assert!(imported[0]["blob"].as_str().unwrap().starts_with("Z2xUR"));
    // N33: the ECEF place of a point 88 m to the north-west, on 480 m.
    let expected = [4167706.005, 859298.118, 4735823.893];
    for (axis, expected) in ["x", "y", "z"].into_iter().zip(expected) {
        let found = imported[0]["position"][axis].as_f64().unwrap();
        assert!((found - expected).abs() < 100.0, "{axis}: {found}");
    }
    let answer = office.get(&office.planner, "/scenarios/A/export?f=masterportal-session&content=city").await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}
