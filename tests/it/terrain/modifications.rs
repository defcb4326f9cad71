//! Cut and fill over HTTP: what it does to every reader of the ground, and what it leaves alone.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::{Value, json};
use stadtwin::access::issue_token;
use stadtwin::crs::{CRS84, Transformer};
use stadtwin::jobs::TerrainImport;
use stadtwin::model::{Crs, GroundEdit, GroundTarget, VerticalCrs};
use stadtwin::store::{ModificationCount, NewModification, NewToken, Written};
use stadtwin::terrain::{QuantizedMesh, decode_quantized_mesh};

use super::{CORNER, import, plane, write_four};
use crate::http::{Answer, send};
use crate::support::geotiff::Raster;
use crate::support::served::Served;

const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };
const MODIFICATIONS: &str = "/terrain/ground/modifications";

/// A server over a plane of 600 × 600 m, and a token for its terrain.
async fn plane_served(scope: &str) -> (Served, String) {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let token = token(&served, scope).await;
    (served, token)
}

async fn token(served: &Served, scope: &str) -> String {
    let issued = issue_token().unwrap();
    let (prefix, hash) = (issued.prefix, issued.hash);
    let token = NewToken {
        prefix,
        hash,
        name: "test".into(),
        scopes: vec![scope.to_owned()],
        memberships: Vec::new(),
        expires_in_s: None,
    };
    served.database.store.add_token(&token).await.unwrap();
    issued.text
}

async fn write(
    served: &Served,
    token: &str,
    method: &str,
    target: &str,
    other: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let bearer = format!("Bearer {token}");
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/geo+json")];
    headers.extend_from_slice(other);
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(&served.address, method, target, &headers, body.as_bytes()).await
}

/// A square of EPSG:25832, its south-west corner and side in metres from the corner of the plane.
fn square([x, y]: [f64; 2], side: f64) -> Value {
    let (x, y) = (CORNER[0] + x, CORNER[1] + y);
    let ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]];
    json!({ "type": "Polygon", "coordinates": [ring] })
}

fn feature(geometry: Value, properties: Value) -> Value {
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn pit() -> Value {
    let target = json!({ "type": "level", "height": 470.0 });
    feature(square([290.0, 290.0], 20.0), json!({ "name": "Baugrube", "embankment": 1.0, "target": target }))
}

async fn height(served: &Served, [x, y]: [f64; 2], query: &str) -> Value {
    let (east, north) = (CORNER[0] + x, CORNER[1] + y);
    let target = format!("/terrain/ground/elevation?crs=25832&point={east},{north}{query}");
    served.json(&target).await["elevation"].clone()
}

#[tokio::test]
async fn a_pit_is_dug_moved_and_filled_in() {
    let (served, token) = plane_served("terrain:ground").await;
    let surveyed = json!((plane([CORNER[0] + 300.5, CORNER[1] + 300.5]) * 1000.0).round() / 1000.0);
    let sharp = |height: f64| {
        let target = json!({ "type": "level", "height": height });
        feature(square([290.0, 290.0], 20.0), json!({ "name": "Baugrube", "target": target }))
    };
    let target = format!("{MODIFICATIONS}?crs=25832");
    let made = write(&served, &token, "POST", &target, &[], &sharp(470.0)).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let document = made.json();
    let id = document["id"].as_i64().unwrap();
    assert!(made.header("location").ends_with(&format!("{MODIFICATIONS}/{id}")));
    // Hand: the plane's mean over the square is its height in the middle, 480 + 3 + 6 = 489 m; 400 nodes of 1 m².
    let cut = document["properties"]["cut"].as_f64().unwrap();
    assert!((cut - 400.0 * 19.0).abs() < 0.5, "{document}");
    assert_eq!(document["properties"]["fill"], 0.0);
    assert_eq!(document["properties"]["cutArea"], 400.0);
    let corner = [CORNER[0] + 290.5, CORNER[1] + 290.5];
    assert_eq!(document["bbox"], json!([corner[0], corner[1], corner[0] + 19.0, corner[1] + 19.0]));
    // Nobody sees it who does not ask.
    for (query, expected) in [
        (String::new(), surveyed.clone()),
        ("&modifications=none".to_owned(), surveyed.clone()),
        ("&modifications=all".to_owned(), json!(470.0)),
        (format!("&modifications={id}"), json!(470.0)),
    ] {
        assert_eq!(height(&served, [300.5, 300.5], &query).await, expected, "{query}");
    }
    // In the base it is seen by all.
    let own = format!("{MODIFICATIONS}/{id}");
    let read = served.get(&own).await;
    assert_eq!((read.status, read.header("content-type")), (200, "application/geo+json"));
    let mut changed = sharp(480.0);
    changed["properties"]["base"] = json!(true);
    let target = format!("{own}?crs=25832");
    let matching = [("if-match", read.header("etag"))];
    let answer = write(&served, &token, "PUT", &target, &matching, &changed).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    // Hand: 400 × 9.
    assert!((answer.json()["properties"]["cut"].as_f64().unwrap() - 3_600.0).abs() < 0.5);
    assert_eq!(height(&served, [300.5, 300.5], "").await, 480.0);
    assert_eq!(height(&served, [300.5, 300.5], "&modifications=none").await, surveyed);
    let late = write(&served, &token, "PUT", &target, &matching, &sharp(1.0)).await;
    assert_eq!(late.status, 412, "{}", late.text());
    assert_eq!(write(&served, &token, "DELETE", &own, &matching, &Value::Null).await.status, 412);
    // What was read may be written again.
    let again = served.json(&own).await;
    let answer = write(&served, &token, "PUT", &own, &[("if-match", "*")], &again).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["properties"]["revision"], 3);
    for crs in ["", "?crs=25832", "?crs=4326"] {
        let list = served.json(&format!("{MODIFICATIONS}{crs}")).await;
        assert_eq!(list["features"], json!([served.json(&format!("{own}{crs}")).await]), "{crs}");
    }
    // 7837 says what heights are, not where.
    for crs in ["1", "7837", "http://www.opengis.net/def/crs/EPSG/0/7837"] {
        assert_eq!(served.get(&format!("{MODIFICATIONS}?crs={crs}")).await.status, 400, "{crs}");
    }
    let gone = write(&served, &token, "DELETE", &own, &[], &Value::Null).await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    assert_eq!(served.get(&own).await.status, 404);
    assert_eq!(height(&served, [300.5, 300.5], "").await, surveyed);
    served.database.close().await;
}

