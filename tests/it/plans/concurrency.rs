//! Many planners at once: nobody's change is lost, no batch is done in part, and everything stands in the list.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use stadtwin::access::Role;

use super::office::{Office, extrude, token};

/// Planners, scenarios that they share, and batches of each planner.
const PLANNERS: usize = 20;
const SCENARIOS: usize = 10;
const BATCHES: usize = 6;

/// One planner: batches of random length, each tried until it goes through; some requests come twice. Names of what was
/// brought, by scenario.
async fn work(office: Arc<Office>, planner: usize) -> BTreeMap<usize, Vec<(i64, Vec<String>)>> {
    let mut done: BTreeMap<usize, Vec<(i64, Vec<String>)>> = BTreeMap::new();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(planner as u64 + 1);
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for batch in 0..BATCHES {
        let (scenario, count) = (random(SCENARIOS), 1 + random(4));
        let id = format!("S{scenario}");
        let names: Vec<String> = (0..count).map(|at| format!("p{planner}b{batch}n{at}")).collect();
        let place = |at: usize| {
            [696000.0 + 20.0 * planner as f64, 5347000.0 + 20.0 * (batch * 5 + at) as f64, 9.0, 9.0]
        };
        let operations: Vec<Value> =
            names.iter().enumerate().map(|(at, name)| extrude(name, place(at), 6.0)).collect();
        let key = format!("{planner}-{batch}");
        loop {
            let tag = office.tag(&id).await;
            let headers = [("if-match", tag.as_str()), ("idempotency-key", key.as_str())];
            let answer = office.batch_with(&office.planner, &id, json!(operations), &headers).await;
            if answer.status == 412 {
                continue;
            }
            assert_eq!(answer.status, 200, "{}", answer.text());
            if random(3) == 0 {
                // As after an answer that was lost on its way.
                let again = office.batch_with(&office.planner, &id, json!(operations), &headers).await;
                assert_eq!((again.status, again.json()), (200, answer.json()));
            }
            done.entry(scenario).or_default().push((answer.json()["version"].as_i64().unwrap(), names));
            break;
        }
    }
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_planners_lose_nothing() {
    let office = Arc::new(Office::open().await);
    for scenario in 0..SCENARIOS {
        office.scenario(&format!("S{scenario}"), None).await;
    }
    let planners = (0..PLANNERS).map(|planner| tokio::spawn(work(office.clone(), planner)));
    let mut done: BTreeMap<usize, Vec<(i64, Vec<String>)>> = BTreeMap::new();
    for planner in planners.collect::<Vec<_>>() {
        for (scenario, batches) in planner.await.unwrap() {
            done.entry(scenario).or_default().extend(batches);
        }
    }
    let events = log(&office).await;
    for (scenario, mut batches) in done {
        let id = format!("S{scenario}");
        batches.sort();
        // Each batch made a version of its own, from the second on without a gap.
        let versions: Vec<i64> = batches.iter().map(|(version, _)| *version).collect();
        assert_eq!(versions, (2..2 + batches.len() as i64).collect::<Vec<_>>(), "{id}");
        let expected: BTreeSet<String> = batches.iter().flat_map(|(_, names)| names.clone()).collect();
        let mut shown: BTreeSet<String> =
            office.ids(&office.planner, &format!("scenario={id}&limit=1000")).await.into_iter().collect();
        assert!(shown.remove("B1") && shown.remove("B2"));
        assert_eq!(shown, expected, "{id}");
        let listed = office.get(&office.planner, &format!("/scenarios/{id}/operations")).await.json();
        let made: Vec<&str> = listed["operations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["made"][0].as_str().unwrap())
            .collect();
        let in_order: Vec<&str> =
            batches.iter().flat_map(|(_, names)| names.iter().map(String::as_str)).collect();
        assert_eq!(made, in_order, "{id}");
        // Each batch stands in the log once, with its version, whatever came twice.
        let target = format!("/scenarios/{id}/operations");
        let noted =
            events.iter().filter(|event| event["object"] == target && event["action"] == "scenario.changed");
        let mut noted: Vec<i64> = noted.map(|event| event["details"]["version"].as_i64().unwrap()).collect();
        noted.sort_unstable();
        assert_eq!(noted, versions, "{id}");
    }
}

/// The whole log.
async fn log(office: &Office) -> Vec<Value> {
    let admin = token(&office.served, "garching", Role::Admin).await;
    let answer = office.get(&admin, "/audit?limit=10000").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["events"].as_array().unwrap().clone()
}
