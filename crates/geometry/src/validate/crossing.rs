//! Triangles that touch, after exact predicates; boxes keep most pairs from being looked at.

use robust::{Coord3D, orient3d};

use super::plane::{dominant_axis, without_axis};
use super::ring::{self, Meeting};
use super::shape::Shape;
use crate::measure::{cross, norm, subtract};
use crate::triangulate;
use stadtwin_model::{Face, Geometry};

/// A triangle of a face.
#[derive(Debug, Clone, Copy)]
pub struct Triangle {
    pub corners: [[f64; 3]; 3],
    /// Vertices of the shape.
    pub vertices: [u32; 3],
    pub face: u32,
    low: [f64; 3],
    high: [f64; 3],
}

impl Triangle {
    pub fn new(shape: &Shape, vertices: [u32; 3], face: u32) -> Triangle {
        let corners = vertices.map(|vertex| shape.point(vertex));
        let least = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| corners.iter().map(|corner| corner[axis]).fold(f64::NEG_INFINITY, f64::max);
        let (low, high) = ([least(0), least(1), least(2)], [most(0), most(1), most(2)]);
        Triangle { corners, vertices, face, low, high }
    }

    pub fn overlaps_box(&self, other: &Triangle) -> bool {
        (0..3).all(|axis| self.low[axis] <= other.high[axis] && other.low[axis] <= self.high[axis])
    }

    pub fn normal(&self) -> [f64; 3] {
        let [a, b, c] = self.corners;
        cross(subtract(b, a), subtract(c, a))
    }

    fn is_sliver(&self, snap_m: f64) -> bool {
        let [a, b, c] = self.corners;
        let longest =
            [subtract(b, a), subtract(c, b), subtract(a, c)].map(norm).into_iter().fold(0.0, f64::max);
        norm(self.normal()) <= longest * snap_m
    }

    /// Its edges as pairs of corners.
    pub fn edges(&self) -> [([f64; 3], [f64; 3]); 3] {
        let [a, b, c] = self.corners;
        [(a, b), (b, c), (c, a)]
    }
}

/// Appends the triangles of faces, without slivers thinner than the snapping distance.
pub fn triangles(
    shape: &Shape,
    geometry: &Geometry,
    first: u32,
    faces: &[Face],
    snap_m: f64,
    out: &mut Vec<Triangle>,
) {
    let mut corners = Vec::new();
    for (face, index) in faces.iter().zip(first..) {
        corners.clear();
        triangulate(geometry, face, &mut corners);
        let vertex = |point: u32| shape.vertices.get(point as usize).copied().unwrap_or(0);
        let all = corners.iter().map(|points| Triangle::new(shape, points.map(vertex), index));
        out.extend(all.filter(|triangle| !triangle.is_sliver(snap_m)));
    }
}

