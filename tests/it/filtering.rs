//! Filters over HTTP: three parameters, two documents, and what is told of faults.

use serde_json::{Value, json};

use crate::http::{City, FEATURES};

fn target(parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("/collections/buildings/items?{query}")
}

async fn count(city: &City, parameters: &[(&str, &str)]) -> Value {
    let answer = city.get(&target(parameters)).await;
    assert_eq!(answer.status, 200, "{parameters:?}: {}", answer.text());
    answer.json()["numberMatched"].clone()
}

/// House `i` is `6 + i / 10` m high and stands 20 i m east of 696000 5347000 (EPSG:25832).
#[tokio::test]
async fn items_are_filtered_by_text_and_json_in_any_crs() {
    let city = City::start().await;
    let higher = FEATURES - 31;
    let json = r#"{"op":">","args":[{"property":"measuredHeight"},9]}"#;
    let corner = "S_INTERSECTS(geometry, POINT(696005 5347005))";
    let box_32 = "S_INTERSECTS(geometry, BBOX(695990, 5346990, 696025, 5347020))";
    let utm = "http://www.opengis.net/def/crs/EPSG/0/25832";
    let cases: &[(&[(&str, &str)], usize)] = &[
        (&[("filter", "measuredHeight > 9")], higher),
        (&[("filter", "measuredHeight > 9"), ("filter-lang", "cql2-text")], higher),
        (&[("filter", json), ("filter-lang", "cql2-json")], higher),
        (&[("filter", "measuredHeight > 9"), ("bbox", "0,0,1,1")], 0),
        (&[("filter", "name LIKE '%Hof 3_</b>'")], FEATURES.min(40) - 30),
        (&[("filter", corner), ("filter-crs", utm)], 1),
        (&[("filter", box_32), ("filter-crs", utm)], 2),
        (&[("filter", "S_WITHIN(geometry, BBOX(-180, -90, 180, 90))")], FEATURES),
        (&[("filter", "S_INTERSECTS(geometry, BBOX(170, -90, -170, 90))")], 0),
        (&[("filter", "S_DISJOINT(geometry, BBOX(170, -90, -170, 90))")], FEATURES),
    ];
    for (parameters, expected) in cases {
        assert_eq!(count(&city, parameters).await, json!(expected), "{parameters:?}");
    }
    // The point of the first house in degrees, both orders. Expected place: PROJ's cs2cs.
    let feature = city.get("/collections/buildings/items/B_0").await.json();
    let ring = feature["geometry"]["coordinates"][0][0].as_array().unwrap().clone();
    let [west, east] = [&ring[0][0], &ring[2][0]].map(|degrees| degrees.as_f64().unwrap());
    let [south, north] = [&ring[0][1], &ring[2][1]].map(|degrees| degrees.as_f64().unwrap());
    let (x, y) = ((west + east) / 2.0, (south + north) / 2.0);
    let lonlat = format!("S_CONTAINS(geometry, POINT({x} {y}))");
    let latlon = format!("S_CONTAINS(geometry, POINT({y} {x}))");
    assert_eq!(count(&city, &[("filter", &lonlat)]).await, 1);
    let epsg = "http://www.opengis.net/def/crs/EPSG/0/4326";
    assert_eq!(count(&city, &[("filter", &latlon), ("filter-crs", epsg)]).await, 1);
}

