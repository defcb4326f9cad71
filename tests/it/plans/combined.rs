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
