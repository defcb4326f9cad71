//! OGC API – Features 2 over HTTP: answers and boxes in other coordinate reference systems.

use crate::http::City;

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0";

#[tokio::test(flavor = "multi_thread")]
async fn features_come_in_the_system_asked_for() {
    let city = City::start().await;
    let collection = city.get("/collections/buildings?f=json").await.json();
    let offered = collection["crs"].as_array().unwrap();
    assert_eq!(offered[0], "http://www.opengis.net/def/crs/OGC/1.3/CRS84");
    assert!(offered.contains(&collection["storageCrs"]));
    // The corner (696000, 5347000) of EPSG:25832 by gdaltransform, in the order of the definition's axes.
    for (uri, corner, tolerance) in [
        ("http://www.opengis.net/def/crs/OGC/1.3/CRS84".to_owned(), [11.640_178_7, 48.245_886_0], 2e-7),
        (format!("{EPSG}/25832"), [696_000.0, 5_347_000.0], 0.001),
        (format!("{EPSG}/4258"), [48.245_886_0, 11.640_178_7], 2e-7),
        (format!("{EPSG}/4326"), [48.245_886_0, 11.640_178_7], 2e-7),
        (format!("{EPSG}/3857"), [1_295_778.767, 6_147_859.432], 0.01),
        (format!("{EPSG}/31468"), [5_345_388.027, 4_473_383.184], 0.01),
        ("http://www.opengis.net/def/crs/OGC/0/CRS84".to_owned(), [11.640_178_7, 48.245_886_0], 2e-7),
    ] {
        for path in ["/collections/buildings/items/B_0", "/collections/buildings/items"] {
            let answer = city.get(&format!("{path}?crs={uri}&f=json")).await;
            assert_eq!(
                (answer.status, answer.header("content-crs")),
                (200, format!("<{uri}>").as_str()),
                "{}",
                answer.text()
            );
            let document = answer.json();
            let feature = if document["type"] == "Feature" { &document } else { &document["features"][0] };
            let at = &feature["geometry"]["coordinates"][0][0][0];
            for axis in 0..2 {
                let off = at[axis].as_f64().unwrap() - corner[axis];
                assert!(off.abs() < tolerance, "{uri}: {at}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn boxes_have_the_axes_of_their_system() {
    let city = City::start().await;
    // Hand: the first box of 10 m stands at the corner, the next one 20 m east.
    for (uri, bbox, count) in [
        (format!("{EPSG}/25832"), "696000,5347000,696015,5347015", 1),
        (format!("{EPSG}/25832"), "696000,5347000,696025,5347015", 2),
        (format!("{EPSG}/25832"), "0,0,900000,9000000", 40),
        (format!("{EPSG}/25832"), "500000,5347000,500001,5347001", 0),
        (format!("{EPSG}/4258"), "48.2458,11.6401,48.2460,11.6403", 1),
        (format!("{EPSG}/4258"), "11.6401,48.2458,11.6403,48.2460", 0),
        (format!("{EPSG}/3857"), "1295770,6147850,1295790,6147870", 1),
    ] {
        let page =
            city.get(&format!("/collections/buildings/items?bbox-crs={uri}&bbox={bbox}&limit=100")).await;
        assert_eq!(page.json()["numberMatched"], count, "{uri} {bbox}: {}", page.text());
    }
    for (query, part) in [
        ("crs=http://www.opengis.net/def/crs/0/unsupported", "`crs` must be one of"),
        ("bbox=1,2,3,4&bbox-crs=http://www.opengis.net/def/crs/0/unsupported", "`bbox-crs` must be one of"),
        ("bbox=1,2,3,4,5,6&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/25832", "which go with CRS84h"),
        ("bbox=3,4,1,2&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/25832", "its first corner"),
        ("bbox-crs=http://www.opengis.net/def/crs/0/unsupported", "`bbox-crs` must be one of"),
        ("bbox-crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84h", "`bbox-crs` must be one of"),
        ("bbox=11,49,12,48", "`bbox` is wrong: in `11,49,12,48` south is above north"),
        ("bbox=1,2,3&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/25832", "their count is wrong"),
        ("f=cityjson&crs=http://www.opengis.net/def/crs/EPSG/0/25832", "`crs` goes with GeoJSON"),
    ] {
        let answer = city.get(&format!("/collections/buildings/items?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(part), "{query}: {}", answer.text());
    }
}
