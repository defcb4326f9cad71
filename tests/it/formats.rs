//! Features over HTTP as JSON-FG, FlatGeobuf, GeoParquet and 3D model, against the boxes of the small city: box `i` stands
//! at east 696000 + 20 · i, north 5347000, is 10 m × 10 m and `6 + i / 10` m high from 480 m on.

use serde_json::{Value, json};

use crate::http::{Answer, City, FEATURES};
use crate::support::served::{Served, building, citygml};

const ITEMS: &str = "/collections/buildings/items";
const CONF: &str = "http://www.opengis.net/spec/json-fg-1/1.0/conf";
const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0";

async fn json(city: &City, target: &str) -> Value {
    let answer = city.get(target).await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

fn linked(document: &Value, rel: &str) -> Vec<String> {
    let links = document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel);
    links.map(|link| link["href"].as_str().unwrap().to_owned()).collect()
}

/// The faces of box 3 as its fixture has them: floor, roof, walls; the floor looks down.
#[tokio::test]
async fn a_box_is_a_polyhedron_in_the_storage_crs() {
    let city = City::start().await;
    let target = format!("{ITEMS}/B_3?f=jsonfg");
    let answer = city.get(&target).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/geo+json"));
    let compound = format!("http://www.opengis.net/def/crs-compound?1={EPSG}/25832&2={EPSG}/7837");
    assert_eq!(answer.header("content-crs"), format!("<{compound}>"));
    assert!(
        answer.header("link").contains("<http://www.opengis.net/def/profile/OGC/0/jsonfg>; rel=\"profile\"")
    );
    let found = answer.json();
    assert_eq!(
        found["conformsTo"],
        json!([format!("{CONF}/core"), format!("{CONF}/polyhedra"), format!("{CONF}/types-schemas")])
    );
    assert_eq!(found["coordRefSys"], json!([format!("{EPSG}/25832"), format!("{EPSG}/7837")]));
    let schema = format!("http://{}/collections/buildings/schema", city.address);
    assert_eq!((&found["featureType"], &found["featureSchema"]), (&json!("Building"), &json!(schema)));
    assert_eq!(
        (&found["type"], &found["id"], &found["time"]),
        (&json!("Feature"), &json!("B_3"), &Value::Null)
    );
    let (w, s, e, n, low, high) = (696_060, 5_347_000, 696_070, 5_347_010, 480.0, 486.3);
    let ring = |corners: [(i32, i32, f64); 4]| {
        let closed = corners.iter().chain(&corners[..1]);
        json!([closed.map(|(x, y, z)| [f64::from(*x), f64::from(*y), *z]).collect::<Vec<_>>()])
    };
    let shell = [
        ring([(w, s, low), (w, n, low), (e, n, low), (e, s, low)]),
        ring([(w, s, high), (e, s, high), (e, n, high), (w, n, high)]),
        ring([(w, s, low), (e, s, low), (e, s, high), (w, s, high)]),
        ring([(e, s, low), (e, n, low), (e, n, high), (e, s, high)]),
        ring([(e, n, low), (w, n, low), (w, n, high), (e, n, high)]),
        ring([(w, n, low), (w, s, low), (w, s, high), (w, n, high)]),
    ];
    assert_eq!(found["place"]["type"], "Polyhedron");
    let faces: Vec<Vec<Vec<[f64; 3]>>> =
        serde_json::from_value(found["place"]["coordinates"][0].clone()).unwrap();
    assert_eq!(json!(faces), json!(shell));
    let plain = json(&city, &format!("{ITEMS}/B_3?f=json")).await;
    assert_eq!((&found["geometry"], &found["properties"]), (&plain["geometry"], &plain["properties"]));
    assert_eq!(plain.get("place"), None);
    assert_eq!(linked(&found, "profile").len(), 2);
}

