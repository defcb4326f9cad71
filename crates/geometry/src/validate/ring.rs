//! Rings in two dimensions: whether one is simple, where two meet, what lies inside. Exact predicates throughout.

use robust::{Coord, orient2d};

pub type Point = [f64; 2];

/// Positive when `c` lies left of `a` → `b`; zero exactly when the three are on a line.
pub fn turn(a: Point, b: Point, c: Point) -> f64 {
    let coord = |[x, y]: Point| Coord { x, y };
    orient2d(coord(a), coord(b), coord(c))
}

/// How two segments meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Meeting {
    Apart,
    /// At an end of one of them.
    Touch(Point),
    Cross,
    /// Along a part of both.
    Overlap,
}

pub fn meeting(a: Point, b: Point, c: Point, d: Point) -> Meeting {
    if a[0].max(b[0]) < c[0].min(d[0])
        || c[0].max(d[0]) < a[0].min(b[0])
        || a[1].max(b[1]) < c[1].min(d[1])
        || c[1].max(d[1]) < a[1].min(b[1])
    {
        return Meeting::Apart;
    }
    let (c_side, d_side) = (turn(a, b, c), turn(a, b, d));
    if c_side == 0.0 && d_side == 0.0 {
        return along(a, b, c, d);
    }
    if c_side * d_side > 0.0 {
        return Meeting::Apart;
    }
    let (a_side, b_side) = (turn(c, d, a), turn(c, d, b));
    if a_side * b_side > 0.0 {
        return Meeting::Apart;
    }
    // Products of tiny numbers may vanish: signs decide.
    if (c_side > 0.0 && d_side > 0.0) || (c_side < 0.0 && d_side < 0.0) {
        return Meeting::Apart;
    }
    if (a_side > 0.0 && b_side > 0.0) || (a_side < 0.0 && b_side < 0.0) {
        return Meeting::Apart;
    }
    match (c_side == 0.0, d_side == 0.0, a_side == 0.0, b_side == 0.0) {
        (true, ..) => Meeting::Touch(c),
        (_, true, ..) => Meeting::Touch(d),
        (_, _, true, _) => Meeting::Touch(a),
        (.., true) => Meeting::Touch(b),
        _ => Meeting::Cross,
    }
}

/// All four on a line.
fn along(a: Point, b: Point, c: Point, d: Point) -> Meeting {
    let axis = usize::from((a[0] - b[0]).abs() < (a[1] - b[1]).abs());
    let sorted = |p: Point, q: Point| if p[axis] <= q[axis] { (p, q) } else { (q, p) };
    let ((a, b), (c, d)) = (sorted(a, b), sorted(c, d));
    let (low, high) = (if a[axis] > c[axis] { a } else { c }, if b[axis] < d[axis] { b } else { d });
    if low[axis] > high[axis] {
        Meeting::Apart
    } else if low[axis] == high[axis] {
        Meeting::Touch(low)
    } else {
        Meeting::Overlap
    }
}

/// Point `index + 1` of a ring.
fn following(ring: &[Point], index: usize) -> Point {
    ring.get(index + 1).or_else(|| ring.first()).copied().unwrap_or_default()
}

/// Whether a ring neither touches nor crosses itself; else a point where it does. `steps` bounds the work.
pub fn self_contact(ring: &[Point], steps: &mut u64) -> Option<Point> {
    if is_convex(ring) {
        return None;
    }
    let count = ring.len();
    let mut order: Vec<(f64, f64, usize)> = (0..count)
        .map(|index| {
            let (from, to) = (ring[index], following(ring, index));
            (from[0].min(to[0]), from[0].max(to[0]), index)
        })
        .collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    for (place, &(_, reach, first)) in order.iter().enumerate() {
        let (a, b) = (ring[first], following(ring, first));
        for &(start, _, second) in order.iter().skip(place + 1) {
            if start > reach {
                break;
            }
            *steps = steps.saturating_sub(1);
            if *steps == 0 {
                return None;
            }
            let (c, d) = (ring[second], following(ring, second));
            let follows = (first + 1) % count == second || (second + 1) % count == first;
            match meeting(a, b, c, d) {
                Meeting::Apart => {}
                Meeting::Touch(_) if follows && count > 3 => {}
                Meeting::Touch(point) => return Some(point),
                Meeting::Cross | Meeting::Overlap => return Some(c),
            }
        }
    }
    None
}

