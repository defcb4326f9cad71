//! A grid in a temporary file: what comes in any order is written, windows are read back.

use super::{HeightSource, SourceFrame, io_error, not_heights, overlap, unknown};
use crate::FormatError;
use stadtwin_model::{Heights, Window};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Heights gathered before they are written in order: 32 MiB.
const BATCH: usize = 2 << 20;

/// Row by row from the south, 4 bytes each. Heights are kept such that zeros are unknown: what was never written takes no
/// room on disk and reads as unknown.
pub(super) struct SpoolWriter {
    name: String,
    file: File,
    columns: u64,
    rows: u64,
    batch: Vec<(u64, f32)>,
}

impl SpoolWriter {
    /// `name` is what messages call the source.
    pub fn new(name: &str, spool: &Path, columns: usize, rows: usize) -> Result<SpoolWriter, FormatError> {
        let file = tempfile::tempfile_in(spool).map_err(io_error(name))?;
        Ok(SpoolWriter {
            name: name.to_owned(),
            file,
            columns: columns as u64,
            rows: rows as u64,
            batch: Vec::new(),
        })
    }

    /// Later heights of a node cover earlier ones.
    pub fn put(&mut self, column: usize, row: usize, height_m: f32) -> Result<(), FormatError> {
        if column as u64 >= self.columns || row as u64 >= self.rows {
            return Ok(());
        }
        self.batch.push((row as u64 * self.columns + column as u64, height_m));
        if self.batch.len() >= BATCH { self.flush() } else { Ok(()) }
    }

    /// A whole row from west to east.
    pub fn put_row(&mut self, row: usize, heights_m: &[f32]) -> Result<(), FormatError> {
        let bytes: Vec<u8> = heights_m.iter().flat_map(|height| encode(*height)).collect();
        self.write(row as u64 * self.columns, &bytes)
    }

    fn flush(&mut self) -> Result<(), FormatError> {
        let mut batch = std::mem::take(&mut self.batch);
        // Stable: of two heights of a node the later one stays behind the earlier.
        if !batch.is_sorted_by_key(|(index, _)| *index) {
            batch.sort_by_key(|(index, _)| *index);
        }
        let mut run: Vec<u8> = Vec::new();
        let mut begin = 0;
        for (place, (index, height)) in batch.iter().enumerate() {
            if batch.get(place + 1).is_some_and(|(next, _)| next == index) {
                continue;
            }
            if begin + run.len() as u64 / 4 != *index {
                self.write(begin, &run)?;
                run.clear();
                begin = *index;
            }
            run.extend(encode(*height));
        }
        self.write(begin, &run)?;
        batch.clear();
        self.batch = batch;
        Ok(())
    }

    fn write(&mut self, index: u64, bytes: &[u8]) -> Result<(), FormatError> {
        let seek = self.file.seek(SeekFrom::Start(index * 4));
        seek.and_then(|_| self.file.write_all(bytes)).map_err(io_error(&self.name))
    }

    /// The grid, to be read.
    pub fn finish(mut self, frame: SourceFrame) -> Result<SpooledGrid, FormatError> {
        self.flush()?;
        self.file.set_len(self.columns * self.rows * 4).map_err(io_error(&self.name))?;
        Ok(SpooledGrid { name: self.name, file: self.file, frame })
    }
}

/// Read from the temporary file, which goes with it.
pub(super) struct SpooledGrid {
    name: String,
    file: File,
    frame: SourceFrame,
}

impl SpooledGrid {
    fn read_row(
        &mut self,
        column: usize,
        row: usize,
        into: &mut [f32],
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        bytes.resize(into.len() * 4, 0);
        self.file.seek(SeekFrom::Start((row as u64 * self.frame.columns as u64 + column as u64) * 4))?;
        self.file.read_exact(bytes)?;
        for (height, bytes) in into.iter_mut().zip(bytes.as_chunks::<4>().0) {
            *height = decode(*bytes);
        }
        Ok(())
    }
}

impl HeightSource for SpooledGrid {
    fn frame(&self) -> &SourceFrame {
        &self.frame
    }

    fn read(&mut self, window: Window) -> Result<Heights, FormatError> {
        let mut heights =
            unknown(window).ok_or_else(|| not_heights(&self.name, "the window asked for is too large"))?;
        let columns = overlap(window.first[0], window.columns, self.frame.columns);
        let rows = overlap(window.first[1], window.rows, self.frame.rows);
        let (Some((west, east)), Some((south, north))) = (columns, rows) else { return Ok(heights) };
        let skip = (west as i64 - window.first[0]) as usize;
        let mut bytes = Vec::new();
        for row in south..north {
            let from = (row as i64 - window.first[1]) as usize * window.columns + skip;
            let Some(into) = heights.heights_m.get_mut(from..from + (east - west)) else { continue };
            self.read_row(west, row, into, &mut bytes).map_err(io_error(&self.name))?;
        }
        Ok(heights)
    }
}

fn encode(height_m: f32) -> [u8; 4] {
    let height_m = if height_m.is_nan() { f32::NAN } else { height_m };
    (height_m.to_bits() ^ f32::NAN.to_bits()).to_le_bytes()
}

fn decode(bytes: [u8; 4]) -> f32 {
    f32::from_bits(u32::from_le_bytes(bytes) ^ f32::NAN.to_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::data_tests::whole;

    #[test]
    fn any_order_gives_the_same_grid() {
        let folder = tempfile::tempdir().unwrap();
        let frame = SourceFrame { crs: None, first: [0.0; 2], cell: [1.0; 2], columns: 4, rows: 3 };
        let nodes: Vec<(usize, usize)> =
            (0..3).flat_map(|row| (0..4).map(move |column| (column, row))).collect();
        let turned: Vec<_> = nodes.iter().rev().copied().collect();
        let by_column: Vec<_> = (0..4).flat_map(|column| (0..3).map(move |row| (column, row))).collect();
        for order in [nodes, turned, by_column] {
            let mut writer = SpoolWriter::new("x", folder.path(), 4, 3).unwrap();
            writer.put(1, 1, 99.0).unwrap();
            for (column, row) in order.into_iter().filter(|node| *node != (2, 1)) {
                writer.put(column, row, (row * 10 + column) as f32 - 5.5).unwrap();
            }
            // Outside: nothing.
            writer.put(4, 0, 7.0).unwrap();
            let heights = whole(&mut writer.finish(frame.clone()).unwrap());
            for row in 0..3 {
                for column in 0..4 {
                    let height = heights.at([column, row]);
                    let expected = (row * 10 + column) as f32 - 5.5;
                    assert!(if (column, row) == (2, 1) { height.is_nan() } else { height == expected });
                }
            }
        }
    }
}
