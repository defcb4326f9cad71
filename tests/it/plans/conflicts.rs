//! Conflicts between plans of two municipalities, and who learns of them.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use stadtwin::access::Role;
use stadtwin::api::{AppState, look_at_plans};
use stadtwin::crs::HeightModel;

use super::office::{B1, Office, extrude, modify, remove};
use crate::http::Answer;

const JSON: (&str, &str) = ("content-type", "application/json");

/// A project of the other municipality with a scenario in it.
async fn neighbours(office: &Office, scenario: &str) {
    let project = json!({ "id": "q", "title": "Ismaning", "owners": ["ismaning"] });
    office.made(&office.neighbour, "/projects", &project).await;
    let body = json!({ "id": scenario, "title": scenario, "visibility": "public" });
    office.made(&office.neighbour, "/projects/q/scenarios", &body).await;
}

/// A batch of the neighbour's lead.
async fn neighbour_does(office: &Office, scenario: &str, operations: Value) {
    let target = format!("/scenarios/{scenario}");
    let tag = office.get(&office.neighbour, &target).await.header("etag").to_owned();
    let answer =
        office.batch_with(&office.neighbour, scenario, operations, &[("if-match", tag.as_str())]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn looked_for(office: &Office, token: &str, scenario: &str) -> Vec<Value> {
    let answer = office.send(token, "POST", &format!("/scenarios/{scenario}/conflicts"), &[], b"").await;
    listed(&answer)
}

fn listed(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["conflicts"].as_array().unwrap().clone()
}

async fn told(office: &Office, token: &str) -> Vec<Value> {
    let answer = office.get(token, "/notifications").await.json();
    let all = answer["notifications"].as_array().unwrap();
    all.iter().filter(|one| one["kind"] == "conflict.found").cloned().collect()
}

/// What a draft came to be in the way of is found at night, once, and told to those who may know.
#[tokio::test(flavor = "multi_thread")]
async fn nights_find_what_nobody_looked_for() {
    let office = Office::open().await;
    office.scenario("G", None).await;
    office.does("G", json!([remove("B1")])).await;
    office.publish("G").await;
    neighbours(&office, "I").await;
    neighbour_does(&office, "I", json!([modify("B1", json!({ "function": "31001_1010" }))])).await;
    let state = AppState::new(office.served.database.store.clone(), HeightModel::Constant(45.5));
    let found = async || listed(&office.get(&office.neighbour, "/conflicts").await).len();
    assert_eq!(found().await, 0);
    look_at_plans(&state).await.unwrap();
    assert_eq!((found().await, told(&office, &office.neighbour).await.len()), (1, 1));
    assert!(told(&office, &office.lead).await.is_empty());

    // Not before the next night, by whatever server.
    neighbour_does(&office, "I", json!([modify("B2", json!({ "function": "31001_1010" }))])).await;
    office.scenario("H", None).await;
    office.does("H", json!([remove("B2")])).await;
    look_at_plans(&state).await.unwrap();
    assert_eq!(told(&office, &office.neighbour).await.len(), 1);
    let mut connection = PgConnection::connect(&office.served.database.url).await.unwrap();
    sqlx::query("UPDATE plan_watch SET night = night - 1").execute(&mut connection).await.unwrap();
    neighbour_does(&office, "I", json!([{ "op": "undo", "seq": 1 }])).await;
    look_at_plans(&state).await.unwrap();
    let states = listed(&office.get(&office.neighbour, "/conflicts").await);
    let states: Vec<_> = states.iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["resolved"], "what is over is noted, and another draft is nobody's news");
    office.served.database.close().await;
}

/// Domain example 5: what is published meets a draft that is not shared.
#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_no_news_to_the_neighbour() {
    let office = Office::open().await;
    office.scenario("G", None).await;
    office.does("G", json!([remove("B1")])).await;
    neighbours(&office, "I").await;
    neighbour_does(&office, "I", json!([modify("B1", json!({ "function": "31001_1010" }))])).await;
    office.publish("G").await;

    assert_eq!(listed(&office.get(&office.lead, "/conflicts").await), Vec::<Value>::new());
    assert!(told(&office, &office.lead).await.is_empty());
    let theirs = listed(&office.get(&office.neighbour, "/conflicts?scenario=I&state=open").await);
    assert_eq!(theirs.len(), 1, "{theirs:?}");
    let conflict = &theirs[0];
    assert_eq!(
        (&conflict["code"], &conflict["severity"], &conflict["first"]["featureId"]),
        (&json!("C1"), &json!("high"), &json!("B1"))
    );
    let news = told(&office, &office.neighbour).await;
    assert_eq!(news.len(), 1);
    assert_eq!(news[0]["scenario"], "I");
    let target = format!("/conflicts/{}", conflict["id"]);
    assert_eq!(office.get(&office.lead, &target).await.status, 404);
    assert_eq!(office.get("", &target).await.status, 404);
    assert_eq!(office.get("", "/conflicts").await.status, 401);

    let share = json!({ "organization": "garching" });
    office.made(&office.neighbour, "/scenarios/I/shares", &share).await;
    for token in [&office.lead, &office.neighbour] {
        let seen = listed(&office.get(token, "/conflicts").await);
        assert_eq!(seen.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&conflict["id"]]);
    }
    let patch = json!({ "state": "acknowledged", "comment": "Wir reden." }).to_string();
    let settled = office.send(&office.lead, "PATCH", &target, &[JSON], patch.as_bytes()).await;
    assert_eq!(settled.status, 200, "{}", settled.text());
    assert_eq!(settled.json()["history"][0]["comment"], "Wir reden.");
    let wrong = office.send(&office.lead, "PATCH", &target, &[JSON], b"{\"state\": \"gone\"}").await;
    assert_eq!(wrong.status, 422);
}

