//! Whether faces that meet do so beyond their common border: polygons may lie off their planes within the tolerance, and
//! so may the triangles that stand for them.

use super::crossing::Triangle;
use super::shape::Shape;
use crate::measure::{cross, dot, norm, subtract};
use stadtwin_model::{Face, Geometry};

/// Rounding of heights and widths [m].
const ROUNDING_M: f64 = 1e-7;

type Segment = [[f64; 3]; 2];

/// Edges and corners that two faces share.
pub fn common_border(shape: &Shape, geometry: &Geometry, a: &Face, b: &Face) -> Vec<Segment> {
    let rings = |face: &Face| face.first_ring..face.first_ring.saturating_add(face.ring_count);
    let mut others: Vec<u32> =
        rings(b).flat_map(|ring| shape.ring_vertices(geometry, ring)).copied().collect();
    others.sort_unstable();
    let is_shared = |vertex: u32| others.binary_search(&vertex).is_ok();
    let mut border = Vec::new();
    for ring in rings(a) {
        let vertices = shape.ring_vertices(geometry, ring);
        for (&from, &to) in vertices.iter().zip(vertices.iter().cycle().skip(1)) {
            if is_shared(from) {
                let end = if is_shared(to) { to } else { from };
                border.push([shape.point(from), shape.point(end)]);
            }
        }
    }
    border
}

/// Whether two triangles that meet do so farther than `room_m` from all of the border.
pub fn is_beyond(a: &Triangle, b: &Triangle, border: &[Segment], room_m: f64) -> bool {
    let mut points = Vec::new();
    a.edges().into_iter().for_each(|edge| within(edge, b, &mut points));
    b.edges().into_iter().for_each(|edge| within(edge, a, &mut points));
    let is_far = |point: &[f64; 3]| border.iter().all(|segment| distance(*point, *segment) > room_m);
    points.is_empty() || points.iter().any(is_far)
}

/// Both ends and the middle of what of a segment lies in a triangle.
fn within((p, q): ([f64; 3], [f64; 3]), triangle: &Triangle, points: &mut Vec<[f64; 3]>) {
    let normal = triangle.normal();
    let length = norm(normal);
    if length < f64::MIN_POSITIVE {
        return;
    }
    let normal = normal.map(|value| value / length);
    let [a, ..] = triangle.corners;
    let (mut first, mut last) = (0.0_f64, 1.0_f64);
    // The part of the segment where a measure that is linear along it is not negative.
    let mut clip = |start: f64, end: f64| {
        let rise = end - start;
        if rise == 0.0 {
            if start < 0.0 {
                (first, last) = (1.0, 0.0);
            }
        } else if rise > 0.0 {
            first = first.max(-start / rise);
        } else {
            last = last.min(-start / rise);
        }
    };
    let height = |point: [f64; 3]| dot(normal, subtract(point, a));
    clip(ROUNDING_M - height(p), ROUNDING_M - height(q));
    clip(ROUNDING_M + height(p), ROUNDING_M + height(q));
    for (from, to) in triangle.edges() {
        let inwards = cross(normal, subtract(to, from));
        let width = norm(inwards).max(f64::MIN_POSITIVE);
        let inside = |point: [f64; 3]| dot(inwards, subtract(point, from)) / width + ROUNDING_M;
        clip(inside(p), inside(q));
    }
    if first <= last {
        let at = |share: f64| [0, 1, 2].map(|axis| p[axis] + (q[axis] - p[axis]) * share);
        points.extend([at(first), at((first + last) / 2.0), at(last)]);
    }
}

fn distance(point: [f64; 3], [from, to]: Segment) -> f64 {
    let (along, offset) = (subtract(to, from), subtract(point, from));
    let length = dot(along, along);
    let share = if length > 0.0 { (dot(offset, along) / length).clamp(0.0, 1.0) } else { 0.0 };
    norm([0, 1, 2].map(|axis| offset[axis] - along[axis] * share))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    /// Whether the first triangle of one face and that of another meet beyond the border of the two, with 1 cm of room.
    fn beyond(a: &[[f64; 3]], b: &[[f64; 3]], corners: [[u32; 3]; 2]) -> bool {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
        geometry.push_face([a], NO_SURFACE);
        geometry.push_face([b], NO_SURFACE);
        let mut shape = Shape::default();
        assert!(shape.read(&geometry, [0.0; 3], 0.001));
        let triangle = |points: [u32; 3], face| {
            Triangle::new(&shape, points.map(|point| shape.vertices[point as usize]), face)
        };
        let border = common_border(&shape, &geometry, &geometry.faces[0], &geometry.faces[1]);
        is_beyond(&triangle(corners[0], 0), &triangle(corners[1], 1), &border, 0.01)
    }

    /// Hand: a floor whose edge bends by 1 mm, and a wall on it whose triangle cuts that corner off; then by 20 cm.
    #[test]
    fn a_bend_within_the_tolerance_is_no_contact() {
        for (bend_m, expected) in [(0.001, false), (0.009, false), (0.2, true)] {
            let floor = [[0.0, 0.0, 0.0], [2.0, -bend_m, 0.0], [4.0, 0.0, 0.0], [2.0, 5.0, 0.0]];
            let wall = [[4.0, 0.0, 0.0], [2.0, -bend_m, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 3.0]];
            assert_eq!(beyond(&floor, &wall, [[0, 1, 3], [4, 6, 7]]), expected, "{bend_m}");
        }
    }

    /// Hand: a fin through the middle of a floor, and one that touches it with a corner.
    #[test]
    fn what_goes_through_or_touches_away_from_the_border_counts() {
        let floor = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 0.0]];
        for (low_m, expected) in [(-1.0, true), (0.0, true)] {
            let fin = [[1.0, 1.0, low_m], [1.0, 1.5, 2.0], [1.0, 0.5, 2.0]];
            assert_eq!(beyond(&floor, &fin, [[0, 1, 2], [3, 4, 5]]), expected, "{low_m}");
        }
        let beside = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 3.0]];
        assert!(!beyond(&floor, &beside, [[0, 1, 2], [3, 4, 5]]), "they share an edge and no more");
    }
}
