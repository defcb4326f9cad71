//! Each writing request on plans leaves one event in the log, in the name of who sent it; a refused one leaves none.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stadtwin::access::Role;
use stadtwin::store::{AuditScope, StoredEvent};

use super::office::{B2, Office, extrude, remove, token};

/// Operation, way, path, body, status, action.
type Row = (&'static str, &'static str, &'static str, Value, u16, &'static str);

/// In an order in which each goes through. Of a scenario `A` and what comes with it; `file` is a plan in CityGML 3.0.
fn rows(file: &str) -> Vec<Row> {
    let in_the_way = extrude("H1", [B2[0] + 1.0, B2[1] + 1.0, 4.0, 4.0], 3.0);
    let outline = json!({
        "type": "Feature", "id": "H2", "properties": { "height": 6 },
        "geometry": { "type": "Polygon", "coordinates": [ring([B2[0] + 60.0, B2[1], 8.0, 8.0])] },
    });
    let import = "/scenarios/A/imports?collection=buildings";
    vec![
        (
            "createProject",
            "POST",
            "/projects",
            json!({ "id": "q", "title": "Q", "owners": ["garching"] }),
            201,
            "project.made",
        ),
        ("updateProject", "PATCH", "/projects/q", json!({ "title": "R" }), 200, "project.changed"),
        (
            "createScenario",
            "POST",
            "/projects/q/scenarios",
            json!({ "id": "A", "title": "A", "visibility": "public" }),
            201,
            "scenario.made",
        ),
        ("updateScenario", "PATCH", "/scenarios/A", json!({ "title": "B" }), 200, "scenario.described"),
        (
            "replacePhases",
            "PUT",
            "/scenarios/A/phases",
            json!({ "phases": [{ "label": "Bau", "from": "2027-04-01" }] }),
            200,
            "scenario.phases",
        ),
        (
            "addOperations",
            "POST",
            "/scenarios/A/operations",
            json!({ "operations": [remove("B1"), in_the_way] }),
            200,
            "scenario.changed",
        ),
        ("undoOperation", "DELETE", "/scenarios/A/operations/1", json!(null), 200, "scenario.changed"),
        ("createScenarioImport", "POST", import, outline.clone(), 201, "scenario.import.sent"),
        (
            "deleteScenarioImport",
            "DELETE",
            "/scenarios/A/imports/1",
            json!(null),
            204,
            "scenario.import.dropped",
        ),
        ("createScenarioImport", "POST", import, outline, 201, "scenario.import.sent"),
        (
            "commitScenarioImport",
            "POST",
            "/scenarios/A/imports/2/commit",
            json!(null),
            200,
            "scenario.changed",
        ),
        ("importScenario", "POST", "/projects/q/scenarios/import?id=I", json!(file), 201, "scenario.made"),
        ("rebaseScenario", "POST", "/scenarios/A/rebase", json!({}), 200, "scenario.rebased"),
        (
            "createShare",
            "POST",
            "/scenarios/A/shares",
            json!({ "organization": "ismaning" }),
            201,
            "grant.given",
        ),
        ("deleteShare", "DELETE", "/scenarios/A/shares/3", json!(null), 204, "grant.revoked"),
        ("createComment", "POST", "/scenarios/A/comments", json!({ "text": "Gut." }), 201, "comment.made"),
        ("copyScenario", "POST", "/scenarios/A/copy", json!({ "id": "K" }), 201, "scenario.made"),
        ("deleteScenario", "DELETE", "/scenarios/K", json!(null), 204, "scenario.removed"),
        ("findConflicts", "POST", "/scenarios/A/conflicts", json!(null), 200, "conflicts.sought"),
        (
            "settleConflict",
            "PATCH",
            "/conflicts/1",
            json!({ "state": "acknowledged" }),
            200,
            "conflict.settled",
        ),
        ("submitScenario", "POST", "/scenarios/A/submit", json!({}), 200, "scenario.submitted"),
        ("returnScenario", "POST", "/scenarios/A/return", json!({}), 200, "scenario.returned"),
        ("submitScenario", "POST", "/scenarios/A/submit", json!({}), 200, "scenario.submitted"),
        ("approveScenario", "POST", "/scenarios/A/approve", json!({}), 200, "scenario.approved"),
        ("publishScenario", "POST", "/scenarios/A/publish", json!({}), 200, "scenario.published"),
        ("enterStage", "POST", "/projects/q/stages", json!({ "stage": 1000 }), 201, "project.stage"),
        (
            "makeStatement",
            "POST",
            "/scenarios/A/statements",
            json!({ "text": "Zu hoch." }),
            201,
            "statement.made",
        ),
        (
            "moderateStatement",
            "PATCH",
            "/scenarios/A/statements/2",
            json!({ "state": "accepted" }),
            200,
            "statement.moderated",
        ),
        ("withdrawScenario", "POST", "/scenarios/A/withdraw", json!({}), 200, "scenario.withdrawn"),
        ("archiveScenario", "POST", "/scenarios/A/archive", json!({}), 200, "scenario.archived"),
        ("realizeScenario", "POST", "/scenarios/R/realize", json!({}), 200, "scenario.realized"),
        (
            "keepRuleSet",
            "PUT",
            "/rulesets/wa",
            json!({ "organization": "garching", "title": "WA" }),
            200,
            "ruleset.kept",
        ),
        (
            "createWebhook",
            "POST",
            "/webhooks",
            json!({ "organization": "garching", "url": "https://hooks.example.org/" }),
            201,
            "webhook.added",
        ),
        ("deleteWebhook", "DELETE", "/webhooks/1", json!(null), 204, "webhook.removed"),
        (
            "sendCoordinationRequest",
            "POST",
            "/coordination-requests",
            json!({ "scenario": "R", "to": ["ismaning"], "kind": "informal" }),
            201,
            "coordination.sent",
        ),
        (
            "receiveCoordinationRequest",
            "POST",
            "/coordination-requests/2/receive",
            json!({}),
            200,
            "coordination.received",
        ),
        (
            "answerCoordinationRequest",
            "POST",
            "/coordination-requests/2/answer",
            json!({ "answer": "no-objection" }),
            200,
            "coordination.answered",
        ),
        (
            "closeCoordinationRequest",
            "POST",
            "/coordination-requests/1/close",
            json!({}),
            200,
            "coordination.closed",
        ),
        ("deleteProject", "DELETE", "/projects/empty", json!(null), 204, "project.removed"),
    ]
}

