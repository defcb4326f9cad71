//! The nodes of a scene, each with its place, down to triangles.

use super::document::{Document, Node, Primitive};
use super::{GlbError, GlbMaterial, GlbModel, MOST_TRIANGLES, accessor};

/// Nodes within each other.
const MAX_DEPTH: usize = 64;
/// Nodes that are visited: one may stand below several.
const MOST_VISITS: usize = 100_000;

/// Points that are moved, those of a mesh as often as it is shown.
const MOST_POINTS: usize = 30 * MOST_TRIANGLES;

/// Row by row, the last row left out.
type Matrix = [[f64; 4]; 3];

const IDENTITY: Matrix = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

pub fn triangles(document: &Document, binary: &[u8]) -> Result<GlbModel, GlbError> {
    let index = document.scene.unwrap_or(0);
    let scene = document.scenes.get(index);
    let scene = scene.ok_or(GlbError::Damaged { what: "scene", index, fault: "is not there" })?;
    let mut model = GlbModel {
        name: scene.name.clone().or_else(|| only_name(document, &scene.nodes)),
        materials: document.materials.iter().map(material).collect(),
        ..GlbModel::default()
    };
    let mut waiting: Vec<(usize, Matrix, usize)> =
        scene.nodes.iter().rev().map(|node| (*node, IDENTITY, 0)).collect();
    let (mut visits, mut points_left) = (0, MOST_POINTS);
    while let Some((index, above, depth)) = waiting.pop() {
        let damaged = |fault| GlbError::Damaged { what: "node", index, fault };
        let node = document.nodes.get(index).ok_or_else(|| damaged("is not there"))?;
        visits += 1;
        if depth > MAX_DEPTH || visits + waiting.len() + node.children.len() > MOST_VISITS {
            return Err(damaged("is one too many"));
        }
        let place = product(&above, &local(node));
        if let Some(mesh) = node.mesh {
            let found = document.meshes.get(mesh);
            let found =
                found.ok_or(GlbError::Damaged { what: "mesh", index: mesh, fault: "is not there" })?;
            for primitive in &found.primitives {
                add(document, binary, primitive, &place, &mut model, &mut points_left)?;
            }
        }
        waiting.extend(node.children.iter().rev().map(|child| (*child, place, depth + 1)));
    }
    Ok(model)
}

fn only_name(document: &Document, nodes: &[usize]) -> Option<String> {
    match nodes {
        [only] => document.nodes.get(*only)?.name.clone(),
        _ => None,
    }
}

fn material(given: &super::document::Material) -> GlbMaterial {
    let looks = &given.pbr_metallic_roughness;
    let color = looks.base_color_factor.unwrap_or([1.0; 4]);
    GlbMaterial {
        name: given.name.clone(),
        color: color.map(|value| if value.is_finite() { value.clamp(0.0, 1.0) } else { 1.0 }),
        has_texture: looks.base_color_texture.is_some(),
    }
}

fn add(
    document: &Document,
    binary: &[u8],
    primitive: &Primitive,
    place: &Matrix,
    model: &mut GlbModel,
    points_left: &mut usize,
) -> Result<(), GlbError> {
    let mode = primitive.mode.unwrap_or(4);
    let (4..=6, Some(position)) = (mode, primitive.attributes.position) else {
        model.skipped_primitives += 1;
        return Ok(());
    };
    let points = accessor::positions(document, binary, position)?;
    *points_left = points_left.checked_sub(points.len()).ok_or(GlbError::TooMany)?;
    let points: Vec<[f64; 3]> = points.into_iter().map(|point| moved(place, point)).collect();
    let order = match primitive.indices {
        Some(indices) => accessor::indices(document, binary, indices)?,
        None => (0..points.len()).collect(),
    };
    let corners: Vec<[usize; 3]> = match mode {
        4 => order.chunks_exact(3).map(|three| [three[0], three[1], three[2]]).collect(),
        // Every other one of a strip is turned round.
        5 => {
            let turned = |(at, three): (usize, &[usize])| match at % 2 {
                0 => [three[0], three[1], three[2]],
                _ => [three[1], three[0], three[2]],
            };
            order.windows(3).enumerate().map(turned).collect()
        }
        _ => {
            let first = order.first().copied().unwrap_or_default();
            order.get(1..).unwrap_or_default().windows(2).map(|two| [first, two[0], two[1]]).collect()
        }
    };
    if model.triangles.len() + corners.len() > MOST_TRIANGLES {
        return Err(GlbError::TooMany);
    }
    let beyond =
        GlbError::Damaged { what: "accessor", index: position, fault: "has fewer points than are named" };
    // What mirrors turns triangles round.
    let is_mirrored = determinant(place) < 0.0;
    for [a, b, c] in corners {
        let [b, c] = if is_mirrored { [c, b] } else { [b, c] };
        let [Some(a), Some(b), Some(c)] = [a, b, c].map(|at| points.get(at).copied()) else {
            return Err(beyond);
        };
        model.triangles.push([a, b, c]);
        model.material_of.push(primitive.material.filter(|at| *at < model.materials.len()));
    }
    Ok(())
}

fn local(node: &Node) -> Matrix {
    if let Some(m) = node.matrix {
        return [0, 1, 2].map(|row| [m[row], m[4 + row], m[8 + row], m[12 + row]]);
    }
    let [x, y, z, w] = node.rotation.unwrap_or([0.0, 0.0, 0.0, 1.0]);
    let turn = [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - z * w), 2.0 * (x * z + y * w)],
        [2.0 * (x * y + z * w), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - x * w)],
        [2.0 * (x * z - y * w), 2.0 * (y * z + x * w), 1.0 - 2.0 * (x * x + y * y)],
    ];
    let (scale, shift) = (node.scale.unwrap_or([1.0; 3]), node.translation.unwrap_or_default());
    [0, 1, 2].map(|row| {
        let [a, b, c] = turn[row];
        [a * scale[0], b * scale[1], c * scale[2], shift[row]]
    })
}

fn product(a: &Matrix, b: &Matrix) -> Matrix {
    let cell = |row: usize, column: usize| {
        let own = if column == 3 { a[row][3] } else { 0.0 };
        (0..3).map(|at| a[row][at] * b[at][column]).sum::<f64>() + own
    };
    [0, 1, 2].map(|row| [0, 1, 2, 3].map(|column| cell(row, column)))
}

fn moved(place: &Matrix, point: [f64; 3]) -> [f64; 3] {
    place.map(|row| (0..3).map(|at| row[at] * point[at]).sum::<f64>() + row[3])
}

fn determinant(m: &Matrix) -> f64 {
    let minor = |a: usize, b: usize| m[1][a] * m[2][b] - m[1][b] * m[2][a];
    m[0][0] * minor(1, 2) - m[0][1] * minor(0, 2) + m[0][2] * minor(0, 1)
}
