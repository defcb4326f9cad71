//! One face: its rings (101–104) and the polygon they make (201–208).

use super::plane::{Plane, dominant_axis, mean, without_axis};
use super::ring::{self, Meeting, Point, Side};
use super::shape::Shape;
use super::{Findings, Tolerances};
use crate::geometry::measure::{cross, dot, norm, ring_vector, subtract};
use crate::geometry::triangulate;
use crate::model::{Face, Geometry};

/// Points nearer to their plane than this are flat [m].
const FLAT_M: f64 = 1e-6;

/// What one face needs, kept for the next.
#[derive(Default)]
pub struct Scratch {
    flat: Vec<Point>,
    /// Where each ring ends in `flat`.
    ends: Vec<usize>,
    triangles: Vec<[u32; 3]>,
}

/// Whether all is well with a face.
#[allow(clippy::too_many_arguments)]
pub fn check(
    shape: &Shape,
    geometry: &Geometry,
    index: u32,
    face: &Face,
    tolerances: &Tolerances,
    scratch: &mut Scratch,
    steps: &mut u64,
    findings: &mut Findings,
) -> bool {
    let rings = face.first_ring..face.first_ring.saturating_add(face.ring_count);
    if face.ring_count == 0 || !rings_have_points(shape, geometry, index, rings.clone(), findings) {
        return false;
    }
    let exterior = shape.ring(geometry, face.first_ring);
    if let ([a, b, c], 1) = (exterior, face.ring_count) {
        return triangle(index, *a, *b, *c, findings);
    }
    let points = || rings.clone().flat_map(|ring| shape.ring(geometry, ring));
    let vector = ring_vector(exterior);
    let Some(center) = mean(points()) else { return false };
    let Some(plane) = plane_of(vector, center, exterior) else {
        findings.add(104, Some(index), None, exterior.first().copied());
        return false;
    };
    let Some((plane, distance_m)) = flat_enough(plane, &points, index, tolerances, findings) else {
        return false;
    };
    scratch.flatten(shape, geometry, rings.clone(), dominant_axis(plane.normal));
    let place =
        |flat: Point| points().find(|p| without_axis(**p, dominant_axis(plane.normal)) == flat).copied();
    for at in 0..scratch.ends.len() {
        if let Some(contact) = ring::self_contact(scratch.ring(at), steps) {
            findings.add(104, Some(index), None, place(contact).or(exterior.first().copied()));
            return false;
        }
    }
    if let Some((code, at)) = fault_of_holes(scratch) {
        findings.add(code, Some(index), None, place(at).or(exterior.first().copied()));
        return false;
    }
    distance_m < FLAT_M || looks_one_way(geometry, face, index, tolerances, scratch, plane, findings)
}

fn rings_have_points(
    shape: &Shape,
    geometry: &Geometry,
    index: u32,
    rings: std::ops::Range<u32>,
    findings: &mut Findings,
) -> bool {
    for ring in rings {
        let vertices = shape.ring_vertices(geometry, ring);
        let points = shape.ring(geometry, ring);
        if vertices.len() < 3 {
            findings.add(
                101,
                Some(index),
                Some(format!("{} points", vertices.len())),
                points.first().copied(),
            );
            return false;
        }
        let mut before = vertices.last();
        for (vertex, point) in vertices.iter().zip(points) {
            if before == Some(vertex) {
                findings.add(102, Some(index), None, Some(*point));
                return false;
            }
            before = Some(vertex);
        }
    }
    true
}

fn triangle(index: u32, a: [f64; 3], b: [f64; 3], c: [f64; 3], findings: &mut Findings) -> bool {
    let doubled = norm(cross(subtract(b, a), subtract(c, a)));
    let longest = [subtract(b, a), subtract(c, b), subtract(a, c)].map(norm).into_iter().fold(0.0, f64::max);
    let is_flat = doubled <= 1e-9 * longest * longest;
    if is_flat {
        findings.add(104, Some(index), None, Some(a));
    }
    !is_flat
}

/// By the area's direction; a bow tie may have none, then by the points.
fn plane_of(vector: [f64; 3], center: [f64; 3], exterior: &[[f64; 3]]) -> Option<Plane> {
    let length = norm(vector);
    if length > 1e-9 {
        return Some(Plane { center, normal: vector.map(|value| value / length) });
    }
    let fitted = Plane::fitted(exterior.iter())?;
    // Points on a line have no plane.
    let first = *exterior.first()?;
    let has_area = exterior
        .windows(2)
        .any(|pair| norm(cross(subtract(pair[0], first), subtract(pair[1], first))) > 1e-9);
    has_area.then_some(fitted)
}

/// The plane within the tolerance of all points, with the greatest distance [m].
fn flat_enough<'a, I: Iterator<Item = &'a [f64; 3]> + Clone>(
    plane: Plane,
    points: &impl Fn() -> I,
    index: u32,
    tolerances: &Tolerances,
    findings: &mut Findings,
) -> Option<(Plane, f64)> {
    let (distance_m, _) = plane.farthest(points());
    if distance_m <= tolerances.planarity_m {
        return Some((plane, distance_m));
    }
    let fitted = Plane::fitted(points())?;
    let (fitted_m, at) = fitted.farthest(points());
    if fitted_m > tolerances.planarity_m {
        findings.add(203, Some(index), Some(format!("distance {fitted_m:.4} m")), Some(at));
        return None;
    }
    Some((fitted, fitted_m))
}

impl Scratch {
    fn flatten(&mut self, shape: &Shape, geometry: &Geometry, rings: std::ops::Range<u32>, axis: usize) {
        self.flat.clear();
        self.ends.clear();
        for ring in rings {
            self.flat.extend(shape.ring(geometry, ring).iter().map(|point| without_axis(*point, axis)));
            self.ends.push(self.flat.len());
        }
    }

