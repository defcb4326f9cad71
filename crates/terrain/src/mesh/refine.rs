//! Triangles over a tile's nodes: the border first, then inside the worst node again and again.

use std::collections::BinaryHeap;

use super::border::border_nodes;
use super::delaunay::Delaunay;
use crate::lattice::{LATTICE_CELLS, LATTICE_SIDE};

/// Of a mesh: how far nodes may lie off it [m], how many nodes an edge may span.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub tolerance_m: f32,
    pub longest_span: usize,
}

/// A tile's surface.
#[derive(Debug, Clone, PartialEq)]
pub struct Mesh {
    /// `[column, row]` of its nodes in the lattice.
    pub vertices: Vec<[u16; 2]>,
    /// Counter-clockwise seen from above.
    pub triangles: Vec<[u32; 3]>,
}

/// The surface through as few of the 257 × 257 heights (south to north, west to east, no NaN) as needed that no node
/// is farther from it than the tolerance. Edges look at their own heights only.
pub fn refine(heights_m: &[f32], limits: Limits) -> Mesh {
    let mut surface = Surface::new(heights_m, limits.tolerance_m);
    for point in border_points(heights_m, limits).into_iter().chain(inner_points(limits.longest_span)) {
        surface.insert_anywhere(point);
    }
    surface.refine();
    let mesh = surface.mesh;
    Mesh {
        vertices: mesh.points.iter().map(|point| point.map(|at| at as u16)).collect(),
        triangles: (0..mesh.triangle_count() as u32).map(|triangle| mesh.triangle(triangle)).collect(),
    }
}

fn border_points(heights_m: &[f32], limits: Limits) -> Vec<[i32; 2]> {
    let last = LATTICE_CELLS;
    let edges: [fn(usize) -> [usize; 2]; 4] =
        [|at| [at, 0], |at| [at, LATTICE_CELLS], |at| [0, at], |at| [LATTICE_CELLS, at]];
    let mut points = Vec::new();
    for node in edges {
        let along: Vec<f32> = (0..=last)
            .map(|at| {
                let [column, row] = node(at);
                heights_m[row * LATTICE_SIDE + column]
            })
            .collect();
        let kept = border_nodes(&along, limits.tolerance_m, limits.longest_span);
        points.extend(kept.into_iter().map(|at| node(at).map(|at| at as i32)));
    }
    points
}

/// Where the earth is round within a tile: nodes no farther apart than an edge may span.
fn inner_points(span: usize) -> impl Iterator<Item = [i32; 2]> {
    let steps = move || (1..).map(move |step| step * span.max(1)).take_while(|at| *at < LATTICE_CELLS);
    steps().flat_map(move |row| steps().map(move |column| [column as i32, row as i32]))
}

/// A node that lies off: distance as the bits of a positive f32 (which sort as the number does), triangle, its
/// state then, and where.
type Candidate = (i32, u32, u32, [i32; 2]);

struct Surface<'a> {
    heights_m: &'a [f32],
    tolerance_bits: i32,
    mesh: Delaunay,
    /// Counts the changes of each triangle: candidates of a former state are void.
    states: Vec<u32>,
    worst: BinaryHeap<Candidate>,
    hint: u32,
}

