//! What is answered from memory is what the database would have answered: two servers over one database, one of which
//! keeps nothing.

use std::sync::Arc;

use serde_json::Value;
use stadtwin::api::{AppState, Memory, read_rows_ahead, serve};
use stadtwin::crs::HeightModel;
use stadtwin::jobs::{Import, Mode};

use crate::http::{Answer, request};
use crate::support::served::{Served, building, citygml};

const MEMORY_BYTES: u64 = 8 << 20;
const HELD: &str = "stadtwin_feature_memory_bytes";

/// The address of a second server, which answers from memory whatever it can.
pub async fn with_memory(served: &Served) -> String {
    serving(remembering(served)).await
}

fn remembering(served: &Served) -> AppState {
    AppState {
        memory: Arc::new(Memory::new(MEMORY_BYTES).waiting()),
        ..AppState::new(served.database.store.clone(), HeightModel::Constant(45.5))
    }
}

async fn serving(state: AppState) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(serve(state, listener, std::future::pending()));
    address
}

async fn metric(address: &str, name: &str) -> usize {
    let metrics = request(address, "GET", "/metrics", &[]).await.text();
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().parse().unwrap()
}

/// Without what differs from answer to answer.
fn comparable(answer: &Answer, address: &str) -> (u16, String) {
    let text = answer.text().replace(address, "HOST");
    let Ok(mut document) = serde_json::from_str::<Value>(&text) else { return (answer.status, text) };
    if let Some(members) = document.as_object_mut() {
        members.remove("timeStamp");
    }
    (answer.status, document.to_string())
}

/// Asks both servers; gives the number of matching features.
pub async fn check(served: &Served, memory: &str, target: &str) -> Option<u64> {
    let plain = served.get(target).await;
    let expected = comparable(&plain, &served.address);
    // The second time everything is known.
    for round in ["at first", "again"] {
        let found = request(memory, "GET", target, &[]).await;
        assert_eq!(comparable(&found, memory), expected, "{target} {round}");
        assert_eq!(found.header("content-crs"), plain.header("content-crs"), "{target}");
    }
    serde_json::from_str::<Value>(&plain.text()).ok()?["numberMatched"].as_u64()
}

/// Numbers from 0 to 1 that are the same each time.
fn shares(mut seed: u64) -> impl FnMut() -> f64 {
    move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / f64::from(1u32 << 31)
    }
}

/// Boxes of all sizes over the extent of a collection, and a bit beyond.
pub async fn boxes(served: &Served, collection: &str, count: usize) -> Vec<String> {
    let document = served.json(&format!("/collections/{collection}")).await;
    let extent: Vec<f64> = serde_json::from_value(document["extent"]["spatial"]["bbox"][0].clone()).unwrap();
    let (west, south, east, north) = match extent[..] {
        [west, south, east, north] => (west, south, east, north),
        [west, south, _, east, north, _] => (west, south, east, north),
        _ => panic!("{extent:?}"),
    };
    let mut share = shares(7);
    let (wide, high) = (east - west, north - south);
    (0..count)
        .map(|_| {
            let size = share().powi(3) * 1.2;
            let (x, y) = (west + wide * (share() * 1.1 - 0.05), south + high * (share() * 1.1 - 0.05));
            format!("{x:.7},{y:.7},{:.7},{:.7}", x + wide * size, y + high * size)
        })
        .collect()
}

async fn count(served: &Served, collection: &str) -> usize {
    let page = served.json(&format!("/collections/{collection}/items?limit=1")).await;
    page["numberMatched"].as_u64().unwrap() as usize
}

#[tokio::test]
async fn memory_and_database_answer_alike() {
    let served = Served::start().await;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data");
    for (collection, file) in [("buildings", "buildings"), ("trees", "vegetation.gml.gz")] {
        served.import(collection, &root.join(file)).await;
    }
    let memory = with_memory(&served).await;
    let mut matched = std::collections::BTreeSet::new();
    for collection in ["buildings", "trees"] {
        let items = format!("/collections/{collection}/items");
        for area in boxes(&served, collection, 40).await {
            matched.extend(check(&served, &memory, &format!("{items}?bbox={area}&limit=20")).await);
        }
        for query in [
            "",
            "?limit=1000",
            "?limit=3&after=40",
            "?limit=2&f=csv",
            "?limit=2&f=html&lang=de",
            "?after=100000000",
            "?limit=5&properties=function",
            "?limit=5&skipGeometry=true",
            "?limit=5&sortby=-zMax",
            "?limit=2000",
            "?revision=1",
            "?limit=4&crs=http://www.opengis.net/def/crs/EPSG/0/25832",
            "?limit=4&crs=http://www.opengis.net/def/crs/EPSG/0/4258",
            "?limit=4&lang=en",
            "?bbox=0,0,1,1",
            "?bbox=170,-10,-170,10",
            "?bbox=11,48,400,12,49,520&limit=5",
        ] {
            check(&served, &memory, &format!("{items}{query}")).await;
        }
        for area in boxes(&served, collection, 8).await {
            let filter = "zMax%20%3E%20485";
            check(&served, &memory, &format!("{items}?bbox={area}&limit=20&filter={filter}")).await;
        }
    }
    filters_are_tried_alike(&served, &memory).await;
    assert!(matched.len() > 25, "boxes hold many different numbers of features: {matched:?}");
    // Box by box through all pages, by the links of either server.
    let mut target = "/collections/buildings/items?limit=150".to_owned();
    let mut pages = 0;
    while pages < 20 {
        check(&served, &memory, &target).await;
        pages += 1;
        let page = served.json(&target).await;
        let links = page["links"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["rel"] == "next") else { break };
        target = next["href"].as_str().unwrap().split_once(&served.address).unwrap().1.to_owned();
    }
    assert!((10..20).contains(&pages), "{pages} pages");
    let page = served.json("/collections/buildings/items?limit=5").await;
    for feature in page["features"].as_array().unwrap() {
        let id = feature["id"].as_str().unwrap();
        for query in [
            "",
            "?f=html",
            "?properties=function",
            "?crs=http://www.opengis.net/def/crs/EPSG/0/25832",
            "?f=jsonfg",
        ] {
            check(&served, &memory, &format!("/collections/buildings/items/{id}{query}")).await;
        }
    }
    check(&served, &memory, "/collections/buildings/items/nothing").await;
    let counts = [count(&served, "buildings").await, count(&served, "trees").await];
    assert_eq!(metric(&memory, "stadtwin_features_placed").await, counts.iter().sum::<usize>());
    assert!(metric(&memory, HELD).await > 100_000);
}

