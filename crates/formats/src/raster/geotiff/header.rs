//! The first directory of a TIFF file and what it claims, checked against the file's size.

use crate::FormatError;
use crate::raster::{io_error, not_heights};
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tiff::decoder::{ChunkType, Decoder, Limits};
use tiff::tags::{
    CompressionMethod, PhotometricInterpretation, PlanarConfiguration, SampleFormat, Tag, Type, ValueBuffer,
};
use tiff::{ColorType, TiffError, TiffResult};

/// Decoded bytes of one strip or tile.
const MAX_CHUNK_BYTES: u64 = 256 << 20;
/// LZW reaches 2,560, deflate 1,032.
const MAX_RATIO: u64 = 3_000;
/// Samples a file may claim however small it is: empty tiles take no room.
const FREE_SAMPLES: u64 = 1 << 32;

/// An open file.
pub(super) struct Tiff {
    pub name: String,
    pub file_bytes: u64,
    decoder: Decoder<BufReader<File>>,
}

/// How samples lie in strips or tiles.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub columns: usize,
    pub rows: usize,
    pub chunk_columns: usize,
    pub chunk_rows: usize,
    pub bands: usize,
    /// Samples of the bands alternate within a chunk.
    pub interleaved: bool,
    pub bytes_per_sample: u64,
}

impl Layout {
    pub fn chunks_across(&self) -> usize {
        self.columns.div_ceil(self.chunk_columns)
    }

    /// Of the first band.
    pub fn chunk_count(&self) -> usize {
        self.chunks_across() * self.rows.div_ceil(self.chunk_rows)
    }
}

impl Tiff {
    pub fn open(file: File, name: &str) -> Result<Tiff, FormatError> {
        let file_bytes = file.metadata().map_err(io_error(name))?.len();
        let reader = BufReader::with_capacity(16 * 1024, file);
        let decoder = guarded(|| Decoder::new(reader)).map_err(|reason| not_heights(name, reason))?;
        let mut limits = Limits::default();
        let most = file_bytes.saturating_mul(MAX_RATIO).clamp(1 << 20, MAX_CHUNK_BYTES);
        limits.decoding_buffer_size = usize::try_from(most).unwrap_or(limits.decoding_buffer_size);
        Ok(Tiff { name: name.to_owned(), file_bytes, decoder: decoder.with_limits(limits) })
    }

    /// What the library does with the file; its panics on damaged files become errors.
    pub fn with<T>(
        &mut self,
        step: impl FnOnce(&mut Decoder<BufReader<File>>) -> TiffResult<T>,
    ) -> Result<T, String> {
        guarded(|| step(&mut self.decoder))
    }

    pub fn refuse(&self, reason: impl Into<String>) -> FormatError {
        not_heights(&self.name, reason)
    }

    /// `None` where the tag is missing or of another kind.
    pub fn doubles(&mut self, tag: Tag) -> Option<Vec<f64>> {
        self.with(|decoder| decoder.get_tag_f64_vec(tag)).ok()
    }

    pub fn shorts(&mut self, tag: Tag) -> Option<Vec<u16>> {
        self.with(|decoder| decoder.get_tag_u16_vec(tag)).ok()
    }

