//! Several scenarios at once.

use serde_json::{Value, json};

use super::office::{B1, ITEMS, Office, extrude, modify, remove};
use crate::support::houses;

/// A removes B1 and brings H1, B brings H2, C renames B1, D removes B1 too.
async fn planned() -> Office {
    let office = Office::open().await;
    for id in ["A", "B", "C", "D"] {
        office.scenario(id, None).await;
    }
    let new = |id: &str, east: f64| extrude(id, [B1[0] + east, B1[1], 10.0, 10.0], 9.0);
    office.does("A", json!([remove("B1"), new("H1", 100.0)])).await;
    office.does("B", json!([new("H2", 200.0)])).await;
    office.does("C", json!([modify("B1", json!({ "name": "Altbau" }))])).await;
    office.does("D", json!([remove("B1")])).await;
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_are_shown_together() {
    let office = planned().await;
    for (query, expected) in [
        ("scenarios=A,B", &["B2", "H1", "H2"] as &[&str]),
        ("scenarios=B,A", &["B2", "H1", "H2"]),
        ("scenarios=B,C", &["B1", "B2", "H2"]),
        // Both remove it: no conflict.
        ("scenarios=A,D", &["B2", "H1"]),
        ("scenarios=A,B,D", &["B2", "H1", "H2"]),
        ("scenarios=A,C&onConflict=show", &["B1", "B2", "H1"]),
    ] {
        assert_eq!(office.ids(&office.planner, query).await, expected, "{query}");
    }
    let named = office.get(&office.planner, &format!("{ITEMS}/B1?scenarios=B,C")).await;
    assert_eq!(named.json()["properties"]["name"], "Altbau", "{}", named.text());
    let one = office.get(&office.planner, &format!("{ITEMS}/H2?scenarios=A,B")).await;
    assert_eq!(one.status, 200, "{}", one.text());
    // A child has what its parent has; both together are the child.
    office.scenario("E", Some("C")).await;
    office.does("E", json!([modify("B1", json!({ "name": "Neubau" }))])).await;
    assert_eq!(office.ids(&office.planner, "scenarios=C,E").await, ["B1", "B2"]);

    // Two children of one parent: what one leaves as it has it there, the other may change.
    office.scenario("A1", Some("A")).await;
    office.scenario("A2", Some("A")).await;
    office.does("A1", json!([modify("H1", json!({ "name": "Turm" }))])).await;
    office.does("A2", json!([extrude("H4", [B1[0] + 400.0, B1[1], 10.0, 10.0], 9.0)])).await;
    assert_eq!(office.ids(&office.planner, "scenarios=A1,A2").await, ["B2", "H1", "H4"]);
    let tower = office.get(&office.planner, &format!("{ITEMS}/H1?scenarios=A1,A2")).await;
    assert_eq!(tower.json()["properties"]["name"], "Turm", "{}", tower.text());
    office.does("A2", json!([modify("H1", json!({ "name": "Scheibe" }))])).await;
    assert_eq!(office.get(&office.planner, &format!("{ITEMS}?scenarios=A1,A2")).await.status, 409);

    // What the city becomes later is in the view with the scenario that builds on it, and nothing twice.
    let moved = houses::gable("B1", [B1[0], B1[1] + 1.0], false);
    let path = office.served.write("later.gml", &super::office::houses_of(&[moved]));
    office.served.import("buildings", &path).await;
    office.scenario("F", None).await;
    office.does("F", json!([extrude("H3", [B1[0] + 300.0, B1[1], 10.0, 10.0], 9.0)])).await;
    assert_eq!(office.ids(&office.planner, "scenarios=A,F").await, ["B2", "H1", "H3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_conflicts_is_told() {
    let office = planned().await;
    let answer = office.get(&office.planner, &format!("{ITEMS}?scenarios=A,C")).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    let conflict =
        json!([{ "code": "C1", "collection": "buildings", "featureId": "B1", "scenarios": ["A", "C"] }]);
    assert_eq!(answer.json()["conflicts"], conflict);
    let shown = office.get(&office.planner, &format!("{ITEMS}?scenarios=A,C&onConflict=show")).await;
    assert_eq!(shown.json()["conflicts"], conflict);
    assert!(shown.header("cache-control").starts_with("private"), "{}", shown.header("cache-control"));
    // N27: 5 m by 5 m by 10 m are in both; a box at the side of another is in nobody's way, nor is one that comes later.
    let at = [B1[0] + 600.0, B1[1]];
    for (id, name, [east, north, wide, long], height) in [
        ("R", "R1", [0.0, 0.0, 20.0, 10.0], 15.0),
        ("S", "S1", [15.0, 5.0, 20.0, 10.0], 10.0),
        ("T", "T1", [0.0, 10.0, 20.0, 10.0], 10.0),
    ] {
        office.scenario(id, None).await;
        office.does(id, json!([extrude(name, [at[0] + east, at[1] + north, wide, long], height)])).await;
    }
    let answer = office.get(&office.planner, &format!("{ITEMS}?scenarios=R,S")).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    let room = &answer.json()["conflicts"][0];
    let [area, volume] = [&room["area"], &room["volume"]].map(|number| number.as_f64().unwrap());
    assert!((area - 25.0).abs() < 0.01 && (volume - 250.0).abs() < 0.1, "{room}");
    assert_eq!(
        (&room["code"], &room["featureId"], &room["with"]["featureId"], &room["scenarios"]),
        (&json!("C2"), &json!("R1"), &json!("S1"), &json!(["R", "S"]))
    );
    assert_eq!(office.ids(&office.planner, "scenarios=R,S&onConflict=show").await, ["B1", "B2", "R1", "S1"]);
    assert_eq!(office.ids(&office.planner, "scenarios=R,T").await, ["B1", "B2", "R1", "T1"]);
    let mut later = extrude("S2", [at[0] + 15.0, at[1] + 5.0, 20.0, 10.0], 10.0);
    later["validity"] = json!({ "from": "2030-01-01" });
    office.does("S", json!([{ "op": "undo", "seq": 1 }, later])).await;
    assert_eq!(office.ids(&office.planner, "scenarios=R,S&datetime=2029-01-01").await, ["B1", "B2", "R1"]);
    assert_eq!(office.get(&office.planner, &format!("{ITEMS}?scenarios=R,S")).await.status, 409);
    // What both have from their parent is in nobody's way; what one of them puts there is in that of the other.
    office.scenario("R2", Some("R")).await;
    office.scenario("R3", Some("R")).await;
    office.does("R2", json!([extrude("R4", [at[0] + 60.0, at[1], 9.0, 9.0], 9.0)])).await;
    office.does("R3", json!([extrude("R5", [at[0] + 80.0, at[1], 9.0, 9.0], 9.0)])).await;
    assert_eq!(office.ids(&office.planner, "scenarios=R2,R3").await, ["B1", "B2", "R1", "R4", "R5"]);
    let alone = office.get(&office.planner, &format!("{ITEMS}?scenarios=A,B")).await.json();
    assert_eq!(alone["conflicts"], Value::Null);
    for (query, status) in [
        ("scenarios=A", 400),
        ("scenarios=A,A", 400),
        ("scenarios=A,B&scenario=A", 400),
        ("scenarios=A,B&revision=1", 400),
        ("scenarios=A,B&onConflict=maybe", 400),
        ("scenarios=A,none", 404),
        ("scenarios=A,base", 404),
    ] {
        let answer = office.get(&office.planner, &format!("{ITEMS}?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
    }
    // A draft that the caller may not see is none.
    assert_eq!(office.get("", &format!("{ITEMS}?scenarios=A,B")).await.status, 404);
    office.publish("A").await;
    assert_eq!(office.get("", &format!("{ITEMS}?scenarios=A,B")).await.status, 404);
    office.publish("B").await;
    assert_eq!(office.ids("", "scenarios=A,B").await, ["B2", "H1", "H2"]);
}
