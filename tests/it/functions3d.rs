//! Filters in three dimensions over HTTP. Expected numbers: `support/houses.rs`, and two boxes of 10 × 10 × 6 m on 480 m, of
//! which `well` is closed (600 m³ within 440 m²) and `open` lacks its roof (340 m²).

use serde_json::json;
use sqlx::Connection;

use crate::support::houses::{gable, in_parts, overhanging};
use crate::support::served::{Served, citygml};
use stadtwin::jobs::measure_missing;

const UTM: &str = "http://www.opengis.net/def/crs/EPSG/0/25832";

/// The two boxes, a gabled house `G` 200 m north of them, `P` in two parts, and `O` with a wide roof.
async fn town() -> Served {
    let served = Served::start().await;
    let members = [
        gable("G", [696_000.0, 5_347_200.0], false),
        in_parts("P", [696_200.0, 5_347_200.0]),
        overhanging("O", [696_400.0, 5_347_200.0]),
    ];
    let file = served.write("houses.gml", &citygml(&members.concat()));
    served.import("buildings", &file).await;
    let boxes = served.write("boxes.gml", include_str!("../fixtures/two_boxes.gml"));
    served.import("buildings", &boxes).await;
    served
}

async fn found(served: &Served, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .append_pair("sortby", "id")
        .append_pair("limit", "100")
        .finish();
    let page = served.json(&format!("/collections/buildings/items?{query}")).await;
    let features = page["features"].as_array().unwrap();
    let ids: Vec<_> = features.iter().map(|feature| feature["id"].as_str().unwrap()).collect();
    assert_eq!(page["numberMatched"], ids.len(), "{parameters:?}");
    ids.join(" ")
}

async fn check(served: &Served, filter: &str, expected: &str) {
    let ids = found(served, &[("filter", filter), ("filter-crs", UTM)]).await;
    assert_eq!(ids, expected, "{filter}");
}

#[tokio::test]
async fn volumes_areas_and_heights_are_measured_on_import() {
    let served = town().await;
    for (filter, expected) in [
        ("volume() BETWEEN 599.999 AND 600.001", "well"),
        ("volume() BETWEEN 1019.999 AND 1020.001", "G"),
        ("volume() BETWEEN 487.999 AND 488.001", "P"),
        ("volume() IS NULL", "O open"),
        ("NOT (volume() > 500)", "P"),
        ("area3d() BETWEEN 439.999 AND 440.001", "well"),
        ("area3d() BETWEEN 339.999 AND 340.001", "open"),
        ("area3d() BETWEEN 603.705 AND 603.707", "G"),
        ("area3d() BETWEEN 399.999 AND 400.001", "P"),
        // Floor and roof: 100 + 14 · 14 m².
        ("area3d() BETWEEN 295.999 AND 296.001", "O"),
        ("z_min() = 480 AND z_max() = 486 AND height() = 6", "O open well"),
        ("z_max() = 491", "G"),
        ("volume() / height() > 99", "well"),
    ] {
        check(&served, filter, expected).await;
    }
    let json = r#"{"op":">","args":[{"op":"volume","args":[]},590]}"#;
    assert_eq!(found(&served, &[("filter", json), ("filter-lang", "cql2-json")]).await, "G well");
}

#[tokio::test]
async fn distances_are_of_shapes_in_space() {
    let served = town().await;
    for (filter, expected) in [
        // 10 m above the roof of the one; the other's walls end 25 m beside that: √(25² + 10²) = 26.926 m.
        ("distance3d(geometry, POINT Z(696005 5347005 496)) <= 10", "well"),
        ("distance3d(geometry, POINT Z(696005 5347005 496)) < 10", ""),
        ("distance3d(geometry, POINT Z(696005 5347005 496)) < 26.92", "well"),
        ("distance3d(geometry, POINT Z(696005 5347005 496)) < 26.93", "open well"),
        ("distance3d(geometry, POINT(696005 5347005 496)) BETWEEN 9.999 AND 10.001", "well"),
        // Inside the solid, and inside what is open above: 3 m to its floor.
        ("distance3d(geometry, POINT Z(696005 5347005 483)) = 0", "well"),
        ("distance3d(geometry, POINT Z(696035 5347005 483)) = 0", ""),
        ("distance3d(geometry, POINT Z(696035 5347005 483)) BETWEEN 2.999 AND 3.001", "open"),
        // 3 m west of the ridge of a slope of 45° and as high: 3 / √2 m from it.
        ("distance3d(geometry, POINT Z(696002 5347206 491)) BETWEEN 2.121 AND 2.122", "G"),
        ("NOT distance3d(geometry, POINT Z(696005 5347005 496)) < 100", "G O P"),
        // Below the roof that sticks out 2 m, beside the floor: 1 m under it.
        ("distance3d(geometry, POINT Z(696411 5347211 485)) < 1.001", "O"),
    ] {
        check(&served, filter, expected).await;
    }
}

