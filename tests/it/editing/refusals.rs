//! Every status that the API names.

use serde_json::{Value, json};

use super::desk::{Desk, GEOJSON, ITEMS, JSON, PATCH, building, corner, item, square};
use crate::http::send;
use crate::support::served::{building as house, citygml};

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_told_with_what_to_do() {
    let desk = Desk::with(3).await;
    let (id, head) = (desk.ids().await[0].clone(), desk.head().await);
    let (feature, _) = desk.read(&id).await;
    let (longitude, latitude) = corner(&feature);
    let good = building(square(longitude, latitude), "x");
    let with = |path: &[&str], value: Value| {
        let mut changed = good.clone();
        let place = path.iter().fold(&mut changed, |place, name| &mut place[*name]);
        *place = value;
        changed.to_string()
    };
    let without = |name: &str| {
        let mut changed = good.clone();
        changed.as_object_mut().unwrap().remove(name);
        changed.to_string()
    };
    let own = item(&id);
    let many = json!({ "operations": vec![json!({ "op": "delete", "id": "x" }); 1_001] }).to_string();
    let open =
        json!({ "type": "Polygon", "coordinates": [[[11, 48], [11.1, 48], [11.1, 48.1], [11, 48.1]]] });
    let bowtie = json!({ "type": "Polygon", "coordinates": [[[longitude, latitude], [longitude, 95.0], [11, 48], [longitude, latitude]]] });
    let crs = |uri| ("content-crs", uri);
    type Case<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>, String, u16, &'a str);
    let cases: Vec<Case> = vec![
        ("POST", ITEMS, vec![], good.to_string(), 415, "there is none"),
        ("POST", ITEMS, vec![("content-type", "text/plain")], good.to_string(), 415, "application/geo+json"),
        ("PATCH", &own, vec![GEOJSON], "{}".into(), 415, "application/merge-patch+json"),
        ("POST", ITEMS, vec![GEOJSON], "{".into(), 400, "not JSON"),
        ("POST", ITEMS, vec![GEOJSON], "".into(), 400, "not JSON"),
        ("POST", ITEMS, vec![GEOJSON], "[]".into(), 422, "of type `Feature`"),
        ("POST", ITEMS, vec![GEOJSON], without("geometry"), 422, "`geometry` is missing"),
        ("POST", ITEMS, vec![GEOJSON], with(&["properties", "class"], Value::Null), 422, "properties.class"),
        ("POST", ITEMS, vec![GEOJSON], with(&["properties", "class"], json!("Castle")), 422, "`Castle`"),
        (
            "POST",
            ITEMS,
            vec![GEOJSON],
            with(&["properties", "class"], json!("RoofSurface")),
            422,
            "belongs to",
        ),
        ("POST", ITEMS, vec![GEOJSON], with(&["properties"], json!([])), 422, "`properties`"),
        ("POST", ITEMS, vec![GEOJSON], with(&["properties", "a"], json!("\u{0}")), 422, "NUL"),
        ("POST", ITEMS, vec![GEOJSON], with(&["properties", "validFrom"], json!("soon")), 422, "2020-01-31"),
        ("POST", ITEMS, vec![GEOJSON], with(&["geometry"], open), 422, "not closed"),
        ("POST", ITEMS, vec![GEOJSON], with(&["geometry"], bowtie), 422, "±90°"),
        ("POST", ITEMS, vec![GEOJSON], with(&["geometry"], square(-60.0, -10.0)), 422, ""),
        ("POST", ITEMS, vec![GEOJSON], with(&["geometry", "type"], json!("Circle")), 422, "`Circle`"),
        ("POST", ITEMS, vec![GEOJSON], with(&["crs"], json!({ "type": "name" })), 422, "Content-Crs"),
        ("POST", ITEMS, vec![GEOJSON], with(&["place"], json!({ "type": "Polyhedron" })), 422, "CityJSON"),
        (
            "POST",
            ITEMS,
            vec![GEOJSON],
            json!({ "type": "FeatureCollection", "features": [] }).to_string(),
            422,
            "one or more",
        ),
        ("POST", ITEMS, vec![JSON], many, 413, "1000"),
        ("POST", ITEMS, vec![GEOJSON], " ".repeat((16 << 20) + 1), 413, "16777216 bytes"),
        (
            "POST",
            ITEMS,
            vec![GEOJSON, crs("<http://www.opengis.net/def/crs/EPSG/0/28992>")],
            good.to_string(),
            400,
            "Content-Crs",
        ),
        ("POST", ITEMS, vec![GEOJSON, ("if-match", "*")], good.to_string(), 400, "`ifMatch`"),
        ("POST", "/collections/trees/items", vec![GEOJSON], good.to_string(), 403, "import:trees"),
        (
            "POST",
            "/collections/buildings/items?limt=1",
            vec![GEOJSON],
            good.to_string(),
            400,
            "unknown query parameter",
        ),
        ("POST", ITEMS, vec![GEOJSON, ("accept", "image/png")], good.to_string(), 406, ""),
        ("PUT", &own, vec![GEOJSON], feature.to_string(), 428, "`If-Match`"),
        ("PUT", &own, vec![GEOJSON, ("if-match", "\"0.x\"")], feature.to_string(), 412, "read it again"),
        ("PUT", &own, vec![GEOJSON, ("if-match", "W/\"1.x\"")], feature.to_string(), 412, "read it again"),
        ("PUT", &own, vec![GEOJSON, ("if-none-match", "*")], feature.to_string(), 412, "already"),
        (
            "PUT",
            &own,
            vec![GEOJSON, ("if-match", "*")],
            with(&["id"], json!("other")),
            422,
            "ids cannot be changed",
        ),
        ("PUT", &own, vec![GEOJSON, ("if-match", "*")], good.to_string(), 422, "three dimensions"),
        (
            "PUT",
            "/collections/buildings/items/a%20b",
            vec![GEOJSON],
            good.to_string(),
            422,
            "letters, digits",
        ),
        ("PATCH", &own, vec![PATCH, ("if-match", "\"0.x\"")], "{}".into(), 412, "read it again"),
        ("PATCH", &own, vec![PATCH], "[]".into(), 422, "an object"),
        ("PATCH", &own, vec![PATCH], json!({ "links": [] }).to_string(), 422, "`links` cannot be changed"),
        ("PATCH", &own, vec![PATCH], json!({ "id": "other" }).to_string(), 422, "ids cannot be changed"),
        ("PATCH", &own, vec![PATCH], json!({ "properties": null }).to_string(), 422, "`properties`"),
        (
            "PATCH",
            &own,
            vec![PATCH],
            json!({ "properties": { "class": "Bridge" } }).to_string(),
            422,
            "`class`",
        ),
        ("PATCH", &own, vec![PATCH], json!({ "properties": { "lods": [] } }).to_string(), 422, "`lods`"),
        ("PATCH", &own, vec![PATCH], json!({ "geometry": null }).to_string(), 422, "three dimensions"),
        ("PATCH", "/collections/buildings/items/none", vec![PATCH], "{}".into(), 404, "no feature `none`"),
        ("DELETE", "/collections/buildings/items/none", vec![], "".into(), 404, "no feature `none`"),
        ("DELETE", "/collections/buildings/items/none", vec![("if-match", "*")], "".into(), 412, "If-Match"),
        ("DELETE", &own, vec![("if-match", "\"0\"")], "".into(), 412, "read it again"),
    ];
    for (method, target, headers, body, status, part) in cases {
        let answer = desk.send(method, target, &headers, body.as_bytes()).await;
        let shown: String = body.chars().take(80).collect();
        assert_eq!(answer.status, status, "{method} {target} {headers:?} {shown}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().contains(part), "{method} {shown}: {problem}");
    }
    assert_eq!(desk.head().await, head, "nothing was done");
    let answer = send(&desk.served.address, "POST", ITEMS, &[GEOJSON], good.to_string().as_bytes()).await;
    assert_eq!(answer.status, 401);
    let read = desk.token("read", "reader").await;
    assert_eq!(desk.send_as(&read, "DELETE", &own, &[], b"").await.status, 403);
    let write = desk.token("write", "writer").await;
    let nowhere = desk
        .send_as(&write, "POST", "/collections/nowhere/items", &[GEOJSON], good.to_string().as_bytes())
        .await;
    assert_eq!(nowhere.status, 404);

    // What is gone tells since when.
    assert_eq!(desk.delete(&id).await.status, 204);
    for method in ["DELETE", "PATCH"] {
        let headers: &[_] = if method == "PATCH" { &[PATCH] } else { &[] };
        let gone = desk.send(method, &own, headers, b"{}").await;
        assert_eq!(
            (gone.status, &gone.json()["revision"]),
            (410, &json!(desk.head().await)),
            "{}",
            gone.text()
        );
        assert_eq!(gone.json()["successors"], json!([]));
    }
    desk.served.database.close().await;
}

/// Whoever holds the collection's lock is told of, and the edit is done once it is free.
#[tokio::test(flavor = "multi_thread")]
async fn a_running_import_is_waited_for() {
    let desk = Desk::with(2).await;
    let id = desk.ids().await[0].clone();
    let collection = desk.collection().await;
    let session = desk.served.database.store.begin_import(&collection).await.unwrap();
    let answer = desk.patch(&id, &json!({ "properties": { "a": 1 } })).await;
    assert_eq!((answer.status, answer.header("retry-after")), (409, "10"), "{}", answer.text());
    assert!(!answer.text().contains("process"), "which one is nobody's concern: {}", answer.text());
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("another import") && detail.contains("/collections/buildings/imports"),
        "{detail}"
    );
    session.abandon().await.unwrap();
    assert_eq!(desk.patch(&id, &json!({ "properties": { "a": 1 } })).await.status, 200);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_classes_of_part_4_are_declared_and_described() {
    let desk = Desk::with(1).await;
    let conformance = desk.served.json("/conformance").await;
    let base = "http://www.opengis.net/spec/ogcapi-features-4/1.0";
    for class in ["create-replace-delete", "update", "features", "optimistic-locking-etags"] {
        let class = json!(format!("{base}/conf/{class}"));
        assert!(conformance["conformsTo"].as_array().unwrap().contains(&class), "{class}");
    }
    let api = desk.served.json("/api").await;
    let item = &api["paths"]["/collections/{collectionId}/items/{featureId}"];
    for (method, taken) in [("put", "application/geo+json"), ("patch", "application/merge-patch+json")] {
        assert!(item[method]["requestBody"]["content"][taken].is_object(), "{method}");
        let names: Vec<_> =
            item[method]["parameters"].as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
        assert!(names.contains(&json!("If-Match")) && names.contains(&json!("Idempotency-Key")), "{names:?}");
    }
    assert!(item["delete"]["responses"]["204"].is_object());
    assert!(item["put"]["responses"]["428"].is_object() && api["components"]["responses"]["428"].is_object());
    desk.served.database.close().await;
}

/// An id is that of one thing: what a part is called, no new feature is called.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_parts_are_taken() {
    let desk = Desk::with(1).await;
    let part =
        "<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id='PART'/></bldg:consistsOfBuildingPart>";
    // Parts stand behind the building's own shape.
    let whole = house("WHOLE", "").replace("</bldg:Building>", &format!("{part}</bldg:Building>"));
    desk.served.import("buildings", &desk.served.write("whole.gml", &citygml(&whole))).await;
    let head = desk.head().await;
    let (longitude, latitude) = corner(&desk.read(&desk.ids().await[0]).await.0);
    let feature = building(square(longitude, latitude), "x").to_string();
    let put = desk.send("PUT", &item("PART"), &[GEOJSON], feature.as_bytes()).await;
    let gml = ("content-type", "application/gml+xml");
    let made = desk.send("POST", ITEMS, &[gml], citygml(&house("PART", "")).as_bytes()).await;
    for answer in [put, made] {
        assert_eq!(answer.status, 409, "{}", answer.text());
        assert!(answer.text().contains("a part of another feature"), "{}", answer.text());
    }
    assert_eq!(desk.head().await, head);
    // Once the whole has gone, its parts' names are free.
    assert_eq!(desk.delete("WHOLE").await.status, 204);
    let put = desk.send("PUT", &item("PART"), &[GEOJSON], feature.as_bytes()).await;
    assert_eq!(put.status, 201, "{}", put.text());
    desk.served.database.close().await;
}