/// What is said of a conflict with a draft stays with those who see the draft, whatever is published later.
#[tokio::test(flavor = "multi_thread")]
async fn words_on_drafts_are_not_published() {
    let office = Office::open().await;
    office.scenario("G", None).await;
    office.does("G", json!([remove("B1")])).await;
    office.publish("G").await;
    neighbours(&office, "I").await;
    let publisher = super::office::token(&office.served, "ismaning", Role::Publisher).await;
    let publish = async || {
        for (token, way) in
            [(&office.neighbour, "submit"), (&office.neighbour, "approve"), (&publisher, "publish")]
        {
            assert_eq!(office.go(token, "I", way).await.status, 200, "{way}");
        }
    };
    let name = |name: &str| json!([modify("B1", json!({ "name": name }))]);
    neighbour_does(&office, "I", name("eins")).await;
    publish().await;
    let seen = async |token: &str| listed(&office.get(token, "/conflicts?state=open").await);
    let first = seen(&office.lead).await;
    assert_eq!(first.len(), 1, "{first:?}");

    // A second draft: its conflict is theirs alone, and so are their words on it.
    assert_eq!(office.go(&office.neighbour, "I", "return").await.status, 200);
    neighbour_does(
        &office,
        "I",
        json!([{ "op": "undo", "seq": 1 }, modify("B1", json!({ "name": "zwei" }))]),
    )
    .await;
    looked_for(&office, &office.neighbour, "I").await;
    let both = seen(&office.neighbour).await;
    let of_draft = both.iter().find(|one| one["id"] != first[0]["id"]).unwrap();
    let patch = json!({ "state": "acknowledged", "comment": "Wir geben nach." }).to_string();
    let target = format!("/conflicts/{}", of_draft["id"]);
    assert_eq!(office.send(&office.neighbour, "PATCH", &target, &[JSON], patch.as_bytes()).await.status, 200);
    neighbour_does(
        &office,
        "I",
        json!([{ "op": "undo", "seq": 2 }, modify("B1", json!({ "name": "drei" }))]),
    )
    .await;
    looked_for(&office, &office.neighbour, "I").await;
    publish().await;
    looked_for(&office, &office.lead, "G").await;
    let all = listed(&office.get(&office.lead, "/conflicts").await);
    assert_eq!(all.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&first[0]["id"]]);
    assert!(!json!(all).to_string().contains("Wir geben nach."), "{all:?}");
    assert_eq!(office.get(&office.lead, &target).await.status, 404);
    office.served.database.close().await;
}

/// N27: 5 m × 5 m × 10 m are common; boxes that share a face are no conflict.
#[tokio::test(flavor = "multi_thread")]
async fn rooms_overlap() {
    let office = Office::open().await;
    let [x, y] = [B1[0] + 200.0, B1[1]];
    office.scenario("G", None).await;
    office.does("G", json!([extrude("G1", [x, y, 20.0, 10.0], 15.0)])).await;
    office.publish("G").await;
    neighbours(&office, "I").await;
    let boxes = json!([
        extrude("I1", [x + 15.0, y + 5.0, 20.0, 10.0], 10.0),
        extrude("I2", [x, y - 10.0, 10.0, 10.0], 10.0)
    ]);
    neighbour_does(&office, "I", boxes).await;
    let found = looked_for(&office, &office.neighbour, "I").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "C2");
    let near = |name: &str, expected: f64| (found[0][name].as_f64().unwrap() - expected).abs() < 0.01;
    assert!(near("area", 25.0) && near("volume", 250.0), "{}", found[0]);
    assert_eq!(found[0]["geometry"]["type"], "MultiPolygon");
}

/// N28: half-open spans that follow one another are no conflict; a day in common is one of a day.
#[tokio::test(flavor = "multi_thread")]
async fn spans_follow_one_another() {
    let office = Office::open().await;
    let dated = |from: &str, to: Option<&str>| {
        let mut operation = modify("B1", json!({ "function": "31001_1010" }));
        operation["validity"] = match to {
            Some(to) => json!({ "from": from, "to": to }),
            None => json!({ "from": from }),
        };
        operation
    };
    office.scenario("G", None).await;
    office.does("G", json!([dated("2027-01-01", Some("2030-01-01"))])).await;
    office.publish("G").await;
    neighbours(&office, "I").await;
    neighbour_does(&office, "I", json!([dated("2030-01-01", None)])).await;
    assert!(looked_for(&office, &office.neighbour, "I").await.is_empty());
    neighbour_does(&office, "I", json!([{ "op": "undo", "seq": 1 }, dated("2029-12-31", None)])).await;
    let found = looked_for(&office, &office.neighbour, "I").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["intervals"], json!([{ "from": "2029-12-31", "to": "2030-01-01" }]));
}

/// C3: in the room of a house that stands, until that is removed.
#[tokio::test(flavor = "multi_thread")]
async fn what_stands_is_in_the_way() {
    let office = Office::open().await;
    office.scenario("G", None).await;
    office.does("G", json!([extrude("G1", [B1[0] + 1.0, B1[1] + 1.0, 4.0, 4.0], 3.0)])).await;
    let found = looked_for(&office, &office.planner, "G").await;
    assert_eq!(found.iter().map(|one| &one["code"]).collect::<Vec<_>>(), [&json!("C3")], "{found:?}");
    assert_eq!(found[0]["second"]["featureId"], "B1");
    office.does("G", json!([remove("B1")])).await;
    let found = looked_for(&office, &office.planner, "G").await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["state"], &found[0]["history"][0]["comment"]),
        (&json!("resolved"), &json!("no longer found"))
    );
}
