//! Local development, where everybody on this machine may do everything; and how often somebody may ask.

use std::sync::Arc;

use serde_json::json;
use stadtwin::api::{AppState, Rates};
use stadtwin::crs::HeightModel;

use super::command::stadtwin;
use crate::http::send;
use crate::support::database::database;
use crate::support::served::start;

#[tokio::test(flavor = "multi_thread")]
async fn everybody_here_is_an_admin() {
    let database = database().await;
    stadtwin(&database.url, &["organization", "add", "garching", "--name", "Garching"]).unwrap();
    let state = || AppState::new(database.store.clone(), HeightModel::Constant(45.5));
    let local = start(AppState { local_development: true, ..state() }).await;
    let usual = start(state()).await;
    let status = async |address: &str, headers: &[(&str, &str)]| {
        send(address, "GET", "/audit", headers, b"").await.status
    };
    assert_eq!((status(&local, &[]).await, status(&usual, &[]).await), (200, 401));
    // A page of another site in the same browser is nobody; nor does another name of this machine help it.
    for (header, value, expected) in [
        ("origin", "http://localhost:5173", 200),
        ("origin", "https://elsewhere.example", 401),
        ("origin", "null", 401),
        ("authorization", "Bearer stw_no", 401),
    ] {
        assert_eq!(status(&local, &[(header, value)]).await, expected, "{header} {value}");
    }
    let me = send(&local, "GET", "/me", &[], b"").await.json();
    assert_eq!(
        me,
        json!({
            "subject": "local", "name": "local development", "origin": "127.0.0.1",
            "memberships": [{ "organization": "garching", "role": "admin" }], "scopes": ["write"],
        })
    );
    assert_eq!(send(&usual, "GET", "/me", &[], b"").await.status, 401);
    // It says so.
    let health = send(&local, "GET", "/health", &[], b"").await.json();
    assert_eq!(health["localDevelopment"], true);
    assert!(send(&usual, "GET", "/health", &[], b"").await.json()["localDevelopment"].is_null());
    let page = send(&local, "GET", "/?f=html&lang=de", &[], b"").await.text();
    assert!(page.contains("Jeder auf diesem Rechner darf alles"), "{page}");
    assert!(!send(&usual, "GET", "/?f=html&lang=de", &[], b"").await.text().contains("darf alles"));
    for arguments in [
        &["serve", "--local-development", "--address", "0.0.0.0:0"][..],
        &["serve", "--local-development", "--address", "[::]:0"],
        &["serve", "--local-development", "--public-url", "https://twin.example"],
    ] {
        let error = stadtwin(&database.url, arguments).unwrap_err();
        assert!(error.contains("--local-development"), "{arguments:?}: {error}");
    }
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_has_to_wait() {
    let database = database().await;
    let state = AppState::new(database.store.clone(), HeightModel::Constant(45.5));
    let address = start(AppState { rates: Arc::new(Rates::new(1)), ..state }).await;
    let ask = async |client: &str| {
        let headers: &[_] = if client.is_empty() { &[] } else { &[("x-forwarded-for", client)] };
        send(&address, "GET", "/health/live", headers, b"").await
    };
    // Ten seconds' worth at once; it fills by one a second meanwhile.
    let mut answers = Vec::new();
    for _ in 0..40 {
        answers.push(ask("203.0.113.7").await);
    }
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(
        answers[..10].iter().all(|answer| answer.status == 200) && refused.len() >= 10,
        "{}",
        refused.len()
    );
    let last = refused[0];
    assert_eq!((last.header("retry-after"), last.header("content-type")), ("1", "application/problem+json"));
    // Others, and this machine, do not wait for them.
    assert_eq!(ask("203.0.113.8").await.status, 200);
    for _ in 0..40 {
        assert_eq!(ask("").await.status, 200);
    }
    database.close().await;
}