#[tokio::test]
async fn slopes_triangles_and_disabled_ones() {
    let (served, token) = plane_served("write").await;
    let at = |x: f64, y: f64, height: f64| json!([CORNER[0] + x, CORNER[1] + y, height]);
    let post = async |properties: Value| {
        let body = feature(square([100.0, 100.0], 10.0), properties);
        write(&served, &token, "POST", &format!("{MODIFICATIONS}?crs=25832"), &[], &body).await
    };
    // Hand: 10 % up to the east through (105, 105, 500): 499.55 m at the node at 100.5, 500.45 m at 109.5.
    let slope = json!({ "type": "slope", "through": at(105.0, 105.0, 500.0), "gradient": 0.1, "uphill": 90 });
    let slope = post(json!({ "target": slope })).await.json()["id"].clone();
    let query = format!("&modifications={slope}");
    assert_eq!(height(&served, [100.5, 104.5], &query).await, 499.55);
    assert_eq!(height(&served, [109.5, 104.5], &query).await, 500.45);
    // One triangle over the south-west half: 503 m in its corner, 500 m at its ends. Hand: 503 - 0.3 × (0.5 + 0.5).
    let corners = [at(100.0, 100.0, 503.0), at(110.0, 100.0, 500.0), at(100.0, 110.0, 500.0)];
    let ring = [&corners[0], &corners[1], &corners[2], &corners[0]];
    let flat = json!({ "type": "MultiPolygon", "coordinates": [[ring]] });
    let tin = post(json!({ "target": { "type": "tin", "geometry": flat } })).await;
    assert_eq!(tin.status, 201, "{}", tin.text());
    let tin = tin.json()["id"].clone();
    let query = format!("&modifications={tin}");
    assert_eq!(height(&served, [100.5, 100.5], &query).await, 502.7);
    let surveyed = plane([CORNER[0] + 109.5, CORNER[1] + 109.5]);
    let found = height(&served, [109.5, 109.5], &query).await.as_f64().unwrap();
    assert!((found - surveyed).abs() < 0.0011, "{found}");
    // Later ones lie above earlier ones; a disabled one counts for nothing.
    assert_eq!(height(&served, [100.5, 100.5], "&modifications=all").await, 502.7);
    let mut disabled = served.json(&format!("{MODIFICATIONS}/{tin}")).await;
    disabled["properties"]["enabled"] = json!(false);
    let own = format!("{MODIFICATIONS}/{tin}");
    assert_eq!(write(&served, &token, "PUT", &own, &[], &disabled).await.status, 200);
    assert_eq!(height(&served, [100.5, 100.5], "&modifications=all").await, 499.55);
    let asked = served.get(&format!("/terrain/ground/elevation?crs=25832&point=1,2{query}")).await;
    assert!(asked.status == 400 && asked.text().contains("not enabled"), "{}", asked.text());
    // A batch, a profile, contours and a picture see the same.
    let body = json!({ "crs": "25832", "points": [[CORNER[0] + 100.5, CORNER[1] + 104.5]] }).to_string();
    let target = format!("/terrain/ground/elevation?modifications={slope}");
    let batch = send(&served.address, "POST", &target, &[], body.as_bytes()).await;
    assert_eq!(batch.json()["elevations"], json!([499.55]), "{}", batch.text());
    let [x, y] = [CORNER[0] + 99.5, CORNER[1] + 104.5];
    let line = format!("/terrain/ground/elevation?crs=25832&step=1&f=csv&line={x},{y},{},{y}", x + 1.0);
    let csv = served.get(&format!("{line}&modifications=all")).await.text();
    assert!(csv.contains(",499.550\n"), "{csv}");
    let contours = served.json("/terrain/ground/contours?interval=0.5&modifications=all").await;
    let high = contours["features"].as_array().unwrap().iter().map(|line| &line["properties"]["elevation"]);
    // Hand: the plane reaches 480 + 6 + 12 = 498 m.
    assert!(high.clone().any(|height| *height == 500.0), "{:?}", high.collect::<Vec<_>>());
    served.database.close().await;
}

