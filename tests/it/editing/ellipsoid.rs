//! Heights above the ellipsoid come out where they went in.

use serde_json::{Value, json};

use super::desk::{Desk, GEOJSON, ITEMS, item};

const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
const WGS84_3D: &str = "http://www.opengis.net/def/crs/EPSG/0/4979";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// The server's ellipsoid is 45.5 m below its zero.
#[tokio::test(flavor = "multi_thread")]
async fn ellipsoidal_heights_come_out_where_they_went_in() {
    let desk = Desk::with(2).await;
    let outline = desk.read(&desk.ids().await[0]).await.0["geometry"]["coordinates"][0][0].clone();
    let positions: Vec<[f64; 2]> = serde_json::from_value(outline).unwrap();
    let polygon = |place: &dyn Fn(&[f64; 2]) -> Value| {
        let ring: Vec<Value> = positions.iter().map(place).collect();
        json!({ "type": "Polygon", "coordinates": [ring] })
    };
    let east_first = polygon(&|[x, y]| json!([x, y, 600.25]));
    let north_first = polygon(&|[x, y]| json!([y, x, 600.25]));
    for (crs, geometry) in [(CRS84, &east_first), (CRS84H, &east_first), (WGS84_3D, &north_first)] {
        let body = json!({ "type": "Feature", "geometry": geometry, "properties": { "class": "Building" } });
        let crs = format!("<{crs}>");
        let headers = [GEOJSON, ("content-crs", crs.as_str())];
        let made = desk.send("POST", ITEMS, &headers, body.to_string().as_bytes()).await;
        assert_eq!(made.status, 201, "{crs}: {}", made.text());
        let id = made.json()["results"][0]["id"].as_str().unwrap().to_owned();
        let properties = desk.read(&id).await.0["properties"].clone();
        assert_eq!((&properties["zMin"], &properties["zMax"]), (&json!(554.75), &json!(554.75)), "{crs}");
        let shown = desk.read(&id).await.0["geometry"]["coordinates"][0][0].clone();
        assert_eq!(shown, json!(positions), "{crs}");
    }
    // Of whole objects such heights are refused: nobody turns them into those of the storage.
    let id = desk.ids().await[0].clone();
    let whole = desk.get(&format!("{}?f=cityjson", item(&id))).await.text();
    let (city, crs) = (("content-type", "application/city+json"), format!("<{WGS84_3D}>"));
    let headers = [city, ("if-match", "*"), ("content-crs", crs.as_str())];
    let put = desk.send("PUT", &item(&id), &headers, whole.as_bytes()).await;
    assert_eq!(put.status, 422, "{}", put.text());
    assert!(put.text().contains("ellipsoid"), "{}", put.text());
    desk.served.database.close().await;
}
