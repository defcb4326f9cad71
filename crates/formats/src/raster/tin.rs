//! Triangulated surfaces, sampled at the nodes of a grid.

use super::spool::{SpoolWriter, SpooledGrid};
use super::{HeightSource, SourceFrame, not_heights};
use crate::FormatError;
use stadtwin_model::Crs;
use std::path::Path;

/// Nodes of a grid: 1 GiB on disk.
const MAX_NODES: f64 = (1_u64 << 28) as f64;
/// How often nodes may be covered on average: surfaces may lie above each other.
const MAX_LAYERS: u64 = 16;
/// Of a cell: nodes on an edge belong to both triangles in spite of rounding.
const EDGE: f64 = 1e-6;

/// The heights of triangles `[east, north, up]` within `extent` (`[west, south, east, north]`), at the multiples of `cell_m`.
/// All in units of the CRS but heights, which are metres. Later triangles cover earlier ones; upright ones have no height.
/// `name` is what messages call the surface; the grid is kept in a temporary file in the folder `spool`.
pub fn tin_source(
    name: &str,
    crs: Option<Crs>,
    extent: [f64; 4],
    triangles: impl IntoIterator<Item = [[f64; 3]; 3]>,
    cell_m: f64,
    spool: &Path,
) -> Result<Box<dyn HeightSource>, FormatError> {
    let mut sampler = TinSampler::new(name, extent, cell_m, spool)?;
    for triangle in triangles {
        sampler.add(triangle)?;
    }
    Ok(Box::new(sampler.finish(crs)?))
}

pub(super) struct TinSampler {
    name: String,
    frame: SourceFrame,
    writer: SpoolWriter,
    /// Heights that may still be written.
    left: u64,
}

impl TinSampler {
    pub fn new(name: &str, extent: [f64; 4], cell: f64, spool: &Path) -> Result<TinSampler, FormatError> {
        let [west, south, east, north] = extent;
        if !(cell.is_finite() && cell > 0.0 && extent.iter().all(|value| value.abs() < 1e12)) {
            let reason = format!("no grid of {cell} can be laid over {west} {south} {east} {north}");
            return Err(not_heights(name, reason));
        }
        let (first, last) = ([west, south].map(|value| (value / cell).ceil()), [east, north]);
        let count = |axis: usize| (last[axis] / cell).floor() - first[axis] + 1.0;
        let (columns, rows) = (count(0), count(1));
        if columns < 1.0 || rows < 1.0 {
            return Err(not_heights(
                name,
                format!("it is smaller than one cell of {cell}; give a finer one"),
            ));
        }
        if columns * rows > MAX_NODES {
            return Err(not_heights(
                name,
                format!("its surface would take {columns} × {rows} nodes of {cell}; give a wider cell"),
            ));
        }
        let (columns, rows) = (columns as usize, rows as usize);
        let frame =
            SourceFrame { crs: None, first: first.map(|node| node * cell), cell: [cell; 2], columns, rows };
        let writer = SpoolWriter::new(name, spool, columns, rows)?;
        let left = (columns as u64 * rows as u64).saturating_mul(MAX_LAYERS).max(1 << 20);
        Ok(TinSampler { name: name.to_owned(), frame, writer, left })
    }

    pub fn add(&mut self, triangle: [[f64; 3]; 3]) -> Result<(), FormatError> {
        let cell = self.frame.cell[0];
        let first = self.frame.first;
        // In columns and rows.
        let points =
            triangle.map(|[east, north, up]| [(east - first[0]) / cell, (north - first[1]) / cell, up]);
        let Some(plane) = Plane::of(&points) else { return Ok(()) };
        let lowest = points.iter().map(|point| point[1]).fold(f64::INFINITY, f64::min);
        let highest = points.iter().map(|point| point[1]).fold(f64::NEG_INFINITY, f64::max);
        for row in nodes(lowest, highest, self.frame.rows) {
            let Some((west, east)) = cut(&points, row as f64) else { continue };
            for column in nodes(west, east, self.frame.columns) {
                let height = plane.at([column as f64, row as f64]);
                self.left = self.left.checked_sub(1).ok_or_else(|| {
                    not_heights(
                        &self.name,
                        format!("its triangles lie more than {MAX_LAYERS} deep above each other"),
                    )
                })?;
                self.writer.put(column, row, height as f32)?;
            }
        }
        Ok(())
    }

    pub fn finish(self, crs: Option<Crs>) -> Result<SpooledGrid, FormatError> {
        self.writer.finish(SourceFrame { crs, ..self.frame })
    }
}

/// The nodes between two places, the places themselves included.
fn nodes(from: f64, to: f64, count: usize) -> std::ops::Range<usize> {
    let first = (from - EDGE).ceil().max(0.0);
    let end = ((to + EDGE).floor() + 1.0).min(count as f64);
    if first < end { first as usize..end as usize } else { 0..0 }
}

