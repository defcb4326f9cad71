//! Every refusal of plans that the definition declares, provoked: each operation with each 4xx that it names.

use serde_json::{Value, json};
use stadtwin::access::Role;

use super::office::{B1, Office, extrude, footprint, remove, token};
use crate::http::Answer;

const NO_OBJECTION: &str = r#"{"answer":"no-objection"}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

/// What the parts of paths stand for: a draft `A` with an operation, a share and a statement; `P` is published.
fn path(template: &str, scenario: &str) -> String {
    template
        .replace("{projectId}", "p")
        .replace("{scenarioId}", scenario)
        .replace("{seq}", "1")
        .replace("{shareId}", "1")
        .replace("{statementId}", "1")
        .replace("{webhookId}", "1")
        .replace("{conflictId}", "1")
        .replace("{ruleSetId}", "wa")
        .replace("{importId}", "1")
        .replace("{requestId}/answer", "2/answer")
        .replace("{requestId}/close", "3/close")
        .replace("{requestId}", "1")
}

/// With what its address must say.
fn asked(target: String, operation: &str) -> String {
    if operation == "createScenarioImport" { format!("{target}?collection=buildings") } else { target }
}

/// What a body comes as.
fn kind(operation: &str) -> (&'static str, &'static str) {
    if operation == "importScenario" { ("content-type", "application/gml+xml") } else { JSON }
}

/// A state in which the way cannot be gone.
fn elsewhere(operation: &str) -> &'static str {
    match operation {
        "approveScenario" | "publishScenario" | "withdrawScenario" | "realizeScenario" | "returnScenario" => {
            "A"
        }
        "archiveScenario" => "S",
        _ => "P",
    }
}

struct Town {
    office: Office,
    viewer: String,
    admin: String,
    tag: String,
}

