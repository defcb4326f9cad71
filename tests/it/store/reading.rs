//! Reading: pages, filters, whole objects, tiles.

use serde_json::json;
use stadtwin::model::{
    BoundarySurface, CityObject, Crs, Geometry, GeometryKind, Lod, NO_SURFACE, PropertyType, TileKey,
    TileNode, class_by_name,
};
use stadtwin::query::{FeatureQuery, Interval, Region};
use stadtwin::store::{CollectionSummary, Store, StoreError, encode_rows};

use super::town::{EAST, NORTH, STORAGE, buildings, four_houses, house, import, plain};
use crate::support::database::database;

async fn everything(store: &Store) -> FeatureQuery {
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let revision = collection.head;
    FeatureQuery {
        overlay: None,
        collection: collection.into(),
        revision,
        limit: 10,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        filter: None,
        cell: None,
    }
}

fn boxed(w: f64, s: f64, e: f64, n: f64) -> Region {
    let ring = [[w, s], [e, s], [e, n], [w, n], [w, s]].map(|[x, y]| [EAST + x, NORTH + y]).to_vec();
    Region { rings: vec![ring], heights_m: None }
}

/// The ids that the query gives, and that `count` agrees.
async fn check_ids(store: &Store, query: &FeatureQuery, expected: &[&str]) {
    let page = store.features(query).await.unwrap();
    let ids: Vec<&str> = page.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(ids, expected, "{:?} {:?}", query.region, query.datetime);
    assert_eq!(store.count(query).await.unwrap(), expected.len() as i64, "{:?}", query.region);
}

#[tokio::test]
async fn pages_follow_the_key_to_the_end() {
    let database = database().await;
    import(&database.store, &four_houses()).await;
    let mut query = FeatureQuery { overlay: None, limit: 3, ..everything(&database.store).await };
    let first = database.store.features(&query).await.unwrap();
    assert_eq!(first.items.len(), 3);
    query.after = first.next;
    let second = database.store.features(&query).await.unwrap();
    assert_eq!((second.items.len(), second.next), (1, None));
    query = FeatureQuery { overlay: None, limit: 4, after: None, ..query };
    assert_eq!(database.store.features(&query).await.unwrap().next, None);
    database.close().await;
}

#[tokio::test]
async fn filters_by_region_height_and_time() {
    let database = database().await;
    let store = &database.store;
    import(store, &four_houses()).await;
    // A feature without geometry and dates lies everywhere and always.
    let collection = buildings(store).await;
    let session = store.begin_import(&collection).await.unwrap();
    let mut rows = session.rows();
    let first = session.reserve_ids(1).await.unwrap();
    let nowhere = plain("CityObjectGroup", "nowhere");
    encode_rows(
        &mut rows,
        collection.key,
        session.revision(),
        &mut (first..first + 1),
        &nowhere,
        &[],
        [7; 16],
    );
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();

    let all = everything(store).await;
    let regions: [(Region, &[&str]); 6] = [
        (boxed(-5.0, -5.0, 25.0, 5.0), &["DEBY_1", "DEBY_2", "nowhere"]),
        // Between two houses.
        (boxed(12.0, 0.0, 18.0, 8.0), &["nowhere"]),
        // A triangle whose box meets the second house and whose area does not.
        (
            Region {
                rings: vec![vec![
                    [EAST + 11.0, NORTH],
                    [EAST + 25.0, NORTH - 9.0],
                    [EAST + 11.0, NORTH + 9.0],
                    [EAST + 11.0, NORTH],
                ]],
                heights_m: None,
            },
            &["nowhere"],
        ),
        (Region { rings: vec![], heights_m: None }, &["nowhere"]),
        (
            Region { heights_m: Some([511.0, 520.0]), ..boxed(-5.0, -5.0, 99.0, 9.0) },
            &["DEBY_2", "DEBY_3", "nowhere"],
        ),
        (Region { heights_m: Some([0.0, 499.0]), ..boxed(-5.0, -5.0, 99.0, 9.0) }, &["nowhere"]),
    ];
    for (region, expected) in regions {
        check_ids(store, &FeatureQuery { region: Some(region), ..all.clone() }, expected).await;
    }
    let interval = |start: Option<&str>, end: Option<&str>| {
        Some(Interval { start: start.map(str::to_owned), end: end.map(str::to_owned) })
    };
    // The houses were built on 2020-03-01.
    let before = interval(None, Some("2020-02-29T23:59:59Z"));
    check_ids(store, &FeatureQuery { datetime: before, ..all.clone() }, &["nowhere"]).await;
    let after = interval(Some("2020-03-01T00:00:00Z"), None);
    let five = ["DEBY_1", "DEBY_2", "DEBY_3", "DEBY_4", "nowhere"];
    check_ids(store, &FeatureQuery { datetime: after, ..all.clone() }, &five).await;
    check_ids(store, &all, &five).await;
    database.close().await;
}

