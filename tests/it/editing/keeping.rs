//! An edit of one feature changes nothing for the others: neither the types of attributes nor the classes there are.

use serde_json::{Value, json};

use super::desk::{Desk, GEOJSON, ITEMS, building, corner, item, square};

#[tokio::test(flavor = "multi_thread")]
async fn attributes_keep_their_types() {
    let desk = Desk::with(3).await;
    let ids = desk.ids().await;
    for (id, storeys) in [(&ids[0], 2), (&ids[1], 3)] {
        let patch = json!({ "properties": { "storeys": storeys, "built": "2001-02-03", "listed": true } });
        assert_eq!(desk.patch(id, &patch).await.status, 200);
    }
    let types = async || {
        let properties = desk.served.json("/collections/buildings/queryables").await["properties"].clone();
        ["storeys", "built", "listed", "function", "measuredHeight"].map(|name| properties[name].clone())
    };
    let (before, head) = (types().await, desk.head().await);
    let (mut feature, tag) = desk.read(&ids[2]).await;
    let (longitude, latitude) = corner(&feature);
    for (name, wrong, expected, given) in [
        ("storeys", json!("many"), "number", "string"),
        ("storeys", json!([1]), "number", "array"),
        ("built", json!("lately"), "date", "string"),
        ("listed", json!(1), "boolean", "number"),
        ("function", json!(7), "string", "number"),
        ("measuredHeight", json!("9.5"), "number", "string"),
        ("measuredHeight", json!({ "m": 9.5 }), "number", "object"),
    ] {
        let patched = desk.patch(&ids[2], &json!({ "properties": { name: wrong } })).await;
        feature["properties"][name] = wrong.clone();
        let put = desk.put(&ids[2], &tag, &feature).await;
        let mut new = building(square(longitude, latitude), "x");
        new["properties"][name] = wrong.clone();
        let posted = desk.post(&new).await;
        let patch = json!({ "properties": { name: wrong } });
        let operations = json!([
            { "op": "update", "id": ids[0], "patch": { "properties": { "note": "a" } } },
            { "op": "update", "id": ids[2], "patch": patch },
        ]);
        let batch = desk.batch(&operations, &[]).await;
        let told = [patched.json(), put.json(), posted.json(), batch.json()["errors"][0].clone()];
        for problem in told {
            let shown = json!([problem["status"], problem["pointer"], problem["expected"], problem["given"]]);
            assert_eq!(shown, json!([422, format!("/properties/{name}"), expected, given]), "{problem}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(&format!("properties.{name}")) && detail.contains(expected), "{detail}");
        }
        assert_eq!(batch.json()["errors"][0]["index"], 1);
        feature["properties"].as_object_mut().unwrap().remove(name);
    }
    // As CityJSON too.
    let mut whole = desk.served.json(&format!("{}?f=cityjson", item(&ids[2]))).await;
    whole["CityObjects"][&ids[2]]["attributes"]["measuredHeight"] = json!("tall");
    let headers = [("content-type", "application/city+json"), ("if-match", "*")];
    let put = desk.send("PUT", &item(&ids[2]), &headers, whole.to_string().as_bytes()).await;
    assert_eq!((put.status, &put.json()["pointer"]), (422, &json!("/properties/measuredHeight")));
    assert_eq!((desk.head().await, types().await), (head, before));

    // Numbers are numbers, what is new has any type, and who alone has an attribute may change it.
    let good = json!({ "properties": { "storeys": 2.5, "built": "2024-01-01", "fresh": { "a": 1 } } });
    assert_eq!(desk.patch(&ids[2], &good).await.status, 200);
    assert_eq!(desk.patch(&ids[2], &json!({ "properties": { "fresh": "text" } })).await.status, 200);
    assert_eq!(desk.patch(&ids[2], &json!({ "properties": { "built": null } })).await.status, 200);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn collections_keep_their_classes() {
    let desk = Desk::with(2).await;
    let (id, head) = (desk.ids().await[0].clone(), desk.head().await);
    let (longitude, latitude) = corner(&desk.read(&id).await.0);
    let of_class = |class: &str| {
        let mut feature = building(square(longitude, latitude), "x");
        feature["properties"]["class"] = json!(class);
        feature
    };
    let whole = desk.served.json(&format!("{}?f=cityjson", item(&id))).await.to_string();
    let bridge = whole.replace(&id, "BR").replace("\"Building\"", "\"Bridge\"");
    let create = json!([{ "op": "create", "feature": of_class("Road") }]);
    let (road, tree) = (of_class("Road").to_string(), of_class("SolitaryVegetationObject"));
    let city = ("content-type", "application/city+json");
    let answers = [
        desk.post(&tree).await,
        desk.send("PUT", &item("NEW"), &[GEOJSON], road.as_bytes()).await,
        desk.batch(&create, &[]).await,
        desk.send("POST", ITEMS, &[city], bridge.as_bytes()).await,
        desk.send("PUT", &item("BR"), &[city], bridge.as_bytes()).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 422, "{}", answer.text());
        let detail = answer.text();
        assert!(detail.contains("foreign") && detail.contains("Building"), "{detail}");
    }
    assert_eq!(desk.head().await, head);
    // An empty collection takes what it had, and anything else.
    for id in desk.ids().await {
        assert_eq!(desk.delete(&id).await.status, 204);
    }
    assert_eq!(desk.post(&of_class("Road")).await.status, 201);
    assert_eq!(desk.post(&of_class("Building")).await.status, 201, "it had buildings");
    desk.served.database.close().await;
}

/// What is written follows the schema that is told, and what the server makes is marked.
#[tokio::test(flavor = "multi_thread")]
async fn schemas_tell_what_can_be_sent() {
    let desk = Desk::with(2).await;
    let id = desk.ids().await[0].clone();
    assert_eq!(
        desk.patch(&id, &json!({ "properties": { "storeys": 2, "owner": { "a": 1 } } })).await.status,
        200
    );
    let schema = async |kind: &str| desk.served.json(&format!("/collections/buildings/schema{kind}")).await;
    let made =
        ["id", "lods", "zMin", "zMax", "revision", "children", "aliases", "predecessors", "successors"];
    let read_only = |schema: &Value| -> Vec<String> {
        let properties = schema["properties"].as_object().unwrap().iter();
        properties.filter(|(_, one)| one["readOnly"] == true).map(|(name, _)| name.clone()).collect()
    };
    for (kind, takes_new) in [
        ("", false),
        ("?type=returnables", false),
        ("?type=receivables", true),
        ("?type=replace", true),
        ("?type=create", true),
    ] {
        let schema = schema(kind).await;
        let (mut found, mut expected) = (read_only(&schema), made.to_vec());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected, "{kind}");
        assert_eq!(schema["additionalProperties"], takes_new, "{kind}");
        assert_eq!(schema["$id"], format!("http://{}/collections/buildings/schema", desk.served.address));
    }
    let received = schema("?type=receivables").await["properties"].clone();
    assert_eq!(received["class"]["enum"], json!(["Building"]));
    assert_eq!(received["storeys"]["type"], "number");
    assert_eq!(received["validFrom"]["anyOf"], json!([{ "format": "date" }, { "format": "date-time" }]));
    assert_eq!(received["geometry"]["x-ogc-role"], "primary-geometry");
    assert_eq!(schema("?type=create").await["required"], json!(["class"]));
    assert!(read_only(&schema("?type=update").await).contains(&"class".to_owned()));
    assert_eq!(desk.get("/collections/buildings/schema?type=other").await.status, 400);
    let page = desk.served.html("/collections/buildings/schema?type=receivables").await;
    assert!(page.contains("storeys") && !page.contains("zMin"));
    desk.served.database.close().await;
}
