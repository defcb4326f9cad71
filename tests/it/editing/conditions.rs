//! Conditions, keys of requests, and pages of other origins.

use serde_json::json;

use super::desk::{Desk, GEOJSON, ITEMS, PATCH, building, corner, item, square};
use crate::http::send;

#[tokio::test(flavor = "multi_thread")]
async fn conditions_hold_for_every_way_to_write() {
    let desk = Desk::with(2).await;
    let id = desk.ids().await[0].clone();
    let (feature, old) = desk.read(&id).await;
    assert_eq!(desk.patch(&id, &json!({ "properties": { "n": 1 } })).await.status, 200);
    let (_, now) = desk.read(&id).await;
    let weak = format!("W/{now}");
    let body = feature.to_string();
    let ways = [("PUT", GEOJSON, body.as_str()), ("PATCH", PATCH, "{}"), ("DELETE", GEOJSON, "")];
    let head = desk.head().await;
    for (method, kind, body) in ways {
        for conditions in [
            vec![("if-none-match", "*")],
            vec![("if-none-match", now.as_str())],
            vec![("if-none-match", weak.as_str())],
            vec![("if-match", old.as_str())],
            vec![("if-match", weak.as_str())],
            vec![("if-match", now.as_str()), ("if-none-match", "*")],
            vec![("if-match", old.as_str()), ("if-none-match", old.as_str())],
            vec![("if-match", "*"), ("if-none-match", now.as_str())],
        ] {
            let headers: Vec<_> = conditions.iter().copied().chain([kind]).collect();
            let answer = desk.send(method, &item(&id), &headers, body.as_bytes()).await;
            assert_eq!(answer.status, 412, "{method} {conditions:?}: {}", answer.text());
        }
        let missing = desk.send(method, &item("none"), &[kind, ("if-match", "*")], body.as_bytes()).await;
        assert_eq!(missing.status, 412, "{method}: {}", missing.text());
    }
    assert_eq!(desk.head().await, head);
    // What holds is done; PUT needs to say what it replaces all the same.
    let other = ("if-none-match", old.as_str());
    assert_eq!(desk.send("PUT", &item(&id), &[GEOJSON, other], body.as_bytes()).await.status, 428);
    let tag = ("if-match", now.as_str());
    assert_eq!(desk.send("PATCH", &item(&id), &[PATCH, other, tag], b"{}").await.status, 200);
    assert_eq!(desk.send("PATCH", &item("none"), &[PATCH, ("if-none-match", "*")], b"{}").await.status, 404);
    assert_eq!(desk.send("DELETE", &item(&id), &[other, tag], b"").await.status, 204);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_two_tokens_of_one_name_are_two() {
    let desk = Desk::with(2).await;
    let (longitude, latitude) = corner(&desk.read(&desk.ids().await[0]).await.0);
    let body = building(square(longitude, latitude + 0.0006), "Einmal").to_string();
    let tokens = [desk.token("write", "office").await, desk.token("write", "office").await];
    let headers = [GEOJSON, ("idempotency-key", "k-1")];
    let post =
        async |token: &str, body: &str| desk.send_as(token, "POST", ITEMS, &headers, body.as_bytes()).await;
    let (first, again) = (post(&tokens[0], &body).await, post(&tokens[0], &body).await);
    let theirs = post(&tokens[1], &body.replace("Einmal", "Anders")).await;
    assert_eq!((first.status, again.status, theirs.status), (201, 201, 201), "{}", theirs.text());
    assert_eq!(first.header("location"), again.header("location"));
    assert_ne!(first.header("location"), theirs.header("location"));
    let other = post(&tokens[0], &body.replace("Einmal", "Zweimal")).await;
    assert_eq!(other.status, 422, "{}", other.text());
    assert_eq!(desk.collection().await.feature_count, 4);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_write() {
    let desk = Desk::with(1).await;
    let id = desk.ids().await[0].clone();
    let asked = "authorization,content-type,if-match,idempotency-key,content-crs";
    for (target, method, allowed) in [
        (ITEMS.to_owned(), "POST", "GET, HEAD, OPTIONS, POST"),
        (item(&id), "PATCH", "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
        ("/collections".to_owned(), "GET", "GET, HEAD, OPTIONS"),
    ] {
        let headers = [
            ("origin", "https://example.org"),
            ("access-control-request-method", method),
            ("access-control-request-headers", asked),
        ];
        let answer = send(&desk.served.address, "OPTIONS", &target, &headers, b"").await;
        assert_eq!(answer.status, 204, "{target}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), allowed, "{target}");
        // `*` does not stand for `Authorization` (Fetch, CORS-preflight fetch), so each is named.
        let named = answer.header("access-control-allow-headers");
        for header in asked.split(',').chain(["if-none-match", "prefer"]) {
            assert!(named.split(", ").any(|name| name == header), "{header}: {named}");
        }
    }
    let origin = ("origin", "https://example.org");
    let patched = desk.send("PATCH", &item(&id), &[PATCH, origin], br#"{"properties":{"a":1}}"#).await;
    let refused = desk.send("PATCH", &item(&id), &[PATCH, origin, ("if-match", "\"0\"")], b"{}").await;
    assert_eq!((patched.status, refused.status), (200, 412));
    for answer in [patched, refused] {
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        let exposed = answer.header("access-control-expose-headers");
        for header in ["etag", "location", "content-crs", "retry-after"] {
            assert!(exposed.split(", ").any(|name| name == header), "{header}: {exposed}");
        }
    }
    desk.served.database.close().await;
}

/// Every status that writes of features answered anywhere in these tests is declared; so is each with its headers.
#[tokio::test(flavor = "multi_thread")]
async fn answers_are_declared() {
    let desk = Desk::with(1).await;
    let api = desk.served.json("/api").await;
    let (items, item) =
        ("/collections/{collectionId}/items", "/collections/{collectionId}/items/{featureId}");
    let refused = [400, 401, 403, 404, 406, 409, 412, 413, 422, 500, 503];
    for (path, method, done, others) in [
        (items, "post", vec![200, 201], vec![410, 415, 428]),
        (item, "put", vec![200, 201], vec![415, 428]),
        (item, "patch", vec![200], vec![410, 415]),
        (item, "delete", vec![204], vec![410]),
    ] {
        let operation = &api["paths"][path][method];
        let answers = operation["responses"].as_object().unwrap();
        for status in done.iter().chain(&refused).chain(&others) {
            assert!(answers.contains_key(&status.to_string()), "{method} {status}");
        }
        for status in done.iter().filter(|status| **status != 204) {
            let answer = &answers[&status.to_string()];
            let report = &answer["content"]["application/json"]["schema"]["$ref"];
            assert_eq!(report, "#/components/schemas/editReport", "{method} {status}");
        }
        if answers.contains_key("201") {
            let headers = &answers["201"]["headers"];
            assert!(headers["Location"].is_object() && headers["ETag"].is_object(), "{method}");
        }
        let names: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
        let conditional = method != "post";
        for name in ["If-Match", "If-None-Match"] {
            assert_eq!(names.contains(&json!(name)), conditional, "{method} {name}");
        }
    }
    let names: Vec<_> = api["paths"]["/collections/{collectionId}/schema"]["get"]["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["$ref"].as_str().unwrap().to_owned())
        .collect();
    assert!(names.contains(&"#/components/parameters/schemaType".to_owned()), "{names:?}");
    desk.served.database.close().await;
}
