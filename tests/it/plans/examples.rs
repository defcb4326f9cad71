//! The behavioural examples of the requirements for planning scenarios, over HTTP.

use serde_json::json;

use super::office::{B2, ITEMS, Office, extrude, footprint, houses_of, modify, remove};
use crate::support::houses::gable;

/// H1 stands between the houses.
const H1: [f64; 4] = [696720.0, 5347400.0, 10.0, 12.0];

/// Example 1: a scenario shows what it removes and adds, to those who may see it; the city stays as it is.
#[tokio::test]
async fn a_scenario_changes_the_city_for_its_planners_alone() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
    office.does("A", json!([remove("B1"), extrude("H1", H1, 9.0)])).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B2", "H1"]);
    assert_eq!(office.ids("", "").await, ["B1", "B2"]);
    for token in ["", office.neighbour.as_str()] {
        for target in [
            format!("{ITEMS}?scenario=A"),
            format!("{ITEMS}/H1?scenario=A"),
            "/scenarios/A".to_owned(),
            "/scenarios/A/operations".to_owned(),
            "/scenarios/A/hidden".to_owned(),
            "/scenarios/A/rebase".to_owned(),
        ] {
            let answer = office.get(token, &target).await;
            assert_eq!(answer.status, 404, "{target}: {}", answer.text());
        }
        assert!(office.get(token, "/scenarios").await.json()["scenarios"].as_array().unwrap().is_empty());
    }
    let hidden = office.get(&office.planner, "/scenarios/A/hidden").await.json();
    assert_eq!(hidden["hidden"][0]["ids"], json!(["B1", "H1"]));
    // One at a time, and what is asked for with it.
    let one = office.get(&office.planner, &format!("{ITEMS}/H1?scenario=A")).await.json();
    assert_eq!(one["properties"]["measuredHeight"], 9.0);
    assert_eq!(one["properties"]["conditionOfConstruction"], "projected");
    assert_eq!(office.get(&office.planner, &format!("{ITEMS}/B1?scenario=A")).await.status, 404);
    assert_eq!(office.ids(&office.planner, "scenario=A&filter=zMax%3C490").await, ["H1"]);
    let page = office.get(&office.planner, &format!("{ITEMS}?scenario=A&limit=1")).await.json();
    let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next").unwrap();
    let second = office.get(&office.planner, next["href"].as_str().unwrap()).await.json();
    assert_eq!(
        (page["features"][0]["id"].as_str(), second["features"][0]["id"].as_str()),
        (Some("B2"), Some("H1"))
    );
}

/// Example 2: what is published stays as it is while the draft goes on.
#[tokio::test]
async fn what_is_published_stays_while_the_draft_goes_on() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1")])).await;
    office.publish("A").await;
    assert_eq!(office.ids("", "scenario=A").await, ["B2"]);
    let published = office.get("", "/scenarios/A").await.json()["publishedRevision"].as_i64().unwrap();
    // A published scenario takes no operations until it is a draft again.
    let answer = office.batch("A", json!([remove("B2")])).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert_eq!(office.go(&office.lead, "A", "return").await.status, 200);
    office.does("A", json!([remove("B2")])).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, Vec::<String>::new());
    assert_eq!(office.ids("", "scenario=A").await, ["B2"]);
    assert_eq!(office.ids("", &format!("scenario=A@{published}")).await, ["B2"]);
    // The revision that was handed in before is nobody else's business.
    assert_eq!(office.get("", &format!("{ITEMS}?scenario=A@1")).await.status, 404);
    assert_eq!(office.ids(&office.planner, "scenario=A@1").await, ["B2"]);
    assert_eq!(office.get("", &format!("{ITEMS}?scenario=A@77")).await.status, 404);
}

