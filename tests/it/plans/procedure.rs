//! Stages, displays, statements, notifications and webhooks.

use std::sync::{Arc, Mutex};

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use sqlx::Connection;
use stadtwin::access::Role;
use stadtwin::jobs::{AllowList, WebhookSender, signature};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::office::{ITEMS, Office, extrude, remove};

const JSON: (&str, &str) = ("content-type", "application/json");

/// So many days from now, as a date-time.
fn days(count: i64) -> String {
    (Timestamp::now() + (count * 24).hours()).to_string()
}

async fn post(office: &Office, token: &str, target: &str, body: &Value) -> crate::http::Answer {
    office.send(token, "POST", target, &[JSON], body.to_string().as_bytes()).await
}

/// Example 8: what is displayed stays as it is for the time of the display, and may go when that is over.
#[tokio::test]
async fn what_is_displayed_is_frozen_for_its_time() {
    let office = Office::open().await;
    let stages = "/projects/p/stages";
    for (id, begins, ends, status) in
        [("over", -40, -1, 200), ("running", -1, 35, 409), ("coming", 2, 40, 200)]
    {
        office.scenario(id, None).await;
        office.does(id, json!([remove("B1")])).await;
        office.publish(id).await;
        let stage = json!({ "stage": 2400, "begins": days(begins), "ends": days(ends), "displayed": [id], "note": "Amtsblatt 7" });
        for token in [&office.planner, &office.lead] {
            assert_eq!(post(&office, token, stages, &stage).await.status, 403);
        }
        let entered = post(&office, &office.publisher, stages, &stage).await;
        assert_eq!(entered.status, 201, "{}", entered.text());
        for way in ["withdraw", "archive"] {
            let answer = office.go(&office.publisher, id, way).await;
            assert_eq!(answer.status, status, "{id} {way}: {}", answer.text());
            if status == 409 {
                assert!(answer.json()["detail"].as_str().unwrap().contains("is displayed in stage 2400"));
            }
        }
    }
    // The draft of what is displayed may go on: what the public sees does not.
    assert_eq!(office.go(&office.lead, "running", "return").await.status, 200);
    office.does("running", json!([remove("B2")])).await;
    assert_eq!(office.ids("", "scenario=running").await, ["B2"]);
    let shown = office.get(&office.planner, stages).await.json();
    assert_eq!(
        (&shown["stages"][0]["stage"], &shown["stages"][0]["name"]),
        (&json!(2400), &json!("öffentliche Auslegung"))
    );
    assert_eq!(shown["stages"][1]["running"], true);
    assert_eq!(office.get(&office.planner, "/projects/p").await.json()["stage"], 2400);
}

#[tokio::test]
async fn stages_need_what_the_law_asks_for() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let stage = |more: Value| {
        let mut stage = json!({ "stage": 2400, "begins": "2026-03-01", "ends": "2026-04-01" });
        stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stage
    };
    for (body, part) in [
        (json!({ "stage": 2401 }), "`stage` must be one of"),
        (json!({ "stage": 2400 }), "needs `begins` and `ends`"),
        (stage(json!({ "ends": "2026-02-01" })), "behind `begins`"),
        (stage(json!({ "ends": "2026-03-20" })), "shorter than 30 days"),
        (stage(json!({})), "`displayed` must name"),
        (stage(json!({ "displayed": ["A"] })), "no published revision `A`"),
        (stage(json!({ "displayed": ["A@7"] })), "no published revision `A@7`"),
        (stage(json!({ "decided": "yesterday" })), "`decided` must be a date"),
    ] {
        let answer = post(&office, &office.publisher, "/projects/p/stages", &body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{body}: {}", answer.text());
    }
    let plain = post(
        &office,
        &office.publisher,
        "/projects/p/stages",
        &json!({ "stage": 1000, "decided": "2026-01-15" }),
    )
    .await;
    assert_eq!(plain.status, 201, "{}", plain.text());
    for token in ["", office.neighbour.as_str()] {
        assert_eq!(office.get(token, "/projects/p/stages").await.status, 404);
    }
}

