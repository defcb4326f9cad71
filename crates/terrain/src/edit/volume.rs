//! How much earth is moved.

use stadtwin_model::{CutFill, HeightGrid, Heights};

/// Sums over the nodes of the window of `before`.
pub fn cut_fill(before: &Heights, after: &Heights, grid: &HeightGrid) -> CutFill {
    let cell_m2 = grid.cell_m * grid.cell_m;
    let mut sums = CutFill::default();
    let window = before.window;
    for (node, old) in before.heights_m.iter().enumerate() {
        let place = [node % window.columns.max(1), node / window.columns.max(1)];
        let new = after.at([window.first[0] + place[0] as i64, window.first[1] + place[1] as i64]);
        let rise = f64::from(new) - f64::from(*old);
        if rise > 0.0 {
            sums.fill_m3 += rise * cell_m2;
            sums.fill_m2 += cell_m2;
        } else if rise < 0.0 {
            sums.cut_m3 -= rise * cell_m2;
            sums.cut_m2 += cell_m2;
        } else if old.is_nan() != new.is_nan() {
            sums.unknown_nodes += 1;
        }
    }
    sums
}
