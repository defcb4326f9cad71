//! Jobs that are cancelled.

use serde_json::json;
use stadtwin::jobs::{Lease, Worker};
use stadtwin::model::{Crs, Target, VerticalCrs};
use stadtwin::store::{CollectionSummary, JobState, NewJob, StoreError};

use super::server::{JSON, Server, city};

const STORAGE: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_cancelled_whether_they_wait_or_run() {
    let server = Server::start().await;
    let token = server.token("import:buildings", None).await;
    let imports = "/collections/buildings/imports";
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(4_000)).unwrap();
    let order = json!({ "href": "a.gml" }).to_string();
    let start = async || {
        let answer = server.post(imports, &token, &[JSON], order.as_bytes()).await;
        answer.header("location").to_owned()
    };
    let waiting = start().await;
    let other = server.token("import:trees", None).await;
    assert_eq!(server.send("DELETE", &waiting, &other, &[], b"").await.status, 403);
    let answer = server.send("DELETE", &waiting, &token, &[], b"").await;
    assert_eq!((answer.status, &answer.json()["status"]), (200, &json!("dismissed")));
    assert_eq!(server.send("DELETE", &waiting, &token, &[], b"").await.status, 409);

    let running = start().await;
    let store = server.database.store.clone();
    let (spool, supply) = (Some(server.spool.clone()), server.supply.clone());
    let worker = Worker { store, spool, supply, lease: Lease::default() };
    let worker = tokio::spawn(async move { worker.run(std::future::pending()).await });
    while server.get(&running).await.json()["status"] == "accepted" {
        tokio::task::yield_now().await;
    }
    let answer = server.send("DELETE", &running, &token, &[], b"").await;
    assert_eq!(answer.json()["status"], "dismissed", "{}", answer.text());
    // The worker hears of it and is free for the next job, of which nothing was there before.
    std::fs::write(server.folder.path().join("deliveries/a.gml"), city(3)).unwrap();
    let job = server.ended(&start().await).await;
    assert_eq!((&job["status"], &job["report"]["inserted"]), (&json!("successful"), &json!(3)), "{job}");
    assert_eq!(server.feature_count("buildings").await, 3);
    worker.abort();
    server.database.close().await;
}

/// Until the publication a cancelled job leaves nothing; from it on it cannot be cancelled, and ends well.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_has_published_is_not_cancelled() {
    let server = Server::start().await;
    let store = &server.database.store;
    let token = server.token("import:buildings", None).await;
    store.set_storage_crs(&STORAGE).await.unwrap();
    let buildings = store.create_collection("buildings", "", "").await.unwrap();
    let new = |kind| NewJob {
        kind,
        target: Some(Target::Collection("buildings".into())),
        parameters: json!({}),
        place: None,
        priority: 0,
        max_attempts: 1,
        created_by: "test".into(),
    };

    let early = store.begin_job(&new("import")).await.unwrap();
    assert!(store.dismiss_job(early).await.unwrap());
    let session = store.begin_import(&buildings).await.unwrap();
    let refused = session.publish_for(Some(early), CollectionSummary::default()).await;
    assert!(matches!(refused, Err(StoreError::Cancelled(job)) if job == early), "{refused:?}");
    assert_eq!(store.collection("buildings").await.unwrap().unwrap().head, 0);

    let late = store.begin_job(&new("import")).await.unwrap();
    let session = store.begin_import(&buildings).await.unwrap();
    let published = session.publish_for(Some(late), CollectionSummary::default()).await.unwrap();
    let location = format!("/jobs/{late}");
    let answer = server.send("DELETE", &location, &token, &[], b"").await;
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    let said = format!("has published revision {}", published.number);
    assert!(answer.status == 409 && detail.contains(&said), "{detail}");
    store.finish_job(late, 1, JobState::Successful, "done", None).await.unwrap();
    let job = server.job(&location).await.json();
    assert_eq!((&job["status"], &job["published"]), (&json!("successful"), &json!(published.number)));

    // Its worker dies between the publication and the last word.
    let dead = store.begin_job(&new("import")).await.unwrap();
    let session = store.begin_import(&buildings).await.unwrap();
    session.publish_for(Some(dead), CollectionSummary::default()).await.unwrap();
    assert_eq!(store.revive_jobs(0.0, 0.0).await.unwrap(), 1);
    let job = server.job(&format!("/jobs/{dead}")).await.json();
    assert_eq!(job["status"], "successful", "{job}");
    server.database.close().await;
}
