//! Solids as triangles: what lies inside, whether two overlap, whether shells of one get in each other's way (401–404).

use super::crossing::{Triangle, pierces, share_area};
use super::groups::Groups;
use crate::measure::{cross, dot, norm, subtract};
use stadtwin_model::Envelope;

/// A closed surface or several, as triangles that look outwards.
#[derive(Debug, Clone)]
pub struct Body {
    pub triangles: Vec<Triangle>,
    pub envelope: Envelope,
    /// Sorted, each once: bodies of one geometry with the same are the same.
    pub vertices: Vec<u32>,
}

impl Body {
    pub fn new(triangles: Vec<Triangle>) -> Body {
        let mut vertices: Vec<u32> = triangles.iter().flat_map(|triangle| triangle.vertices).collect();
        vertices.sort_unstable();
        vertices.dedup();
        let envelope = Envelope::of(triangles.iter().flat_map(|triangle| &triangle.corners));
        Body { triangles, envelope, vertices }
    }

    /// How often the surface goes around a point: 1 inside, 0 outside; -1 inside of a cavity's wall.
    fn turns_around(&self, point: [f64; 3]) -> f64 {
        let sum: f64 = self.triangles.iter().map(|triangle| solid_angle(triangle, point)).sum();
        sum / (2.0 * std::f64::consts::PI)
    }

    pub fn contains(&self, point: [f64; 3]) -> bool {
        let within = (0..3)
            .all(|axis| self.envelope.min[axis] <= point[axis] && point[axis] <= self.envelope.max[axis]);
        within && self.turns_around(point).abs() > 0.5
    }

    /// Points this far behind (positive: against the normal) its faces, four a triangle.
    fn samples(&self, inwards_m: f64) -> impl Iterator<Item = [f64; 3]> + '_ {
        self.triangles.iter().flat_map(move |triangle| {
            let normal = triangle.normal();
            let length = norm(normal).max(f64::MIN_POSITIVE);
            let [a, b, c] = triangle.corners;
            let shares = [[1.0, 1.0, 1.0], [4.0, 1.0, 1.0], [1.0, 4.0, 1.0], [1.0, 1.0, 4.0]];
            shares.map(move |share| {
                let sum = share[0] + share[1] + share[2];
                [0, 1, 2].map(|axis| {
                    (a[axis] * share[0] + b[axis] * share[1] + c[axis] * share[2]) / sum
                        - normal[axis] / length * inwards_m
                })
            })
        })
    }

    /// At least half the depth away from every face.
    fn is_deep(&self, point: [f64; 3], depth_m: f64) -> bool {
        self.triangles.iter().all(|triangle| !is_near(triangle, point, depth_m / 2.0))
    }

    fn is_far_from(&self, other: &Body, room_m: f64) -> bool {
        (0..3).any(|axis| {
            self.envelope.max[axis] - room_m <= other.envelope.min[axis]
                || other.envelope.max[axis] - room_m <= self.envelope.min[axis]
        })
    }
}

/// Half of the angle under which a point sees a triangle; positive from behind (van Oosterom and Strackee 1983).
fn solid_angle(triangle: &Triangle, point: [f64; 3]) -> f64 {
    let [a, b, c] = triangle.corners.map(|corner| subtract(corner, point));
    let (la, lb, lc) = (norm(a), norm(b), norm(c));
    let denominator = la * lb * lc + dot(a, b) * lc + dot(b, c) * la + dot(c, a) * lb;
    dot(a, cross(b, c)).atan2(denominator)
}

/// A point in the insides of both, more than `depth_m` behind the faces it was found at.
pub fn overlap(a: &Body, b: &Body, depth_m: f64) -> Option<[f64; 3]> {
    if a.is_far_from(b, depth_m) {
        return None;
    }
    let inside = |of: &Body, other: &Body| {
        of.samples(depth_m).find(|point| {
            other.contains(*point)
                && of.contains(*point)
                && other.is_deep(*point, depth_m)
                && of.is_deep(*point, depth_m)
        })
    };
    inside(a, b)
        .or_else(|| inside(b, a))
        .or_else(|| pierced(a, b, depth_m))
        .or_else(|| pierced(b, a, depth_m))
}

