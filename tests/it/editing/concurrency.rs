//! Many writers at once: no change is lost, no batch is seen by half, and what is sent twice is done once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use stadtwin::api::AppState;
use stadtwin::crs::HeightModel;

use super::desk::{Desk, ITEMS, JSON, PATCH, item};
use crate::patience::Blocker;
use crate::support::served::start;

const WRITERS: usize = 5;
const ROUNDS: usize = 3;

/// Numbers without order, the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % count
    }
}

fn number(feature: &Value) -> i64 {
    feature["properties"]["n"].as_i64().unwrap_or(0)
}

/// Raises `n` of two features by one, and writes its own name into both; reads again when somebody came first. Gives how
/// often that was.
async fn raise_two(desk: &Desk, ids: &[String], marker: &str, dice: &mut Dice) -> usize {
    for attempt in 0.. {
        let first = dice.below(ids.len());
        let second = (first + 1 + dice.below(ids.len() - 1)) % ids.len();
        let mut operations = Vec::new();
        for id in [&ids[first], &ids[second]] {
            let (feature, tag) = desk.read(id).await;
            let properties = json!({ "n": number(&feature) + 1, "by": marker });
            operations.push(
                json!({ "op": "update", "id": id, "ifMatch": tag, "patch": { "properties": properties } }),
            );
        }
        let key = format!("{marker}-{attempt}");
        let headers = [("idempotency-key", key.as_str())];
        let operations = Value::from(operations);
        let answer = desk.batch(&operations, &headers).await;
        if dice.below(2) == 0 {
            // The answer was lost on the way: the client sends it again.
            let again = desk.batch(&operations, &headers).await;
            if answer.status == 200 {
                assert_eq!((again.status, again.json()), (200, answer.json()));
            }
        }
        match answer.status {
            200 => return attempt,
            412 => {}
            status => panic!("{status}: {}", answer.text()),
        }
    }
    unreachable!()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_at_once_lose_nothing() {
    let desk = Arc::new(Desk::with(6).await);
    let (ids, head) = (desk.ids().await, desk.head().await);
    let tasks: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (desk, ids) = (desk.clone(), ids.clone());
            tokio::spawn(async move {
                let mut dice = Dice(writer as u64 + 1);
                let mut conflicts = 0;
                for round in 0..ROUNDS {
                    conflicts += raise_two(&desk, &ids, &format!("w{writer}r{round}"), &mut dice).await;
                    // Patches without condition name what they change: all of them hold in the end.
                    let patch = json!({ "properties": { format!("p{writer}_{round}"): true } }).to_string();
                    let answer = desk.send("PATCH", &item(&ids[0]), &[PATCH], patch.as_bytes()).await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                }
                conflicts
            })
        })
        .collect();
    let mut conflicts = 0;
    for task in tasks {
        conflicts += task.await.unwrap();
    }
    println!("{conflicts} batches met another one first");
    let list = desk.served.json(&format!("{ITEMS}?limit=100")).await;
    let features = list["features"].as_array().unwrap();
    let sum: i64 = features.iter().map(number).sum();
    assert_eq!(sum as usize, 2 * WRITERS * ROUNDS);
    let (patched, _) = desk.read(&ids[0]).await;
    for (writer, round) in (0..WRITERS).flat_map(|writer| (0..ROUNDS).map(move |round| (writer, round))) {
        assert_eq!(patched["properties"][format!("p{writer}_{round}")], true, "{writer} {round}");
    }
    // Each batch is one revision, and both of its features have it there.
    let changes = desk.served.json(&format!("/collections/buildings/changes?since={head}")).await;
    let revisions = changes["revisions"].as_array().unwrap();
    assert_eq!(revisions.len(), 2 * WRITERS * ROUNDS);
    let mut batches = 0;
    for revision in revisions {
        let updated = revision["updated"].as_array().unwrap();
        let mut by = Vec::new();
        for id in updated {
            let then = format!("{}?revision={}", item(id.as_str().unwrap()), revision["revision"]);
            by.push(desk.served.json(&then).await["properties"]["by"].clone());
        }
        match by.as_slice() {
            [_] => {}
            [a, b] => {
                assert_eq!(a, b, "{revision}");
                batches += 1;
            }
            _ => panic!("{revision}"),
        }
    }
    assert_eq!(batches, WRITERS * ROUNDS);
    desk.check_counts().await;
    let store = &desk.served.database.store;
    let revisions = store.revisions(&desk.collection().await).await.unwrap();
    assert!(revisions.iter().all(|revision| revision.published.is_some()), "nothing is left open");
}

/// A client that goes before the answer comes leaves all or nothing, never half.
#[tokio::test(flavor = "multi_thread")]
async fn who_goes_before_the_answer_leaves_no_half() {
    let desk = Desk::with(4).await;
    let ids = desk.ids().await;
    let token = desk.token("write", "hasty").await;
    for round in 0..6_u64 {
        let patch = json!({ "properties": { "round": round } });
        let operations: Vec<_> =
            ids.iter().map(|id| json!({ "op": "update", "id": id, "patch": patch })).collect();
        let body = json!({ "operations": operations }).to_string();
        let sent = desk.send_as(&token, "POST", ITEMS, &[JSON], body.as_bytes());
        let _ = tokio::time::timeout(std::time::Duration::from_millis(20 * round), sent).await;
        let list = desk.served.json(&format!("{ITEMS}?limit=100")).await;
        let rounds: Vec<_> =
            list["features"].as_array().unwrap().iter().map(|f| f["properties"]["round"].clone()).collect();
        assert!(rounds.iter().all(|other| *other == rounds[0]), "{rounds:?}");
    }
    // The last one is waited for: an edit goes on although nobody listens, and no lock is left behind.
    assert_eq!(desk.patch(&ids[0], &json!({ "properties": { "last": true } })).await.status, 200);
}

/// While one edit is held up, others wait for their turn: who gives up before it comes has edited nothing.
#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_in_the_queue_has_edited_nothing() {
    let mut desk = Desk::with(2).await;
    let state = AppState {
        timeout: Duration::from_secs(2),
        ..AppState::new(desk.served.database.store.clone(), HeightModel::Constant(45.5))
    };
    desk.served.address = start(state).await;
    let (ids, desk) = (desk.ids().await, Arc::new(desk));
    let mut blocker = Blocker::of(&desk).await;
    let patch = |name: &str| {
        let (desk, id) = (desk.clone(), ids[0].clone());
        let patch = json!({ "properties": { name: true } });
        tokio::spawn(async move { desk.patch(&id, &patch).await })
    };
    let first = patch("first");
    blocker.until(1, Duration::from_secs(10)).await;
    let (second, third) = (patch("second"), patch("third"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    third.abort();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    for (answer, part) in [(&first, "may still be done"), (&second, "nothing was edited")] {
        assert_eq!((answer.status, answer.header("retry-after")), (503, "10"), "{}", answer.text());
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{}", answer.text());
    }
    blocker.end().await;
    let last = desk.patch(&ids[0], &json!({ "properties": { "last": true } })).await;
    assert_eq!(last.status, 200, "{}", last.text());
    let properties = desk.read(&ids[0]).await.0["properties"].clone();
    let done = ["first", "second", "third", "last"].map(|name| properties.get(name).is_some());
    assert_eq!(done, [true, false, false, true], "{properties}");
}