#[tokio::test]
async fn pages_of_jsonfg_link_to_the_next_and_obey_the_parameters() {
    let city = City::start().await;
    let first = json(&city, &format!("{ITEMS}?f=jsonfg&limit=15&sortby=-measuredHeight")).await;
    assert_eq!((&first["numberMatched"], &first["numberReturned"]), (&json!(FEATURES), &json!(15)));
    assert_eq!((&first["geometryDimension"], &first["features"][0]["id"]), (&json!(3), &json!("B_39")));
    assert!(first["features"].as_array().unwrap().iter().all(|one| one.get("conformsTo").is_none()));
    let second = json(&city, &linked(&first, "next")[0]).await;
    assert_eq!(second["features"][0]["id"], "B_24");
    assert_eq!(second["features"][0]["place"]["type"], "Polyhedron");
    // Asked for by name of type or profile; `jsonfg` says nothing twice, `rfc7946` is plain.
    let accepted = [("accept", "application/vnd.ogc.fg+json")];
    assert_eq!(
        city.get_with(&format!("{ITEMS}?limit=1"), &accepted).await.json()["features"][0]["place"]["type"],
        "Polyhedron"
    );
    let narrow = json(&city, &format!("{ITEMS}?f=json&profile=jsonfg&limit=1")).await;
    assert_eq!((&narrow["features"][0]["geometry"], linked(&narrow, "profile").len()), (&Value::Null, 1));
    let alternates = linked(&narrow, "alternate");
    let plain = alternates.iter().find(|url| url.contains("f=json&") || url.ends_with("f=json")).unwrap();
    assert_eq!(json(&city, plain).await.get("conformsTo"), None);
    let plain = json(&city, &format!("{ITEMS}?f=jsonfg&profile=rfc7946&limit=1")).await;
    assert_eq!(plain.get("conformsTo"), None);
    let uri = "http://www.opengis.net/def/profile/OGC/0/";
    assert_eq!(linked(&plain, "profile"), [format!("{uri}rfc7946")]);
    // By URI, as safe CURIE, and the first of several.
    for (profile, expected) in [
        (format!("{uri}jsonfg"), 1),
        ("%5Bogc-profile:jsonfg%5D".to_owned(), 1),
        ("jsonfg-plus,rfc7946".to_owned(), 2),
    ] {
        let found = json(&city, &format!("{ITEMS}?limit=1&profile={profile}")).await;
        assert!(found["conformsTo"].is_array(), "{profile}: {found}");
        assert_eq!(linked(&found, "profile").len(), expected, "{profile}");
        let next = json(&city, &linked(&found, "next")[0]).await;
        assert!(next["conformsTo"].is_array(), "{profile}");
    }
    let unknown = city.get(&format!("{ITEMS}?profile=jsonfg,http://example.org/x")).await;
    assert_eq!(unknown.status, 400, "{}", unknown.text());
    // Neither solids nor outlines, and few properties.
    let short =
        json(&city, &format!("{ITEMS}?f=jsonfg&limit=1&properties=measuredHeight&skipGeometry=true")).await;
    let feature = &short["features"][0];
    assert_eq!((&feature["place"], &feature["geometry"]), (&Value::Null, &Value::Null));
    assert_eq!((&feature["properties"], short.get("coordRefSys")), (&json!({ "measuredHeight": 6.0 }), None));
    let none = json(&city, "/collections/trees/items?f=jsonfg").await;
    assert_eq!((&none["features"], &none["conformsTo"][0]), (&json!([]), &json!(format!("{CONF}/core"))));
}

/// `place` in another CRS stands where GeoJSON's outline in that CRS does, latitude first where the definition has it so.
#[tokio::test]
async fn place_comes_in_the_crs_asked_for_with_the_axes_of_its_definition() {
    let city = City::start().await;
    let corner = |document: &Value| -> [f64; 3] {
        serde_json::from_value(document["place"]["coordinates"][0][0][0][0].clone()).unwrap()
    };
    let target = |code: u32| {
        let compound = format!("http://www.opengis.net/def/crs-compound?1={EPSG}/{code}%262={EPSG}/7837");
        format!("{ITEMS}/B_0?f=jsonfg&crs={compound}")
    };
    let plain = json(&city, &format!("{ITEMS}/B_0?crs={EPSG}/4258")).await;
    let outline: Vec<[f64; 2]> =
        serde_json::from_value(plain["geometry"]["coordinates"][0][0].clone()).unwrap();
    let found = json(&city, &target(4258)).await;
    assert_eq!(found["coordRefSys"], json!([format!("{EPSG}/4258"), format!("{EPSG}/7837")]));
    let [latitude, longitude, height] = corner(&found);
    assert!((48.0..48.5).contains(&latitude) && (11.0..12.0).contains(&longitude), "{latitude} {longitude}");
    assert!(outline.iter().any(|[lat, lon]| (lat - latitude).abs() < 1e-7 && (lon - longitude).abs() < 1e-7));
    assert_eq!(height, 480.0);
    let [x, y, z] = corner(&json(&city, &target(25832)).await);
    assert_eq!([x, y, z], [696_000.0, 5_347_000.0, 480.0]);
    let refused = city.get(&format!("{ITEMS}/B_0?f=jsonfg&crs={EPSG}/28992")).await;
    assert_eq!(refused.status, 400);
}

/// LoD1 of the fixture: a level box, 6 m high from 480 m on, and one without a roof.
#[tokio::test]
async fn closed_boxes_of_lod1_are_prisms_and_open_ones_faces() {
    let served = Served::start().await;
    served.import("buildings", std::path::Path::new("tests/fixtures/two_boxes.gml")).await;
    let page = served.json(&format!("{ITEMS}?f=jsonfg")).await;
    let place = |id: &str| {
        let features = page["features"].as_array().unwrap();
        features.iter().find(|feature| feature["id"] == id).unwrap()["place"].clone()
    };
    let base = [
        [696_000, 5_347_000],
        [696_010, 5_347_000],
        [696_010, 5_347_010],
        [696_000, 5_347_010],
        [696_000, 5_347_000],
    ];
    let expected = json!({ "type": "Prism", "base": { "type": "Polygon", "coordinates": [base] }, "lower": 480, "upper": 486 });
    assert_eq!(place("well"), expected);
    let open = place("open");
    assert_eq!((&open["type"], open["coordinates"].as_array().unwrap().len()), (&json!("MultiPolygon"), 5));
    let classes = page["conformsTo"].as_array().unwrap();
    assert!(
        classes.contains(&json!(format!("{CONF}/prisms")))
            && !classes.contains(&json!(format!("{CONF}/polyhedra")))
    );
    assert_eq!(page.get("geometryDimension"), None);
}

