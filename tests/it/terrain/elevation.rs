//! Heights at places.

use serde_json::json;
use stadtwin::jobs::TerrainImport;

use super::{CORNER, import, import_survey, plane, write_four};
use crate::http::{request, send};
use crate::support::served::{Served, shared_data};

#[tokio::test]
async fn heights_are_those_of_the_source() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    // On a node, between nodes, on the borders of files and of blocks (Hand: 2721 · 256 = 696576).
    for [x, y] in [[10.5, 10.5], [33.27, 123.9], [300.0, 300.0], [299.75, 300.25], [76.0, 50.0], [76.2, 50.0]]
    {
        let place = [CORNER[0] + x, CORNER[1] + y];
        let target = format!("/terrain/ground/elevation?crs=25832&point={},{}", place[0], place[1]);
        let found = served.json(&target).await;
        let height = found["elevation"].as_f64().unwrap();
        assert!((height - plane(place)).abs() < 0.002, "{place:?}: {height}");
        assert_eq!(found["unit"], "m");
        assert_eq!(found["verticalCrs"], "http://www.opengis.net/def/crs/EPSG/0/7837");
    }
    // PROJ: 11.65° E 48.25° N is 696713.26 5347482.34; Hand: 480 + 213.26 · 0.01 + 182.34 · 0.02 = 485.779.
    let targets = [
        "/terrain/ground/elevation?point=11.65,48.25",
        "/terrain/ground/elevation?point=48.25,11.65&crs=http://www.opengis.net/def/crs/EPSG/0/4326",
    ];
    for target in targets {
        let height = served.json(target).await["elevation"].as_f64().unwrap();
        assert!((height - 485.779).abs() < 0.002, "{target}: {height}");
    }
    assert!(served.json("/terrain/ground/elevation?point=11.7,48.25").await["elevation"].is_null());
    served.database.close().await;
}

