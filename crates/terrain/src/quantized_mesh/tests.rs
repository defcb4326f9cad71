use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::availability::available_below;
use crate::lattice::{LATTICE_CELLS, LATTICE_SIDE, child_keys, lattice_places, tile_bounds_deg};
use crate::mesh::{MeshInput, WaterMask, mesh_tolerance_m};
use stadtwin_crs::{normal_ecef, to_ecef};
use stadtwin_model::TileKey;

const ALL: Extensions = Extensions { normals: true, water_mask: true, metadata: true };
/// South-west of Munich, level 14.
const HOME: TileKey = TileKey { level: 14, x: 17_437, y: 12_573 };

/// A rough ground of hills, ditches and noise, a function of place: the same in every tile [m].
fn ground([longitude, latitude]: [f64; 2], roughness: f64) -> f32 {
    let (x, y) = (longitude * 6000.0, latitude * 9000.0);
    let hills = 30.0 * (x / 40.0).sin() * (y / 55.0).cos() + 4.0 * (x / 3.0 + y / 7.0).sin();
    let ditch = if (x / 11.0).rem_euclid(5.0) < 0.3 { -3.0 } else { 0.0 };
    let hash = (x * 12.9898 + y * 78.233).sin() * 43_758.545_3;
    (560.0 + roughness * (hills + ditch + (hash - hash.floor()))) as f32
}

fn tile(key: TileKey, height: impl Fn([f64; 2]) -> f32) -> MeshInput {
    MeshInput::new(key, lattice_places(key, 1).into_iter().map(height).collect())
}

fn encoded(input: &MeshInput) -> QuantizedMesh {
    decode_quantized_mesh(&encode_quantized_mesh(input, ALL)).unwrap()
}

fn height_of(mesh: &QuantizedMesh, vertex: u32) -> f64 {
    let [low, high] = mesh.heights_m.map(f64::from);
    low + (high - low) * f64::from(mesh.height[vertex as usize]) / 32_767.0
}

/// Half of the mesh's step of heights [m].
fn rounding(mesh: &QuantizedMesh) -> f64 {
    f64::from(mesh.heights_m[1] - mesh.heights_m[0]) / 65_534.0
}

/// Every triangle counter-clockwise with an area, the tile covered once, edges whole and in order.
fn check_form(mesh: &QuantizedMesh) {
    let place = |vertex: u32| [i64::from(mesh.u[vertex as usize]), i64::from(mesh.v[vertex as usize])];
    let mut area = 0;
    for [a, b, c] in mesh.triangles.iter().map(|triangle| triangle.map(place)) {
        let twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        assert!(twice > 0, "{a:?} {b:?} {c:?}");
        area += twice;
    }
    assert_eq!(area, 2 * 32_767 * 32_767);
    for (edge, (axis, at)) in mesh.edges.iter().zip([(0, 0), (1, 0), (0, 32_767), (1, 32_767)]) {
        let mut expected: Vec<u32> =
            (0..mesh.u.len() as u32).filter(|vertex| place(*vertex)[axis] == at).collect();
        expected.sort_by_key(|vertex| place(*vertex)[1 - axis]);
        assert_eq!(*edge, expected);
    }
}

/// Greatest distance of a lattice node from the triangles over it [m], by barycentric coordinates of each.
fn worst_error(mesh: &QuantizedMesh, input: &MeshInput) -> f64 {
    let heights = input.inner_heights();
    let node_of = |number: u16| f64::from(number) / 32_767.0 * LATTICE_CELLS as f64;
    let mut seen = vec![false; heights.len()];
    let mut worst = 0f64;
    for triangle in &mesh.triangles {
        let [a, b, c] =
            triangle.map(|at| [node_of(mesh.u[at as usize]), node_of(mesh.v[at as usize])].map(f64::round));
        let [za, zb, zc] = triangle.map(|vertex| height_of(mesh, vertex));
        let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        let range = |axis: usize| {
            let least = a[axis].min(b[axis]).min(c[axis]) as usize;
            least..=a[axis].max(b[axis]).max(c[axis]) as usize
        };
        for (row, column) in range(1).flat_map(|row| range(0).map(move |column| (row, column))) {
            let (x, y) = (column as f64 - a[0], row as f64 - a[1]);
            let beta = (x * (c[1] - a[1]) - y * (c[0] - a[0])) / area;
            let gamma = ((b[0] - a[0]) * y - (b[1] - a[1]) * x) / area;
            if beta < -1e-9 || gamma < -1e-9 || beta + gamma > 1.0 + 1e-9 {
                continue;
            }
            let node = row * LATTICE_SIDE + column;
            seen[node] = true;
            worst = worst.max((za + beta * (zb - za) + gamma * (zc - za) - f64::from(heights[node])).abs());
        }
    }
    assert!(seen.iter().all(|seen| *seen));
    worst
}

