//! All routes as nobody, in every role, from another organization and with every kind of scope, against `docs/access.md`.

use std::collections::BTreeMap;

use stadtwin::access::{Role, issue_token};
use stadtwin::model::{Organization, OrganizationKind};
use stadtwin::store::NewToken;

use crate::api::refusals::Town;
use crate::http::send;

/// `(method, path)` → the word in the third column.
fn documented() -> BTreeMap<(String, String), String> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/access.md")).unwrap();
    let row = |line: &str| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        match cells[..] {
            ["", method @ ("GET" | "POST" | "PUT" | "PATCH" | "DELETE"), path, needs, ""] => {
                Some(((method.to_owned(), path.trim_matches('`').to_owned()), needs.to_owned()))
            }
            _ => None,
        }
    };
    text.lines().filter_map(row).collect()
}

async fn token(town: &Town, roles: &[(&str, Role)], scopes: &[&str]) -> String {
    let issued = issue_token().unwrap();
    let token = NewToken {
        prefix: issued.prefix,
        hash: issued.hash,
        name: "test".into(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        memberships: roles.iter().map(|(at, role)| ((*at).to_owned(), role.to_string())).collect(),
        expires_in_s: None,
    };
    town.server.database.store.add_token(&token).await.unwrap();
    issued.text
}

/// Whether somebody gets past the door: neither 401 nor 403.
fn expected(needs: &str, who: &str, path: &str) -> Option<u16> {
    let is_terrain = path.starts_with("/terrain/");
    // What it is about stands in the body, or is a job.
    let is_settled_later = !path.contains("{collectionId}") && !is_terrain;
    match (needs, who) {
        ("nothing" | "visible", _) | (_, "write") => None,
        (_, "nobody") => Some(401),
        ("caller", _) => None,
        ("import", "import:buildings") if !is_terrain => None,
        ("import", "terrain:ground") if is_terrain => None,
        ("import", _) if is_settled_later => None,
        ("admin", who) if who.starts_with("admin@") => None,
        ("import" | "admin", _) => Some(403),
        _ => panic!("{needs} is none of the words"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_demands_what_is_written() {
    let town = Town::build(3).await;
    for id in ["garching", "ismaning"] {
        let organization = Organization {
            id: id.to_owned(),
            name: id.to_owned(),
            kind: OrganizationKind::Municipality,
            ags: None,
            parent: None,
            boundary: None,
        };
        town.server.database.store.keep_organization(&organization).await.unwrap();
    }
    let mut callers = vec![("nobody".to_owned(), String::new())];
    for role in Role::ALL {
        callers.push((format!("{role}@garching"), token(&town, &[("garching", role)], &[]).await));
    }
    callers.push(("admin@ismaning".to_owned(), token(&town, &[("ismaning", Role::Admin)], &[]).await));
    // The one that may do everything comes last: it does what it is asked to.
    for scope in ["read", "import:elsewhere", "import:buildings", "terrain:ground", "write"] {
        callers.push((scope.to_owned(), token(&town, &[], &[scope]).await));
    }

    let definition = town.server.get("/api").await.json();
    let documented = documented();
    let (mut declared, mut wrong, mut count) = (BTreeMap::new(), Vec::new(), 0);
    for (path, item) in definition["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let needs = operation["x-needs"].as_str().unwrap_or_default().to_owned();
            declared.insert((method.to_uppercase(), path.clone()), needs);
        }
    }
    assert_eq!(declared, documented, "docs/access.md says something else than the routes");
    for (who, token) in &callers {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("connection", "close")];
        let headers = if token.is_empty() { &headers[1..] } else { &headers[..] };
        for ((method, path), needs) in &documented {
            // Feeds have no end.
            if path.ends_with("/changes") {
                continue;
            }
            count += 1;
            let expected = expected(needs, who, path);
            let answer = send(&town.server.address, method, &town.sample(path), headers, b"").await;
            let refused = [401, 403].contains(&answer.status).then_some(answer.status);
            // Results are for those who may read their job, changes of plans for those who may change them: rights on what it is
            // about.
            let is_about = expected.is_none()
                && refused.is_some()
                && (path.starts_with("/jobs/") || (needs == "caller" && answer.status == 403));
            if refused != expected && !is_about {
                wrong.push(format!("{who}: {method} {path} {needs}: {} {}", answer.status, answer.text()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 1_000, "{count}");
    town.close().await;
}
