//! The API over real HTTP: endpoints, negotiation, errors, and the checks of the OGC's own test suite.

use serde_json::{Value, json};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::height_model;
use stadtwin::model::{Crs, VerticalCrs};

use crate::http::{Answer, City, ENDED, FEATURES, request};
use crate::support::database::database;

const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn links<'a>(document: &'a Value, rel: &str) -> Vec<&'a Value> {
    document["links"].as_array().unwrap().iter().filter(|link| link["rel"] == rel).collect()
}

fn ids(page: &Value) -> Vec<String> {
    page["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| feature["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Address, Accept, status, media type.
#[tokio::test]
async fn every_resource_comes_as_asked_for() {
    let city = City::start().await;
    let cases = [
        ("/", "", 200, "application/json"),
        ("/", "*/*", 200, "application/json"),
        ("/", BROWSER, 200, "text/html; charset=utf-8"),
        ("/?f=json", BROWSER, 200, "application/json"),
        ("/?f=html", "", 200, "text/html; charset=utf-8"),
        ("/?f=html&lang=de", "", 200, "text/html; charset=utf-8"),
        ("/", "image/png", 406, "application/problem+json"),
        ("/api", "", 200, OPENAPI),
        ("/api", "application/json", 200, OPENAPI),
        ("/api", OPENAPI, 200, OPENAPI),
        ("/api", BROWSER, 200, "text/html; charset=utf-8"),
        ("/conformance", "", 200, "application/json"),
        ("/conformance", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections", "*/*", 200, "application/json"),
        ("/collections", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings", "", 200, "application/json"),
        ("/collections/buildings", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/items", "application/json", 200, "application/geo+json"),
        ("/collections/buildings/items", "*/*", 200, "application/geo+json"),
        ("/collections/buildings/items", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/items/B_3", "application/geo+json", 200, "application/geo+json"),
        ("/collections/buildings/items/B_3", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/items?f=cityjson", "", 200, "application/city+json"),
        ("/collections/buildings/items", "application/city+json-seq", 200, "application/city+json-seq"),
        ("/collections/buildings/items/B_3?f=cityjson", BROWSER, 200, "application/city+json"),
        ("/collections/trees/items?f=cityjsonseq", "", 200, "application/city+json-seq"),
        ("/collections/buildings/queryables", "", 200, "application/schema+json"),
        ("/collections/buildings/queryables", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/sortables", "", 200, "application/schema+json"),
        ("/collections/buildings/sortables", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/schema", "", 200, "application/schema+json"),
        ("/collections/buildings/schema", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/items", "text/csv", 200, "text/csv; charset=utf-8"),
        ("/collections/trees/items?f=csv", BROWSER, 200, "text/csv; charset=utf-8"),
        ("/functions", "", 200, "application/json"),
        ("/collections/buildings/revisions", "", 200, "application/json"),
        ("/collections/buildings/revisions", BROWSER, 200, "text/html; charset=utf-8"),
        ("/jobs", "", 200, "application/json"),
        ("/jobs", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/imports", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/trees/items", "", 200, "application/geo+json"),
        ("/collections/trees/items", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/3dtiles/tileset.json?view=left", "", 200, "application/json"),
        ("/ground.json", "", 200, "application/json"),
        ("/viewer/", BROWSER, 200, "text/html; charset=utf-8"),
        ("/viewer/config.json", "", 200, "application/json"),
        ("/assets/pages.css", "", 200, "text/css; charset=utf-8"),
        ("/favicon.ico", "", 200, "image/svg+xml"),
        ("/health", "", 200, "application/json"),
        ("/health/live", "", 200, "application/json"),
        ("/health/ready", "", 200, "application/json"),
        ("/metrics", "", 200, "text/plain; version=0.0.4; charset=utf-8"),
    ];
    for (target, accept, status, media) in cases {
        let headers: &[_] = if accept.is_empty() { &[] } else { &[("accept", accept)] };
        let answer = city.get_with(target, headers).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, media),
            "{target} {accept}: {}",
            answer.text()
        );
        assert!(answer.header("vary").contains("Accept"), "{target}");
    }
}

#[tokio::test]
async fn faults_are_told_as_problems() {
    let city = City::start().await;
    let items = "/collections/buildings/items";
    let cases = [
        ("GET", format!("{items}/a%00b"), 400, "NUL"),
        ("GET", format!("{items}?limit=0"), 400, "whole number from 1"),
        ("GET", format!("{items}?limit=unlimited"), 400, "`unlimited`"),
        ("GET", format!("{items}?limit=-1"), 400, "`-1`"),
        (
            "GET",
            format!("{items}?unknownQueryParameter7=1"),
            400,
            "known: limit, bbox, bbox-crs, crs, datetime, filter, filter-lang, filter-crs, sortby, properties, \
             skipGeometry, revision, after, f, profile, lang",
        ),
        ("GET", format!("{items}?bbox=1,2,3"), 400, "4 or 6 numbers"),
        ("GET", format!("{items}?bbox=1,2,3,north"), 400, "no number"),
        ("GET", format!("{items}?bbox=11,49,12,48"), 400, "south is above north"),
        ("GET", format!("{items}?datetime=yesterday"), 400, "RFC 3339"),
        ("GET", format!("{items}?datetime=2021-01-01/2020-01-01"), 400, "ends before it begins"),
        ("GET", format!("{items}?f=gml"), 400, "one of json, html"),
        ("GET", format!("{items}/none"), 404, "no feature `none`"),
        ("GET", format!("{items}/{ENDED}"), 410, "is no more since revision 2"),
        ("GET", "/collections/buildingz".to_owned(), 404, "no collection `buildingz`"),
        ("GET", "/collections/buildingz/items".to_owned(), 404, "no collection"),
        ("GET", "/collections/trees/3dtiles/tileset.json".to_owned(), 404, "no surfaces"),
        ("GET", "/collections/buildings/3dtiles/content/00.glb".to_owned(), 404, "no tile"),
        ("GET", format!("/collections/buildings/3dtiles/content/{}.glb", "0".repeat(32)), 404, "no tile"),
        ("GET", "/nowhere".to_owned(), 404, "nothing at `/nowhere`"),
        ("GET", "/viewer/../Cargo.toml".to_owned(), 404, ""),
        ("GET", "/conformance?limit=1".to_owned(), 400, "known: f, lang"),
        ("POST", items.to_owned(), 405, "allowed: GET, HEAD, OPTIONS"),
        ("DELETE", "/collections/buildings".to_owned(), 405, "DELETE"),
    ];
    for (method, target, status, part) in cases {
        let answer = request(&city.address, method, &target, &[]).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, "application/problem+json"),
            "{target}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{target}");
        for member in ["type", "title", "detail", "code", "description"] {
            assert!(problem[member].is_string(), "{target}: {member}");
        }
        assert!(problem["detail"].as_str().unwrap().contains(part), "{target}: {problem}");
    }
    let page = city.get_with("/collections/%3Cscript%3E", &[("accept", BROWSER)]).await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(!page.text().contains("<script"), "{}", page.text());
}

#[tokio::test]
async fn bodies_are_tagged_compressed_and_shared() {
    let city = City::start().await;
    for target in [
        "/",
        "/collections",
        "/collections/buildings/items",
        "/collections/buildings/items/B_1",
        "/ground.json",
    ] {
        let plain = city.get(target).await;
        let tag = plain.header("etag").to_owned();
        assert!(!tag.is_empty(), "{target}");
        let again = city.get_with(target, &[("if-none-match", &tag)]).await;
        assert_eq!(
            (again.status, again.body.len(), again.header("etag")),
            (304, 0, tag.as_str()),
            "{target}"
        );
        let head = request(&city.address, "HEAD", target, &[]).await;
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, tag.as_str()), "{target}");
        let options = request(&city.address, "OPTIONS", target, &[]).await;
        assert!(options.status < 300 && !options.header("allow").is_empty(), "{target} {options:?}");
        assert!(options.header("allow").contains("HEAD"));
        let foreign = city.get_with(target, &[("origin", "https://elsewhere.example")]).await;
        assert_eq!(foreign.header("access-control-allow-origin"), "*", "{target}");
        assert!(foreign.header("access-control-expose-headers").contains("content-crs"), "{target}");
    }
    let target = "/collections/buildings/items/B_1";
    let (plain, gzip) = (city.get(target).await, city.get_with(target, &[("accept-encoding", "gzip")]).await);
    assert_eq!((gzip.header("content-encoding"), gzip.unzipped()), ("gzip", plain.body.clone()));
    assert_ne!(gzip.header("etag"), plain.header("etag"));
    assert!(gzip.header("etag").starts_with('"') && gzip.header("etag").ends_with("-gzip\""));
    let again = city.get_with(target, &[("if-none-match", gzip.header("etag"))]).await;
    assert_eq!(again.status, 304);
    let page = city.get_with(target, &[("accept", BROWSER)]).await;
    assert!(!page.header("etag").is_empty() && page.header("etag") != plain.header("etag"));
    assert_eq!(city.get_with(target, &[("accept-encoding", "br")]).await.header("content-encoding"), "br");
    assert_eq!(plain.header("content-crs"), "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>");
}

#[tokio::test]
async fn links_follow_the_proxy() {
    let city = City::start().await;
    let headers = [
        ("x-forwarded-host", "city.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-prefix", "/twin"),
    ];
    let landing = city.get_with("/", &headers).await.json();
    assert_eq!(links(&landing, "data")[0]["href"], "https://city.example/twin/collections");
    let api = city.get_with("/api", &headers).await.json();
    assert_eq!(api["servers"][0]["url"], "https://city.example/twin");
    let page = city.get_with("/?f=html&lang=de", &headers).await.text();
    assert!(
        page.contains("href=\"/twin/collections?f=html\"") && page.contains("<html lang=\"de\">"),
        "{page}"
    );
    let moved = city.get_with("/collections/?f=json", &headers).await;
    assert_eq!((moved.status, moved.header("location")), (308, "/twin/collections?f=json"));
}

#[tokio::test]
async fn a_feature_has_its_shape_and_attributes() {
    let city = City::start().await;
    let feature = city.get("/collections/buildings/items/B_7").await.json();
    assert_eq!((&feature["type"], &feature["id"]), (&json!("Feature"), &json!("B_7")));
    let properties = &feature["properties"];
    assert_eq!(properties["class"], "Building");
    // Hand: box 7 is 6 + 0.7 m high and stands at 480 m.
    assert_eq!(
        (&properties["measuredHeight"], &properties["zMin"], &properties["zMax"]),
        (&json!(6.7), &json!(480.0), &json!(486.7))
    );
    assert_eq!(properties["lods"], json!(["2"]));
    let first = feature["geometry"]["coordinates"][0][0][0].as_array().unwrap();
    // cs2cs EPSG:25832 EPSG:4326, 696140 5347000, PROJ 9.1.1.
    let (longitude_deg, latitude_deg) = (first[0].as_f64().unwrap(), first[1].as_f64().unwrap());
    assert!((longitude_deg - LONGITUDE_B7_DEG).abs() < 2e-7, "{longitude_deg}");
    assert!((latitude_deg - LATITUDE_B7_DEG).abs() < 2e-7, "{latitude_deg}");
    let page = city.get("/collections/buildings/items/B_7?f=html&lang=en").await.text();
    assert!(page.contains("measuredHeight") && page.contains("/viewer/#sel=B_7"), "{page}");
    assert!(!page.contains("<b>Haus"), "attributes are escaped");
}

#[tokio::test]
async fn tiles_come_from_the_plan_and_stay() {
    let city = City::start().await;
    let tileset = city.get("/collections/buildings/3dtiles/tileset.json").await.json();
    assert_eq!(tileset["asset"]["version"], "1.1");
    let mut contents = Vec::new();
    collect(&tileset["root"], &mut contents);
    assert!(!contents.is_empty());
    for uri in contents {
        let target = format!("/collections/buildings/3dtiles/{uri}?view=left");
        let [cold, warm] = [city.get(&target).await, city.get(&target).await];
        assert_eq!(
            (cold.status, &cold.body[..4], cold.header("content-type")),
            (200, &b"glTF"[..], "model/gltf-binary")
        );
        assert_eq!(cold.body, warm.body);
        assert!(cold.header("cache-control").contains("immutable"));
    }
    let metrics = city.get("/metrics").await.text();
    assert!(
        metrics.contains("stadtwin_requests_total{operation=\"getTileset\",status=\"200\"} 1"),
        "{metrics}"
    );
}

#[tokio::test]
async fn tiles_need_a_height_model() {
    let city = City::start_with(HeightModel::None).await;
    let content = format!("/collections/buildings/3dtiles/content/{}.glb", "0".repeat(32));
    for target in ["/collections/buildings/3dtiles/tileset.json", &content] {
        let answer = city.get(target).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (503, "application/problem+json"),
            "{target}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{target}");
        let problem = answer.json();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("proj-data") && detail.contains("--geoid-constant"), "{detail}");
    }
    assert_eq!(city.get("/collections/buildings/items").await.status, 200);
}

/// Vertical CRS of the store, the constant given, the model.
#[tokio::test]
async fn the_height_model_follows_the_store() {
    let ellipsoidal = VerticalCrs::Ellipsoidal;
    for (vertical, constant_m, expected) in [
        (ellipsoidal, None, "constant 0"),
        (ellipsoidal, Some(45.5), "constant 0"),
        (VerticalCrs::Epsg(7837), Some(45.5), "constant 45.5"),
    ] {
        let database = database().await;
        let storage = Crs { horizontal: 4326, vertical, north_first: false };
        database.store.set_storage_crs(&storage).await.unwrap();
        let heights = height_model(&database.store, constant_m).await.unwrap();
        assert_eq!(heights.variant(), expected);
        database.close().await;
    }
}

fn collect(tile: &Value, contents: &mut Vec<String>) {
    contents.extend(tile["content"]["uri"].as_str().map(str::to_owned));
    for child in tile["children"].as_array().into_iter().flatten() {
        collect(child, contents);
    }
}

#[tokio::test]
async fn the_viewer_and_operators_get_what_they_need() {
    let city = City::start().await;
    let ground = city.get("/ground.json").await.json();
    let cells = ground["columns"].as_u64().unwrap() * ground["rows"].as_u64().unwrap();
    assert_eq!(ground["heights"].as_array().unwrap().len() as u64, cells);
    // 480 m above the geoid and a stated undulation of 45.5 m.
    assert!(
        ground["heights"]
            .as_array()
            .unwrap()
            .iter()
            .all(|height| (height.as_f64().unwrap() - 525.5).abs() < 0.1)
    );
    let config = city.get("/viewer/config.json").await.json();
    assert_eq!((&config["groundHeight"], &config["languages"]), (&json!(525.5), &json!(["de", "en"])));
    let viewer = city.get("/viewer/").await;
    assert_eq!(viewer.header("cache-control"), "no-cache");
    assert!(viewer.header("content-security-policy").contains("'wasm-unsafe-eval'"));
    assert_eq!(city.get("/viewer").await.header("location"), "/viewer/");
    let health = city.get("/health").await.json();
    assert_eq!(
        (&health["status"], &health["storageCrs"]["horizontal"]),
        (&json!("ok"), &json!("EPSG:25832"))
    );
}

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
    for entry in collections["collections"].as_array().unwrap() {
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

/// The shapes of the parameters as the suite asks for them, and OpenAPI 3.0 rather than 3.1.
async fn check_definition(city: &City) {
    let definition = city.get("/api").await.json();
    assert_eq!(definition["openapi"], "3.0.3");
    assert_eq!(definition["servers"][0]["url"], format!("http://{}", city.address));
    check_openapi_shape(&definition, &definition, "");
    let mut operation_ids = Vec::new();
    for (path, item) in definition["paths"].as_object().unwrap() {
        let operation = &item["get"];
        let writes = ["post", "patch", "delete"].into_iter().filter_map(|method| item.get(method));
        for write in writes {
            operation_ids.push(write["operationId"].as_str().unwrap());
            if write["operationId"] == "getElevations" {
                // A question whose points do not fit into an address.
                assert!(write["security"].is_null());
                continue;
            }
            assert_eq!(write["security"], json!([{ "token": [] }]), "{path}");
            assert!(write["responses"]["401"]["$ref"].is_string(), "{path}");
        }
        operation_ids.push(operation["operationId"].as_str().unwrap());
        let parameters: Vec<_> =
            operation["parameters"].as_array().unwrap().iter().map(|p| resolve(&definition, p)).collect();
        for name in path.split(['{', '}']).skip(1).step_by(2) {
            assert!(
                parameters.iter().any(|p| p["name"] == name && p["in"] == "path" && p["required"] == true),
                "{path}"
            );
        }
        assert!(operation["responses"]["200"]["description"].is_string(), "{path}");
    }
    let count = operation_ids.len();
    operation_ids.sort_unstable();
    operation_ids.dedup();
    assert_eq!(operation_ids.len(), count, "operation ids are unique");
    let items = &definition["paths"]["/collections/{collectionId}/items"]["get"]["parameters"];
    let parameter = |name: &str| {
        let found =
            items.as_array().unwrap().iter().map(|p| resolve(&definition, p)).find(|p| p["name"] == name);
        let found = found.unwrap_or_else(|| panic!("no {name}"));
        assert_eq!(
            (&found["required"], &found["style"], &found["explode"]),
            (&json!(false), &json!("form"), &json!(false))
        );
        &found["schema"]
    };
    assert_eq!(
        *parameter("limit"),
        json!({ "type": "integer", "minimum": 1, "maximum": 10000, "default": 10 })
    );
    assert_eq!(
        *parameter("bbox"),
        json!({ "type": "array", "minItems": 4, "maxItems": 6, "items": { "type": "number" } })
    );
    assert_eq!(*parameter("datetime"), json!({ "type": "string" }));
}

fn resolve<'a>(definition: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => definition
            .pointer(reference.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{reference} leads nowhere")),
        None => value,
    }
}

/// What OpenAPI 3.0 forbids and 3.1 allows; references lead somewhere and stand alone.
fn check_openapi_shape(definition: &Value, value: &Value, place: &str) {
    match value {
        Value::Object(members) => {
            if members.contains_key("$ref") {
                assert_eq!(members.len(), 1, "{place}");
                resolve(definition, value);
            }
            // Members named by others; and security schemes have types of their own.
            let in_properties =
                place.ends_with("/properties") || place.starts_with("/components/securitySchemes/");
            for name in
                ["const", "examples", "$schema", "$id", "$defs", "patternProperties", "contentEncoding"]
            {
                assert!(in_properties || !members.contains_key(name), "{place}/{name}");
            }
            if !in_properties && let Some(kind) = members.get("type") {
                let known = ["object", "array", "string", "number", "integer", "boolean"];
                assert!(kind.as_str().is_some_and(|kind| known.contains(&kind)), "{place}/type {kind}");
                assert!(kind != "array" || members.contains_key("items"), "{place} has no items");
            }
            if let Some(values) = members.get("enum") {
                assert!(values.as_array().is_some_and(|values| !values.is_empty()), "{place}/enum");
            }
            for (name, member) in members {
                check_openapi_shape(definition, member, &format!("{place}/{name}"));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check_openapi_shape(definition, item, place)),
        _ => {}
    }
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

const LONGITUDE_B7_DEG: f64 = 11.642_062_5;
const LATITUDE_B7_DEG: f64 = 48.245_842_7;
