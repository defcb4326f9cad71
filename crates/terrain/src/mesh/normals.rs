//! Normals of vertices from the heights around them, in earth-centred axes.

use super::super::lattice::LATTICE_SIDE;
use super::MeshInput;
use stadtwin_crs::{east_north_up, to_ecef};

/// Unit normals (earth-centred axes) at nodes `[column, row]`, by central differences of the lattice: they depend on
/// place and heights only, so neighbours shade their common border alike.
pub fn normals(input: &MeshInput, places: &[[f64; 2]], vertices: &[[u16; 2]]) -> Vec<[f64; 3]> {
    let wide = LATTICE_SIDE + 2;
    let of = |vertex: &[u16; 2]| {
        let node = (usize::from(vertex[1]) + 1) * wide + usize::from(vertex[0]) + 1;
        let [longitude, latitude] = places[node];
        let axes = east_north_up(longitude, latitude);
        let slope = |from: usize, to: usize| {
            let rise = input.height(to) - input.height(from);
            let run = distance_m(places[from], places[to]);
            if run > 0.0 { rise / run } else { 0.0 }
        };
        let (east, north) = (slope(node - 1, node + 1), slope(node - wide, node + wide));
        let length = (1.0 + east * east + north * north).sqrt();
        std::array::from_fn(|axis| (axes[2][axis] - east * axes[0][axis] - north * axes[1][axis]) / length)
    };
    vertices.iter().map(of).collect()
}

fn distance_m(from: [f64; 2], to: [f64; 2]) -> f64 {
    let (a, b) = (to_ecef(from[0], from[1], 0.0), to_ecef(to[0], to[1], 0.0));
    (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f64>().sqrt()
}
