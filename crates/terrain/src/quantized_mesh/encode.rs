//! A mesh as the bytes of a quantized-mesh tile.

use super::bounds::{bounding_sphere, horizon_occlusion_point};
use super::oct::oct_encode;
use super::order::ordered;
use super::steps::HeightSteps;
use super::{FULL, METADATA, NORMALS, SHORT_INDEX_VERTICES, WATER_MASK, WATER_SIDE};
use crate::lattice::{LATTICE_CELLS, LATTICE_SIDE, lattice_places};
use crate::mesh::{Mesh, MeshInput, WaterMask, limits_of, normals, refine};
use stadtwin_crs::to_ecef;

/// What a client asked for beyond the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extensions {
    pub normals: bool,
    pub water_mask: bool,
    pub metadata: bool,
}

/// Meshes a tile and encodes it; not packed. The same input gives the same bytes.
pub fn encode_quantized_mesh(tile: &MeshInput, extensions: Extensions) -> Vec<u8> {
    let heights_m = tile.inner_heights();
    let mesh = ordered(&refine(&heights_m, limits_of(tile.key.level)));
    let places = lattice_places(tile.key, 1);
    let mut bytes = Vec::with_capacity(128 + mesh.vertices.len() * 8 + mesh.triangles.len() * 6);
    let steps = push_header(&mesh, &heights_m, &places, &mut bytes);
    push_vertices(&mesh, &heights_m, steps, &mut bytes);
    push_triangles(&mesh, &mut bytes);
    push_edges(&mesh, &mut bytes);
    if extensions.normals {
        let normals = normals(tile, &places, &mesh.vertices);
        push_extension(NORMALS, &normals.into_iter().flat_map(oct_encode).collect::<Vec<_>>(), &mut bytes);
    }
    if extensions.water_mask {
        push_extension(WATER_MASK, &water_bytes(&tile.water), &mut bytes);
    }
    if let Some(available) = tile.available.as_ref().filter(|_| extensions.metadata) {
        let json = serde_json::json!({ "available": available }).to_string();
        let length = (json.len() as u32).to_le_bytes();
        push_extension(METADATA, &[&length, json.as_bytes()].concat(), &mut bytes);
    }
    bytes
}

fn height_of(heights_m: &[f32], [column, row]: [u16; 2]) -> f64 {
    f64::from(heights_m[usize::from(row) * LATTICE_SIDE + usize::from(column)])
}

/// Centre, range of heights, sphere, horizon occlusion point: 88 bytes.
fn push_header(mesh: &Mesh, heights_m: &[f32], places: &[[f64; 2]], bytes: &mut Vec<u8>) -> HeightSteps {
    let heights = || mesh.vertices.iter().map(|vertex| height_of(heights_m, *vertex));
    let lowest = heights().fold(f64::INFINITY, f64::min);
    let highest = heights().fold(f64::NEG_INFINITY, f64::max);
    let steps = HeightSteps::for_range(lowest, highest);
    let place = |[column, row]: [u16; 2]| {
        places[(usize::from(row) + 1) * (LATTICE_SIDE + 2) + usize::from(column) + 1]
    };
    let points: Vec<_> = mesh
        .vertices
        .iter()
        .map(|vertex| {
            let [longitude, latitude] = place(*vertex);
            to_ecef(longitude, latitude, height_of(heights_m, *vertex))
        })
        .collect();
    let sphere = bounding_sphere(&points);
    bytes.extend(sphere.center.iter().flat_map(|value| value.to_le_bytes()));
    bytes
        .extend([steps.lowest_m, steps.highest_m()].iter().flat_map(|height| (*height as f32).to_le_bytes()));
    bytes.extend(sphere.center.iter().flat_map(|value| value.to_le_bytes()));
    // Places and heights are rounded after this: a little more than they move.
    let radius = sphere.radius_m * (1.0 + 1.0 / f64::from(FULL)) + steps.step_m;
    bytes.extend(radius.to_le_bytes());
    let horizon = horizon_occlusion_point(&points, sphere.center);
    bytes.extend(horizon.iter().flat_map(|value| value.to_le_bytes()));
    steps
}

/// Columns and rows as 0 … 32767: a node has the same number in the tile beside.
fn push_vertices(mesh: &Mesh, heights_m: &[f32], steps: HeightSteps, bytes: &mut Vec<u8>) {
    bytes.extend((mesh.vertices.len() as u32).to_le_bytes());
    let across = |node: u16| {
        let cells = LATTICE_CELLS as u32;
        ((u32::from(node) * u32::from(FULL) + cells / 2) / cells) as u16
    };
    push_differences(mesh.vertices.iter().map(|vertex| across(vertex[0])), bytes);
    push_differences(mesh.vertices.iter().map(|vertex| across(vertex[1])), bytes);
    push_differences(mesh.vertices.iter().map(|vertex| steps.number(height_of(heights_m, *vertex))), bytes);
}

/// Each number as its difference to the one before, zigzag.
fn push_differences(numbers: impl Iterator<Item = u16>, bytes: &mut Vec<u8>) {
    let mut before = 0i32;
    for number in numbers.map(i32::from) {
        let difference = number - before;
        bytes.extend((((difference << 1) ^ (difference >> 31)) as u16).to_le_bytes());
        before = number;
    }
}

fn push_index(index: u32, short: bool, bytes: &mut Vec<u8>) {
    match short {
        true => bytes.extend((index as u16).to_le_bytes()),
        false => bytes.extend(index.to_le_bytes()),
    }
}

/// High-water-mark coded: how far below the next number never used before.
fn push_triangles(mesh: &Mesh, bytes: &mut Vec<u8>) {
    let short = mesh.vertices.len() <= SHORT_INDEX_VERTICES;
    if !short {
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes.extend((mesh.triangles.len() as u32).to_le_bytes());
    let mut highest = 0;
    for vertex in mesh.triangles.iter().flatten() {
        push_index(highest - vertex, short, bytes);
        if *vertex == highest {
            highest += 1;
        }
    }
}

/// Vertices on the west, south, east and north edge, from south to north or west to east.
fn push_edges(mesh: &Mesh, bytes: &mut Vec<u8>) {
    let last = LATTICE_CELLS as u16;
    let short = mesh.vertices.len() <= SHORT_INDEX_VERTICES;
    for (axis, place) in [(0, 0), (1, 0), (0, last), (1, last)] {
        let mut edge: Vec<_> =
            (0..mesh.vertices.len()).filter(|vertex| mesh.vertices[*vertex][axis] == place).collect();
        edge.sort_by_key(|vertex| mesh.vertices[*vertex][1 - axis]);
        bytes.extend((edge.len() as u32).to_le_bytes());
        edge.into_iter().for_each(|vertex| push_index(vertex as u32, short, bytes));
    }
}

fn water_bytes(water: &WaterMask) -> Vec<u8> {
    match water {
        WaterMask::Grid(mask) if mask.len() == WATER_SIDE * WATER_SIDE => match mask.first() {
            Some(first) if mask.iter().all(|water| water == first) => vec![*first],
            _ => mask.clone(),
        },
        WaterMask::Grid(_) => vec![0],
        WaterMask::Uniform(water) => vec![*water],
    }
}

fn push_extension(id: u8, content: &[u8], bytes: &mut Vec<u8>) {
    bytes.push(id);
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
}
