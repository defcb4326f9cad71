//! Heights of the ground from files: rasters, lists of points and triangulated surfaces, each read by windows in flat
//! memory. Knows no store and converts no coordinates.

mod ascii_grid;
#[cfg(test)]
mod ascii_tests;
#[cfg(test)]
mod data_tests;
mod geotiff;
mod heights;
#[cfg(test)]
mod hostile_tests;
mod kind;
mod landxml;
mod spool;
mod tin;
mod tokens;
mod unpacked;
mod world_file;
mod xyz;

pub use tin::tin_source;

use super::{FormatError, Input};
use kind::Kind;
use stadtwin_model::{Crs, Heights, Window};
use std::path::Path;

/// Where the nodes of a source lie: node `[column, row]` at `first + [column, row] × cell`; rows grow north.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceFrame {
    /// As far as the file says; heights are metres in any case.
    pub crs: Option<Crs>,
    /// `[east, north]` of the south-west node, in units of the CRS.
    pub first: [f64; 2],
    /// Between nodes, eastward and northward, in units of the CRS; both positive.
    pub cell: [f64; 2],
    pub columns: usize,
    pub rows: usize,
}

/// A file of heights on a regular grid.
pub trait HeightSource: Send {
    fn frame(&self) -> &SourceFrame;

    /// The heights of a window counted in the source's own nodes; NaN where nothing is known and outside [m].
    fn read(&mut self, window: Window) -> Result<Heights, FormatError>;
}

/// A file of heights in any format that is read, told by its content; packed (`.gz`, `.zip`) when it holds one such file.
/// Temporary grids go to the folder `spool`; triangulated surfaces are sampled every `cell_m` (1 unless said), in units
/// of their CRS.
pub fn open_heights(
    path: &Path,
    spool: &Path,
    cell_m: Option<f64>,
) -> Result<Box<dyn HeightSource>, FormatError> {
    let mut inputs = unpacked::inputs(path)?;
    match (inputs.pop(), inputs.len()) {
        (Some(input), 0) => open_input(&input, spool, cell_m),
        (_, others) => {
            let reason =
                format!("it holds {} files of heights: unpack it and give them one by one", others + 1);
            Err(not_heights(&path.display().to_string(), reason))
        }
    }
}

/// As `open_heights`, with every file of heights of an archive, in the order of their names.
pub fn open_all_heights(
    path: &Path,
    spool: &Path,
    cell_m: Option<f64>,
) -> Result<Vec<Box<dyn HeightSource>>, FormatError> {
    unpacked::inputs(path)?.iter().map(|input| open_input(input, spool, cell_m)).collect()
}

fn open_input(
    input: &Input,
    spool: &Path,
    cell_m: Option<f64>,
) -> Result<Box<dyn HeightSource>, FormatError> {
    Ok(match kind::kind_of(input)? {
        Kind::Tiff => Box::new(geotiff::GeoTiff::open(input, spool)?),
        Kind::AsciiGrid => Box::new(ascii_grid::open(input, spool)?),
        Kind::Xyz => Box::new(xyz::open(input, spool)?),
        Kind::Xml => Box::new(landxml::open(input, spool, cell_m)?),
        Kind::Other => {
            let reason = "it is no GeoTIFF, ESRI ASCII grid, XYZ list or LandXML surface";
            return Err(not_heights(&input.name, reason));
        }
    })
}

fn not_heights(name: &str, reason: impl Into<String>) -> FormatError {
    FormatError::NotHeights { name: name.to_owned(), reason: reason.into() }
}

fn io_error(name: &str) -> impl Fn(std::io::Error) -> FormatError + '_ {
    |source| FormatError::Io { name: name.to_owned(), source }
}

/// A window of unknown heights; `None` when it is larger than any caller may ask for.
fn unknown(window: Window) -> Option<Heights> {
    let samples = window.columns.checked_mul(window.rows).filter(|samples| *samples <= MAX_WINDOW)?;
    Some(Heights { window, heights_m: vec![f32::NAN; samples] })
}

/// Samples of a window: 1 GiB.
const MAX_WINDOW: usize = 1 << 28;

/// The part of a window that lies on a source: first and end (column or row) in nodes of the source, `None` for none.
fn overlap(first: i64, count: usize, size: usize) -> Option<(usize, usize)> {
    let begin = first.max(0);
    let end = first.saturating_add(i64::try_from(count).ok()?).min(i64::try_from(size).ok()?);
    (begin < end).then_some((begin as usize, end as usize))
}