impl Town {
    async fn build() -> Town {
        let office = Office::open().await;
        office.scenario("A", None).await;
        office.does("A", json!([remove("B1"), extrude("H1", [696720.0, 5347400.0, 10.0, 12.0], 9.0)])).await;
        // What it replaces is gone when it shall come.
        let import = json!({ "type": "Feature", "id": "I1", "geometry": footprint([696720.0, 5347450.0, 10.0, 12.0]), "properties": { "replaces": "X1" } });
        office.does("A", json!([extrude("X1", [696720.0, 5347450.0, 10.0, 12.0], 9.0)])).await;
        let headers = [JSON, ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>")];
        let target = "/scenarios/A/imports?collection=buildings";
        let sent =
            office.send(&office.planner, "POST", target, &headers, import.to_string().as_bytes()).await;
        assert_eq!(sent.status, 201, "{}", sent.text());
        office.does("A", json!([{ "op": "undo", "seq": 3 }])).await;
        // In the room of a house that stands: a conflict.
        office.scenario("C", None).await;
        office.does("C", json!([extrude("C1", [B1[0] + 1.0, B1[1] + 1.0, 4.0, 4.0], 3.0)])).await;
        let found = office.send(&office.planner, "POST", "/scenarios/C/conflicts", &[], b"").await.json();
        assert_eq!(found["conflicts"][0]["id"], 1, "{found}");
        for id in ["P", "S"] {
            office.scenario(id, None).await;
        }
        office.publish("P").await;
        office.go(&office.lead, "S", "submit").await;
        let statement = json!({ "text": "Zu hoch." }).to_string();
        office.send("", "POST", "/scenarios/P/statements", &[JSON], statement.as_bytes()).await;
        // The first request was received, the second answered, the third is neither.
        let ask = json!({ "scenario": "S", "to": ["ismaning"], "kind": "informal" });
        for _ in 0..3 {
            office.made(&office.lead, "/coordination-requests", &ask).await;
        }
        for target in ["/coordination-requests/1/receive", "/coordination-requests/2/answer"] {
            let body = if target.ends_with("answer") { NO_OBJECTION } else { "{}" };
            let told = office.send(&office.neighbour, "POST", target, &[JSON], body.as_bytes()).await;
            assert_eq!(told.status, 200, "{}", told.text());
        }
        let viewer = token(&office.served, "garching", Role::Viewer).await;
        let admin = token(&office.served, "garching", Role::Admin).await;
        let tag = office.tag("A").await;
        for _ in 0..20 {
            let store = &office.served.database.store;
            store.add_webhook("garching", "https://hooks.example.org/", "s", &[], "test").await.unwrap();
        }
        Town { office, viewer, admin, tag }
    }

    async fn ask(
        &self,
        token: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.office.send(token, method, target, headers, body).await
    }

    /// Provokes the status; `None`: nobody knows how.
    async fn provoke(&self, method: &str, template: &str, operation: &Value, status: u16) -> Option<Answer> {
        let id = operation["operationId"].as_str().unwrap();
        let (admin, viewer) = (self.admin.as_str(), self.viewer.as_str());
        let target = path(template, "A");
        // Of the scenario; projects and conflicts have their own.
        let is_other = ["{projectId}", "{conflictId}"].iter().any(|part| template.contains(part));
        let tag = if is_other { "*" } else { self.tag.as_str() };
        let tagged = [kind(id), ("if-match", tag)];
        let example = operation["requestBody"]["content"]["application/json"]["example"].to_string();
        let answer = match status {
            400 => {
                let wrong = match template.contains('{') {
                    true => template
                        .replace("{projectId}", "%00")
                        .replace("{scenarioId}", "%00")
                        .replace("{webhookId}", "%00")
                        .replace("{conflictId}", "1?nosuch=1")
                        .replace("{ruleSetId}", "wa?nosuch=1")
                        .replace("{requestId}", "%00"),
                    false => format!("{template}?nosuch=1"),
                };
                self.ask(admin, method, &wrong, &tagged, b"{}").await
            }
            401 => {
                let token = if method == "GET" || id == "makeStatement" { "stw_none" } else { "" };
                self.ask(token, method, &target, &tagged, b"{}").await
            }
            403 if id == "createProject" => {
                let other = json!({ "title": "x", "owners": ["ismaning"] }).to_string();
                self.ask(admin, method, &target, &[JSON], other.as_bytes()).await
            }
            403 if id == "sendCoordinationRequest" => {
                self.ask(viewer, method, &target, &[JSON], br#"{"scenario":"S"}"#).await
            }
            403 if template.contains("{requestId}") => {
                self.ask(viewer, method, &target, &[JSON], b"{}").await
            }
            // Who reads what is published and works nowhere.
            403 if ["createComment", "moderateStatement", "findConflicts"].contains(&id) => {
                self.ask(&self.office.neighbour, method, &path(template, "P"), &tagged, b"{}").await
            }
            403 if id == "keepRuleSet" => {
                self.ask(viewer, method, &target, &tagged, br#"{"organization": "garching"}"#).await
            }
            403 => {
                let hook =
                    json!({ "organization": "garching", "url": "https://hooks.example.org/" }).to_string();
                self.ask(viewer, method, &target, &tagged, hook.as_bytes()).await
            }
            404 if template.contains("{projectId}") => {
                let target = template.replace("{projectId}", "none");
                self.ask(admin, method, &target, &[JSON], b"{}").await
            }
            404 if id == "compareScenarios" => {
                self.ask(admin, method, "/compare?scenarios=none", &[], b"").await
            }
            404 if id == "getConflicts" => {
                self.ask(admin, method, "/conflicts?scenario=none", &[], b"").await
            }
            404 if id == "keepRuleSet" => {
                self.ask(admin, method, "/rulesets/no%20name", &[JSON], br#"{"organization": "garching"}"#)
                    .await
            }
            404 if id == "sendCoordinationRequest" => {
                self.ask(admin, method, &target, &[JSON], br#"{"scenario":"none"}"#).await
            }
            404 if template.contains("{requestId}") => {
                self.ask(admin, method, &template.replace("{requestId}", "999"), &[JSON], b"{}").await
            }
            404 if id == "getRuleSet" => self.ask(admin, method, "/rulesets/none", &[], b"").await,
            404 if id == "deleteWebhook" => self.ask(admin, method, "/webhooks/999", &[], b"").await,
            404 => self.ask(&self.office.neighbour, method, &target, &tagged, b"{}").await,
            406 => {
                let headers = [JSON, ("if-match", tag), ("accept", "x/y")];
                self.ask(admin, method, &target, &headers, b"{}").await
            }
            409 => self.conflict(method, template, id, &example).await?,
            412 if id == "keepRuleSet" => {
                let old = [JSON, ("if-match", "\"999.x\"")];
                self.ask(admin, method, &target, &old, br#"{"organization": "garching"}"#).await
            }
            412 => self.ask(admin, method, &target, &[JSON, ("if-match", "\"999.x\"")], b"{}").await,
            413 => {
                let length = match id {
                    "addOperations" | "importScenario" => 16 << 20,
                    "createScenarioImport" => 32 << 20,
                    _ => 1 << 20,
                };
                let scenario = if id == "makeStatement" || id == "moderateStatement" { "P" } else { "A" };
                let target = asked(path(template, scenario), id);
                self.ask(admin, method, &target, &tagged, &vec![b' '; length + 1]).await
            }
            415 => {
                let scenario = if id == "makeStatement" || id == "moderateStatement" { "P" } else { "A" };
                let plain = [("content-type", "text/plain"), ("if-match", tag)];
                self.ask(admin, method, &asked(path(template, scenario), id), &plain, b"x").await
            }
            422 if id == "undoOperation" => {
                self.ask(admin, method, "/scenarios/A/operations/99", &tagged, b"").await
            }
            422 => {
                let scenario = if id == "makeStatement" || id == "moderateStatement" { "P" } else { "A" };
                self.ask(admin, method, &asked(path(template, scenario), id), &tagged, b"[]").await
            }
            428 => self.ask(admin, method, &target, &[JSON], b"{}").await,
            _ => return None,
        };
        Some(answer)
    }

    async fn conflict(&self, method: &str, template: &str, id: &str, example: &str) -> Option<Answer> {
        let admin = self.admin.as_str();
        if id == "keepRuleSet" {
            let body = br#"{"organization": "garching"}"#;
            return Some(self.ask(admin, method, "/rulesets/default", &[JSON], body).await);
        }
        if template.contains("{requestId}") {
            let token = if id.starts_with("close") { admin } else { self.office.neighbour.as_str() };
            let body = if id.starts_with("answer") { NO_OBJECTION } else { "{}" };
            return Some(self.ask(token, method, &path(template, "A"), &[JSON], body.as_bytes()).await);
        }
        let target = path(template, elsewhere(id));
        let tag = self.office.tag(elsewhere(id)).await;
        let headers = [kind(id), ("if-match", tag.as_str())];
        let target = if id == "importScenario" { format!("{target}?id=A") } else { target };
        let body = match id {
            "createProject" => json!({ "id": "p", "title": "x", "owners": ["garching"] }).to_string(),
            "createScenario" | "copyScenario" => json!({ "id": "A", "title": "x" }).to_string(),
            "createWebhook" => {
                json!({ "organization": "garching", "url": "https://hooks.example.org/" }).to_string()
            }
            "deleteProject" | "deleteScenario" | "undoOperation" | "replacePhases" | "addOperations" => {
                example.to_owned()
            }
            _ => "{}".to_owned(),
        };
        Some(self.ask(admin, method, &target, &headers, body.as_bytes()).await)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_declared_refusal_of_plans_is_provoked() {
    let town = Town::build().await;
    let definition = town.office.get("", "/api").await.json();
    let (mut count, mut wrong) = (0, Vec::new());
    for (template, item) in definition["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"] != json!(["Plans"]) {
                continue;
            }
            for status in
                operation["responses"].as_object().unwrap().keys().filter(|one| one.starts_with('4'))
            {
                let status = status.parse::<u16>().unwrap();
                let at = format!("{method} {template} {status}");
                count += 1;
                match town.provoke(&method.to_uppercase(), template, operation, status).await {
                    None => wrong.push(format!("{at}: nobody knows how")),
                    Some(answer) => {
                        let is_told = answer.header("content-type") == "application/problem+json"
                            && answer.json()["detail"].as_str().is_some_and(|detail| !detail.is_empty());
                        if answer.status != status || !is_told {
                            wrong.push(format!("{at}: {} {}", answer.status, answer.text()));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 200, "{count}");
}