fn check_tile(input: &MeshInput) -> QuantizedMesh {
    let mesh = encoded(input);
    check_form(&mesh);
    let worst = worst_error(&mesh, input);
    assert!(worst <= mesh_tolerance_m(input.key.level), "{worst} m at level {}", input.key.level);
    check_bounds(&mesh, input.key);
    mesh
}

/// The sphere holds the vertices (some thousand of them); seen from where the horizon occlusion point is just hidden, no vertex is visible.
fn check_bounds(mesh: &QuantizedMesh, key: TileKey) {
    let [west, south, east, north] = tile_bounds_deg(key);
    let radii = [6_378_137.0, 6_378_137.0, 6_356_752.314_245];
    let scaled = |point: [f64; 3]| -> [f64; 3] { std::array::from_fn(|axis| point[axis] / radii[axis]) };
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    // Hidden behind the unit sphere: beyond the horizon's plane and within the cone.
    let hidden = |camera: [f64; 3], point: [f64; 3]| {
        let beyond = dot(camera, camera) - 1.0;
        let to: [f64; 3] = std::array::from_fn(|axis| point[axis] - camera[axis]);
        let along = -dot(to, camera);
        along > beyond && along * along > beyond * dot(to, to)
    };
    let horizon = mesh.horizon_occlusion_point;
    for vertex in (0..mesh.u.len()).step_by(1 + mesh.u.len() / 2000) {
        let longitude = west + (east - west) * f64::from(mesh.u[vertex]) / 32_767.0;
        let latitude = south + (north - south) * f64::from(mesh.v[vertex]) / 32_767.0;
        let point = to_ecef(longitude, latitude, height_of(mesh, vertex as u32));
        let away = (0..3).map(|axis| (point[axis] - mesh.sphere_center[axis]).powi(2)).sum::<f64>().sqrt();
        assert!(away <= mesh.sphere_radius_m, "{away} {}", mesh.sphere_radius_m);
        // Cameras 20 km up, on all sides, ever farther away.
        for step in 0..24 {
            let camera = scaled(to_ecef(longitude + f64::from(step) * 7.5, latitude / 2.0, 20_000.0));
            let slightly_in = scaled(point).map(|value| value * (1.0 - 1e-7));
            assert!(
                !hidden(camera, horizon) || hidden(camera, slightly_in),
                "vertex {vertex}, camera {step}"
            );
        }
    }
}

/// Vertices of an edge: place along it (0 … 32767) and height [m].
fn edge(mesh: &QuantizedMesh, side: usize) -> Vec<(u16, f64)> {
    let along = if side.is_multiple_of(2) { &mesh.v } else { &mesh.u };
    mesh.edges[side].iter().map(|vertex| (along[*vertex as usize], height_of(mesh, *vertex))).collect()
}

