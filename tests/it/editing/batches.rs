//! Many operations in one revision, and requests that come again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, Executor, PgConnection};
use stadtwin::api::AppState;
use stadtwin::crs::HeightModel;

use super::desk::{Desk, GEOJSON, ITEMS, PATCH, building, corner, item, square};
use crate::support::served::{building as house, citygml, start, triangle};

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
    let results = [first.json(), second.json()].map(|mut report| {
        // Addresses of two servers.
        report["results"][0]["href"].take();
        report
    });
    assert_eq!(results[0], results[1]);
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

/// What is answered again tells nothing of a state that came later.
#[tokio::test(flavor = "multi_thread")]
async fn unchanged_is_answered_with_the_state_that_it_is_about() {
    let desk = Desk::with(2).await;
    let id = desk.ids().await[0].clone();
    let (feature, tag) = desk.read(&id).await;
    let revision = tag.trim_start_matches('"').split('.').next().unwrap().parse::<i64>().unwrap();
    let name = feature["properties"]["name"].clone();
    let same = json!({ "properties": { "name": name } }).to_string();
    let headers = [PATCH, ("idempotency-key", "the-same")];
    let first = desk.send("PATCH", &item(&id), &headers, same.as_bytes()).await;
    let result = first.json()["results"][0].clone();
    assert_eq!((&result["action"], &result["revision"]), (&json!("unchanged"), &json!(revision)));
    assert_eq!(first.header("etag"), tag);
    let other = desk.patch(&id, &json!({ "properties": { "name": "von jemand anderem" } })).await;
    assert_eq!(other.json()["results"][0]["revision"], other.json()["revision"]);
    let again = desk.send("PATCH", &item(&id), &headers, same.as_bytes()).await;
    assert_eq!((again.status, again.json()), (200, first.json()));
    assert_eq!(again.header("etag"), "", "the client has not seen what stands there now");
    desk.served.database.close().await;
}

/// The same request at two servers that share a database, neither of which changes anything.
#[tokio::test(flavor = "multi_thread")]
async fn one_key_at_two_servers_is_one_request() {
    let desk = Desk::with(2).await;
    let store = desk.served.database.store.clone();
    let other = start(AppState::new(store, HeightModel::Constant(45.5))).await;
    let id = desk.ids().await[0].clone();
    let token = desk.token("write", "editor").await;
    let options: PgConnectOptions = desk.served.database.url.parse().unwrap();
    let mut holder = PgConnection::connect_with(&options).await.unwrap();
    let mut waiting = PgConnection::connect_with(&options).await.unwrap();
    // Nobody writes a receipt for a moment.
    holder.execute("BEGIN; LOCK TABLE edit_receipt IN SHARE ROW EXCLUSIVE MODE").await.unwrap();
    let send = |address: String| {
        let (token, target) = (format!("Bearer {token}"), item(&id));
        let headers = [PATCH.0, "idempotency-key", "authorization"];
        tokio::spawn(async move {
            let headers = [(headers[0], PATCH.1), (headers[1], "once"), (headers[2], token.as_str())];
            crate::http::send(&address, "PATCH", &target, &headers, br#"{"properties":{}}"#).await
        })
    };
    let first = send(desk.served.address.clone());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut waiting)
        .await
        .unwrap();
        if count > 0 {
            break;
        }
    }
    let second = send(other);
    // Longer than it takes to find no receipt, shorter than an edit waits for the collection.
    tokio::time::sleep(Duration::from_millis(700)).await;
    holder.execute("ROLLBACK").await.unwrap();
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    assert_eq!((first.status, second.status), (200, 200), "{} {}", first.text(), second.text());
    assert_eq!(first.json()["results"][0]["action"], "unchanged");
    let results = [first.json(), second.json()].map(|mut report| {
        // Addresses of two servers.
        report["results"][0]["href"].take();
        report
    });
    assert_eq!(results[0], results[1]);
    desk.served.database.close().await;
}

/// Attributes are edited without looking for what links lead to: they go on leading where they led.
#[tokio::test(flavor = "multi_thread")]
async fn links_stay_as_they_were() {
    let desk = Desk::with(1).await;
    let wall = format!(
        "<bldg:boundedBy><bldg:WallSurface gml:id='WALL'><bldg:lod2MultiSurface>{}</bldg:lod2MultiSurface></bldg:WallSurface></bldg:boundedBy>",
        triangle("t")
    );
    let group = |wall: &str| {
        format!(
            "<core:cityObjectMember><grp:CityObjectGroup gml:id='G'><grp:groupMember xlink:href='#{wall}'/>\
                 <grp:groupMember xlink:href='#nothing'/></grp:CityObjectGroup></core:cityObjectMember>"
        )
    };
    let file = citygml(&[house("H", &wall), group("WALL")].concat());
    desk.served.import("buildings", &desk.served.write("linked.gml", &file)).await;
    let related = async || {
        let feature = desk.served.json(&item("G")).await;
        let links = feature["relatedTo"].as_array().unwrap().clone();
        let loose = desk.served.json("/collections/buildings/issues?code=link_unresolved").await;
        (
            links.iter().map(|link| link["id"].clone()).collect::<Vec<_>>(),
            loose["features"].as_array().map(Vec::len),
        )
    };
    let before = related().await;
    assert_eq!(before.0, [json!("H"), Value::Null]);
    assert_eq!(before.1, Some(1));
    for round in 0..2 {
        let answer = desk.patch("G", &json!({ "properties": { "round": round } })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(related().await, before);
        // Also when what is linked to is another version.
        assert_eq!(desk.patch("H", &json!({ "properties": { "round": round } })).await.status, 200);
        assert_eq!(related().await, before);
    }
    assert_eq!(desk.delete("H").await.status, 204);
    assert_eq!(desk.patch("G", &json!({ "properties": { "round": 3 } })).await.status, 200);
    assert_eq!(related().await, (vec![Value::Null, Value::Null], Some(2)));
    // A body may bring the surface.
    let again = citygml(&house("H2", &wall));
    let gml = ("content-type", "application/gml+xml");
    assert_eq!(desk.send("POST", ITEMS, &[gml], again.as_bytes()).await.status, 201);
    desk.served.database.close().await;
}

/// As many as may be, each with an outline that comes without heights, in the time of a few statements.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_operations_are_one_edit() {
    let desk = Desk::with(600).await;
    let ids = desk.ids().await;
    let (longitude, latitude) = corner(&desk.read(&ids[0]).await.0);
    let update = |id: &String| json!({ "op": "update", "id": id, "patch": { "properties": { "n": 1 } } });
    let create = |number: usize| {
        let feature = building(square(longitude, latitude + 0.0002 * number as f64), "neu");
        json!({ "op": "create", "feature": feature })
    };
    let operations: Vec<_> = ids.iter().map(update).chain((0..400).map(create)).collect();
    let begun = Instant::now();
    let answer = desk.batch(&operations.into(), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    println!("{:?}", begun.elapsed());
    let results = answer.json()["results"].clone();
    let count = |action: &str| results.as_array().unwrap().iter().filter(|r| r["action"] == action).count();
    assert_eq!((count("updated"), count("inserted")), (600, 400));
    desk.check_counts().await;
    desk.served.database.close().await;
}
