//! The log of changes: complete, in order, for admins, and never changed.

use serde_json::json;
use sqlx::{Connection, PgConnection};
use stadtwin::model::{Organization, OrganizationKind};
use stadtwin::store::{Actor, AuditScope};

use super::command::stadtwin;
use crate::http::send;
use crate::support::served::Served;

#[tokio::test(flavor = "multi_thread")]
async fn changes_are_noted_and_read_by_admins() {
    let served = Served::start().await;
    let url = &served.database.url;
    let run = |arguments: &[&str]| stadtwin(url, arguments).unwrap();
    run(&["organization", "add", "garching", "--name", "Garching"]);
    run(&["organization", "add", "ismaning", "--name", "Ismaning"]);
    let create = ["token", "create", "--name", "chief", "--organization", "garching", "--role"];
    let admin = run(&[&create[..], &["admin"]].concat());
    let planner = run(&[&create[..], &["planner"]].concat());
    run(&["issuer", "add", "https://login.example", "--audience", "a"]);
    run(&["issuer", "remove", "https://login.example"]);
    run(&["organization", "remove", "ismaning"]);
    let server = run(&["token", "create", "--name", "server", "--scope", "write"]);

    let ask = async |token: &str, target: &str| {
        let bearer = format!("Bearer {token}");
        let headers: &[_] = if token.is_empty() { &[] } else { &[("authorization", bearer.as_str())] };
        send(&served.address, "GET", target, headers, b"").await
    };
    assert_eq!(ask("", "/audit").await.status, 401);
    assert_eq!(ask(&planner, "/audit").await.status, 403);
    let actions = |document: &serde_json::Value| {
        let all = document["events"].as_array().unwrap();
        all.iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let seen = ask(&admin, "/audit").await;
    assert_eq!(seen.header("cache-control"), "private, no-cache");
    assert_eq!(actions(&seen.json()), ["organization.added", "token.created", "token.created"]);
    let first = &seen.json()["events"][0];
    assert_eq!(
        (&first["subject"], &first["origin"], &first["object"], &first["organization"]),
        (&json!("command"), &json!("command line"), &json!("/organizations/garching"), &json!("garching"))
    );
    let whole = [
        "organization.added",
        "organization.added",
        "token.created",
        "token.created",
        "issuer.added",
        "issuer.removed",
        "organization.removed",
        "token.created",
    ];
    // Page by page, each behind the one before.
    let (mut all, mut next) = (Vec::new(), Some("/audit?limit=3".to_owned()));
    while let Some(target) = next {
        let page = ask(&server, &target).await.json();
        all.extend(actions(&page));
        let links = page["links"].as_array().unwrap();
        next = links
            .iter()
            .find(|link| link["rel"] == "next")
            .map(|link| link["href"].as_str().unwrap().to_owned());
    }
    assert_eq!(all, whole);
    assert!(actions(&ask(&server, "/audit?since=2100-01-01").await.json()).is_empty());
    assert_eq!(actions(&ask(&server, "/audit?since=2000-01-01T00:00:00Z").await.json()).len(), whole.len());
    assert_eq!(ask(&server, "/audit?since=yesterday").await.status, 400);

    let csv = ask(&server, "/audit?f=csv&limit=2").await;
    assert!(csv.text().starts_with("id,time,subject,name,origin,action,object,organization,details\r\n1,"));
    assert_eq!((csv.text().lines().count(), csv.header("link").contains("rel=\"next\"")), (3, true));
    // Line by line: all of it, or a page and where the next one is.
    let lines = ask(&server, "/audit?f=jsonl").await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let read = |text: &str| -> Vec<serde_json::Value> {
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let told: Vec<_> =
        read(&lines.text()).iter().map(|event| event["action"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, whole);
    assert_eq!(read(&lines.text())[0], *first);
    let part = ask(&server, "/audit?f=jsonl&limit=2&after=3").await;
    assert_eq!(read(&part.text()).iter().map(|event| event["id"].clone()).collect::<Vec<_>>(), [4, 5]);
    assert!(part.header("link").contains("after=5") && part.header("link").contains("x-ndjson"));
    let bearer = format!("Bearer {admin}");
    let headers = [("authorization", bearer.as_str()), ("accept", "application/x-ndjson")];
    let own = send(&served.address, "GET", "/audit", &headers, b"").await;
    assert_eq!(own.text().lines().count(), 3);
    assert_eq!(run(&["audit", "export", "--format", "jsonl"]), lines.text().trim());
    let exported = run(&["audit", "export"]);
    assert_eq!(exported.lines().count(), 1 + whole.len());
    assert!(exported.contains("organization.removed,/organizations/ismaning,ismaning,"), "{exported}");
    // No secret is in it.
    assert!(
        [&admin, &planner, &server].iter().all(|token| !exported.contains(token.rsplit('_').next().unwrap()))
    );
    assert_eq!(run(&["audit", "export", "--after", "6"]).lines().count(), 3);
    assert!(stadtwin(url, &["audit", "export", "--since", "now"]).unwrap_err().contains("`since`"));
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_only_appended_to() {
    let served = Served::start().await;
    stadtwin(&served.database.url, &["organization", "add", "garching", "--name", "Garching"]).unwrap();
    let mut connection = PgConnection::connect(&served.database.url).await.unwrap();
    for statement in [
        "UPDATE audit_event SET name = 'nobody'",
        "DELETE FROM audit_event",
        "DELETE FROM audit_event WHERE false",
        "TRUNCATE audit_event",
    ] {
        let error = sqlx::query(statement).execute(&mut connection).await.unwrap_err();
        assert!(error.to_string().contains("only ever appended to"), "{statement}: {error}");
    }
    // What is refused leaves no event: they go with their change.
    assert!(
        stadtwin(&served.database.url, &["organization", "add", "a", "--name", "A", "--parent", "b"])
            .is_err()
    );
    let events = served.database.store.audit_events(&AuditScope::All, None, 0, 10).await.unwrap();
    assert_eq!(events.items.len(), 1);
    drop(connection);
    served.database.close().await;
}

/// Writers at once: who reads on behind the last id that they saw, while it goes on, misses none.
#[tokio::test(flavor = "multi_thread")]
async fn reading_on_misses_nothing() {
    let served = Served::start().await;
    let store = served.database.store.clone();
    let write = |writer: i32| {
        let by = Actor { subject: format!("writer {writer}"), name: String::new(), origin: String::new() };
        let store = store.acting_as(by);
        tokio::spawn(async move {
            for at in 0..25 {
                let organization = Organization {
                    id: format!("o{writer}-{at}"),
                    name: String::new(),
                    kind: OrganizationKind::Office,
                    ags: None,
                    parent: None,
                    boundary: None,
                };
                store.keep_organization(&organization).await.unwrap();
            }
        })
    };
    let writers: Vec<_> = (0..4).map(write).collect();
    let (mut seen, mut after) = (Vec::new(), 0);
    while seen.len() < 100 {
        let is_over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let page = store.audit_events(&AuditScope::All, None, after, 10).await.unwrap();
        after = page.items.last().map_or(after, |last| last.id);
        seen.extend(
            page.items.iter().map(|stored| (stored.event.by.subject.clone(), stored.event.object.clone())),
        );
        assert!(!is_over || !page.items.is_empty(), "{} of 100 were seen", seen.len());
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 100);
    served.database.close().await;
}
