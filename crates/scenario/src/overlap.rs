//! How much room two objects share: the volume of the intersection of closed solids, whatever their faces.
//!
//! A point lies in a solid if more of the faces above it look up than down. So a solid is the sum of the prisms below its
//! triangles, those of faces that look down taken off, and what two solids share is the sum over all pairs of what their
//! prisms share: the common part of two triangles in plan, times the lower of two heights. Walls have no plan; faces in one
//! plane, touching faces and common edges need no care, as nothing is decided, only added up.

use std::cell::Cell;

use stadtwin_geometry::{Polygon, footprint, object_and_parts, shell_volumes, triangulate};
use stadtwin_model::{CityObject, Envelope, Face, Geometry, GeometryKind, Lod, NO_SURFACE};

use crate::plane::meet;

/// Triangles with less plan than this are walls [m²].
const MIN_PLAN_M2: f64 = 1e-9;
/// Pairs of triangles compared for one pair of bodies at most; beyond, blocks over the footprints stand for them.
const MOST_PAIRS: usize = 400_000_000;
/// The same for all pairs of one search.
const MOST_PAIRS_IN_ALL: usize = 2_000_000_000;

/// Closed solids as their triangles. Where solids of one body overlap, that room counts twice.
#[derive(Debug, Clone)]
pub struct Body {
    /// Corners are relative to it `[east, north, up]`.
    origin: [f64; 3],
    /// From west to east.
    triangles: Vec<Triangle>,
    pub envelope: Envelope,
    /// Whether it is a block over the footprint, for want of closed solids.
    pub is_estimated: bool,
}

#[derive(Debug, Clone, Copy)]
struct Triangle {
    /// Counter-clockwise in plan.
    corners: [[f64; 3]; 3],
    /// `[west, south, east, north]`.
    bounds: [f64; 4],
    /// +1 where it looks out of the solid upwards, −1 where downwards.
    sign: f64,
}

impl Body {
    /// Of the object and its parts at the highest level of detail at which all of their solids are closed, else a block over
    /// the footprint; `None` for what has neither. Faces may look inwards or outwards, as long as they agree.
    pub fn of(object: &CityObject) -> Option<Body> {
        let object = &*object.placed();
        let whole = object_and_parts(object);
        let solids = || {
            let all = whole.iter().flat_map(|part| &part.geometries);
            all.filter(|one| matches!(one.kind, GeometryKind::Solid | GeometryKind::MultiSolid))
        };
        let mut levels: Vec<Lod> = solids().map(|geometry| geometry.lod).collect();
        levels.sort_unstable();
        levels.dedup();
        let at = |lod: &Lod| {
            let geometries: Vec<&Geometry> = solids().filter(|geometry| geometry.lod == *lod).collect();
            Body::of_solids(&geometries)
        };
        levels.iter().rev().find_map(at).or_else(|| {
            let mut envelope = Envelope::EMPTY;
            whole.iter().flat_map(|part| &part.geometries).for_each(|one| envelope.union(&one.envelope()));
            Body::block(&footprint(object), [envelope.min[2], envelope.max[2]])
        })
    }

    /// `None` unless all are closed.
    pub fn of_solids(geometries: &[&Geometry]) -> Option<Body> {
        let origin = *geometries.first()?.points.first()?;
        let mut body = Body { origin, triangles: Vec::new(), envelope: Envelope::EMPTY, is_estimated: false };
        for geometry in geometries {
            for shell in shell_volumes(geometry)? {
                // A void looks into itself.
                let sign = if (shell.volume_m3 > 0.0) == shell.is_exterior { 1.0 } else { -1.0 };
                shell.faces.iter().for_each(|face| body.push(geometry, face, sign));
            }
        }
        Some(body.sorted())
    }

    /// Upright over closed rings `[east, north]`, between two heights; `None` where nothing is between.
    pub fn block(polygons: &[Polygon], [low_m, high_m]: [f64; 2]) -> Option<Body> {
        let first = polygons.first()?.first()?.first()?;
        if !(high_m > low_m && (high_m - low_m).is_finite()) {
            return None;
        }
        let origin = [first[0], first[1], low_m];
        let mut body = Body { origin, triangles: Vec::new(), envelope: Envelope::EMPTY, is_estimated: true };
        for (height_m, sign) in [(low_m, -1.0), (high_m, 1.0)] {
            let mut geometry = Geometry::new(Lod::whole(1), GeometryKind::MultiSurface);
            for polygon in polygons {
                let open = |ring: &Vec<[f64; 2]>| {
                    let count = ring.len().saturating_sub(1);
                    ring.iter().take(count).map(|[x, y]| [*x, *y, height_m]).collect::<Vec<_>>()
                };
                let rings: Vec<_> = polygon.iter().map(open).collect();
                geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
            }
            // Exteriors are counter-clockwise: all look up.
            geometry.faces.iter().for_each(|face| body.push(&geometry, face, sign));
        }
        Some(body.sorted())
    }

