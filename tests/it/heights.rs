//! Which heights answers have and boxes mean, and how they are named. The geoid lies a constant 45.5 m above the ellipsoid.

use serde_json::{Value, json};

use crate::http::City;
use crate::support::houses::gable;
use crate::support::served::{Served, citygml};

const ITEMS: &str = "/collections/buildings/items";
const ROOFS: &str = "/collections/buildings:RoofSurface/items";
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
const CRS84H: &str = "http://www.opengis.net/def/crs/OGC/0/CRS84h";
const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0";

fn compound(code: u32) -> String {
    format!("http://www.opengis.net/def/crs-compound?1={EPSG}/{code}&2={EPSG}/7837")
}

fn target(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

/// House `G` stands at (696000, 5347000), 480 m NHN; its eaves are at 486 m, its ridge at 491 m.
async fn house() -> Served {
    let served = Served::start().await;
    let text = citygml(&gable("G", [696_000.0, 5_347_000.0], false)).replace("EPSG:25832", "EPSG:25832+7837");
    served.import("buildings", &served.write("town.gml", &text)).await;
    served
}

/// All positions below a GeoJSON or JSON-FG geometry.
fn positions(geometry: &Value, found: &mut Vec<Vec<f64>>) {
    match geometry {
        Value::Array(list) if list.first().is_some_and(Value::is_number) => {
            found.push(list.iter().map(|number| number.as_f64().unwrap()).collect());
        }
        Value::Array(list) => list.iter().for_each(|item| positions(item, found)),
        Value::Object(members) => members.values().for_each(|item| positions(item, found)),
        _ => {}
    }
}

/// That one of the positions is a corner, with as many numbers.
#[track_caller]
fn check_corner(geometry: &Value, corner: &[f64], tolerance: f64) {
    let mut found = Vec::new();
    positions(geometry, &mut found);
    assert!(found.iter().all(|position| position.len() == corner.len()), "{geometry}");
    let is_near = |position: &Vec<f64>| {
        let mut axes = position.iter().zip(corner).enumerate();
        axes.all(|(axis, (a, b))| (a - b).abs() < if axis == 2 { 0.001 } else { tolerance })
    };
    assert!(found.iter().any(is_near), "no {corner:?} in {geometry}");
}

/// Asked for, named, the western eave of roof `b` (south-west corner at 696000 5347000 by PROJ: 11.6401787° 48.2458860°).
#[tokio::test]
async fn surfaces_say_which_heights_they_have() {
    let served = house().await;
    let utm = compound(25832);
    let cases: [(Option<&str>, &str, &[f64], f64); 5] = [
        (None, CRS84H, &[11.640_178_7, 48.245_886_0, 531.5], 2e-7),
        (Some(CRS84H), CRS84H, &[11.640_178_7, 48.245_886_0, 531.5], 2e-7),
        (Some(&utm), &utm, &[696_000.0, 5_347_000.0, 486.0], 0.001),
        (Some(CRS84), CRS84, &[11.640_178_7, 48.245_886_0], 2e-7),
        (
            Some("http://www.opengis.net/def/crs/EPSG/0/25832"),
            "http://www.opengis.net/def/crs/EPSG/0/25832",
            &[696_000.0, 5_347_000.0],
            0.001,
        ),
    ];
    for (asked, named, corner, tolerance) in cases {
        let asked: Vec<_> = asked.map(|uri| ("crs", uri)).into_iter().collect();
        for path in [format!("{ITEMS}/G/surfaces"), ROOFS.to_owned(), format!("{ROOFS}/G~G_b")] {
            let answer = served.get(&target(&path, &asked)).await;
            assert_eq!(answer.status, 200, "{path} {asked:?}: {}", answer.text());
            assert_eq!(answer.header("content-crs"), format!("<{named}>"), "{path}");
            let document = answer.json();
            let features = document["features"].as_array().cloned().unwrap_or_else(|| vec![document.clone()]);
            let roof =
                features.iter().find(|feature| feature["id"].as_str().unwrap().ends_with("G_b")).unwrap();
            check_corner(&roof["geometry"], corner, tolerance);
        }
    }
    for path in [format!("{ITEMS}/G/surfaces"), ROOFS.to_owned()] {
        for uri in ["http://www.opengis.net/def/crs/EPSG/0/4979", "25832", "[EPSG:25832]"] {
            assert_eq!(served.get(&target(&path, &[("crs", uri)])).await.status, 400, "{path} {uri}");
        }
    }
    let document = served.json("/collections/buildings:RoofSurface").await;
    let offered = document["crs"].as_array().unwrap();
    assert_eq!(offered[0], CRS84H);
    assert!(offered.contains(&json!(utm)) && document["storageCrs"] == json!(utm), "{document}");
    for uri in offered {
        let answer = served.get(&target(ROOFS, &[("crs", uri.as_str().unwrap())])).await;
        assert_eq!(
            (answer.status, answer.header("content-crs")),
            (200, format!("<{}>", uri.as_str().unwrap()).as_str())
        );
    }
}

/// OGC API – Features 2, `/req/crs/fc-crs-valid-value`: only what is listed, in its very spelling.
#[tokio::test]
async fn outlines_come_in_listed_systems_alone() {
    let city = City::start().await;
    let collection = city.get("/collections/buildings?f=json").await.json();
    for uri in collection["crs"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap()) {
        let answer = city.get(&target(ITEMS, &[("crs", uri), ("limit", "1")])).await;
        assert_eq!((answer.status, answer.header("content-crs")), (200, format!("<{uri}>").as_str()));
    }
    let in_space = collection["crs3d"].as_array().unwrap();
    assert_eq!(in_space[0], CRS84H);
    assert!(in_space.contains(&json!(compound(25832))));
    for uri in in_space.iter().map(|uri| uri.as_str().unwrap()) {
        let answer = city.get(&target(ITEMS, &[("crs", uri), ("limit", "1")])).await;
        assert_eq!(answer.status, 400, "{uri}");
        assert!(
            answer.json()["detail"].as_str().unwrap().contains("JSON-FG (`f=jsonfg`)"),
            "{}",
            answer.text()
        );
        let answer = city.get(&target(ITEMS, &[("crs", uri), ("limit", "1"), ("f", "jsonfg")])).await;
        assert_eq!((answer.status, answer.header("content-crs")), (200, format!("<{uri}>").as_str()));
    }
    for uri in [
        "http://www.opengis.net/def/crs/EPSG/0/4979",
        "http://www.opengis.net/def/crs/EPSG/0/5555",
        "http://www.opengis.net/def/crs/EPSG/0/9924",
        "http://www.opengis.net/def/crs/OGC/1.3/CRS84h",
        "https://www.opengis.net/def/crs/EPSG/0/25832",
        "urn:ogc:def:crs:EPSG::25832",
        "25832",
        "EPSG:25832",
        "[EPSG:25832]",
        "7837",
    ] {
        for format in ["json", "jsonfg", "csv", "html"] {
            let answer = city.get(&target(ITEMS, &[("crs", uri), ("f", format)])).await;
            assert_eq!(answer.status, 400, "{uri} {format}");
        }
        assert_eq!(city.get(&target(ITEMS, &[("bbox-crs", uri)])).await.status, 400, "{uri}");
    }
}

/// Box 0 stands at (696000, 5347000) from 480 m to 486 m NHN.
#[tokio::test]
async fn place_has_the_heights_that_its_name_says() {
    let city = City::start().await;
    let alias = "http://www.opengis.net/def/crs/OGC/0/CRS84";
    for (uri, named, corner) in [
        (CRS84H.to_owned(), json!(CRS84H), Some([11.640_178_7, 48.245_886_0, 525.5])),
        (
            compound(4258),
            json!([format!("{EPSG}/4258"), format!("{EPSG}/7837")]),
            Some([48.245_886_0, 11.640_178_7, 480.0]),
        ),
        (CRS84.to_owned(), json!(CRS84), None),
        (alias.to_owned(), json!(alias), None),
    ] {
        let answer = city.get(&target(&format!("{ITEMS}/B_0"), &[("crs", &uri), ("f", "jsonfg")])).await;
        assert_eq!((answer.status, answer.header("content-crs")), (200, format!("<{uri}>").as_str()));
        let document = answer.json();
        assert_eq!(document["coordRefSys"], named);
        match corner {
            Some(corner) => {
                assert_eq!(document["place"]["type"], "Polyhedron");
                for height_m in [0.0, 6.0] {
                    let corner = [corner[0], corner[1], corner[2] + height_m];
                    check_corner(&document["place"], &corner, 2e-7);
                }
            }
            // Two dimensions say what `geometry` says.
            None => assert!(document["place"].is_null() && document["geometry"].is_object(), "{document}"),
        }
    }
    let flat = city.get(&format!("{ITEMS}/B_0?f=jsonfg&crs={EPSG}/25832")).await;
    assert_eq!(flat.header("content-crs"), format!("<{EPSG}/25832>"));
    assert_eq!(flat.json()["place"]["type"], "Polygon");
    check_corner(&flat.json()["place"]["coordinates"], &[696_000.0, 5_347_000.0], 0.001);
}

/// Without a height model nothing is called ellipsoidal: degrees come with the heights of the storage, and say so.
#[tokio::test]
async fn a_server_without_a_geoid_offers_no_ellipsoidal_heights() {
    let city = City::start_with(stadtwin::crs::HeightModel::None).await;
    let degrees = format!("http://www.opengis.net/def/crs-compound?1={CRS84}&2={EPSG}/7837");
    let offered = &city.get("/collections/buildings?f=json").await.json()["crs3d"];
    assert_eq!(offered[0], json!(degrees));
    assert!(!offered.as_array().unwrap().contains(&json!(CRS84H)));
    let refused = city.get(&target(ITEMS, &[("crs", CRS84H), ("f", "jsonfg")])).await;
    assert_eq!(refused.status, 400);
    let answer = city.get(&target(&format!("{ITEMS}/B_0/surfaces"), &[])).await;
    assert_eq!((answer.status, answer.header("content-crs")), (200, format!("<{degrees}>").as_str()));
}

/// Hand: eaves at 486 m and ridge at 491 m NHN, 45.5 m more above the ellipsoid.
#[tokio::test]
async fn boxes_have_heights_of_their_system() {
    let served = house().await;
    let utm = compound(25832);
    let latlon = compound(4258);
    let flat = format!("{EPSG}/25832");
    let cases: [(&str, Option<&str>, u16, usize); 12] = [
        ("11.64,48.24,536,11.65,48.25,540", None, 200, 1),
        ("11.64,48.24,480,11.65,48.25,491", None, 200, 0),
        ("11.64,48.24,536,11.65,48.25,540", Some(CRS84H), 200, 1),
        ("11.64,48.24,480,11.65,48.25,491", Some(CRS84H), 200, 0),
        ("11.64,48.24,11.65,48.25", Some(CRS84H), 200, 1),
        ("695990,5346990,485,696020,5347020,490", Some(&utm), 200, 1),
        ("695990,5346990,531,696020,5347020,540", Some(&utm), 200, 0),
        ("695990,5346990,696020,5347020", Some(&utm), 200, 1),
        ("48.24,11.64,485,48.25,11.65,490", Some(&latlon), 200, 1),
        ("48.24,11.64,531,48.25,11.65,540", Some(&latlon), 200, 0),
        ("695990,5346990,485,696020,5347020,490", Some(&flat), 400, 0),
        ("695990,5346990,490,696020,5347020,485", Some(&utm), 400, 0),
    ];
    for (bbox, crs, status, count) in cases {
        let crs = crs.map(|crs| ("bbox-crs", crs));
        let parameters: Vec<_> = std::iter::once(("bbox", bbox)).chain(crs).collect();
        let answer = served.get(&target(ITEMS, &parameters)).await;
        assert_eq!(answer.status, status, "{parameters:?}: {}", answer.text());
        if status == 200 {
            assert_eq!(answer.json()["numberMatched"], count, "{parameters:?}");
        }
    }
}

/// No code stands for 25832 with 7837, and CityJSON's schema takes codes alone: the height system is named beside it, and
/// an answer is read back without a doubt.
#[tokio::test]
async fn cityjson_says_its_height_system() {
    let served = house().await;
    for (format, file) in [("cityjson", "back.city.json"), ("cityjsonseq", "back.city.jsonl")] {
        let answer = served.get(&format!("{ITEMS}?f={format}")).await;
        assert_eq!(answer.header("content-crs"), format!("<{}>", compound(25832)));
        let text = answer.text();
        let head: Value = match format {
            "cityjson" => serde_json::from_str(&text).unwrap(),
            _ => serde_json::from_str(text.lines().next().unwrap()).unwrap(),
        };
        assert_eq!(head["metadata"]["referenceSystem"], "https://www.opengis.net/def/crs/EPSG/0/25832");
        assert_eq!(head["+verticalReferenceSystem"], "https://www.opengis.net/def/crs/EPSG/0/7837");
        let report = served.import(&format!("back_{format}"), &served.write(file, &text)).await;
        let codes: Vec<_> = report.issues.keys().cloned().collect();
        assert!(
            !codes.iter().any(|code| code.contains("height_system") || code == "root_property_skipped"),
            "{codes:?}"
        );
    }
}