    fn ring(&self, index: usize) -> &[Point] {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.flat.get(start..end).unwrap_or(&[])
    }
}

/// The first thing wrong among rings that are simple each, and where.
fn fault_of_holes(scratch: &Scratch) -> Option<(u16, Point)> {
    let count = scratch.ends.len();
    let mut contacts: Vec<(usize, Point)> = Vec::new();
    for first in 0..count {
        for second in first + 1..count {
            if let Some(fault) = fault_of_pair(scratch, first, second, &mut contacts) {
                return Some(fault);
            }
        }
    }
    if let Some(at) = closes_a_circle(&mut contacts, count) {
        return Some((205, at));
    }
    let way = ring::double_area(scratch.ring(0));
    let same = (1..count).find(|hole| ring::double_area(scratch.ring(*hole)) * way > 0.0)?;
    scratch.ring(same).first().map(|at| (208, *at))
}

fn fault_of_pair(
    scratch: &Scratch,
    first: usize,
    second: usize,
    contacts: &mut Vec<(usize, Point)>,
) -> Option<(u16, Point)> {
    let (a, b) = (scratch.ring(first), scratch.ring(second));
    if is_same(a, b) {
        return b.first().map(|at| (202, *at));
    }
    let closed =
        |ring: &[Point], index: usize| ring.get(index + 1).or(ring.first()).copied().unwrap_or_default();
    for (at, from) in a.iter().enumerate() {
        for (other, start) in b.iter().enumerate() {
            match ring::meeting(*from, closed(a, at), *start, closed(b, other)) {
                Meeting::Apart => {}
                Meeting::Touch(point) => contacts.extend([(first, point), (second, point)]),
                Meeting::Cross | Meeting::Overlap => return Some((201, *start)),
            }
        }
    }
    let inner = sides(a, b);
    let at = *b.first()?;
    match (first, inner) {
        (_, (true, true)) => Some((201, at)),
        (0, (false, _)) => Some((206, at)),
        (0, _) => None,
        (_, (true, false)) => Some((207, at)),
        _ => matches!(sides(b, a), (true, _)).then_some((207, at)),
    }
}

/// Whether some of `b` lies inside of `a`, and some outside.
fn sides(a: &[Point], b: &[Point]) -> (bool, bool) {
    let middles = b.iter().zip(b.iter().cycle().skip(1));
    let middles = middles.map(|(from, to)| [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0]);
    let mut found = (false, false);
    for (index, point) in b.iter().copied().chain(middles).enumerate() {
        // Middles of edges are rounded: they count only where corners do not tell.
        if index == b.len() && found != (false, false) {
            break;
        }
        match ring::side(a, point) {
            Side::In => found.0 = true,
            Side::Out => found.1 = true,
            Side::On => {}
        }
    }
    found
}

fn is_same(a: &[Point], b: &[Point]) -> bool {
    a.len() == b.len() && a.iter().all(|point| b.contains(point))
}

/// Rings and the points where they touch make a graph: a circle in it cuts off a part of the polygon.
fn closes_a_circle(contacts: &mut Vec<(usize, Point)>, rings: usize) -> Option<Point> {
    contacts.sort_unstable_by(|a, b| {
        (a.1[0].total_cmp(&b.1[0])).then(a.1[1].total_cmp(&b.1[1])).then(a.0.cmp(&b.0))
    });
    contacts.dedup();
    let mut groups = super::groups::Groups::new(rings + contacts.len());
    let mut node = rings;
    let mut last: Option<Point> = None;
    for (ring, point) in contacts.iter() {
        if last.is_some_and(|last| last != *point) {
            node += 1;
        }
        last = Some(*point);
        if !groups.join(*ring, node) {
            return Some(*point);
        }
    }
    None
}

/// Whether the triangles of a face look the same way within the tolerance.
fn looks_one_way(
    geometry: &Geometry,
    face: &Face,
    index: u32,
    tolerances: &Tolerances,
    scratch: &mut Scratch,
    plane: Plane,
    findings: &mut Findings,
) -> bool {
    scratch.triangles.clear();
    triangulate(geometry, face, &mut scratch.triangles);
    let axis = dominant_axis(plane.normal);
    let corner = |index: u32| geometry.points.get(index as usize).copied().unwrap_or_default();
    super::delaunay::thicken(&mut scratch.triangles, |index| without_axis(corner(index), axis));
    let mut reference: Option<[f64; 3]> = None;
    let mut greatest = 0.0;
    let mut cosine_least: f64 = 1.0;
    let normals = scratch.triangles.iter().filter_map(|corners| {
        let [a, b, c] = corners.map(corner);
        let normal = cross(subtract(b, a), subtract(c, a));
        let doubled = norm(normal);
        let longest =
            [subtract(b, a), subtract(c, b), subtract(a, c)].map(norm).into_iter().fold(0.0, f64::max);
        // Slivers thinner than the snapping distance look anywhere.
        (doubled > longest * tolerances.snap_m).then(|| (normal.map(|value| value / doubled), doubled))
    });
    let normals: Vec<_> = normals.collect();
    for (normal, doubled) in &normals {
        if *doubled > greatest {
            (greatest, reference) = (*doubled, Some(*normal));
        }
    }
    let Some(reference) = reference else { return true };
    for (normal, _) in &normals {
        cosine_least = cosine_least.min(dot(*normal, reference));
    }
    let deviation_deg = cosine_least.clamp(-1.0, 1.0).acos().to_degrees();
    if deviation_deg > tolerances.normals_deg {
        findings.add(204, Some(index), Some(format!("deviation {deviation_deg:.1}°")), Some(plane.center));
        return false;
    }
    true
}
