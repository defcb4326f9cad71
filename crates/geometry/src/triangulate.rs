//! Faces cut into triangles.

use std::cell::RefCell;

use earcut::{Earcut, utils3d::project3d_to_2d};

use stadtwin_model::{Face, Geometry};

/// What one face needs, kept for the next.
#[derive(Default)]
struct Scratch {
    earcut: Earcut<f64>,
    /// Relative to the face's first point: far coordinates would cost digits.
    points: Vec<[f64; 3]>,
    flat: Vec<[f64; 2]>,
    /// Of each point, in `Geometry::points`.
    indices: Vec<u32>,
    holes: Vec<u32>,
    triangles: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Appends the triangles of a face: indices into `geometry.points`, counter-clockwise from outside like the face's
/// exterior ring; nothing for a face without area or with coordinates that are no numbers.
pub fn triangulate(geometry: &Geometry, face: &Face, out: &mut Vec<[u32; 3]>) {
    SCRATCH.with_borrow_mut(|scratch| {
        if scratch.gather(geometry, face) {
            scratch.cut(out);
        }
    });
}

impl Scratch {
    /// False when there is nothing to cut.
    fn gather(&mut self, geometry: &Geometry, face: &Face) -> bool {
        self.points.clear();
        self.indices.clear();
        self.holes.clear();
        let Some(&origin) = geometry.ring(face.first_ring).first() else { return false };
        for ring in face.first_ring..face.first_ring.saturating_add(face.ring_count) {
            let points = geometry.ring(ring);
            let is_hole = ring > face.first_ring;
            if points.len() < 3 {
                match is_hole {
                    true => continue,
                    false => return false,
                }
            }
            if is_hole {
                self.holes.push(self.points.len() as u32);
            }
            let start = match ring.checked_sub(1) {
                Some(before) => geometry.ring_ends.get(before as usize).copied().unwrap_or(0),
                None => 0,
            };
            self.indices.extend(start..start + points.len() as u32);
            self.points.extend(points.iter().map(|p| [p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]]));
        }
        self.points.iter().flatten().all(|value| value.is_finite())
    }

