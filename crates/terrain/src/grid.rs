//! Scattered heights into a grid without holes, by pull and push over a pyramid.

/// Heights on a grid of nodes: the first and last column lie on the west and east bound, the first row on the north.
#[derive(Debug, Clone, PartialEq)]
pub struct GroundGrid {
    /// `[west, south, east, north]` [°].
    pub bounds_deg: [f64; 4],
    pub columns: u32,
    pub rows: u32,
    /// Row by row from north to south, each from west to east [m]; in the height system of the samples.
    pub heights_m: Vec<f32>,
}

/// Beyond this a height is a slip of the file [m].
const HEIGHT_RANGE_M: std::ops::RangeInclusive<f64> = -12_000.0..=10_000.0;
const MAX_SIDE: u32 = 2048;
/// Samples farther from the middle height than this, and than `OUTLIER_SPREADS` times the usual distance from it, are
/// slips of the file (a building at height 0 in a town at 480) [m].
const OUTLIER_M: f64 = 100.0;
const OUTLIER_SPREADS: f64 = 8.0;
/// With fewer samples nobody can tell which of them are wrong.
const OUTLIER_MIN_SAMPLES: usize = 8;
/// A node counts as known once samples of this total weight lie around it.
const FULL_WEIGHT: f64 = 0.5;
const SMOOTHING_PASSES: usize = 24;

/// One level of the pyramid: sum of height times weight, and of weights, by node.
struct Level {
    columns: usize,
    rows: usize,
    height: Vec<f64>,
    weight: Vec<f64>,
}

/// A smooth ground through the samples (`[longitude °, latitude °, height m]`) without holes; all 0 without samples.
///
/// Sides are held to 2..=2048 nodes. Samples that are no numbers, lie outside the bounds or at heights that the earth
/// does not have or by far not near the others' are left out. Where many samples share a node, it takes their mean by distance.
pub fn ground_grid(samples: &[[f64; 3]], bounds_deg: [f64; 4], columns: u32, rows: u32) -> GroundGrid {
    let (columns, rows) = (columns.clamp(2, MAX_SIDE), rows.clamp(2, MAX_SIDE));
    let base = splat(samples, bounds_deg, columns as usize, rows as usize);
    let known: Vec<bool> = base.weight.iter().map(|weight| *weight > 0.0).collect();
    let mut heights = fill(base);
    smooth(&mut heights, &known, columns as usize);
    let heights_m = heights.into_iter().map(|height| height as f32).collect();
    GroundGrid { bounds_deg, columns, rows, heights_m }
}

/// Each sample on the four nodes around it, by nearness.
fn splat(samples: &[[f64; 3]], [west, south, east, north]: [f64; 4], columns: usize, rows: usize) -> Level {
    let mut level = Level::empty(columns, rows);
    let heights = plausible_heights(samples);
    for &[longitude, latitude, height] in samples {
        let x = (longitude - west) / (east - west) * (columns - 1) as f64;
        let y = (north - latitude) / (north - south) * (rows - 1) as f64;
        // Not-a-number is in no range.
        let inside = (0.0..=(columns - 1) as f64).contains(&x) && (0.0..=(rows - 1) as f64).contains(&y);
        if !inside || !heights.contains(&height) {
            continue;
        }
        for (node, share) in corners(x, y, columns, rows) {
            // Squared: a sample right on a node outweighs those that lie between nodes.
            level.add(node, height, share * share);
        }
    }
    level.normalise();
    level
}

fn plausible_heights(samples: &[[f64; 3]]) -> std::ops::RangeInclusive<f64> {
    let heights: Vec<f64> =
        samples.iter().map(|at| at[2]).filter(|height| HEIGHT_RANGE_M.contains(height)).collect();
    if heights.len() < OUTLIER_MIN_SAMPLES {
        return HEIGHT_RANGE_M;
    }
    let middle = median(heights.clone());
    let spread = median(heights.into_iter().map(|height| (height - middle).abs()).collect());
    let reach = (OUTLIER_SPREADS * spread).max(OUTLIER_M);
    (middle - reach).max(*HEIGHT_RANGE_M.start())..=(middle + reach).min(*HEIGHT_RANGE_M.end())
}

fn median(mut values: Vec<f64>) -> f64 {
    let half = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(half, f64::total_cmp).1 }
}

