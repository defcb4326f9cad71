//! Faces together: whether they make a closed surface that looks outwards (301–307, 405).

use super::contact;
use super::crossing::{Triangle, self_contact, triangles};
use super::edges;
use super::groups::Groups;
use super::shape::Shape;
use super::{Findings, Tolerances};
use crate::measure::{dot, norm, ring_vector, subtract};
use stadtwin_model::{Face, Geometry};

/// A corner of a ring: the edge that comes in, and where it goes on.
#[derive(Debug, Clone, Copy)]
struct Corner {
    at: u32,
    from: u32,
    to: u32,
    /// Place among the faces of the shell.
    face: u32,
}

#[derive(Default)]
pub struct Scratch {
    corners: Vec<Corner>,
    visited: Vec<bool>,
    triangles: Vec<Triangle>,
}

/// What a set of faces must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Closed, faces outwards.
    Exterior,
    /// Closed, faces inwards: the wall of a cavity.
    Interior,
    /// In one piece; it may be open.
    CompositeSurface,
}

/// The faces of one shell of a geometry whose faces are all well.
pub struct Shell<'a> {
    pub shape: &'a Shape,
    pub geometry: &'a Geometry,
    /// Index of the first face in the geometry.
    pub first: u32,
    pub faces: &'a [Face],
}

/// Whether all is well with a shell.
pub fn check(
    shell: &Shell,
    demand: Demand,
    tolerances: &Tolerances,
    scratch: &mut Scratch,
    steps: &mut u64,
    findings: &mut Findings,
) -> bool {
    let is_closed_wanted = demand != Demand::CompositeSurface;
    if is_closed_wanted && shell.faces.len() < 4 {
        let value = format!("{} faces", shell.faces.len());
        findings.add(301, Some(shell.first), Some(value), shell.position(0));
        return false;
    }
    scratch.gather(shell);
    let Ok(open) = scratch.matched() else {
        edges::tell(shell, findings);
        return false;
    };
    if let Some(vertex) = scratch.pinched(is_closed_wanted) {
        findings.add(303, None, None, Some(shell.shape.point(vertex)));
        return false;
    }
    let (pieces, closed_pieces) = scratch.pieces(shell.faces.len());
    // Where none of them is closed, nobody can say that they were meant apart.
    if pieces > 1 && (closed_pieces > 0 || !is_closed_wanted) {
        findings.add(305, Some(shell.first), Some(format!("{pieces} pieces")), shell.position(0));
        return false;
    }
    let Some((count, vertex)) = open else {
        return !is_closed_wanted || closed(shell, demand, tolerances, scratch, steps, findings);
    };
    if is_closed_wanted {
        let plural = if count == 1 { "edge" } else { "edges" };
        findings.add(302, None, Some(format!("{count} open {plural}")), Some(shell.shape.point(vertex)));
    }
    !is_closed_wanted
}

/// Of a shell that is closed.
fn closed(
    shell: &Shell,
    demand: Demand,
    tolerances: &Tolerances,
    scratch: &mut Scratch,
    steps: &mut u64,
    findings: &mut Findings,
) -> bool {
    let (volume_m3, snap_m) = (shell.volume(), tolerances.snap_m);
    if !is_convex(shell, volume_m3, snap_m, &scratch.corners) {
        scratch.triangles.clear();
        triangles(shell.shape, shell.geometry, shell.first, shell.faces, snap_m, &mut scratch.triangles);
        if let Some((a, b)) =
            self_contact(&mut scratch.triangles, steps, |a, b| shell.is_real(a, b, tolerances))
        {
            let value = format!("faces {} and {}", a.face.min(b.face), a.face.max(b.face));
            findings.add(306, Some(a.face.min(b.face)), Some(value), Some(a.corners[0]));
            return false;
        }
    }
    let looks_wrong = if demand == Demand::Interior { volume_m3 > 0.0 } else { volume_m3 < 0.0 };
    if looks_wrong {
        findings.add(405, Some(shell.first), None, shell.position(0));
    }
    !looks_wrong
}

/// All corners behind or on every face (within the snapping distance): then no face can go through another.
fn is_convex(shell: &Shell, volume_m3: f64, snap_m: f64, corners: &[Corner]) -> bool {
    if volume_m3.abs() < snap_m {
        return false;
    }
    let sign = volume_m3.signum();
    shell.faces.iter().all(|face| {
        let ring = shell.shape.ring(shell.geometry, face.first_ring);
        let vector = ring_vector(ring);
        let (length, first) = (norm(vector), ring.first().copied().unwrap_or_default());
        face.ring_count == 1
            && length > 0.0
            && corners.iter().all(|corner| {
                dot(vector, subtract(shell.shape.point(corner.at), first)) * sign <= snap_m * length
            })
    })
}