/// Example 3: a child changes what its parent brings, and leaves it alone.
#[tokio::test]
async fn children_build_on_their_parents() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1"), extrude("H1", H1, 9.0)])).await;
    office.scenario("C", Some("A")).await;
    office.does("C", json!([modify("H1", json!({ "function": "31001_3020" }))])).await;
    assert_eq!(office.ids(&office.planner, "scenario=C").await, ["B2", "H1"]);
    let function = async |scenario: &str| {
        let target = format!("{ITEMS}/H1?scenario={scenario}");
        office.get(&office.planner, &target).await.json()["properties"]["function"].clone()
    };
    assert_eq!((function("C").await, function("A").await), (json!("31001_3020"), json!(null)));
    // A parent is there as long as a child builds on it.
    let removed = office.send(&office.planner, "DELETE", "/scenarios/A", &[], b"").await;
    assert_eq!(removed.status, 409, "{}", removed.text());
    for (id, left) in [("C", ["B2", "H1"]), ("A", ["B1", "B2"])] {
        let removed = office.send(&office.planner, "DELETE", &format!("/scenarios/{id}"), &[], b"").await;
        assert_eq!(removed.status, 204, "{}", removed.text());
        let query = if id == "C" { "scenario=A" } else { "" };
        assert_eq!(office.ids(&office.planner, query).await, left);
    }
}

/// Example 4: a newer delivery is seen after a rebase, which tells what it meets.
#[tokio::test]
async fn scenarios_stay_on_their_base_until_they_are_rebased() {
    let office = Office::open().await;
    for id in ["clean", "modified", "replaced"] {
        office.scenario(id, None).await;
    }
    office.does("clean", json!([remove("B1")])).await;
    office.does("modified", json!([modify("B2", json!({ "function": "31001_2463" }))])).await;
    let place = [B2[0], B2[1], 8.0, 8.0];
    let new = json!({ "type": "Feature", "id": "H2", "geometry": footprint(place), "properties": { "class": "Building" } });
    office
        .does(
            "replaced",
            json!([{ "op": "replace", "collection": "buildings", "target": "B2", "feature": new }]),
        )
        .await;
    // B2 is delivered again, turned by a right angle.
    let text = houses_of(&[gable("B1", super::office::B1, false), gable("B2", B2, true)]);
    let path = office.served.write("newer.gml", &text);
    office.served.import("buildings", &path).await;
    let tilt = async |query: &str| {
        let answer = office.get(&office.planner, &format!("{ITEMS}/B2?{query}")).await.json();
        answer["geometry"]["coordinates"].clone()
    };
    let (before, now) = (tilt("scenario=clean").await, tilt("").await);
    assert_ne!(before, now);
    for (id, outcome, status) in
        [("clean", "clean", 200), ("modified", "auto-merged", 200), ("replaced", "conflict", 409)]
    {
        let preview = office.get(&office.planner, &format!("/scenarios/{id}/rebase")).await.json();
        let found =
            preview["objects"].as_array().unwrap().iter().find(|object| object["id"] == "B2").unwrap();
        assert_eq!(found["outcome"], outcome, "{id}: {preview}");
        assert_eq!(preview["version"], json!(null));
        let tag = office.tag(id).await;
        let target = format!("/scenarios/{id}/rebase");
        let done = office.send(&office.planner, "POST", &target, &[("if-match", &tag)], b"").await;
        assert_eq!(done.status, status, "{id}: {}", done.text());
    }
    assert_eq!(tilt("scenario=clean").await, now);
    assert_eq!(tilt("scenario=modified").await, now);
    let function = office.get(&office.planner, &format!("{ITEMS}/B2?scenario=modified")).await.json();
    assert_eq!(function["properties"]["function"], "31001_2463");
    assert_eq!(office.ids(&office.planner, "scenario=replaced").await, ["B1", "H2"]);
}

/// Example 6: of ten operations with one that cannot be, none is done, and its place is told.
#[tokio::test]
async fn a_batch_is_done_whole_or_not_at_all() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let mut operations: Vec<_> = (0..10)
        .map(|at| {
            let place = [696600.0 + 20.0 * f64::from(at), 5347300.0, 10.0, 10.0];
            extrude(&format!("H{at}"), place, 6.0)
        })
        .collect();
    operations[7] = remove("nowhere");
    let answer = office.batch("A", json!(operations)).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    let problem = answer.json();
    assert_eq!(
        (&problem["errors"][0]["index"], &problem["errors"][0]["rule"]),
        (&json!(7), &json!("unknown-target"))
    );
    assert_eq!(problem["errors"].as_array().unwrap().len(), 1);
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
    let operations = office.get(&office.planner, "/scenarios/A/operations").await.json();
    assert!(operations["operations"].as_array().unwrap().is_empty());
}

