//! The checks of the OGC's own test suite for Features 1.0.

use serde_json::{Value, json};

use super::definition::check_definition;
use super::{OPENAPI, ids, links};
use crate::http::{Answer, City, FEATURES};

/// What the OGC's test suite for Features 1.0 does, in its order.
#[tokio::test]
async fn the_checks_of_the_ogc_test_suite_hold() {
    let city = City::start().await;
    for accept in [&[("accept", "application/json")][..], &[]] {
        check_landing_page(&city.get_with("/", accept).await);
    }
    check_definition(&city).await;
    let conformance = city.get("/conformance").await.json();
    for class in ["core", "geojson", "html", "oas30"] {
        let class = format!("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{class}");
        assert!(conformance["conformsTo"].as_array().unwrap().contains(&class.into()));
    }
    let collections = city.get("/collections").await.json();
    check_self_and_alternate(&collections);
    let features = |entry: &&Value| entry["itemType"] == "feature";
    for entry in collections["collections"].as_array().unwrap().iter().filter(features) {
        check_collection(&city, entry).await;
    }
}

fn check_landing_page(answer: &Answer) {
    assert_eq!(answer.status, 200);
    let landing = answer.json();
    let definition = links(&landing, "service-desc");
    assert_eq!(definition[0]["type"], OPENAPI);
    let long = "http://www.opengis.net/def/rel/ogc/1.0";
    for rel in ["service-doc", "conformance", "data", &format!("{long}/conformance"), &format!("{long}/data")]
    {
        assert_eq!(links(&landing, rel).len(), 1, "{rel}");
    }
    check_self_and_alternate(&landing);
}

fn check_self_and_alternate(document: &Value) {
    assert!(
        document["links"]
            .as_array()
            .unwrap()
            .iter()
            .all(|link| link["rel"].is_string() && link["href"].is_string())
    );
    assert_eq!(links(document, "self").len(), 1);
    let own = &links(document, "self")[0]["type"];
    assert!(own == "application/json" || own == "application/geo+json", "{own}");
    assert!(links(document, "alternate").iter().any(|link| link["type"] == "text/html"));
}

async fn check_collection(city: &City, entry: &Value) {
    let id = entry["id"].as_str().unwrap();
    assert_eq!(*entry, city.get(&format!("/collections/{id}")).await.json(), "list and page say the same");
    assert_eq!(entry["extent"]["temporal"]["interval"], json!([[null, null]]));
    check_self_and_alternate(entry);
    let items = links(entry, "items");
    let geojson: Vec<_> = items.iter().filter(|link| link["type"] == "application/geo+json").collect();
    assert_eq!((items.len(), geojson.len()), (2, 1));
    let url = geojson[0]["href"].as_str().unwrap();
    for limit in [1, 100] {
        check_page(&city.get(&format!("{url}?limit={limit}")).await, limit);
    }
    check_page(&city.get(&format!("{url}?limit=1000000")).await, 10_000);
    check_paging(city, url).await;
    check_boxes(city, url, entry).await;
    for (query, status) in
        [("limit=unlimited", 400), ("unknownQueryParameter4711=1", 400), ("limit=3&limit=3", 200)]
    {
        assert_eq!(city.get(&format!("{url}?{query}")).await.status, status, "{query}");
    }
    for datetime in [
        "2020-01-01T00:00:00Z",
        "2020-01-01/..",
        "../2030-12-31",
        "2019-01-01T00:00:00Z/2031-01-01T00:00:00Z",
    ] {
        check_page(&city.get(&format!("{url}?datetime={datetime}")).await, 10);
    }
    if let Some(first) = ids(&city.get(url).await.json()).first() {
        let feature = city.get(&format!("{url}/{first}")).await;
        assert_eq!((feature.status, feature.json()["id"].as_str()), (200, Some(first.as_str())));
        check_self_and_alternate(&feature.json());
        assert_eq!(links(&feature.json(), "collection").len(), 1);
    }
}

