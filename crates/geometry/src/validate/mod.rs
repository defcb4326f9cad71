//! Geometry checks after ISO 19107 with val3dity's codes: rings, polygons, shells, solids, composites, parts. Pure.
//!
//! Each level is looked at only where the one below is well: a polygon when its rings are, a shell when its
//! polygons are, a solid when its shells are.

mod body;
mod codes;
mod contact;
mod crossing;
mod delaunay;
mod edges;
mod groups;
mod plane;
mod polygon;
pub mod ring;
mod shape;
mod shell;
mod thematic;

pub use codes::{KINDS, Kind, THEMATIC, kind, number_of};

use body::Body;
use crossing::triangles;
use shape::Shape;
use shell::{Demand, Shell};
use stadtwin_model::{CityObject, Geometry, GeometryKind, Issue, Lod, Severity};
use std::ops::Range;

/// Pairs of edges or triangles compared for one top-level object at most.
const MOST_STEPS: u64 = 20_000_000;
/// Triangles of solids that are compared with others at most; the comparison is of each with each.
const MOST_TRIANGLES: usize = 20_000;

/// How exact data must be; val3dity's defaults.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Points closer than this are one [m].
    pub snap_m: f64,
    /// Distance of points from the plane of their polygon [m].
    pub planarity_m: f64,
    /// Between the normals of a polygon's triangles [°].
    pub normals_deg: f64,
    /// Depth to which solids and building parts may overlap [m]; 0 is the snapping distance.
    pub overlap_m: f64,
}

impl Default for Tolerances {
    fn default() -> Tolerances {
        Tolerances { snap_m: 0.001, planarity_m: 0.01, normals_deg: 20.0, overlap_m: 0.0 }
    }
}

/// Findings of one object on their way.
struct Findings<'a> {
    object: &'a str,
    origin: [f64; 3],
    issues: &'a mut Vec<Issue>,
}

impl Findings<'_> {
    fn add(&mut self, code: u16, face: Option<u32>, value: Option<String>, at: Option<[f64; 3]>) {
        let Some(kind) = codes::kind(code) else { return };
        let origin = self.origin;
        self.issues.push(Issue {
            object: self.object.to_owned(),
            code: code.to_string(),
            severity: kind.severity,
            message: kind.message.to_owned(),
            face,
            value,
            position: at.map(|point| [0, 1, 2].map(|axis| point[axis] + origin[axis])),
            ..Issue::default()
        });
    }
}

/// Checks objects one after another; keeps its memory between them.
pub struct Checker {
    tolerances: Tolerances,
    shape: Shape,
    polygon: polygon::Scratch,
    shell: shell::Scratch,
    steps: u64,
}

impl Checker {
    pub fn new(tolerances: Tolerances) -> Checker {
        Checker {
            tolerances,
            shape: Shape::default(),
            polygon: polygon::Scratch::default(),
            shell: shell::Scratch::default(),
            steps: MOST_STEPS,
        }
    }

    /// Appends what is wrong with an object and all below it: geometry first, then what attributes say of it.
    pub fn check(&mut self, object: &CityObject, issues: &mut Vec<Issue>) {
        self.steps = MOST_STEPS;
        let origin = first_point(object).unwrap_or_default();
        self.object(object, origin, issues);
        if !has_geometry(object) {
            Findings { object: &object.id, origin, issues }.add(609, None, None, None);
        }
        if self.steps == 0 {
            issues.push(stopped(object));
        }
        thematic::check(object, issues);
    }

    /// Bodies of its solids that are well, by level of detail.
    fn object(&mut self, object: &CityObject, origin: [f64; 3], issues: &mut Vec<Issue>) -> Vec<(Lod, Body)> {
        let is_part = |object: &CityObject| object.class.name().ends_with("Part");
        let keep = is_part(object) || object.children.iter().any(is_part);
        let mut bodies = Vec::new();
        for geometry in object.geometries.iter().filter(|geometry| geometry.kind.has_faces()) {
            let mut findings = Findings { object: &object.id, origin, issues };
            let solids = self.geometry(geometry, keep, &mut findings);
            bodies.extend(solids.into_iter().map(|body| (geometry.lod, body)));
        }
        let own = bodies.len();
        let mut owners = vec![object.id.as_str(); own];
        for child in &object.children {
            bodies.extend(self.object(child, origin, issues));
            owners.resize(bodies.len(), child.id.as_str());
        }
        self.parts(&bodies, &owners, &mut Findings { object: &object.id, origin, issues });
        bodies.truncate(own);
        bodies
    }

