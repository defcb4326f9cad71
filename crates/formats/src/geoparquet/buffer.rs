//! Values of one column until their group of rows is written.

use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type};
use parquet::errors::Result;
use parquet::file::writer::SerializedColumnWriter;
use parquet::schema::types::Type;

use crate::columns::{Cell, ColumnKind};

/// Values that are there, by how Parquet keeps them.
enum Values {
    Boolean(Vec<bool>),
    Day(Vec<i32>),
    Long(Vec<i64>),
    Double(Vec<f64>),
    Bytes(Vec<ByteArray>),
}

/// A column under way.
pub(super) struct Buffer {
    values: Values,
    /// 1 for each value, 0 for each null; `None` where there are no nulls to tell of.
    levels: Option<Vec<i16>>,
}

impl Buffer {
    pub fn of(kind: ColumnKind) -> Buffer {
        let values = match kind {
            ColumnKind::Boolean => Values::Boolean(Vec::new()),
            ColumnKind::Integer | ColumnKind::Time => Values::Long(Vec::new()),
            ColumnKind::Number => Values::Double(Vec::new()),
            ColumnKind::Date => Values::Day(Vec::new()),
            ColumnKind::Text | ColumnKind::Json => Values::Bytes(Vec::new()),
        };
        Buffer { values, levels: Some(Vec::new()) }
    }

    /// Of texts that are always there.
    pub fn required() -> Buffer {
        Buffer { values: Values::Bytes(Vec::new()), levels: None }
    }

    pub fn push(&mut self, cell: Cell) {
        let is_there = match (&mut self.values, cell) {
            (Values::Boolean(values), Cell::Boolean(value)) => push(values, value),
            (Values::Long(values), Cell::Integer(value)) => push(values, value),
            (Values::Long(values), Cell::Time(time)) => push(values, time.as_microsecond()),
            (Values::Double(values), Cell::Number(value)) => push(values, value),
            (Values::Day(values), Cell::Date(day)) => push(values, days_since_1970(day)),
            (Values::Bytes(values), Cell::Text(text)) => push(values, text.into_bytes().into()),
            _ => false,
        };
        self.tell(is_there);
    }

    pub fn push_bytes(&mut self, bytes: Option<Vec<u8>>) {
        let is_there = match (&mut self.values, bytes) {
            (Values::Bytes(values), Some(bytes)) => push(values, bytes.into()),
            _ => false,
        };
        self.tell(is_there);
    }

    fn tell(&mut self, is_there: bool) {
        if let Some(levels) = &mut self.levels {
            levels.push(i16::from(is_there));
        }
    }

    /// Into the file, and empty again.
    pub fn flush(&mut self, mut column: SerializedColumnWriter<'_>) -> Result<()> {
        let levels = self.levels.as_mut().map(std::mem::take);
        let levels = levels.as_deref();
        match &mut self.values {
            Values::Boolean(values) => write::<BoolType>(&mut column, std::mem::take(values), levels),
            Values::Day(values) => write::<Int32Type>(&mut column, std::mem::take(values), levels),
            Values::Long(values) => write::<Int64Type>(&mut column, std::mem::take(values), levels),
            Values::Double(values) => write::<DoubleType>(&mut column, std::mem::take(values), levels),
            Values::Bytes(values) => write::<ByteArrayType>(&mut column, std::mem::take(values), levels),
        }?;
        column.close()
    }
}

fn write<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    values: Vec<T::T>,
    levels: Option<&[i16]>,
) -> Result<()> {
    column.typed::<T>().write_batch(&values, levels, None)?;
    Ok(())
}

fn push<T>(values: &mut Vec<T>, value: T) -> bool {
    values.push(value);
    true
}

fn days_since_1970(day: jiff::civil::Date) -> i32 {
    let since = jiff::civil::date(1970, 1, 1).until(day);
    since.map_or(0, |span| span.get_days())
}

/// A column's type in the schema.
pub(super) fn column_type(name: &str, kind: ColumnKind, is_required: bool) -> Result<Type> {
    let (physical, logical) = match kind {
        ColumnKind::Boolean => (Physical::BOOLEAN, None),
        ColumnKind::Integer => (Physical::INT64, None),
        ColumnKind::Number => (Physical::DOUBLE, None),
        ColumnKind::Date => (Physical::INT32, Some(LogicalType::Date)),
        ColumnKind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        ColumnKind::Text | ColumnKind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
    };
    let repetition = if is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
    Type::primitive_type_builder(name, physical)
        .with_repetition(repetition)
        .with_logical_type(logical)
        .build()
}