#[test]
fn tiles_of_others_are_read() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or_else(beside, PathBuf::from);
    let folder = folder.join("terrain/quantized-mesh");
    if !folder.exists() {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return;
    }
    // Counts and heights: MANIFEST.md of the data.
    let cases = [
        ("10_1563_590_light_watermask.terrain", 4, 2, [-52.091_915, -51.074_795], true, Some(1)),
        ("9_533_383.terrain", 103, 127, [206.340_87, 787.943], false, None),
        ("9_769_319_watermask.terrain", 4, 2, [-66.554_42, -26.374_947], false, Some(65_536)),
    ];
    for (name, vertices, triangles, heights, normals, water) in cases {
        let mesh = decode_quantized_mesh(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        assert_eq!((mesh.u.len(), mesh.triangles.len()), (vertices, triangles), "{name}");
        assert_eq!(mesh.heights_m, heights.map(|height: f32| height), "{name}");
        assert_eq!(
            (mesh.normals.is_some(), mesh.water_mask.as_ref().map(Vec::len)),
            (normals, water),
            "{name}"
        );
        for (edge, (along, at)) in
            mesh.edges.iter().zip([(&mesh.u, 0), (&mesh.v, 0), (&mesh.u, 32_767), (&mesh.v, 32_767)])
        {
            assert!(edge.len() >= 2 && edge.iter().all(|vertex| along[*vertex as usize] == at), "{name}");
        }
    }
}

#[test]
fn flat_tiles_take_as_few_triangles_as_the_round_earth_allows() {
    // Level 0: spans of 8 nodes: 32 × 32 cells of two triangles.
    for (level, expected) in [(14, 2), (9, 2), (8, 8), (0, 2048)] {
        let mesh = check_tile(&tile(TileKey { level, x: 1, y: 0 }, |_| 45.5));
        assert_eq!(mesh.triangles.len(), expected, "level {level}");
    }
}

#[test]
fn borders_meet_across_a_pyramid() {
    for level_up in [0, 2, 4] {
        // As rough to the level's eyes: tolerances double with each level up.
        let rough = |place: [f64; 2]| ground(place, 4.0 * f64::from(1 << level_up));
        let corner = TileKey { level: HOME.level - level_up, x: HOME.x >> level_up, y: HOME.y >> level_up };
        let near =
            |x: u32, y: u32| check_tile(&tile(TileKey { x: corner.x + x, y: corner.y + y, ..corner }, rough));
        let (home, east, north) = (near(0, 0), near(1, 0), near(0, 1));
        check_same_level(&home, 2, &east, 0);
        check_same_level(&home, 3, &north, 1);
        let children = child_keys(corner).map(|key| check_tile(&tile(key, rough)));
        // Side of the parent, the two children along it, ascending.
        for (side, first, second) in [(0, 0, 2), (1, 0, 1), (2, 1, 3), (3, 2, 3)] {
            check_parent(&home, side, [&children[first], &children[second]]);
        }
    }
}

fn check_same_level(one: &QuantizedMesh, side: usize, other: &QuantizedMesh, other_side: usize) {
    let (ours, theirs) = (edge(one, side), edge(other, other_side));
    assert!(ours.len() > 10, "a rough edge has vertices");
    assert_eq!(ours.len(), theirs.len());
    let most = rounding(one).max(rounding(other)) * 1.001;
    for ((place, height), (their_place, their_height)) in ours.into_iter().zip(theirs) {
        assert_eq!(place, their_place);
        assert!((height - their_height).abs() <= most, "{height} {their_height}");
    }
    // Normals too: nothing but place and heights goes into them.
    let normals = |mesh: &QuantizedMesh, side: usize| -> Vec<_> {
        mesh.edges[side].iter().map(|vertex| mesh.normals.as_ref().unwrap()[*vertex as usize]).collect()
    };
    assert_eq!(normals(one, side), normals(other, other_side));
}

/// Every vertex of the coarse edge is one of the fine edges', at the same height.
fn check_parent(coarse: &QuantizedMesh, side: usize, fine: [&QuantizedMesh; 2]) {
    let most = rounding(coarse) + rounding(fine[0]).max(rounding(fine[1]));
    for (place, height) in edge(coarse, side) {
        let node = (f64::from(place) / 32_767.0 * 256.0).round() as u32;
        let child = fine[usize::from(node > 128)];
        let fine_node = if node > 128 { (node - 128) * 2 } else { node * 2 };
        let fine_place = (f64::from(fine_node) * 32_767.0 / 256.0).round() as u16;
        let found = edge(child, side).into_iter().find(|(place, _)| *place == fine_place);
        let (_, fine_height) = found.expect("a vertex of the coarse edge is one of the fine edge");
        assert!((height - fine_height).abs() <= most, "{height} {fine_height}");
    }
}