    /// 601, between an object and its parts at the same level of detail.
    fn parts(&mut self, bodies: &[(Lod, Body)], owners: &[&str], findings: &mut Findings) {
        let depth_m = self.tolerances.overlap_m.max(self.tolerances.snap_m);
        let all = || bodies.iter().zip(owners).enumerate();
        for (index, ((lod, body), owner)) in all() {
            for (_, ((other_lod, other), other_owner)) in all().skip(index + 1) {
                if owner == other_owner || lod != other_lod || !self.may_compare(body, other) {
                    continue;
                }
                if let Some(point) = body::overlap(body, other, depth_m) {
                    let value = format!("`{owner}` and `{other_owner}`");
                    findings.add(601, None, Some(value), Some(point));
                }
            }
        }
    }

    fn may_compare(&mut self, a: &Body, b: &Body) -> bool {
        let cost = (a.triangles.len() as u64).saturating_mul(b.triangles.len() as u64);
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0 && cost < (MOST_TRIANGLES as u64).pow(2) / 16
    }

    /// Bodies of solids that are well, where `keep` or other checks need them.
    fn geometry(&mut self, geometry: &Geometry, keep: bool, findings: &mut Findings) -> Vec<Body> {
        if geometry.faces.is_empty() {
            findings.add(902, None, None, None);
            return Vec::new();
        }
        if !self.shape.read(geometry, findings.origin, self.tolerances.snap_m) {
            findings.add(901, None, None, None);
            return Vec::new();
        }
        let mut faces_are_well = true;
        for (face, index) in geometry.faces.iter().zip(0u32..) {
            let (shape, tolerances) = (&self.shape, &self.tolerances);
            let scratch = &mut self.polygon;
            faces_are_well &=
                polygon::check(shape, geometry, index, face, tolerances, scratch, &mut self.steps, findings);
        }
        let is_composite = geometry.role == Geometry::COMPOSITE_SURFACE;
        match geometry.kind {
            _ if !faces_are_well => Vec::new(),
            GeometryKind::Solid | GeometryKind::MultiSolid => self.solids(geometry, keep, findings),
            _ if is_composite => {
                self.one_shell(geometry, 0..geometry.faces.len(), Demand::CompositeSurface, findings);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn solids(&mut self, geometry: &Geometry, keep: bool, findings: &mut Findings) -> Vec<Body> {
        let is_composite = geometry.role == Geometry::COMPOSITE_SOLID;
        let solids = solids_of(geometry);
        let keep = keep || (is_composite && solids.len() > 1);
        let mut bodies = Vec::new();
        let mut all_well = true;
        for shells in &solids {
            match self.solid(geometry, shells, keep, findings) {
                Some(body) => bodies.extend(body),
                None => all_well = false,
            }
        }
        if is_composite && all_well {
            self.composite(&bodies, findings);
        }
        bodies
    }

    /// `None` when something is wrong; else its body where wanted.
    fn solid(
        &mut self,
        geometry: &Geometry,
        shells: &[Range<usize>],
        keep: bool,
        findings: &mut Findings,
    ) -> Option<Option<Body>> {
        if shells.is_empty() {
            findings.add(902, None, None, None);
            return None;
        }
        let mut is_well = true;
        for (index, faces) in shells.iter().enumerate() {
            if faces.is_empty() {
                findings.add(902, None, None, None);
                return None;
            }
            let demand = if index == 0 { Demand::Exterior } else { Demand::Interior };
            is_well &= self.one_shell(geometry, faces.clone(), demand, findings);
        }
        if !is_well {
            return None;
        }
        if shells.len() > 1 {
            let bodies: Vec<Body> = shells.iter().map(|faces| self.body(geometry, faces.clone())).collect();
            let size: usize = bodies.iter().map(|body| body.triangles.len()).sum();
            if size < MOST_TRIANGLES / 4
                && let Some((code, at)) = body::fault_of_shells(&bodies, self.tolerances.snap_m)
            {
                findings.add(code, None, None, Some(at));
                return None;
            }
        }
        let all = shells.first().map_or(0, |first| first.start)..shells.last().map_or(0, |last| last.end);
        Some(keep.then(|| self.body(geometry, all)))
    }

    fn one_shell(
        &mut self,
        geometry: &Geometry,
        faces: Range<usize>,
        demand: Demand,
        findings: &mut Findings,
    ) -> bool {
        let first = faces.start as u32;
        let shell =
            Shell { shape: &self.shape, geometry, first, faces: geometry.faces.get(faces).unwrap_or(&[]) };
        shell::check(&shell, demand, &self.tolerances, &mut self.shell, &mut self.steps, findings)
    }

    fn body(&self, geometry: &Geometry, faces: Range<usize>) -> Body {
        let mut out = Vec::new();
        let (first, snap_m) = (faces.start as u32, self.tolerances.snap_m);
        triangles(&self.shape, geometry, first, geometry.faces.get(faces).unwrap_or(&[]), snap_m, &mut out);
        Body::new(out)
    }

    /// 501–503.
    fn composite(&mut self, bodies: &[Body], findings: &mut Findings) {
        let depth_m = self.tolerances.overlap_m.max(self.tolerances.snap_m);
        let reach_m = self.tolerances.snap_m.max(depth_m) * 2.0;
        let mut groups = groups::Groups::new(bodies.len());
        let mut faults = 0;
        for (index, body) in bodies.iter().enumerate() {
            for (place, other) in bodies.iter().enumerate().skip(index + 1) {
                if !self.may_compare(body, other) {
                    continue;
                }
                let value = || Some(format!("solids {index} and {place}"));
                let at = other.triangles.first().map(|triangle| triangle.corners[0]);
                if body.vertices == other.vertices {
                    findings.add(502, None, value(), at);
                    faults += 1;
                } else if let Some(point) = body::overlap(body, other, depth_m) {
                    findings.add(501, None, value(), Some(point));
                    faults += 1;
                } else if body::touches(body, other, reach_m) {
                    groups.join(index, place);
                }
            }
        }
        let pieces = groups.count(bodies.len());
        if faults == 0 && pieces > 1 {
            let at =
                bodies.first().and_then(|body| body.triangles.first()).map(|triangle| triangle.corners[0]);
            findings.add(503, None, Some(format!("{pieces} pieces")), at);
        }
    }
}

/// Of each solid, the faces of its shells, exterior first.
fn solids_of(geometry: &Geometry) -> Vec<Vec<Range<usize>>> {
    let count = geometry.faces.len();
    let start = |shell: usize| geometry.shells.get(shell).map_or(count, |first| *first as usize);
    let shells =
        |from: usize, to: usize| (from..to).map(|shell| start(shell)..start(shell + 1)).collect::<Vec<_>>();
    if geometry.shells.is_empty() {
        return vec![std::iter::once(0..count).collect()];
    }
    if geometry.solids.is_empty() {
        return vec![shells(0, geometry.shells.len())];
    }
    let ends = geometry.solids.iter().skip(1).map(|solid| *solid as usize).chain([geometry.shells.len()]);
    geometry.solids.iter().zip(ends).map(|(from, to)| shells(*from as usize, to)).collect()
}

/// Told where the work was bounded.
fn stopped(object: &CityObject) -> Issue {
    Issue {
        object: object.id.clone(),
        code: "check_incomplete".to_owned(),
        severity: Severity::Warning,
        message: "the geometry is so entangled that faces were not all compared".to_owned(),
        ..Issue::default()
    }
}

/// Of the object itself or anything below it.
fn has_geometry(object: &CityObject) -> bool {
    !object.geometries.is_empty()
        || !object.implicit_geometries.is_empty()
        || object.children.iter().any(has_geometry)
}

fn first_point(object: &CityObject) -> Option<[f64; 3]> {
    let own = object.geometries.iter().find_map(|geometry| geometry.points.first().copied());
    own.or_else(|| object.children.iter().find_map(first_point))
}