#[tokio::test]
async fn a_collection_tells_what_it_holds() {
    let database = database().await;
    import(&database.store, &four_houses()).await;
    let collection = database.store.collection("buildings").await.unwrap().unwrap();
    assert_eq!(collection.feature_count, 4);
    assert_eq!(collection.height_range, Some([500.0, 525.0]));
    assert_eq!(collection.lods, [(Lod::whole(1), 4), (Lod::whole(2), 4)]);
    assert_eq!(collection.classes, [("Building".to_owned(), 4), ("BuildingPart".to_owned(), 4)]);
    assert!(collection.has_faces);
    let kinds: Vec<_> = collection.properties.iter().map(|p| (p.name.as_str(), p.kind, p.count)).collect();
    let expected = [
        ("address", PropertyType::Json, 4),
        ("creationDate", PropertyType::Date, 4),
        ("function", PropertyType::String, 4),
        ("measuredHeight", PropertyType::Number, 4),
        ("roofType", PropertyType::String, 4),
    ];
    assert_eq!(kinds, expected);
    // cs2cs EPSG:25832 to EPSG:4326: 691000 5347000 is 11.5735 E, 48.2495 N.
    let [w, s, e, n] = collection.extent.unwrap();
    assert!((w - 11.5735).abs() < 0.005 && (s - 48.2495).abs() < 0.005, "{w} {s}");
    // 70 m by 8 m: a degree is 74.1 km and 111.2 km here.
    assert!(
        (e - w - 70.0 / 74_100.0).abs() < 1e-5 && (n - s - 8.0 / 111_200.0).abs() < 2e-5 + 1e-5,
        "{e} {n}"
    );
    database.close().await;
}

#[tokio::test]
async fn whole_objects_come_back_as_they_went() {
    let database = database().await;
    let store = &database.store;
    import(store, &four_houses()).await;
    let query = everything(store).await;
    let mut keys: Vec<i64> =
        store.features(&query).await.unwrap().items.iter().map(|item| item.key).collect();
    keys.reverse();
    let objects = store.objects(&query.collection, &keys).await.unwrap();
    let mut houses = four_houses();
    houses.reverse();
    assert_eq!(objects.len(), houses.len());
    for ((key, object, footprint, heights), (expected_key, house)) in
        objects.into_iter().zip(keys.iter().zip(houses))
    {
        assert_eq!(key, *expected_key);
        // jsonb keeps another order of keys; equality of maps does not mind.
        assert_eq!(object, house.object());
        assert_eq!(footprint, house.footprint());
        assert_eq!(heights, [500.0, 500.0 + house.height_m]);
    }
    let feature = store.feature(&query.collection, query.revision, "DEBY_1").await.unwrap().unwrap();
    assert_eq!(feature.children, [("BuildingPart".to_owned(), 1)]);
    assert_eq!(feature.lods, [Lod::whole(1), Lod::whole(2)]);
    assert_eq!(feature.valid_from.as_deref(), Some("2020-03-01T00:00:00Z"));
    assert_eq!(feature.content_hash, four_houses()[0].hash());

    let plan = store.plan_page(&query.collection, query.revision, 0).await.unwrap().items;
    assert_eq!(plan.len(), 4);
    assert_eq!((plan[0].centroid, plan[0].face_count), ([EAST + 5.0, NORTH + 4.0], 7));
    assert_eq!(plan[0].bounds, [EAST, NORTH, EAST + 10.0, NORTH + 8.0]);
    let samples = store.ground_samples(100).await.unwrap();
    assert!(!samples.is_empty() && samples.iter().all(|sample| sample[2] == 500.0), "{samples:?}");
    database.close().await;
}

