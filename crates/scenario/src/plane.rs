//! Areas in plan against one another. Computed near an origin of their own, where the grid of the overlay is finest.

use geo::algorithm::bool_ops::{BooleanOps, unary_union};
use geo::{Area, LineString, MapCoords, MultiPolygon};
use stadtwin_geometry::{Polygon, ring_area_2d};

/// Farther than any projected coordinate [m].
const MAX_COORDINATE: f64 = 1e9;

/// As `geo` wants them, around `origin`: rings turned the right way; polygons that may overlap united, or its rule of even
/// and odd would take out what several cover.
fn near(polygons: &[Polygon], [x0, y0]: [f64; 2]) -> MultiPolygon {
    let line = |ring: &Vec<[f64; 2]>, is_exterior: bool| {
        let mut points: Vec<(f64, f64)> = ring.iter().map(|[x, y]| (x - x0, y - y0)).collect();
        if (ring_area_2d(ring) > 0.0) != is_exterior {
            points.reverse();
        }
        LineString::from(points)
    };
    let shape = |polygon: &Polygon| {
        let exterior = line(polygon.first()?, true);
        Some(geo::Polygon::new(exterior, polygon.iter().skip(1).map(|ring| line(ring, false)).collect()))
    };
    let usable = |polygon: &&Polygon| polygon.iter().flatten().flatten().all(|v| v.abs() <= MAX_COORDINATE);
    let shapes: Vec<geo::Polygon> = polygons.iter().filter(usable).filter_map(shape).collect();
    if may_overlap(polygons) { unary_union(&shapes) } else { MultiPolygon(shapes) }
}

fn may_overlap(polygons: &[Polygon]) -> bool {
    if polygons.len() < 2 {
        return false;
    }
    let mut boxes: Vec<[f64; 4]> =
        polygons.iter().map(|polygon| bounds(std::slice::from_ref(polygon))).collect();
    boxes.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut pairs = boxes.iter().enumerate().flat_map(|(index, one)| {
        boxes.iter().skip(index + 1).take_while(|two| two[0] <= one[2]).map(move |two| (one, two))
    });
    pairs.any(|(one, two)| meet(*one, *two))
}

fn far(shape: &MultiPolygon, [x0, y0]: [f64; 2]) -> Vec<Polygon> {
    let moved = shape.map_coords(|at| geo::Coord { x: at.x + x0, y: at.y + y0 });
    let ring = |line: &LineString| line.coords().map(|at| [at.x, at.y]).collect::<Vec<_>>();
    let polygon = |polygon: &geo::Polygon| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect::<Polygon>()
    };
    moved.iter().map(polygon).collect()
}

fn origin(polygons: &[Polygon]) -> Option<[f64; 2]> {
    polygons.iter().flatten().flatten().next().copied()
}

/// `[west, south, east, north]`.
pub fn bounds(polygons: &[Polygon]) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let join = |b: [f64; 4], p: &[f64; 2]| [b[0].min(p[0]), b[1].min(p[1]), b[2].max(p[0]), b[3].max(p[1])];
    polygons.iter().flatten().flatten().fold(start, join)
}

/// Whether two boxes have a point in common.
pub fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// Once where they overlap [m²].
pub fn area_m2(polygons: &[Polygon]) -> f64 {
    origin(polygons).map_or(0.0, |origin| near(polygons, origin).unsigned_area())
}

/// An area with its size [m²].
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Region {
    /// Closed rings `[east, north]`.
    pub polygons: Vec<Polygon>,
    pub area_m2: f64,
}

fn overlaid(
    a: &[Polygon],
    b: &[Polygon],
    overlay: fn(&MultiPolygon, &MultiPolygon) -> MultiPolygon,
) -> Region {
    let Some(origin) = origin(a).or_else(|| origin(b)) else { return Region::default() };
    let shape = overlay(&near(a, origin), &near(b, origin));
    Region { polygons: far(&shape, origin), area_m2: shape.unsigned_area() }
}

/// What both have.
pub fn common(a: &[Polygon], b: &[Polygon]) -> Region {
    match (place_in(a, b), place_in(b, a)) {
        (Some(Place::Outside), _) | (_, Some(Place::Outside)) => Region::default(),
        (Some(Place::Inside), _) => whole(a),
        (_, Some(Place::Inside)) => whole(b),
        _ => overlaid(a, b, BooleanOps::intersection),
    }
}

/// What `a` has and `b` has not.
pub fn without(a: &[Polygon], b: &[Polygon]) -> Region {
    match place_in(a, b) {
        Some(Place::Inside) => Region::default(),
        Some(Place::Outside) => whole(a),
        None => overlaid(a, b, BooleanOps::difference),
    }
}