fn volume_sign(a: [f64; 3], b: [f64; 3], c: [f64; 3], d: [f64; 3]) -> i8 {
    let coord = |[x, y, z]: [f64; 3]| Coord3D { x, y, z };
    let value = orient3d(coord(a), coord(b), coord(c), coord(d));
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

/// The first pair of triangles of different faces that meet elsewhere than at corners and edges they share, and that
/// `counts`. Sorts the triangles; `steps` bounds the work.
pub fn self_contact(
    triangles: &mut [Triangle],
    steps: &mut u64,
    counts: impl Fn(&Triangle, &Triangle) -> bool,
) -> Option<(Triangle, Triangle)> {
    let axis = longest_axis(triangles);
    triangles.sort_unstable_by(|a, b| a.low[axis].total_cmp(&b.low[axis]));
    for (index, a) in triangles.iter().enumerate() {
        for b in triangles.iter().skip(index + 1) {
            if b.low[axis] > a.high[axis] {
                break;
            }
            *steps = steps.saturating_sub(1);
            if *steps == 0 {
                return None;
            }
            if a.face != b.face && a.overlaps_box(b) && is_contact(a, b) {
                *steps = steps.saturating_sub(STEPS_OF_CONTACT);
                if counts(a, b) {
                    return Some((*a, *b));
                }
            }
        }
    }
    None
}

/// What a closer look at a contact costs, in comparisons.
const STEPS_OF_CONTACT: u64 = 64;

fn longest_axis(triangles: &[Triangle]) -> usize {
    let length = |axis: usize| {
        let low = triangles.iter().map(|triangle| triangle.low[axis]).fold(f64::INFINITY, f64::min);
        triangles.iter().map(|triangle| triangle.high[axis]).fold(f64::NEG_INFINITY, f64::max) - low
    };
    let lengths = [length(0), length(1), length(2)];
    if lengths[0] >= lengths[1] && lengths[0] >= lengths[2] {
        0
    } else {
        1 + usize::from(lengths[2] > lengths[1])
    }
}

fn is_contact(a: &Triangle, b: &Triangle) -> bool {
    let shared = a.vertices.iter().filter(|vertex| b.vertices.contains(vertex)).count();
    match shared {
        0 => {
            a.edges().iter().any(|(p, q)| meets(*p, *q, b)) || b.edges().iter().any(|(p, q)| meets(*p, *q, a))
        }
        1 => {
            let (p, q) = opposite(a, b);
            let (r, s) = opposite(b, a);
            meets(p, q, b) || meets(r, s, a)
        }
        2 => is_folded(a, b),
        _ => false,
    }
}

/// The edge that does not touch the one corner shared.
fn opposite(a: &Triangle, b: &Triangle) -> ([f64; 3], [f64; 3]) {
    let shared = a.vertices.iter().position(|vertex| b.vertices.contains(vertex)).unwrap_or(0);
    (a.corners[(shared + 1) % 3], a.corners[(shared + 2) % 3])
}

/// In one plane, on the same side of the edge they share.
fn is_folded(a: &Triangle, b: &Triangle) -> bool {
    let own = |x: &Triangle, y: &Triangle| {
        let at = x.vertices.iter().position(|vertex| !y.vertices.contains(vertex)).unwrap_or(0);
        (x.corners[at], x.corners[(at + 1) % 3], x.corners[(at + 2) % 3])
    };
    let ((apex, from, to), (other, ..)) = (own(a, b), own(b, a));
    if volume_sign(apex, from, to, other) != 0 {
        return false;
    }
    let axis = dominant_axis(a.normal());
    let flat = |point| without_axis(point, axis);
    let side = |point| ring::turn(flat(from), flat(to), flat(point));
    (side(apex) > 0.0) == (side(other) > 0.0)
}

/// Whether a segment has a point of the closed triangle.
fn meets(p: [f64; 3], q: [f64; 3], triangle: &Triangle) -> bool {
    let outside =
        |axis: usize| p[axis].max(q[axis]) < triangle.low[axis] || p[axis].min(q[axis]) > triangle.high[axis];
    if outside(0) || outside(1) || outside(2) {
        return false;
    }
    let [a, b, c] = triangle.corners;
    let (start, end) = (volume_sign(a, b, c, p), volume_sign(a, b, c, q));
    if start == end && start != 0 {
        return false;
    }
    if start == 0 && end == 0 {
        return meets_flat(p, q, triangle);
    }
    let signs = [volume_sign(p, q, a, b), volume_sign(p, q, b, c), volume_sign(p, q, c, a)];
    !(signs.contains(&1) && signs.contains(&-1))
}

fn meets_flat(p: [f64; 3], q: [f64; 3], triangle: &Triangle) -> bool {
    let axis = dominant_axis(triangle.normal());
    let flat = |point| without_axis(point, axis);
    let corners = triangle.corners.map(flat);
    ring::side(&corners, flat(p)) != ring::Side::Out
        || triangle
            .edges()
            .iter()
            .any(|(a, b)| ring::meeting(flat(p), flat(q), flat(*a), flat(*b)) != Meeting::Apart)
}

/// Whether a segment goes through the inside of a triangle from one side to the other; where.
pub fn pierces(p: [f64; 3], q: [f64; 3], triangle: &Triangle) -> Option<[f64; 3]> {
    let [a, b, c] = triangle.corners;
    let (start, end) = (volume_sign(a, b, c, p), volume_sign(a, b, c, q));
    if start * end >= 0 {
        return None;
    }
    let signs = [volume_sign(p, q, a, b), volume_sign(p, q, b, c), volume_sign(p, q, c, a)];
    if signs != [1; 3] && signs != [-1; 3] {
        return None;
    }
    let normal = triangle.normal();
    let height = |point: [f64; 3]| crate::measure::dot(normal, subtract(point, a)).abs();
    let share = height(p) / (height(p) + height(q)).max(f64::MIN_POSITIVE);
    Some([0, 1, 2].map(|axis| p[axis] + (q[axis] - p[axis]) * share))
}

/// Whether two triangles of one plane share an area.
pub fn share_area(a: &Triangle, b: &Triangle) -> bool {
    let [p, q, r] = a.corners;
    if !a.overlaps_box(b) || b.corners.iter().any(|corner| volume_sign(p, q, r, *corner) != 0) {
        return false;
    }
    let axis = dominant_axis(a.normal());
    let flat = |triangle: &Triangle| triangle.corners.map(|corner| without_axis(corner, axis));
    let (a, b) = (flat(a), flat(b));
    let center = |t: &[[f64; 2]; 3]| [0, 1].map(|axis| (t[0][axis] + t[1][axis] + t[2][axis]) / 3.0);
    let inside = |t: &[[f64; 2]; 3], point| ring::side(t, point) == ring::Side::In;
    let crossing = || {
        let edges = |t: &[[f64; 2]; 3]| [(t[0], t[1]), (t[1], t[2]), (t[2], t[0])];
        edges(&a)
            .iter()
            .any(|(p, q)| edges(&b).iter().any(|(r, s)| ring::meeting(*p, *q, *r, *s) == Meeting::Cross))
    };
    inside(&a, center(&b))
        || inside(&b, center(&a))
        || a.iter().any(|p| inside(&b, *p))
        || b.iter().any(|p| inside(&a, *p))
        || crossing()
}
