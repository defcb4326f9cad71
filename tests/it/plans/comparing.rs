//! Differences and key figures of scenarios.

use serde_json::{Value, json};

use super::office::{B1, Office, extrude, modify, remove};

const PLOT: [f64; 4] = [696600.0, 5347300.0, 40.0, 25.0];

/// A drawn building of so many storeys of 3 m.
fn storeys(id: &str, place: [f64; 4], count: u32) -> Value {
    let mut drawn = extrude(id, place, 0.0);
    let members = drawn.as_object_mut().unwrap();
    members.remove("height");
    members.extend(
        json!({ "storeys": count, "storeyHeight": 3.0, "function": "31001_1010" })
            .as_object()
            .unwrap()
            .clone(),
    );
    drawn
}

async fn diff(office: &Office, scenario: &str, with: &str) -> Vec<Value> {
    let target = format!("/scenarios/{scenario}/diff?with={with}");
    let answer = office.get(&office.planner, &target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()["changes"].as_array().unwrap().clone()
}

/// Turned round: from what the other one says.
fn inverse(change: &Value) -> Value {
    let mut turned = change.clone();
    let swap = |value: &mut Value| {
        let before = value["before"].take();
        let after = value["after"].take();
        (value["before"], value["after"]) = (after, before);
        if let Some(delta) = value.get("delta").and_then(Value::as_f64) {
            value["delta"] = json!(0.0 - delta);
        }
    };
    swap(&mut turned);
    for name in ["height", "volume", "footprint"] {
        swap(&mut turned[name]);
    }
    turned["attributes"].as_array_mut().unwrap().iter_mut().for_each(swap);
    turned["kind"] = match turned["kind"].as_str().unwrap() {
        "added" => json!("removed"),
        "removed" => json!("added"),
        other => json!(other),
    };
    turned
}

/// N5: 12 × 20 m of four storeys in the place of 10 × 20 m of three: 1080 m³ more.
#[tokio::test]
async fn differences_are_told_and_turn_round() {
    let office = Office::open().await;
    let [x, y, ..] = PLOT;
    office.scenario("three", None).await;
    office.does("three", json!([remove("B1"), storeys("H", [x, y, 10.0, 20.0], 3)])).await;
    office.scenario("four", Some("three")).await;
    let feature = json!({ "type": "Feature", "id": "N", "geometry": super::office::footprint([B1[0], B1[1], 10.0, 12.0]), "properties": { "class": "Building" } });
    office
        .does(
            "four",
            json!([
                remove("H"),
                storeys("H2", [x, y, 12.0, 20.0], 4),
                modify("B2", json!({ "function": "31001_3020" })),
                { "op": "add", "collection": "buildings", "feature": feature },
            ]),
        )
        .await;
    let base = diff(&office, "three", "base").await;
    let told: Vec<(&str, &str)> =
        base.iter().map(|one| (one["kind"].as_str().unwrap(), one["collection"].as_str().unwrap())).collect();
    assert_eq!(told, [("removed", "buildings"), ("added", "buildings")], "{base:?}");
    // Hand: 10 × 20 × 9 m.
    assert_eq!(base[1]["volume"]["after"], 1800.0);
    let there = diff(&office, "four", "three").await;
    let back = diff(&office, "three", "four").await;
    let turned: Vec<Value> = there.iter().map(inverse).collect();
    assert_eq!(turned, back);
    let of = |id: &str| {
        there.iter().find(|one| one["after"] == json!([id]) || one["before"] == json!([id])).unwrap()
    };
    // Hand: 12 × 20 × 12 m = 2880 m³.
    assert_eq!(
        (&of("H2")["volume"]["after"], &of("H")["volume"]["before"]),
        (&json!(2880.0), &json!(1800.0))
    );
    let attributes = of("B2")["attributes"].as_array().unwrap();
    assert_eq!(attributes[0]["name"], "function");
    assert_eq!(diff(&office, "four", "four").await, Vec::<Value>::new());
    let csv = office.get(&office.planner, "/scenarios/three/diff?f=csv").await;
    assert!(
        csv.text().starts_with(
            "collection,kind,before,after,attributes,height,volume,footprint\r\nbuildings,removed,B1,,,"
        ),
        "{}",
        csv.text()
    );
    let geojson = office.get(&office.planner, "/scenarios/three/diff?f=geojson").await.json();
    assert_eq!(geojson["features"][1]["geometry"]["type"], "MultiPolygon");
    for target in ["/scenarios/three/diff", "/scenarios/four/diff?with=three", "/compare?scenarios=three"] {
        assert_eq!(office.get(&office.neighbour, target).await.status, 404, "{target}");
    }
}

/// N1 to N3 and N5: figures on a plot of 40 × 25 = 1000 m².
#[tokio::test]
async fn figures_are_those_of_hand() {
    let office = Office::open().await;
    let [x, y, width, depth] = PLOT;
    for (id, place, count) in [("three", [x, y, 10.0, 20.0], 3), ("four", [x, y, 12.0, 20.0], 4)] {
        office.scenario(id, None).await;
        office.does(id, json!([storeys(&format!("H{count}"), place, count)])).await;
    }
    // The plot in CRS84, from the server's own answer.
    let plot = json!({ "type": "Feature", "id": "plot", "geometry": super::office::footprint([x, y, width, depth]), "properties": { "class": "Building" } });
    office.scenario("plot", None).await;
    office.does("plot", json!([{ "op": "add", "collection": "buildings", "feature": plot }])).await;
    let drawn = office.get(&office.planner, "/collections/buildings/items/plot?scenario=plot").await.json();
    let area = form_urlencoded::Serializer::new(String::new())
        .append_pair("area", &drawn["geometry"].to_string())
        .append_pair("plotArea", "1000")
        .append_pair("scenarios", "base,three,four")
        .finish();
    let answer = office.get(&office.planner, &format!("/compare?{area}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let table = answer.json();
    let value = |column: usize, key: &str| {
        let figures = table["scenarios"][column]["figures"].as_array().unwrap();
        let figure = figures.iter().find(|figure| figure["key"] == key).unwrap();
        (figure["value"].as_f64(), figure["featureIds"].clone())
    };
    for (key, three, four) in [
        ("buildings", 1.0, 1.0),
        ("footprint", 200.0, 240.0),
        ("floorArea", 600.0, 960.0),
        ("grz", 0.2, 0.24),
        ("gfz", 0.6, 0.96),
        ("bmz", 1.8, 2.88),
        ("volume", 1800.0, 2880.0),
        // N30: 600 m² · 0.8 / 80 m²; 960 m² give 9.6.
        ("units", 6.0, 10.0),
    ] {
        for (column, expected, id) in [(1, three, "H3"), (2, four, "H4")] {
            let (found, ids) = value(column, key);
            let found = found.unwrap_or(f64::NAN);
            assert!((found - expected).abs() < 0.005 * expected.max(1.0), "{key}: {found}, not {expected}");
            assert_eq!(ids, json!([id]), "{key}");
        }
    }
    assert_eq!(value(0, "buildings").0, Some(0.0));
    // By rules of one's own, half the area a unit: twice as many. The version before stays to be asked for.
    for (version, area_m2) in [(1, 40.0), (2, 60.0)] {
        let rules = json!({ "organization": "garching", "housing": { "areaPerUnit": area_m2 } }).to_string();
        let headers = [("content-type", "application/json")];
        let kept = office.send(&office.lead, "PUT", "/rulesets/own", &headers, rules.as_bytes()).await;
        assert_eq!(kept.json()["version"], version, "{}", kept.text());
    }
    for (asked, name, units) in [
        ("own", "own@2", Some(8.0)),
        ("own@1", "own@1", Some(12.0)),
        ("default", "default@1", Some(6.0)),
        ("none", "", None),
        ("own@9", "", None),
    ] {
        let answer = office.get(&office.planner, &format!("/compare?ruleset={asked}&{area}")).await;
        let Some(units) = units else {
            assert_eq!(answer.status, 404, "{asked}: {}", answer.text());
            continue;
        };
        let table = answer.json();
        let figures = table["scenarios"][1]["figures"].as_array().unwrap();
        let figure = figures.iter().find(|figure| figure["key"] == "units").unwrap();
        assert_eq!((&table["ruleSet"], &figure["ruleSet"]), (&json!(name), &json!(name)), "{asked}");
        assert_eq!(figure["value"], units, "{asked}");
    }
    let csv = office.get(&office.planner, &format!("/compare?f=csv&{area}")).await.text();
    assert!(csv.starts_with("key,unit,base,three,four\r\nbuildings,1,0,1,1\r\n"), "{csv}");
    for (query, part) in [
        ("scenarios=a,b,c,d,e,f", "`scenarios` must name 1 to 5"),
        ("area=nowhere", "no project `nowhere`"),
        ("area={\"type\":\"Point\",\"coordinates\":[1,2]}", "`area`"),
    ] {
        let query = query.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
        let answer = office.get(&office.planner, &format!("/compare?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert!(answer.text().contains(part), "{query}: {}", answer.text());
    }
}
