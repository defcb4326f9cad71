//! Parts, surfaces, collections of a class and versions as a scenario makes them. Expected numbers: `support/houses.rs`.

use serde_json::{Value, json};

use super::office::{B1, ITEMS, Office, extrude, houses_of, remove};
use crate::support::houses::in_parts;

const UTM: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";
/// South-west corner of `P`: a part of 10 m × 8 m with an installation, and one of 2 m × 2 m that stands 20 m east of it.
const P: [f64; 2] = [696800.0, 5347400.0];

/// In `A`, B2 goes, H1 comes (a box: floor, roof and four walls), P moves 10 m east and B1 is renamed. In `R`, P goes in 2027.
async fn planned() -> Office {
    let office = Office::open().await;
    let path = office.served.write("parts.gml", &houses_of(&[in_parts("P", P)]));
    office.served.import("buildings", &path).await;
    office.scenario("A", None).await;
    let moved = json!({
        "op": "transform", "collection": "buildings", "target": "P", "translate": [10.0, 0.0, 0.0], "stock": true,
    });
    let renamed = json!({ "op": "modify", "collection": "buildings", "target": "B1", "properties": { "name": "Altbau" } });
    let new = extrude("H1", [B1[0] + 300.0, B1[1], 10.0, 10.0], 9.0);
    office.does("A", json!([remove("B2"), moved, renamed, new])).await;
    office.scenario("R", None).await;
    let mut gone = remove("P");
    gone["validity"] = json!({ "from": "2027-01-01" });
    office.does("R", json!([gone])).await;
    office
}