/// A share lets work on one scenario, and no further; and nobody is told of what they cannot see.
#[tokio::test]
async fn shares_and_news_go_no_further() {
    let office = Office::open().await;
    for id in ["A", "B"] {
        office.scenario(id, None).await;
    }
    let share = json!({ "organization": "ismaning", "level": "co-edit" });
    office.made(&office.lead, "/scenarios/A/shares", &share).await;
    let patch = |body: Value| {
        let office = &office;
        async move {
            let text = body.to_string();
            office.send(&office.neighbour, "PATCH", "/projects/p", &[JSON], text.as_bytes()).await.status
        }
    };
    assert_eq!(patch(json!({ "title": "x" })).await, 403);
    for (target, body, status) in [
        ("/projects/p/scenarios", json!({ "id": "C", "title": "C" }), 403),
        ("/scenarios/A/copy", json!({ "id": "C" }), 403),
        ("/scenarios/B/operations", json!({ "operations": [remove("B1")] }), 404),
    ] {
        assert_eq!(post(&office, &office.neighbour, target, &body).await.status, status, "{target}");
    }
    let tag = office.tag("A").await;
    let own = office.batch_with(&office.neighbour, "A", json!([remove("B1")]), &[("if-match", &tag)]).await;
    assert_eq!(own.status, 200, "{}", own.text());
    let tileset = office.get(&office.planner, "/scenarios/A/3dtiles/tileset.json").await;
    assert!(tileset.header("cache-control").starts_with("private"), "{}", tileset.header("cache-control"));

    // B is for its owners: partners are not told of it, nor is somebody of the owners who does not see the draft.
    let admin = super::office::token(&office.served, "garching", Role::Admin).await;
    let members = json!({ "partners": ["ismaning"], "members": ["somebody"] }).to_string();
    assert_eq!(office.send(&admin, "PATCH", "/projects/p", &[JSON], members.as_bytes()).await.status, 200);
    let own = json!({ "visibility": "organization" }).to_string();
    assert_eq!(office.send(&office.lead, "PATCH", "/scenarios/B", &[JSON], own.as_bytes()).await.status, 200);
    office.does("B", json!([remove("B1")])).await;
    office.publish("B").await;
    let viewer = super::office::token(&office.served, "garching", Role::Viewer).await;
    let told = async |token: &str| {
        let list = office.get(token, "/notifications").await.json();
        let of = list["notifications"].as_array().unwrap().iter().filter(|one| one["scenario"] == "B");
        of.map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(told(&office.neighbour).await.is_empty());
    assert_eq!(told(&viewer).await, ["scenario.published"]);
    assert_eq!(
        told(&office.planner).await,
        ["scenario.submitted", "scenario.approved", "scenario.published"]
    );
    office.served.database.close().await;
}

/// What is withdrawn is there for its owners alone: itself, the city as it makes it, and each revision of it.
#[tokio::test]
async fn what_is_withdrawn_is_gone_for_others() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([remove("B1")])).await;
    office.publish("A").await;
    let number = office.get("", "/scenarios/A").await.json()["publishedRevision"].clone();
    let seen = || {
        [
            "/scenarios/A".to_owned(),
            "/scenarios/A/revisions".to_owned(),
            "/scenarios/A/3dtiles/tileset.json".to_owned(),
            "/scenarios/A/export?f=geojson".to_owned(),
            format!("{ITEMS}?scenario=A"),
            format!("{ITEMS}?scenario=A@{number}"),
            format!("/scenarios/A/operations?revision={number}"),
        ]
    };
    let all = async |token: &str, status: u16| {
        for target in seen() {
            let answer = office.get(token, &target).await;
            assert_eq!(answer.status, status, "{target}: {}", answer.text());
        }
    };
    all("", 200).await;
    let listed = async || office.get("", "/scenarios").await.json()["scenarios"].as_array().unwrap().len();
    assert_eq!(listed().await, 1);
    assert_eq!(office.go(&office.publisher, "A", "withdraw").await.status, 200);
    all("", 404).await;
    all(&office.neighbour, 404).await;
    all(&office.planner, 200).await;
    assert_eq!(listed().await, 0);
    // Nor is it shown while it is worked on again, and it is not deleted: it was public.
    assert_eq!(office.go(&office.lead, "A", "return").await.status, 200);
    all("", 404).await;
    let removed = office.send(&office.planner, "DELETE", "/scenarios/A", &[], b"").await;
    assert_eq!(removed.status, 409, "{}", removed.text());
    // Published anew, only that is seen.
    office.publish("A").await;
    assert_eq!(office.get("", &format!("{ITEMS}?scenario=A")).await.status, 200);
    assert_eq!(office.get("", &format!("{ITEMS}?scenario=A@{number}")).await.status, 404);
    office.served.database.close().await;
}