    fn push(&mut self, geometry: &Geometry, face: &Face, sign: f64) {
        let mut found = Vec::new();
        triangulate(geometry, face, &mut found);
        for points in found {
            let corner = |index: u32| geometry.points.get(index as usize).copied().unwrap_or(self.origin);
            let corners = points.map(corner);
            self.envelope.union(&Envelope::of(&corners));
            self.triangles.extend(Triangle::new(corners.map(|corner| minus(corner, self.origin)), sign));
        }
    }

    fn sorted(mut self) -> Body {
        self.triangles.sort_unstable_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]));
        self
    }

    /// [m³]
    pub fn volume_m3(&self) -> f64 {
        self.triangles.iter().map(Triangle::below_m3).sum()
    }

    /// What both hold [m³]; 0 where they only touch.
    pub fn common_m3(&self, other: &Body) -> f64 {
        if !overlap(&self.envelope, &other.envelope) {
            return 0.0;
        }
        let shift = minus(other.origin, self.origin);
        let boxes =
            [0, 1].map(|axis| self.envelope.min[axis].max(other.envelope.min[axis]) - self.origin[axis]);
        let ends =
            [0, 1].map(|axis| self.envelope.max[axis].min(other.envelope.max[axis]) - self.origin[axis]);
        let within = [boxes[0], boxes[1], ends[0], ends[1]];
        let near = |triangle: &Triangle| meet(triangle.bounds, within);
        let theirs: Vec<Triangle> = other.triangles.iter().map(|one| one.moved(shift)).filter(near).collect();
        let mut sum = 0.0;
        for one in self.triangles.iter().filter(|one| near(one)) {
            let end = theirs.partition_point(|two| two.bounds[0] <= one.bounds[2]);
            let pairs = theirs.iter().take(end).filter(|two| meet(one.bounds, two.bounds));
            sum += pairs.map(|two| one.sign * two.sign * one.common_below_m3(two)).sum::<f64>();
        }
        // Solids that overlap within a body, or themselves, would give more.
        sum.min(self.volume_m3()).min(other.volume_m3()).max(0.0)
    }

    /// Pairs of triangles to be compared at the most.
    fn pairs_with(&self, other: &Body) -> usize {
        self.triangles.len().saturating_mul(other.triangles.len())
    }
}

/// What one search may spend on triangles.
pub struct Effort(Cell<usize>);

impl Effort {
    pub fn new() -> Effort {
        Effort(Cell::new(MOST_PAIRS_IN_ALL))
    }

    /// Whether two bodies may be compared triangle by triangle, which is spent then.
    pub fn spend_on(&self, one: &Body, two: &Body) -> bool {
        let (wanted, left) = (one.pairs_with(two), self.0.get());
        let may = wanted <= MOST_PAIRS.min(left);
        if may {
            self.0.set(left - wanted);
        }
        may
    }
}

/// Whether two boxes share room.
pub fn overlap(a: &Envelope, b: &Envelope) -> bool {
    (0..3).all(|axis| a.min[axis] < b.max[axis] && b.min[axis] < a.max[axis])
}

