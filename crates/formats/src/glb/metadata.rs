//! Property tables: a schema and columns in buffer views (EXT_structural_metadata).

use serde_json::{Map, Value, json};

use super::writer::Buffer;

/// Rows that feature ids point at.
pub struct PropertyTable {
    /// Class and name of the table; `[A-Za-z_][A-Za-z0-9_]*`, as all ids.
    pub id: &'static str,
    /// At least 1; every column has as many values.
    pub row_count: usize,
    pub columns: Vec<Column>,
}

pub struct Column {
    pub id: String,
    /// For people; the attribute's own name.
    pub name: Option<String>,
    pub description: Option<&'static str>,
    pub values: Values,
}

/// The values of a column; `None` marks a gap and makes the column optional.
pub enum Values {
    /// A gap is the empty string.
    Strings(Vec<Option<String>>),
    /// A gap is `i32::MIN`.
    Int32(Vec<Option<i32>>),
    UInt32(Vec<u32>),
    Float32(Vec<f32>),
    /// A gap is the lowest 32-bit float.
    Float64(Vec<Option<f64>>),
    /// Values of the enumeration named.
    Enum(&'static str, Vec<u8>),
}

/// Names of numbers.
pub struct Enumeration {
    pub id: &'static str,
    pub values: Vec<(&'static str, u8)>,
}

const MISSING_I32: i32 = i32::MIN;
const MISSING_F64: f64 = f32::MIN as f64;

/// The extension object at the root of the file.
pub(super) fn structural_metadata(
    schema: &str,
    tables: &[PropertyTable],
    enumerations: &[Enumeration],
    buffer: &mut Buffer,
) -> Value {
    let mut classes = Map::new();
    let mut written = Vec::new();
    for table in tables {
        let mut properties = Map::new();
        let mut columns = Map::new();
        for column in &table.columns {
            properties.insert(column.id.clone(), property(column));
            columns.insert(column.id.clone(), column.values.write(buffer));
        }
        classes.insert(table.id.into(), json!({ "properties": properties }));
        written.push(json!({
            "name": table.id, "class": table.id, "count": table.row_count, "properties": columns,
        }));
    }
    let mut schema = json!({ "id": schema, "classes": classes });
    if !enumerations.is_empty() {
        schema["enums"] = enumerations.iter().map(|each| (each.id.to_string(), enumeration(each))).collect();
    }
    json!({ "schema": schema, "propertyTables": written })
}

fn enumeration(enumeration: &Enumeration) -> Value {
    let values: Vec<Value> =
        enumeration.values.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
    json!({ "valueType": "UINT8", "values": values })
}

fn property(column: &Column) -> Value {
    let mut property = match &column.values {
        Values::Strings(_) => json!({ "type": "STRING" }),
        Values::Int32(_) => json!({ "type": "SCALAR", "componentType": "INT32" }),
        Values::UInt32(_) => json!({ "type": "SCALAR", "componentType": "UINT32" }),
        Values::Float32(_) => json!({ "type": "SCALAR", "componentType": "FLOAT32" }),
        Values::Float64(_) => json!({ "type": "SCALAR", "componentType": "FLOAT64" }),
        Values::Enum(id, _) => json!({ "type": "ENUM", "enumType": id }),
    };
    match column.values.no_data() {
        Some(no_data) => property["noData"] = no_data,
        None => property["required"] = json!(true),
    }
    if let Some(name) = column.name.as_ref().filter(|name| **name != column.id) {
        property["name"] = json!(name);
    }
    if let Some(description) = column.description {
        property["description"] = json!(description);
    }
    property
}

impl Values {
    /// What stands for a gap, where there is one.
    fn no_data(&self) -> Option<Value> {
        match self {
            Values::Strings(values) => values.iter().any(Option::is_none).then(|| json!("")),
            Values::Int32(values) => values.iter().any(Option::is_none).then(|| json!(MISSING_I32)),
            Values::Float64(values) => values.iter().any(Option::is_none).then(|| json!(MISSING_F64)),
            Values::UInt32(_) | Values::Float32(_) | Values::Enum(..) => None,
        }
    }

    fn write(&self, buffer: &mut Buffer) -> Value {
        let view = match self {
            Values::Strings(values) => return strings(values, buffer),
            Values::Int32(values) => {
                buffer.view(values.iter().flat_map(|value| value.unwrap_or(MISSING_I32).to_le_bytes()), None)
            }
            Values::UInt32(values) => buffer.view(values.iter().flat_map(|value| value.to_le_bytes()), None),
            Values::Float32(values) => buffer.view(values.iter().flat_map(|value| value.to_le_bytes()), None),
            Values::Float64(values) => {
                buffer.view(values.iter().flat_map(|value| value.unwrap_or(MISSING_F64).to_le_bytes()), None)
            }
            Values::Enum(_, values) => buffer.view(values.iter().copied(), None),
        };
        json!({ "values": view })
    }
}

fn strings(values: &[Option<String>], buffer: &mut Buffer) -> Value {
    let mut offsets = vec![0u32];
    let mut end = 0;
    for value in values {
        end += value.as_ref().map_or(0, String::len) as u32;
        offsets.push(end);
    }
    // A view may not be empty.
    let text = values.iter().flatten().flat_map(|value| value.bytes());
    let filler = (end == 0).then_some(0u8);
    let texts = buffer.view(text.chain(filler), None);
    let offsets = buffer.view(offsets.iter().flat_map(|offset| offset.to_le_bytes()), None);
    json!({ "values": texts, "stringOffsets": offsets })
}
