//! The rules of glTF 2.0, its metadata extensions and 3D Tiles 1.1 that tiles of ours must hold, as one list of
//! complaints. For tests: trusts nothing that the writer knows.

use serde_json::Value;

/// A glb taken apart.
pub(super) struct Parsed {
    pub json: Value,
    pub binary: Vec<u8>,
    pub complaints: Vec<String>,
}

pub(super) fn check_glb(bytes: &[u8]) -> Vec<String> {
    let mut glb = parse(bytes);
    glb.check_views();
    glb.check_primitives();
    glb.check_tables();
    glb.complaints
}

pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let word =
        |at: usize| bytes.get(at..at + 4).map_or(0, |b| u32::from_le_bytes(b.try_into().unwrap()) as usize);
    let mut complaints = Vec::new();
    if bytes.get(..4) != Some(b"glTF") || word(4) != 2 || word(8) != bytes.len() {
        complaints.push("header".to_string());
    }
    let length = word(12);
    let json = serde_json::from_slice(bytes.get(20..20 + length).unwrap_or(&[])).unwrap_or(Value::Null);
    let binary = bytes.get(28 + length..28 + length + word(20 + length)).unwrap_or(&[]).to_vec();
    if !(28 + length).is_multiple_of(8)
        || !binary.len().is_multiple_of(8)
        || 28 + length + binary.len() != bytes.len()
    {
        complaints.push("chunks are not multiples of eight".to_string());
    }
    Parsed { json, binary, complaints }
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn size(value: &Value, name: &str) -> usize {
    value.get(name).and_then(Value::as_u64).unwrap_or(0) as usize
}

impl Parsed {
    fn demand(&mut self, holds: bool, complaint: impl Into<String>) {
        if !holds {
            self.complaints.push(complaint.into());
        }
    }

    pub fn view(&self, index: usize) -> &[u8] {
        let view = &list(&self.json, "/bufferViews")[index];
        &self.binary[size(view, "byteOffset")..size(view, "byteOffset") + size(view, "byteLength")]
    }

