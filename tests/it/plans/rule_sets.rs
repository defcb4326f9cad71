//! Rule sets over HTTP: versions, rights, refusals.

use serde_json::{Value, json};

use super::office::Office;

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test(flavor = "multi_thread")]
async fn rule_sets_have_versions_that_stay() {
    let office = Office::open().await;
    let put = async |token: &str, id: &str, body: Value| {
        let target = format!("/rulesets/{id}");
        office.send(token, "PUT", &target, &[JSON], body.to_string().as_bytes()).await
    };
    let rules = |storey: f64| json!({ "organization": "garching", "landUse": "WA", "storeyHeight": storey });
    for (version, storey) in [(1, 3.0), (2, 2.8)] {
        let answer = put(&office.lead, "wa", rules(storey)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(
            (&answer.json()["version"], &answer.json()["storeyHeight"]),
            (&json!(version), &json!(storey))
        );
    }
    let first = office.get("", "/rulesets/wa?version=1").await.json();
    assert_eq!((&first["version"], &first["storeyHeight"]), (&json!(1), &json!(3.0)));
    assert_eq!(office.get("", "/rulesets/wa").await.json()["version"], 2);
    let ids = |list: Value| -> Vec<Value> {
        list["ruleSets"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(office.get("", "/rulesets").await.json()), [json!("default"), json!("wa")]);
    assert_eq!(ids(office.get("", "/rulesets?organization=ismaning").await.json()), Vec::<Value>::new());
    for (token, id, body, status) in [
        (&office.planner, "wa", rules(3.0), 403),
        (&office.neighbour, "wa", rules(3.0), 403),
        (&office.lead, "default", rules(3.0), 409),
        (&office.lead, "wa", rules(0.5), 422),
        (&office.lead, "wa", json!({ "organization": "garching", "storeyheight": 3 }), 422),
        (&office.lead, "wa", json!({}), 422),
    ] {
        let answer = put(token, id, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.text());
    }
    assert_eq!(office.get("", "/rulesets/none").await.status, 404);
    assert_eq!(office.get("", "/rulesets/wa?version=9").await.status, 404);
}
