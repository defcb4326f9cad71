//! Many operations in one revision, and requests that come again.

use serde_json::{Value, json};

use super::desk::{Desk, GEOJSON, ITEMS, PATCH, building, corner, item, square};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_done_whole_or_not_at_all() {
    let desk = Desk::with(8).await;
    let ids = desk.ids().await;
    let (first, tag) = desk.read(&ids[0]).await;
    let (longitude, latitude) = corner(&first);
    let head = desk.head().await;
    let feature = building(square(longitude, latitude + 0.0008), "Neu");
    let good = json!([
        { "op": "create", "feature": feature },
        { "op": "update", "id": ids[1], "patch": { "properties": { "name": "B" } } },
        { "op": "replace", "id": ids[0], "ifMatch": tag, "feature": first },
        { "op": "delete", "id": ids[2] },
    ]);
    for (bad, status, part) in [
        (json!({ "op": "update", "id": "nowhere", "patch": {} }), 404, "no feature `nowhere`"),
        (json!({ "op": "delete", "id": ids[3], "ifMatch": "\"0.x\"" }), 412, "If-Match"),
        (json!({ "op": "replace", "id": ids[3], "feature": first }), 428, "needs `If-Match`"),
        (json!({ "op": "update", "id": ids[1], "patch": {} }), 422, "comes twice"),
        (json!({ "op": "update", "id": ids[3], "patch": { "properties": { "zMin": -1 } } }), 422, "`zMin`"),
        (json!({ "op": "create", "feature": building(square(longitude + 90.0, 0.0), "far") }), 422, ""),
        (json!({ "op": "explode", "id": ids[3] }), 422, "one of create"),
    ] {
        let mut operations = good.as_array().unwrap().clone();
        operations.push(bad.clone());
        let answer = desk.batch(&operations.into(), &[]).await;
        assert_eq!(answer.status, status, "{bad}: {}", answer.text());
        let errors = answer.json()["errors"].clone();
        assert_eq!((&errors[0]["index"], errors.as_array().unwrap().len()), (&json!(4), 1), "{errors}");
        assert!(errors[0]["detail"].as_str().unwrap().contains(part), "{errors}");
        if bad["id"].is_string() {
            assert_eq!(errors[0]["id"], bad["id"]);
        }
        assert_eq!(desk.head().await, head, "nothing was done");
    }
    // Several faults of several kinds.
    let answer = desk
        .batch(
            &json!([{ "op": "delete", "id": "x" }, { "op": "delete", "id": ids[3], "ifMatch": "\"0\"" }]),
            &[],
        )
        .await;
    assert_eq!(answer.status, 422);
    let statuses: Vec<_> =
        answer.json()["errors"].as_array().unwrap().iter().map(|e| e["status"].clone()).collect();
    assert_eq!(statuses, [404, 412]);
    assert_eq!(desk.ids().await, ids);

    let answer = desk.batch(&good, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = answer.json();
    let actions: Vec<_> = report["results"].as_array().unwrap().iter().map(|r| r["action"].clone()).collect();
    assert_eq!(actions, ["inserted", "updated", "unchanged", "deleted"]);
    let changes = desk.served.json(&format!("/collections/buildings/changes?since={head}")).await;
    let revisions = changes["revisions"].as_array().unwrap();
    assert_eq!(revisions.len(), 1, "{changes}");
    assert_eq!(revisions[0]["revision"], report["revision"]);
    assert_eq!(revisions[0]["updated"], json!([ids[1]]));
    assert_eq!(revisions[0]["deleted"], json!([ids[2]]));
    assert_eq!(revisions[0]["inserted"], json!([report["results"][0]["id"]]));

    // A collection of features is a batch of new ones.
    let several = json!({ "type": "FeatureCollection", "features": [feature, feature, feature] });
    let answer = desk.post(&several).await;
    assert_eq!((answer.status, answer.json()["results"].as_array().unwrap().len()), (201, 3));
    assert_eq!(answer.header("location"), "", "there is more than one");
    desk.check_counts().await;
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_key_is_done_once() {
    let desk = Desk::with(3).await;
    let ids = desk.ids().await;
    let (near, tag) = desk.read(&ids[0]).await;
    let (longitude, latitude) = corner(&near);
    let body = building(square(longitude, latitude + 0.0006), "Einmal").to_string();
    let key = ("idempotency-key", "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"");
    let post = async |body: &str| desk.send("POST", ITEMS, &[GEOJSON, key], body.as_bytes()).await;
    // At once, as impatient clients do.
    let (a, b, c, d) = tokio::join!(post(&body), post(&body), post(&body), post(&body));
    for answer in [&b, &c, &d] {
        assert_eq!((answer.status, answer.json()), (201, a.json()));
        assert_eq!(answer.header("location"), a.header("location"));
    }
    let head = desk.head().await;
    assert_eq!(a.json()["revision"], head);
    assert_eq!(desk.collection().await.feature_count, 4);
    let other = post(&body.replace("Einmal", "Zweimal")).await;
    assert_eq!(other.status, 422, "{}", other.text());
    assert!(other.json()["detail"].as_str().unwrap().contains("another request"));
    // Keys of another token are other keys.
    let token = desk.token("write", "someone else").await;
    let theirs = desk.send_as(&token, "POST", ITEMS, &[GEOJSON, key], body.as_bytes()).await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.header("location"), a.header("location"));
    // A condition that held then is not asked again.
    let headers = [GEOJSON, ("idempotency-key", "put-1"), ("if-match", tag.as_str())];
    let mut changed = near.clone();
    changed["properties"]["name"] = json!("Neu");
    let put = async || desk.send("PUT", &item(&ids[0]), &headers, changed.to_string().as_bytes()).await;
    let (first, second) = (put().await, put().await);
    assert_eq!((first.status, second.status), (200, 200), "{}", second.text());
    assert_eq!(first.json(), second.json());
    // Deleting twice is deleting once; a fault is no answer that is kept.
    let headers = [("idempotency-key", "delete-1")];
    let delete = async |id: &str| desk.send("DELETE", &item(id), &headers, b"").await.status;
    assert_eq!((delete(&ids[1]).await, delete(&ids[1]).await, delete(&ids[2]).await), (204, 204, 422));
    // What changed nothing is remembered too.
    let headers = [PATCH, ("idempotency-key", "none")];
    let patch = async |body: Value| {
        desk.send("PATCH", &item(&ids[0]), &headers, body.to_string().as_bytes()).await.status
    };
    let same = json!({ "properties": { "name": "Neu" } });
    assert_eq!((patch(same.clone()).await, patch(same).await, patch(json!({})).await), (200, 200, 422));
    for key in ["", "a b", &"x".repeat(201)] {
        let answer = desk.send("POST", ITEMS, &[GEOJSON, ("idempotency-key", key)], body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{key}");
    }
    desk.served.database.close().await;
}
