//! Decoded strips and tiles, the last used ones kept.

use super::header::{Layout, Tiff};
use super::samples::Decoding;
use crate::FormatError;
use std::collections::{BTreeMap, HashMap};

/// Kept decoded samples of one file: 64 MiB.
const MAX_KEPT: usize = 16 << 20;

pub(super) struct Chunks {
    tiff: Tiff,
    layout: Layout,
    decoding: Decoding,
    /// Offset and length in the file.
    places: Vec<(u64, u64)>,
    /// Index → time of last use, heights.
    kept: HashMap<usize, (u64, Vec<f32>)>,
    /// Time of last use → index.
    order: BTreeMap<u64, usize>,
    clock: u64,
    kept_samples: usize,
}

impl Chunks {
    pub fn new(mut tiff: Tiff, layout: &Layout, decoding: Decoding) -> Result<Chunks, FormatError> {
        let places = tiff.chunk_places(layout)?;
        Ok(Chunks {
            tiff,
            layout: layout.clone(),
            decoding,
            places,
            kept: HashMap::new(),
            order: BTreeMap::new(),
            clock: 0,
            kept_samples: 0,
        })
    }

    /// Heights row by row from the north, without the padding of chunks at the borders; `None` for an empty chunk.
    pub fn get(&mut self, index: usize) -> Result<Option<&[f32]>, FormatError> {
        self.clock += 1;
        match self.kept.get_mut(&index) {
            Some((used, _)) => {
                self.order.remove(used);
                *used = self.clock;
            }
            None => {
                let Some(heights) = self.decode(index)? else { return Ok(None) };
                self.make_room(heights.len());
                self.kept_samples += heights.len();
                self.kept.insert(index, (self.clock, heights));
            }
        }
        self.order.insert(self.clock, index);
        Ok(self.kept.get(&index).map(|(_, heights)| heights.as_slice()))
    }

    fn make_room(&mut self, samples: usize) {
        while self.kept_samples + samples > MAX_KEPT {
            let Some((_, oldest)) = self.order.pop_first() else { return };
            if let Some((_, heights)) = self.kept.remove(&oldest) {
                self.kept_samples -= heights.len();
            }
        }
    }

    fn decode(&mut self, index: usize) -> Result<Option<Vec<f32>>, FormatError> {
        let length = match self.places.get(index) {
            // GDAL leaves out what holds no data.
            Some((0, _) | (_, 0)) | None => return Ok(None),
            Some((_, length)) => *length,
        };
        let number = u32::try_from(index).map_err(|_| self.tiff.refuse("it has too many strips or tiles"))?;
        let size = self.tiff.with(|decoder| Ok(decoder.chunk_data_dimensions(number)));
        let (columns, rows) = size.map_err(|reason| self.tiff.refuse(reason))?;
        let samples = u64::from(columns) * u64::from(rows);
        self.tiff.check_ratio(index, samples, &self.layout, length)?;
        let decoded = self.tiff.with(|decoder| decoder.read_chunk(number));
        let decoded =
            decoded.map_err(|reason| self.tiff.refuse(format!("{reason} (strip or tile {index})")))?;
        let bands = if self.layout.interleaved { self.layout.bands } else { 1 };
        let heights = self.decoding.heights(decoded, bands);
        let heights = heights.filter(|heights| heights.len() as u64 == samples);
        heights.map(Some).ok_or_else(|| self.tiff.refuse(format!("strip or tile {index} has the wrong size")))
    }
}