#[test]
fn a_slope_has_one_normal() {
    // 10 % up towards the east: the normal leans 5.71° to the west of the zenith.
    let metres_per_degree = 111_319.490_793 * 48.0f64.to_radians().cos();
    let key = TileKey { level: 14, x: HOME.x, y: (138.0 / (180.0 / 16_384.0)) as u32 };
    let [west, south, ..] = tile_bounds_deg(key);
    let mesh = check_tile(&tile(key, |[longitude, _]| ((longitude - west) * metres_per_degree * 0.1) as f32));
    let up = normal_ecef(west, south);
    for normal in mesh.normals.unwrap() {
        let cosine: f64 = (0..3).map(|axis| normal[axis] * up[axis]).sum();
        assert!((cosine.acos().to_degrees() - 5.71).abs() < 0.6, "{}", cosine.acos().to_degrees());
        assert!(normal[0] * -up[1] + normal[1] * up[0] < 0.0, "leans west");
    }
}

#[test]
fn extensions_come_as_asked() {
    let root = TileKey { level: 0, x: 1, y: 0 };
    let mut input = tile(root, |_| 0.0);
    input.available = available_below(root, [11.5, 48.1, 11.6, 48.2], 2);
    input.water = WaterMask::Grid((0..65_536).map(|at| if at < 256 { 255 } else { 0 }).collect());
    let mesh = encoded(&input);
    assert_eq!(mesh.water_mask.as_ref().map(|mask| (mask[0], mask[255], mask[256])), Some((255, 255, 0)));
    let json = r#"{"available":[[{"startX":2,"startY":1,"endX":2,"endY":1}],[{"startX":4,"startY":3,"endX":4,"endY":3}]]}"#;
    assert_eq!(mesh.metadata.as_deref(), Some(json));
    input.water = WaterMask::Grid(vec![255; 65_536]);
    assert_eq!(encoded(&input).water_mask, Some(vec![255]));
    let plain = decode_quantized_mesh(&encode_quantized_mesh(&input, Extensions::default())).unwrap();
    assert_eq!((plain.normals, plain.water_mask, plain.metadata), (None, None, None));
}

#[test]
fn more_vertices_than_short_indices_hold() {
    // Every node counts: hardly one lies within 1.18 m of its neighbours' plane.
    let mut input = tile(HOME, |_| 0.0);
    for (at, height) in input.heights_m.iter_mut().enumerate() {
        let mixed = (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        *height = ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40 & 0x0fff) as f32;
    }
    let mesh = check_tile(&input);
    assert!(mesh.u.len() > 65_536, "{}", mesh.u.len());
}

#[test]
fn broken_tiles_are_refused() {
    let bytes = encode_quantized_mesh(&tile(HOME, |place| ground(place, 0.2)), ALL);
    for length in (0..bytes.len()).step_by(7).chain(0..120) {
        // Cut between extensions the tile is whole as far as it goes.
        let cut = decode_quantized_mesh(&bytes[..length]);
        assert!(cut.is_err() || cut.is_ok_and(|mesh| mesh.metadata.is_none() && !mesh.triangles.is_empty()));
    }
    let with = |at: usize, value: [u8; 4]| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&value);
        decode_quantized_mesh(&bytes)
    };
    assert!(matches!(with(88, [255; 4]), Err(QuantizedMeshError::Short { .. })));
    assert!(matches!(with(92, [255; 4]), Err(QuantizedMeshError::Range { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_ground_is_within_tolerance(roughness in 0.0..4.0f64, level in 8u8..18, x in 0u32..200, y in 0u32..100) {
        check_tile(&tile(TileKey { level, x, y }, |place| ground(place, roughness)));
    }

    #[test]
    fn no_bytes_panic(at in 0usize..4000, value in any::<[u8; 4]>()) {
        let mut bytes = encode_quantized_mesh(&tile(HOME, |_| 7.0), ALL);
        let at = at % (bytes.len() - 4);
        bytes[at..at + 4].copy_from_slice(&value);
        let _ = decode_quantized_mesh(&bytes);
    }
}
