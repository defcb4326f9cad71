//! What objects measure in space goes with their shape, whoever wrote it.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::desk::{Desk, building, corner, item, square};

/// Volume, surface and reach of every live object by name, parts included [m³, m², m].
type Measures = BTreeMap<String, [Option<f64>; 3]>;

async fn measures(database: &mut PgConnection) -> Measures {
    let rows: Vec<(String, Vec<Option<f64>>)> = sqlx::query_as(
        "SELECT uid, ARRAY[volume_m3, surface_m2, reach_m] FROM city_object WHERE rev_to IS NULL",
    )
    .fetch_all(database)
    .await
    .unwrap();
    rows.into_iter().map(|(id, measures)| (id, measures.try_into().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_objects_measure_what_imported_ones_do() {
    let desk = Desk::with(4).await;
    let mut database = PgConnection::connect(&desk.served.database.url).await.unwrap();
    let (ids, imported) = (desk.ids().await, measures(&mut database).await);
    assert!(imported.values().all(|[volume, ..]| volume.is_some_and(|volume| volume > 0.0)), "{imported:?}");
    // An attribute by a patch and in a batch, the whole as GeoJSON and as CityJSON.
    assert_eq!(desk.patch(&ids[0], &json!({ "properties": { "name": "A" } })).await.status, 200);
    let operation = json!([{ "op": "update", "id": ids[1], "patch": { "properties": { "name": "B" } } }]);
    assert_eq!(desk.batch(&operation, &[]).await.status, 200);
    let (mut feature, tag) = desk.read(&ids[2]).await;
    feature["properties"]["name"] = json!("C");
    assert_eq!(desk.put(&ids[2], &tag, &feature).await.status, 200);
    let mut whole = desk.served.json(&format!("{}?f=cityjson", item(&ids[3]))).await;
    whole["CityObjects"][&ids[3]]["attributes"]["name"] = json!("D");
    let headers = [("content-type", "application/city+json"), ("if-match", "*")];
    let put = desk.send("PUT", &item(&ids[3]), &headers, whole.to_string().as_bytes()).await;
    assert_eq!((put.status, &put.json()["results"][0]["action"]), (200, &json!("updated")), "{}", put.text());
    assert_eq!(measures(&mut database).await, imported);
    let found =
        desk.served.json("/collections/buildings/items?filter=volume()%3E0%20AND%20area3d()%3E0").await;
    assert_eq!(found["numberMatched"], 4, "{found}");

    // An outline of 11 m × 7 m, flat: a surface, no volume.
    let (longitude, latitude) = corner(&desk.read(&ids[0]).await.0);
    let made = desk.post(&building(square(longitude, latitude + 0.0006), "E")).await;
    let new = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    let [volume, surface, reach] = measures(&mut database).await[&new];
    assert!(volume.is_none() && (70.0..95.0).contains(&surface.unwrap()), "{volume:?} {surface:?}");
    assert_eq!(reach, Some(0.0));
    // Searches in space still have their bound.
    let bound: Option<f64> =
        sqlx::query_scalar("SELECT reach_m FROM collection").fetch_one(&mut database).await.unwrap();
    assert!(bound.is_some());
    desk.served.database.close().await;
}
