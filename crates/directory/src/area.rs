//! An area of the map, and what lies in it: first by boxes, then exactly.

use geo::{Intersects, LineString, Point, Polygon};
use stadtwin_model::{Feature, Place};
use stadtwin_query::Region;

use super::Bounds;

/// How much an edge may miss a box and still count as crossing it, as a share of the sizes at hand: more than rounding
/// ever makes.
const DOUBT: f64 = 1e-9;

/// How a box lies to an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// No point in common.
    Apart,
    /// Wholly in it.
    Inside,
    /// Perhaps either.
    Crossing,
}

/// Closed rings in the storage CRS; the area is what any of them encloses.
#[derive(Debug)]
pub struct Area {
    rings: Vec<Ring>,
}

#[derive(Debug)]
struct Ring {
    bounds: Bounds,
    points: Vec<[f64; 2]>,
    polygon: Polygon,
}

impl Area {
    pub fn of(region: &Region) -> Area {
        Area {
            rings: region
                .rings
                .iter()
                .filter(|ring| !ring.is_empty())
                .map(|ring| Ring::new(ring.clone()))
                .collect(),
        }
    }

    /// How the box lies to the area; where that is not quite sure, `Crossing`.
    pub fn relate(&self, bounds: &Bounds) -> Relation {
        let mut outcome = Relation::Apart;
        for ring in &self.rings {
            match ring.relate(bounds) {
                Relation::Inside => return Relation::Inside,
                Relation::Crossing => outcome = Relation::Crossing,
                Relation::Apart => {}
            }
        }
        outcome
    }

    /// Whether the outline and the area have a point in common, borders included; a feature without outline has none.
    pub fn touches(&self, feature: &Feature) -> bool {
        self.rings.iter().any(|ring| ring.touches(feature))
    }
}

impl Ring {
    fn new(points: Vec<[f64; 2]>) -> Ring {
        let bounds = points.iter().fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |b, [x, y]| {
            [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
        });
        let polygon = Polygon::new(line(&points), Vec::new());
        Ring { bounds, points, polygon }
    }

    fn relate(&self, bounds: &Bounds) -> Relation {
        if are_apart(&self.bounds, bounds) {
            return Relation::Apart;
        }
        let edges = || self.points.windows(2).map(|edge| [edge[0], edge[1]]);
        if edges().any(|edge| may_cross(edge, bounds)) {
            return Relation::Crossing;
        }
        // No edge is near: all of the box is on one side.
        let [x, y] = [bounds[0], bounds[1]];
        let crossings = edges().filter(|[a, b]| {
            (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0]
        });
        if crossings.count() % 2 == 1 { Relation::Inside } else { Relation::Apart }
    }

    fn touches(&self, feature: &Feature) -> bool {
        let polygons = feature.footprint.iter().filter_map(|polygon| {
            let (exterior, holes) = polygon.split_first()?;
            Some(Polygon::new(line(exterior), holes.iter().map(|hole| line(hole)).collect()))
        });
        if polygons.into_iter().any(|polygon| polygon.intersects(&self.polygon)) {
            return true;
        }
        match &feature.place {
            Place::Nothing => false,
            Place::Lines(lines) => lines.iter().any(|points| line(points).intersects(&self.polygon)),
            Place::Points(points) => points.iter().any(|[x, y]| self.polygon.intersects(&Point::new(*x, *y))),
        }
    }
}

fn line(points: &[[f64; 2]]) -> LineString {
    LineString::from(points.to_vec())
}

fn are_apart(a: &Bounds, b: &Bounds) -> bool {
    a[0] > b[2] || b[0] > a[2] || a[1] > b[3] || b[1] > a[3]
}

/// Whether an edge has, but for rounding, a point in the box.
fn may_cross([a, b]: [[f64; 2]; 2], bounds: &Bounds) -> bool {
    let span = [a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])];
    if are_apart(&span, bounds) {
        return false;
    }
    let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    let side = |x: f64, y: f64| dx * (y - a[1]) - dy * (x - a[0]);
    let corners = [
        side(bounds[0], bounds[1]),
        side(bounds[2], bounds[1]),
        side(bounds[2], bounds[3]),
        side(bounds[0], bounds[3]),
    ];
    // A share of the greatest product that went into a side.
    let reach = [bounds[0], bounds[2]]
        .map(|x| (x - a[0]).abs())
        .into_iter()
        .fold(dx.abs(), f64::max)
        .max([bounds[1], bounds[3]].map(|y| (y - a[1]).abs()).into_iter().fold(dy.abs(), f64::max));
    let doubt = DOUBT * reach * reach;
    !(corners.iter().all(|side| *side > doubt) || corners.iter().all(|side| *side < -doubt))
}
