//! What single operations do, and what cannot be done.

use serde_json::{Value, json};

use super::office::{B1, ITEMS, Office, extrude, footprint, modify, remove};

const H1: [f64; 4] = [696720.0, 5347400.0, 10.0, 12.0];

/// Each of these changes nothing, and says why: status, rule and a part of the sentence.
#[tokio::test]
async fn what_cannot_be_is_told_and_changes_nothing() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    office.does("A", json!([extrude("H1", H1, 9.0)])).await;
    let bow = json!({ "type": "Polygon", "coordinates": [[
        [696700.0, 5347450.0], [696710.0, 5347460.0], [696710.0, 5347450.0], [696700.0, 5347460.0], [696700.0, 5347450.0],
    ]] });
    let transform = |id: &str, more: Value| {
        let mut operation = json!({ "op": "transform", "collection": "buildings", "target": id });
        operation.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        operation
    };
    let cases: Vec<(Vec<Value>, u16, &str, &str)> = vec![
        (vec![json!({ "op": "destroy" })], 422, "unusable", "`op` must be one of"),
        (vec![json!({ "op": "remove", "target": "B1" })], 422, "unusable", "`collection` is missing"),
        (
            vec![json!({ "op": "remove", "collection": "nowhere", "target": "B1" })],
            422,
            "unknown-target",
            "no collection `nowhere`",
        ),
        (
            vec![json!({ "op": "remove", "collection": "buildings", "target": "B1", "x": 1 })],
            422,
            "unusable",
            "unknown member `x`",
        ),
        (vec![remove("B9")], 422, "unknown-target", "no object `B9`"),
        (vec![remove("B1"), remove("B1")], 409, "one-structural-operation", "same time"),
        (vec![extrude("B1", H1, 9.0)], 409, "id-taken", "already"),
        (vec![extrude("H1", H1, 9.0)], 409, "id-taken", "already"),
        (vec![extrude("H2", H1, -9.0)], 422, "unusable", "-9"),
        (
            vec![
                json!({ "op": "extrude", "collection": "buildings", "footprint": bow, "base": 480.0, "height": 9.0 }),
            ],
            422,
            "unusable",
            "footprint",
        ),
        (vec![extrude("H\0", H1, 9.0)], 422, "unusable", "`id`"),
        (
            vec![
                json!({ "op": "add", "collection": "buildings", "feature": { "type": "Feature", "id": "H\0", "geometry": footprint(H1), "properties": { "class": "Building" } } }),
            ],
            422,
            "unusable",
            "NUL",
        ),
        (vec![transform("B1", json!({ "rotate": 90 }))], 422, "stock-not-moved", "\"stock\": true"),
        (vec![transform("H1", json!({}))], 422, "unusable", "`translate`"),
        (vec![transform("H1", json!({ "scale": 0 }))], 422, "unusable", "scale"),
        (vec![transform("H1", json!({ "translate": [1, 2] }))], 422, "unusable", "length 2"),
        (vec![modify("B1", json!({ "id": "other" }))], 422, "unusable", "`id`"),
        (vec![json!({ "op": "undo", "seq": 99 })], 422, "unknown-target", "no operation 99"),
        (
            vec![
                json!({ "op": "remove", "collection": "buildings", "target": "B1", "validity": { "from": "2027-01-01", "to": "2026-01-01" } }),
            ],
            422,
            "unusable",
            "ends before it begins",
        ),
        (
            vec![json!({ "op": "add", "collection": "buildings", "feature": { "type": "Feature" } })],
            422,
            "unusable",
            "`geometry` is missing",
        ),
    ];
    let tag = office.tag("A").await;
    for (operations, status, rule, part) in cases {
        let shown = json!(operations);
        let answer = office.batch("A", shown.clone()).await;
        let problem = answer.json();
        assert_eq!(answer.status, status, "{shown}: {problem}");
        assert_eq!(problem["errors"][0]["rule"], rule, "{shown}: {problem}");
        let detail = problem["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{shown}: {detail}");
        assert_eq!(office.tag("A").await, tag, "{shown}");
    }
}

