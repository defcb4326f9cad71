//! Filters on objects of a town: types, nulls, places, times. Expected ids by hand from the table below.

use serde_json::{Value, json};
use stadtwin::model::{Attributes, CityObject, Collection, Geometry, GeometryKind, Lod};
use stadtwin::query::{FeatureQuery, Queryables, parse_text};
use stadtwin::store::{CollectionSummary, Store, StoreError, encode_rows};

use super::town::{EAST, NORTH, STORAGE, house, plain};
use crate::support::database::database;

/// Id, attributes. `a` and `b` are houses of 6 m and 12 m (columns 0 and 1), `road` a line north of them, `tree` a point
/// west of them, `ghost` is nowhere.
fn rows() -> Vec<(&'static str, Value)> {
    vec![
        (
            "a",
            json!({
                "name": "Straße", "storeys": 2, "ratio": 0.5, "listed": true, "mixed": 5, "day": "2020-01-31",
                "moment": "2020-01-31T10:00:00Z", "tags": ["x", "y"], "validFrom": "2020-01-01", "validTo": "2021-01-01",
                "address": [{ "city": "Ort", "number": 1 }, { "city": "Au", "number": 2 }],
            }),
        ),
        (
            "b",
            json!({
                "name": "STRASSE", "storeys": 4, "ratio": 0, "listed": false, "mixed": "5", "day": "2020-02-29",
                "moment": "2020-02-01T00:30:00+01:00", "tags": ["y"], "validFrom": "2021-06-01",
                "address": { "city": "Au" },
            }),
        ),
        ("road", json!({ "name": "Café 100%", "day": "2020-02-30", "mixed": { "deep": { "er": 7 } } })),
        ("tree", json!({ "name": "it's", "tags": [], "quote\"d.name": "q" })),
        ("ghost", json!({})),
    ]
}

fn object(id: &'static str, attributes: Value) -> (CityObject, Vec<Vec<Vec<[f64; 2]>>>) {
    let Value::Object(attributes) = attributes else { panic!() };
    let attributes: Attributes = attributes;
    let with = |class: &str, geometry: Option<Geometry>| CityObject {
        attributes: attributes.clone(),
        geometries: geometry.into_iter().collect(),
        ..plain(class, id)
    };
    let bare = |kind, points: &[[f64; 3]]| {
        let mut geometry = Geometry::new(Lod::whole(0), kind);
        geometry.push_ring(points);
        geometry
    };
    let [west, south, up] = [EAST, NORTH, 500.0];
    match id {
        "a" | "b" => {
            let house = house(id, u32::from(id == "b"), if id == "a" { 6.0 } else { 12.0 }, "");
            (with("Building", Some(house.solid())), house.footprint())
        }
        "road" => {
            let points = [[west, south + 20.0, up], [west + 40.0, south + 20.0, up]];
            (with("Road", Some(bare(GeometryKind::MultiCurve, &points))), Vec::new())
        }
        "tree" => {
            let points = [[west - 10.0, south, up]];
            (with("SolitaryVegetationObject", Some(bare(GeometryKind::MultiPoint, &points))), Vec::new())
        }
        _ => (with("Building", None), Vec::new()),
    }
}

async fn import(store: &Store) -> Collection {
    store.set_storage_crs(&STORAGE).await.unwrap();
    let collection = store.create_collection("town", "Town", "").await.unwrap();
    let session = store.begin_import(&collection).await.unwrap();
    let mut rows = session.rows();
    let first = session.reserve_ids(5).await.unwrap();
    for (id, (name, attributes)) in (first..).zip(self::rows()) {
        let (object, footprint) = object(name, attributes);
        let ids = &mut (id..=id);
        encode_rows(&mut rows, collection.key, session.revision(), ids, &object, &footprint, [0; 16]);
    }
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();
    store.collection("town").await.unwrap().unwrap()
}

