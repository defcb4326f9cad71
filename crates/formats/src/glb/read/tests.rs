use serde_json::{Value, json};

use super::*;

/// A GLB of these floats and indices; `more` stands over the document.
fn glb(points: &[[f32; 3]], indices: &[u16], more: Value) -> Vec<u8> {
    let mut binary: Vec<u8> = points.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
    let place = binary.len();
    binary.extend(indices.iter().flat_map(|index| index.to_le_bytes()));
    binary.resize(binary.len().next_multiple_of(4), 0);
    let mut document = json!({
        "asset": { "version": "2.0" },
        "scenes": [{ "name": "Haus", "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "material": 0 }] }],
        "materials": [{ "name": "rot", "pbrMetallicRoughness": { "baseColorFactor": [1.0, 0.0, 0.0, 0.5] } }],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": points.len(), "type": "VEC3" },
            { "bufferView": 1, "componentType": 5123, "count": indices.len(), "type": "SCALAR" },
        ],
        "bufferViews": [
            { "buffer": 0, "byteLength": place },
            { "buffer": 0, "byteOffset": place, "byteLength": 2 * indices.len() },
        ],
        "buffers": [{ "byteLength": binary.len() }],
    });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    packed(document.to_string().as_bytes(), &binary)
}

fn packed(json: &[u8], binary: &[u8]) -> Vec<u8> {
    let mut json = json.to_vec();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut out = b"glTF\x02\0\0\0".to_vec();
    out.extend((28 + json.len() as u32 + binary.len() as u32).to_le_bytes());
    for (kind, content) in [(b"JSON", json.as_slice()), (b"BIN\0", binary)] {
        out.extend((content.len() as u32).to_le_bytes());
        out.extend(kind);
        out.extend(content);
    }
    out
}

const POINTS: [[f32; 3]; 4] = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]];

/// Corners as text.
fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
    let model = read_glb(bytes).map_err(|error| error.to_string())?;
    let corner = |point: &[f64; 3]| point.map(|number| (number * 1000.0).round() / 1000.0 + 0.0);
    let triangle = |triangle: &[[f64; 3]; 3]| {
        let corners = triangle.iter().map(corner).map(|[x, y, z]| format!("{x},{y},{z}"));
        corners.collect::<Vec<_>>().join(" ")
    };
    Ok(model.triangles.iter().map(triangle).collect())
}