/// Anybody may say something on what is published; others read it when it is accepted.
#[tokio::test]
async fn statements_are_taken_moderated_and_flagged() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([extrude("H1", [696720.0, 5347400.0, 10.0, 12.0], 9.0)])).await;
    let target = "/scenarios/A/statements";
    let body = json!({ "text": "Zu hoch.", "name": "Eine Nachbarin", "anchor": { "collection": "buildings", "feature": "H1", "point": [11.65, 48.25, 490] } });
    assert_eq!(post(&office, "", target, &body).await.status, 404);
    office.publish("A").await;
    let made = post(&office, "", target, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (id, made) = (made.json()["id"].clone(), made.json());
    assert_eq!((&made["state"], &made["late"]), (&json!("pending"), &json!(false)));
    let seen =
        async |token: &str| office.get(token, target).await.json()["statements"].as_array().unwrap().len();
    assert_eq!((seen("").await, seen(&office.planner).await, seen(&office.neighbour).await), (0, 1, 0));
    let moderate = async |token: &str, body: Value| {
        office
            .send(token, "PATCH", &format!("{target}/{id}"), &[JSON], body.to_string().as_bytes())
            .await
            .status
    };
    assert_eq!(moderate("", json!({ "state": "accepted" })).await, 401);
    assert_eq!(moderate(&office.planner, json!({ "state": "accepted" })).await, 403);
    assert_eq!(moderate(&office.lead, json!({ "state": "loud" })).await, 422);
    assert_eq!(moderate(&office.lead, json!({ "state": "accepted", "answer": "Wird geprüft." })).await, 200);
    let public = office.get("", target).await.json();
    let shown = &public["statements"][0];
    assert_eq!((&shown["answer"], &shown["author"]), (&json!("Wird geprüft."), &json!(null)));
    // After the display, statements are taken and flagged.
    let stage = json!({ "stage": 2400, "begins": days(-40), "ends": days(-1), "displayed": ["A"] });
    assert_eq!(post(&office, &office.publisher, "/projects/p/stages", &stage).await.status, 201);
    let late = post(&office, &office.neighbour, target, &json!({ "text": "Auch das noch." })).await;
    assert_eq!((late.status, &late.json()["late"]), (201, &json!(true)));
    for (body, status) in [
        (json!({ "text": " " }), 422),
        (json!({ "text": "x", "anchor": { "point": ["a"] } }), 422),
        (json!({ "text": "x", "revision": 1 }), 422),
        (json!({ "text": "x".repeat(70_000) }), 413),
    ] {
        assert_eq!(post(&office, "", target, &body).await.status, status);
    }
    // Among themselves.
    let inside = "/scenarios/A/comments";
    assert_eq!(post(&office, &office.planner, inside, &json!({ "text": "Dach flacher?" })).await.status, 201);
    assert_eq!(post(&office, &office.neighbour, inside, &json!({ "text": "?" })).await.status, 403);
    assert_eq!(office.get("", inside).await.status, 404);
    assert_eq!(office.get(&office.lead, inside).await.json()["comments"][0]["text"], "Dach flacher?");
}

/// What a receiver was sent: signature, and body.
type Received = Arc<Mutex<Vec<(String, String)>>>;

/// A receiver that answers the first request with 500 and all others with 204.
async fn receiver() -> (String, Received) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let received = Received::default();
    let kept = received.clone();
    tokio::spawn(async move {
        let mut status = "500 Internal Server Error";
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            let (mut head, mut length) = (None, 0);
            while head.is_none_or(|head: usize| bytes.len() < head + length) {
                let mut piece = [0; 4096];
                let count = stream.read(&mut piece).await.unwrap();
                bytes.extend_from_slice(&piece[..count]);
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                if let Some(at) = text.find("\r\n\r\n") {
                    head = Some(at + 4);
                    let of = text.split("content-length: ").nth(1).unwrap();
                    length = of.split("\r\n").next().unwrap().parse().unwrap();
                }
            }
            let text = String::from_utf8(bytes).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let signature = head.lines().find_map(|line| line.strip_prefix("stadtwin-signature: ")).unwrap();
            kept.lock().unwrap().push((signature.to_owned(), body.to_owned()));
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
            status = "204 No Content";
        }
    });
    (url, received)
}