impl Shell<'_> {
    /// Whether triangles that meet do so beyond the border of their faces, by more than the tolerances.
    fn is_real(&self, a: &Triangle, b: &Triangle, tolerances: &Tolerances) -> bool {
        let face = |triangle: &Triangle| self.geometry.faces.get(triangle.face as usize);
        let (Some(one), Some(other)) = (face(a), face(b)) else { return true };
        let border = contact::common_border(self.shape, self.geometry, one, other);
        contact::is_beyond(a, b, &border, tolerances.snap_m.max(tolerances.planarity_m))
    }

    fn position(&self, face: usize) -> Option<[f64; 3]> {
        let face = self.faces.get(face)?;
        self.shape.ring(self.geometry, face.first_ring).first().copied()
    }

    pub fn rings(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        (0u32..).zip(self.faces).flat_map(|(at, face)| {
            (face.first_ring..face.first_ring.saturating_add(face.ring_count)).map(move |ring| (at, ring))
        })
    }

    /// Positive when faces look outwards [m³].
    pub fn volume(&self) -> f64 {
        let of = |(_, ring): (u32, u32)| {
            let points = self.shape.ring(self.geometry, ring);
            points.first().map_or(0.0, |first| dot(*first, ring_vector(points)) / 3.0)
        };
        self.rings().map(of).sum()
    }
}

impl Scratch {
    /// Corners sorted by where they are and come from.
    fn gather(&mut self, shell: &Shell) {
        self.corners.clear();
        for (face, ring) in shell.rings() {
            let vertices = shell.shape.ring_vertices(shell.geometry, ring);
            for (index, &at) in vertices.iter().enumerate() {
                let from = index.checked_sub(1).map_or(vertices.last(), |before| vertices.get(before));
                let to = vertices.get(index + 1).or(vertices.first());
                if let (Some(&from), Some(&to)) = (from, to) {
                    self.corners.push(Corner { at, from, to, face });
                }
            }
        }
        self.corners.sort_unstable_by_key(|corner| (corner.at, corner.from, corner.face));
    }

    /// The corner into which an edge leads.
    fn find(&self, from: u32, at: u32) -> Option<usize> {
        self.corners.binary_search_by_key(&(at, from), |corner| (corner.at, corner.from)).ok()
    }

    /// Number of edges with one face and a vertex of the first; `Err` when an edge is used twice the same way.
    fn matched(&self) -> Result<Option<(usize, u32)>, ()> {
        let twice =
            self.corners.windows(2).any(|pair| (pair[0].at, pair[0].from) == (pair[1].at, pair[1].from));
        if twice {
            return Err(());
        }
        let mut open = None;
        for corner in self.corners.iter().filter(|corner| self.find(corner.at, corner.from).is_none()) {
            let (count, _) = open.get_or_insert((0, corner.at));
            *count += 1;
        }
        Ok(open)
    }

    /// A vertex around which the faces make more than one fan, at least one of them closed where
    /// `closed_only` (open shells have a finding of their own).
    fn pinched(&mut self, closed_only: bool) -> Option<u32> {
        self.visited.clear();
        self.visited.resize(self.corners.len(), false);
        let mut start = 0;
        while let Some(vertex) = self.corners.get(start).map(|corner| corner.at) {
            let end =
                start + self.corners.iter().skip(start).take_while(|corner| corner.at == vertex).count();
            let (mut closed, mut open) = (0, 0);
            // Chains first: each begins at a corner that no other leads to.
            for index in start..end {
                let Some(corner) = self.corners.get(index).copied() else { break };
                if self.find(vertex, corner.from).is_none() {
                    self.walk(index);
                    open += 1;
                }
            }
            for index in start..end {
                if self.visited.get(index) == Some(&false) {
                    self.walk(index);
                    closed += 1;
                }
            }
            if open + closed > 1 && (closed > 0 || !closed_only) {
                return Some(vertex);
            }
            start = end;
        }
        None
    }

    /// Around a vertex from face to face.
    fn walk(&mut self, start: usize) {
        let mut at = Some(start);
        while let Some(index) = at {
            match self.visited.get_mut(index) {
                Some(visited) if !*visited => *visited = true,
                _ => return,
            }
            at = self.corners.get(index).and_then(|corner| self.find(corner.to, corner.at));
        }
    }

    /// Number of pieces that faces make over their edges, and how many of them are closed.
    fn pieces(&self, faces: usize) -> (usize, usize) {
        let mut groups = Groups::new(faces);
        let mut open = Vec::new();
        for corner in &self.corners {
            match self.find(corner.at, corner.from).and_then(|index| self.corners.get(index)) {
                Some(other) => drop(groups.join(corner.face as usize, other.face as usize)),
                None => open.push(corner.face),
            }
        }
        let pieces = groups.count(faces);
        if pieces < 2 {
            return (pieces, usize::from(open.is_empty()));
        }
        let mut roots: Vec<usize> = open.iter().map(|face| groups.root(*face as usize)).collect();
        roots.sort_unstable();
        roots.dedup();
        (pieces, pieces.saturating_sub(roots.len()))
    }
}