#[tokio::test]
async fn boxes_meet_shapes_in_space() {
    let served = town().await;
    let cases = [
        ("696001, 5347001, 481, 696002, 5347002, 482", "well"),
        ("696005, 5347005, 485, 696006, 5347006, 490", "well"),
        ("696005, 5347005, 487, 696006, 5347006, 490", ""),
        ("696031, 5347001, 481, 696032, 5347002, 482", ""),
        ("696035, 5347005, 479, 696036, 5347006, 481", "open"),
        ("695990, 5346990, 470, 696050, 5347050, 500", "open well"),
        ("696020, 5347000, 480, 696025, 5347010, 486", ""),
        // At 1 m from the wall the slope is 7 m high.
        ("696000.5, 5347205, 488, 696001, 5347206, 489", ""),
        ("696000.5, 5347205, 486, 696001, 5347206, 487", "G"),
        ("696004, 5347205, 481, 696006, 5347206, 482", "G"),
        // Within the box of the building in two parts, between them.
        ("696212, 5347200, 480, 696218, 5347202, 482", ""),
        ("696221, 5347201, 481, 696221.5, 5347201.5, 481.5", "P"),
        ("696411, 5347211, 485, 696420, 5347220, 487", "O"),
        ("696411, 5347211, 481, 696420, 5347220, 485", ""),
    ];
    for (numbers, expected) in cases {
        check(&served, &format!("intersects3d(BBOX({numbers}))"), expected).await;
    }
    check(&served, "NOT intersects3d(BBOX(695990, 5346990, 470, 696050, 5347050, 500))", "G O P").await;
    let json = r#"{"op":"intersects3d","args":[{"bbox":[696001,5347001,481,696002,5347002,482]}]}"#;
    let parameters = [("filter", json), ("filter-lang", "cql2-json"), ("filter-crs", UTM)];
    assert_eq!(found(&served, &parameters).await, "well");
}

/// The geoid is a constant 45.5 m here: 531 to 540 m above the ellipsoid are 485.5 to 494.5 m.
#[tokio::test]
async fn degrees_go_with_heights_above_the_ellipsoid() {
    let served = town().await;
    let feature = served.json("/collections/buildings/items/well").await;
    let ring = feature["geometry"]["coordinates"][0][0].as_array().unwrap();
    let axis = |axis: usize| ring.iter().map(move |point| point[axis].as_f64().unwrap());
    let middle = |axis_of: usize| {
        let (low, high) = (axis(axis_of).fold(f64::INFINITY, f64::min), axis(axis_of).fold(-360.0, f64::max));
        (low + high) / 2.0
    };
    let (x, y) = (middle(0), middle(1));
    let of = |low: f64, high: f64| {
        let e = 0.00002;
        format!("intersects3d(BBOX({}, {}, {low}, {}, {}, {high}))", x - e, y - e, x + e, y + e)
    };
    let crs84h = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
    let crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
    for (filter, crs, expected) in [
        (of(531.0, 540.0), None, "well"),
        (of(485.0, 490.0), None, ""),
        (of(531.0, 540.0), Some(crs84), "well"),
        (of(531.0, 540.0), Some(crs84h), "well"),
        (of(485.0, 490.0), Some(crs84h), ""),
    ] {
        let crs = crs.map(|crs| ("filter-crs", crs));
        let parameters: Vec<_> = std::iter::once(("filter", filter.as_str())).chain(crs).collect();
        assert_eq!(found(&served, &parameters).await, expected, "{parameters:?}");
    }
    // The same box by `bbox`: one meaning.
    let e = 0.00002;
    let bbox = |low: f64, high: f64| format!("{},{},{low},{},{},{high}", x - e, y - e, x + e, y + e);
    assert_eq!(found(&served, &[("bbox", &bbox(531.0, 540.0))]).await, "well");
    assert_eq!(found(&served, &[("bbox", &bbox(485.0, 490.0))]).await, "");
    // Properties and functions without a geometry stay heights of the storage.
    assert_eq!(found(&served, &[("filter", "id = 'well' AND z_min() = 480 AND zMin = 480")]).await, "well");
    let above = format!("distance3d(geometry, POINT Z({x} {y} {})) < 1.001", 487.0 + 45.5);
    assert_eq!(found(&served, &[("filter", &above)]).await, "well");
}