fn check_page(answer: &Answer, limit: usize) {
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/geo+json"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
    let page = answer.json();
    assert_eq!(page["type"], "FeatureCollection");
    assert!(page["timeStamp"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
    let count = page["features"].as_array().unwrap().len();
    assert!(count <= limit && page["numberReturned"] == count);
    check_self_and_alternate(&page);
    assert!(links(&page, "next").iter().all(|link| link["type"] == "application/geo+json"));
    for feature in page["features"].as_array().unwrap() {
        for position in positions(&feature["geometry"]) {
            assert!(position[0].abs() <= 180.0 && position[1].abs() <= 90.0);
        }
    }
}

fn positions(geometry: &Value) -> Vec<[f64; 2]> {
    let polygons = geometry["coordinates"].as_array().into_iter().flatten();
    let rings = polygons.flat_map(|polygon| polygon.as_array().unwrap());
    let points = rings.flat_map(|ring| ring.as_array().unwrap());
    points.map(|point| [point[0].as_f64().unwrap(), point[1].as_f64().unwrap()]).collect()
}

/// Pages add up, also when the client changes the limit on its way.
async fn check_paging(city: &City, url: &str) {
    let first = city.get(&format!("{url}?limit=7")).await.json();
    let matched = first["numberMatched"].as_u64().unwrap() as usize;
    for extra in ["", "&limit=10000"] {
        let mut seen = ids(&first);
        let mut page = first.clone();
        while let Some(next) =
            links(&page, "next").first().map(|link| link["href"].as_str().unwrap().to_owned())
        {
            page = city.get(&format!("{next}{extra}")).await.json();
            seen.extend(ids(&page));
        }
        assert_eq!(seen.len(), matched);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), matched, "no feature twice");
    }
    assert!(matched == FEATURES || matched == 0);
}

async fn check_boxes(city: &City, url: &str, entry: &Value) {
    for bbox in [
        "-1.5,50.0,1.5,53.0",
        "-80.0,-5.0,-70.0,5.0",
        "177.0,65.0,-177.0,70.0",
        "-180.0,85.0,180.0,90.0",
        "-180.0,-90.0,180.0,-85.0",
    ] {
        let page = city.get(&format!("{url}?bbox={bbox}")).await;
        check_page(&page, 10);
        assert_eq!(page.json()["numberMatched"], 0, "{bbox}");
    }
    let bbox = &entry["extent"]["spatial"]["bbox"];
    if bbox.is_null() {
        return;
    }
    assert_eq!(bbox[0].as_array().unwrap().len(), 4);
    let [w, s, e, n] = [0, 1, 2, 3].map(|index| bbox[0][index].as_f64().unwrap());
    let middle = (w + e) / 2.0;
    let all = FEATURES as u64;
    let cases = [
        (format!("{w:.7},{s:.7},{e:.7},{n:.7}"), all..=all),
        ("-180,-90,180,90".to_owned(), all..=all),
        // The other way round the earth, over the antimeridian: all but what lies between.
        (format!("{middle},{s},{w},{n}"), all / 2 - 2..=all / 2 + 2),
        (format!("{w},{s},{middle},{n}"), all / 2 - 2..=all / 2 + 2),
        // Ellipsoidal: the boxes stand from 480 + 45.5 m on.
        (format!("{w},{s},0,{e},{n},525"), 0..=0),
        (format!("{w},{s},526,{e},{n},600"), all..=all),
        // Hand: box i reaches 480 + 6 + i/10 + 45.5 m; above 534.95 m are i = 35 … 39.
        (format!("{w},{s},534.95,{e},{n},600"), 5..=5),
    ];
    for (bbox, expected) in cases {
        let page = city.get(&format!("{url}?limit=1000&bbox={bbox}")).await.json();
        let matched = page["numberMatched"].as_u64().unwrap();
        assert!(expected.contains(&matched), "{bbox}: {matched}");
        assert_eq!(ids(&page).len() as u64, matched);
    }
}