#[tokio::test]
async fn large_draped_things_are_the_ground_and_water_lies_lowest() {
    let database = database().await;
    let store = &database.store;
    let collection = buildings(store).await;
    let session = store.begin_import(&collection).await.unwrap();
    let mut rows = session.rows();
    // Heights at the western and the eastern edge; the water touches the land.
    for (id, class, east, wide, heights) in [
        ("land", "LandUse", EAST, 100.0, [510.0, 520.0]),
        ("water", "WaterBody", EAST + 100.0, 200.0, [490.0, 490.0]),
    ] {
        let corners = [[0.0, 0.0], [wide, 0.0], [wide, 100.0], [0.0, 100.0]];
        let ring = corners.map(|[x, y]| [east + x, NORTH + y, heights[usize::from(x > 0.0)]]);
        let mut geometry = Geometry::new(Lod::whole(1), GeometryKind::MultiSurface);
        geometry.push_face([ring.as_slice()], NO_SURFACE);
        let object = CityObject { geometries: vec![geometry], ..plain(class, id) };
        let footprint = vec![vec![[0, 1, 2, 3, 0].map(|at| [ring[at][0], ring[at][1]]).to_vec()]];
        let first = session.reserve_ids(1).await.unwrap();
        let ids = &mut (first..first + 1);
        encode_rows(&mut rows, collection.key, session.revision(), ids, &object, &footprint, [1; 16]);
    }
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();
    // Hand: 300 m × 100 m in 100 cells are cells of 17 m; the shore's two cells hold corners of both.
    let mut heights: Vec<f64> =
        store.ground_samples(100).await.unwrap().iter().map(|sample| sample[2]).collect();
    heights.sort_by(f64::total_cmp);
    assert_eq!(heights, [490.0, 490.0, 490.0, 490.0, 510.0, 510.0]);
    database.close().await;
}

#[tokio::test]
async fn tile_plans_replace_each_other_and_blobs_stay_within_the_budget() {
    let database = database().await;
    let store = &database.store;
    let collection = buildings(store).await;
    let node = |hash: &str, x| TileNode {
        key: TileKey { level: 1, x, y: 0 },
        leaf: true,
        region_deg: [11.0, 48.0, 11.1, 48.1],
        heights_m: [500.0, 520.0],
        geometric_error_m: 0.0,
        hash: hash.to_owned(),
        members: vec![1, 2, 3],
        lifts_mm: if x == 1 { vec![0, -250, 1_000] } else { Vec::new() },
    };
    store.replace_tile_plan(&collection, 1, &[node("a", 0), node("b", 1)], "egm96").await.unwrap();
    store.replace_tile_plan(&collection, 2, &[node("a", 0), node("c", 1)], "egm96").await.unwrap();
    let hashes: Vec<String> =
        store.tile_plan(&collection).await.unwrap().into_iter().map(|n| n.hash).collect();
    assert_eq!(hashes, ["a", "c"]);
    assert_eq!(store.tile_node(&collection, "b").await.unwrap(), Some(node("b", 1)));
    store.replace_tile_plan(&collection, 3, &[], "egm96").await.unwrap();
    assert_eq!(store.tile_plan(&collection).await.unwrap(), vec![]);
    assert_eq!(store.tile_node(&collection, "b").await.unwrap(), Some(node("b", 1)), "for some hours");
    assert_eq!(store.tile_node(&collection, "d").await.unwrap(), None);
    assert_eq!(store.tile_plan_state(&collection).await.unwrap(), Some((3, "egm96".to_string())));

    for hash in ["one", "two", "three"] {
        store.keep_tile_blob(hash, &[1; 100], 250).await.unwrap();
    }
    assert_eq!(store.tile_blob("one").await.unwrap(), None);
    assert_eq!(store.tile_blob("three").await.unwrap(), Some(vec![1; 100]));
    database.close().await;
}

#[tokio::test]
async fn the_storage_crs_is_set_once() {
    let database = database().await;
    let store = &database.store;
    assert_eq!(store.storage_crs().await.unwrap(), None);
    store.set_storage_crs(&Crs { horizontal: 25833, ..STORAGE }).await.unwrap();
    import(store, &four_houses()).await;
    assert_eq!(store.storage_crs().await.unwrap(), Some(STORAGE));
    store.set_storage_crs(&STORAGE).await.unwrap();
    let refused = store.set_storage_crs(&Crs { horizontal: 31468, ..STORAGE }).await.unwrap_err();
    assert!(matches!(refused, StoreError::OtherCrs { .. }), "{refused}");
    database.close().await;
}