#[test]
fn triangles_come_where_their_nodes_are() {
    let turned = (0.5_f64).sqrt();
    let node = |node: Value| json!({ "nodes": [node] });
    let cases = [
        (json!({}), vec!["0,0,0 1,0,0 0,1,0"]),
        (node(json!({ "mesh": 0, "translation": [10, 20, 30] })), vec!["10,20,30 11,20,30 10,21,30"]),
        (node(json!({ "mesh": 0, "scale": [2, 3, 4] })), vec!["0,0,0 2,0,0 0,3,0"]),
        // A right angle about the axis upwards: x goes to −z.
        (node(json!({ "mesh": 0, "rotation": [0.0, turned, 0.0, turned] })), vec!["0,0,0 0,0,-1 0,1,0"]),
        (
            node(json!({ "mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 6, 7, 1] })),
            vec!["5,6,7 6,6,7 5,7,7"],
        ),
        // Mirrored: turned round, so that its front stays in front.
        (node(json!({ "mesh": 0, "scale": [-1, 1, 1] })), vec!["0,0,0 0,1,0 -1,0,0"]),
        (
            json!({ "nodes": [{ "children": [1, 1], "translation": [10, 0, 0] }, { "mesh": 0, "translation": [0, 1, 0] }] }),
            vec!["10,1,0 11,1,0 10,2,0", "10,1,0 11,1,0 10,2,0"],
        ),
    ];
    for (more, expected) in cases {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(read(&glb(&POINTS, &[0, 1, 2], more.clone())), Ok(expected), "{more}");
    }
    let primitive = |mode: u32| json!({ "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "mode": mode }] }] });
    for (mode, expected) in [
        (4, vec!["0,0,0 1,0,0 0,1,0"]),
        (5, vec!["0,0,0 1,0,0 0,1,0", "0,1,0 1,0,0 1,1,0"]),
        (6, vec!["0,0,0 1,0,0 0,1,0", "0,0,0 0,1,0 1,1,0"]),
        (1, vec![]),
    ] {
        let expected: Vec<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(read(&glb(&POINTS, &[0, 1, 2, 3], primitive(mode))), Ok(expected), "{mode}");
    }
    let model = read_glb(&glb(&POINTS, &[0, 1, 2], json!({}))).unwrap();
    assert_eq!((model.name.as_deref(), model.material_of.as_slice()), (Some("Haus"), [Some(0)].as_slice()));
    assert_eq!((model.materials[0].name.as_str(), model.materials[0].color), ("rot", [1.0, 0.0, 0.0, 0.5]));
}

#[test]
fn what_is_no_model_is_told() {
    let with = |more: Value| glb(&POINTS, &[0, 1, 2], more);
    let whole = with(json!({}));
    let accessor = |accessor: Value| json!({ "accessors": [accessor, { "bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR" }] });
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"glTF".to_vec(), "does not begin as one"),
        (b"glTF\x01\0\0\0".to_vec(), "does not begin as one"),
        (whole[..40].to_vec(), "ends too soon"),
        (packed(b"{", b""), "JSON of the model is broken"),
        (packed(b"{}", b""), "`scene` 0 of the model is not there"),
        (
            with(json!({ "extensionsRequired": ["KHR_draco_mesh_compression"] })),
            "`KHR_draco_mesh_compression`",
        ),
        (with(json!({ "buffers": [{ "uri": "/etc/passwd" }] })), "another file"),
        (with(json!({ "nodes": [{ "children": [0] }] })), "one too many"),
        (with(json!({ "nodes": [{ "mesh": 7 }] })), "`mesh` 7 of the model is not there"),
        (glb(&POINTS, &[0, 1, 9], json!({})), "fewer points than are named"),
        (glb(&[[f32::NAN, 0.0, 0.0]; 3], &[0, 1, 2], json!({})), "what is no number"),
        (
            with(accessor(
                json!({ "bufferView": 0, "componentType": 5126, "count": 4_000_000_000_u64, "type": "VEC3" }),
            )),
            "beyond the end",
        ),
        (
            with(accessor(
                json!({ "bufferView": 0, "byteOffset": 99, "componentType": 5126, "count": 4, "type": "VEC3" }),
            )),
            "beyond the end",
        ),
        (
            with(accessor(json!({ "bufferView": 0, "componentType": 5122, "count": 4, "type": "VEC3" }))),
            "three floats",
        ),
        (with(accessor(json!({ "componentType": 5126, "count": 4, "type": "VEC3" }))), "has no bytes"),
        (
            with(accessor(
                json!({ "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3", "sparse": {} }),
            )),
            "sparse",
        ),
    ];
    for (bytes, part) in cases {
        let told = read(&bytes).unwrap_err();
        assert!(told.contains(part), "{part}: {told}");
    }
    // The same mesh below a thousand nodes, a thousand times.
    let nodes: Vec<Value> = (0..1_000).map(|_| json!({ "mesh": 0 })).collect();
    let nested = json!({ "children": (0..1_000).collect::<Vec<_>>() });
    let many: Vec<Value> = nodes.into_iter().chain((0..200).map(|_| nested.clone())).collect();
    let more = json!({ "nodes": many, "scenes": [{ "nodes": (1_000..1_200).collect::<Vec<_>>() }] });
    let told = read(&with(more)).unwrap_err();
    assert!(told.contains("100000 triangles") || told.contains("one too many"), "{told}");
}