    fn cut(&mut self, out: &mut Vec<[u32; 3]>) {
        let outer = self.holes.first().map_or(self.points.len(), |&hole| hole as usize);
        if !project3d_to_2d(&self.points, outer, &mut self.flat) {
            return;
        }
        self.earcut.earcut_slice(&self.flat, &self.holes, &mut self.triangles);
        for triangle in self.triangles.chunks_exact(3) {
            let corner = |at: usize| self.flat.get(triangle[at] as usize).copied().unwrap_or_default();
            let (a, b, c) = (corner(0), corner(1), corner(2));
            let area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
            let index = |at: usize| self.indices.get(triangle[at] as usize).copied().unwrap_or_default();
            // The projection looks at the face from outside, so a positive area is counter-clockwise there.
            match area >= 0.0 {
                true => out.push([index(0), index(1), index(2)]),
                false => out.push([index(0), index(2), index(1)]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::face_normal_area;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    fn geometry(rings: &[Vec<[f64; 3]>]) -> Geometry {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_ring(&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
        geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
        geometry
    }

    /// Number of triangles; their areas must sum to the face's, their normals agree with it.
    fn check(rings: &[Vec<[f64; 3]>]) -> usize {
        let geometry = geometry(rings);
        let face = geometry.faces[0];
        let (normal, area) = face_normal_area(&geometry, &face);
        let mut triangles = Vec::new();
        triangulate(&geometry, &face, &mut triangles);
        let mut sum = 0.0;
        for triangle in &triangles {
            let mut one = Geometry::new(Lod::whole(2), GeometryKind::Tin);
            let points: Vec<[f64; 3]> =
                triangle.iter().map(|&index| geometry.points[index as usize]).collect();
            one.push_face([points.as_slice()], NO_SURFACE);
            let (direction, part) = face_normal_area(&one, &one.faces[0]);
            let agree: f64 = (0..3).map(|axis| direction[axis] * normal[axis]).sum();
            assert!(part < 1e-6 || agree > 0.99, "{agree}");
            sum += part;
        }
        assert!((sum - area).abs() <= 1e-6 * area.max(1.0), "{sum} {area}");
        triangles.len()
    }

    #[test]
    fn faces_have_the_triangles_they_should() {
        let square = |z: f64, a: f64, b: f64| vec![[a, a, z], [b, a, z], [b, b, z], [a, b, z]];
        let turned = |ring: Vec<[f64; 3]>| ring.into_iter().rev().collect::<Vec<_>>();
        let wall = vec![[0.0, 0.0, 0.0], [5.0, 3.0, 0.0], [5.0, 3.0, 4.0], [0.0, 0.0, 4.0]];
        let far =
            wall.iter().map(|p| [p[0] + 691_000.0, p[1] + 5_334_000.0, p[2] + 500.0]).collect::<Vec<_>>();
        let cases = [
            (vec![square(3.0, 0.0, 4.0)], 2),
            (vec![turned(square(3.0, 0.0, 4.0))], 2),
            (vec![square(3.0, 0.0, 4.0), turned(square(3.0, 1.0, 2.0))], 8),
            (vec![square(3.0, 0.0, 4.0), square(3.0, 1.0, 2.0)], 8),
            (vec![wall.clone()], 2),
            (vec![turned(wall)], 2),
            (vec![far], 2),
            (vec![vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]]], 0),
            (vec![vec![[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]], 0),
            (vec![vec![[0.0, 0.0, 0.0]; 5]], 0),
            (vec![], 0),
        ];
        for (number, (rings, expected)) in cases.into_iter().enumerate() {
            // A hole that runs the same way as its exterior has no Newell area to compare with.
            let found = match number {
                3 => {
                    let geometry = geometry(&rings);
                    let mut triangles = Vec::new();
                    triangulate(&geometry, &geometry.faces[0], &mut triangles);
                    triangles.len()
                }
                _ => check(&rings),
            };
            assert_eq!(found, expected, "case {number}");
        }
    }

    #[test]
    fn coordinates_that_are_no_numbers_give_nothing() {
        assert_eq!(check_count(&[[0.0, 0.0, 0.0], [f64::NAN, 0.0, 0.0], [0.0, 1.0, 0.0]]), 0);
        assert_eq!(check_count(&[[0.0, 0.0, 0.0], [f64::INFINITY, 0.0, 0.0], [0.0, 1.0, 0.0]]), 0);
    }

    fn check_count(ring: &[[f64; 3]]) -> usize {
        let geometry = geometry(&[ring.to_vec()]);
        let mut triangles = Vec::new();
        triangulate(&geometry, &geometry.faces[0], &mut triangles);
        triangles.len()
    }

    proptest! {
        /// A star around a point on a tilted plane, with a small hole in its middle.
        #[test]
        fn triangle_areas_sum_to_the_face(
            radii in prop::collection::vec(2.0f64..30.0, 3..20),
            tilt in -3.0f64..3.0, lean in -3.0f64..3.0, hole in any::<bool>(), turn in any::<bool>(), steep in any::<bool>(),
        ) {
            let place = |x: f64, y: f64| {
                let z = tilt * x + lean * y;
                if steep { [690_000.0 + z, 5_340_000.0 + x, y] } else { [690_000.0 + x, 5_340_000.0 + y, 500.0 + z] }
            };
            let star = |radii: &[f64]| -> Vec<[f64; 3]> {
                let step = std::f64::consts::TAU / radii.len() as f64;
                radii.iter().enumerate().map(|(i, r)| { let (s, c) = (step * i as f64).sin_cos(); place(r * c, r * s) }).collect()
            };
            let mut rings = vec![star(&radii)];
            if hole {
                rings.push(star(&[0.5; 5]).into_iter().rev().collect());
            }
            if turn {
                rings.iter_mut().for_each(|ring| ring.reverse());
            }
            // Narrow stars may cut through the hole.
            prop_assume!(!hole || radii.len() > 4);
            let count = check(&rings);
            let most = radii.len() - 2 + 7 * usize::from(hole);
            prop_assert!(count <= most, "{} triangles", count);
        }
    }
}
