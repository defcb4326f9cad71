//! A polygon drawn by hand, checked once: rings open, exterior counter-clockwise, holes clockwise, nothing touching.

use stadtwin_geometry::validate::ring::{self, Meeting, Point, Side};

/// Points of a ring closer than this are one [m].
const SNAP_M: f64 = 0.001;
/// Smaller rings enclose nothing [m²].
const MIN_AREA_M2: f64 = 0.01;
/// Farther than any projected coordinate [m].
const MAX_COORDINATE: f64 = 1e9;
/// Points of all rings together.
const MOST_POINTS: usize = 10_000;

/// Rings `[east, north]`, open: the exterior counter-clockwise, then the holes clockwise. No ring touches itself or another.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    rings: Vec<Vec<Point>>,
}

/// Rings are counted from 0, the exterior; points as they were given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutlineError {
    #[error("the polygon has no ring")]
    Empty,
    #[error("{count} points are too many, {MOST_POINTS} are allowed")]
    TooManyPoints { count: usize },
    #[error("coordinate {value} of point {point} of ring {ring} is no usable number")]
    Coordinate { ring: usize, point: usize, value: f64 },
    #[error("ring {ring} has {count} different points, at least 3 are needed")]
    RingTooShort { ring: usize, count: usize },
    #[error("ring {ring} encloses no area ({area_m2:.4} m²)")]
    NoArea { ring: usize, area_m2: f64 },
    #[error("ring {ring} crosses or touches itself at ({:.3}, {:.3})", at[0], at[1])]
    SelfCrossing { ring: usize, at: Point },
    #[error("rings {ring} and {other} cross or touch at ({:.3}, {:.3})", at[0], at[1])]
    RingsMeet { ring: usize, other: usize, at: Point },
    #[error("ring {ring} is a hole that lies outside of ring 0")]
    HoleOutside { ring: usize },
    #[error("ring {ring} is a hole that lies within the hole of ring {other}")]
    HolesNested { ring: usize, other: usize },
}

impl Outline {
    /// Rings may come open or closed and either way round; points that repeat the one before are left out.
    pub fn new(rings: &[Vec<Point>]) -> Result<Outline, OutlineError> {
        let count = rings.iter().map(Vec::len).sum();
        if count > MOST_POINTS {
            return Err(OutlineError::TooManyPoints { count });
        }
        let mut checked: Vec<Vec<Point>> = Vec::with_capacity(rings.len());
        for (index, ring) in rings.iter().enumerate() {
            let mut ring = distinct(index, ring)?;
            check_ring(index, &ring)?;
            if (ring::double_area(&ring) > 0.0) != (index == 0) {
                ring.reverse();
            }
            checked.push(ring);
        }
        if checked.is_empty() {
            return Err(OutlineError::Empty);
        }
        check_rings(&checked)?;
        Ok(Outline { rings: checked })
    }

    pub fn rings(&self) -> &[Vec<Point>] {
        &self.rings
    }

    pub fn exterior(&self) -> &[Point] {
        self.rings.first().map_or(&[], Vec::as_slice)
    }

    /// Without holes [m²].
    pub fn area_m2(&self) -> f64 {
        self.rings.iter().map(|ring| ring::double_area(ring) / 2.0).sum()
    }

    /// Corners of the exterior, without points on a straight line (within a millimetre).
    pub fn corners(&self) -> Vec<Point> {
        let ring = self.exterior();
        let count = ring.len();
        let is_corner = |index: usize| {
            let (a, b, c) = (ring[(index + count - 1) % count], ring[index], ring[(index + 1) % count]);
            let base = (c[0] - a[0]).hypot(c[1] - a[1]);
            ring::turn(a, b, c).abs() > SNAP_M * base
        };
        (0..count).filter(|index| is_corner(*index)).map(|index| ring[index]).collect()
    }
}

fn distance(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Open, without repeated points.
fn distinct(index: usize, ring: &[Point]) -> Result<Vec<Point>, OutlineError> {
    let mut points: Vec<Point> = Vec::with_capacity(ring.len());
    for (place, point) in ring.iter().enumerate() {
        if let Some(value) = point.iter().find(|value| !(-MAX_COORDINATE..=MAX_COORDINATE).contains(*value)) {
            return Err(OutlineError::Coordinate { ring: index, point: place, value: *value });
        }
        if points.last().is_none_or(|last| distance(*last, *point) > SNAP_M) {
            points.push(*point);
        }
    }
    while let [first, .., last] = points.as_slice()
        && distance(*first, *last) <= SNAP_M
    {
        points.pop();
    }
    if points.len() < 3 {
        return Err(OutlineError::RingTooShort { ring: index, count: points.len() });
    }
    Ok(points)
}

fn check_ring(index: usize, ring: &[Point]) -> Result<(), OutlineError> {
    let mut steps = u64::MAX;
    let contact = ring::self_contact(ring, &mut steps);
    let crossing = contact.and_then(|_| crossing_within(ring));
    let area_m2 = ring::double_area(ring).abs() / 2.0;
    match (crossing, contact) {
        (Some(at), _) => Err(OutlineError::SelfCrossing { ring: index, at }),
        _ if area_m2 < MIN_AREA_M2 => Err(OutlineError::NoArea { ring: index, area_m2 }),
        (_, Some(at)) => Err(OutlineError::SelfCrossing { ring: index, at }),
        _ => Ok(()),
    }
}

fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> + Clone + '_ {
    ring.iter().copied().zip(ring.iter().copied().cycle().skip(1))
}