/// Example 7: of two planners with the same version one is told to read again.
#[tokio::test]
async fn nobody_overwrites_what_they_have_not_read() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    let headers = [("if-match", tag.as_str())];
    let first = office.batch_with(&office.planner, "A", json!([remove("B1")]), &headers);
    let second = office.batch_with(&office.lead, "A", json!([remove("B2")]), &headers);
    let (first, second) = tokio::join!(first, second);
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "{} {}", first.text(), second.text());
    assert_eq!(office.ids(&office.planner, "scenario=A").await.len(), 1);
    let without = office.batch_with(&office.planner, "A", json!([remove("B2")]), &[]).await;
    assert_eq!(without.status, 428, "{}", without.text());
}

/// N29: stock goes on 2026-04-01, what is new holds from 2028-10-01.
#[tokio::test]
async fn phases_are_seen_by_their_date() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let mut gone = remove("B1");
    gone["validity"] = json!({ "from": "2026-04-01" });
    let mut new = extrude("H1", [B1_PLACE[0], B1_PLACE[1], 12.0, 20.0], 12.0);
    new["validity"] = json!({ "from": "2028-10-01" });
    office.does("A", json!([gone, new])).await;
    for (day, expected) in [
        ("2026-03-31", vec!["B1", "B2"]),
        ("2026-04-01", vec!["B2"]),
        ("2027-06-15", vec!["B2"]),
        ("2028-10-01", vec!["B2", "H1"]),
        ("2028-09-30T23:59:59Z", vec!["B2"]),
    ] {
        assert_eq!(
            office.ids(&office.planner, &format!("scenario=A&datetime={day}")).await,
            expected,
            "{day}"
        );
    }
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B2", "H1"]);
    let answer = office.get(&office.planner, &format!("{ITEMS}?scenario=A&datetime=2026-01-01/..")).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
}

const B1_PLACE: [f64; 2] = super::office::B1;

/// Operations may name a phase in place of dates.
#[tokio::test]
async fn phases_have_names() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let put = async |body: serde_json::Value| {
        let tag = office.tag("A").await;
        let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
        office
            .send(&office.planner, "PUT", "/scenarios/A/phases", &headers, body.to_string().as_bytes())
            .await
    };
    for (phases, part) in [
        (json!([{ "from": "2026-01-01" }]), "`label`"),
        (json!([{ "label": "a", "from": "soon" }]), "`from` must be a date"),
        (json!([{ "label": "a", "begin": "2026-01-01" }]), "unknown member `begin`"),
        (json!([{ "label": "a" }, { "label": "a" }]), "comes twice"),
        (json!([{ "label": "a", "from": "2027-01-01", "to": "2026-01-01" }]), "ends before it begins"),
    ] {
        let answer = put(json!({ "phases": phases })).await;
        assert_eq!(answer.status, 422, "{phases}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{phases}: {}", answer.text());
    }
    let phases = json!([
        { "label": "Abbruch", "from": "2026-04-01", "to": "2028-10-01" },
        { "label": "Neubau", "from": "2028-10-01" },
    ]);
    assert_eq!(put(json!({ "phases": phases })).await.status, 200);
    let shown = office.get(&office.planner, "/scenarios/A/phases").await.json();
    assert_eq!(
        shown["phases"][0],
        json!({ "label": "Abbruch", "from": "2026-04-01T00:00:00Z", "to": "2028-10-01T00:00:00Z" })
    );
    let mut gone = remove("B1");
    gone["phase"] = json!("Abbruch");
    let unknown = office
        .batch("A", json!([{ "op": "remove", "collection": "buildings", "target": "B1", "phase": "Umbau" }]))
        .await;
    assert!(unknown.text().contains("no phase `Umbau`; there are: Abbruch, Neubau"), "{}", unknown.text());
    office.does("A", json!([gone])).await;
    for (day, expected) in [("2026-03-31", 2), ("2026-04-01", 1), ("2028-10-01", 2)] {
        assert_eq!(
            office.ids(&office.planner, &format!("scenario=A&datetime={day}")).await.len(),
            expected,
            "{day}"
        );
    }
}