/// The four nodes around a place with their bilinear shares.
fn corners(x: f64, y: f64, columns: usize, rows: usize) -> [(usize, f64); 4] {
    let (left, top) = ((x.floor() as usize).min(columns - 1), (y.floor() as usize).min(rows - 1));
    let (right, bottom) = ((left + 1).min(columns - 1), (top + 1).min(rows - 1));
    let (u, v) = (x - left as f64, y - top as f64);
    [
        (top * columns + left, (1.0 - u) * (1.0 - v)),
        (top * columns + right, u * (1.0 - v)),
        (bottom * columns + left, (1.0 - u) * v),
        (bottom * columns + right, u * v),
    ]
}

impl Level {
    fn empty(columns: usize, rows: usize) -> Level {
        Level { columns, rows, height: vec![0.0; columns * rows], weight: vec![0.0; columns * rows] }
    }

    fn add(&mut self, node: usize, height: f64, weight: f64) {
        if let (Some(sum), Some(total)) = (self.height.get_mut(node), self.weight.get_mut(node)) {
            *sum += height * weight;
            *total += weight;
        }
    }

    /// From sums to means; weights beyond full count as full.
    fn normalise(&mut self) {
        for (height, weight) in self.height.iter_mut().zip(&mut self.weight) {
            if *weight > 0.0 {
                *height /= *weight;
            }
            *weight = weight.min(FULL_WEIGHT);
        }
    }

    /// Half the nodes along each side; each node of this level goes to the nearest ones there.
    fn pulled(&self) -> Level {
        let mut coarse = Level::empty(self.columns.div_ceil(2), self.rows.div_ceil(2));
        for row in 0..self.rows {
            for column in 0..self.columns {
                let node = row * self.columns + column;
                let (height, weight) = (self.height[node], self.weight[node]);
                if weight > 0.0 {
                    coarse.add(row / 2 * coarse.columns + column / 2, height, weight);
                }
            }
        }
        coarse.normalise();
        coarse
    }

    /// Height of a level that is known everywhere, between its nodes.
    fn between(&self, heights: &[f64], x: f64, y: f64) -> f64 {
        let x = x.clamp(0.0, (self.columns - 1) as f64);
        let y = y.clamp(0.0, (self.rows - 1) as f64);
        let corners = corners(x, y, self.columns, self.rows);
        corners.iter().map(|(node, share)| heights.get(*node).copied().unwrap_or_default() * share).sum()
    }
}

/// Pull: coarser levels know more. Push: what a level does not know it takes from the coarser one.
fn fill(base: Level) -> Vec<f64> {
    let mut levels = vec![base];
    while let Some(last) = levels.last().filter(|level| level.columns > 1 || level.rows > 1) {
        let coarse = last.pulled();
        levels.push(coarse);
    }
    let mut above: Option<(Level, Vec<f64>)> = None;
    while let Some(level) = levels.pop() {
        let heights = match &above {
            None => level.height.clone(),
            Some((coarse, known)) => push(&level, coarse, known),
        };
        above = Some((level, heights));
    }
    above.map(|(_, heights)| heights).unwrap_or_default()
}

fn push(level: &Level, coarse: &Level, known: &[f64]) -> Vec<f64> {
    let mut heights = Vec::with_capacity(level.height.len());
    for row in 0..level.rows {
        for column in 0..level.columns {
            let node = row * level.columns + column;
            // A coarse node stands in the middle of its four.
            let (x, y) = (column as f64 / 2.0 - 0.25, row as f64 / 2.0 - 0.25);
            let trust = level.weight[node] / FULL_WEIGHT;
            let guess = if trust < 1.0 { coarse.between(known, x, y) } else { 0.0 };
            heights.push(level.height[node] * trust + guess * (1.0 - trust));
        }
    }
    heights
}

