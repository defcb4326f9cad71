//! Edits on the heights of a window.

use super::{EditGround, ReadyEdit};
use stadtwin_model::{HeightGrid, Heights};

/// Changes the heights of a window by edits that passed their check, one after another. What a node gets depends on
/// its place and former height alone: windows agree where they overlap.
///
/// Within the polygon unknown ground becomes the target's; embankments leave it unknown.
pub fn apply_edits<'a>(
    heights: &mut Heights,
    grid: &HeightGrid,
    edits: impl IntoIterator<Item = &'a ReadyEdit>,
) {
    for edit in edits {
        apply(heights, grid, edit);
    }
}

fn apply(heights: &mut Heights, grid: &HeightGrid, edit: &ReadyEdit) {
    let known = || heights.heights_m.iter().copied().filter(|height| !height.is_nan()).map(f64::from);
    let ground_m = [known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max)];
    let extent_m = edit.edit().extent_m(ground_m);
    let [west, south, east, north] = extent_m;
    let window = heights.window;
    let [left, bottom] = grid.node([west, south]).map(f64::floor);
    let [right, top] = grid.node([east, north]).map(f64::ceil);
    let range = |from: f64, to: f64, first: i64, count: usize| {
        let within = |node: f64| (node - first as f64).clamp(0.0, count as f64) as usize;
        within(from)..within(to + 1.0)
    };
    let reach_m = edit.edit().reach_m(ground_m);
    for row in range(bottom, top, window.first[1], window.rows) {
        let along =
            |column: usize| grid.place([window.first[0] + column as i64, window.first[1] + row as i64]);
        let in_row = edit.row(along(0)[1], reach_m);
        for column in range(left, right, window.first[0], window.columns) {
            if let Some(height) = heights.heights_m.get_mut(row * window.columns + column) {
                *height = in_row.height_m(along(column), *height);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EditError, MAX_TRIANGLES, cut_fill};
    use super::*;
    use stadtwin_model::{BlockKey, GroundEdit, GroundTarget, Window};

    const GRID: HeightGrid = HeightGrid { cell_m: 1.0, phase_m: [0.5, 0.5] };

    fn square(from: f64, to: f64) -> Vec<[f64; 2]> {
        vec![[from, from], [to, from], [to, to], [from, to]]
    }

    fn flat(height_m: f32) -> Heights {
        let window = Window { first: [0, 0], columns: 40, rows: 40 };
        Heights { window, heights_m: vec![height_m; 1600] }
    }

    fn edit(polygon: Vec<Vec<[f64; 2]>>, target: GroundTarget, embankment: Option<f64>) -> GroundEdit {
        let edit = GroundEdit { polygon, target, embankment };
        edit.check().unwrap();
        edit
    }

    fn changed(heights: &mut Heights, grid: &HeightGrid, edits: &[GroundEdit]) {
        let ready: Vec<_> = edits.iter().cloned().map(ReadyEdit::new).collect();
        apply_edits(heights, grid, &ready);
    }

    /// Volumes [m³] of an edit on flat ground at 100 m, and heights at nodes.
    fn check(edit: GroundEdit, cut_m3: f64, fill_m3: f64, heights_m: &[([i64; 2], f32)]) {
        let before = flat(100.0);
        let mut after = before.clone();
        changed(&mut after, &GRID, &[edit]);
        let volumes = cut_fill(&before, &after, &GRID);
        assert!((volumes.cut_m3 - cut_m3).abs() < 0.01, "{volumes:?}");
        assert!((volumes.fill_m3 - fill_m3).abs() < 0.01, "{volumes:?}");
        for (node, expected) in heights_m {
            assert!((after.at(*node) - expected).abs() < 1e-4, "{node:?}: {}", after.at(*node));
        }
    }

    #[test]
    fn levels_are_cut_and_filled() {
        // Hand: 10 × 10 nodes in (10, 20)², 2 m down: 200 m³. With a hole of 4 × 4 nodes: 84 × 2.
        check(
            edit(vec![square(10.0, 20.0)], GroundTarget::Level(98.0), None),
            200.0,
            0.0,
            &[([10, 10], 98.0), ([9, 10], 100.0)],
        );
        let holed = vec![square(10.0, 20.0), square(13.0, 17.0)];
        check(
            edit(holed, GroundTarget::Level(101.5), None),
            0.0,
            126.0,
            &[([13, 13], 100.0), ([12, 13], 101.5)],
        );
        // Closed and turned around it is the same polygon.
        let mut closed = square(10.0, 20.0);
        closed.reverse();
        closed.push(closed[0]);
        check(edit(vec![closed], GroundTarget::Level(98.0), None), 200.0, 0.0, &[]);
    }

    #[test]
    fn embankments_fall_to_the_ground() {
        // Hand: 2 m up, 1 : 2; nodes 0.5, 1.5, 2.5, 3.5 m outside rise 1.75, 1.25, 0.75, 0.25 m: 4.0 m³ for each of 40 nodes along the
        // sides, 160 m³; 10 × 10 × 2 = 200 within; four corners, by distance: 2 - √(x² + y²)/2 summed over x, y in {0.5 … 3.5}:
        // 1.6464 + 2·1.2094 + 0.9393 + 2·0.7253 + 2·0.5423 + 2·0.2322 + 0.2322 + 2·0.0961 = 8.4284 each.
        let up = edit(vec![square(10.0, 20.0)], GroundTarget::Level(102.0), Some(2.0));
        let heights = [([9, 15], 101.75), ([6, 15], 100.25), ([5, 15], 100.0), ([9, 9], 101.6464)];
        check(up, 0.0, 200.0 + 160.0 + 4.0 * 8.4284, &heights);
        let down = edit(vec![square(10.0, 20.0)], GroundTarget::Level(98.0), Some(2.0));
        check(down, 200.0 + 160.0 + 4.0 * 8.4284, 0.0, &[([9, 15], 98.25), ([5, 15], 100.0)]);
    }

    #[test]
    fn slopes_and_triangles() {
        // Hand: 10 % up towards the east through (15, 15, 100): nodes at 10.5 … 14.5 are 0.45 + 0.35 + 0.25 + 0.15 + 0.05 = 1.25 m
        // below, in each of 10 rows; those at 15.5 … 19.5 as much above.
        let slope = GroundTarget::Slope { through: [15.0, 15.0, 100.0], gradient: 0.1, uphill_deg: 90.0 };
        check(
            edit(vec![square(10.0, 20.0)], slope, None),
            12.5,
            12.5,
            &[([10, 12], 99.55), ([19, 12], 100.45)],
        );
        // One triangle over the south-west half, 3 m high at (10, 10), 0 at its other corners; the rest stays.
        let points = vec![[10.0, 10.0, 103.0], [20.0, 10.0, 100.0], [10.0, 20.0, 100.0]];
        let tin = GroundTarget::Tin { points, triangles: vec![[0, 1, 2]] };
        // Hand: at (10.5, 10.5): 103 - 0.3 × (0.5 + 0.5) = 102.7. Sum over i + j ≤ 8 of 3 - 0.3 (i + j + 1): 3·45 - 0.3·285 = 49.5.
        check(edit(vec![square(10.0, 20.0)], tin, None), 0.0, 49.5, &[([10, 10], 102.7), ([19, 19], 100.0)]);
    }

    #[test]
    fn windows_and_later_edits() {
        let lower = edit(vec![square(10.0, 20.0)], GroundTarget::Level(95.0), Some(1.0));
        let pool = edit(vec![square(14.0, 16.0)], GroundTarget::Level(90.0), None);
        let (mut whole, mut part) = (flat(100.0), flat(100.0));
        part.window = Window { first: [12, 8], columns: 40, rows: 40 };
        changed(&mut whole, &GRID, &[lower.clone(), pool.clone()]);
        changed(&mut part, &GRID, &[lower.clone(), pool]);
        for node in [[14, 14], [13, 13], [12, 8], [20, 20], [24, 12], [39, 39]] {
            assert_eq!(whole.at(node), part.at(node), "{node:?}");
        }
        assert_eq!((whole.at([14, 14]), whole.at([13, 13])), (90.0, 95.0));
        // Hand: 1 : 1 from 95 to ground between 90 and 100 reaches 5 m. In a grid of 5 cm that is nodes 90 to 490.
        assert_eq!(lower.extent_m([90.0, 100.0]), [5.0, 5.0, 25.0, 25.0]);
        let blocks: Vec<_> =
            lower.blocks(&HeightGrid { cell_m: 0.05, phase_m: [0.0; 2] }, [90.0, 100.0]).collect();
        let expected = [[0, 0], [1, 0], [0, 1], [1, 1]].map(|[column, row]| BlockKey { column, row });
        assert_eq!(blocks, expected);
    }

    #[test]
    fn unknown_ground() {
        let mut heights = flat(f32::NAN);
        changed(&mut heights, &GRID, &[edit(vec![square(10.0, 20.0)], GroundTarget::Level(95.0), Some(2.0))]);
        assert_eq!(heights.at([15, 15]), 95.0);
        assert!(heights.at([9, 15]).is_nan());
    }

    #[test]
    fn impossible_edits_are_refused() {
        let refused = |polygon: Vec<Vec<[f64; 2]>>, target: GroundTarget, embankment: Option<f64>| {
            GroundEdit { polygon, target, embankment }.check().unwrap_err()
        };
        let whole = || vec![square(0.0, 1.0)];
        assert_eq!(refused(vec![], GroundTarget::Level(1.0), None), EditError::NoPolygon);
        assert_eq!(
            refused(vec![vec![[0.0; 2]; 2]], GroundTarget::Level(1.0), None),
            EditError::Ring { ring: 0, count: 2 }
        );
        assert!(matches!(refused(whole(), GroundTarget::Level(f64::NAN), None), EditError::Number { .. }));
        assert_eq!(refused(whole(), GroundTarget::Level(1.0), Some(0.0)), EditError::Embankment(0.0));
        let tin = GroundTarget::Tin { points: vec![[0.0; 3]; 2], triangles: vec![[0, 1, 2]] };
        assert_eq!(refused(whole(), tin, None), EditError::Triangle { triangle: 0, point: 2, count: 2 });
        let bow = vec![square(0.0, 9.0), vec![[1.0, 1.0], [2.0, 2.0], [2.0, 1.0], [1.0, 2.0]]];
        assert!(matches!(refused(bow, GroundTarget::Level(1.0), None), EditError::Crossing { ring: 1, .. }));
        let none = GroundTarget::Tin { points: vec![], triangles: vec![] };
        assert_eq!(refused(whole(), none, None), EditError::NoTriangles);
        let large = vec![vec![[0.0; 2]; 100_001]];
        assert_eq!(refused(large, GroundTarget::Level(1.0), None), EditError::TooLarge { count: 100_001 });
        let long = vec![vec![[0.0; 2]; 5_001]];
        assert_eq!(refused(long, GroundTarget::Level(1.0), None), EditError::LongPolygon { count: 5_001 });
        let many =
            GroundTarget::Tin { points: vec![[0.0; 3]; 3], triangles: vec![[0, 1, 2]; MAX_TRIANGLES + 1] };
        assert_eq!(refused(whole(), many, None), EditError::ManyTriangles { count: MAX_TRIANGLES + 1 });
    }
}