#[tokio::test]
async fn functions_are_listed_and_wrong_arguments_refused() {
    let served = town().await;
    let document = served.json("/functions").await;
    let functions = document["functions"].as_array().unwrap();
    for (name, arguments, returns) in [
        ("volume", json!([]), "number"),
        ("area3d", json!([]), "number"),
        ("z_min", json!([]), "number"),
        ("z_max", json!([]), "number"),
        ("distance3d", json!(["geometry", "geometry"]), "number"),
        ("intersects3d", json!(["geometry"]), "boolean"),
    ] {
        let function = functions.iter().find(|function| function["name"] == name).unwrap();
        assert_eq!(function["returns"], json!([returns]), "{name}");
        let types: Vec<_> = function["arguments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|argument| argument["type"][0].clone())
            .collect();
        assert_eq!(json!(types), arguments, "{name}");
    }
    for (filter, part) in [
        ("distance3d(geometry, POINT(696005 5347005)) < 3", "a point with its height"),
        ("distance3d(POINT Z(1 2 3), POINT Z(1 2 3)) < 3", "the property `geometry`"),
        ("intersects3d(BBOX(1, 2, 3, 4))", "a box with heights"),
        ("intersects3d(geometry)", "a box with heights"),
        ("intersects3d()", "takes 1 arguments, not 0"),
        ("volume(geometry) > 3", "takes 0 arguments, not 1"),
        ("volume() = 'much'", "a number is expected"),
        ("S_INTERSECTS(geometry, BBOX(1, 2, 3, 4, 5, 6))", "a box with heights cannot be compared"),
    ] {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("filter", filter).finish();
        let answer = served.get(&format!("/collections/buildings/items?{query}")).await;
        assert!(answer.status == 400 && answer.text().contains(part), "{filter}: {}", answer.text());
    }
    // Flat predicates take points with heights as points.
    check(&served, "S_INTERSECTS(geometry, POINT Z(696005 5347005 10))", "well").await;
}

/// What an earlier program imported has no measures: searches in space find it all the same, and it can be measured.
#[tokio::test]
async fn what_came_before_is_measured_on_request() {
    let served = town().await;
    let mut connection = sqlx::PgConnection::connect(&served.database.url).await.unwrap();
    let forget = "UPDATE city_object SET volume_m3 = NULL, surface_m2 = NULL, reach_m = NULL;
        UPDATE collection SET reach_m = NULL";
    sqlx::raw_sql(forget).execute(&mut connection).await.unwrap();
    check(&served, "volume() > 0", "").await;
    check(&served, "intersects3d(BBOX(696411, 5347211, 485, 696420, 5347220, 487))", "O").await;
    assert_eq!(measure_missing(&served.database.store).await.unwrap(), 5);
    assert_eq!(measure_missing(&served.database.store).await.unwrap(), 0);
    check(&served, "volume() BETWEEN 1019.999 AND 1020.001", "G").await;
    check(&served, "volume() BETWEEN 487.999 AND 488.001", "P").await;
    check(&served, "intersects3d(BBOX(696411, 5347211, 485, 696420, 5347220, 487))", "O").await;
    // The roof sticks out 2 m, and nothing more than that.
    let reach: Option<f64> =
        sqlx::query_scalar("SELECT reach_m FROM collection").fetch_one(&mut connection).await.unwrap();
    assert!(reach.is_some_and(|reach| (reach - 2.0).abs() < 1e-6), "{reach:?}");
}