/// `[west, south, east, north]` of a square [°].
fn around(corner: [f64; 2], side: f64) -> [f64; 4] {
    let [x, y] = [CORNER[0] + corner[0], CORNER[1] + corner[1]];
    let mut points = [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
    Transformer::new(&UTM, &CRS84).unwrap().convert_2d(&mut points).unwrap();
    let bound = |axis: usize, of: fn(f64, f64) -> f64| points.iter().map(|p| p[axis]).reduce(of).unwrap();
    [bound(0, f64::min), bound(1, f64::min), bound(0, f64::max), bound(1, f64::max)]
}

type Pyramid = BTreeMap<(u64, u64, u64), (String, Vec<u8>)>;

/// All tiles that `layer.json` offers.
async fn pyramid(served: &Served, query: &str) -> Pyramid {
    let layer = served.json(&format!("/terrain/ground/layer.json{query}")).await;
    let template = layer["tiles"][0].as_str().unwrap().to_owned();
    assert!(template.ends_with(query), "{template}");
    let mut tiles = Pyramid::new();
    for (z, ranges) in layer["available"].as_array().unwrap().iter().enumerate() {
        for range in ranges.as_array().unwrap() {
            let [x0, x1, y0, y1] =
                ["startX", "endX", "startY", "endY"].map(|name| range[name].as_u64().unwrap());
            for (x, y) in (x0..=x1).flat_map(|x| (y0..=y1).map(move |y| (x, y))) {
                let name = template
                    .replace("{z}", &z.to_string())
                    .replace("{x}", &x.to_string())
                    .replace("{y}", &y.to_string());
                let answer = served.get(&format!("/terrain/ground/{name}")).await;
                assert_eq!(answer.status, 200, "{name}: {}", answer.text());
                tiles.insert((z as u64, x, y), (answer.header("etag").to_owned(), answer.body));
            }
        }
    }
    tiles
}

/// Vertices on an edge (west, south, east, north): their place along it and their height [m].
fn border(mesh: &QuantizedMesh, edge: usize) -> Vec<(u16, f64)> {
    let [low, high] = mesh.heights_m.map(f64::from);
    let along = if edge.is_multiple_of(2) { &mesh.v } else { &mesh.u };
    let of = |index: &u32| {
        let index = *index as usize;
        (along[index], low + (high - low) * f64::from(mesh.height[index]) / 32_767.0)
    };
    let mut nodes: Vec<_> = mesh.edges[edge].iter().map(of).collect();
    nodes.sort_by_key(|(along, _)| *along);
    nodes
}

fn meet(a: &[(u16, f64)], b: &[(u16, f64)]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|((u, low), (v, high))| u == v && (low - high).abs() < 0.011)
}