/// Moved, changed, replaced, undone: the object is what its operations make of it.
#[tokio::test]
async fn objects_are_moved_changed_replaced_and_restored() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let read = async |id: &str| {
        office
            .get(
                &office.planner,
                &format!("{ITEMS}/{id}?scenario=A&crs=http://www.opengis.net/def/crs/EPSG/0/25832"),
            )
            .await
            .json()
    };
    office.does("A", json!([extrude("H1", H1, 9.0)])).await;
    let corner = |feature: &Value| {
        let ring = feature["geometry"]["coordinates"][0][0].as_array().unwrap().clone();
        let axis = |axis: usize| {
            ring.iter().map(|point| point[axis].as_f64().unwrap()).fold(f64::INFINITY, f64::min)
        };
        [axis(0).round(), axis(1).round()]
    };
    assert_eq!(corner(&read("H1").await), [696720.0, 5347400.0]);
    let moved =
        json!([{ "op": "transform", "collection": "buildings", "target": "H1", "translate": [5, 7, 0] }]);
    office.does("A", moved.clone()).await;
    assert_eq!(corner(&read("H1").await), [696725.0, 5347407.0]);
    // A second move in the same time needs the first one undone, in one batch.
    let answer = office.batch("A", moved).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    let again =
        json!({ "op": "transform", "collection": "buildings", "target": "H1", "translate": [1, 0, 0] });
    office.does("A", json!([{ "op": "undo", "seq": 2 }, again])).await;
    assert_eq!(corner(&read("H1").await), [696721.0, 5347400.0]);
    // Two houses become one, and come back when that is undone.
    let new = json!({ "type": "Feature", "id": "N", "geometry": footprint([B1[0], B1[1], 50.0, 12.0]), "properties": { "class": "Building" } });
    let replace = json!({ "op": "replace", "collection": "buildings", "targets": ["B1", "B2"], "feature": new, "comment": "one instead of two" });
    office.does("A", json!([replace])).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["H1", "N"]);
    let operations = office.get(&office.planner, "/scenarios/A/operations").await.json();
    let last = operations["operations"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((last["targets"].clone(), last["made"].clone()), (json!(["B1", "B2"]), json!(["N"])));
    let tag = office.tag("A").await;
    let target = format!("/scenarios/A/operations/{}", last["seq"]);
    let undone = office.send(&office.planner, "DELETE", &target, &[("if-match", &tag)], b"").await;
    assert_eq!(undone.status, 200, "{}", undone.text());
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2", "H1"]);
    // Without its house, a move has nothing to do: both are undone together.
    let answer = office.batch("A", json!([{ "op": "undo", "seq": 1 }])).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert!(answer.json()["errors"][0]["detail"].as_str().unwrap().contains("undo it as well"));
    let seqs = office.get(&office.planner, "/scenarios/A/operations").await.json();
    let undo: Vec<Value> = seqs["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| json!({ "op": "undo", "seq": held["seq"] }))
        .collect();
    office.does("A", json!(undo)).await;
    assert_eq!(office.ids(&office.planner, "scenario=A").await, ["B1", "B2"]);
}

/// The same request with the same key is done once.
#[tokio::test]
async fn a_repeated_request_is_done_once() {
    let office = Office::open().await;
    office.scenario("A", None).await;
    let tag = office.tag("A").await;
    let headers = [("if-match", tag.as_str()), ("idempotency-key", "k1")];
    let operations = json!([extrude("", H1, 9.0)]);
    let mut operations = operations;
    operations[0].as_object_mut().unwrap().remove("id");
    let first = office.batch_with(&office.planner, "A", operations.clone(), &headers).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let second = office.batch_with(&office.planner, "A", operations, &headers).await;
    assert_eq!((second.status, second.json()), (200, first.json()));
    assert_eq!(office.ids(&office.planner, "scenario=A").await.len(), 3);
    let other = office.batch_with(&office.planner, "A", json!([remove("B1")]), &headers).await;
    assert_eq!(other.status, 422, "{}", other.text());
}