#[tokio::test]
async fn a_sound_database_has_nothing_to_report() {
    let database = database().await;
    database.store.ping().await.unwrap();
    buildings(&database.store).await;
    let diagnosis = database.store.diagnose().await.unwrap();
    assert_eq!(diagnosis.schema_version, diagnosis.schema_version_known);
    assert_eq!(diagnosis.invalid_indexes, Vec::<String>::new());
    assert_eq!(diagnosis.missing_indexes, Vec::<String>::new());
    assert_eq!(diagnosis.missing_partitions, Vec::<String>::new());
    assert_eq!(diagnosis.encoding, "UTF8");
    database.close().await;
}

#[tokio::test]
async fn every_table_and_column_has_a_comment() {
    let database = database().await;
    let pool = sqlx::PgPool::connect(&database.url).await.unwrap();
    let bare: Vec<String> = sqlx::query_scalar(
        "SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class AS c
         LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') AND NOT c.relispartition
            AND c.relname !~ '^_sqlx|^spatial_ref_sys$|_columns$'
            AND (obj_description(c.oid, 'pg_class') IS NULL OR col_description(c.oid, a.attnum) IS NULL)",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(bare, Vec::<String>::new());
    pool.close().await;
    database.close().await;
}

/// Rows of the view: id, class, area in whole square metres, date.
type SurfaceRow = (String, String, Option<i64>, Option<String>);

#[tokio::test]
async fn surfaces_are_rows_of_a_view() {
    let database = database().await;
    let store = &database.store;
    let collection = buildings(store).await;
    let session = store.begin_import(&collection).await.unwrap();
    // Two faces in the order of their surfaces, with the same date; the first surface has no id.
    let mut even = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
    let dated = |id: &str, class: &str| BoundarySurface {
        id: id.to_owned(),
        class: class_by_name(class).unwrap(),
        attributes: [("creationDate".to_owned(), json!("2023-05-17"))].into_iter().collect(),
        ..BoundarySurface::default()
    };
    even.surfaces = vec![dated("", "RoofSurface"), dated("g\n1", "GroundSurface")];
    for (up, surface) in [(505.0, 0), (500.0, 1)] {
        let ring = [[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0]].map(|[x, y]| [EAST + x, NORTH + y, up]);
        even.push_face([ring.as_slice()], surface);
    }
    let shed = CityObject { geometries: vec![even.clone()], ..plain("Building", "shed") };
    let mut rows = session.rows();
    let first = session.reserve_ids(4).await.unwrap();
    let mut ids = first..first + 4;
    let barn = house("barn", 1, 5.0, "1000").object();
    for object in [&barn, &shed] {
        encode_rows(&mut rows, collection.key, session.revision(), &mut ids, object, &[], [7; 16]);
    }
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url).await.unwrap();
    let sql = "SELECT id, class, round(area_m2)::bigint, attributes ->> 'creationDate' FROM surface
        WHERE feature = $1 AND object_class = 'Building' ORDER BY class";
    // Hand: 10 m by 8 m, 5 m high, three of its walls with a surface; 4 m by 3 m.
    let barn_rows = [
        ("barn_ground", "GroundSurface", 80, None),
        ("barn_roof", "RoofSurface", 80, None),
        ("barn_wall", "WallSurface", 140, None),
        ("barn_window", "Window", 1, None),
    ];
    let date = Some("2023-05-17");
    let shed_rows = [("g 1", "GroundSurface", 12, date), ("", "RoofSurface", 12, date)];
    for (feature, expected) in [("barn", &barn_rows[..]), ("shed", &shed_rows)] {
        let found: Vec<SurfaceRow> =
            sqlx::query_as(sql).bind(feature).fetch_all(&mut connection).await.unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(id, class, area, date)| (id.as_str(), class.as_str(), area.unwrap(), date.as_deref()))
            .collect();
        assert_eq!(found, expected);
    }
    // A line break in an id is a space in the store; all else comes back as it went in.
    let collection = store.collection("buildings").await.unwrap().unwrap();
    let keys: Vec<i64> = (first..first + 4).collect();
    let objects = store.objects(&collection, &keys).await.unwrap();
    let (_, read, ..) = objects.iter().find(|(_, object, ..)| object.id == "shed").unwrap();
    even.surfaces[1].id = "g 1".to_owned();
    assert_eq!(read.geometries, [even]);
    database.close().await;
}
