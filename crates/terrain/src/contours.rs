//! Lines of equal height by marching squares.

use rustc_hash::{FxHashMap, FxHashSet};

use stadtwin_model::{HeightGrid, Heights, Window};

/// A line of equal height; higher ground lies to its left.
#[derive(Debug, Clone, PartialEq)]
pub struct Contour {
    pub height_m: f64,
    /// `[east, north]` [m]; the first point comes again at the end of a closed line.
    pub points: Vec<[f64; 2]>,
    pub closed: bool,
}

/// Most levels between the lowest and the highest node that are drawn.
const MAX_LEVELS: f64 = 100_000.0;

/// An edge between two nodes at a level (`height = level × interval`): node, and whether the edge goes north (or east).
type Crossing = (i32, u32, bool);

/// Contours at multiples of the interval within a window. Lines end where heights are unknown and at the window's border, at
/// points that depend on two border nodes only: windows that share their border nodes have lines that meet exactly.
///
/// Nothing for an interval that is not positive or far too small for the range of heights.
pub fn contours(heights: &Heights, grid: &HeightGrid, interval_m: f64) -> Vec<Contour> {
    if !is_drawn(heights, interval_m) {
        return Vec::new();
    }
    let field = Field { heights, grid, interval_m };
    let mut segments = Vec::new();
    for row in 0..heights.window.rows.saturating_sub(1) {
        for column in 0..heights.window.columns.saturating_sub(1) {
            field.push_cell(column, row, &mut segments);
        }
    }
    field.joined(&segments)
}

/// How many cells the contours cross, each counted once a level: about as many points as their lines have.
pub fn crossed_cell_count(heights: &Heights, interval_m: f64) -> usize {
    if !is_drawn(heights, interval_m) {
        return 0;
    }
    let Window { columns, rows, .. } = heights.window;
    let in_row = |row: usize| {
        let levels = move |column: usize| levels(corners(heights, row * columns + column), interval_m);
        (0..columns.saturating_sub(1))
            .filter_map(levels)
            .map(|(first, last)| (last - first + 1).max(0) as usize)
    };
    (0..rows.saturating_sub(1)).flat_map(in_row).sum()
}

fn is_drawn(heights: &Heights, interval_m: f64) -> bool {
    let known = || heights.heights_m.iter().copied().filter(|height| !height.is_nan()).map(f64::from);
    let (lowest, highest) =
        (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    interval_m > 0.0
        && (highest - lowest) / interval_m < MAX_LEVELS
        && lowest.abs().max(highest.abs()) / interval_m <= 1e9
}

/// South-west, south-east, north-east, north-west of the cell north-east of a node: counter-clockwise.
fn corners(heights: &Heights, node: usize) -> [f64; 4] {
    let columns = heights.window.columns;
    [node, node + 1, node + columns + 1, node + columns]
        .map(|node| heights.heights_m.get(node).map_or(f64::NAN, |height| f64::from(*height)))
}

/// First and last level between the corners of a cell; `None` where there is nothing to draw.
fn levels(corners: [f64; 4], interval_m: f64) -> Option<(i32, i32)> {
    let lowest = corners.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = corners.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if corners.iter().any(|height| height.is_nan()) || lowest == highest {
        return None;
    }
    Some(((lowest / interval_m).floor() as i32 + 1, (highest / interval_m).floor() as i32))
}

struct Field<'a> {
    heights: &'a Heights,
    grid: &'a HeightGrid,
    interval_m: f64,
}