/// Strictly turning one way, once around: then it is simple.
fn is_convex(ring: &[Point]) -> bool {
    let count = ring.len();
    let mut sign = 0.0;
    let mut bends = 0;
    let mut heading = 0.0;
    for index in 0..count {
        let (a, b) = (ring[index], following(ring, index));
        let c = following(ring, (index + 1) % count);
        let side = turn(a, b, c);
        if side == 0.0 || side * sign < 0.0 {
            return false;
        }
        sign = side.signum();
        let step = b[0] - a[0];
        if step != 0.0 {
            bends += u32::from(step * heading < 0.0);
            heading = step.signum();
        }
    }
    // The first change may stand before the first edge: at most two in a round.
    bends <= 2
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    In,
    On,
    Out,
}

/// Where a point lies of a ring.
pub fn side(ring: &[Point], point: Point) -> Side {
    let mut is_inside = false;
    for index in 0..ring.len() {
        let (a, b) = (ring[index], following(ring, index));
        let side = turn(a, b, point);
        let within = |axis: usize| a[axis].min(b[axis]) <= point[axis] && point[axis] <= a[axis].max(b[axis]);
        if side == 0.0 && within(0) && within(1) {
            return Side::On;
        }
        if (a[1] > point[1]) != (b[1] > point[1]) && (side > 0.0) == (b[1] > a[1]) {
            is_inside = !is_inside;
        }
    }
    if is_inside { Side::In } else { Side::Out }
}

/// Twice the signed area; positive when counter-clockwise.
pub fn double_area(ring: &[Point]) -> f64 {
    let Some(&[x0, y0]) = ring.first() else { return 0.0 };
    ring.windows(2)
        .map(|pair| {
            let [[x1, y1], [x2, y2]] = [pair[0], pair[1]];
            (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hand: drawn on squared paper.
    #[test]
    fn segments_meet_as_drawn() {
        let cases = [
            ([0., 0.], [2., 2.], [0., 2.], [2., 0.], Meeting::Cross),
            ([0., 0.], [2., 0.], [1., 0.], [1., 5.], Meeting::Touch([1., 0.])),
            ([0., 0.], [2., 0.], [1., 0.], [5., 0.], Meeting::Overlap),
            ([0., 0.], [2., 0.], [2., 0.], [5., 0.], Meeting::Touch([2., 0.])),
            ([0., 0.], [2., 0.], [3., 0.], [5., 0.], Meeting::Apart),
            ([0., 0.], [2., 2.], [2., 0.], [1.1, 1.0], Meeting::Apart),
        ];
        for (a, b, c, d, expected) in cases {
            assert_eq!(meeting(a, b, c, d), expected, "{a:?} {b:?} {c:?} {d:?}");
        }
    }

    #[test]
    fn rings_are_simple_or_not() {
        let cases: [(&[Point], bool); 6] = [
            (&[[0., 0.], [4., 0.], [4., 4.], [0., 4.]], true),
            (&[[0., 0.], [4., 4.], [4., 0.], [0., 4.]], false),
            (&[[0., 0.], [4., 0.], [4., 4.], [2., 0.], [0., 4.]], false),
            (&[[0., 0.], [4., 0.], [4., 4.], [2., 1.], [0., 4.]], true),
            (&[[0., 0.], [4., 0.], [6., 0.], [4., 0.], [4., 4.]], false),
            // A pentagram turns one way all along, twice around.
            (&[[0., 3.], [1.8, -2.4], [-2.9, 0.9], [2.9, 0.9], [-1.8, -2.4]], false),
        ];
        for (ring, simple) in cases {
            assert_eq!(self_contact(ring, &mut 1_000).is_none(), simple, "{ring:?}");
        }
    }

    #[test]
    fn points_are_in_on_and_out() {
        let ring = [[0., 0.], [4., 0.], [4., 4.], [2., 1.], [0., 4.]];
        for (point, expected) in [
            ([2., 0.5], Side::In),
            ([2., 1.], Side::On),
            ([2., 3.], Side::Out),
            ([-1., 4.], Side::Out),
            ([0., 2.], Side::On),
        ] {
            assert_eq!(side(&ring, point), expected, "{point:?}");
        }
    }
}
