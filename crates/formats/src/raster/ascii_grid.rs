//! ESRI ASCII grid: a few named numbers, then rows of heights from north to south, spooled as they come.

use super::heights::{CUSTOMARY, height};
use super::spool::{SpoolWriter, SpooledGrid};
use super::tokens::Tokens;
use super::{SourceFrame, io_error, not_heights, world_file};
use crate::numbers::number;
use crate::{FormatError, Input};
use std::path::Path;

/// A row is held in memory.
const MAX_COLUMNS: f64 = 16e6;
const MAX_ROWS: f64 = 1e9;

pub(super) fn open(input: &Input, spool: &Path) -> Result<SpooledGrid, FormatError> {
    let mut tokens = Tokens::new(input.open().map_err(io_error(&input.name))?, &input.name);
    let (header, mut pending) = Header::read(&mut tokens)?;
    let frame = header.frame(input)?;
    let nodata = header.nodata.map_or(CUSTOMARY.to_vec(), |value| vec![value]);
    let mut writer = SpoolWriter::new(&input.name, spool, frame.columns, frame.rows)?;
    let mut heights = Vec::with_capacity(frame.columns.min(65_536));
    for row in (0..frame.rows).rev() {
        heights.clear();
        while heights.len() < frame.columns {
            let value = match pending.take() {
                Some(value) => value,
                None => {
                    let found = tokens.next()?.map(value_of);
                    let Some(value) = found else {
                        return Err(ends_early(&tokens, &frame, row, heights.len()));
                    };
                    value.map_err(|token| tokens.malformed(no_number(&token)))?
                }
            };
            heights.push(height(value, &nodata));
        }
        writer.put_row(row, &heights)?;
    }
    if tokens.next()?.is_some() {
        let (columns, rows) = (frame.columns, frame.rows);
        return Err(tokens.malformed(format!("more values than the {columns} × {rows} of the header")));
    }
    writer.finish(frame)
}

fn ends_early(tokens: &Tokens, frame: &SourceFrame, row: usize, read: usize) -> FormatError {
    let rows = frame.rows - 1 - row;
    let (columns, all) = (frame.columns, frame.rows);
    tokens.malformed(format!(
        "the file ends after {rows} rows and {read} values of {all} rows of {columns} values"
    ))
}

/// `nan` is a value; decimal commas are none.
fn value_of(token: &[u8]) -> Result<f64, Vec<u8>> {
    if token.eq_ignore_ascii_case(b"nan") || token.eq_ignore_ascii_case(b"-nan") {
        return Ok(f64::NAN);
    }
    number(token).ok_or_else(|| token.to_vec())
}

fn no_number(token: &[u8]) -> String {
    let text = String::from_utf8_lossy(token);
    let hint = if text.contains(',') { "; decimals are written with a point" } else { "" };
    format!("`{text}` is no number{hint}")
}

#[derive(Debug, Default)]
struct Header {
    columns: Option<f64>,
    rows: Option<f64>,
    /// Of the south-west corner or node; whether it is the corner.
    east: Option<(f64, bool)>,
    north: Option<(f64, bool)>,
    cell: [Option<f64>; 2],
    nodata: Option<f64>,
}

impl Header {
    /// With the first value, which ends the header.
    fn read(tokens: &mut Tokens) -> Result<(Header, Option<f64>), FormatError> {
        let mut header = Header::default();
        loop {
            let Some(key) = tokens.next()?.map(|token| token.to_ascii_lowercase()) else {
                return Ok((header, None));
            };
            if let Ok(value) = value_of(&key) {
                return Ok((header, Some(value)));
            }
            let key = String::from_utf8_lossy(&key).into_owned();
            let value = tokens.next()?.map(value_of);
            let Some(Ok(value)) = value else {
                return Err(tokens.malformed(format!("`{key}` is followed by no number")));
            };
            match key.as_str() {
                "ncols" => header.columns = Some(value),
                "nrows" => header.rows = Some(value),
                "xllcorner" => header.east = Some((value, true)),
                "yllcorner" => header.north = Some((value, true)),
                "xllcenter" | "xllcentre" => header.east = Some((value, false)),
                "yllcenter" | "yllcentre" => header.north = Some((value, false)),
                "cellsize" => header.cell = [Some(value); 2],
                "dx" => header.cell[0] = Some(value),
                "dy" => header.cell[1] = Some(value),
                "nodata_value" | "nodata" => header.nodata = Some(value),
                _ => {
                    return Err(
                        tokens.malformed(format!("`{key}` belongs to no header of an ESRI ASCII grid"))
                    );
                }
            }
        }
    }

    fn frame(&self, input: &Input) -> Result<SourceFrame, FormatError> {
        let name = &input.name;
        let missing = |what: &str| not_heights(name, format!("its header has no `{what}`"));
        let (columns, rows) = (self.columns.ok_or(missing("ncols"))?, self.rows.ok_or(missing("nrows"))?);
        let (east, east_is_corner) = self.east.ok_or(missing("xllcorner"))?;
        let (north, north_is_corner) = self.north.ok_or(missing("yllcorner"))?;
        let cell = [self.cell[0].ok_or(missing("cellsize"))?, self.cell[1].ok_or(missing("cellsize"))?];
        let whole = |value: f64, most: f64| value.fract() == 0.0 && (1.0..=most).contains(&value);
        if !whole(columns, MAX_COLUMNS) || !whole(rows, MAX_ROWS) {
            return Err(not_heights(name, format!("its header claims {columns} columns and {rows} rows")));
        }
        if !cell.iter().all(|cell| *cell > 0.0) {
            return Err(not_heights(name, format!("its header claims cells of {} × {}", cell[0], cell[1])));
        }
        let half = |is_corner: bool| if is_corner { 0.5 } else { 0.0 };
        let first = [east + half(east_is_corner) * cell[0], north + half(north_is_corner) * cell[1]];
        let crs = world_file::crs_beside(input);
        Ok(SourceFrame { crs, first, cell, columns: columns as usize, rows: rows as usize })
    }
}