    /// Any accessor as numbers.
    pub fn accessor(&self, index: usize) -> Vec<f64> {
        let accessor = &list(&self.json, "/accessors")[index];
        let bytes = self.view(size(accessor, "bufferView"));
        let width = if accessor["type"] == "VEC3" { 3 } else { 1 };
        let numbers: Vec<f64> = match size(accessor, "componentType") {
            5126 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()).into()).collect(),
            5125 => bytes.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap()).into()).collect(),
            5123 => bytes.chunks_exact(2).map(|b| u16::from_le_bytes(b.try_into().unwrap()).into()).collect(),
            _ => Vec::new(),
        };
        assert_eq!(numbers.len(), size(accessor, "count") * width, "accessor {index}");
        numbers
    }

    pub fn primitives(&self) -> Vec<Value> {
        list(&self.json, "/meshes/0/primitives").to_vec()
    }

    pub fn tables(&self) -> Vec<Value> {
        list(&self.json, "/extensions/EXT_structural_metadata/propertyTables").to_vec()
    }

    /// Values of a string column.
    pub fn strings(&self, table: usize, column: &str) -> Vec<String> {
        let table = self.tables()[table].clone();
        let property = &table["properties"][column];
        let (values, offsets) =
            (self.view(size(property, "values")), self.view(size(property, "stringOffsets")));
        let offsets: Vec<usize> =
            offsets.chunks_exact(4).map(|b| u32::from_le_bytes(b.try_into().unwrap()) as usize).collect();
        offsets.windows(2).map(|pair| String::from_utf8(values[pair[0]..pair[1]].to_vec()).unwrap()).collect()
    }

    fn check_views(&mut self) {
        let views = list(&self.json, "/bufferViews").to_vec();
        let mut end = 0;
        for (number, view) in views.iter().enumerate() {
            let (offset, length) = (size(view, "byteOffset"), size(view, "byteLength"));
            self.demand(offset % 8 == 0, format!("view {number} is not aligned"));
            self.demand(
                length > 0 && offset >= end && offset + length <= self.binary.len(),
                format!("view {number} reach"),
            );
            end = offset + length;
        }
        let length = size(&self.json["buffers"][0], "byteLength");
        self.demand(length == self.binary.len(), "buffer length");
    }

    fn check_primitives(&mut self) {
        let rows: Vec<usize> = self.tables().iter().map(|table| size(table, "count")).collect();
        for primitive in self.primitives() {
            let attributes = &primitive["attributes"];
            let positions = self.accessor(size(attributes, "POSITION"));
            let vertex_count = positions.len() / 3;
            self.demand(positions.iter().all(|value| value.is_finite()), "position is no number");
            let accessor = list(&self.json, "/accessors")[size(attributes, "POSITION")].clone();
            for axis in 0..3 {
                let along = || positions.iter().skip(axis).step_by(3).copied();
                let (min, max) =
                    (along().fold(f64::INFINITY, f64::min), along().fold(f64::NEG_INFINITY, f64::max));
                self.demand(accessor["min"][axis] == min && accessor["max"][axis] == max, "position range");
            }
            let normals = self.accessor(size(attributes, "NORMAL"));
            self.demand(normals.len() == positions.len(), "normal count");
            let unit = normals
                .chunks_exact(3)
                .all(|n| ((n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt() - 1.0).abs() < 1e-3);
            self.demand(unit, "normal length");
            let indices = self.accessor(size(&primitive, "indices"));
            self.demand(indices.iter().all(|&index| (index as usize) < vertex_count), "index reach");
            self.demand(!indices.is_empty() && indices.len().is_multiple_of(3), "index count");
            self.check_outline(&primitive, &indices);
            for set in list(&primitive, "/extensions/EXT_mesh_features/featureIds") {
                let ids = self.accessor(size(attributes, &format!("_FEATURE_ID_{}", size(set, "attribute"))));
                let count = rows.get(size(set, "propertyTable")).copied().unwrap_or(0);
                self.demand(ids.len() == vertex_count, "feature id count");
                self.demand(ids.iter().all(|&id| (id as usize) < count), "feature id reach");
                let mut distinct: Vec<u64> = ids.iter().map(|&id| id as u64).collect();
                distinct.sort_unstable();
                distinct.dedup();
                self.demand(distinct.len() == size(set, "featureCount"), "feature count");
            }
        }
    }

    /// Each edge must be one of a triangle.
    fn check_outline(&mut self, primitive: &Value, indices: &[f64]) {
        let Some(outline) = primitive.pointer("/extensions/CESIUM_primitive_outline/indices") else { return };
        let outline = self.accessor(outline.as_u64().unwrap_or(0) as usize);
        let side = |a: f64, b: f64| (a.min(b) as u32, a.max(b) as u32);
        let sides: std::collections::HashSet<(u32, u32)> = indices
            .chunks_exact(3)
            .flat_map(|t| [side(t[0], t[1]), side(t[1], t[2]), side(t[2], t[0])])
            .collect();
        let whole = outline.chunks_exact(2).all(|edge| sides.contains(&side(edge[0], edge[1])));
        self.demand(whole && outline.len().is_multiple_of(2), "outline edge is no triangle edge");
    }

    fn check_tables(&mut self) {
        let schema = self.json["extensions"]["EXT_structural_metadata"]["schema"].clone();
        let is_id = |id: &str| {
            !id.is_empty()
                && !id.starts_with(|c: char| c.is_ascii_digit())
                && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        self.demand(schema["id"].as_str().is_some_and(is_id), "schema id");
        for table in self.tables() {
            let class = &schema["classes"][table["class"].as_str().unwrap_or("")]["properties"];
            let rows = size(&table, "count");
            self.demand(rows > 0, "table without rows");
            let columns = table["properties"].as_object().cloned().unwrap_or_default();
            for (name, property) in class.as_object().cloned().unwrap_or_default() {
                self.demand(is_id(&name), format!("id {name}"));
                match columns.get(&name) {
                    Some(column) => self.check_column(&name, &property, column, rows, &schema),
                    None => self
                        .demand(property["required"] != true, format!("required column {name} is missing")),
                }
            }
            self.demand(columns.keys().all(|name| class.get(name).is_some()), "column without property");
        }
    }

    fn check_column(&mut self, name: &str, property: &Value, column: &Value, rows: usize, schema: &Value) {
        let gaps = property.get("noData").is_some();
        self.demand(!(gaps && property["required"] == true), format!("{name}: required with noData"));
        let length = self.view(size(column, "values")).len();
        let width = match (property["type"].as_str(), property["componentType"].as_str()) {
            (Some("STRING"), _) => return self.check_strings(name, column, rows),
            (Some("ENUM"), _) => 1,
            (_, Some("FLOAT64")) => 8,
            _ => 4,
        };
        self.demand(length == rows * width, format!("{name}: {length} bytes for {rows} rows"));
        if let Some(id) = property["enumType"].as_str() {
            let known: Vec<u64> = list(schema, &format!("/enums/{id}/values"))
                .iter()
                .filter_map(|value| value["value"].as_u64())
                .collect();
            let values = self.view(size(column, "values")).to_vec();
            self.demand(
                values.iter().all(|&value| known.contains(&value.into())),
                format!("{name}: enum value"),
            );
        }
    }

    fn check_strings(&mut self, name: &str, column: &Value, rows: usize) {
        let offsets: Vec<u32> = self
            .view(size(column, "stringOffsets"))
            .chunks_exact(4)
            .map(|b| u32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        let values = self.view(size(column, "values")).to_vec();
        self.demand(offsets.len() == rows + 1, format!("{name}: offsets"));
        let rising = offsets.windows(2).all(|pair| pair[0] <= pair[1]);
        self.demand(
            rising && offsets.last().is_some_and(|&end| end as usize <= values.len()),
            format!("{name}: order"),
        );
        self.demand(std::str::from_utf8(&values).is_ok(), format!("{name}: UTF-8"));
    }
}

/// Complaints about a tileset.json.
pub(super) fn check_tileset(tileset: &Value) -> Vec<String> {
    let mut complaints = Vec::new();
    if tileset["asset"]["version"] != "1.1" || tileset["root"]["refine"] != "REPLACE" {
        complaints.push("asset or refine".to_string());
    }
    check_tile(&tileset["root"], tileset["geometricError"].as_f64().unwrap_or(-1.0), None, &mut complaints);
    complaints
}

fn check_tile(tile: &Value, error_above: f64, above: Option<&[f64]>, complaints: &mut Vec<String>) {
    let error = tile["geometricError"].as_f64().unwrap_or(f64::NAN);
    let region: Vec<f64> =
        list(tile, "/boundingVolume/region").iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect();
    let children = list(tile, "/children");
    let mut demand = |holds: bool, complaint: String| {
        if !holds {
            complaints.push(complaint);
        }
    };
    demand((0.0..=error_above).contains(&error), format!("error {error} under {error_above}"));
    demand(error == 0.0 || !children.is_empty(), "a leaf with an error".to_string());
    demand(
        region.len() == 6 && region[0] < region[2] && region[1] < region[3] && region[4] < region[5],
        format!("{region:?}"),
    );
    demand(region.iter().take(4).all(|value| value.abs() <= std::f64::consts::PI), "degrees?".to_string());
    if let Some(above) = above {
        let inside = (0..6).all(|at| {
            if matches!(at, 0 | 1 | 4) {
                region[at] >= above[at] - 1e-12
            } else {
                region[at] <= above[at] + 1e-12
            }
        });
        demand(inside, "a child leaves its parent".to_string());
    }
    children.iter().for_each(|child| check_tile(child, error, Some(&region), complaints));
}
