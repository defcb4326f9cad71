//! Areas and normals of faces.

use crate::model::{Face, Geometry};

/// Unit normal (counter-clockwise from outside) and area [m²] of a face by Newell's method, holes taken off.
pub fn face_normal_area(geometry: &Geometry, face: &Face) -> ([f64; 3], f64) {
    let mut sum = [0.0f64; 3];
    for ring in geometry.face_rings(face) {
        let Some(origin) = ring.first() else { continue };
        for (index, a) in ring.iter().enumerate() {
            let b = ring.get(index + 1).unwrap_or(origin);
            let a = [a[0] - origin[0], a[1] - origin[1], a[2] - origin[2]];
            let b = [b[0] - origin[0], b[1] - origin[1], b[2] - origin[2]];
            sum[0] += a[1] * b[2] - a[2] * b[1];
            sum[1] += a[2] * b[0] - a[0] * b[2];
            sum[2] += a[0] * b[1] - a[1] * b[0];
        }
    }
    let length = (sum[0] * sum[0] + sum[1] * sum[1] + sum[2] * sum[2]).sqrt();
    match length > 0.0 {
        true => (sum.map(|value| value / length), length / 2.0),
        false => ([0.0; 3], 0.0),
    }
}
