//! Scattered heights as triangles: those between which the ground is straight, without crossing a break line.

use std::collections::HashMap;

use spade::{ConstrainedDelaunayTriangulation, HasPosition, Point2, Triangulation};

/// Of coordinates [m]: points closer than this are one.
const NEAR_M: f64 = 1e-6;

/// A point of the ground.
#[derive(Debug, Clone, Copy)]
struct Spot([f64; 3]);

impl HasPosition for Spot {
    type Scalar = f64;

    fn position(&self) -> Point2<f64> {
        Point2::new(self.0[0], self.0[1])
    }
}

/// Triangles over scattered points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scattered {
    /// Counter-clockwise from above, `[east, north, up]` [m].
    pub triangles: Vec<[[f64; 3]; 3]>,
    /// Pieces of break lines that cross another one and so could not be kept.
    pub crossing_count: usize,
}

/// The Delaunay triangulation of points and lines `[east, north, up]` [m] as seen from above, with every piece of a line as an
/// edge (ISO 19107 *GM_Tin* with break lines). Of points at one place the last counts; what is no number is left out.
pub fn triangulate_scattered(points: &[[f64; 3]], lines: &[Vec<[f64; 3]>]) -> Scattered {
    let mut spots = Spots::default();
    for point in points {
        spots.add(*point);
    }
    let mut edges = Vec::new();
    for line in lines {
        let mut before = None;
        for index in line.iter().map(|point| spots.add(*point)) {
            if let (Some(from), Some(to)) = (before, index)
                && from != to
            {
                edges.push([from, to]);
            }
            before = index;
        }
    }
    let mut crossing_count = 0;
    let mesh: Result<ConstrainedDelaunayTriangulation<Spot>, _> =
        ConstrainedDelaunayTriangulation::try_bulk_load_cdt(spots.spots, edges, |_| crossing_count += 1);
    let triangles = mesh
        .map(|mesh| mesh.inner_faces().map(|face| face.vertices().map(|vertex| vertex.data().0)).collect());
    // Every coordinate is a number of metres on Earth: nothing is left that could be refused.
    Scattered { triangles: triangles.unwrap_or_default(), crossing_count }
}

#[derive(Default)]
struct Spots {
    spots: Vec<Spot>,
    places: HashMap<[i64; 2], usize>,
}

impl Spots {
    fn add(&mut self, point: [f64; 3]) -> Option<usize> {
        if !point.iter().all(|value| value.is_finite() && value.abs() < 1e9) {
            return None;
        }
        let place = [point[0], point[1]].map(|value| (value / NEAR_M).round() as i64);
        let spot = Spot([place[0] as f64 * NEAR_M, place[1] as f64 * NEAR_M, point[2]]);
        let index = *self.places.entry(place).or_insert(self.spots.len());
        match self.spots.get_mut(index) {
            Some(known) => *known = spot,
            None => self.spots.push(spot),
        }
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(triangles: &[[[f64; 3]; 3]]) -> f64 {
        let twice = |[a, b, c]: &[[f64; 3]; 3]| (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
        triangles.iter().map(|triangle| twice(triangle) / 2.0).sum()
    }

    fn height_at(mesh: &Scattered, [x, y]: [f64; 2]) -> f64 {
        for [a, b, c] in &mesh.triangles {
            let det = (b[1] - c[1]) * (a[0] - c[0]) + (c[0] - b[0]) * (a[1] - c[1]);
            let u = ((b[1] - c[1]) * (x - c[0]) + (c[0] - b[0]) * (y - c[1])) / det;
            let v = ((c[1] - a[1]) * (x - c[0]) + (a[0] - c[0]) * (y - c[1])) / det;
            if u >= -1e-9 && v >= -1e-9 && u + v <= 1.0 + 1e-9 {
                return u * a[2] + v * b[2] + (1.0 - u - v) * c[2];
            }
        }
        f64::NAN
    }

    #[test]
    fn break_lines_are_edges() {
        // Hand: a dam of 5 m along x = 10 between flat ground at the sides, whose points lie closer to each other than those
        // of the dam. Without the line, the ground at 10 4 would hang between the sides.
        let points: Vec<[f64; 3]> = (0..=8)
            .flat_map(|row| [8.0, 12.0].map(|x| [x, f64::from(row), 0.0]))
            .chain([[0.0, 0.0, 0.0], [20.0, 0.0, 0.0], [0.0, 8.0, 0.0], [20.0, 8.0, 0.0]])
            .collect();
        let dam = vec![[10.0, 0.0, 5.0], [10.0, 8.0, 5.0]];
        let mesh = triangulate_scattered(&points, std::slice::from_ref(&dam));
        assert_eq!(mesh.crossing_count, 0);
        assert!((area(&mesh.triangles) - 160.0).abs() < 1e-6);
        for (place, expected) in [([10.0, 4.0], 5.0), ([9.0, 4.0], 2.5), ([4.0, 4.0], 0.0)] {
            assert!((height_at(&mesh, place) - expected).abs() < 1e-6, "{place:?}");
        }
        assert!(height_at(&triangulate_scattered(&points, &[]), [10.0, 4.0]) < 1.0);
        // A second line across the first one.
        let across = vec![[9.0, 4.5, 0.0], [11.0, 4.5, 0.0]];
        assert_eq!(triangulate_scattered(&points, &[dam, across]).crossing_count, 1);
    }

    #[test]
    fn odd_points_make_no_odd_triangles() {
        let nan = [f64::NAN, 1.0, 1.0];
        for points in [vec![], vec![[0.0; 3]], vec![[0.0; 3], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0]], vec![nan; 3]]
        {
            assert_eq!(triangulate_scattered(&points, &[]), Scattered::default(), "{points:?}");
        }
        // The last of two at one place counts.
        let points =
            [[0.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 9.0], nan, [1e300, 0.0, 0.0]];
        let mesh = triangulate_scattered(&points, &[vec![[0.0; 3], [0.0; 3]]]);
        assert_eq!(mesh.triangles.len(), 1);
        assert!(mesh.triangles[0].contains(&[0.0, 0.0, 0.0]), "{mesh:?}");
    }
}