#[tokio::test]
async fn a_filter_stays_on_the_way_through_the_pages() {
    let city = City::start().await;
    let mut target = target(&[("filter", "measuredHeight >= 7 AND measuredHeight < 9"), ("limit", "7")]);
    let mut found = Vec::new();
    loop {
        let page = city.get(&target).await.json();
        found.extend(
            page["features"].as_array().unwrap().iter().map(|f| f["id"].as_str().unwrap().to_owned()),
        );
        let links = page["links"].as_array().unwrap();
        match links.iter().find(|link| link["rel"] == "next") {
            Some(next) => target = next["href"].as_str().unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(found, (10..30).map(|index| format!("B_{index}")).collect::<Vec<_>>());
    let city_json = city.get(&format!("{}&f=cityjson", self::target(&[("filter", "id = 'B_3'")]))).await;
    assert_eq!((city_json.status, city_json.header("ogc-numbermatched")), (200, "1"));
}

#[tokio::test]
async fn wrong_filters_are_refused_with_the_reason_and_the_place() {
    let city = City::start().await;
    let far = "S_TOUCHES(geometry, POINT(11 99999))";
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("filter", "")], "at character 1: the filter is empty"),
        (&[("filter", "measuredHeight >")], "`filter` is wrong: at character 17: a value is expected"),
        (&[("filter", "height > 3")], "at character 1: no property `height`; known: id, geometry, class"),
        (&[("filter", "measuredHeight = 'x'")], "a number is expected here"),
        (&[("filter", "class = 'Bilding'")], "`class` cannot be 'Bilding'"),
        (&[("filter", "{}"), ("filter-lang", "cql2-json")], "at the top: an object has"),
        (&[("filter", "TRUE"), ("filter-lang", "cql")], "one of cql2-text, cql2-json"),
        (&[("filter", "TRUE"), ("filter-crs", "http://example.com/crs")], "`filter-crs` is wrong"),
        (&[("filter", far)], "outside of the area"),
        (&[("filter", "TRUE' OR 1=1 --")], "at character 5"),
    ];
    for (parameters, part) in cases {
        let answer = city.get(&target(parameters)).await;
        let problem = answer.json();
        let media = answer.header("content-type").to_owned();
        assert_eq!((answer.status, media.as_str()), (400, "application/problem+json"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(part), "{problem}");
    }
}

#[tokio::test]
async fn queryables_and_functions_are_described() {
    let city = City::start().await;
    let answer = city.get("/collections/buildings/queryables?f=json").await;
    assert_eq!(answer.header("content-type"), "application/schema+json");
    let schema = answer.json();
    let base = format!("http://{}", city.address);
    assert_eq!(schema["$id"], format!("{base}/collections/buildings/queryables"));
    assert_eq!(schema["additionalProperties"], false);
    let expected = [
        (
            "measuredHeight",
            json!({ "type": "number", "title": "Measured height", "x-ogc-unit": "m", "x-ogc-unitLang": "UCUM" }),
        ),
        ("name", json!({ "type": "string", "title": "Name" })),
        (
            "geometry",
            json!({ "format": "geometry-any", "title": "Footprint", "x-ogc-role": "primary-geometry" }),
        ),
        ("class", json!({ "type": "string", "title": "Class", "x-ogc-role": "type", "enum": ["Building"] })),
        (
            "validFrom",
            json!({ "type": "string", "format": "date-time", "title": "Valid from", "x-ogc-role": "primary-interval-start" }),
        ),
    ];
    for (name, mut expected) in expected {
        expected["x-ogc-propertySeq"] = schema["properties"][name]["x-ogc-propertySeq"].clone();
        assert_eq!(schema["properties"][name], expected, "{name}");
    }
    let collection = city.get("/collections/buildings").await.json();
    let links = collection["links"].as_array().unwrap();
    let rel = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
    let link = links.iter().find(|link| link["rel"] == rel).unwrap();
    assert_eq!(link["href"], format!("{base}/collections/buildings/queryables"));
    let page = city.get("/collections/buildings/queryables?f=html").await;
    assert!(page.status == 200 && page.text().contains("measuredHeight"), "{}", page.text());

    let functions = city.get("/functions").await.json();
    let area = functions["functions"].as_array().unwrap().iter().find(|f| f["name"] == "area").unwrap();
    assert_eq!((&area["returns"], &area["arguments"][0]["type"]), (&json!(["number"]), &json!(["geometry"])));

    let classes = city.get("/conformance").await.json()["conformsTo"].to_string();
    let features = ["conf/queryables", "conf/filter", "conf/features-filter"]
        .map(|c| format!("ogcapi-features-3/1.0/{c}"));
    let cql2 = [
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "array-functions",
        "property-property",
        "functions",
        "arithmetic",
    ]
    .map(|class| format!("cql2/1.0/conf/{class}"));
    for class in features.iter().chain(&cql2) {
        assert!(classes.contains(&format!("\"http://www.opengis.net/spec/{class}\"")), "{class}");
    }
}