async fn read(office: &Office, target: &str) -> Value {
    let answer = office.get(&office.planner, target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

fn ids(page: &Value) -> Vec<String> {
    let mut ids: Vec<String> = page["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

/// Of the class, by the id of the whole.
fn wholes(page: &Value) -> Vec<String> {
    let features = page["features"].as_array().unwrap().iter();
    let mut ids: Vec<String> =
        features.map(|feature| feature["properties"]["feature"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

/// The westernmost coordinate [m].
fn west(value: &Value) -> f64 {
    match value.as_array() {
        Some(position) if position.first().is_some_and(Value::is_number) => position[0].as_f64().unwrap(),
        Some(list) => list.iter().map(west).fold(f64::INFINITY, f64::min),
        None => f64::INFINITY,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_and_surfaces_are_those_of_the_plan() {
    let office = planned().await;
    // As many as in the city, elsewhere.
    for (query, expected) in [(String::new(), P[0]), ("&scenario=A".to_owned(), P[0] + 10.0)] {
        let page = read(&office, &format!("{ITEMS}/P/children?crs={UTM}{query}")).await;
        assert_eq!(ids(&page), ["P_1", "P_2"], "{query}");
        let found = west(&page["features"][0]["geometry"]["coordinates"]);
        assert!((found - expected).abs() < 0.001, "{found} instead of {expected}");
        let below = read(&office, &format!("{ITEMS}/P_1/children?crs={UTM}{query}")).await;
        assert_eq!(ids(&below), ["P_1_i"], "{query}");
        let one = read(&office, &format!("{ITEMS}/P_2?crs={UTM}{query}")).await;
        let found = west(&one["geometry"]["coordinates"]);
        assert!((found - expected - 20.0).abs() < 0.001, "{found} instead of {expected} + 20");
    }
    // What only the plan has, and what only the city has.
    let page = read(&office, &format!("{ITEMS}/H1/surfaces?scenario=A")).await;
    assert_eq!(
        (&page["numberMatched"], &page["features"][0]["properties"]["feature"]),
        (&json!(6), &json!("H1"))
    );
    assert_eq!(read(&office, &format!("{ITEMS}/B1/surfaces?scenario=A")).await["numberMatched"], 7);
    for (target, status) in [
        ("/H1/surfaces", 404),
        ("/H1/children", 404),
        ("/B2/surfaces", 200),
        ("/B2/surfaces?scenario=A", 404),
        ("/B2/children?scenario=A", 404),
        ("/P/children?scenario=R", 404),
        ("/P_1/children?scenario=R", 404),
        ("/P_1?scenario=R", 404),
        ("/P_1?scenario=R&datetime=2026-12-31", 200),
        ("/P/children?scenario=R&datetime=2026-12-31", 200),
        ("/P/children?scenario=R&datetime=2026-01-01/2026-02-01", 400),
        ("/P/children?datetime=2026-12-31", 400),
        ("/P/children?scenario=none", 404),
        ("/none/children?scenario=A", 404),
    ] {
        let answer = office.get(&office.planner, &format!("{ITEMS}{target}")).await;
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
    }
    // A draft is nobody else's; links lead on within it.
    for way in ["children", "surfaces", "versions"] {
        assert_eq!(office.get("", &format!("{ITEMS}/P/{way}?scenario=A")).await.status, 404, "{way}");
    }
    let own = read(&office, &format!("{ITEMS}/P?scenario=A")).await;
    let links = own["links"].as_array().unwrap().iter();
    let below = links.filter(|link| link["href"].as_str().unwrap().contains("/children?"));
    let below: Vec<&str> = below.map(|link| link["href"].as_str().unwrap()).collect();
    assert!(below.len() == 1 && below[0].contains("scenario=A"), "{below:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_of_a_class_are_those_of_the_plan() {
    let office = planned().await;
    let class = |class: &str| format!("/collections/buildings:{class}/items");
    let roofs = class("RoofSurface");
    assert_eq!(wholes(&read(&office, &roofs).await), ["B1", "B1", "B2", "B2"]);
    let page = read(&office, &format!("{roofs}?scenario=A")).await;
    assert_eq!(wholes(&page), ["B1", "B1", "H1"]);
    // Page by page the same, each once.
    let (mut paged, mut next) = (Vec::new(), Some(format!("{roofs}?scenario=A&limit=1")));
    while let Some(target) = next {
        let page = read(&office, &target).await;
        paged.extend(ids(&page));
        let links = page["links"].as_array().unwrap();
        let link = links.iter().find(|link| link["rel"] == "next");
        next = link.map(|link| {
            let href = link["href"].as_str().unwrap();
            href[href.find("/collections").unwrap()..].to_owned()
        });
    }
    paged.sort();
    assert_eq!(paged, ids(&page));
    let own = ids(&page).into_iter().find(|id| id.starts_with("H1~")).unwrap();
    assert_eq!(read(&office, &format!("{roofs}/{own}?scenario=A")).await["properties"]["feature"], "H1");
    for (id, query, status) in [
        (own.as_str(), "", 404),
        ("B2~B2_a", "", 200),
        ("B2~B2_a", "?scenario=A", 404),
        ("B1~B1_a", "?scenario=A", 200),
    ] {
        let answer = office.get(&office.planner, &format!("{roofs}/{id}{query}")).await;
        assert_eq!(answer.status, status, "{id}{query}: {}", answer.text());
    }

    let parts = class("BuildingPart");
    for (query, expected) in [
        ("", &["P_1", "P_2"] as &[&str]),
        ("scenario=A", &["P_1", "P_2"]),
        ("scenario=R", &[]),
        ("scenario=R&datetime=2026-12-31", &["P_1", "P_2"]),
        ("scenario=A&filter=id=%27P_1%27", &["P_1"]),
        ("scenario=R&filter=id=%27P_1%27", &[]),
    ] {
        let page = read(&office, &format!("{parts}?{query}")).await;
        assert_eq!(ids(&page), expected, "{query}");
        assert_eq!(page["numberMatched"], expected.len(), "{query}");
    }
    // P_2 stands from 820 m to 822 m, and 10 m further east in the plan.
    for (query, from, to, expected) in [
        ("", 821.0, 823.0, &["P_2"] as &[&str]),
        ("&scenario=A", 821.0, 823.0, &[]),
        ("", 831.0, 833.0, &[]),
        ("&scenario=A", 831.0, 833.0, &["P_2"]),
    ] {
        let (from, to) = (696000.0 + from, 696000.0 + to);
        let bbox = format!("bbox={from},5347400,{to},5347402&bbox-crs={UTM}");
        let page = read(&office, &format!("{parts}?{bbox}{query}")).await;
        assert_eq!(ids(&page), expected, "{from} {query}");
    }
    let answer = office.get(&office.planner, &format!("{parts}?datetime=2026-12-31")).await;
    assert!(answer.status == 400 && answer.text().contains("`datetime`"), "{}", answer.text());
    assert_eq!(office.get("", &format!("{parts}?scenario=A")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_tell_what_the_plan_makes_of_a_feature() {
    let office = planned().await;
    let plan = async |id: &str, scenario: &str| {
        let told = read(&office, &format!("{ITEMS}/{id}/versions?scenario={scenario}")).await;
        let states = told["plan"]["states"].as_array().unwrap().iter();
        let states =
            states.map(|state| (state["becomes"].as_str().unwrap().to_owned(), state["from"].clone()));
        (told["versions"].as_array().unwrap().len(), states.collect::<Vec<_>>())
    };
    let always = Value::Null;
    let from = json!("2027-01-01T00:00:00Z");
    assert_eq!(plan("B1", "A").await, (1, vec![("changed".into(), always.clone())]));
    assert_eq!(plan("B2", "A").await, (1, vec![("gone".into(), always.clone())]));
    assert_eq!(plan("H1", "A").await, (0, vec![("added".into(), always.clone())]));
    assert_eq!(plan("B1", "R").await, (1, vec![]));
    assert_eq!(plan("P", "R").await, (1, vec![("gone".into(), from)]));
    assert_eq!(office.get(&office.planner, &format!("{ITEMS}/H1/versions")).await.status, 404);
    assert_eq!(office.get(&office.planner, &format!("{ITEMS}/H1/versions?scenario=R")).await.status, 404);
    // Where a link leads there is the feature as it is then.
    let told = read(&office, &format!("{ITEMS}/H1/versions?scenario=A")).await;
    let href = told["plan"]["states"][0]["links"][0]["href"].as_str().unwrap();
    assert_eq!(read(&office, &href[href.find("/collections").unwrap()..]).await["id"], "H1");

    // What the city becomes later is not what the scenario builds on.
    let renamed = in_parts("P", [P[0], P[1] + 1.0]);
    let path = office.served.write("later.gml", &houses_of(&[renamed]));
    office.served.import("buildings", &path).await;
    let told = read(&office, &format!("{ITEMS}/P/versions")).await;
    assert_eq!(told["versions"].as_array().unwrap().len(), 2);
    assert!(told.get("plan").is_none());
    assert_eq!(plan("P", "A").await, (1, vec![("changed".into(), always)]));
}
