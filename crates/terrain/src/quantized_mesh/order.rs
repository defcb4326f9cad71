//! Triangles in an order that packs well, vertices in the order in which triangles first use them.

use crate::mesh::Mesh;

/// The same mesh: triangles along a space-filling curve; each vertex that they meet for the first time has the next number.
pub fn ordered(mesh: &Mesh) -> Mesh {
    let mut triangles = mesh.triangles.clone();
    triangles.sort_by_key(|triangle| {
        let corners = triangle.map(|vertex| mesh.vertices[vertex as usize]);
        let sum = |axis: usize| corners.iter().map(|corner| u32::from(corner[axis])).sum::<u32>();
        interleaved(sum(0)) | interleaved(sum(1)) << 1
    });
    let mut numbers = vec![u32::MAX; mesh.vertices.len()];
    let mut vertices = Vec::with_capacity(mesh.vertices.len());
    for vertex in triangles.iter_mut().flatten() {
        let number = &mut numbers[*vertex as usize];
        if *number == u32::MAX {
            *number = vertices.len() as u32;
            vertices.push(mesh.vertices[*vertex as usize]);
        }
        *vertex = *number;
    }
    Mesh { vertices, triangles }
}

/// Bits of a number below 1024 spread to every second place.
fn interleaved(value: u32) -> u32 {
    (0..10).fold(0, |spread, bit| spread | (value >> bit & 1) << (2 * bit))
}
