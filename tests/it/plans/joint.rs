//! Projects of two owners: what is published needs the publishers of both (domain.md 5.6).

use serde_json::{Value, json};
use stadtwin::access::Role;

use super::office::{Office, remove, token};

const JSON: (&str, &str) = ("content-type", "application/json");

/// The project of the office is Ismaning's as well, and `A` is approved; a publisher of Ismaning.
async fn approved() -> (Office, String) {
    let office = Office::open().await;
    let admin = token(&office.served, "garching", Role::Admin).await;
    let owners = json!({ "owners": ["garching", "ismaning"] }).to_string();
    let changed = office.send(&admin, "PATCH", "/projects/p", &[JSON], owners.as_bytes()).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1")])).await;
    for way in ["submit", "approve"] {
        assert_eq!(office.go(&office.lead, "A", way).await.status, 200);
    }
    let other = token(&office.served, "ismaning", Role::Publisher).await;
    (office, other)
}

/// The status of the answer, and what it says of the scenario.
async fn publish(office: &Office, token: &str) -> (u16, Value, Value) {
    let answer = office.go(token, "A", "publish").await;
    let scenario = answer.json();
    (answer.status, scenario["state"].clone(), scenario["agreed"].clone())
}

async fn describe(office: &Office, token: &str, patch: Value) -> u16 {
    office.send(token, "PATCH", "/scenarios/A", &[JSON], patch.to_string().as_bytes()).await.status
}

#[tokio::test]
async fn both_publishers_are_needed() {
    let (office, other) = approved().await;
    let waiting = (202, json!("approved"), json!(["garching"]));
    assert_eq!(publish(&office, &office.publisher).await, waiting);
    // Once more changes nothing, and others see nothing.
    assert_eq!(publish(&office, &office.publisher).await, waiting);
    assert_eq!(office.get("", "/scenarios/A").await.status, 404);
    assert_eq!(publish(&office, &office.neighbour).await.0, 403, "a lead is no publisher");
    let told = office.get(&other, "/notifications").await.json();
    let told = told["notifications"].as_array().unwrap().iter().rev();
    let told = told.filter(|one| one["kind"] == "scenario.agreed").map(|one| one["subject"].clone());
    let told: Vec<Value> = told.collect();
    assert_eq!(told[0], json!({ "agreed": ["garching"], "missing": ["ismaning"] }), "{told:?}");

    let (status, state, agreed) = publish(&office, &other).await;
    assert_eq!((status, state, agreed), (200, json!("published"), json!([])));
    let shown = office.get("", "/scenarios/A").await.json();
    assert_eq!((&shown["state"], &shown["agreed"]), (&json!("published"), &Value::Null));
    let log =
        office.get(&token(&office.served, "garching", Role::Admin).await, "/audit?limit=100").await.json();
    let actions: Vec<&str> =
        log["events"].as_array().unwrap().iter().map(|event| event["action"].as_str().unwrap()).collect();
    let count = |action: &str| actions.iter().filter(|one| **one == action).count();
    assert_eq!((count("scenario.agreed"), count("scenario.published")), (1, 1), "{actions:?}");
    office.served.database.close().await;
}

/// Both at the same moment: one of them is the last.
#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_publish_it() {
    let (office, other) = approved().await;
    let (first, second) = tokio::join!(publish(&office, &office.publisher), publish(&office, &other));
    let mut statuses = [first.0, second.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 202], "{first:?} {second:?}");
    assert_eq!(office.get("", "/scenarios/A").await.status, 200);
    office.served.database.close().await;
}

/// What was agreed on is no longer what it was.
#[tokio::test]
async fn what_changes_is_agreed_on_anew() {
    let (office, other) = approved().await;
    assert_eq!(publish(&office, &office.publisher).await.0, 202);
    assert_eq!(describe(&office, &office.lead, json!({ "title": "Anders" })).await, 200);
    let agreed = |answer: crate::http::Answer| answer.json()["agreed"].clone();
    assert_eq!(agreed(office.get(&office.planner, "/scenarios/A").await), json!(["garching"]));
    assert_eq!(describe(&office, &office.lead, json!({ "visibility": "partners" })).await, 200);
    assert_eq!(agreed(office.get(&office.planner, "/scenarios/A").await), json!([]));

    assert_eq!(publish(&office, &office.publisher).await.0, 202);
    assert_eq!(office.go(&office.lead, "A", "return").await.status, 200);
    for way in ["submit", "approve"] {
        assert_eq!(office.go(&office.lead, "A", way).await.status, 200);
    }
    assert_eq!(publish(&office, &other).await, (202, json!("approved"), json!(["ismaning"])));
    assert_eq!(publish(&office, &office.publisher).await.0, 200);

    // For more than was agreed on by one owner alone: not so; out of what is shown: so.
    assert_eq!(office.get("", "/scenarios/A").await.status, 404);
    assert_eq!(describe(&office, &office.lead, json!({ "visibility": "public" })).await, 403);
    assert_eq!(office.get("", "/scenarios/A").await.status, 404);
    assert_eq!(office.go(&other, "A", "withdraw").await.status, 200);
    office.served.database.close().await;
}
