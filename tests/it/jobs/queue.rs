//! The queue itself.

use serde_json::json;
use stadtwin::jobs::Lease;
use stadtwin::store::{JobState, NewJob, Store};

use crate::support::database::database;

fn job(kind: &'static str, priority: i32, place: Option<&str>) -> NewJob {
    NewJob {
        kind,
        target: None,
        parameters: json!({}),
        place: place.map(str::to_owned),
        priority,
        max_attempts: 2,
        created_by: "test".into(),
    }
}

/// Priorities, places, postponement, and the last attempt.
#[tokio::test]
async fn the_queue_gives_each_job_to_one_worker() {
    let database = database().await;
    let store: &Store = &database.store;
    let low = store.add_job(&job("import", 0, None)).await.unwrap();
    let elsewhere = store.add_job(&job("import", 9, Some("there"))).await.unwrap();
    let high = store.add_job(&job("import", 1, None)).await.unwrap();
    let (a, b, c) =
        tokio::join!(store.claim_job(Some("here")), store.claim_job(None), store.claim_job(Some("here")));
    let mut claimed: Vec<_> =
        [a, b, c].into_iter().filter_map(|job| job.unwrap()).map(|job| job.id).collect();
    claimed.sort_unstable();
    assert_eq!(claimed, [low, high], "each once, and none whose files are elsewhere");
    assert_eq!(store.claim_job(Some("there")).await.unwrap().unwrap().id, elsewhere);

    // A worker that is silent, twice; one that lives.
    assert_eq!(store.revive_jobs(60.0, 0.0).await.unwrap(), 0);
    assert!(store.beat_job(high, 1, Some(40), "reading").await.unwrap());
    assert_eq!(store.revive_jobs(0.0, 0.0).await.unwrap(), 3);
    assert!(!store.beat_job(high, 1, None, "reading").await.unwrap(), "it was taken away");
    assert_eq!(store.claim_job(None).await.unwrap().map(|job| (job.id, job.attempts)), Some((high, 2)));
    assert_eq!(store.revive_jobs(0.0, 0.0).await.unwrap(), 1);
    let failed = store.job(high).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.attempts), (JobState::Failed, 2));
    assert!(failed.message.ends_with("attempt 2 of 2: given up"), "{}", failed.message);

    // Busy is no attempt; later is later.
    let claimed = store.claim_job(None).await.unwrap().unwrap();
    assert_eq!((claimed.id, claimed.attempts), (low, 2));
    store.postpone_job(low, 2, "waits", 3_600.0, false).await.unwrap();
    let waiting = store.job(low).await.unwrap().unwrap();
    assert_eq!((waiting.state, waiting.attempts), (JobState::Queued, 1));
    assert_eq!(store.claim_job(None).await.unwrap(), None);
    assert!(store.dismiss_job(low).await.unwrap());
    assert!(!store.dismiss_job(low).await.unwrap());
    let page = store.jobs(None, None, 2).await.unwrap();
    assert_eq!(page.items.iter().map(|job| job.id).collect::<Vec<_>>(), [high, elsewhere]);
    let page = store.jobs(None, page.next, 2).await.unwrap();
    assert_eq!((page.items[0].id, page.next), (low, None));
    database.close().await;
}

/// Workers give a sign of life every second: a shorter lease would take jobs from the living.
#[test]
fn a_lease_is_longer_than_the_time_between_signs_of_life() {
    for (silence_s, pause_s, fits) in [
        (30.0, 10.0, true),
        (3.0, 0.0, true),
        (2.9, 10.0, false),
        (0.0, 10.0, false),
        (-1.0, 10.0, false),
        (f64::NAN, 10.0, false),
        (f64::INFINITY, 10.0, false),
        (30.0, -1.0, false),
        (30.0, f64::NAN, false),
    ] {
        let lease = Lease::new(silence_s, pause_s);
        assert_eq!(lease.is_ok(), fits, "{silence_s} {pause_s}");
        if let Err(told) = lease {
            assert!(told.to_string().contains("take "), "{told}");
        }
    }
    // 10 s, then doubled.
    let lease = Lease::default();
    assert_eq!([1, 2, 3].map(|attempt| lease.pause_s(attempt)), [10.0, 20.0, 40.0]);
}

/// Back-off after deaths as the database reckons it: 10 s, then 20 s.
#[tokio::test]
async fn a_job_whose_worker_died_waits_longer_each_time() {
    let database = database().await;
    let store: &Store = &database.store;
    let id = store.add_job(&NewJob { max_attempts: 3, ..job("import", 0, None) }).await.unwrap();
    for wait_s in [10.0, 20.0] {
        assert_eq!(store.claim_job(None).await.unwrap().map(|job| job.id), Some(id));
        assert_eq!(store.revive_jobs(0.0, 10.0).await.unwrap(), 1);
        assert_eq!(store.claim_job(None).await.unwrap(), None, "not yet");
        let waits_s = seconds_to_wait(&database.url, id).await;
        assert!((waits_s - wait_s).abs() < 5.0, "{waits_s} s");
        let again = "UPDATE job SET not_before = now() WHERE id = $1";
        let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url).await.unwrap();
        sqlx::query(again).bind(id).execute(&mut connection).await.unwrap();
    }
    database.close().await;
}

async fn seconds_to_wait(url: &str, id: i64) -> f64 {
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(url).await.unwrap();
    let seconds = "SELECT extract(epoch FROM not_before - now())::double precision FROM job WHERE id = $1";
    sqlx::query_scalar(seconds).bind(id).fetch_one(&mut connection).await.unwrap()
}
