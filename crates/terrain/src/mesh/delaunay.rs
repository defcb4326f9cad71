//! A Delaunay triangulation of a square that grows point by point. Coordinates are whole numbers: every test is exact.

/// No triangle on the other side.
pub const OUTSIDE: u32 = u32::MAX;

/// Triangle `t` has corners `3t`, `3t + 1`, `3t + 2`, counter-clockwise; corner `c` also stands for the edge from it
/// to the next.
#[derive(Debug, Clone)]
pub struct Delaunay {
    /// `[column, row]`, each in 0..=4096 or so: products of four must fit an i64.
    pub points: Vec<[i32; 2]>,
    /// Point of each corner.
    pub corners: Vec<u32>,
    /// The same edge seen from the triangle on its other side.
    twins: Vec<u32>,
    /// Edges to be looked at, kept for the next point.
    suspects: Vec<u32>,
    /// Triangles that the last insertion made or changed; may name one twice.
    pub changed: Vec<u32>,
}

fn next(corner: u32) -> u32 {
    if corner % 3 == 2 { corner - 2 } else { corner + 1 }
}

fn previous(corner: u32) -> u32 {
    if corner.is_multiple_of(3) { corner + 2 } else { corner - 1 }
}

/// Twice the area; positive when counter-clockwise.
pub fn turn(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> i64 {
    let [abx, aby] = [i64::from(b[0] - a[0]), i64::from(b[1] - a[1])];
    let [acx, acy] = [i64::from(c[0] - a[0]), i64::from(c[1] - a[1])];
    abx * acy - aby * acx
}

/// Whether `p` lies strictly within the circle through the counter-clockwise `a`, `b`, `c`.
fn in_circle(a: [i32; 2], b: [i32; 2], c: [i32; 2], p: [i32; 2]) -> bool {
    let from_p = |q: [i32; 2]| {
        let (x, y) = (i64::from(q[0] - p[0]), i64::from(q[1] - p[1]));
        (x, y, x * x + y * y)
    };
    let ((ax, ay, a2), (bx, by, b2), (cx, cy, c2)) = (from_p(a), from_p(b), from_p(c));
    ax * (by * c2 - b2 * cy) - ay * (bx * c2 - b2 * cx) + a2 * (bx * cy - by * cx) > 0
}

impl Delaunay {
    /// The square from `[0, 0]` to `[side, side]`: two triangles.
    pub fn square(side: i32) -> Delaunay {
        Delaunay {
            points: vec![[0, 0], [side, 0], [side, side], [0, side]],
            corners: vec![0, 1, 2, 0, 2, 3],
            twins: vec![OUTSIDE, OUTSIDE, 3, 2, OUTSIDE, OUTSIDE],
            suspects: Vec::new(),
            changed: Vec::new(),
        }
    }

    pub fn triangle_count(&self) -> usize {
        self.corners.len() / 3
    }

    pub fn triangle(&self, triangle: u32) -> [u32; 3] {
        let first = triangle as usize * 3;
        [self.corners[first], self.corners[first + 1], self.corners[first + 2]]
    }

    fn point_at(&self, corner: u32) -> [i32; 2] {
        self.points[self.corners[corner as usize] as usize]
    }

    /// The triangle that a point of the square lies in or on, walking from another.
    pub fn locate(&self, point: [i32; 2], from: u32) -> u32 {
        let mut triangle = from;
        loop {
            let beyond = (triangle * 3..triangle * 3 + 3).find(|&edge| {
                self.twins[edge as usize] != OUTSIDE
                    && turn(self.point_at(edge), self.point_at(next(edge)), point) < 0
            });
            match beyond {
                Some(edge) => triangle = self.twins[edge as usize] / 3,
                None => return triangle,
            }
        }
    }

    /// Adds a point that lies in or on a triangle; one that is a corner already changes nothing. Fills `changed`.
    pub fn insert(&mut self, point: [i32; 2], triangle: u32) {
        self.changed.clear();
        let edges = [triangle * 3, triangle * 3 + 1, triangle * 3 + 2];
        if edges.iter().any(|corner| self.point_at(*corner) == point) {
            return;
        }
        let added = self.points.len() as u32;
        self.points.push(point);
        let on =
            edges.into_iter().find(|&edge| turn(self.point_at(edge), self.point_at(next(edge)), point) == 0);
        match on {
            Some(edge) => self.split_edge(edge, added),
            None => self.split_triangle(triangle, added),
        }
        while let Some(edge) = self.suspects.pop() {
            self.flip_if_needed(edge);
        }
    }

    fn split_triangle(&mut self, triangle: u32, added: u32) {
        let [a, b, c] = self.triangle(triangle);
        let first = triangle * 3;
        let [ab, bc, ca] = [first, first + 1, first + 2].map(|edge| self.twins[edge as usize]);
        let (second, third) = (self.corners.len() as u32, self.corners.len() as u32 + 3);
        self.place(first, [a, b, added], [ab, second + 2, third + 1]);
        self.place(second, [b, c, added], [bc, third + 2, first + 1]);
        self.place(third, [c, a, added], [ca, first + 2, second + 1]);
        self.suspects.extend([first, second, third]);
    }

    /// Halves the triangle at an edge and the one behind it, if there is one.
    fn split_edge(&mut self, edge: u32, added: u32) {
        // a → b is the edge, c on this side; d behind.
        let twin = self.twins[edge as usize];
        let (bc, ca) = (next(edge), previous(edge));
        let [a, b, c] = [edge, bc, ca].map(|corner| self.corners[corner as usize]);
        let [beyond_bc, beyond_ca] = [bc, ca].map(|edge| self.twins[edge as usize]);
        let (first, second) = (edge / 3 * 3, self.corners.len() as u32);
        self.place(first, [c, a, added], [beyond_ca, OUTSIDE, second + 1]);
        self.place(second, [b, c, added], [beyond_bc, first + 2, OUTSIDE]);
        self.suspects.extend([first, second]);
        if twin == OUTSIDE {
            return;
        }
        let (ad, db) = (next(twin), previous(twin));
        let d = self.corners[db as usize];
        let [beyond_ad, beyond_db] = [ad, db].map(|edge| self.twins[edge as usize]);
        let (third, fourth) = (twin / 3 * 3, self.corners.len() as u32);
        self.place(third, [a, d, added], [beyond_ad, fourth + 2, first + 1]);
        self.place(fourth, [d, b, added], [beyond_db, second + 2, third + 1]);
        self.suspects.extend([third, fourth]);
    }

    /// Writes a triangle at a corner (a new one at the end) and tells its neighbours.
    fn place(&mut self, first: u32, corners: [u32; 3], twins: [u32; 3]) {
        if first as usize == self.corners.len() {
            self.corners.extend(corners);
            self.twins.extend([OUTSIDE; 3]);
        } else {
            self.corners[first as usize..first as usize + 3].copy_from_slice(&corners);
        }
        for (edge, twin) in (first..).zip(twins) {
            self.twins[edge as usize] = twin;
            // A neighbour that is yet to be placed will name this one itself.
            if let Some(back) = self.twins.get_mut(twin as usize) {
                *back = edge;
            }
        }
        self.changed.push(first / 3);
    }

    /// The edge lies opposite the added point, which is the corner before it; flips it towards that point.
    fn flip_if_needed(&mut self, edge: u32) {
        let twin = self.twins[edge as usize];
        if twin == OUTSIDE {
            return;
        }
        let (apex, across) = (previous(edge), previous(twin));
        let [a, b] = [edge, next(edge)].map(|corner| self.point_at(corner));
        if !in_circle(a, b, self.point_at(apex), self.point_at(across)) {
            return;
        }
        let [from, to, added, far] =
            [edge, next(edge), apex, across].map(|corner| self.corners[corner as usize]);
        let [beyond_to, beyond_from] = [next(edge), apex].map(|edge| self.twins[edge as usize]);
        let [far_from, far_to] = [next(twin), across].map(|edge| self.twins[edge as usize]);
        let (first, second) = (edge / 3 * 3, twin / 3 * 3);
        self.place(first, [from, far, added], [far_from, second + 2, beyond_from]);
        self.place(second, [far, to, added], [far_to, beyond_to, first + 1]);
        self.suspects.extend([first, second]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every triangle counter-clockwise, the square covered once, no point inside another triangle's circle.
    fn check(points: &[[i32; 2]], side: i32) {
        let mut mesh = Delaunay::square(side);
        for (index, point) in points.iter().enumerate() {
            let from = (index * 7 % mesh.triangle_count()) as u32;
            let triangle = mesh.locate(*point, from);
            mesh.insert(*point, triangle);
        }
        let mut area = 0;
        for triangle in 0..mesh.triangle_count() as u32 {
            let [a, b, c] = mesh.triangle(triangle).map(|point| mesh.points[point as usize]);
            assert!(turn(a, b, c) > 0, "{a:?} {b:?} {c:?}");
            area += turn(a, b, c);
            assert!(mesh.points.iter().all(|point| !in_circle(a, b, c, *point)));
            for edge in triangle * 3..triangle * 3 + 3 {
                let twin = mesh.twins[edge as usize];
                assert!(twin == OUTSIDE || mesh.twins[twin as usize] == edge);
                assert!(twin == OUTSIDE || mesh.point_at(next(twin)) == mesh.point_at(edge));
            }
        }
        assert_eq!(area, i64::from(side) * i64::from(side) * 2);
        let mut distinct: Vec<_> = points.iter().chain(&mesh.points[..4]).copied().collect();
        distinct.sort();
        distinct.dedup();
        assert_eq!(mesh.points.len(), distinct.len());
    }

    #[test]
    fn whole_grids_are_triangulated() {
        // Every four neighbours lie on a circle; all border points on one line.
        check(&(0..81).map(|at| [at % 9, at / 9]).collect::<Vec<_>>(), 8);
        check(&[[4, 0], [0, 4], [8, 4], [4, 8], [4, 4], [2, 0], [2, 0]], 8);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_points_are_triangulated(points in proptest::collection::vec([0..=32i32, 0..=32i32], 0..120)) {
            check(&points, 32);
        }
    }
}
