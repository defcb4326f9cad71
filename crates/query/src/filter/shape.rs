//! Geometries in filters: flat, since most are compared with an outline on the ground; points and boxes may have heights.

/// Points are in the order of the filter's CRS until they are placed, then `[east, north]` of the storage CRS.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Point([f64; 2]),
    LineString(Vec<[f64; 2]>),
    /// Closed rings, the exterior first.
    Polygon(Vec<Vec<[f64; 2]>>),
    MultiPoint(Vec<[f64; 2]>),
    MultiLineString(Vec<Vec<[f64; 2]>>),
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
    Collection(Vec<Shape>),
    /// A point with its height [m].
    High {
        place: [f64; 2],
        height_m: f64,
    },
    /// What stands on polygons between two heights [m]: a box with heights that was placed.
    Prism {
        plan: Vec<Vec<Vec<[f64; 2]>>>,
        heights_m: [f64; 2],
    },
    /// Two corners as written, `[x, y, x, y]`; a first x greater than the second crosses the antimeridian.
    Box {
        corners: [f64; 4],
        /// Third coordinates of the corners.
        heights: Option<[f64; 2]>,
    },
}

impl Shape {
    pub fn point_count(&self) -> usize {
        let all = |lines: &[Vec<[f64; 2]>]| lines.iter().map(Vec::len).sum();
        match self {
            Shape::Point(_) | Shape::High { .. } => 1,
            Shape::Box { .. } => 2,
            Shape::LineString(points) | Shape::MultiPoint(points) => points.len(),
            Shape::Polygon(lines) | Shape::MultiLineString(lines) => all(lines),
            Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
                polygons.iter().map(|rings| all(rings)).sum()
            }
            Shape::Collection(members) => members.iter().map(|member| 1 + member.point_count()).sum(),
        }
    }

    /// All runs of points, boxes apart.
    pub fn runs_mut(&mut self) -> Vec<&mut [[f64; 2]]> {
        match self {
            Shape::Point(point) | Shape::High { place: point, .. } => vec![std::slice::from_mut(point)],
            Shape::Box { .. } => Vec::new(),
            Shape::LineString(points) | Shape::MultiPoint(points) => vec![points.as_mut_slice()],
            Shape::Polygon(lines) | Shape::MultiLineString(lines) => {
                lines.iter_mut().map(Vec::as_mut_slice).collect()
            }
            Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
                polygons.iter_mut().flatten().map(Vec::as_mut_slice).collect()
            }
            Shape::Collection(members) => members.iter_mut().flat_map(Shape::runs_mut).collect(),
        }
    }

    /// All lines and rings.
    pub fn lines_mut(&mut self) -> Vec<&mut Vec<[f64; 2]>> {
        match self {
            Shape::Point(_) | Shape::High { .. } | Shape::MultiPoint(_) | Shape::Box { .. } => Vec::new(),
            Shape::LineString(line) => vec![line],
            Shape::Polygon(lines) | Shape::MultiLineString(lines) => lines.iter_mut().collect(),
            Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
                polygons.iter_mut().flatten().collect()
            }
            Shape::Collection(members) => members.iter_mut().flat_map(Shape::lines_mut).collect(),
        }
    }

    /// Without its height, if it is a point.
    pub fn flattened(self) -> Shape {
        match self {
            Shape::High { place, .. } => Shape::Point(place),
            other => other,
        }
    }

    /// Its heights by as much [m].
    pub fn raise(&mut self, by_m: f64) {
        match self {
            Shape::High { height_m, .. } => *height_m += by_m,
            Shape::Prism { heights_m, .. } | Shape::Box { heights: Some(heights_m), .. } => {
                heights_m.iter_mut().for_each(|height_m| *height_m += by_m);
            }
            _ => {}
        }
    }

    /// What makes it no geometry.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let lines = |lines: &[Vec<[f64; 2]>]| lines.iter().find_map(|line| line_fault(line));
        let rings = |rings: &[Vec<[f64; 2]>]| match rings.is_empty() {
            true => Some("a polygon has no ring"),
            false => rings.iter().find_map(|ring| ring_fault(ring)),
        };
        match self {
            Shape::Point(_) | Shape::High { .. } | Shape::MultiPoint(_) => None,
            Shape::LineString(line) => line_fault(line),
            Shape::MultiLineString(all) => lines(all),
            Shape::Polygon(all) => rings(all),
            Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
                polygons.iter().find_map(|polygon| rings(polygon))
            }
            Shape::Collection(members) => members.iter().find_map(Shape::fault),
            Shape::Box { corners: [_, low, _, high], .. } if low > high => {
                Some("the first corner of the box lies above the second")
            }
            Shape::Box { heights: Some([low, high]), .. } if low > high => {
                Some("the lowest height of the box is above the highest")
            }
            Shape::Box { .. } => None,
        }
    }

    /// A collection of members of one kind as one shape of that kind, as the predicates need it; `None` when its
    /// members are of several dimensions.
    pub fn homogeneous(self) -> Option<Shape> {
        let Shape::Collection(members) = self else { return Some(self) };
        let (mut points, mut lines, mut polygons) = (Vec::new(), Vec::new(), Vec::new());
        for member in members {
            match member.homogeneous()? {
                Shape::Point(point) | Shape::High { place: point, .. } => points.push(point),
                Shape::MultiPoint(mut all) => points.append(&mut all),
                Shape::LineString(line) => lines.push(line),
                Shape::MultiLineString(mut all) => lines.append(&mut all),
                Shape::Polygon(rings) => polygons.push(rings),
                Shape::MultiPolygon(mut all) => polygons.append(&mut all),
                Shape::Collection(_) | Shape::Box { .. } | Shape::Prism { .. } => return None,
            }
        }
        match (points.is_empty(), lines.is_empty(), polygons.is_empty()) {
            (false, true, true) => Some(Shape::MultiPoint(points)),
            (true, false, true) => Some(Shape::MultiLineString(lines)),
            (true, true, false) => Some(Shape::MultiPolygon(polygons)),
            _ => None,
        }
    }
}

fn line_fault(line: &[[f64; 2]]) -> Option<&'static str> {
    (line.len() < 2).then_some("a line has fewer than two points")
}

fn ring_fault(ring: &[[f64; 2]]) -> Option<&'static str> {
    match ring {
        [] | [_] | [_, _] | [_, _, _] => Some("a ring has fewer than four points"),
        [first, .., last] if first != last => Some("a ring ends elsewhere than it begins"),
        _ => None,
    }
}