async fn ids(store: &Store, collection: &Collection, filter: &str) -> Result<String, StoreError> {
    let parsed = parse_text(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let checked = parsed.check(&Queryables::of(collection));
    let query = FeatureQuery {
        overlay: None,
        collection: collection.clone().into(),
        revision: collection.head,
        limit: 10,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        cell: None,
        filter: Some(checked.unwrap_or_else(|error| panic!("{filter}: {error}"))),
    };
    let count = store.count(&query).await?;
    let keys = store.feature_keys(&query).await?.items.len();
    let items = store.features(&query).await?.items;
    assert_eq!((items.len() as i64, items.len()), (count, keys), "{filter}");
    Ok(items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>().join(" "))
}

/// Filter, ids in the order of the table.
const CASES: &[(&str, &str)] = &[
    // Numbers; what is no number or absent is neither equal nor unequal.
    ("storeys = 2", "a"),
    ("storeys <> 2", "b"),
    ("NOT storeys = 2", "b"),
    ("storeys IS NULL", "road tree ghost"),
    ("storeys BETWEEN 2 AND 3", "a"),
    ("storeys NOT IN (2, 3)", "b"),
    ("storeys > 1 OR name = 'it''s'", "a b tree"),
    ("storeys + 1 = 3 AND storeys * ratio = 1", "a"),
    ("storeys / ratio > 0", "a"),
    ("storeys ^ 2 = 16 AND storeys % 3 = 1 AND storeys DIV 3 = 1", "b"),
    ("-storeys < -3", "b"),
    ("ratio ^ -1 = 2", "a"),
    ("storeys > ratio AND storeys = storeys", "a b"),
    ("height() > 6.5 AND zMax - zMin = height()", "b"),
    ("zMin = 500", "a b road tree"),
    ("floor(ratio) = 0 AND ceil(ratio) = 1 AND abs(0 - ratio) = 0.5", "a"),
    ("area(geometry) = 80", "a b"),
    // Texts.
    ("name = 'Straße'", "a"),
    ("name > 'STRASSE'", "a tree"),
    ("CASEI(name) = CASEI('strasse')", "a b"),
    ("CASEI(name) LIKE CASEI('STRASS_')", "a b"),
    ("ACCENTI(name) LIKE ACCENTI('Cafe%')", "road"),
    ("name LIKE '%\\%'", "road"),
    ("name NOT LIKE 'S%'", "road tree"),
    ("upper(name) = 'IT''S' OR lower(name) = 'strasse' OR char_length(name) = 9", "b road tree"),
    ("name = 'x'') OR TRUE --'", ""),
    ("class = 'Building' AND id <> 'a'", "b ghost"),
    ("class IN ('Road', 'Bridge')", "road"),
    // Booleans.
    ("listed", "a"),
    ("NOT listed", "b"),
    ("listed = TRUE OR listed = FALSE", "a b"),
    ("TRUE", "a b road tree ghost"),
    ("FALSE", ""),
    // Values of several types, and nested ones.
    ("mixed = 5", "a"),
    ("mixed = '5'", "a b"),
    ("mixed.deep.er = 7", "road"),
    ("mixed.deep.er IS NULL", "a b tree ghost"),
    ("address.city = 'Au'", "b"),
    ("address.city = 'Ort' AND address.number = 1", "a"),
    ("A_CONTAINS(address.city, ('Au'))", "a b"),
    ("\"quote\"\"d.name\" = 'q'", "tree"),
    // Arrays are sets.
    ("A_CONTAINS(tags, ('y'))", "a b"),
    ("A_EQUALS(tags, ('y', 'x', 'y'))", "a"),
    ("A_CONTAINEDBY(tags, ('y', 'z'))", "b tree"),
    ("A_OVERLAPS(tags, ('x', 'z'))", "a"),
    ("NOT A_OVERLAPS(tags, ('x', 'z'))", "b tree"),
    ("A_CONTAINS(lods, ('2'))", "a b"),
    ("A_EQUALS(tags, (lower('X'), name, 'y'))", ""),
    // Dates; the 30th of February is none.
    ("day = DATE('2020-01-31')", "a"),
    ("day > DATE('2019-01-01')", "a b"),
    ("moment < DATE('2020-02-01')", "a b"),
    ("moment = DATE('2020-01-31')", "a b"),
    ("moment <> DATE('2020-01-31')", ""),
    ("moment = TIMESTAMP('2020-01-31T23:30:00Z')", "b"),
    ("day <= '2020-02-01'", "a"),
    ("T_AFTER(moment, TIMESTAMP('2020-01-31T10:00:00Z'))", "b"),
    ("T_MEETS(INTERVAL('2019-01-01', day), INTERVAL('2020-01-31', '..'))", "a"),
    ("T_INTERSECTS(validTime, DATE('2020-12-31'))", "a road tree ghost"),
    ("T_DURING(validTime, INTERVAL('2019-01-01', '2022-01-01'))", "a"),
    ("T_AFTER(validTime, DATE('2021-03-01'))", "b"),
    ("validTo IS NULL AND validFrom IS NOT NULL", "b"),
    ("year(day) = 2020", "a b"),
    // Places (the storage CRS: nothing is transformed here).
    ("S_INTERSECTS(geometry, BBOX(690000, 5347000, 691005, 5347001))", "a tree"),
    ("S_CROSSES(geometry, LINESTRING(691010 5347000, 691010 5347100))", "road"),
    ("S_DISJOINT(geometry, BBOX(690000, 5347000, 691005, 5347001))", "b road"),
    ("S_EQUALS(geometry, POINT(690990 5347000))", "tree"),
    ("S_TOUCHES(geometry, POINT(691010 5347004))", "a"),
    ("S_CONTAINS(geometry, POINT(691025 5347004))", "b"),
    ("S_WITHIN(geometry, BBOX(690000, 5340000, 700000, 5350000))", "a b road tree"),
    ("S_OVERLAPS(geometry, BBOX(691005, 5347004, 691025, 5347100))", "a b"),
    (
        "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(690990 5347000), LINESTRING(691025 0, 691025 9000000)))",
        "b road tree",
    ),
    ("distance(geometry, POINT(690990 5347000)) < 11", "a tree"),
    ("geometry IS NULL", "ghost"),
];

#[tokio::test]
async fn filters_select_what_is_true() {
    let database = database().await;
    let collection = import(&database.store).await;
    let mut faults = Vec::new();
    for (filter, expected) in CASES {
        match ids(&database.store, &collection, filter).await {
            Ok(found) if found == *expected => {}
            found => faults.push(format!("{filter}: {found:?} instead of {expected:?}")),
        }
    }
    assert_eq!(faults, Vec::<String>::new());
    database.close().await;
}

#[tokio::test]
async fn values_that_cannot_be_computed_are_told_or_null() {
    let database = database().await;
    let collection = import(&database.store).await;
    let store = &database.store;
    for nothing in
        ["0 ^ -1 > ratio", "(0 - storeys) ^ 0.5 > 0", "storeys ^ 1e9 > 0", "1 / (ratio - ratio) = 1"]
    {
        assert_eq!(ids(store, &collection, nothing).await.unwrap(), "", "{nothing}");
    }
    // A bow tie is no area.
    let bow_tie = "S_OVERLAPS(geometry, POLYGON((691000 5347000, 691030 5347008, 691030 5347000, 691000 5347008, 691000 5347000)))";
    match ids(store, &collection, bow_tie).await {
        Ok(_) => {}
        Err(error) => assert!(matches!(error, StoreError::Filter(_)), "{error}"),
    }
    let long = format!("storeys > {}", vec!["1e300"; 24].join(" * storeys * "));
    let _ = ids(store, &collection, &long).await;
    let huge = format!("storeys * {} > 1", vec!["(storeys ^ 1000)"; 40].join(" * "));
    match ids(store, &collection, &huge).await {
        Ok(_) => {}
        Err(error) => assert!(matches!(error, StoreError::Filter(_)), "{error}"),
    }
    database.close().await;
}