/// Where the line `north = row` enters and leaves a triangle.
fn cut(points: &[[f64; 3]; 3], row: f64) -> Option<(f64, f64)> {
    let (mut west, mut east) = (f64::INFINITY, f64::NEG_INFINITY);
    for (a, b) in [(0, 1), (1, 2), (2, 0)] {
        let (a, b) = (points[a], points[b]);
        let (low, high) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        if row < low[1] - EDGE || row > high[1] + EDGE {
            continue;
        }
        let rise = high[1] - low[1];
        let ends = if rise > EDGE {
            let along = ((row - low[1]) / rise).clamp(0.0, 1.0);
            let place = low[0] + (high[0] - low[0]) * along;
            [place, place]
        } else {
            [low[0], high[0]]
        };
        west = ends.into_iter().fold(west, f64::min);
        east = ends.into_iter().fold(east, f64::max);
    }
    (west <= east).then_some((west, east))
}

/// `up` at the first corner and its slopes eastward and northward.
struct Plane {
    corner: [f64; 3],
    slope: [f64; 2],
}

impl Plane {
    /// `None` for an upright or pointed triangle.
    fn of([a, b, c]: &[[f64; 3]; 3]) -> Option<Plane> {
        let (ab, ac) = ([b[0] - a[0], b[1] - a[1], b[2] - a[2]], [c[0] - a[0], c[1] - a[1], c[2] - a[2]]);
        let area = ab[0] * ac[1] - ab[1] * ac[0];
        let slope = [(ab[2] * ac[1] - ab[1] * ac[2]) / area, (ab[0] * ac[2] - ab[2] * ac[0]) / area];
        slope.iter().all(|slope| slope.is_finite()).then_some(Plane { corner: *a, slope })
    }

    fn at(&self, [column, row]: [f64; 2]) -> f64 {
        self.corner[2] + self.slope[0] * (column - self.corner[0]) + self.slope[1] * (row - self.corner[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::data_tests::whole;

    fn sample(
        extent: [f64; 4],
        triangles: &[[[f64; 3]; 3]],
        cell: f64,
    ) -> Result<Box<dyn HeightSource>, FormatError> {
        tin_source("tin", None, extent, triangles.iter().copied(), cell, &std::env::temp_dir())
    }

    /// Hand: the plane up = 10 + east / 2 + north over a square of two triangles: no node on their common edge is missed.
    #[test]
    fn a_plane_of_two_triangles_has_no_holes() {
        let corner = |east: f64, north: f64| [east, north, 10.0 + east / 2.0 + north];
        let (a, b, c, d) = (corner(0.5, 0.5), corner(20.5, 0.5), corner(20.5, 20.5), corner(0.5, 20.5));
        let mut source = sample([0.5, 0.5, 20.5, 20.5], &[[a, b, c], [d, c, a]], 2.0).unwrap();
        assert_eq!((source.frame().first, source.frame().columns, source.frame().rows), ([2.0, 2.0], 10, 10));
        let heights = whole(&mut *source);
        for row in 0..10 {
            for column in 0..10 {
                let expected = 10.0 + (2 + 2 * column) as f32 / 2.0 + (2 + 2 * row) as f32;
                assert!((heights.at([column, row]) - expected).abs() < 1e-4, "{column} {row}");
            }
        }
    }

    #[test]
    fn upright_triangles_have_no_height_and_gaps_stay_unknown() {
        let upright = [[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [2.0, 0.0, 9.0]];
        let flat = [[0.0, 2.0, 1.0], [4.0, 2.0, 1.0], [0.0, 4.0, 1.0]];
        let heights = whole(&mut *sample([0.0, 0.0, 4.0, 4.0], &[upright, flat], 1.0).unwrap());
        let known: Vec<usize> = (0..25).filter(|index| !heights.heights_m[*index].is_nan()).collect();
        // Row 2 whole, row 3 up to column 2, row 4 its corner.
        assert_eq!(known, [10, 11, 12, 13, 14, 15, 16, 17, 20]);
    }

    #[test]
    fn claims_beyond_measure_are_refused() {
        let triangle = [[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]];
        for (extent, cell, part) in [
            ([0.0, 0.0, 1e6, 1e6], 1.0, "give a wider cell"),
            ([0.2, 0.2, 0.7, 0.7], 1.0, "smaller than one cell"),
            ([0.0, 0.0, 9.0, 9.0], 0.0, "no grid of 0"),
            ([0.0, f64::NAN, 9.0, 9.0], 1.0, "no grid of 1"),
        ] {
            let error = sample(extent, &[triangle], cell).err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        }
        let many = vec![triangle; 100_000];
        let error = sample([0.0, 0.0, 9.0, 9.0], &many, 1.0).err().unwrap().to_string();
        assert!(error.contains("16 deep"), "{error}");
    }
}
