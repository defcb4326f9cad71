//! A stand-in for a transformation over a small area: two polynomials instead of a projection for every point.

use super::{CrsError, Transformer};

/// From one plane to another within a box.
#[derive(Debug, Clone)]
pub struct LocalMap {
    middle: [f64; 2],
    /// Half the sides of the box.
    reach: [f64; 2],
    /// By axis of the target: factors of uⁱvʲ at `3 i + j`, where u and v run from -1 to 1 across the box.
    factors: [[f64; 9]; 2],
}

impl LocalMap {
    /// For the box `[x min, y min, x max, y max]`; `None` where it would be off by more than `tolerance` (in units of
    /// the target) at any of sixteen places between those that it is drawn through.
    pub fn fit(
        transformer: &Transformer,
        [x_min, y_min, x_max, y_max]: [f64; 4],
        tolerance: f64,
    ) -> Result<Option<LocalMap>, CrsError> {
        let middle = [(x_min + x_max) / 2.0, (y_min + y_max) / 2.0];
        let reach = [((x_max - x_min) / 2.0).max(1e-9), ((y_max - y_min) / 2.0).max(1e-9)];
        let at = |u: f64, v: f64| [middle[0] + u * reach[0], middle[1] + v * reach[1]];
        let mut nodes: Vec<[f64; 2]> =
            [-1.0, 0.0, 1.0].into_iter().flat_map(|u| [-1.0, 0.0, 1.0].map(|v| at(u, v))).collect();
        transformer.convert_2d(&mut nodes)?;
        let factors = [0, 1].map(|axis| {
            let rows = [0, 1, 2].map(|i| quadratic([0, 1, 2].map(|j| nodes[3 * i + j][axis])));
            let columns = [0, 1, 2].map(|j| quadratic([0, 1, 2].map(|i| rows[i][j])));
            std::array::from_fn(|index| columns[index % 3][index / 3])
        });
        let map = LocalMap { middle, reach, factors };
        // A cubic remainder is greatest near 0.58 and at 1 along the other axis.
        let between = [-0.95, -0.58, 0.58, 0.95];
        let mut true_places: Vec<_> = between.into_iter().flat_map(|u| between.map(|v| at(u, v))).collect();
        let mut places = true_places.clone();
        transformer.convert_2d(&mut true_places)?;
        map.convert(&mut places);
        let is_close = places
            .iter()
            .zip(&true_places)
            .all(|(place, expected)| (0..2).all(|axis| (place[axis] - expected[axis]).abs() <= tolerance));
        Ok(is_close.then_some(map))
    }

    /// `[x, y]` in place.
    pub fn convert(&self, points: &mut [[f64; 2]]) {
        for point in points {
            let u = (point[0] - self.middle[0]) / self.reach[0];
            let v = (point[1] - self.middle[1]) / self.reach[1];
            *point = self.factors.each_ref().map(|f| {
                let row = |i: usize| f[3 * i] + v * (f[3 * i + 1] + v * f[3 * i + 2]);
                row(0) + u * (row(1) + u * row(2))
            });
        }
    }
}

/// Factors of 1, t and t² through the values at -1, 0 and 1.
fn quadratic([low, middle, high]: [f64; 3]) -> [f64; 3] {
    [middle, (high - low) / 2.0, (high + low) / 2.0 - middle]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use stadtwin_model::{Crs, VerticalCrs};

    fn crs(horizontal: u32) -> Crs {
        Crs { horizontal, vertical: VerticalCrs::Unknown, north_first: false }
    }

    proptest! {
        /// PROJ says where the points are.
        #[test]
        fn it_stays_within_its_tolerance(
            corner in (400_000.0..800_000.0, 5_250_000.0..5_600_000.0),
            side in 10.0..5_000.0,
            shares in prop::collection::vec((0.0..=1.0, 0.0..=1.0), 1..20),
        ) {
            let transformer = Transformer::new(&crs(25832), &crs(3857)).unwrap();
            let bounds = [corner.0, corner.1, corner.0 + side, corner.1 + side];
            let map = LocalMap::fit(&transformer, bounds, 0.02).unwrap().expect("small boxes are nearly flat");
            let mut points: Vec<_> =
                shares.iter().map(|(u, v)| [corner.0 + u * side, corner.1 + v * side]).collect();
            let mut expected = points.clone();
            transformer.convert_2d(&mut expected).unwrap();
            map.convert(&mut points);
            for (point, expected) in points.iter().zip(&expected) {
                // The check looks at sixteen places only: half as much again is allowed between them.
                prop_assert!((point[0] - expected[0]).abs() <= 0.03 && (point[1] - expected[1]).abs() <= 0.03);
            }
        }
    }

    #[test]
    fn large_areas_are_left_to_the_projection() {
        let transformer = Transformer::new(&crs(25832), &crs(3857)).unwrap();
        let bavaria = [500_000.0, 5_250_000.0, 850_000.0, 5_600_000.0];
        assert!(LocalMap::fit(&transformer, bavaria, 0.02).unwrap().is_none());
    }
}
