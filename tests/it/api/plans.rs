//! Two published plans that do different things to one feature.

use serde_json::json;
use stadtwin::access::issue_token;
use stadtwin::model::{Organization, OrganizationKind};
use stadtwin::store::NewToken;

use crate::jobs::{JSON, Server};

/// `A` removes the feature and `C` gives it another name.
pub async fn publish_conflicting(server: &Server, feature: &str) {
    let store = &server.database.store;
    let organization = Organization {
        id: "garching".to_owned(),
        name: "garching".to_owned(),
        kind: OrganizationKind::Municipality,
        ags: None,
        parent: None,
        boundary: None,
    };
    store.keep_organization(&organization).await.unwrap();
    let issued = issue_token().unwrap();
    let token = NewToken {
        prefix: issued.prefix,
        hash: issued.hash,
        name: "admin".to_owned(),
        scopes: Vec::new(),
        memberships: vec![("garching".to_owned(), "admin".to_owned())],
        expires_in_s: None,
    };
    store.add_token(&token).await.unwrap();
    let post = async |target: &str, body: serde_json::Value| {
        let headers = [JSON, ("if-match", "*")];
        let answer = server.post(target, &issued.text, &headers, body.to_string().as_bytes()).await;
        assert!([200, 201].contains(&answer.status), "{target}: {}", answer.text());
    };
    post("/projects", json!({ "id": "p", "title": "P", "owners": ["garching"] })).await;
    for (id, operation) in [
        ("A", json!({ "op": "remove", "collection": "buildings", "target": feature })),
        (
            "C",
            json!({ "op": "modify", "collection": "buildings", "target": feature, "properties": { "name": "x" } }),
        ),
    ] {
        post("/projects/p/scenarios", json!({ "id": id, "title": id, "visibility": "public" })).await;
        post(&format!("/scenarios/{id}/operations"), json!({ "operations": [operation] })).await;
        for way in ["submit", "approve", "publish"] {
            post(&format!("/scenarios/{id}/{way}"), json!({})).await;
        }
    }
}
