//! Which triangles lie at a place: a grid over them, each cell with those that reach into it.

/// Cells along a side at the most.
const MAX_SIDE: usize = 512;
/// Entries for each triangle, on average, at the most: long slivers would fill every cell.
const MAX_SHARE: usize = 16;

/// Triangles by the cells that they reach into.
#[derive(Debug, Clone)]
pub struct TriangleIndex {
    /// `[west, south]` [m].
    corner: [f64; 2],
    /// Width and height of a cell [m].
    cell_m: [f64; 2],
    side: usize,
    /// Where the triangles of each cell begin, and the end of the last.
    starts: Vec<u32>,
    /// Cell by cell, in the order of the triangles.
    triangles: Vec<u32>,
}

/// Of a triangle: `[west, south, east, north]` [m].
type Box2 = [f64; 4];

impl TriangleIndex {
    pub fn new(points: &[[f64; 3]], triangles: &[[u32; 3]]) -> TriangleIndex {
        let boxes: Vec<Option<Box2>> = triangles.iter().map(|corners| around(points, *corners)).collect();
        let known = || boxes.iter().flatten();
        let least = |axis: usize| known().map(|bounds| bounds[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| known().map(|bounds| bounds[axis]).fold(f64::NEG_INFINITY, f64::max);
        let corner = [least(0), least(1)];
        let size_m = [most(2) - corner[0], most(3) - corner[1]];
        let mut side = ((triangles.len() as f64).sqrt().ceil() as usize).clamp(1, MAX_SIDE);
        loop {
            let cell_m = size_m.map(|metres| metres / side as f64);
            let mut index = TriangleIndex { corner, cell_m, side, starts: Vec::new(), triangles: Vec::new() };
            let count = |bounds: &Box2| {
                let [columns, rows] = index.cells(bounds);
                columns.len() * rows.len()
            };
            if side == 1 || known().map(count).sum::<usize>() <= MAX_SHARE * triangles.len() {
                index.fill(&boxes);
                return index;
            }
            side /= 2;
        }
    }

    /// All triangles that may hold a place, in their order.
    pub fn near(&self, place: [f64; 2]) -> &[u32] {
        let cell = [0, 1].map(|axis| self.along(axis, place[axis]));
        let [Some(column), Some(row)] = cell else { return &[] };
        let cell = row * self.side + column;
        let (Some(from), Some(to)) = (self.starts.get(cell), self.starts.get(cell + 1)) else { return &[] };
        self.triangles.get(*from as usize..*to as usize).unwrap_or_default()
    }

    /// Counted and then put in place: two passes, no list of lists.
    fn fill(&mut self, boxes: &[Option<Box2>]) {
        let mut counts = vec![0_u32; self.side * self.side + 1];
        self.each_cell(boxes, |cell, _| counts[cell + 1] += 1);
        for cell in 1..counts.len() {
            counts[cell] += counts[cell - 1];
        }
        let mut next = counts.clone();
        let mut triangles = vec![0; counts.last().map_or(0, |count| *count as usize)];
        self.each_cell(boxes, |cell, triangle| {
            triangles[next[cell] as usize] = triangle;
            next[cell] += 1;
        });
        (self.starts, self.triangles) = (counts, triangles);
    }

    fn each_cell(&self, boxes: &[Option<Box2>], mut take: impl FnMut(usize, u32)) {
        for (triangle, bounds) in boxes.iter().enumerate() {
            let Some(bounds) = bounds else { continue };
            let [columns, rows] = self.cells(bounds);
            for row in rows {
                columns.clone().for_each(|column| take(row * self.side + column, triangle as u32));
            }
        }
    }

    /// Columns and rows that a box reaches into.
    fn cells(&self, [west, south, east, north]: &Box2) -> [std::ops::Range<usize>; 2] {
        let range = |axis: usize, from: f64, to: f64| self.cell(axis, from)..self.cell(axis, to) + 1;
        [range(0, *west, *east), range(1, *south, *north)]
    }

    /// The column or row of a value; `None` beside all triangles.
    fn along(&self, axis: usize, value: f64) -> Option<usize> {
        let metres = value - self.corner[axis];
        // A little room, since the sum of all cells is rounded; not-a-number is in no range.
        let end = self.cell_m[axis] * (self.side as f64 + 1e-6);
        (0.0..=end).contains(&metres).then(|| self.cell(axis, value))
    }

    /// The column or row of a value, the first or last for what lies beside.
    fn cell(&self, axis: usize, value: f64) -> usize {
        (((value - self.corner[axis]) / self.cell_m[axis]) as usize).min(self.side - 1)
    }
}

/// A little wider than the triangle: places that rounding puts on its border count as within.
fn around(points: &[[f64; 3]], corners: [u32; 3]) -> Option<Box2> {
    let [a, b, c] = corners.map(|point| points.get(point as usize));
    let of = |axis: usize| -> Option<[f64; 2]> {
        let values = [a?[axis], b?[axis], c?[axis]];
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let room = 1e-6 + (high - low) * 1e-6;
        Some([low - room, high + room])
    };
    let ([west, east], [south, north]) = (of(0)?, of(1)?);
    Some([west, south, east, north])
}

#[cfg(test)]
mod tests {
    use super::super::{ReadyEdit, TargetHeights};
    use proptest::prelude::*;
    use stadtwin_model::{GroundEdit, GroundTarget};

    fn ready(points: Vec<[f64; 3]>, triangles: Vec<[u32; 3]>) -> ReadyEdit {
        let target = GroundTarget::Tin { points, triangles };
        ReadyEdit::new(GroundEdit { polygon: Vec::new(), target, embankment: None })
    }

    /// The linear search and the index say the same, to the last bit.
    fn check(edit: &ReadyEdit, place: [f64; 2]) -> Result<(), TestCaseError> {
        let (linear, found) = (edit.edit().target.height_m(place), edit.target_m(place));
        prop_assert_eq!(linear.map(f64::to_bits), found.map(f64::to_bits), "{:?}", place);
        Ok(())
    }

    proptest! {
        /// Triangles as they come: overlapping, without area, slivers, far from zero as coordinates are.
        #[test]
        fn any_triangles(
            corners in prop::collection::vec(prop::array::uniform3(0.0..100.0_f64), 3..60),
            picks in prop::collection::vec(prop::array::uniform3(0_u32..60), 1..120),
            places in prop::collection::vec(prop::array::uniform2(-10.0..110.0_f64), 1..50),
        ) {
            let offset = [690_000.0, 5_335_000.0];
            let points: Vec<[f64; 3]> =
                corners.iter().map(|[x, y, z]| [x + offset[0], y + offset[1], *z]).collect();
            let count = points.len() as u32;
            let triangles: Vec<_> = picks.iter().map(|pick| pick.map(|point| point % count)).collect();
            let edit = ready(points.clone(), triangles.clone());
            for [x, y] in places {
                check(&edit, [x + offset[0], y + offset[1]])?;
            }
            // On corners and in the middle of edges, where several triangles meet.
            for [a, b, _] in triangles {
                let (a, b) = (points[a as usize], points[b as usize]);
                check(&edit, [a[0], a[1]])?;
                check(&edit, [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0])?;
            }
        }
    }

    #[test]
    fn a_mesh_is_found_cell_by_cell() {
        // Hand: 100 × 100 squares of 1 m, each in two triangles, height = 2 × east + north.
        let side = 101_u32;
        let points: Vec<[f64; 3]> = (0..side * side)
            .map(|point| [f64::from(point % side), f64::from(point / side)])
            .map(|[x, y]| [x, y, 2.0 * x + y])
            .collect();
        let mut triangles = Vec::new();
        for square in (0..100).flat_map(|row| (0..100).map(move |column| row * side + column)) {
            triangles.push([square, square + 1, square + side]);
            triangles.push([square + 1, square + side + 1, square + side]);
        }
        let edit = ready(points, triangles);
        for place in [[0.0, 0.0], [100.0, 100.0], [33.3, 66.6], [50.0, 0.25]] {
            let found = edit.target_m(place).unwrap();
            assert!((found - (2.0 * place[0] + place[1])).abs() < 1e-9, "{place:?}: {found}");
        }
        assert_eq!(edit.target_m([100.1, 50.0]), None);
        assert_eq!(edit.target_m([f64::NAN, 50.0]), None);
        let index = edit.triangles.as_ref().unwrap();
        // Hand: 20,000 triangles in 142 × 142 cells of 0.7 m: a cell meets 2 × 2 squares at the most.
        assert!(index.near([33.3, 66.6]).len() <= 8);
    }

    /// The far end of all triangles is rounded to a hair beyond the last cell.
    #[test]
    fn the_last_cell_reaches_to_the_end() {
        let (x, y) = (690_000.0, 5_335_000.0);
        let points = vec![[x, y, 0.0], [x, y + 71.25200264018298, 0.0], [x + 60.84946865745781, y, 0.0]];
        for count in 1..200 {
            let edit = ready(points.clone(), vec![[0, 1, 2]; count]);
            assert_eq!(edit.target_m([690_044.1042120497, y]), Some(0.0), "{count}");
        }
    }

    #[test]
    fn slivers_do_not_fill_the_memory() {
        let points = vec![[0.0, 0.0, 1.0], [1000.0, 1000.0, 1.0], [1000.0, 999.9, 1.0]];
        let edit = ready(points, vec![[0, 1, 2]; 5_000]);
        let index = edit.triangles.as_ref().unwrap();
        assert!(index.triangles.len() <= 16 * 5_000, "{}", index.triangles.len());
        assert_eq!(edit.target_m([500.0, 499.99]), Some(1.0));
    }
}