fn whole(polygons: &[Polygon]) -> Region {
    Region { polygons: polygons.to_vec(), area_m2: area_m2(polygons) }
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Inside,
    Outside,
}

/// Where all of `a` lies of `b`, if none of `b`'s edges comes near its box: most of what is compared with a municipality's
/// long border needs no overlay.
fn place_in(a: &[Polygon], b: &[Polygon]) -> Option<Place> {
    let near = bounds(a);
    let corner = a.first()?.first()?.first()?;
    let box_of = |[p, q]: Edge| [p[0].min(q[0]), p[1].min(q[1]), p[0].max(q[0]), p[1].max(q[1])];
    if edges(b).any(|edge| meet(box_of(edge), near)) {
        return None;
    }
    Some(if holds(b, *corner) { Place::Inside } else { Place::Outside })
}

/// What only one of them has.
pub fn apart(a: &[Polygon], b: &[Polygon]) -> Region {
    overlaid(a, b, BooleanOps::xor)
}

/// What any of them has.
pub fn united(polygons: &[Polygon]) -> Region {
    let Some(origin) = origin(polygons) else { return Region::default() };
    let shape = near(polygons, origin);
    Region { polygons: far(&shape, origin), area_m2: shape.unsigned_area() }
}

/// Smallest distance between two areas, 0 where they have a point in common [m]; `None` where one has no points.
pub fn distance_m(a: &[Polygon], b: &[Polygon]) -> Option<f64> {
    origin(a)?;
    origin(b)?;
    if holds_a_point(a, b) || holds_a_point(b, a) {
        return Some(0.0);
    }
    let mut nearest = f64::INFINITY;
    for edge in edges(a) {
        for other in edges(b) {
            if box_distance(edge, other) < nearest {
                nearest = nearest.min(segment_distance(edge, other));
            }
        }
    }
    nearest.is_finite().then_some(nearest)
}

type Edge = [[f64; 2]; 2];

/// Of closed rings; a ring of one point is an edge of no length.
fn edges(polygons: &[Polygon]) -> impl Iterator<Item = Edge> + '_ {
    let of = |ring: &'_ Vec<[f64; 2]>| {
        let single = (ring.len() == 1).then(|| [ring[0], ring[0]]);
        let pairs: Vec<Edge> = ring.windows(2).map(|pair| [pair[0], pair[1]]).chain(single).collect();
        pairs
    };
    polygons.iter().flatten().flat_map(of)
}

/// Whether a corner of any polygon of `b` lies in `a`.
fn holds_a_point(a: &[Polygon], b: &[Polygon]) -> bool {
    let corners = b.iter().filter_map(|polygon| polygon.first()?.first());
    corners.into_iter().any(|corner| holds(a, *corner))
}