#[tokio::test]
async fn profiles_come_as_json_geojson_and_csv() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let line = "/terrain/ground/elevation?crs=25832&line=696510.5,5347310.5,696560.5,5347310.5,696560.5,5347410.5&step=25";
    let profile = served.json(line).await;
    // Hand: 50 m east rise 0.5 m, 100 m north 2 m.
    assert_eq!(profile["length"], 150.0);
    assert_eq!(profile["ascent"], 2.5);
    assert_eq!(profile["descent"], 0.0);
    let samples = profile["samples"].as_array().unwrap();
    let found: Vec<_> = samples.iter().map(|sample| (&sample["distance"], &sample["elevation"])).collect();
    let expected = json!([
        [0.0, 480.315],
        [25.0, 480.565],
        [50.0, 480.815],
        [75.0, 481.315],
        [100.0, 481.815],
        [125.0, 482.315],
        [150.0, 482.815]
    ]);
    assert_eq!(json!(found), expected);
    let csv = served.get(&format!("{line}&f=csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().nth(1), Some("0.000,696510.5,5347310.5,480.315"));
    let feature = served.json(&format!("{line}&f=geojson")).await;
    assert_eq!(feature["geometry"]["type"], "LineString");
    let first = &feature["geometry"]["coordinates"][0];
    assert!((first[0].as_f64().unwrap() - 11.647).abs() < 0.002, "{first}");
    assert_eq!(feature["properties"]["elevation"][6], 482.815);
    let cached =
        request(&served.address, "GET", line, &[("if-none-match", served.get(line).await.header("etag"))])
            .await;
    assert_eq!(cached.status, 304);
    served.database.close().await;
}

#[tokio::test]
async fn batches_answer_many_points_at_once() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let points: Vec<[f64; 2]> = (0..1000)
        .map(|index| {
            [CORNER[0] + 1.0 + f64::from(index * 7 % 598), CORNER[1] + 1.0 + f64::from(index * 13 % 598)]
        })
        .collect();
    let ask = async |body: serde_json::Value| {
        let headers = [("content-type", "application/json")];
        let body = body.to_string();
        send(&served.address, "POST", "/terrain/ground/elevation", &headers, body.as_bytes()).await
    };
    let answer = ask(json!({ "points": points, "crs": "25832" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (place, height) in points.iter().zip(answer.json()["elevations"].as_array().unwrap()) {
        assert!((height.as_f64().unwrap() - plane(*place)).abs() < 0.002, "{place:?}: {height}");
    }
    let started = std::time::Instant::now();
    ask(json!({ "points": points, "crs": "25832" })).await;
    println!("1,000 points warm: {:?}", started.elapsed());
    assert_eq!(ask(json!([[11.65, 48.25], [0.0, 0.0]])).await.json()["elevations"], json!([485.779, null]));
    assert_eq!(ask(json!(vec![[11.0, 48.0]; 10_001])).await.status, 413);
    assert_eq!(ask(json!({ "points": 1 })).await.status, 400);
    served.database.close().await;
}

#[tokio::test]
async fn wrong_questions_are_told() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["a.tif"], TerrainImport::default()).await.unwrap();
    for (query, status, part) in [
        ("", 400, "give either `point=x,y` or `line="),
        ("point=1", 400, "`point` must be pairs of numbers"),
        ("point=1,2,3,4", 400, "`point` must be one pair"),
        ("point=11.65,48.25&line=1,2,3,4", 400, "give either"),
        ("point=11.65,48.25&crs=nonsense", 400, "`crs` names no coordinate"),
        ("point=11.65,148.25", 400, "is `crs` right?"),
        ("line=11.6,48.25,11.7,48.25&step=0", 400, "`step` must be"),
        ("line=11.6,48.25,12.6,48.25&step=1", 400, "take a greater step"),
        ("point=11.65,48.25&height=1", 400, "unknown query parameter `height`"),
        ("point=11.65,48.25&f=html", 400, "one of json, geojson, csv"),
    ] {
        let answer = served.get(&format!("/terrain/ground/elevation?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
        assert!(answer.text().contains(part), "{query}: {}", answer.text());
    }
    for path in ["/terrain/none", "/terrain/none/elevation?point=1,2", "/terrain/none/layer.json"] {
        assert_eq!(served.get(path).await.status, 404, "{path}");
    }
    served.database.close().await;
}

#[tokio::test]
async fn terrains_are_described() {
    let served = Served::start().await;
    write_four(served.folder.path());
    let title = Some("Ground <1>".to_owned());
    import(&served, &["*.tif"], TerrainImport { title, ..TerrainImport::default() }).await.unwrap();
    let terrain = served.json("/terrain/ground").await;
    assert_eq!(terrain["title"], "Ground <1>");
    assert_eq!(terrain["heightModel"], "constant");
    // Hand: a 1 m grid is worth level 17, whose nodes lie 0.6 m apart.
    assert_eq!(terrain["levels"]["finest"], 17);
    assert_eq!(served.json("/terrain").await["terrains"][0], terrain);
    assert!(served.html("/terrain").await.contains("Ground &#60;1&#62;"));
    assert!(served.html("/terrain/ground").await.contains("layer.json"));
    assert!(served.get("/").await.text().contains("/terrain\""));
    let layer = served.json("/terrain/ground/layer.json").await;
    assert_eq!(layer["format"], "quantized-mesh-1.0");
    assert_eq!(layer["available"][0], json!([{ "startX": 0, "startY": 0, "endX": 1, "endY": 0 }]));
    // Hand: 11.65° and 48.25° at level 14 (tiles of 180°/16384): (191.65, 138.25) / 0.010986 = 17444.6, 12584.0.
    let [range] = layer["available"][14].as_array().unwrap().as_slice() else { panic!("{layer}") };
    assert_eq!((range["startX"].as_u64(), range["endY"].as_u64()), (Some(17_444), Some(12_584)));
    served.database.close().await;
}

/// Heights by gdallocationinfo, and their mean where the four files meet.
#[tokio::test]
async fn four_tiles_of_the_survey_meet_without_a_seam() {
    let Some(data) = shared_data() else { return };
    let served = Served::start().await;
    import_survey(&served, &data).await;
    for (place, expected) in [
        ("690000.5,5335000.5", 520.443),
        ("690123.5,5335456.5", 517.303),
        ("690999.5,5335999.5", 515.955),
        ("691000.5,5335999.5", 515.936),
        ("690999.5,5336000.5", 515.979),
        ("691000.5,5336000.5", 515.908),
        ("691543.5,5336789.5", 512.362),
        ("691000,5336000", 515.945),
    ] {
        let target = format!("/terrain/dgm1/elevation?crs=25832&point={place}");
        let height = served.json(&target).await["elevation"].as_f64().unwrap_or(f64::NAN);
        assert!((height - expected).abs() < 0.0015, "{place}: {height} instead of {expected}");
    }
    served.database.close().await;
}