impl<'a> Surface<'a> {
    fn new(heights_m: &'a [f32], tolerance_m: f32) -> Surface<'a> {
        let mesh = Delaunay::square(LATTICE_CELLS as i32);
        let tolerance_bits = tolerance_m.max(1e-3).to_bits() as i32;
        Surface { heights_m, tolerance_bits, mesh, states: Vec::new(), worst: BinaryHeap::new(), hint: 0 }
    }

    fn insert_anywhere(&mut self, point: [i32; 2]) {
        let triangle = self.mesh.locate(point, self.hint);
        self.mesh.insert(point, triangle);
        self.hint = triangle;
    }

    fn refine(&mut self) {
        self.states = vec![0; self.mesh.triangle_count()];
        for triangle in 0..self.mesh.triangle_count() as u32 {
            self.look_at(triangle);
        }
        while let Some((_, triangle, state, node)) = self.worst.pop() {
            if self.states[triangle as usize] != state {
                continue;
            }
            self.mesh.insert(node, triangle);
            self.states.resize(self.mesh.triangle_count(), 0);
            let mut changed = std::mem::take(&mut self.mesh.changed);
            changed.sort_unstable();
            changed.dedup();
            for triangle in &changed {
                self.states[*triangle as usize] += 1;
                self.look_at(*triangle);
            }
            self.mesh.changed = changed;
        }
    }

    fn height(&self, [column, row]: [i32; 2]) -> f32 {
        self.heights_m[row as usize * LATTICE_SIDE + column as usize]
    }

    /// Finds the inner node of a triangle that lies farthest off its plane; one beyond the tolerance is a candidate.
    fn look_at(&mut self, triangle: u32) {
        let corners = self.mesh.triangle(triangle).map(|point| self.mesh.points[point as usize]);
        let plane = Plane::through(corners, corners.map(|corner| self.height(corner)));
        let rows = corners.map(|corner| corner[1]);
        let inner = 1..LATTICE_CELLS as i32;
        let first_row = rows[0].min(rows[1]).min(rows[2]).max(inner.start);
        let last_row = rows[0].max(rows[1]).max(rows[2]).min(inner.end - 1);
        let (mut farthest, mut at) = (self.tolerance_bits, None);
        for row in first_row..=last_row {
            let Some((first, last)) = columns_within(&corners, row, inner.start, inner.end - 1) else {
                continue;
            };
            let start = row as usize * LATTICE_SIDE;
            let heights = &self.heights_m[start + first as usize..=start + last as usize];
            let from = plane.height(first, row);
            let greatest = greatest_distance(heights, from, plane.east);
            if greatest > farthest {
                farthest = greatest;
                at = position_of(heights, from, plane.east, greatest).map(|step| [first + step as i32, row]);
            }
        }
        if let Some(node) = at {
            self.worst.push((farthest, triangle, self.states[triangle as usize], node));
        }
    }
}

/// First and last column of the nodes of a row that lie in or on a counter-clockwise triangle, within bounds.
fn columns_within(corners: &[[i32; 2]; 3], row: i32, mut first: i32, mut last: i32) -> Option<(i32, i32)> {
    for edge in 0..3 {
        let ([ax, ay], [bx, by]) = (corners[edge], corners[(edge + 1) % 3]);
        // Left of the edge: (b - a) × (p - a) ≥ 0, that is slope × column ≤ reach.
        let slope = by - ay;
        let reach = (bx - ax) * (row - ay) + slope * ax;
        match slope {
            0 if reach < 0 => return None,
            0 => {}
            up if up > 0 => last = last.min(reach.div_euclid(up)),
            down => first = first.max(-(reach.div_euclid(-down))),
        }
    }
    (first <= last).then_some((first, last))
}

/// Bits of the greatest distance of heights from a line that starts at `from` and rises by `step` [m]; as whole
/// numbers, which the compiler turns into vector code.
fn greatest_distance(heights_m: &[f32], from: f32, step: f32) -> i32 {
    let distances = heights_m.iter().enumerate().map(|(at, height)| distance_bits(*height, from, step, at));
    distances.fold(0, i32::max)
}

fn position_of(heights_m: &[f32], from: f32, step: f32, distance: i32) -> Option<usize> {
    heights_m.iter().enumerate().position(|(at, height)| distance_bits(*height, from, step, at) == distance)
}

#[inline(always)]
fn distance_bits(height: f32, from: f32, step: f32, at: usize) -> i32 {
    ((height - (from + step * (at as i32 as f32))).to_bits() & 0x7fff_ffff) as i32
}

/// `height = base + east × column + north × row`.
struct Plane {
    base: f64,
    east: f32,
    east_exact: f64,
    north: f64,
}

impl Plane {
    fn through(corners: [[i32; 2]; 3], heights_m: [f32; 3]) -> Plane {
        let [[ax, ay], b, c] = corners;
        let [bx, by, cx, cy] = [b[0] - ax, b[1] - ay, c[0] - ax, c[1] - ay].map(f64::from);
        let [base, bz, cz] = heights_m.map(f64::from);
        let (bz, cz) = (bz - base, cz - base);
        let area = bx * cy - by * cx;
        let (east, north) = ((bz * cy - by * cz) / area, (bx * cz - bz * cx) / area);
        let base = base - east * f64::from(ax) - north * f64::from(ay);
        Plane { base, east: east as f32, east_exact: east, north }
    }

    fn height(&self, column: i32, row: i32) -> f32 {
        (self.base + self.east_exact * f64::from(column) + self.north * f64::from(row)) as f32
    }
}
