//! FlatGeobuf 3: outlines with typed columns and a packed spatial index. The index stands before the features, so they
//! wait in a temporary file.

use std::io::Write;

use flatgeobuf::geozero::{ColumnValue, GeomProcessor, GeozeroGeometry, PropertyProcessor, error::Result};
use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};

use super::columns::{Cell, Column, ColumnKind, cells};
use stadtwin_model::{Feature, Place};

/// No room for the temporary file, or the sink failed.
#[derive(Debug, thiserror::Error)]
#[error("the FlatGeobuf cannot be written: {0}")]
pub struct FlatGeobufError(String);

impl From<flatgeobuf::Error> for FlatGeobufError {
    fn from(error: flatgeobuf::Error) -> FlatGeobufError {
        FlatGeobufError(error.to_string())
    }
}

/// A file under way.
pub struct FlatGeobufWriter {
    writer: FgbWriter<'static>,
    columns: Vec<Column>,
    has_geometry: bool,
    misfits: u64,
}

impl FlatGeobufWriter {
    /// `kinds` are those of all features, as `outline_kinds` tells them; a file of several leaves its kind open. Outlines
    /// are in the CRS with the EPSG code, x east or longitude.
    pub fn new(
        name: &str,
        title: &str,
        code: u32,
        columns: Vec<Column>,
        kinds: [bool; 3],
        has_geometry: bool,
    ) -> std::result::Result<FlatGeobufWriter, FlatGeobufError> {
        let kind = match kinds {
            [true, false, false] => GeometryType::MultiPolygon,
            [false, true, false] => GeometryType::MultiLineString,
            [false, false, true] => GeometryType::MultiPoint,
            _ => GeometryType::Unknown,
        };
        let options = FgbWriterOptions {
            write_index: has_geometry,
            detect_type: false,
            promote_to_multi: false,
            crs: FgbCrs { org: Some("EPSG"), code: code as i32, ..FgbCrs::default() },
            title: Some(title).filter(|title| !title.is_empty()),
            ..FgbWriterOptions::default()
        };
        let mut writer = FgbWriter::create_with_options(name, kind, options)?;
        writer.add_column("id", ColumnType::String, |_, column| column.nullable = false);
        for column in &columns {
            writer.add_column(&column.name, column_type(column.kind), |_, _| {});
        }
        Ok(FlatGeobufWriter { writer, columns, has_geometry, misfits: 0 })
    }

    /// A feature whose outline is in the CRS of the file.
    pub fn write(&mut self, feature: &Feature) -> std::result::Result<(), FlatGeobufError> {
        let (cells, misfits) = cells(feature, &self.columns);
        self.misfits += misfits;
        let columns = &self.columns;
        let outline = Outline(self.has_geometry.then_some(feature));
        let mut written = Ok(false);
        self.writer
            .add_feature_geom(outline, |row| {
                written = row.property(0, "id", &ColumnValue::String(&feature.id));
                for (index, (cell, column)) in cells.iter().zip(columns).enumerate() {
                    if written.is_ok() {
                        written = write_cell(row, index + 1, cell, column);
                    }
                }
            })
            .and(written)
            .map_err(|error| FlatGeobufError(error.to_string()))?;
        Ok(())
    }

    /// How many values were of another type than their column.
    pub fn finish(self, out: impl Write) -> std::result::Result<u64, FlatGeobufError> {
        self.writer.write(out)?;
        Ok(self.misfits)
    }
}

/// Whether there are outlines of areas, of lines, of points.
pub fn outline_kinds(features: &[Feature]) -> [bool; 3] {
    let mut kinds = [false; 3];
    for feature in features {
        match &feature.place {
            _ if !feature.footprint.is_empty() => kinds[0] = true,
            Place::Lines(_) => kinds[1] = true,
            Place::Points(_) => kinds[2] = true,
            Place::Nothing => {}
        }
    }
    kinds
}

fn column_type(kind: ColumnKind) -> ColumnType {
    match kind {
        ColumnKind::Boolean => ColumnType::Bool,
        ColumnKind::Integer => ColumnType::Long,
        ColumnKind::Number => ColumnType::Double,
        ColumnKind::Date | ColumnKind::Time => ColumnType::DateTime,
        ColumnKind::Text => ColumnType::String,
        ColumnKind::Json => ColumnType::Json,
    }
}

/// What is null is left out.
fn write_cell(row: &mut impl PropertyProcessor, index: usize, cell: &Cell, column: &Column) -> Result<bool> {
    let name = column.name.as_str();
    match cell {
        Cell::Null => Ok(false),
        Cell::Boolean(value) => row.property(index, name, &ColumnValue::Bool(*value)),
        Cell::Integer(value) => row.property(index, name, &ColumnValue::Long(*value)),
        Cell::Number(value) => row.property(index, name, &ColumnValue::Double(*value)),
        Cell::Date(day) => row.property(index, name, &ColumnValue::DateTime(&day.to_string())),
        Cell::Time(time) => row.property(index, name, &ColumnValue::DateTime(&time.to_string())),
        Cell::Text(text) if column.kind == ColumnKind::Json => {
            row.property(index, name, &ColumnValue::Json(text))
        }
        Cell::Text(text) => row.property(index, name, &ColumnValue::String(text)),
    }
}

struct Outline<'a>(Option<&'a Feature>);

impl GeozeroGeometry for Outline<'_> {
    fn process_geom<P: GeomProcessor>(&self, processor: &mut P) -> Result<()> {
        let Some(feature) = self.0 else { return Ok(()) };
        match &feature.place {
            Place::Lines(lines) if feature.footprint.is_empty() => {
                processor.multilinestring_begin(lines.len(), 0)?;
                lines.iter().enumerate().try_for_each(|(index, line)| push_line(processor, line, index))?;
                processor.multilinestring_end(0)
            }
            Place::Points(points) if feature.footprint.is_empty() => {
                processor.multipoint_begin(points.len(), 0)?;
                points.iter().enumerate().try_for_each(|(index, [x, y])| processor.xy(*x, *y, index))?;
                processor.multipoint_end(0)
            }
            // Without any, an empty one: it forgets the box of the feature before.
            _ => {
                processor.multipolygon_begin(feature.footprint.len(), 0)?;
                for (index, rings) in feature.footprint.iter().enumerate() {
                    processor.polygon_begin(false, rings.len(), index)?;
                    rings.iter().enumerate().try_for_each(|(at, ring)| push_line(processor, ring, at))?;
                    processor.polygon_end(false, index)?;
                }
                processor.multipolygon_end(0)
            }
        }
    }
}

fn push_line<P: GeomProcessor>(processor: &mut P, line: &[[f64; 2]], index: usize) -> Result<()> {
    processor.linestring_begin(false, line.len(), index)?;
    line.iter().enumerate().try_for_each(|(at, [x, y])| processor.xy(*x, *y, at))?;
    processor.linestring_end(false, index)
}
