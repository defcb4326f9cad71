//! 3D tiles and map tiles show what was edited, and nothing else changes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::refresh_tile_plan;
use stadtwin::store::CollectionSummary;

use crate::http::request;

use super::desk::{Desk, building, corner, square};

/// Names of all tiles of the tileset.
async fn contents(desk: &Desk) -> BTreeSet<String> {
    fn add(node: &Value, names: &mut BTreeSet<String>) {
        if let Some(uri) = node["content"]["uri"].as_str() {
            names.insert(uri.trim_start_matches("content/").to_owned());
        }
        node["children"].as_array().into_iter().flatten().for_each(|child| add(child, names));
    }
    let mut names = BTreeSet::new();
    add(&desk.served.json("/collections/buildings/3dtiles/tileset.json").await["root"], &mut names);
    names
}

async fn holds(desk: &Desk, name: &str, text: &str) -> bool {
    let answer = desk.get(&format!("/collections/buildings/3dtiles/content/{name}")).await;
    assert_eq!(answer.status, 200, "{name}");
    memchr_in(&answer.body, text)
}

fn memchr_in(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The changes of the newest revision.
async fn newest(desk: &Desk) -> Value {
    let since = desk.head().await - 1;
    let changes = desk.served.json(&format!("/collections/buildings/changes?since={since}")).await;
    changes["revisions"].as_array().unwrap().last().unwrap().clone()
}

/// The map tile at level 16 that the newest revision touched.
async fn map_tile(desk: &Desk) -> Vec<u8> {
    let keys = newest(desk).await["tiles"]["keys"].clone();
    let keys: Vec<_> = keys.as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
    let mut bytes = Vec::new();
    for key in keys.iter().filter(|key| key.starts_with("16/")) {
        let answer = desk.get(&format!("/collections/buildings/tiles/WebMercatorQuad/{key}")).await;
        assert!([200, 204].contains(&answer.status), "{key}");
        bytes.extend(answer.body);
    }
    assert!(!keys.is_empty());
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_follow_each_edit() {
    let desk = Desk::with(900).await;
    let before = contents(&desk).await;
    assert!(before.len() > 3, "{}", before.len());
    let id = desk.ids().await[450].clone();
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "Umbenannt" } })).await.status, 200);
    let after = contents(&desk).await;
    let fresh: Vec<_> = after.difference(&before).cloned().collect();
    assert!(!fresh.is_empty() && after.intersection(&before).count() > 0, "{} {}", fresh.len(), after.len());
    let mut shown = 0;
    for name in &fresh {
        shown += usize::from(holds(&desk, name, "Umbenannt").await);
    }
    assert!(shown > 0);
    for name in before.intersection(&after) {
        assert!(!holds(&desk, name, "Umbenannt").await);
    }
    let told = newest(&desk).await["contents"].clone();
    let told: BTreeSet<_> =
        told.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect();
    assert!(fresh.iter().all(|name| told.contains(name)), "{fresh:?} {told:?}");
    assert!(memchr_in(&map_tile(&desk).await, "Umbenannt"));

    // A new outline is on the map and lies on the ground in 3D; gone, it is on neither.
    let (longitude, latitude) = corner(&desk.read(&id).await.0);
    let made = desk.post(&building(square(longitude, latitude), "Nagelneu")).await;
    let new = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    assert!(memchr_in(&map_tile(&desk).await, &new));
    let with_new = contents(&desk).await;
    let mut shown = 0;
    for name in with_new.difference(&after) {
        shown += usize::from(holds(&desk, name, "Nagelneu").await);
    }
    assert!(shown > 0);
    assert_eq!(desk.delete(&new).await.status, 204);
    assert!(!memchr_in(&map_tile(&desk).await, &new));
    assert_eq!(contents(&desk).await, after, "tiles go by their content: those of before are those of after");
    desk.check_counts().await;
    desk.served.database.close().await;
}

/// The plan comes after the edit: who asks in between must not keep the old tileset under the new head's tag.
#[tokio::test(flavor = "multi_thread")]
async fn a_tileset_has_the_tag_of_its_plan() {
    let desk = Desk::with(40).await;
    let store = &desk.served.database.store;
    let tag = async || {
        let answer = desk.get("/collections/buildings/3dtiles/tileset.json").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.header("etag").to_owned()
    };
    store
        .begin_import(&desk.collection().await)
        .await
        .unwrap()
        .publish(CollectionSummary::default())
        .await
        .unwrap();
    let (early, collection) = (tag().await, desk.collection().await);
    let headers = [("if-none-match", early.as_str())];
    let ask = async || {
        let target = "/collections/buildings/3dtiles/tileset.json";
        request(&desk.served.address, "GET", target, &headers).await.status
    };
    assert_eq!(ask().await, 304);
    refresh_tile_plan(store, &collection, &HeightModel::Constant(45.5)).await.unwrap();
    assert_ne!(tag().await, early);
    assert_eq!(ask().await, 200);
    desk.served.database.close().await;
}