/// Evens out the steps of the pyramid where nothing was measured; measured nodes stay.
fn smooth(heights: &mut [f64], known: &[bool], columns: usize) {
    let rows = heights.len() / columns;
    let mut before = heights.to_vec();
    for _ in 0..SMOOTHING_PASSES {
        before.copy_from_slice(heights);
        for row in 0..rows {
            let (up, down) = (row.saturating_sub(1), (row + 1).min(rows - 1));
            for column in 0..columns {
                let node = row * columns + column;
                if known[node] {
                    continue;
                }
                let (left, right) = (column.saturating_sub(1), (column + 1).min(columns - 1));
                let around = before[up * columns + column]
                    + before[down * columns + column]
                    + before[row * columns + left]
                    + before[row * columns + right];
                heights[node] = around / 4.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: [f64; 4] = [11.0, 48.0, 11.2, 48.1];

    fn at(grid: &GroundGrid, column: u32, row: u32) -> f64 {
        f64::from(grid.heights_m[(row * grid.columns + column) as usize])
    }

    /// A place by column and row of a grid of 41 x 21 nodes.
    fn sample(column: f64, row: f64, height: f64) -> [f64; 3] {
        [11.0 + column * 0.005, 48.1 - row * 0.005, height]
    }

    #[test]
    fn samples_on_nodes_keep_their_height() {
        let samples = [
            sample(0.0, 0.0, 470.0),
            sample(40.0, 0.0, 490.0),
            sample(20.0, 10.0, 485.0),
            sample(7.0, 15.0, 472.5),
        ];
        let grid = ground_grid(&samples, BOUNDS, 41, 21);
        for (column, row, expected) in [(0, 0, 470.0), (40, 0, 490.0), (20, 10, 485.0), (7, 15, 472.5)] {
            assert!(
                (at(&grid, column, row) - expected).abs() < 0.01,
                "{column} {row}: {}",
                at(&grid, column, row)
            );
        }
    }

    #[test]
    fn between_samples_the_ground_stays_between_them() {
        let samples = [sample(3.3, 4.4, 470.0), sample(33.7, 12.2, 490.0), sample(20.5, 18.5, 480.0)];
        let grid = ground_grid(&samples, BOUNDS, 41, 21);
        assert_eq!(grid.heights_m.len(), 41 * 21);
        assert!(grid.heights_m.iter().all(|height| (469.99..=490.01).contains(height)));
        // No step anywhere: 20 m over 30 nodes.
        for row in 0..21 {
            for column in 1..41 {
                let step = (at(&grid, column, row) - at(&grid, column - 1, row)).abs();
                assert!(step < 5.0, "{column} {row}: {step}");
            }
        }
    }

    /// A tilted plane, sampled at every second node or so, comes back.
    #[test]
    fn a_plane_stays_a_plane() {
        let plane = |column: f64, row: f64| 480.0 + 0.5 * column - 0.25 * row;
        let samples: Vec<_> = (0..400)
            .map(|index| (f64::from(index * 7 % 400) / 10.0, f64::from(index * 13 % 200) / 10.0))
            .map(|(column, row)| sample(column, row, plane(column, row)))
            .collect();
        let grid = ground_grid(&samples, BOUNDS, 41, 21);
        for row in 1..20 {
            for column in 1..40 {
                let off = at(&grid, column, row) - plane(f64::from(column), f64::from(row));
                assert!(off.abs() < 1.0, "{column} {row}: {off}");
            }
        }
    }

    #[test]
    fn a_building_at_height_zero_digs_no_pit() {
        let mut samples: Vec<_> =
            (0..20).map(|index| sample(f64::from(index), 10.0, 480.0 + f64::from(index))).collect();
        samples.push(sample(30.0, 5.0, 0.0));
        samples.push(sample(31.0, 6.0, 9000.0));
        let grid = ground_grid(&samples, BOUNDS, 41, 21);
        assert!(grid.heights_m.iter().all(|height| (479.99..=499.01).contains(height)));
    }

    #[test]
    fn hostile_input_gives_a_grid_all_the_same() {
        let nan = f64::NAN;
        let bad = [
            [nan, 48.05, 1.0],
            [11.1, nan, 1.0],
            [11.1, 48.05, nan],
            [11.1, 48.05, 1e9],
            [0.0, 0.0, 5.0],
            [f64::INFINITY, 48.05, 2.0],
        ];
        type Case<'a> = (&'a [[f64; 3]], [f64; 4], u32, u32, usize);
        let cases: [Case<'_>; 6] = [
            (&[], BOUNDS, 4, 3, 12),
            (&bad, BOUNDS, 4, 3, 12),
            (&bad, BOUNDS, 0, 0, 4),
            (&bad, [nan; 4], 4, 3, 12),
            (&bad, [11.1, 48.05, 11.1, 48.05], 4, 3, 12),
            (&bad, BOUNDS, u32::MAX, 2, 4096),
        ];
        for (samples, bounds, columns, rows, expected) in cases {
            let grid = ground_grid(samples, bounds, columns, rows);
            assert_eq!(grid.heights_m.len(), expected);
            assert!(grid.heights_m.iter().all(|height| *height == 0.0));
        }
        let with_good = ground_grid(&[bad.as_slice(), &[[11.1, 48.05, 480.0]]].concat(), BOUNDS, 5, 5);
        assert!(with_good.heights_m.iter().all(|height| (height - 480.0).abs() < 0.01), "{with_good:?}");
    }
}