#[tokio::test]
async fn only_touched_tiles_change_and_all_meet() {
    let (served, token) = plane_served("write").await;
    let before = pyramid(&served, "").await;
    let target = format!("{MODIFICATIONS}?crs=25832");
    assert_eq!(write(&served, &token, "POST", &target, &[], &pit()).await.status, 201);
    // The terrain as everybody sees it is the same to the last byte.
    assert_eq!(pyramid(&served, "").await, before);
    let after = pyramid(&served, "?modifications=all").await;
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    // Hand: from 470 m up to 498 m at 1 : 1 the embankment reaches 28 m at the most.
    let reach = around([290.0 - 28.0, 290.0 - 28.0], 20.0 + 56.0);
    let inner = around([291.0, 291.0], 18.0);
    let (mut changed, mut kept) = (0, 0);
    for (key @ (z, x, y), old) in &before {
        let (size, new) = (180.0 / f64::from(1_u32 << z), &after[key]);
        let (west, south) = (*x as f64 * size - 180.0, *y as f64 * size - 90.0);
        // Normals look one node across the border.
        let room = size / 256.0 * 1.01;
        let shows = |[w, s, e, n]: [f64; 4], room: f64| {
            w <= west + size + room && west - room <= e && s <= south + size + room && south - room <= n
        };
        if !shows(reach, room) {
            assert_eq!(old, new, "{key:?} is untouched");
        } else if *z >= 15 && shows(inner, 0.0) {
            assert_ne!(old, new, "{key:?} shows the pit");
        }
        if old == new { kept += 1 } else { changed += 1 }
    }
    println!("{changed} tiles changed, {kept} kept");
    assert!(changed >= 6 && kept > changed, "{changed} {kept}");
    let meshes: BTreeMap<_, _> =
        after.iter().map(|(key, (_, bytes))| (*key, decode_quantized_mesh(bytes).unwrap())).collect();
    let mut pairs = 0;
    for ((z, x, y), mesh) in &meshes {
        for (neighbour, own, theirs) in [((*z, x + 1, *y), 2, 0), ((*z, *x, y + 1), 3, 1)] {
            let Some(other) = meshes.get(&neighbour) else { continue };
            assert!(meet(&border(mesh, own), &border(other, theirs)), "{z}/{x}/{y} and {neighbour:?}");
            pairs += 1;
        }
    }
    assert!(pairs > 20, "{pairs}");
    levels_agree(&meshes);
    served.database.close().await;
}

/// A node of a level is one of the next finer too: wherever both levels have a vertex they have the same height.
fn levels_agree(meshes: &BTreeMap<(u64, u64, u64), QuantizedMesh>) {
    let nodes = |(z, x, y): (u64, u64, u64), mesh: &QuantizedMesh| {
        let [low, high] = mesh.heights_m.map(f64::from);
        let at = |tile: u64, part: u16| tile * 256 + (f64::from(part) / 32_767.0 * 256.0).round() as u64;
        (0..mesh.u.len())
            .map(|index| {
                let height = low + (high - low) * f64::from(mesh.height[index]) / 32_767.0;
                // In nodes of level 17.
                ([at(x, mesh.u[index]) << (17 - z), at(y, mesh.v[index]) << (17 - z)], height)
            })
            .collect::<Vec<_>>()
    };
    let mut finest: BTreeMap<[u64; 2], (u64, f64)> = BTreeMap::new();
    let mut shared = 0;
    // Far levels leave the data behind, and their steps of height are metres.
    for (key, mesh) in meshes.iter().rev().filter(|((z, ..), _)| *z >= 12) {
        for (node, height) in nodes(*key, mesh) {
            let (z, known) = *finest.entry(node).or_insert((key.0, height));
            assert!((known - height).abs() < 0.02, "{node:?}: {known} at {z}, {height} at {key:?}");
            shared += usize::from(z != key.0);
        }
    }
    assert!(shared > 50, "{shared}");
}