#[tokio::test(flavor = "multi_thread")]
async fn partners_are_told_and_webhooks_are_signed_and_retried() {
    let office = Office::open().await;
    let patch = json!({ "partners": ["ismaning"] }).to_string();
    let patched = office.send(&office.planner, "PATCH", "/projects/p", &[JSON], patch.as_bytes()).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    office.scenario("A", None).await;
    let (url, received) = receiver().await;
    let hook =
        json!({ "organization": "ismaning", "url": url, "kinds": ["scenario.published", "scenario.shared"] });
    // Only addresses that the operator allows, beside public ones over TLS.
    let refused = post(&office, &office.neighbour, "/webhooks", &hook).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    let public =
        json!({ "organization": "ismaning", "url": "https://hooks.example.org/x", "kinds": ["none.such"] });
    let made = post(&office, &office.neighbour, "/webhooks", &public).await;
    assert_eq!(
        (made.status, made.json()["secret"].as_str().map(str::len)),
        (201, Some(64)),
        "{}",
        made.text()
    );
    let gone = format!("/webhooks/{}", made.json()["id"]);
    assert_eq!(office.send(&office.neighbour, "DELETE", &gone, &[], b"").await.status, 204);
    assert_eq!(post(&office, &office.planner, "/webhooks", &public).await.status, 403);
    let allow = AllowList::new(std::slice::from_ref(&url)).unwrap();
    let sender = WebhookSender { allow };
    let id = office
        .served
        .database
        .store
        .add_webhook(
            "ismaning",
            &url,
            "s3cret",
            &["scenario.published".into(), "scenario.shared".into()],
            "test",
        )
        .await
        .unwrap();
    let share = json!({ "organization": "ismaning", "level": "read" });
    assert_eq!(post(&office, &office.planner, "/scenarios/A/shares", &share).await.status, 403);
    assert_eq!(post(&office, &office.lead, "/scenarios/A/shares", &share).await.status, 201);
    office.publish("A").await;
    let told = office.get(&office.neighbour, "/notifications").await.json();
    let kinds: Vec<&str> =
        told["notifications"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect();
    // What is handed in and approved is the owners' own business.
    assert_eq!(kinds, ["scenario.shared", "scenario.published"]);
    let own = office.get(&office.planner, "/notifications").await.json();
    assert_eq!(own["notifications"].as_array().unwrap().len(), 3);
    assert_eq!(office.get("", "/notifications").await.status, 401);
    let store = &office.served.database.store;
    assert_eq!(sender.deliver(store).await.unwrap(), 0);
    let failed = office.get(&office.neighbour, "/webhooks").await.json()["webhooks"][0].clone();
    assert_eq!((&failed["failures"], &failed["lastError"]), (&json!(1), &json!("the receiver answered 500")));
    // Not before its time.
    assert_eq!(sender.deliver(store).await.unwrap(), 0);
    let mut connection = sqlx::PgConnection::connect(&office.served.database.url).await.unwrap();
    sqlx::query("UPDATE webhook SET next_try = now()").execute(&mut connection).await.unwrap();
    assert_eq!(sender.deliver(store).await.unwrap(), 2);
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 3);
    for (signed, body) in &received {
        assert_eq!(*signed, format!("sha256={}", signature("s3cret", body.as_bytes())));
    }
    assert_eq!(received[0], received[1]);
    let last: Value = serde_json::from_str(&received[2].1).unwrap();
    assert_eq!((&last["kind"], &last["scenario"]), (&json!("scenario.published"), &json!("A")));
    let removed = office.send(&office.planner, "DELETE", &format!("/webhooks/{id}"), &[], b"").await;
    assert_eq!(removed.status, 403);
    let removed = office.send(&office.neighbour, "DELETE", &format!("/webhooks/{id}"), &[], b"").await;
    assert_eq!(removed.status, 204);
}
