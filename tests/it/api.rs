//! The API over real HTTP: endpoints, negotiation, errors.

mod definition;
mod methods;
mod ogc_suite;
mod plans;
pub mod refusals;

use serde_json::{Value, json};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::height_model;
use stadtwin::model::{Crs, VerticalCrs};

use crate::http::{City, ENDED, request};
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
        ("/organizations", "", 200, "application/json"),
        ("/organizations", BROWSER, 200, "text/html; charset=utf-8"),
        ("/projects", "", 200, "application/json"),
        ("/projects", BROWSER, 200, "text/html; charset=utf-8"),
        ("/scenarios", "", 200, "application/json"),
        ("/scenarios", BROWSER, 200, "text/html; charset=utf-8"),
        ("/collections/buildings/revisions", "", 200, "application/json"),
        ("/collections/buildings/revisions", BROWSER, 200, "text/html; charset=utf-8"),
        ("/processes", "", 200, "application/json"),
        ("/processes", BROWSER, 200, "text/html; charset=utf-8"),
        ("/processes/export", "", 200, "application/json"),
        ("/processes/export", BROWSER, 200, "text/html; charset=utf-8"),
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
             skipGeometry, revision, scenario, scenarios, onConflict, after, f, profile, lang",
        ),
        ("GET", format!("{items}?bbox=1,2,3"), 400, "4 or 6 numbers"),
        ("GET", format!("{items}?bbox=1,2,3,north"), 400, "no number"),
        ("GET", format!("{items}?bbox=11,49,12,48"), 400, "south is above north"),
        ("GET", format!("{items}?datetime=yesterday"), 400, "RFC 3339"),
        ("GET", format!("{items}?datetime=2021-01-01/2020-01-01"), 400, "ends before it begins"),
        ("GET", format!("{items}?f=gml"), 400, "one of json, geojson, html"),
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
        ("POST", items.to_owned(), 401, "this needs a token"),
        ("PUT", items.to_owned(), 405, "allowed: GET, HEAD, OPTIONS, POST"),
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

const LONGITUDE_B7_DEG: f64 = 11.642_062_5;
const LATITUDE_B7_DEG: f64 = 48.245_842_7;