#[tokio::test]
async fn pictures_see_what_is_asked_for() {
    let (served, token) = plane_served("write").await;
    let target = format!("{MODIFICATIONS}?crs=25832");
    // The middle of tile 17/45426/69777 lies at 48.25° N 11.65° E, some 560 m east and 600 m north of the corner.
    let mut place = [[11.65, 48.25]];
    Transformer::new(&CRS84, &UTM).unwrap().convert_2d(&mut place).unwrap();
    let [x, y] = [place[0][0] - CORNER[0], place[0][1] - CORNER[1]];
    let target_level = json!({ "type": "level", "height": 520.3 });
    let body = feature(square([x.floor() - 20.0, y.floor() - 20.0], 40.0), json!({ "target": target_level }));
    let made = write(&served, &token, "POST", &target, &[], &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    for style in ["terrain-rgb", "hillshade"] {
        let path = format!("/terrain/ground/styles/{style}/map/tiles/WebMercatorQuad/17/45426/69777");
        let (bare, edited) =
            (served.get(&path).await, served.get(&format!("{path}?modifications=all")).await);
        assert_eq!((bare.status, edited.status), (200, 200));
        assert_ne!(bare.header("etag"), edited.header("etag"), "{style}");
        assert_eq!(served.get(&format!("{path}?modifications=none")).await.body, bare.body);
        if style == "terrain-rgb" {
            let mut reader = png::Decoder::new(std::io::Cursor::new(&edited.body)).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            let samples = reader.info().color_type.samples();
            // Hand: (520.3 + 10,000) × 10 = 105,203 = 1 × 65,536 + 154 × 256 + 243.
            assert!(pixels.chunks_exact(samples).any(|pixel| pixel[..3] == [1, 154, 243]));
        }
        let target = format!("/terrain/ground/styles/{style}/map/tiles/WebMercatorQuad?modifications=all");
        assert!(served.json(&target).await.to_string().contains("{tileCol}?modifications=all"));
    }
    served.database.close().await;
}

#[tokio::test]
async fn wrong_modifications_are_told() {
    let (served, token) = plane_served("terrain:ground").await;
    let level = || json!({ "target": { "type": "level", "height": 470 } });
    let polygon = |rings: Value| json!({ "type": "Polygon", "coordinates": rings });
    let [x, y] = [CORNER[0] + 10.0, CORNER[1] + 10.0];
    let bow = json!([[[x, y], [x + 9.0, y + 9.0], [x + 9.0, y], [x, y + 9.0], [x, y]]]);
    let long: Vec<[f64; 2]> = (0..5_001).map(|at| [x + f64::from(at), y]).collect();
    let far = json!({ "target": { "type": "level", "height": 470 } });
    for (body, part) in [
        (json!({ "type": "Feature" }), "missing field `geometry`"),
        (feature(polygon(json!([[[x, y], [x + 1.0, y]]])), level()), "ring 0 of the polygon has 2 points"),
        (feature(polygon(bow), level()), "ring 0 of the polygon meets itself"),
        (feature(polygon(json!([long])), level()), "5001 points; 5000 are allowed"),
        (feature(square([10.0, 10.0], 5_000.0), level()), "16777216 are allowed"),
        (feature(square([90_000.0, 10.0], 10.0), far), "outside of the terrain"),
        (
            feature(
                square([10.0, 10.0], 9.0),
                json!({ "embankment": 0, "target": { "type": "level", "height": 1 } }),
            ),
            "an embankment of 1 : 0",
        ),
        (
            feature(
                square([10.0, 10.0], 9.0),
                json!({ "target": { "type": "tin", "points": [[x, y, 1.0]], "triangles": [[0, 0, 7]] } }),
            ),
            "triangle 0 names point 7 of 1",
        ),
    ] {
        let answer = write(&served, &token, "POST", &format!("{MODIFICATIONS}?crs=25832"), &[], &body).await;
        let text = answer.text();
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, "application/problem+json"),
            "{text}"
        );
        assert!(text.contains(part), "{part}: {text}");
    }
    // Metres as degrees.
    let answer = write(&served, &token, "POST", MODIFICATIONS, &[], &pit()).await;
    assert!(answer.status == 400 && answer.text().contains("is `crs` right?"), "{}", answer.text());
    let other = self::token(&served, "terrain:other").await;
    for (token, status) in [("", 401), (other.as_str(), 403)] {
        assert_eq!(write(&served, token, "POST", MODIFICATIONS, &[], &pit()).await.status, status);
    }
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/xml")];
    assert_eq!(send(&served.address, "POST", MODIFICATIONS, &headers, b"<a/>").await.status, 415);
    for path in ["/x", "/1", "/99999999999999999999"] {
        assert_eq!(served.get(&format!("{MODIFICATIONS}{path}")).await.status, 404, "{path}");
    }
    for (query, part) in
        [("some", "all, none or up to 1000 ids"), ("7", "names 7, which terrain `ground` does not have")]
    {
        let answer = served.get(&format!("/terrain/ground/layer.json?modifications={query}")).await;
        assert!(answer.status == 400 && answer.text().contains(part), "{}", answer.text());
    }
    served.database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modifications_on_the_command_line() {
    let (served, _) = plane_served("write").await;
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
            .args(["--database-url", &served.database.url, "terrain", "modify"])
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.success(), text(output.stdout), text(output.stderr))
    };
    let collection = json!({ "type": "FeatureCollection", "features": [pit()] }).to_string();
    let file = served.write("pit.geojson", &collection).display().to_string();
    let (done, told, fault) = run(&["add", "--terrain", "ground", "--crs", "25832", &file]);
    assert!(done && told.contains("on request\tcut ") && told.contains("Baugrube"), "{told} {fault}");
    let (done, _, fault) = run(&["add", "--terrain", "ground", &file]);
    assert!(!done && fault.contains("feature 0") && fault.contains("is `crs` right?"), "{fault}");
    let (_, listed, _) = run(&["list", "--terrain", "ground", "--json"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = listed["id"].to_string();
    assert_eq!(served.json(&format!("{MODIFICATIONS}/{id}")).await["geometry"], listed["geometry"]);
    assert_eq!(height(&served, [300.5, 300.5], "&modifications=all").await, 470.0);
    assert!(run(&["remove", "--terrain", "ground", &id]).0);
    let (done, _, fault) = run(&["remove", "--terrain", "ground", &id]);
    assert!(!done && fault.contains("has no modification"), "{fault}");
    served.database.close().await;
}

#[tokio::test]
async fn volumes_follow_the_survey() {
    let (served, token) = plane_served("write").await;
    let target = format!("{MODIFICATIONS}?crs=25832");
    let level = json!({ "target": { "type": "level", "height": 480.0 } });
    let body = feature(square([100.0, 100.0], 10.0), level);
    let made = write(&served, &token, "POST", &target, &[], &body).await;
    // Hand: the plane lies at 480 + 1.05 + 2.1 = 483.15 m in the middle: 100 m² × 3.15 m.
    let cut = |document: &Value| document["properties"]["cut"].as_f64().unwrap();
    assert!((cut(&made.json()) - 315.0).abs() < 0.1, "{}", made.text());
    let own = format!("{MODIFICATIONS}/{}", made.json()["id"]);
    let before = served.get(&own).await;
    // A new survey finds the ground 1 m higher.
    Raster::square([CORNER[0], CORNER[1] + 300.0], 300)
        .write(&served.folder.path().join("a.tif"), |place| plane(place) + 1.0);
    import(&served, &["a.tif"], TerrainImport::default()).await.unwrap();
    for _ in 0..2 {
        let after = served.get(&own).await;
        assert!((cut(&after.json()) - 415.0).abs() < 0.1, "{}", after.text());
        assert_ne!(after.header("etag"), before.header("etag"));
        assert_eq!(after.json()["properties"]["revision"], 1);
    }
    assert_eq!(height(&served, [105.5, 105.5], "&modifications=all").await, 480.0);
    served.database.close().await;
}

#[tokio::test]
async fn a_terrain_has_only_so_many() {
    let (served, _) = plane_served("write").await;
    let store = &served.database.store;
    let terrain = store.terrain("ground").await.unwrap().unwrap();
    let triangle = vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let edit = GroundEdit { polygon: vec![triangle], target: GroundTarget::Level(1.0), embankment: None };
    let new = NewModification { name: String::new(), is_enabled: true, in_base: false, edit, figures: None };
    let most = |modifications: i64, points: i64| ModificationCount { modifications, points };
    let add = async |most| store.add_terrain_modification(terrain.key, &new, most).await.unwrap();
    let Written::Done(first) = add(most(2, 6)).await else { panic!() };
    assert_eq!(add(most(1, 6)).await, Written::Full(most(2, 6)));
    assert_eq!(add(most(2, 5)).await, Written::Full(most(2, 6)));
    // In its own place there is room for as much as it had.
    let replaced = store.replace_terrain_modification(terrain.key, first.id, None, &new, most(1, 3)).await;
    assert!(matches!(replaced.unwrap(), Written::Done(_)));
    let refused = store.replace_terrain_modification(terrain.key, first.id, None, &new, most(1, 2)).await;
    assert_eq!(refused.unwrap(), Written::Full(most(1, 3)));
    assert!(matches!(add(most(2, 6)).await, Written::Done(_)));
    assert_eq!(store.add_terrain_modification(-1, &new, most(9, 99)).await.unwrap(), Written::Missing);
    served.database.close().await;
}
