//! GeoTIFF and COG: one band of heights in strips or tiles, decoded chunk by chunk as windows ask for them. Overviews and
//! masks are left alone.

mod chunks;
mod geokeys;
mod header;
mod place;
mod samples;
#[cfg(test)]
mod tests;

use super::unpacked::seekable;
use super::{HeightSource, SourceFrame, not_heights, overlap, unknown, world_file};
use crate::{FormatError, Input};
use chunks::Chunks;
use header::{Layout, Tiff};
use stadtwin_model::{Heights, Window};
use std::path::Path;

pub(super) struct GeoTiff {
    name: String,
    frame: SourceFrame,
    layout: Layout,
    chunks: Chunks,
}

impl GeoTiff {
    /// Reads the header; what is packed goes to a temporary file first.
    pub fn open(input: &Input, spool: &Path) -> Result<GeoTiff, FormatError> {
        let mut tiff = Tiff::open(seekable(input, spool)?, &input.name)?;
        let layout = tiff.layout()?;
        let place = place::place(&mut tiff, input)?;
        let crs = geokeys::crs(&mut tiff).or_else(|| world_file::crs_beside(input));
        let frame = SourceFrame {
            crs,
            // The place is that of the north-west node.
            first: [place.first[0], place.first[1] - place.cell[1] * (layout.rows - 1) as f64],
            cell: place.cell,
            columns: layout.columns,
            rows: layout.rows,
        };
        let decoding = samples::Decoding::of(&mut tiff)?;
        let chunks = Chunks::new(tiff, &layout, decoding)?;
        Ok(GeoTiff { name: input.name.clone(), frame, layout, chunks })
    }

    /// Copies what a chunk has of the window; rows and columns counted from the north-west.
    fn copy(&mut self, chunk: [usize; 2], part: &Part, into: &mut Heights) -> Result<(), FormatError> {
        let [across, down] = chunk;
        let layout = &self.layout;
        let (left, top) = (across * layout.chunk_columns, down * layout.chunk_rows);
        let Some(heights) = self.chunks.get(down * layout.chunks_across() + across)? else { return Ok(()) };
        let width = layout.chunk_columns.min(layout.columns - left);
        let (first, end) = (part.columns.0.max(left), part.columns.1.min(left + width));
        let last_row = part.rows.1.min(top + layout.chunk_rows);
        for row in part.rows.0.max(top)..last_row {
            let from = (row - top) * width;
            let source = heights.get(from + first - left..from + end - left);
            let north_up = (layout.rows - 1 - row) as i64 - into.window.first[1];
            let to = north_up as usize * into.window.columns + (first as i64 - into.window.first[0]) as usize;
            let target = into.heights_m.get_mut(to..to + (end - first));
            if let (Some(source), Some(target)) = (source, target) {
                target.copy_from_slice(source);
            }
        }
        Ok(())
    }
}

/// What of the image a window covers: first and end, from the north-west.
struct Part {
    columns: (usize, usize),
    rows: (usize, usize),
}

impl HeightSource for GeoTiff {
    fn frame(&self) -> &SourceFrame {
        &self.frame
    }

    fn read(&mut self, window: Window) -> Result<Heights, FormatError> {
        let mut heights =
            unknown(window).ok_or_else(|| not_heights(&self.name, "the window asked for is too large"))?;
        let columns = overlap(window.first[0], window.columns, self.frame.columns);
        let rows = overlap(window.first[1], window.rows, self.frame.rows);
        let (Some(columns), Some((south, north))) = (columns, rows) else { return Ok(heights) };
        let part = Part { columns, rows: (self.frame.rows - north, self.frame.rows - south) };
        let (width, height) = (self.layout.chunk_columns, self.layout.chunk_rows);
        for down in part.rows.0 / height..part.rows.1.div_ceil(height) {
            for across in part.columns.0 / width..part.columns.1.div_ceil(width) {
                self.copy([across, down], &part, &mut heights)?;
            }
        }
        Ok(heights)
    }
}
