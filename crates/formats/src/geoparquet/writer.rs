//! Rows into groups, groups into the file.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, Repetition, Type as Physical};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use serde_json::Value;

use super::buffer::{Buffer, column_type};
use super::metadata::GeoMetadata;
use crate::columns::{Cell, Column, ColumnKind, cells};
use crate::wkb;
use stadtwin_model::{Feature, Place};

/// Rows of a group, unless their outlines are large [bytes].
const GROUP_ROWS: usize = 20_000;
const GROUP_BYTES: usize = 32 * 1024 * 1024;
const SIDES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

/// The sink failed.
#[derive(Debug, thiserror::Error)]
#[error("the GeoParquet file cannot be written: {0}")]
pub struct GeoParquetError(#[from] ParquetError);

/// A file under way; it is whole after `finish`.
pub struct GeoParquetWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    columns: Vec<Column>,
    ids: Buffer,
    buffers: Vec<Buffer>,
    /// `None` in a table without outlines.
    outlines: Option<Outlines>,
    rows: usize,
    misfits: u64,
}

/// The columns of geometries and their boxes.
struct Outlines {
    metadata: GeoMetadata,
    geometries: Buffer,
    sides: [Buffer; 4],
    bytes: usize,
}

impl<W: Write + Send> GeoParquetWriter<W> {
    /// `crs` is PROJJSON, null where nobody knows it, or `None` for CRS84; outlines have x east or longitude.
    pub fn new(
        out: W,
        columns: Vec<Column>,
        has_geometry: bool,
        crs: Option<Value>,
    ) -> std::result::Result<GeoParquetWriter<W>, GeoParquetError> {
        let is_taken = |name: &str| columns.iter().any(|column| column.name == name);
        let boxes = if is_taken("bbox") { "geometry_bbox" } else { "bbox" }.to_owned();
        let mut fields = vec![Arc::new(column_type("id", ColumnKind::Text, true)?)];
        for column in &columns {
            fields.push(Arc::new(column_type(&column.name, column.kind, false)?));
        }
        let outlines = has_geometry.then(|| Outlines {
            metadata: GeoMetadata { kinds: Default::default(), bounds: None, crs, boxes: boxes.clone() },
            geometries: Buffer::of(ColumnKind::Text),
            sides: [(); 4].map(|()| Buffer::of(ColumnKind::Number)),
            bytes: 0,
        });
        if has_geometry {
            let optional = Repetition::OPTIONAL;
            let geometry = Type::primitive_type_builder("geometry", Physical::BYTE_ARRAY);
            fields.push(Arc::new(geometry.with_repetition(optional).build()?));
            let sides = SIDES.map(|side| Ok(Arc::new(column_type(side, ColumnKind::Number, true)?)));
            let sides = sides.into_iter().collect::<Result<Vec<_>>>()?;
            let group = Type::group_type_builder(&boxes).with_repetition(optional).with_fields(sides);
            fields.push(Arc::new(group.build()?));
        }
        let schema = Type::group_type_builder("schema").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::GZIP(GzipLevel::default()))
            .set_created_by(concat!("stadtwin ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
        let buffers = columns.iter().map(|column| Buffer::of(column.kind)).collect();
        Ok(GeoParquetWriter {
            writer,
            columns,
            ids: Buffer::required(),
            buffers,
            outlines,
            rows: 0,
            misfits: 0,
        })
    }

    /// A feature whose outline is in the CRS of the file.
    pub fn write(&mut self, feature: &Feature) -> std::result::Result<(), GeoParquetError> {
        let (cells, misfits) = cells(feature, &self.columns);
        self.misfits += misfits;
        self.ids.push(Cell::Text(feature.id.clone()));
        self.buffers.iter_mut().zip(cells).for_each(|(buffer, cell)| buffer.push(cell));
        if let Some(outlines) = &mut self.outlines {
            outlines.push(feature);
        }
        self.rows += 1;
        let bytes = self.outlines.as_ref().map_or(0, |outlines| outlines.bytes);
        if self.rows >= GROUP_ROWS || bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        let mut buffers: Vec<&mut Buffer> = std::iter::once(&mut self.ids).chain(&mut self.buffers).collect();
        if let Some(outlines) = &mut self.outlines {
            buffers.push(&mut outlines.geometries);
            buffers.extend(&mut outlines.sides);
            outlines.bytes = 0;
        }
        for buffer in buffers {
            let column = group.next_column()?;
            buffer.flush(
                column.ok_or_else(|| ParquetError::General("fewer columns than buffers".to_owned()))?,
            )?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }

    /// The sink, and how many values were of another type than their column.
    pub fn finish(mut self) -> std::result::Result<(W, u64), GeoParquetError> {
        self.flush()?;
        if let Some(outlines) = &self.outlines {
            let text = outlines.metadata.to_json().to_string();
            self.writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), text));
        }
        Ok((self.writer.into_inner()?, self.misfits))
    }
}

impl Outlines {
    fn push(&mut self, feature: &Feature) {
        let mut bytes = Vec::new();
        let bounds = wkb::bounds(&feature.footprint, &feature.place)
            .filter(|_| wkb::push_outline(&mut bytes, &feature.footprint, &feature.place));
        if let Some(bounds) = bounds {
            let kind = match &feature.place {
                Place::Lines(_) if feature.footprint.is_empty() => "MultiLineString",
                Place::Points(_) if feature.footprint.is_empty() => "MultiPoint",
                _ => "MultiPolygon",
            };
            self.metadata.add(kind, bounds);
        }
        self.bytes += bytes.len();
        self.geometries.push_bytes(bounds.map(|_| bytes));
        for (index, side) in self.sides.iter_mut().enumerate() {
            let value = bounds.and_then(|bounds| bounds.get(index).copied());
            side.push(value.map_or(Cell::Null, Cell::Number));
        }
    }
}