    /// Bytes of any kind up to the first NUL; the standard asks for one at the end, not every writer does.
    pub fn text(&mut self, tag: Tag) -> Option<String> {
        let mut value = ValueBuffer::empty(Type::ASCII);
        self.with(|decoder| decoder.image_ifd().find_tag_buf(tag, &mut value)).ok()??;
        let bytes = value.as_bytes().split(|byte| *byte == 0).next().unwrap_or_default();
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn whole_numbers(&mut self, tag: Tag) -> Option<Vec<u64>> {
        self.with(|decoder| decoder.find_tag_unsigned_vec(tag)).ok().flatten()
    }

    fn short(&mut self, tag: Tag) -> Option<u16> {
        self.whole_numbers(tag)?.first().and_then(|value| u16::try_from(*value).ok())
    }

    pub fn layout(&mut self) -> Result<Layout, FormatError> {
        let (columns, rows) =
            self.with(Decoder::dimensions).map_err(|reason| not_heights(&self.name, reason))?;
        let bands = self.check_samples()?;
        self.check_compression()?;
        let kind = self.decoder.get_chunk_type();
        let (chunk_columns, chunk_rows) = self.decoder.chunk_dimensions();
        let planar = self.short(Tag::PlanarConfiguration) == Some(PlanarConfiguration::Planar.to_u16());
        let bits = self.short(Tag::BitsPerSample).unwrap_or(1);
        let layout = Layout {
            columns: columns as usize,
            rows: rows as usize,
            chunk_columns: chunk_columns as usize,
            // A strip may claim more rows than there are.
            chunk_rows: if kind == ChunkType::Strip { chunk_rows.min(rows) } else { chunk_rows } as usize,
            bands,
            interleaved: bands > 1 && !planar,
            bytes_per_sample: u64::from(bits / 8),
        };
        self.check_claims(&layout, kind)?;
        Ok(layout)
    }

    /// Numbers of a kind that heights are given in, not colours; gives the number of bands.
    fn check_samples(&mut self) -> Result<usize, FormatError> {
        let color = self.with(Decoder::colortype).map_err(|reason| self.refuse(reason))?;
        let (bits, bands) = match color {
            ColorType::Gray(bits) => (bits, 1),
            ColorType::Multiband { bit_depth, num_samples } => (bit_depth, usize::from(num_samples)),
            ColorType::RGB(_) | ColorType::RGBA(_) => {
                return Err(self.refuse("it is a picture in red, green and blue, not heights"));
            }
            other => return Err(self.refuse(format!("it is a picture ({other:?}), not heights"))),
        };
        let white_is_zero = PhotometricInterpretation::WhiteIsZero.to_u16();
        if self.short(Tag::PhotometricInterpretation) == Some(white_is_zero) {
            return Err(self.refuse("it is a picture in which 0 is white, not heights"));
        }
        let format = SampleFormat::from_u16_exhaustive(self.short(Tag::SampleFormat).unwrap_or(1));
        match (format, bits) {
            (SampleFormat::IEEEFP, 32 | 64) | (SampleFormat::Int | SampleFormat::Uint, 16 | 32) => Ok(bands),
            _ => Err(self.refuse(format!(
                "its samples are {bits}-bit {format:?}; heights are read as 32- and 64-bit floats and as 16- and 32-bit integers"
            ))),
        }
    }

    fn check_compression(&mut self) -> Result<(), FormatError> {
        let code = self.short(Tag::Compression).unwrap_or(1);
        match CompressionMethod::from_u16_exhaustive(code) {
            CompressionMethod::None
            | CompressionMethod::LZW
            | CompressionMethod::Deflate
            | CompressionMethod::OldDeflate
            | CompressionMethod::PackBits => Ok(()),
            other => Err(self.refuse(format!(
                "it is compressed by {other:?} (tag 259 is {code}), which is not read; convert it, such as by gdal_translate -co COMPRESS=DEFLATE"
            ))),
        }
    }

    fn check_claims(&self, layout: &Layout, kind: ChunkType) -> Result<(), FormatError> {
        let samples = layout.columns as u64 * layout.rows as u64;
        if samples > self.file_bytes.saturating_mul(MAX_RATIO).max(FREE_SAMPLES) {
            return Err(self.refuse(format!(
                "it claims {} × {} samples in {} bytes",
                layout.columns, layout.rows, self.file_bytes
            )));
        }
        let bands = if layout.interleaved { layout.bands as u64 } else { 1 };
        let chunk_bytes = (layout.chunk_columns as u64)
            .saturating_mul(layout.chunk_rows as u64)
            .saturating_mul(bands * layout.bytes_per_sample);
        if chunk_bytes > MAX_CHUNK_BYTES {
            let chunk = if kind == ChunkType::Strip { "strips" } else { "tiles" };
            return Err(self.refuse(format!(
                "its {chunk} are {} × {} samples, more than {} MiB each; cut them smaller, such as by gdal_translate -co TILED=YES",
                layout.chunk_columns,
                layout.chunk_rows,
                MAX_CHUNK_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Offset and length in the file of each chunk of the first band; all inside the file.
    pub fn chunk_places(&mut self, layout: &Layout) -> Result<Vec<(u64, u64)>, FormatError> {
        let (what, offsets, lengths) = match self.decoder.get_chunk_type() {
            ChunkType::Strip => ("strip", Tag::StripOffsets, Tag::StripByteCounts),
            ChunkType::Tile => ("tile", Tag::TileOffsets, Tag::TileByteCounts),
        };
        let (offsets, lengths) = (self.whole_numbers(offsets), self.whole_numbers(lengths));
        let places: Vec<_> = offsets.into_iter().flatten().zip(lengths.into_iter().flatten()).collect();
        if places.len() < layout.chunk_count() {
            return Err(self.refuse(format!(
                "it lists {} of {} {what}s",
                places.len(),
                layout.chunk_count()
            )));
        }
        let outside = places
            .iter()
            .position(|(offset, length)| offset.checked_add(*length).is_none_or(|end| end > self.file_bytes));
        if let Some(index) = outside {
            let reason = format!("it is cut off: {what} {index} ends behind the end of the file");
            return Err(self.refuse(reason));
        }
        Ok(places)
    }

    /// Why a chunk cannot hold what it must, however it is packed.
    pub fn check_ratio(
        &self,
        index: usize,
        samples: u64,
        layout: &Layout,
        length: u64,
    ) -> Result<(), FormatError> {
        let bands = if layout.interleaved { layout.bands as u64 } else { 1 };
        let bytes = samples.saturating_mul(bands * layout.bytes_per_sample);
        if bytes > length.saturating_mul(MAX_RATIO) {
            return Err(self.refuse(format!("strip or tile {index} claims {bytes} bytes in {length}")));
        }
        Ok(())
    }
}

/// The library checks most of what files claim; the rest ends in a panic that must not end the program.
fn guarded<T>(step: impl FnOnce() -> TiffResult<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|error| describe(&error)),
        Err(_) => Err("its TIFF tags contradict each other".to_owned()),
    }
}

fn describe(error: &TiffError) -> String {
    match error {
        TiffError::IoError(source) if source.kind() == std::io::ErrorKind::UnexpectedEof => {
            "it is cut off or damaged: a TIFF tag or its data end early".to_owned()
        }
        TiffError::IoError(source) => format!("its data are damaged: {source}"),
        TiffError::LimitsExceeded => "it claims more bytes than are read at once".to_owned(),
        other => format!("its TIFF structure is damaged or of a kind that is not read: {other}"),
    }
}
