//! Areas and normals of polygons.

use stadtwin_model::{Face, Geometry};

/// Unit normal (by the right-hand rule of the exterior ring) and area without holes [m²], after Newell.
/// A face without area has the normal `[0, 0, 0]`.
pub fn face_normal_area(geometry: &Geometry, face: &Face) -> ([f64; 3], f64) {
    let mut rings = geometry.face_rings(face).map(ring_vector);
    let exterior = rings.next().unwrap_or_default();
    let length = norm(exterior);
    if !(length > 0.0 && length.is_finite()) {
        return ([0.0; 3], 0.0);
    }
    let holes: f64 = rings.map(norm).filter(|area| area.is_finite()).sum();
    (exterior.map(|value| value / length), (length - holes).max(0.0))
}

/// Signed area of an open or closed ring in plan [m²]; positive when counter-clockwise.
pub fn ring_area_2d(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else {
        return 0.0;
    };
    let mut doubled = 0.0;
    for pair in ring.windows(2) {
        let [[x1, y1], [x2, y2]] = [pair[0], pair[1]];
        // Relative to the first point: coordinates have seven digits before the point.
        doubled += (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
    }
    doubled / 2.0
}

/// Area vector of an open ring: its direction is the normal, its length the area [m²].
pub fn ring_vector(ring: &[[f64; 3]]) -> [f64; 3] {
    let Some(&origin) = ring.first() else {
        return [0.0; 3];
    };
    let mut sum = [0.0; 3];
    for pair in ring.windows(2) {
        let product = cross(subtract(pair[0], origin), subtract(pair[1], origin));
        for axis in 0..3 {
            sum[axis] += product[axis] / 2.0;
        }
    }
    sum
}

pub(super) fn subtract(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

pub(super) fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn norm(a: [f64; 3]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    fn check(rings: &[&[[f64; 3]]], expected_normal: [f64; 3], expected_area: f64) {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_face(rings.iter().copied(), NO_SURFACE);
        let (normal, area) = face_normal_area(&geometry, &geometry.faces[0]);
        assert!((area - expected_area).abs() < 1e-6, "{area} instead of {expected_area}");
        for axis in 0..3 {
            assert!((normal[axis] - expected_normal[axis]).abs() < 1e-9, "{normal:?}");
        }
    }

    #[test]
    fn areas_by_hand() {
        let (e, n, z) = (690_000.0, 5_347_000.0, 480.0);
        let at = |x: f64, y: f64, up: f64| [e + x, n + y, z + up];
        let square = [at(0.0, 0.0, 0.0), at(10.0, 0.0, 0.0), at(10.0, 10.0, 0.0), at(0.0, 10.0, 0.0)];
        let hole = [at(2.0, 2.0, 0.0), at(2.0, 4.0, 0.0), at(4.0, 4.0, 0.0), at(4.0, 2.0, 0.0)];
        let mut wrong_hole = hole;
        wrong_hole.reverse();
        check(&[&square], [0.0, 0.0, 1.0], 100.0);
        check(&[&square, &hole], [0.0, 0.0, 1.0], 96.0);
        check(&[&square, &wrong_hole], [0.0, 0.0, 1.0], 96.0);
        // One slope of a roof 10 m wide, 12 m long, rising 5 m: 12 * sqrt(50).
        let slope = [at(0.0, 0.0, 6.0), at(5.0, 0.0, 11.0), at(5.0, 12.0, 11.0), at(0.0, 12.0, 6.0)];
        let half = 0.5f64.sqrt();
        check(&[&slope], [-half, 0.0, half], 12.0 * 50f64.sqrt());
    }

    #[test]
    fn degenerate_faces_have_no_area() {
        check(&[], [0.0; 3], 0.0);
        check(&[&[]], [0.0; 3], 0.0);
        check(&[&[[1.0, 2.0, 3.0]]], [0.0; 3], 0.0);
        check(&[&[[0.0; 3], [1.0; 3], [2.0; 3]]], [0.0; 3], 0.0);
        check(&[&[[f64::NAN; 3], [1.0; 3], [2.0, 0.0, 0.0]]], [0.0; 3], 0.0);
        check(&[&[[0.0; 3], [1e308, 0.0, 0.0], [0.0, 1e308, 0.0]]], [0.0; 3], 0.0);
    }
}
