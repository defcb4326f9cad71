//! One face: its rings (101–104) and the polygon they make (201–208).

use super::plane::{Plane, dominant_axis, mean, without_axis};
use super::ring::{self, Meeting, Point, Side};
use super::shape::Shape;
use super::{Findings, Tolerances};
use crate::measure::{cross, dot, norm, ring_vector, subtract};
use crate::triangulate;
use stadtwin_model::{Face, Geometry};

/// Points nearer to their plane than this are flat [m].
const FLAT_M: f64 = 1e-6;
/// Points kept where rings of a face touch.
const MOST_CONTACTS: usize = 1_000_000;

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
    if let Some((code, at)) = fault_of_holes(scratch, steps) {
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
    // Where it is nearly too far, the plane that fits best decides.
    if distance_m <= tolerances.planarity_m / 2.0 {
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

/// Lowest and highest corner.
type Bounds = [Point; 2];

fn bounds(points: &[Point]) -> Bounds {
    points.iter().fold([[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]], |[low, high], point| {
        [[low[0].min(point[0]), low[1].min(point[1])], [high[0].max(point[0]), high[1].max(point[1])]]
    })
}

fn are_apart([a_low, a_high]: Bounds, [b_low, b_high]: Bounds) -> bool {
    (0..2).any(|axis| a_high[axis] < b_low[axis] || b_high[axis] < a_low[axis])
}

/// `false` where the work is more than what is left.
fn spend(steps: &mut u64, work: usize) -> bool {
    *steps = steps.saturating_sub(work as u64);
    *steps > 0
}

/// The first thing wrong among rings that are simple each, and where. `steps` bounds the work.
fn fault_of_holes(scratch: &Scratch, steps: &mut u64) -> Option<(u16, Point)> {
    let count = scratch.ends.len();
    if count < 2 {
        return None;
    }
    let boxes: Vec<Bounds> = (0..count).map(|index| bounds(scratch.ring(index))).collect();
    let mut contacts: Vec<(usize, Point)> = Vec::new();
    for first in 0..count {
        for second in first + 1..count {
            if let Some(fault) = fault_of_pair(scratch, &boxes, first, second, &mut contacts, steps) {
                return Some(fault);
            }
            if contacts.len() > MOST_CONTACTS {
                *steps = 0;
            }
            if *steps == 0 {
                return None;
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
    boxes: &[Bounds],
    first: usize,
    second: usize,
    contacts: &mut Vec<(usize, Point)>,
    steps: &mut u64,
) -> Option<(u16, Point)> {
    let (a, b) = (scratch.ring(first), scratch.ring(second));
    let (a_box, b_box) = (*boxes.get(first)?, *boxes.get(second)?);
    let at = *b.first()?;
    if are_apart(a_box, b_box) {
        spend(steps, 1);
        return (first == 0).then_some((206, at));
    }
    if !spend(steps, a.len() + b.len()) {
        return None;
    }
    if a_box == b_box && is_same(a, b) {
        return Some((202, at));
    }
    let near: Vec<(Point, Point)> =
        edges(a).filter(|(from, to)| !are_apart(bounds(&[*from, *to]), b_box)).collect();
    let before = contacts.len();
    for (from, to) in near {
        if !spend(steps, b.len()) || contacts.len() > MOST_CONTACTS {
            return None;
        }
        for (start, end) in edges(b) {
            match ring::meeting(from, to, start, end) {
                Meeting::Apart => {}
                Meeting::Touch(point) => contacts.extend([(first, point), (second, point)]),
                Meeting::Cross | Meeting::Overlap => return Some((201, start)),
            }
        }
    }
    // Rings that do not meet lie on one side of each other: a corner tells.
    let (mut b_corners, mut a_corners) = (b.get(..1)?, a.get(..1)?);
    if contacts.len() > before {
        if !spend(steps, a.len().saturating_mul(b.len())) {
            return None;
        }
        (b_corners, a_corners) = (b, a);
    }
    let inner = sides(a, b_corners);
    match (first, inner) {
        (_, (true, true)) => Some((201, at)),
        (0, (false, _)) => Some((206, at)),
        (0, _) => None,
        (_, (true, false)) => Some((207, at)),
        _ => matches!(sides(b, a_corners), (true, _)).then_some((207, at)),
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

fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Whether two rings have the same points, in whatever order.
fn is_same(a: &[Point], b: &[Point]) -> bool {
    let sorted = |ring: &[Point]| {
        // Both zeros are one.
        let mut points: Vec<Point> = ring.iter().map(|point| point.map(|value| value + 0.0)).collect();
        points.sort_unstable_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        points
    };
    a.len() == b.len() && sorted(a) == sorted(b)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(rings: &[Vec<Point>]) -> Scratch {
        let mut scratch = Scratch::default();
        for ring in rings {
            scratch.flat.extend_from_slice(ring);
            scratch.ends.push(scratch.flat.len());
        }
        scratch
    }

    /// Clockwise.
    fn hole(x: f64, y: f64, size: f64) -> Vec<Point> {
        vec![[x, y], [x, y + size], [x + size, y + size], [x + size, y]]
    }

    fn square(size: f64) -> Vec<Point> {
        vec![[0.0, 0.0], [size, 0.0], [size, size], [0.0, size]]
    }

    /// Hand: drawn on squared paper; codes of val3dity.
    #[test]
    fn holes_lie_right_or_wrong() {
        let diamond = vec![[0.0, 4.0], [4.0, 8.0], [8.0, 4.0], [4.0, 0.0]];
        let turned: Vec<Point> = square(8.0).into_iter().rev().collect();
        let cases = [
            (vec![hole(1.0, 1.0, 1.0), hole(3.0, 3.0, 1.0)], None),
            (vec![hole(9.0, 1.0, 1.0)], Some(206)),
            (vec![hole(7.0, 1.0, 3.0)], Some(201)),
            (vec![turned], Some(202)),
            (vec![hole(1.0, 1.0, 5.0), hole(2.0, 2.0, 1.0)], Some(207)),
            (vec![hole(2.0, 2.0, 1.0), hole(1.0, 1.0, 5.0)], Some(207)),
            (vec![hole(1.0, 1.0, 2.0), hole(3.0, 3.0, 2.0)], None),
            (vec![diamond], Some(205)),
            (vec![hole(1.0, 1.0, 1.0).into_iter().rev().collect()], Some(208)),
        ];
        for (holes, expected) in cases {
            let rings = scratch(&[vec![square(8.0)], holes].concat());
            let code = fault_of_holes(&rings, &mut 1_000).map(|(code, _)| code);
            assert_eq!(code, expected, "{:?}", rings.flat);
        }
    }

    #[test]
    fn rings_apart_cost_little_and_entangled_ones_stop() {
        let far: Vec<_> = (0..400)
            .map(|n| hole(f64::from(n % 20) * 4.0 + 1.0, f64::from(n / 20) * 4.0 + 1.0, 1.0))
            .collect();
        let mut steps = 100_000;
        assert_eq!(fault_of_holes(&scratch(&[vec![square(100.0)], far].concat()), &mut steps), None);
        assert!(steps > 0, "79,800 pairs of holes, each one step");
        // A comb in a comb: all edges of one are near the other.
        let comb = |from: u32, to: u32, y: f64, top: f64, aside: f64| -> Vec<Point> {
            let teeth = (from..to).map(|n| [f64::from(n), f64::from(n % 2) * 50.0 + y]);
            teeth.chain([[f64::from(to - 1) + aside, top], [f64::from(from) - aside, top]]).collect()
        };
        let inner: Vec<Point> = comb(5, 1_990, 5.0, 90.0, 0.0).into_iter().rev().collect();
        let rings = scratch(&[comb(0, 2_000, 0.0, 100.0, 10.0), inner]);
        let mut steps = 100_000;
        assert_eq!(fault_of_holes(&rings, &mut steps), None);
        assert_eq!(steps, 0);
    }
}
