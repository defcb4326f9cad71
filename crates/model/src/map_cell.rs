//! Squares of the storage CRS by which the contents of flat maps are kept together.

/// A square, by the size of what it holds: a feature belongs to the cell that the middle of its box lies in, small ones to
/// small cells. So a cell reaches beyond its sides by a sixteenth of them at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MapCell {
    /// 0 is the smallest.
    pub level: u8,
    /// Counted in sides of the level's cells, to the east and to the north.
    pub x: i32,
    pub y: i32,
}

/// Side of a cell of level 0 [m]; each level's is four times that of the one before. `map_cell` of the database says the
/// same.
const SIDE_M: f64 = 512.0;
/// The cell of this level holds whatever is too large for the others, wherever it is.
const TOP: u8 = 5;
/// Parts of a side that features of a level have at the most, along the longer side of their box.
const SHARE: f64 = 8.0;

impl MapCell {
    /// Where a feature with this box, `[x min, y min, x max, y max]` [m], belongs.
    pub fn of([x_min, y_min, x_max, y_max]: [f64; 4]) -> MapCell {
        let size = (x_max - x_min).max(y_max - y_min);
        let level = (0..TOP).find(|level| size <= side_m(*level) / SHARE).unwrap_or(TOP);
        let place = |min: f64, max: f64| ((min + max) / 2.0 / side_m(level)).floor() as i32;
        match level {
            TOP => MapCell { level, x: 0, y: 0 },
            _ => MapCell { level, x: place(x_min, x_max), y: place(y_min, y_max) },
        }
    }

    /// The box `[x min, y min, x max, y max]` [m] that no feature of it leaves; `None`: there is none.
    pub fn reach(self) -> Option<[f64; 4]> {
        let side = side_m(self.level);
        let beyond = side / SHARE / 2.0;
        let from = |at: i32| f64::from(at) * side - beyond;
        let to = |at: i32| (f64::from(at) + 1.0) * side + beyond;
        (self.level < TOP).then(|| [from(self.x), from(self.y), to(self.x), to(self.y)])
    }

    /// All cells whose features may meet a box [m], unless they are more than `most`.
    pub fn around(bounds: [f64; 4], most: usize) -> Option<Vec<MapCell>> {
        let mut cells = Vec::new();
        for level in 0..TOP {
            let beyond = side_m(level) / SHARE / 2.0;
            let place = |at: f64| (at / side_m(level)).floor();
            let [west, south] = [bounds[0], bounds[1]].map(|at| place(at - beyond));
            let [east, north] = [bounds[2], bounds[3]].map(|at| place(at + beyond));
            let count = (east - west + 1.0) * (north - south + 1.0);
            // Not-a-number has no cells.
            let is_too_large = count + cells.len() as f64 > most as f64 || west.abs().max(south.abs()) > 1e9;
            if is_too_large || !count.is_finite() {
                return None;
            }
            for y in south as i32..=north as i32 {
                cells.extend((west as i32..=east as i32).map(|x| MapCell { level, x, y }));
            }
        }
        cells.push(MapCell { level: TOP, x: 0, y: 0 });
        Some(cells)
    }
}

fn side_m(level: u8) -> f64 {
    SIDE_M * f64::from(1_u32 << (2 * level.min(TOP)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_lie_in_the_cells_around_them() {
        let check = |bounds: [f64; 4], level: u8, x: i32, y: i32| {
            let cell = MapCell::of(bounds);
            assert_eq!(cell, MapCell { level, x, y }, "{bounds:?}");
            assert!(MapCell::around(bounds, 1_000).is_some_and(|cells| cells.contains(&cell)));
            if let Some([west, south, east, north]) = cell.reach() {
                assert!(west <= bounds[0] && south <= bounds[1] && bounds[2] <= east && bounds[3] <= north);
            }
        };
        // Hand: 700000 / 512 = 1367.2, 5334000 / 512 = 10417.97.
        check([700_000.0, 5_334_000.0, 700_010.0, 5_334_010.0], 0, 1367, 10417);
        check([700_000.0, 5_334_000.0, 700_064.0, 5_334_000.0], 0, 1367, 10417);
        // 65 m: 2048 m, 341.8 and 2604.5.
        check([700_000.0, 5_334_000.0, 700_065.0, 5_334_000.0], 1, 341, 2604);
        check([-10.0, -3.0, -4.0, 2.0], 0, -1, -1);
        check([0.0, 0.0, 20_000.0, 1.0], 5, 0, 0);
    }

    #[test]
    fn large_boxes_are_left_to_others() {
        // Hand: 1 km and 32 m on either side meet 3 × 3 cells of 512 m and 1 each of the others at the least.
        assert!(MapCell::around([0.0, 0.0, 1_000.0, 1_000.0], 60).is_some());
        assert!(MapCell::around([0.0, 0.0, 100_000.0, 1_000.0], 60).is_none());
        assert!(MapCell::around([f64::NAN, 0.0, 1.0, 1.0], 60).is_none());
        assert!(MapCell::around([0.0, 0.0, f64::INFINITY, 1.0], 60).is_none());
    }
}
