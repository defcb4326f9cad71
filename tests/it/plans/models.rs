//! Models that know nothing of their place, put into drafts.

use serde_json::{Value, json};

use super::entry::office;
use super::office::{ITEMS, Office};
use crate::http::Answer;

const GLB: (&str, &str) = ("content-type", "model/gltf-binary");
/// The ground below is at 480.20 m.
const ORIGIN: &str = "696720,5347400";

/// The outside of a box: 10 to the right, 6 up, 12 away from the viewer.
fn model(scale: f32) -> Vec<u8> {
    let corners = (0..8).map(|at: u8| {
        let [right, up, away] = [0, 1, 2].map(|axis| f32::from((at >> axis) & 1));
        [10.0 * right, 6.0 * up, -12.0 * away]
    });
    let binary: Vec<u8> = corners.flatten().flat_map(|number: f32| (number * scale).to_le_bytes()).collect();
    let faces: [[u8; 4]; 6] =
        [[0, 4, 5, 1], [2, 3, 7, 6], [0, 1, 3, 2], [1, 5, 7, 3], [5, 4, 6, 7], [4, 0, 2, 6]];
    let indices: Vec<u8> = faces.iter().flat_map(|[a, b, c, d]| [*a, *b, *c, *a, *c, *d]).collect();
    let binary = [binary, indices].concat();
    let document = json!({
        "asset": { "version": "2.0" },
        "scenes": [{ "name": "Entwurf", "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "material": 0 }] }],
        "materials": [{ "name": "Putz", "pbrMetallicRoughness": { "baseColorFactor": [0.9, 0.8, 0.7, 1.0] } }],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3" },
            { "bufferView": 1, "componentType": 5121, "count": 36, "type": "SCALAR" },
        ],
        "bufferViews": [
            { "buffer": 0, "byteLength": 96 },
            { "buffer": 0, "byteOffset": 96, "byteLength": 36 },
        ],
        "buffers": [{ "byteLength": binary.len() }],
    });
    let mut document = document.to_string().into_bytes();
    document.resize(document.len().next_multiple_of(4), b' ');
    let mut out = b"glTF\x02\0\0\0".to_vec();
    out.extend((28 + document.len() as u32 + binary.len() as u32).to_le_bytes());
    for (kind, content) in [(b"JSON", &document), (b"BIN\0", &binary)] {
        out.extend((content.len() as u32).to_le_bytes());
        out.extend(kind);
        out.extend(content);
    }
    out
}

async fn send(office: &Office, query: &str, body: &[u8]) -> Answer {
    let target = format!("/scenarios/A/imports?collection=buildings{query}");
    office.send(&office.planner, "POST", &target, &[GLB], body).await
}

/// `[west, south, east, north]` and the heights, by hand.
#[tokio::test]
async fn models_stand_where_they_are_put() {
    let office = office().await;
    office.scenario("A", None).await;
    let cases: [(&str, f32, [f64; 4], [f64; 2]); 4] = [
        ("origin=696720,5347400,480&id=M0", 1.0, [696720.0, 5347400.0, 696730.0, 5347412.0], [480.0, 486.0]),
        ("origin=696720,5347400&id=M1", 1.0, [696720.0, 5347400.0, 696730.0, 5347412.0], [480.2, 486.2]),
        // A right angle to the left: what went to the right goes north, what went north goes west.
        (
            "origin=696720,5347400,480&rotation=90&id=M2",
            1.0,
            [696708.0, 5347400.0, 696720.0, 5347410.0],
            [480.0, 486.0],
        ),
        // Millimetres.
        (
            "origin=696720,5347400,480&scale=0.001&id=M3",
            1000.0,
            [696720.0, 5347400.0, 696730.0, 5347412.0],
            [480.0, 486.0],
        ),
    ];
    for (at, (query, units, expected, heights)) in cases.iter().enumerate() {
        let answer = send(&office, &format!("&{query}"), &model(*units)).await;
        assert_eq!(answer.status, 201, "{query}: {}", answer.text());
        let import = answer.json();
        assert_eq!((&import["format"], &import["state"]), (&json!("glb"), &json!("ready")), "{import}");
        let found: Vec<f64> =
            import["heights"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert!((found[0] - heights[0]).abs() < 0.002 && (found[1] - heights[1]).abs() < 0.002, "{import}");
        let tag = office.tag("A").await;
        let target = format!("/scenarios/A/imports/{}/commit", import["id"]);
        let done = office.send(&office.planner, "POST", &target, &[("if-match", &tag)], b"").await;
        assert_eq!(done.status, 200, "{}", done.text());
        let target = format!("{ITEMS}/M{at}?scenario=A&crs=http://www.opengis.net/def/crs/EPSG/0/25832");
        let one = office.get(&office.planner, &target).await.json();
        let rings = one["geometry"]["coordinates"][0][0].as_array().unwrap();
        let axis = |axis: usize| rings.iter().map(move |point| point[axis].as_f64().unwrap());
        let least = |at: usize| axis(at).fold(f64::INFINITY, f64::min);
        let most = |at: usize| axis(at).fold(f64::NEG_INFINITY, f64::max);
        for (found, expected) in [least(0), least(1), most(0), most(1)].into_iter().zip(expected) {
            assert!((found - expected).abs() < 0.01, "{query}: {found} {expected}");
        }
        let properties = &one["properties"];
        assert_eq!((&properties["class"], &properties["measuredHeight"]), (&json!("Building"), &json!(6.0)));
        assert_eq!(properties["name"], "Entwurf");
    }
    // Its colour is kept.
    let target = format!("{ITEMS}/M0?scenario=A&f=cityjson");
    let whole = office.get(&office.planner, &target).await.json();
    assert_eq!(whole["appearance"]["materials"][0]["diffuseColor"], json!([0.9, 0.8, 0.7]), "{whole}");
}

#[tokio::test]
async fn models_without_a_place_are_refused() {
    let office = office().await;
    office.scenario("A", None).await;
    let house =
        json!({ "type": "Feature", "id": "H", "geometry": null, "properties": {} }).to_string().into_bytes();
    let whole = model(1.0);
    let cases: Vec<(String, Vec<u8>, u16, &str)> = vec![
        (String::new(), whole.clone(), 400, "`origin` is missing"),
        ("&rotation=3".to_owned(), whole.clone(), 400, "go with `origin`"),
        ("&origin=1".to_owned(), whole.clone(), 400, "`origin`"),
        ("&origin=1,2,3,4".to_owned(), whole.clone(), 400, "`origin`"),
        ("&origin=here,there".to_owned(), whole.clone(), 400, "`origin`"),
        ("&origin=NaN,inf".to_owned(), whole.clone(), 400, "`origin`"),
        (format!("&origin={ORIGIN}&scale=0"), whole.clone(), 400, "`scale`"),
        (format!("&origin={ORIGIN}"), house, 422, "goes with glTF alone"),
        ("&origin=11.65,48.25".to_owned(), whole.clone(), 422, "origin"),
        (format!("&origin={ORIGIN}&scale=1000"), whole.clone(), 422, "is `scale` right?"),
        (format!("&origin={ORIGIN}"), whole[..60].to_vec(), 422, "ends too soon"),
        (format!("&origin={ORIGIN}"), b"glTF".to_vec(), 422, "no GLB"),
    ];
    for (query, body, status, part) in cases {
        let answer = send(&office, &query, &body).await;
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(answer.status == status && detail.contains(part), "{query}: {} {detail}", answer.status);
    }
}