/// With and without a box, of columns in memory and of what only the database can tell.
async fn filters_are_tried_alike(served: &Served, memory: &str) {
    let areas = boxes(served, "buildings", 4).await;
    let mut matched = std::collections::BTreeSet::new();
    for filter in [
        "measuredHeight > 9",
        "measuredHeight BETWEEN 5 AND 8.5 AND function IN ('31001_1000', '31001_2000')",
        "NOT (measuredHeight < 9) OR roofType = '3100'",
        "function LIKE '%_2___' AND zMin < 480",
        "storeysAboveGround IS NULL",
        "address.city IS NULL OR address.city = 'x'",
        "height() > 10 AND z_max() < 500",
        "char_length(function) > 4 AND upper(roofType) <> '3100'",
        "floor(measuredHeight) IN (7, 8, 9)",
        "class = 'Building' AND class < 'C'",
        "revision > 1",
        "measuredHeight * 2 > 20",
        "CASEI(roofType) = CASEI('3100')",
        "volume() > 1000 AND measuredHeight > 4",
        "validTime IS NULL",
    ] {
        let encoded: String = filter.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let whole = format!("/collections/buildings/items?limit=7&filter={encoded}");
        matched.extend(check(served, memory, &whole).await);
        for area in &areas {
            check(served, memory, &format!("{whole}&bbox={area}")).await;
        }
    }
    assert!(matched.len() > 8, "filters select different numbers of features: {matched:?}");
}

#[tokio::test]
async fn what_changed_is_seen_at_once() {
    let served = Served::start().await;
    let memory = with_memory(&served).await;
    let named =
        |ids: &[&str], inside: &str| citygml(&ids.iter().map(|id| building(id, inside)).collect::<String>());
    let height = "<bldg:measuredHeight uom='m'>7</bldg:measuredHeight>";
    let states = [
        named(&["A", "B", "C"], ""),
        // One changed, one gone, one new.
        citygml(&format!("{}{}{}", building("A", ""), building("B", height), building("D", ""))),
        named(&["A", "B", "C", "D", "E"], height),
    ];
    for (number, (state, count)) in states.iter().zip([3, 3, 5]).enumerate() {
        let file = served.write(&format!("{number}.gml"), state);
        let import = Import { mode: Mode::Replace, ..Import::default() };
        served.import_with("buildings", &file, import).await;
        for target in [
            "/collections/buildings/items",
            "/collections/buildings/items?bbox=11,48,12,49",
            "/collections/buildings/items?limit=2",
            "/collections/buildings/items?bbox=11,48,12,49&limit=1",
        ] {
            assert_eq!(check(&served, &memory, target).await, Some(count), "{target}");
        }
        for filter in ["measuredHeight%3D7", "measuredHeight%20IS%20NULL", "class%3D%27Building%27"] {
            check(&served, &memory, &format!("/collections/buildings/items?filter={filter}")).await;
        }
        for id in ["A", "B", "C", "D", "E"] {
            check(&served, &memory, &format!("/collections/buildings/items/{id}")).await;
        }
    }
}

#[tokio::test]
async fn rows_are_read_before_they_are_asked_for() {
    let served = Served::start().await;
    let state = remembering(&served);
    let memory = serving(state.clone()).await;
    let reading = tokio::spawn(read_rows_ahead(state));
    let mut held = 0;
    for names in [&["A", "B"][..], &["A", "B", "C"]] {
        let city = citygml(&names.iter().map(|id| building(id, "")).collect::<String>());
        let file = served.write(&format!("{}.gml", names.len()), &city);
        served.import_with("buildings", &file, Import { mode: Mode::Replace, ..Import::default() }).await;
        let before = held;
        for _ in 0..100 {
            held = metric(&memory, HELD).await;
            if held > before {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert!(held > before, "{names:?}: {held} bytes after {before}");
        // Nobody has asked for a feature.
        check(&served, &memory, "/collections/buildings/items").await;
        held = metric(&memory, HELD).await;
    }
    reading.abort();
}