/// The store keeps times: a day begins at midnight UTC.
#[tokio::test]
async fn days_of_validity_are_an_interval() {
    let served = Served::start().await;
    let day = "<core:creationDate>2020-01-31</core:creationDate>";
    let file = served.write("town.gml", &citygml(&building("A", day)));
    served.import("buildings", &file).await;
    let found = served.json(&format!("{ITEMS}/A?f=jsonfg")).await;
    assert_eq!(found["time"], json!({ "interval": ["2020-01-31T00:00:00Z", ".."] }));
}

async fn table(city: &City, target: &str, content_type: &str) -> Answer {
    let answer = city.get(target).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, content_type), "{target}");
    answer
}

/// The pages of a table say in their headers what has no place in them. `tests/clients` reads the files with other
/// programs.
#[tokio::test]
async fn tables_come_page_by_page() {
    let city = City::start().await;
    for (format, content_type, magic) in [
        ("fgb", "application/flatgeobuf", &b"fgb\x03fgb"[..]),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ] {
        let mut target = format!("{ITEMS}?f={format}&limit=15");
        let mut counts = Vec::new();
        loop {
            let answer = table(&city, &target, content_type).await;
            assert!(answer.body.starts_with(magic), "{format}");
            assert_eq!(answer.header("ogc-numbermatched"), FEATURES.to_string());
            counts.push(answer.header("ogc-numberreturned").to_owned());
            let Some((next, _)) =
                answer.header("link").strip_prefix('<').and_then(|link| link.split_once('>'))
            else {
                break;
            };
            target = next.to_owned();
        }
        assert_eq!(counts, ["15", "15", "10"], "{format}");
        let empty = table(&city, &format!("/collections/trees/items?f={format}"), content_type).await;
        assert!(empty.body.starts_with(magic), "{format}");
        let narrow = table(
            &city,
            &format!("{ITEMS}?f={format}&limit=15&properties=name&skipGeometry=true"),
            content_type,
        )
        .await;
        let whole = table(&city, &format!("{ITEMS}?f={format}&limit=15"), content_type).await;
        assert!(narrow.body.len() < whole.body.len(), "{format}");
        let projected = table(&city, &format!("{ITEMS}/B_3?f={format}&crs={EPSG}/25832"), content_type).await;
        assert_eq!(projected.header("content-crs"), format!("<{EPSG}/25832>"));
        assert_eq!(whole.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
        let accepted = city.get_with(&format!("{ITEMS}?limit=15"), &[("accept", content_type)]).await;
        assert_eq!(accepted.header("content-type"), content_type);
    }
}

/// The JSON chunk of a glb (glTF 2.0, 4.4).
fn gltf(bytes: &[u8]) -> Value {
    assert_eq!(&bytes[..4], b"glTF");
    let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
    serde_json::from_slice(&bytes[20..20 + length]).unwrap()
}

/// Box 3 stands on its origin: the middle of its ground, rounded down to metres, with y upwards.
#[tokio::test]
async fn a_feature_is_a_model_near_its_own_origin() {
    let city = City::start_with(stadtwin::crs::HeightModel::None).await;
    let answer = city.get(&format!("{ITEMS}/B_3?f=glb")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "model/gltf-binary"));
    let compound = format!("http://www.opengis.net/def/crs-compound?1={EPSG}/25832&2={EPSG}/7837");
    assert_eq!(answer.header("content-crs"), format!("<{compound}>"));
    let document = gltf(&answer.body);
    let extras = &document["asset"]["extras"];
    assert_eq!(extras["origin"], json!([696_065.0, 5_347_005.0, 480.0]));
    assert_eq!(extras["crs"], json!([format!("{EPSG}/25832"), format!("{EPSG}/7837")]));
    let (mut low, mut high) = ([f64::MAX; 3], [f64::MIN; 3]);
    let meshes = document["meshes"].as_array().unwrap();
    for primitive in meshes.iter().flat_map(|mesh| mesh["primitives"].as_array().unwrap()) {
        let accessor = &document["accessors"][primitive["attributes"]["POSITION"].as_u64().unwrap() as usize];
        for axis in 0..3 {
            low[axis] = low[axis].min(accessor["min"][axis].as_f64().unwrap());
            high[axis] = high[axis].max(accessor["max"][axis].as_f64().unwrap());
        }
    }
    assert_eq!(
        (low, high.map(|value| (value * 1000.0).round() / 1000.0)),
        ([-5.0, 0.0, -5.0], [5.0, 6.3, 5.0])
    );
    if let Ok(folder) = std::env::var("STADTWIN_TILES_OUT") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/feature.glb"), &answer.body).unwrap();
    }
    for (query, status) in [("skipGeometry=true", 400), (&*format!("crs={EPSG}/25832"), 400)] {
        assert_eq!(city.get(&format!("{ITEMS}/B_3?f=glb&{query}")).await.status, status, "{query}");
    }
}