fn ring([x, y, wide, high]: [f64; 4]) -> Value {
    json!([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]])
}

async fn events(office: &Office) -> Vec<StoredEvent> {
    office.served.database.store.audit_events(&AuditScope::All, None, 0, 10_000).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_of_plans_leaves_one_event() {
    let office = Office::open().await;
    let admin = token(&office.served, "garching", Role::Admin).await;
    office.scenario("R", None).await;
    for way in ["submit", "approve"] {
        assert_eq!(office.go(&office.lead, "R", way).await.status, 200);
    }
    let empty = json!({ "id": "empty", "title": "Leer", "owners": ["garching"] });
    office.made(&office.planner, "/projects", &empty).await;

    requests(&office).await;
    office.scenario("X", None).await;
    office.does("X", json!([extrude("H9", [B2[0] + 90.0, B2[1], 8.0, 8.0], 6.0)])).await;
    let file = office.get(&office.planner, "/scenarios/X/export?f=citygml3").await;
    assert_eq!(file.status, 200, "{}", file.text());

    let mut done = BTreeSet::new();
    for (id, method, path, body, status, action) in rows(&file.text()) {
        let is_open = id == "makeStatement";
        let (kind, body) = match body {
            Value::Null => ("", String::new()),
            Value::String(file) => ("application/gml+xml", file),
            body => ("application/json", body.to_string()),
        };
        let mut headers =
            vec![("if-match", "*"), ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>")];
        if id == "importScenario" {
            headers.pop();
        }
        if !kind.is_empty() {
            headers.push(("content-type", kind));
        }
        let before = events(&office).await;
        // Who may not is refused; of what everybody may, what cannot be read.
        let wrong = if is_open { "{}" } else { body.as_str() };
        let refused = office.send(&office.neighbour, method, path, &headers, wrong.as_bytes()).await;
        assert!((400..500).contains(&refused.status), "{id}: {} {}", refused.status, refused.text());
        assert_eq!(events(&office).await.len(), before.len(), "{id} was refused and left a trace");

        let who = if is_open { "" } else { admin.as_str() };
        let answer = office.send(who, method, path, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{id}: {}", answer.text());
        let after = events(&office).await;
        let [new] = &after[before.len()..] else {
            panic!("{id} left {:?}", &after[before.len()..]);
        };
        let subject = if is_open { "nobody" } else { "token:" };
        assert!(new.event.by.subject.starts_with(subject), "{id}: {:?}", new.event.by);
        assert!(is_open || new.event.by.name == "admin of garching", "{id}: {:?}", new.event.by);
        assert_eq!(
            (new.event.action.as_str(), new.event.object.as_str(), new.event.organization.as_deref()),
            (action, path.split('?').next().unwrap(), Some("garching")),
            "{id}"
        );
        assert_eq!(new.event.by.origin, "127.0.0.1", "{id}");
        done.insert(id.to_owned());
    }

    let definition = office.get("", "/api").await.json();
    let items = definition["paths"].as_object().unwrap().values();
    let operations = items.flat_map(|item| item.as_object().unwrap());
    let writes: BTreeSet<String> = operations
        .filter(|(method, operation)| *method != "get" && operation["tags"] == json!(["Plans"]))
        .map(|(_, operation)| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(done, writes, "writes of plans without a row here");
}

/// The first from Garching, answered by Ismaning; the second the other way round.
async fn requests(office: &Office) {
    let other = json!({ "id": "n", "title": "Trasse", "owners": ["ismaning"] });
    office.made(&office.neighbour, "/projects", &other).await;
    office.made(&office.neighbour, "/projects/n/scenarios", &json!({ "id": "N", "title": "N" })).await;
    assert_eq!(office.go(&office.neighbour, "N", "submit").await.status, 200);
    let ask = |scenario: &str, to: &str| json!({ "scenario": scenario, "to": [to], "kind": "informal" });
    let target = "/coordination-requests";
    assert_eq!(office.made(&office.lead, target, &ask("R", "ismaning")).await["id"], 1);
    assert_eq!(office.made(&office.neighbour, target, &ask("N", "garching")).await["id"], 2);
    let answer = json!({ "answer": "no-objection" }).to_string();
    let headers = [("content-type", "application/json")];
    let target = "/coordination-requests/1/answer";
    let answered = office.send(&office.neighbour, "POST", target, &headers, answer.as_bytes()).await;
    assert_eq!(answered.status, 200, "{}", answered.text());
}

/// What a search finds may be another's draft: the log of who asked does not tell of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_nobody_of_hidden_conflicts() {
    let office = Office::open().await;
    let other = json!({ "id": "n", "title": "Trasse", "owners": ["ismaning"] });
    office.made(&office.neighbour, "/projects", &other).await;
    let draft = json!({ "id": "N", "title": "N", "visibility": "private" });
    office.made(&office.neighbour, "/projects/n/scenarios", &draft).await;
    let tag = office.get(&office.neighbour, "/scenarios/N").await.header("etag").to_owned();
    let moved = json!([remove("B1")]);
    let answer = office.batch_with(&office.neighbour, "N", moved, &[("if-match", &tag)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    office.scenario("A", None).await;
    office.does("A", json!([{ "op": "modify", "collection": "buildings", "target": "B1", "properties": { "name": "x" } }])).await;
    office.publish("A").await;
    let found = office.send(&office.neighbour, "POST", "/scenarios/N/conflicts", &[], b"").await;
    assert_eq!(found.json()["conflicts"].as_array().map(Vec::len), Some(1), "{}", found.text());

    let admin = token(&office.served, "garching", Role::Admin).await;
    let found = office.send(&admin, "POST", "/scenarios/A/conflicts", &[], b"").await;
    assert_eq!(found.json()["conflicts"], json!([]), "{}", found.text());
    let log = office.get(&admin, "/audit?f=jsonl").await.text();
    assert!(
        log.contains("conflicts.sought") && !log.contains("ismaning") && !log.contains("/scenarios/N"),
        "{log}"
    );
}
