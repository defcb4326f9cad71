//! Triangles of a polygon made as thick as they can be, so that slivers do not look away from it.

use super::ring::{Point, turn};
use robust::{Coord, incircle};

/// Rounds of turning diagonals; a face needs few.
const ROUNDS: usize = 8;
/// Triangles of a face looked at most: each is compared with each.
const MOST: usize = 200;

/// Turns diagonals until no corner lies in the circle around a neighbour (Lawson 1977).
pub fn thicken(triangles: &mut [[u32; 3]], place: impl Fn(u32) -> Point) {
    if triangles.len() > MOST {
        return;
    }
    for _ in 0..ROUNDS {
        let mut turned = false;
        for first in 0..triangles.len() {
            for second in first + 1..triangles.len() {
                let (Some(&a), Some(&b)) = (triangles.get(first), triangles.get(second)) else { continue };
                if let Some((new_a, new_b)) = turned_diagonal(a, b, &place) {
                    for (at, triangle) in [(first, new_a), (second, new_b)] {
                        if let Some(slot) = triangles.get_mut(at) {
                            *slot = triangle;
                        }
                    }
                    turned = true;
                }
            }
        }
        if !turned {
            return;
        }
    }
}

fn turned_diagonal(a: [u32; 3], b: [u32; 3], place: &impl Fn(u32) -> Point) -> Option<([u32; 3], [u32; 3])> {
    let at =
        (0..3).find(|at| (0..3).any(|other| b[other] == a[(at + 1) % 3] && b[(other + 1) % 3] == a[*at]))?;
    let (u, v, p) = (a[at], a[(at + 1) % 3], a[(at + 2) % 3]);
    let q = b.into_iter().find(|corner| *corner != u && *corner != v)?;
    let coord = |corner: u32| {
        let [x, y] = place(corner);
        Coord { x, y }
    };
    let way = turn(place(u), place(v), place(p)).signum();
    let is_convex = [turn(place(u), place(q), place(p)), turn(place(q), place(v), place(p))]
        .iter()
        .all(|side| side * way > 0.0);
    let is_inside = incircle(coord(u), coord(v), coord(p), coord(q)) * way > 0.0;
    (is_convex && is_inside).then_some(([p, u, q], [q, v, p]))
}
