//! The ground where nobody measured it: carried on from the data around, level far away. A function of place alone, so
//! that all tiles agree on it.

use super::grid::{GroundGrid, ground_grid};

/// Along a side of the grid over the data.
const NODES: u32 = 257;

/// Heights for places without data.
#[derive(Debug, Clone, PartialEq)]
pub struct Surround {
    /// Of the data: `[west, south, east, north]` [°].
    extent_deg: [f64; 4],
    grid: GroundGrid,
    mean_m: f64,
}

impl Surround {
    /// From samples of the data (`[longitude °, latitude °, height m]`; some ten thousand, evenly spread, are plenty) and the extent
    /// of the data. The same samples in the same order give the same ground. Without samples all is 0.
    pub fn new(samples: &[[f64; 3]], extent_deg: [f64; 4]) -> Surround {
        let known: Vec<f64> = samples.iter().map(|at| at[2]).filter(|height| height.is_finite()).collect();
        let mean_m = known.iter().sum::<f64>() / known.len().max(1) as f64;
        Surround { extent_deg, grid: ground_grid(samples, extent_deg, NODES, NODES), mean_m }
    }

    /// At `[longitude, latitude]` [m]: within the data's extent what lies around, outside as at the extent's edge, and
    /// more and more the mean, which is reached at the extent's own width from it.
    pub fn height_m(&self, [longitude, latitude]: [f64; 2]) -> f64 {
        let [west, south, east, north] = self.extent_deg;
        let away = |at: f64, from: f64, to: f64| (from - at).max(at - to).max(0.0) / (to - from).max(1e-6);
        let distance = away(longitude, west, east).hypot(away(latitude, south, north)).min(1.0);
        let far = distance * distance * (3.0 - 2.0 * distance);
        let near = self.near_m(longitude, latitude);
        // An extent that is no number has no edge.
        if near.is_finite() { near * (1.0 - far) + self.mean_m * far } else { self.mean_m }
    }

    /// Held to the grid.
    fn near_m(&self, longitude: f64, latitude: f64) -> f64 {
        let GroundGrid { bounds_deg: [west, south, east, north], columns, rows, .. } = self.grid;
        let along = |share: f64, nodes: u32| (share * f64::from(nodes - 1)).clamp(0.0, f64::from(nodes - 1));
        let x = along((longitude - west) / (east - west), columns);
        let y = along((north - latitude) / (north - south), rows);
        let (left, top) = (x.floor().min(f64::from(columns - 2)), y.floor().min(f64::from(rows - 2)));
        let (u, v) = (x - left, y - top);
        let first = top as usize * columns as usize + left as usize;
        let node = |node: usize| f64::from(self.grid.heights_m.get(node).copied().unwrap_or_default());
        let row = |start: usize| node(start) * (1.0 - u) + node(start + 1) * u;
        row(first) * (1.0 - v) + row(first + columns as usize) * v
    }

    /// Puts heights where there are none (NaN); `places` as `[longitude, latitude]` [°], one a height.
    pub fn fill(&self, heights_m: &mut [f32], places: &[[f64; 2]]) {
        for (height, place) in heights_m.iter_mut().zip(places).filter(|(height, _)| height.is_nan()) {
            *height = self.height_m(*place) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTENT: [f64; 4] = [11.0, 48.0, 11.1, 48.1];

    /// A slope to the east, 500 to 520 m, with a hole in the middle.
    fn surround() -> Surround {
        let samples: Vec<_> = (0..101 * 101)
            .map(|node| [11.0 + f64::from(node % 101) * 0.001, 48.0 + f64::from(node / 101) * 0.001])
            .filter(|[x, y]| (x - 11.05).abs() > 0.01 || (y - 48.05).abs() > 0.01)
            .map(|[x, y]| [x, y, 500.0 + (x - 11.0) * 200.0])
            .collect();
        Surround::new(&samples, EXTENT)
    }

    #[test]
    fn holes_lie_between_their_rims_and_the_far_is_flat() {
        let ground = surround();
        let cases = [
            ([11.05, 48.05], 510.0, 1.5),
            ([11.045, 48.052], 509.0, 1.5),
            // At the rim and just outside.
            ([11.02, 48.05], 504.0, 0.1),
            ([11.101, 48.05], 520.0, 0.5),
            ([10.999, 48.05], 500.0, 0.5),
            // One width away and farther: the mean.
            ([11.2, 48.05], 510.0, 0.01),
            ([-70.0, -30.0], 510.0, 0.01),
        ];
        for (place, expected, within) in cases {
            let found = ground.height_m(place);
            assert!((found - expected).abs() <= within, "{place:?}: {found}");
        }
    }

    #[test]
    fn only_the_unknown_is_filled() {
        let mut heights = [480.0, f32::NAN, -3.5];
        surround().fill(&mut heights, &[[11.2, 48.2]; 3]);
        assert_eq!((heights[0], heights[2]), (480.0, -3.5));
        assert!((heights[1] - 510.0).abs() < 0.01);
        assert_eq!(Surround::new(&[], [f64::NAN; 4]).height_m([11.0, 48.0]), 0.0);
    }
}
