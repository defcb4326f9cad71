//! Faces seen from above against a ring on the ground.

use stadtwin_model::{Face, Geometry};

/// Whether any of the faces, seen from above, has a point in common with the area of the closed ring `[east, north]`.
pub fn meets_ring<'a>(
    ring: &[[f64; 2]],
    geometry: &Geometry,
    faces: impl IntoIterator<Item = &'a Face>,
) -> bool {
    faces.into_iter().any(|face| meets_face(ring, geometry, face))
}

fn meets_face(ring: &[[f64; 2]], geometry: &Geometry, face: &Face) -> bool {
    let Some(&corner) = ring.first() else { return false };
    let flat = |points: &[[f64; 3]]| points.iter().map(|[x, y, _]| [*x, *y]).collect::<Vec<_>>();
    let rings: Vec<Vec<[f64; 2]>> = geometry.face_rings(face).map(flat).collect();
    let Some(exterior) = rings.first() else { return false };
    if exterior.iter().any(|point| holds(ring, *point)) {
        return true;
    }
    let crosses = |line: &Vec<[f64; 2]>| edges(line).any(|edge| edges(ring).any(|other| meet(edge, other)));
    if rings.iter().any(crosses) {
        return true;
    }
    // Neither touches the other's edge: the ring lies wholly within the face, or wholly beside it or in a hole of it.
    rings.iter().filter(|line| holds(line, corner)).count() == 1 && holds(exterior, corner)
}

/// Open or closed.
fn edges(ring: &[[f64; 2]]) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
    let from = ring.iter().skip(ring.len().saturating_sub(1)).chain(ring);
    from.zip(ring).map(|(from, to)| [*from, *to])
}

/// Even-odd rule.
fn holds(ring: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let crossed = |[[x1, y1], [x2, y2]]: &[[f64; 2]; 2]| {
        (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    };
    edges(ring).filter(crossed).count() % 2 == 1
}

/// Whether two lines have a point in common.
fn meet([a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]) -> bool {
    let side =
        |p: [f64; 2], q: [f64; 2], r: [f64; 2]| (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
    let overlap = |axis: usize| {
        a[axis].min(b[axis]) <= c[axis].max(d[axis]) && c[axis].min(d[axis]) <= a[axis].max(b[axis])
    };
    overlap(0) && overlap(1) && side(a, b, c) * side(a, b, d) <= 0.0 && side(c, d, a) * side(c, d, b) <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    fn square([x, y]: [f64; 2], side: f64) -> [[f64; 2]; 5] {
        [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    }

    fn check(rings: &[&[[f64; 3]]], ring: [[f64; 2]; 5], expected: bool) {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_face(rings.iter().copied(), NO_SURFACE);
        assert_eq!(meets_ring(&ring, &geometry, &geometry.faces), expected, "{rings:?} {ring:?}");
    }

    #[test]
    fn roofs_walls_and_holes_against_squares() {
        let roof = [[0.0, 0.0, 5.0], [10.0, 0.0, 5.0], [10.0, 10.0, 5.0], [0.0, 10.0, 5.0]];
        let hole = [[2.0, 2.0, 5.0], [2.0, 8.0, 5.0], [8.0, 8.0, 5.0], [8.0, 2.0, 5.0]];
        let wall = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 0.0, 5.0], [0.0, 0.0, 5.0]];
        check(&[&roof], square([4.0, 4.0], 1.0), true);
        check(&[&roof, &hole], square([4.0, 4.0], 1.0), false);
        check(&[&roof, &hole], square([1.5, 4.0], 1.0), true);
        check(&[&roof], square([-5.0, -5.0], 30.0), true);
        check(&[&roof], square([9.0, 9.0], 5.0), true);
        check(&[&roof], square([10.5, 9.0], 5.0), false);
        check(&[&wall], square([4.0, -1.0], 2.0), true);
        check(&[&wall], square([4.0, 0.5], 2.0), false);
        check(&[], square([0.0, 0.0], 1.0), false);
    }
}
