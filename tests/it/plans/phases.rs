//! Operations that name a phase have its dates, also when these become others.

use serde_json::{Value, json};

use super::office::{B1, Office, extrude, remove};
use crate::http::Answer;

fn phase(label: &str, from: &str, to: Option<&str>) -> Value {
    json!({ "label": label, "from": from, "to": to })
}

async fn put(office: &Office, phases: Value) -> Answer {
    let tag = office.tag("A").await;
    let headers = [("content-type", "application/json"), ("if-match", tag.as_str())];
    let body = json!({ "phases": phases }).to_string();
    office.send(&office.planner, "PUT", "/scenarios/A/phases", &headers, body.as_bytes()).await
}

fn in_phase(mut operation: Value, label: &str) -> Value {
    operation["phase"] = json!(label);
    operation
}

/// B1 goes in the first phase and H1 stands from the second on; B2 goes at a date of its own.
async fn planned() -> Office {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let first =
        json!([phase("Abbruch", "2026-04-01", Some("2028-10-01")), phase("Neubau", "2028-10-01", None),]);
    assert_eq!(put(&office, first).await.status, 200);
    let mut own = remove("B2");
    own["validity"] = json!({ "from": "2027-01-01" });
    let new = extrude("H1", [B1[0] + 100.0, B1[1], 10.0, 10.0], 9.0);
    office.does("A", json!([in_phase(remove("B1"), "Abbruch"), in_phase(new, "Neubau"), own])).await;
    office
}

async fn check(office: &Office, token: &str, scenario: &str, expected: &[(&str, &[&str])]) {
    for (day, ids) in expected {
        let query = format!("scenario={scenario}&datetime={day}");
        assert_eq!(office.ids(token, &query).await, *ids, "{scenario} on {day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_follow_the_dates_of_their_phase() {
    let office = planned().await;
    let before: &[(&str, &[&str])] = &[
        ("2026-03-31", &["B1", "B2"]),
        ("2026-04-01", &["B2"]),
        ("2027-01-01", &[]),
        ("2028-09-30", &[]),
        ("2028-10-01", &["B1", "H1"]),
    ];
    check(&office, &office.planner, "A", before).await;
    office.publish("A").await;
    assert_eq!(office.go(&office.lead, "A", "return").await.status, 200);
    let tag = office.tag("A").await;

    // A year later; the names change places too.
    let later =
        json!([phase("Neubau", "2029-10-01", None), phase("Abbruch", "2027-04-01", Some("2029-10-01")),]);
    let answer = put(&office, later.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let version = |tag: &str| tag.trim_matches('"').split('.').next().unwrap().parse::<i64>().unwrap();
    assert_eq!(version(answer.header("etag")), version(&tag) + 1);
    assert_eq!(version(&office.tag("A").await), version(&tag) + 1);
    check(
        &office,
        &office.planner,
        "A",
        &[
            ("2026-04-01", &["B1", "B2"]),
            ("2027-01-01", &["B1"]),
            ("2027-03-31", &["B1"]),
            ("2027-04-01", &[]),
            ("2028-10-01", &[]),
            ("2029-09-30", &[]),
            ("2029-10-01", &["B1", "H1"]),
        ],
    )
    .await;
    // What was published stays: its objects, its operations and its phases.
    check(&office, "", "A", before).await;
    check(&office, &office.planner, "A@1", before).await;
    let dates = async |token: &str, query: &str| {
        let list = office.get(token, &format!("/scenarios/A/operations{query}")).await.json();
        let operations = list["operations"].as_array().unwrap().clone();
        let told = |one: &Value| {
            (one["seq"].as_i64().unwrap(), one["phase"].clone(), one["validity"]["from"].clone())
        };
        operations.iter().map(told).collect::<Vec<_>>()
    };
    let own = (3, json!(null), json!("2027-01-01T00:00:00Z"));
    assert_eq!(
        dates("", "").await,
        [
            (1, json!("Abbruch"), json!("2026-04-01T00:00:00Z")),
            (2, json!("Neubau"), json!("2028-10-01T00:00:00Z")),
            own.clone(),
        ]
    );
    assert_eq!(
        dates(&office.planner, "").await,
        [
            (1, json!("Abbruch"), json!("2027-04-01T00:00:00Z")),
            (2, json!("Neubau"), json!("2029-10-01T00:00:00Z")),
            own,
        ]
    );
    let shown = async |token: &str| office.get(token, "/scenarios/A/phases").await.json()["phases"].clone();
    assert_eq!(shown("").await[0]["from"], "2026-04-01T00:00:00Z");
    assert_eq!(shown(&office.planner).await[0]["from"], "2029-10-01T00:00:00Z");

    // The same phases again are no change.
    assert_eq!(version(put(&office, later).await.header("etag")), version(&tag) + 1);
    // Undone, the operation is gone in whatever version of its dates.
    office.does("A", json!([{ "op": "undo", "seq": 1 }])).await;
    check(&office, &office.planner, "A", &[("2028-01-01", &["B1"]), ("2029-10-01", &["B1", "H1"])]).await;
    check(&office, "", "A", before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_that_cannot_be_are_refused() {
    let office = planned().await;
    let own = in_phase(
        json!({ "op": "transform", "collection": "buildings", "target": "B1", "translate": [1.0, 0.0, 0.0], "stock": true }),
        "Neubau",
    );
    office.does("A", json!([own])).await;
    let tag = office.tag("A").await;
    for (phases, part) in [
        (json!([phase("Neubau", "2029-10-01", None)]), "the phase `Abbruch` is named by the operations 1:"),
        (json!([]), "the phase `Abbruch` is named by the operations 1:"),
        (
            json!([phase("Abbruch", "2026-04-01", Some("2029-01-01")), phase("Neubau", "2028-10-01", None)]),
            "the operations 1 and 4 would both move, replace or remove `B1`",
        ),
    ] {
        let answer = put(&office, phases.clone()).await;
        assert_eq!(answer.status, 409, "{phases}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{phases}: {}", answer.text());
        assert_eq!(office.tag("A").await, tag);
    }
    // Disjoint again, both may move.
    let apart =
        json!([phase("Abbruch", "2026-04-01", Some("2029-01-01")), phase("Neubau", "2029-01-01", None)]);
    let answer = put(&office, apart).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    check(&office, &office.planner, "A", &[("2028-12-31", &[]), ("2029-01-01", &["B1", "H1"])]).await;
}
