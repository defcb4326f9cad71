//! What an edit costs: the figures, findings and tiles that it changes, in one order of locks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use stadtwin::crs::HeightModel;
use stadtwin::jobs::refresh_tile_plan;

use super::desk::{Desk, building, corner, square};

async fn connect(desk: &Desk) -> PgConnection {
    PgConnection::connect(&desk.served.database.url).await.unwrap()
}

/// A node of the present plan: level, column, row, whether it is a leaf, and the transaction that wrote it.
type Node = (i16, i64, i64, bool, String);

async fn nodes(database: &mut PgConnection) -> BTreeMap<i64, Node> {
    let rows: Vec<(i64, i16, i64, i64, bool, String)> =
        sqlx::query_as("SELECT id, level, x, y, leaf, xmin::text FROM plan_node WHERE ended IS NULL")
            .fetch_all(database)
            .await
            .unwrap();
    rows.into_iter().map(|(id, level, x, y, leaf, by)| (id, (level, x, y, leaf, by))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_writes_only_the_tiles_above_what_it_changes() {
    let desk = Desk::with(1_800).await;
    let mut database = connect(&desk).await;
    let before = nodes(&mut database).await;
    assert!(before.len() > 8, "{}", before.len());
    let id = desk.ids().await[450].clone();
    assert_eq!(desk.patch(&id, &json!({ "properties": { "name": "Anders" } })).await.status, 200);
    let after = nodes(&mut database).await;
    assert_eq!(after.len(), before.len());
    let fresh: Vec<_> =
        after.iter().filter(|(id, _)| !before.contains_key(id)).map(|(_, node)| node).collect();
    // One leaf shows the building, and one node a level stands above it.
    let [(level, x, y, ..)] = fresh.iter().filter(|(.., leaf, _)| *leaf).collect::<Vec<_>>()[..] else {
        panic!("{fresh:?}")
    };
    for (own, column, row, ..) in &fresh {
        assert_eq!((x >> (level - own), y >> (level - own)), (*column, *row), "{fresh:?}");
    }
    let levels: BTreeSet<_> = fresh.iter().map(|(level, ..)| level).collect();
    assert!(levels.len() == fresh.len() && fresh.len() < before.len(), "{fresh:?}");
    // All others are the rows that they were, untouched.
    for (id, node) in after.iter().filter(|(id, _)| before.contains_key(id)) {
        assert_eq!(before[id], *node);
    }
    desk.served.database.close().await;
}

/// What an edit mends is what a whole plan would be.
#[tokio::test(flavor = "multi_thread")]
async fn a_mended_plan_is_the_plan_made_anew() {
    let desk = Desk::with(1_800).await;
    let mut database = connect(&desk).await;
    let ids = desk.ids().await;
    let update = |id: &String| json!({ "op": "update", "id": id, "patch": { "properties": { "n": 1 } } });
    let many: Vec<_> = ids.iter().step_by(300).map(update).collect();
    let (longitude, latitude) = corner(&desk.read(&ids[9]).await.0);
    let made = desk.post(&building(square(longitude, latitude), "Neu")).await;
    let new = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
    for step in 0..4 {
        let answer = match step {
            // Attributes of one and of many far apart, another outline, an end.
            0 => desk.patch(&ids[450], &json!({ "properties": { "n": 1 } })).await,
            1 => desk.batch(&many.clone().into(), &[]).await,
            2 => desk.patch(&new, &json!({ "geometry": square(longitude + 0.0002, latitude) })).await,
            _ => desk.delete(&new).await,
        };
        assert!([200, 204].contains(&answer.status), "{}", answer.text());
        let (state, mended) = (shown(&mut database).await, nodes(&mut database).await);
        let store = &desk.served.database.store;
        refresh_tile_plan(store, &desk.collection().await, &HeightModel::Constant(45.5)).await.unwrap();
        assert_eq!(shown(&mut database).await, state, "step {step}");
        assert_eq!(nodes(&mut database).await, mended, "step {step}: not even the order of members differs");
        let revision: i64 = sqlx::query_scalar("SELECT tile_revision FROM collection")
            .fetch_one(&mut database)
            .await
            .unwrap();
        assert_eq!(revision, desk.head().await);
    }
    desk.served.database.close().await;
}

/// All that the present plan says, but for the order of members.
async fn shown(database: &mut PgConnection) -> Vec<(i16, i64, i64, String, Vec<i64>)> {
    sqlx::query_as(
        "SELECT level, x, y, hash, ARRAY(SELECT m FROM unnest(members) AS m ORDER BY m) FROM plan_node
         WHERE ended IS NULL ORDER BY level, x, y",
    )
    .fetch_all(database)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_viewer_finds_its_tiles_after_several_edits() {
    fn add(node: &Value, names: &mut BTreeSet<String>) {
        names.extend(node["content"]["uri"].as_str().map(str::to_owned));
        node["children"].as_array().into_iter().flatten().for_each(|child| add(child, names));
    }
    let desk = Desk::with(900).await;
    let mut names = BTreeSet::new();
    add(&desk.served.json("/collections/buildings/3dtiles/tileset.json").await["root"], &mut names);
    let ids = desk.ids().await;
    for at in [100, 400, 700] {
        let patch = json!({ "properties": { "name": format!("Neu {at}") } });
        assert_eq!(desk.patch(&ids[at], &patch).await.status, 200);
    }
    for name in &names {
        let answer = desk.get(&format!("/collections/buildings/3dtiles/{name}")).await;
        assert_eq!(answer.status, 200, "{name}");
    }
    // Some hours later nobody looks at them any more.
    let mut database = connect(&desk).await;
    let aged = sqlx::query("UPDATE plan_node SET ended = ended - interval '4 hours' WHERE ended IS NOT NULL");
    assert!(aged.execute(&mut database).await.unwrap().rows_affected() > 0);
    assert_eq!(desk.patch(&ids[5], &json!({ "properties": { "name": "Zuletzt" } })).await.status, 200);
    let old: i64 =
        sqlx::query_scalar("SELECT count(*) FROM plan_node WHERE ended < now() - interval '1 hour'")
            .fetch_one(&mut database)
            .await
            .unwrap();
    assert_eq!(old, 0);
    desk.served.database.close().await;
}

/// A comparison holds the collection's row and then changes findings; a publication wants both.
#[tokio::test(flavor = "multi_thread")]
async fn publications_and_comparisons_lock_in_one_order() {
    let desk = Desk::with(12).await;
    let id = desk.ids().await[3].clone();
    let mut database = connect(&desk).await;
    let find = "INSERT INTO issue (collection, revision, file, object, line, code, severity, message)
         SELECT key, head, 'terrain t', $1, 0, $2, 'warning', 'it floats' FROM collection WHERE id = 'buildings'";
    sqlx::query(find).bind(&id).bind("object_floating").execute(&mut database).await.unwrap();

    let mut comparison = database.begin().await.unwrap();
    sqlx::query("UPDATE collection SET ground_run = ground_run + 1 WHERE id = 'buildings'")
        .execute(&mut *comparison)
        .await
        .unwrap();
    let other = async {
        let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid())";
        for _ in 0..500 {
            if sqlx::query_scalar(waits).fetch_one(&mut *comparison).await.unwrap() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        sqlx::query("UPDATE issue SET message = 'it floats more' WHERE code = 'object_floating'")
            .execute(&mut *comparison)
            .await
            .unwrap();
        sqlx::query(find).bind(&id).bind("object_floating_more").execute(&mut *comparison).await.unwrap();
        comparison.commit().await.unwrap();
    };
    let (edited, ()) = tokio::join!(desk.delete(&id), other);
    assert_eq!(edited.status, 204, "{}", edited.text());
    // Also what was found while it waited ends with the object.
    let open: i64 = sqlx::query_scalar("SELECT count(*) FROM issue WHERE object = $1 AND until IS NULL")
        .bind(&id)
        .fetch_one(&mut database)
        .await
        .unwrap();
    assert_eq!(open, 0);
    desk.served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_follow_what_was_outermost() {
    let desk = Desk::with(12).await;
    let mut database = connect(&desk).await;
    let ids = desk.ids().await;
    // Two of each last day, one that lasts, and heights that differ.
    for (at, id) in ids.iter().enumerate() {
        sqlx::query(
            "UPDATE city_object SET valid_from = '2001-01-01'::timestamptz + $2 * interval '1 day', z_min = 500 + $2,
                valid_to = CASE WHEN $2 > 0 THEN '2030-01-01'::timestamptz + $2 / 2 * interval '1 day' END, z_max = 600 - $2
             WHERE uid = $1 AND parent IS NULL",
        )
        .bind(id)
        .bind(at as i32)
        .execute(&mut database)
        .await
        .unwrap();
    }
    desk.check_counts_after_counting().await;
    // The one that lasts (lowest, highest, first), one of the last two, the other, one in the middle.
    for at in [0, 11, 10, 5] {
        assert_eq!(desk.delete(&ids[at]).await.status, 204);
        desk.check_counts().await;
    }
    let (longitude, latitude) = corner(&desk.read(&ids[3]).await.0);
    let made = desk.post(&building(square(longitude, latitude), "Neu")).await;
    assert_eq!(made.status, 201);
    desk.check_counts().await;
    assert_eq!(desk.patch(&ids[1], &json!({ "properties": { "name": "Anders" } })).await.status, 200);
    desk.check_counts().await;
    assert_eq!(desk.collection().await.feature_count, 9);
    desk.served.database.close().await;
}
