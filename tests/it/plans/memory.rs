//! A scenario from memory is what it is from the database.

use serde_json::{Value, json};
use stadtwin::sample::write_city;

use super::office::{ITEMS, Office, extrude, modify, remove};
use crate::memory::{boxes, check, with_memory};

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_are_the_same_from_memory_and_from_the_database() {
    let office = Office::open().await;
    let mut text = Vec::new();
    write_city(&mut text, 600, 11).unwrap();
    let path = office.served.write("large.gml", &String::from_utf8(text).unwrap());
    office.served.import("buildings", &path).await;
    office.scenario("A", None).await;
    let all = office.get("", &format!("{ITEMS}?limit=400")).await.json();
    let features = all["features"].as_array().unwrap();
    // Every fifth building goes, every seventh changes, and forty stand where others stood.
    let mut operations: Vec<Value> = Vec::new();
    for (at, feature) in features.iter().enumerate() {
        let id = feature["id"].as_str().unwrap();
        match (at % 5, at % 7) {
            (0, _) => operations.push(remove(id)),
            (_, 0) => operations.push(modify(id, json!({ "function": "31001_3020" }))),
            _ => {}
        }
    }
    for at in 0..40 {
        let place = [696705.0 + 11.0 * f64::from(at), 5347410.0 + 7.0 * f64::from(at), 9.0, 6.0];
        operations.push(extrude(&format!("new{at}"), place, 6.0));
    }
    office.does("A", json!(operations)).await;
    office.publish("A").await;
    let (served, memory) = (&office.served, with_memory(&office.served).await);
    let plan = format!("{ITEMS}?scenario=A");
    let whole = check(served, &memory, &plan).await.unwrap();
    assert_eq!(whole, 602 - 80 + 40);
    let mut matched = 0;
    for bbox in boxes(served, "buildings", 12).await {
        for more in
            ["", "&limit=7", "&filter=function%3D'31001_3020'", "&filter=zMax%3E485&limit=3", "&sortby=-zMax"]
        {
            matched += check(served, &memory, &format!("{plan}&bbox={bbox}{more}")).await.unwrap_or(0);
        }
    }
    assert!(matched > 0);
    for target in [
        "&limit=50",
        "&limit=50&f=csv",
        "&filter=id%20LIKE%20'new%25'&limit=9",
        "&datetime=2026-01-01",
        "&f=cityjson&limit=5",
    ] {
        check(served, &memory, &format!("{plan}{target}")).await;
    }
    // Pages chained to the end hold every feature once.
    let (mut target, mut seen) = (format!("{plan}&limit=57"), Vec::new());
    loop {
        let page = crate::http::request(&memory, "GET", &target, &[]).await.json();
        seen.extend(
            page["features"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next");
        let Some(next) = next else { break };
        target = next["href"].as_str().unwrap().to_owned();
    }
    assert_eq!(seen.len() as u64, whole);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len() as u64, whole);
}
