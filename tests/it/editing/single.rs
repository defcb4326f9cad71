//! One feature at a time.

use serde_json::{Value, json};

use super::desk::{Desk, GEOJSON, ITEMS, building, corner, item, square};
use crate::support::served::citygml;

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_is_made_changed_replaced_and_ended() {
    let desk = Desk::with(12).await;
    let before = desk.collection().await;
    let (near, _) = desk.read(&desk.ids().await[0]).await;
    let (longitude, latitude) = corner(&near);
    let made = desk.post(&building(square(longitude + 0.0003, latitude), "Neu")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let report = made.json();
    let id = report["results"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(report["results"][0]["action"], "inserted");
    assert!(id.starts_with("UUID_") && made.header("location").ends_with(&item(&id)), "{}", made.text());
    let (feature, tag) = desk.read(&id).await;
    assert_eq!(made.header("etag"), tag);
    assert_eq!(feature["properties"]["name"], "Neu");
    assert_eq!(feature["properties"]["lods"], json!(["0"]));
    // No terrain is there: the lowest point of the nearest feature, and a finding that tells.
    assert_eq!(report["issues"][0]["code"], "height_assumed");
    let told = report["issues"][0]["message"].as_str().unwrap().to_owned();
    let nearest = told.rsplit('`').nth(1).unwrap();
    assert_eq!(feature["properties"]["zMin"], desk.read(nearest).await.0["properties"]["zMin"], "{told}");
    let issues = desk.served.json(&format!("/collections/buildings/issues?object={id}")).await;
    assert_eq!(issues["features"][0]["properties"]["code"], "height_assumed");
    // What came is what is shown: seven decimals, the exterior counter-clockwise.
    let decimals = |polygon: &Value| -> Vec<i64> {
        let positions =
            polygon[0].as_array().unwrap().iter().flat_map(|position| position.as_array().unwrap());
        positions.map(|degrees| (degrees.as_f64().unwrap() * 1e7).round() as i64).collect()
    };
    let sent = square(longitude + 0.0003, latitude);
    assert_eq!(decimals(&feature["geometry"]["coordinates"][0]), decimals(&sent["coordinates"]));
    let after = desk.collection().await;
    assert_eq!(after.feature_count, before.feature_count + 1);
    assert_eq!(report["revision"], after.head);

    let patch = json!({ "properties": { "name": null, "storeys": 3, "owner": { "kind": "city" } } });
    let patched = desk.patch(&id, &patch).await;
    assert_eq!(patched.status, 200, "{}", patched.text());
    let (feature, tag) = desk.read(&id).await;
    assert_eq!(patched.header("etag"), tag);
    let properties = &feature["properties"];
    assert!(properties.get("name").is_none());
    assert_eq!((&properties["storeys"], &properties["owner"]), (&json!(3), &json!({ "kind": "city" })));
    let queryables = desk.served.json("/collections/buildings/queryables").await;
    assert_eq!(queryables["properties"]["storeys"]["type"], "integer");

    // The same again changes nothing, and makes no revision.
    let head = desk.head().await;
    let again = desk.patch(&id, &patch).await;
    assert_eq!((again.status, &again.json()["results"][0]["action"]), (200, &json!("unchanged")));
    assert_eq!((desk.head().await, &again.json()["revision"]), (head, &Value::Null));
    assert_eq!(again.header("etag"), tag);

    // What was read can be put back; its outline may move, since it has no other shape.
    let mut put = feature.clone();
    put["geometry"] = square(longitude + 0.0005, latitude);
    put["properties"]["storeys"] = json!(4);
    let answer = desk.put(&id, &tag, &put).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (feature, _) = desk.read(&id).await;
    assert_eq!(feature["properties"]["storeys"], 4);
    assert_eq!(decimals(&feature["geometry"]["coordinates"][0]), decimals(&put["geometry"]["coordinates"]));

    let gone = desk.delete(&id).await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    let answer = desk.get(&item(&id)).await;
    assert_eq!((answer.status, &answer.json()["revision"]), (410, &json!(desk.head().await)));
    assert_eq!(desk.collection().await.feature_count, before.feature_count);
    desk.check_counts().await;
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_change_and_the_shape_stays() {
    let desk = Desk::with(5).await;
    let id = desk.ids().await[1].clone();
    let whole = async || desk.served.json(&format!("{}?f=cityjson", item(&id))).await;
    let before = whole().await;
    let (feature, tag) = desk.read(&id).await;
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "Rathaus" } })).await.status, 200);
    let after = whole().await;
    assert_eq!(after["CityObjects"][&id]["attributes"]["name"], "Rathaus");
    let shape =
        |document: &Value| (document["vertices"].clone(), document["CityObjects"][&id]["geometry"].clone());
    assert_eq!(shape(&before), shape(&after));
    // The tag of before is no longer good, whatever the representation.
    let stale = desk.put(&id, &tag, &feature).await;
    assert_eq!(stale.status, 412, "{}", stale.text());
    let html = desk.get(&format!("{}?f=html", item(&id))).await;
    let mut put = feature.clone();
    put["properties"]["name"] = json!("Altes Rathaus");
    put["properties"].as_object_mut().unwrap().remove("function");
    let answer = desk.put(&id, html.header("etag"), &put).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let (now, _) = desk.read(&id).await;
    assert_eq!(now["properties"]["name"], "Altes Rathaus");
    assert!(now["properties"].get("function").is_none());
    assert_eq!(shape(&before), shape(&whole().await));
    // Another outline would not fit the shape.
    let (longitude, latitude) = corner(&feature);
    let moved = desk.patch(&id, &json!({ "geometry": square(longitude, latitude) })).await;
    assert_eq!(moved.status, 422, "{}", moved.text());
    assert!(moved.json()["detail"].as_str().unwrap().contains("three dimensions"));
    // The one that it has may come along, wherever it begins.
    let mut turned = feature["geometry"].clone();
    let ring = turned["coordinates"][0][0].as_array_mut().unwrap();
    ring.pop();
    ring.rotate_left(1);
    ring.reverse();
    ring.push(ring[0].clone());
    let same = desk.patch(&id, &json!({ "geometry": turned, "properties": { "name": "R" } })).await;
    assert_eq!(same.status, 200, "{}", same.text());
    assert_eq!(shape(&before), shape(&whole().await));
    desk.check_counts().await;
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn put_makes_features_under_names_of_their_maker() {
    let desk = Desk::with(3).await;
    let (near, _) = desk.read(&desk.ids().await[0]).await;
    let (longitude, latitude) = corner(&near);
    let feature = building(square(longitude, latitude + 0.0005), "A").to_string();
    let put = async |headers: &[(&str, &str)]| {
        let mut all = vec![GEOJSON];
        all.extend_from_slice(headers);
        desk.send("PUT", &item("DEBY_NEW.1"), &all, feature.as_bytes()).await
    };
    assert_eq!(put(&[("if-match", "*")]).await.status, 412, "there is none");
    assert_eq!(put(&[("if-match", "\"1.a\"")]).await.status, 412);
    let made = put(&[("if-none-match", "*"), ("prefer", "return=representation")]).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.header("location").ends_with("/items/DEBY_NEW.1"));
    assert_eq!(made.header("preference-applied"), "return=representation");
    assert_eq!((&made.json()["id"], &made.json()["type"]), (&json!("DEBY_NEW.1"), &json!("Feature")));
    assert_eq!(put(&[("if-none-match", "*")]).await.status, 412, "there is one");
    assert_eq!(put(&[]).await.status, 428);
    assert_eq!(put(&[("if-match", "*")]).await.status, 200, "whatever is there");
    assert_eq!(desk.delete("DEBY_NEW.1").await.status, 204);
    assert_eq!(put(&[]).await.status, 201, "it lives again");
    let versions = desk.served.json(&format!("{}/versions", item("DEBY_NEW.1"))).await;
    assert_eq!(versions["versions"].as_array().unwrap().len(), 2);
    let collection = desk.served.json("/collections/buildings").await;
    assert_eq!(collection["supportsNonAutogeneratedResourceIds"], true);
    for (target, methods) in [(ITEMS.to_owned(), "POST"), (item("DEBY_NEW.1"), "PUT, PATCH, DELETE")] {
        let answer = desk.send("OPTIONS", &target, &[], b"").await;
        assert!(answer.header("allow").ends_with(methods), "{}", answer.header("allow"));
    }
    desk.served.database.close().await;
}