/// Where an edge of `a` goes through a face of `b`, a little way into both.
fn pierced(a: &Body, b: &Body, depth_m: f64) -> Option<[f64; 3]> {
    for triangle in &a.triangles {
        for other in b.triangles.iter().filter(|other| triangle.overlaps_box(other)) {
            for (p, q) in triangle.edges() {
                let Some(hole) = pierces(p, q, other) else { continue };
                let into = |of: &Triangle| {
                    let normal = of.normal();
                    normal.map(|value| value / norm(normal).max(f64::MIN_POSITIVE) * depth_m)
                };
                let (own, its) = (into(triangle), into(other));
                let point = [0, 1, 2].map(|axis| hole[axis] - own[axis] - its[axis]);
                if a.contains(point)
                    && b.contains(point)
                    && a.is_deep(point, depth_m)
                    && b.is_deep(point, depth_m)
                {
                    return Some(point);
                }
            }
        }
    }
    None
}

/// Whether faces of two bodies lie on one another.
pub fn touches(a: &Body, b: &Body, reach_m: f64) -> bool {
    !a.is_far_from(b, -reach_m)
        && (a.samples(-reach_m).any(|point| b.contains(point))
            || b.samples(-reach_m).any(|point| a.contains(point)))
}

/// The first thing wrong between the shells of a solid, exterior first, and where.
pub fn fault_of_shells(shells: &[Body], snap_m: f64) -> Option<(u16, [f64; 3])> {
    for (index, first) in shells.iter().enumerate() {
        for second in shells.iter().skip(index + 1) {
            let at = second.triangles.first().map(|triangle| triangle.corners[0]).unwrap_or_default();
            if first.vertices == second.vertices {
                return Some((402, at));
            }
            if let Some(point) = crossing(first, second) {
                return Some((401, point));
            }
            // A cavity's faces look into it: its inside is before them.
            let inside = second.samples(-snap_m).map(|point| first.contains(point));
            let (within, all) =
                inside.fold((0, 0), |(within, all), is_in| (within + usize::from(is_in), all + 1));
            match (index, within) {
                (0, 0) => return Some((403, at)),
                (0, within) if within < all => return Some((401, at)),
                (0, _) | (_, 0) => {}
                _ => return Some((401, at)),
            }
        }
    }
    let (outer, inner) = shells.split_first()?;
    cut_apart(outer, inner, snap_m).map(|at| (404, at))
}

fn crossing(a: &Body, b: &Body) -> Option<[f64; 3]> {
    for triangle in &a.triangles {
        for other in b.triangles.iter().filter(|other| triangle.overlaps_box(other)) {
            let through =
                |of: &Triangle, by: &Triangle| by.edges().into_iter().find_map(|(p, q)| pierces(p, q, of));
            if let Some(point) = through(triangle, other).or_else(|| through(other, triangle)) {
                return Some(point);
            }
            if share_area(triangle, other) {
                return Some(other.corners[0]);
            }
        }
    }
    None
}

/// Edges of cavities that lie on the exterior shell: a circle of them cuts the solid apart.
fn cut_apart(outer: &Body, inner: &[Body], snap_m: f64) -> Option<[f64; 3]> {
    let most = inner.iter().flat_map(|body| &body.vertices).max().copied()? as usize + 1;
    let mut groups = Groups::new(most);
    let mut seen = std::collections::HashSet::new();
    for triangle in inner.iter().flat_map(|body| &body.triangles) {
        for ((p, q), at) in triangle.edges().into_iter().zip(0usize..) {
            let (from, to) = (triangle.vertices[at], triangle.vertices[(at + 1) % 3]);
            let middle = [0, 1, 2].map(|axis| (p[axis] + q[axis]) / 2.0);
            let lies = || [p, q, middle].iter().all(|point| is_on(outer, *point, snap_m));
            if seen.insert((from.min(to), from.max(to))) && lies() && !groups.join(from as usize, to as usize)
            {
                return Some(p);
            }
        }
    }
    None
}

fn is_on(body: &Body, point: [f64; 3], snap_m: f64) -> bool {
    body.triangles.iter().any(|triangle| is_near(triangle, point, snap_m))
}

/// Within the reach of the triangle's plane and of its inside.
fn is_near(triangle: &Triangle, point: [f64; 3], reach_m: f64) -> bool {
    let normal = triangle.normal();
    let length = norm(normal).max(f64::MIN_POSITIVE);
    let [a, b, c] = triangle.corners;
    let height_m = dot(normal, subtract(point, a)) / length;
    let beside = |p: [f64; 3], q: [f64; 3]| {
        let edge = subtract(q, p);
        dot(cross(edge, subtract(point, p)), normal) / length / norm(edge).max(f64::MIN_POSITIVE)
    };
    height_m.abs() <= reach_m
        && beside(a, b) >= -reach_m
        && beside(b, c) >= -reach_m
        && beside(c, a) >= -reach_m
}