impl Field<'_> {
    /// From edge to edge of a cell, higher ground on the left.
    fn push_cell(&self, column: usize, row: usize, segments: &mut Vec<(Crossing, Crossing)>) {
        let columns = self.heights.window.columns;
        let node = row * columns + column;
        let corners = corners(self.heights, node);
        let Some((first, last)) = levels(corners, self.interval_m) else { return };
        for level in first..=last {
            let limit = f64::from(level) * self.interval_m;
            let crossing = |edge: usize| match edge {
                0 => (level, node as u32, false),
                1 => (level, node as u32 + 1, true),
                2 => (level, (node + columns) as u32, false),
                _ => (level, node as u32, true),
            };
            let above = corners.map(|height| height >= limit);
            // Where the rim turns from low to high the line comes out, so that high ground is on its left.
            let (mut ins, mut outs) = (Vec::new(), Vec::new());
            for edge in 0..4 {
                match (above[edge], above[(edge + 1) % 4]) {
                    (true, false) => ins.push(edge),
                    (false, true) => outs.push(edge),
                    _ => {}
                }
            }
            self.push_pairs(&ins, &outs, corners, limit, |from, to| {
                segments.push((crossing(from), crossing(to)));
            });
        }
    }

    /// One line through the cell, or two at a saddle: its middle says whether the high or the low corners are joined.
    fn push_pairs(
        &self,
        ins: &[usize],
        outs: &[usize],
        corners: [f64; 4],
        limit: f64,
        mut push: impl FnMut(usize, usize),
    ) {
        let high_middle = corners.iter().sum::<f64>() / 4.0 >= limit;
        match (ins, outs) {
            ([from], [to]) => push(*from, *to),
            // Edges alternate: a line around a low corner ends on the edge after the one it came in by.
            ([_, _], [_, _]) => {
                for from in ins {
                    push(*from, if high_middle { (from + 1) % 4 } else { (from + 3) % 4 });
                }
            }
            _ => {}
        }
    }

    fn height(&self, node: usize) -> f64 {
        self.heights.heights_m.get(node).map_or(f64::NAN, |height| f64::from(*height))
    }

    /// Where a level crosses an edge; always reckoned from the south or west node.
    fn place(&self, (level, node, northwards): Crossing) -> [f64; 2] {
        let columns = self.heights.window.columns;
        let from = node as usize;
        let to = if northwards { from + columns } else { from + 1 };
        let (low, high) = (self.height(from), self.height(to));
        let share = ((f64::from(level) * self.interval_m - low) / (high - low)).clamp(0.0, 1.0);
        let [column, row] = self.heights.window.first;
        let [east, north] =
            self.grid.place([column + (from % columns) as i64, row + (from / columns) as i64]);
        let step = share * self.grid.cell_m;
        if northwards { [east, north + step] } else { [east + step, north] }
    }

    /// Segments end to end: every crossing starts at most one and ends at most one.
    fn joined(&self, segments: &[(Crossing, Crossing)]) -> Vec<Contour> {
        let mut next: FxHashMap<Crossing, Crossing> = segments.iter().copied().collect();
        let ends: FxHashSet<Crossing> = segments.iter().map(|(_, to)| *to).collect();
        let open = segments.iter().map(|(from, _)| *from).filter(|from| !ends.contains(from));
        // Open lines from their starts, then what is left are rings.
        let starts: Vec<Crossing> = open.chain(segments.iter().map(|(from, _)| *from)).collect();
        let mut contours = Vec::new();
        for start in starts {
            let mut points = Vec::new();
            let mut at = start;
            while let Some(to) = next.remove(&at) {
                if points.is_empty() {
                    points.push(self.place(at));
                }
                points.push(self.place(to));
                at = to;
            }
            // A level right on a node crosses several edges in one place.
            points.dedup();
            if points.len() > 1 {
                contours.push(Contour {
                    height_m: f64::from(start.0) * self.interval_m,
                    points,
                    closed: at == start,
                });
            }
        }
        contours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: HeightGrid = HeightGrid { cell_m: 2.0, phase_m: [1.0, 1.0] };

    fn heights(first: [i64; 2], columns: usize, north_to_south: &[f32]) -> Heights {
        let rows = north_to_south.len() / columns;
        let heights_m = north_to_south.chunks(columns).rev().flatten().copied().collect();
        Heights { window: Window { first, columns, rows }, heights_m }
    }

    fn length_m(contour: &Contour) -> f64 {
        contour.points.windows(2).map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1])).sum()
    }

    const HILL: [f32; 36] = [
        500.0, 500.5, 501.2, 502.9, 503.0, 501.0, //
        499.0, 500.1, 502.7, 504.4, 503.1, 500.6, //
        498.2, 500.9, 503.3, 505.8, 502.2, 500.2, //
        498.4, 499.7, 502.5, 503.6, 501.9, 499.9, //
        497.1, 498.8, 500.4, 501.1, 500.7, 499.3, //
        496.6, 497.3, 498.9, 499.5, 499.2, 498.8,
    ];

    /// Expected: `gdal_contour -i 1`, GDAL 3.6.2: rings (height, points, length), and ten lines in all; its open
    /// lines go on to the border of the outermost pixels.
    #[test]
    fn rings_are_those_of_gdal() {
        let found = contours(&heights([0, 0], 6, &HILL), &GRID, 1.0);
        let rings: Vec<_> = found
            .iter()
            .filter(|contour| contour.closed)
            .map(|ring| (ring.height_m, ring.points.len(), (length_m(ring) * 1000.0).round() / 1000.0))
            .collect();
        assert_eq!(rings, [(504.0, 7, 9.882), (505.0, 5, 4.357)]);
        assert_eq!(found.len(), 10);
        assert!(
            found.iter().all(|contour| !contour.closed || contour.points.first() == contour.points.last())
        );
    }

    /// Twice the area of a ring, positive when counter-clockwise.
    fn area(points: &[[f64; 2]]) -> f64 {
        points.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[0][1] * pair[1][0]).sum()
    }

    #[test]
    fn high_ground_is_on_the_left() {
        let around = |middle: f32| [0.0, 0.0, 0.0, 0.0, middle, 0.0, 0.0, 0.0, 0.0].map(|height: f32| height);
        let hill = contours(&heights([0, 0], 3, &around(1.0)), &GRID, 0.5);
        // Hand: a square turned by 45° around the middle node at (3, 3), 1 m from it: area 2 m². Level 1.0 is its top alone.
        assert_eq!((hill.len(), area(&hill[0].points), hill[0].points.len()), (1, 4.0, 5));
        let pit = contours(&heights([0, 0], 3, &around(-1.0)), &GRID, 0.75);
        // Hand: -0.75 is 0.5 m from the middle, clockwise; 0.0 is the rim itself.
        assert!(
            pit.iter().any(|contour| contour.height_m == -0.75 && area(&contour.points) == -1.0),
            "{pit:?}"
        );
    }

    #[test]
    fn saddles_follow_their_middle() {
        // High north-west and south-east; the middle 0.75 is above 0.5 and below 1: joined high corners, then apart.
        let saddle = heights([0, 0], 2, &[1.5, 0.0, 0.0, 1.5]);
        let lines = |interval: f64| contours(&saddle, &GRID, interval);
        let at_half = lines(0.5);
        let low_corners = at_half.iter().filter(|contour| contour.height_m == 0.5).collect::<Vec<_>>();
        assert_eq!(low_corners.len(), 2);
        // Hand: 0.5 is 2/3 m from the low corners (1, 1) and (3, 3).
        let near_corner = |contour: &Contour, corner: [f64; 2]| {
            contour
                .points
                .iter()
                .all(|point| (point[0] - corner[0]).abs() + (point[1] - corner[1]).abs() < 0.67)
        };
        assert!(low_corners.iter().any(|contour| near_corner(contour, [1.0, 1.0])), "{low_corners:?}");
        let high: Vec<_> = at_half.iter().filter(|contour| contour.height_m == 1.0).collect();
        assert!(high.len() == 2 && high.iter().any(|contour| near_corner(contour, [1.0, 3.0])), "{high:?}");
    }

    #[test]
    fn windows_meet_on_their_common_nodes() {
        let part = |first: usize, columns: usize| {
            let nodes: Vec<f32> =
                HILL.chunks(6).flat_map(|row| row[first..first + columns].to_vec()).collect();
            contours(&heights([first as i64, 0], columns, &nodes), &GRID, 1.0)
        };
        let (west, east) = (part(0, 4), part(3, 3));
        let on_border = |lines: &[Contour]| {
            let ends = lines.iter().filter(|line| !line.closed);
            let mut places: Vec<_> = ends
                .flat_map(|line| {
                    [line.points[0], line.points[line.points.len() - 1]].map(|end| (line.height_m, end))
                })
                .filter(|(_, end)| end[0] == GRID.place([3, 0])[0])
                .map(|(height, end)| (height as i64, end[1].to_bits()))
                .collect();
            places.sort_unstable();
            places
        };
        assert!(on_border(&west).len() > 4);
        assert_eq!(on_border(&west), on_border(&east));
        let whole: f64 = contours(&heights([0, 0], 6, &HILL), &GRID, 1.0).iter().map(length_m).sum();
        let parts: f64 = west.iter().chain(&east).map(length_m).sum();
        assert!((whole - parts).abs() < 1e-9);
    }

    /// Hand: corners 0, 1, 3, 2.5 hold the levels 1, 2 and 3 of 1 m; the cell beside it has an unknown corner.
    #[test]
    fn cells_are_counted_before_they_are_drawn() {
        let field = heights([0, 0], 3, &[2.5, 3.0, f32::NAN, 0.0, 1.0, 2.0]);
        assert_eq!(crossed_cell_count(&field, 1.0), 3);
        assert_eq!(crossed_cell_count(&field, 2.0), 1);
        for interval in [0.0, f64::NAN, 1e-12] {
            assert_eq!(crossed_cell_count(&field, interval), 0);
        }
        assert_eq!(crossed_cell_count(&Heights { heights_m: vec![], ..field }, 1.0), 0);
    }

    #[test]
    fn odd_input_gives_no_lines() {
        let flat = heights([0, 0], 2, &[5.0; 4]);
        for interval in [0.0, -1.0, f64::NAN, 1e-12] {
            assert_eq!(contours(&heights([0, 0], 6, &HILL), &GRID, interval), []);
        }
        assert_eq!(contours(&flat, &GRID, 5.0), []);
        assert_eq!(contours(&heights([0, 0], 2, &[f32::NAN, 1.0, 2.0, 3.0]), &GRID, 0.5), []);
        assert_eq!(contours(&Heights { heights_m: vec![], ..flat }, &GRID, 1.0), []);
    }
}