/// Heights: the third number, and what it is measured from.
#[tokio::test(flavor = "multi_thread")]
async fn coordinates_are_in_the_crs_of_the_header() {
    let desk = Desk::with(3).await;
    let near = desk
        .served
        .json(&format!("{}?crs=http://www.opengis.net/def/crs/EPSG/0/25832", item(&desk.ids().await[0])))
        .await;
    let (east, north) = corner(&near);
    let (east, north) = ((east + 40.0).round(), north.round());
    let place = |x: f64, y: f64, z: f64| json!([x, y, z]);
    let ring =
        |p: &dyn Fn(f64, f64) -> Value| json!([p(0., 0.), p(10., 0.), p(10., 8.), p(0., 8.), p(0., 0.)]);
    let utm = json!({ "type": "Polygon", "coordinates": [ring(&|x, y| place(east + x, north + y, 512.25))] });
    let header = ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/25832>");
    let body = building(utm.clone(), "utm").to_string();
    let made = desk.send("POST", ITEMS, &[GEOJSON, header], body.as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    let read =
        desk.served.json(&format!("{}?crs=http://www.opengis.net/def/crs/EPSG/0/25832", item(&id))).await;
    let numbers = |value: &Value| -> Vec<f64> {
        let positions = value.as_array().unwrap().iter().flat_map(|position| position.as_array().unwrap());
        positions.map(|number| number.as_f64().unwrap()).collect()
    };
    let flat = ring(&|x, y| json!([east + x, north + y]));
    assert_eq!(numbers(&read["geometry"]["coordinates"][0][0]), numbers(&flat));
    assert_eq!((&read["properties"]["zMin"], &read["properties"]["zMax"]), (&json!(512.25), &json!(512.25)));
    assert!(!made.text().contains("height_assumed"), "{}", made.text());
    // In CRS84 the third number is above the ellipsoid, 45.5 m below the storage's zero on this server.
    let (feature, _) = desk.read(&id).await;
    let positions = feature["geometry"]["coordinates"][0][0].as_array().unwrap();
    let raised: Vec<_> = positions.iter().map(|p| json!([p[0], p[1], 600.5])).collect();
    let made = desk.post(&building(json!({ "type": "Polygon", "coordinates": [raised] }), "wgs")).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let (feature, _) = desk.read(made.json()["results"][0]["id"].as_str().unwrap()).await;
    assert_eq!(feature["properties"]["zMin"], 555.0);
    // EPSG:4326 has latitude first.
    let turned: Vec<_> = positions.iter().map(|p| json!([p[1], p[0]])).collect();
    let header = ("content-crs", "<http://www.opengis.net/def/crs/EPSG/0/4326>");
    let body = building(json!({ "type": "Polygon", "coordinates": [turned] }), "latlon").to_string();
    let made = desk.send("POST", ITEMS, &[GEOJSON, header], body.as_bytes()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(desk.read(&id).await.0["geometry"]["coordinates"][0][0], json!(positions));
    // Trees and lines are places too, where there are trees.
    let tree = "<core:cityObjectMember><veg:SolitaryVegetationObject gml:id='T' xmlns:veg='http://www.opengis.net/citygml/vegetation/2.0'/>\
        </core:cityObjectMember>";
    desk.served.import("buildings", &desk.served.write("tree.gml", &citygml(tree))).await;
    let (longitude, latitude) = corner(&feature);
    let tree = json!({
        "type": "Feature", "geometry": { "type": "Point", "coordinates": [longitude, latitude] },
        "properties": { "class": "SolitaryVegetationObject", "height": 12.5 },
    });
    let made = desk.post(&tree).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    let (feature, tag) = desk.read(&id).await;
    assert_eq!(feature["geometry"], json!({ "type": "MultiPoint", "coordinates": [[longitude, latitude]] }));
    let mut bare = feature.clone();
    bare["geometry"] = Value::Null;
    assert_eq!(desk.put(&id, &tag, &bare).await.status, 200);
    assert_eq!(desk.read(&id).await.0["geometry"], Value::Null);
    desk.check_counts().await;
    desk.served.database.close().await;
}

/// Findings of what was not looked at again go on holding; an import is stronger than an edit; a rollback undoes one.
#[tokio::test(flavor = "multi_thread")]
async fn edits_go_with_imports_and_rollbacks() {
    let desk = Desk::with(4).await;
    let (first, id) = (desk.head().await, desk.ids().await[2].clone());
    let (before, _) = desk.read(&id).await;
    assert_eq!(desk.patch(&id, &json!({ "properties": { "roofType": "9999" } })).await.status, 200);
    assert_eq!(desk.delete(&desk.ids().await[0]).await.status, 204);
    let edited = desk.head().await;
    let revisions = desk.served.json("/collections/buildings/changes").await;
    assert_eq!(revisions["revisions"].as_array().unwrap().iter().filter(|r| r["cause"] == "edit").count(), 2);
    desk.rollback(first).await;
    let (restored, _) = desk.read(&id).await;
    assert_eq!(restored["properties"]["roofType"], before["properties"]["roofType"]);
    assert_eq!(desk.collection().await.feature_count, 4);
    let old = desk.served.json(&format!("{}?revision={edited}", item(&id))).await;
    assert_eq!(old["properties"]["roofType"], "9999");
    // Edited again, then imported: the file's state comes back for what was edited, and nothing else is written.
    assert_eq!(desk.patch(&id, &json!({ "properties": { "roofType": "8888" } })).await.status, 200);
    let report = desk.import_again().await;
    assert_eq!((report.updated, report.unchanged, report.inserted), (1, 3, 0));
    assert_eq!(desk.read(&id).await.0["properties"]["roofType"], before["properties"]["roofType"]);
    desk.check_counts().await;
    desk.served.database.close().await;
}