/// Whether a point lies in any of them.
pub fn holds(polygons: &[Polygon], [x, y]: [f64; 2]) -> bool {
    let crossed =
        |[[x1, y1], [x2, y2]]: &Edge| (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1;
    // Even-odd over the rings of each.
    polygons.iter().any(|polygon| edges(std::slice::from_ref(polygon)).filter(crossed).count() % 2 == 1)
}

/// Never more than the distance of the segments.
fn box_distance([a, b]: Edge, [c, d]: Edge) -> f64 {
    let gap = |axis: usize| {
        let after = c[axis].min(d[axis]) - a[axis].max(b[axis]);
        let before = a[axis].min(b[axis]) - c[axis].max(d[axis]);
        after.max(before).max(0.0)
    };
    gap(0).hypot(gap(1))
}

fn segment_distance(first: Edge, second: Edge) -> f64 {
    let side = |[a, b]: Edge, p: [f64; 2]| (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
    let parts = |edge: Edge, [p, q]: Edge| side(edge, p) * side(edge, q) < 0.0;
    if parts(first, second) && parts(second, first) {
        return 0.0;
    }
    let to = |[a, b]: Edge, p: [f64; 2]| {
        let (along, from) = ([b[0] - a[0], b[1] - a[1]], [p[0] - a[0], p[1] - a[1]]);
        let squared = along[0] * along[0] + along[1] * along[1];
        let share = if squared > 0.0 { (along[0] * from[0] + along[1] * from[1]) / squared } else { 0.0 };
        let share = share.clamp(0.0, 1.0);
        (from[0] - along[0] * share).hypot(from[1] - along[1] * share)
    };
    let ends = |edge: Edge, [p, q]: Edge| to(edge, p).min(to(edge, q));
    ends(first, second).min(ends(second, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square([x, y]: [f64; 2], side: f64) -> Polygon {
        let (x, y) = (x + 690_000.0, y + 5_347_000.0);
        vec![vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]]
    }

    /// Hand: squares of 10 and 4 m.
    #[test]
    fn squares_against_squares() {
        let cases = [
            // Common, only the first, only one, together, apart by.
            ([20.0, 20.0], [0.0, 100.0, 116.0, 116.0, 200f64.sqrt()]),
            ([8.0, 8.0], [4.0, 96.0, 108.0, 112.0, 0.0]),
            ([3.0, 3.0], [16.0, 84.0, 84.0, 100.0, 0.0]),
            ([10.0, 0.0], [0.0, 100.0, 116.0, 116.0, 0.0]),
            ([3.0, 12.5], [0.0, 100.0, 116.0, 116.0, 2.5]),
            ([3.0, -2.0], [8.0, 92.0, 100.0, 108.0, 0.0]),
        ];
        for (corner, expected) in cases {
            let (a, b) = (vec![square([0.0, 0.0], 10.0)], vec![square(corner, 4.0)]);
            let both = [a.clone(), b.clone()].concat();
            let found = [
                common(&a, &b).area_m2,
                without(&a, &b).area_m2,
                apart(&a, &b).area_m2,
                united(&both).area_m2,
                distance_m(&a, &b).unwrap(),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{corner:?}: {found} instead of {expected}");
            }
        }
        assert_eq!(distance_m(&[], &[square([0.0, 0.0], 1.0)]), None);
        assert_eq!(common(&[], &[square([0.0, 0.0], 1.0)]), Region::default());
    }

    /// A border of 5,000 corners at 1 km around; hand: the chord at 999 m is what the square of 4 m sees.
    #[test]
    fn long_borders() {
        let corner = |n: usize| {
            let (sin, cos) = (n as f64 / 5_000.0 * std::f64::consts::TAU).sin_cos();
            [690_000.0 + 1_000.0 * cos, 5_347_000.0 + 1_000.0 * sin]
        };
        let border = vec![vec![(0..=5_000).map(|n| corner(n % 5_000)).collect::<Vec<_>>()]];
        for (at, inside) in
            [([0.0, 0.0], 16.0), ([500.0, -300.0], 16.0), ([1_200.0, 0.0], 0.0), ([998.0, -2.0], 8.0)]
        {
            let square = vec![square(at, 4.0)];
            let found = [common(&square, &border), common(&border, &square), without(&square, &border)];
            let expected = [inside, inside, 16.0 - inside];
            for (found, expected) in found.iter().zip(expected) {
                assert!(
                    (found.area_m2 - expected).abs() < 0.01,
                    "{at:?}: {} instead of {expected}",
                    found.area_m2
                );
            }
        }
    }

    /// Two squares of 10 m that share a quarter, one of them the wrong way round.
    #[test]
    fn what_several_cover_is_covered() {
        let mut second = square([5.0, 5.0], 10.0);
        second[0].reverse();
        let both = vec![square([0.0, 0.0], 10.0), second];
        let inner = vec![square([6.0, 6.0], 2.0)];
        let found = [
            area_m2(&both),
            united(&both).area_m2,
            common(&inner, &both).area_m2,
            without(&inner, &both).area_m2,
        ];
        for (found, expected) in found.into_iter().zip([175.0, 175.0, 4.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
        }
        assert!(holds(&both, [690_007.0, 5_347_007.0]) && !holds(&both, [690_012.0, 5_347_002.0]));
        let reach = vec![square([8.0, 8.0], 4.0)];
        assert!((common(&reach, &both).area_m2 - 16.0).abs() < 1e-6);
    }

    /// Through each other without a corner of one in the other; in a yard without touching it.
    #[test]
    fn crosses_meet_and_yards_keep_apart() {
        let bar = |w: f64, h: f64| vec![vec![vec![[-w, -h], [w, -h], [w, h], [-w, h], [-w, -h]]]];
        assert_eq!(distance_m(&bar(10.0, 1.0), &bar(1.0, 10.0)), Some(0.0));
        let mut ring = square([0.0, 0.0], 30.0);
        ring.extend(square([10.0, 10.0], 10.0).into_iter().map(|mut hole| {
            hole.reverse();
            hole
        }));
        assert_eq!(area_m2(std::slice::from_ref(&ring)), 800.0);
        assert_eq!(distance_m(&[ring], &[square([13.0, 14.0], 4.0)]), Some(2.0));
    }
}