/// Where two edges cross between their ends; asked only of rings that are known to be wrong.
fn crossing_within(ring: &[Point]) -> Option<Point> {
    edges(ring).enumerate().find_map(|(index, (a, b))| {
        let crosses = |(c, d): (Point, Point)| {
            (ring::meeting(a, b, c, d) == Meeting::Cross).then(|| crossing_point(a, b, c, d))
        };
        edges(ring).skip(index + 1).find_map(crosses)
    })
}

fn crossing_point(a: Point, b: Point, c: Point, d: Point) -> Point {
    let (to_a, to_b) = (ring::turn(c, d, a).abs(), ring::turn(c, d, b).abs());
    let share = to_a / (to_a + to_b).max(f64::MIN_POSITIVE);
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

fn check_rings(rings: &[Vec<Point>]) -> Result<(), OutlineError> {
    for (index, ring) in rings.iter().enumerate().skip(1) {
        for (other, before) in rings.iter().enumerate().take(index) {
            if let Some(at) = contact(before, ring) {
                return Err(OutlineError::RingsMeet { ring: index, other, at });
            }
            let inside = |outer: &[Point], inner: &[Point]| {
                inner.first().is_some_and(|point| ring::side(outer, *point) == Side::In)
            };
            if other == 0 && !inside(before, ring) {
                return Err(OutlineError::HoleOutside { ring: index });
            }
            if other > 0 && (inside(before, ring) || inside(ring, before)) {
                return Err(OutlineError::HolesNested { ring: index, other });
            }
        }
    }
    Ok(())
}

/// Where two rings cross or touch.
fn contact(a: &[Point], b: &[Point]) -> Option<Point> {
    edges(a).find_map(|(p, q)| {
        edges(b).find_map(|(r, s)| match ring::meeting(p, q, r, s) {
            Meeting::Apart => None,
            Meeting::Touch(at) => Some(at),
            Meeting::Cross => Some(crossing_point(p, q, r, s)),
            Meeting::Overlap => Some(r),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square([x, y]: Point, side: f64) -> Vec<Point> {
        vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    }

    fn check(rings: &[Vec<Point>], expected: Result<f64, &str>) {
        let found = Outline::new(rings).map(|outline| outline.area_m2()).map_err(|error| error.to_string());
        assert_eq!(found, expected.map_err(str::to_owned), "{rings:?}");
    }

    #[test]
    fn rings_are_turned_opened_and_measured() {
        let mut closed = square([0.0, 0.0], 10.0);
        closed.push([0.0, 0.0]);
        closed.insert(1, [0.0, 0.0]);
        let hole = square([2.0, 2.0], 2.0);
        let reversed = |ring: &[Point]| ring.iter().rev().copied().collect::<Vec<_>>();
        check(&[closed.clone()], Ok(100.0));
        check(&[closed.clone(), hole.clone()], Ok(96.0));
        check(&[reversed(&closed), reversed(&hole)], Ok(96.0));
        check(&[closed, hole, square([6.0, 6.0], 1.0)], Ok(95.0));
    }

    #[test]
    fn what_is_wrong_is_said_exactly() {
        let outer = || square([0.0, 0.0], 10.0);
        check(&[], Err("the polygon has no ring"));
        check(&[vec![[0.0, 0.0], [1.0, 0.0]]], Err("ring 0 has 2 different points, at least 3 are needed"));
        check(&[vec![[0.0, 0.0]; 5]], Err("ring 0 has 1 different points, at least 3 are needed"));
        check(
            &[outer(), vec![[1.0, f64::NAN]]],
            Err("coordinate NaN of point 0 of ring 1 is no usable number"),
        );
        check(&[vec![[0.0, 0.0], [5.0, 0.0], [9.0, 0.0]]], Err("ring 0 encloses no area (0.0000 m²)"));
        let bow_tie = vec![[0.0, 0.0], [4.0, 4.0], [4.0, 0.0], [0.0, 4.0]];
        check(&[bow_tie], Err("ring 0 crosses or touches itself at (2.000, 2.000)"));
        let pinched = vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 0.0], [0.0, 4.0]];
        check(&[pinched], Err("ring 0 crosses or touches itself at (2.000, 0.000)"));
        check(&[outer(), square([8.0, 1.0], 4.0)], Err("rings 1 and 0 cross or touch at (10.000, 5.000)"));
        check(&[outer(), square([0.0, 1.0], 4.0)], Err("rings 1 and 0 cross or touch at (0.000, 5.000)"));
        check(&[outer(), square([20.0, 1.0], 4.0)], Err("ring 1 is a hole that lies outside of ring 0"));
        check(
            &[outer(), square([1.0, 1.0], 5.0), square([2.0, 2.0], 1.0)],
            Err("ring 2 is a hole that lies within the hole of ring 1"),
        );
        check(&[vec![[0.0, 0.0]; 10_001]], Err("10001 points are too many, 10000 are allowed"));
    }

    #[test]
    fn points_on_a_line_are_no_corners() {
        let outline = Outline::new(&[vec![
            [0.0, 0.0],
            [5.0, 0.0002],
            [10.0, 0.0],
            [10.0, 4.0],
            [10.0, 8.0],
            [0.0, 8.0],
        ]]);
        assert_eq!(outline.unwrap().corners(), [[0.0, 0.0], [10.0, 0.0], [10.0, 8.0], [0.0, 8.0]]);
    }
}
