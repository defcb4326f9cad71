//! A smooth map at many nodes from exact values at few: projections are dear, and bend little over a tile.

/// Cells along a side.
pub const SIDE: usize = 256;
/// Nodes between two exact values, and cells that share three of them a side.
const STEP: usize = 8;
const CELL: usize = 2 * STEP;
const SUPPORTS: usize = SIDE / STEP + 1;

/// The places of a square of `SIDE + 1` nodes a side and of `margin` nodes around it, row by row, each row from its
/// first column: `place` gives a node's place before, `convert` maps places exactly.
///
/// Quadratic in cells of 16 nodes: over tiles of a few kilometres less than 0.1 mm off. Nodes on an edge depend on that
/// edge alone, so that squares side by side agree on it to the last bit.
pub fn smooth_map<E>(
    margin: usize,
    place: impl Fn(f64, f64) -> [f64; 2],
    convert: impl FnOnce(&mut [[f64; 2]]) -> Result<(), E>,
) -> Result<Vec<[f64; 2]>, E> {
    let map = SmoothMap::new(place, convert)?;
    let exact = &map.exact;
    let side = SIDE + 1 + 2 * margin;
    let weights: Vec<(usize, [f64; 3])> =
        (0..side).map(|node| weights_at(node as isize - margin as isize)).collect();
    let mut places = Vec::with_capacity(side * side);
    for (first_row, row_weights) in &weights {
        // The columns of this row at the supports first: one direction after the other.
        let along: Vec<[f64; 2]> = (0..SUPPORTS)
            .map(|column| mixed(row_weights, |step| exact[(first_row + step) * SUPPORTS + column]))
            .collect();
        places.extend(weights.iter().map(|(first, weights)| mixed(weights, |step| along[first + step])));
    }
    Ok(places)
}

/// The same map for single nodes.
#[derive(Debug)]
pub struct SmoothMap {
    exact: Vec<[f64; 2]>,
}

impl SmoothMap {
    /// As `smooth_map`.
    pub fn new<E>(
        place: impl Fn(f64, f64) -> [f64; 2],
        convert: impl FnOnce(&mut [[f64; 2]]) -> Result<(), E>,
    ) -> Result<SmoothMap, E> {
        let mut exact = Vec::with_capacity(SUPPORTS * SUPPORTS);
        for row in 0..SUPPORTS {
            exact.extend((0..SUPPORTS).map(|column| place((column * STEP) as f64, (row * STEP) as f64)));
        }
        convert(&mut exact)?;
        Ok(SmoothMap { exact })
    }

    /// The place of a node, `column` and `row` from 0 to `SIDE`; to the last bit that of `smooth_map`.
    pub fn at(&self, column: usize, row: usize) -> [f64; 2] {
        let (first_column, column_weights) = weights_at(column.min(SIDE) as isize);
        let (first_row, row_weights) = weights_at(row.min(SIDE) as isize);
        mixed(&column_weights, |across| {
            mixed(&row_weights, |step| self.exact[(first_row + step) * SUPPORTS + first_column + across])
        })
    }
}

/// The first of the three supports around a node, and their shares.
fn weights_at(node: isize) -> (usize, [f64; 3]) {
    let cell = (node.max(0) as usize / CELL).min(SIDE / CELL - 1);
    let t = (node - (cell * CELL) as isize) as f64 / STEP as f64;
    (cell * 2, [(t - 1.0) * (t - 2.0) / 2.0, t * (2.0 - t), t * (t - 1.0) / 2.0])
}

fn mixed(weights: &[f64; 3], value: impl Fn(usize) -> [f64; 2]) -> [f64; 2] {
    let mut sum = [0.0; 2];
    for (step, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != 0.0) {
        let [x, y] = value(step);
        sum[0] += weight * x;
        sum[1] += weight * y;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_crs::{CRS84, Transformer};
    use stadtwin_model::{Crs, VerticalCrs};

    const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };

    fn tile(level: u32, x: f64, y: f64, margin: usize) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
        let step = 180.0 / f64::from(1_u32 << level) / SIDE as f64;
        let place = |column: f64, row: f64| {
            [-180.0 + (x * SIDE as f64 + column) * step, -90.0 + (y * SIDE as f64 + row) * step]
        };
        let to_utm = Transformer::new(&CRS84, &UTM).unwrap();
        let smooth = smooth_map(margin, place, |points| to_utm.convert_2d(points)).unwrap();
        let ends = -(margin as isize)..=(SIDE + margin) as isize;
        let mut exact: Vec<_> = ends
            .clone()
            .flat_map(|row| ends.clone().map(move |column| (column, row)))
            .map(|(column, row)| place(column as f64, row as f64))
            .collect();
        to_utm.convert_2d(&mut exact).unwrap();
        (smooth, exact)
    }

    /// Against PROJ node by node, at the level of a 1 m grid's far views and at one of a 30 m grid.
    #[test]
    fn the_map_is_that_of_proj() {
        for (level, x, y, allowed_m) in [(14, 17_448.0, 12_582.0, 1e-6), (10, 1090.0, 786.0, 1e-4)] {
            let (smooth, exact) = tile(level, x, y, 1);
            for (a, b) in smooth.iter().zip(&exact) {
                let off = (a[0] - b[0]).hypot(a[1] - b[1]);
                assert!(off < allowed_m, "level {level}: {off} m");
            }
        }
    }

    #[test]
    fn neighbours_agree_to_the_last_bit() {
        let (west, _) = tile(14, 17_448.0, 12_582.0, 0);
        let (east, _) = tile(14, 17_449.0, 12_582.0, 0);
        let side = SIDE + 1;
        assert!((0..side).all(|row| west[row * side + SIDE] == east[row * side]));
    }

    #[test]
    fn single_nodes_are_those_of_the_whole_map() {
        let step = 180.0 / f64::from(1_u32 << 14) / SIDE as f64;
        let place = |column: f64, row: f64| [11.6 + column * step, 48.2 + row * step];
        let to_utm = Transformer::new(&CRS84, &UTM).unwrap();
        let whole = smooth_map(0, place, |points| to_utm.convert_2d(points)).unwrap();
        let map = SmoothMap::new(place, |points| to_utm.convert_2d(points)).unwrap();
        for (column, row) in [(0, 0), (255, 3), (256, 256), (17, 240), (16, 16), (131, 77)] {
            assert_eq!(map.at(column, row), whole[row * (SIDE + 1) + column], "{column} {row}");
        }
    }
}