fn minus(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Corner of a common part in plan, with the heights of both triangles there.
#[derive(Debug, Clone, Copy)]
struct Corner {
    at: [f64; 2],
    heights: [f64; 2],
}

impl Triangle {
    /// `None` for walls.
    fn new([a, b, c]: [[f64; 3]; 3], sign: f64) -> Option<Triangle> {
        let doubled = double_area([a, b, c].map(|p| [p[0], p[1]]));
        if doubled.is_nan() || doubled.abs() <= 2.0 * MIN_PLAN_M2 {
            return None;
        }
        let (corners, sign) = if doubled > 0.0 { ([a, b, c], sign) } else { ([a, c, b], -sign) };
        let least = |axis: usize| corners.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| corners.iter().map(|p| p[axis]).fold(f64::NEG_INFINITY, f64::max);
        Some(Triangle { corners, bounds: [least(0), least(1), most(0), most(1)], sign })
    }

    fn moved(&self, shift: [f64; 3]) -> Triangle {
        let [x, y, _] = shift;
        let [west, south, east, north] = self.bounds;
        Triangle {
            corners: self.corners.map(|p| [p[0] + shift[0], p[1] + shift[1], p[2] + shift[2]]),
            bounds: [west + x, south + y, east + x, north + y],
            sign: self.sign,
        }
    }

    fn plan(&self) -> [[f64; 2]; 3] {
        self.corners.map(|[x, y, _]| [x, y])
    }

    /// Of the prism between it and the level of the origin, by its sign [m³].
    fn below_m3(&self) -> f64 {
        let mean = self.corners.iter().map(|corner| corner[2]).sum::<f64>() / 3.0;
        self.sign * mean * double_area(self.plan()) / 2.0
    }

    /// Height of its plane, kept between its lowest and highest corner: of steep ones rounding would make any height.
    fn height_at(&self, [x, y]: [f64; 2]) -> f64 {
        let [a, b, c] = self.corners;
        let whole = double_area(self.plan());
        let share = |p: [f64; 3], q: [f64; 3]| double_area([[p[0], p[1]], [q[0], q[1]], [x, y]]) / whole;
        let height = a[2] * share(b, c) + b[2] * share(c, a) + c[2] * share(a, b);
        height.clamp(a[2].min(b[2]).min(c[2]), a[2].max(b[2]).max(c[2]))
    }

    /// Under both, above the level of the origin [m³].
    fn common_below_m3(&self, other: &Triangle) -> f64 {
        let mut polygon = [[0.0; 2]; MOST_CORNERS];
        let count = clip(self.plan(), other.plan(), &mut polygon);
        let corner = |at: [f64; 2]| Corner { at, heights: [self.height_at(at), other.height_at(at)] };
        let mut corners = polygon.iter().take(count).map(|at| corner(*at));
        let (Some(first), Some(mut last)) = (corners.next(), corners.next()) else { return 0.0 };
        let mut sum = 0.0;
        for next in corners {
            sum += below_lower_m3([first, last, next]);
            last = next;
        }
        sum
    }
}

/// Positive when counter-clockwise.
fn double_area([a, b, c]: [[f64; 2]; 3]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Three cuts add a corner each; two spare for what rounding makes of needles.
const MOST_CORNERS: usize = 8;

/// The common part of two triangles, counter-clockwise; how many corners it has.
fn clip(subject: [[f64; 2]; 3], by: [[f64; 2]; 3], out: &mut [[f64; 2]; MOST_CORNERS]) -> usize {
    let mut count = 3;
    out[..3].copy_from_slice(&subject);
    for (from, to) in [(by[0], by[1]), (by[1], by[2]), (by[2], by[0])] {
        let before = *out;
        let mut kept = 0;
        let mut keep = |point: [f64; 2]| {
            if let Some(place) = out.get_mut(kept) {
                *place = point;
                kept += 1;
            }
        };
        let side = |point: [f64; 2]| double_area([from, to, point]);
        for (index, point) in before.iter().take(count).enumerate() {
            let next = before[(index + 1) % count];
            let (here, there) = (side(*point), side(next));
            if here >= 0.0 {
                keep(*point);
            }
            if (here > 0.0 && there < 0.0) || (here < 0.0 && there > 0.0) {
                let share = here / (here - there);
                keep([0, 1].map(|axis| point[axis] + (next[axis] - point[axis]) * share));
            }
        }
        count = kept;
        if count < 3 {
            return 0;
        }
    }
    count
}

/// Over a triangle in plan, up to the lower of two planes [m³].
fn below_lower_m3(corners: [Corner; 3]) -> f64 {
    let area = double_area(corners.map(|corner| corner.at)) / 2.0;
    let mean = corners.iter().map(|corner| corner.heights[1]).sum::<f64>() / 3.0;
    let mut differences = corners.map(|corner| corner.heights[0] - corner.heights[1]);
    differences.sort_unstable_by(f64::total_cmp);
    area * (mean + mean_below_zero(differences))
}

/// Mean of min(d, 0) over a triangle on which d is linear, from its values at the corners in order.
fn mean_below_zero([low, middle, high]: [f64; 3]) -> f64 {
    if high <= 0.0 {
        (low + middle + high) / 3.0
    } else if low >= 0.0 {
        0.0
    } else if middle >= 0.0 {
        low / 3.0 * (low / (low - middle)) * (low / (low - high))
    } else {
        let above = high / 3.0 * (high / (high - low)) * (high / (high - middle));
        (low + middle + high) / 3.0 - above
    }
}

#[cfg(test)]
#[path = "overlap_tests.rs"]
mod tests;
