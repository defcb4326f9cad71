//! Buffers, accessors and the JSON around them.

use serde_json::{Map, Value, json};

use super::metadata::{Enumeration, PropertyTable, structural_metadata};

/// A scene of one mesh.
pub struct Glb<'a> {
    pub generator: &'a str,
    /// `asset.extras`.
    pub extras: Value,
    /// Where the mesh stands: added to all positions [m, y up].
    pub translation: [f64; 3],
    /// Turned about y by this angle before that, counter-clockwise seen from above [°].
    pub turn_deg: f64,
    pub materials: &'a [Material],
    pub primitives: &'a [Primitive],
    /// Id of the metadata schema.
    pub schema: &'a str,
    pub tables: &'a [PropertyTable],
    pub enumerations: &'a [Enumeration],
}

pub struct Material {
    pub name: &'static str,
    /// Linear red, green, blue, alpha in 0 … 1.
    pub colour: [f32; 4],
}

/// Triangles of one material.
#[derive(Default)]
pub struct Primitive {
    /// Index into `Glb::materials`.
    pub material: usize,
    /// Relative to the translation [m, y up].
    pub positions: Vec<[f32; 3]>,
    /// Unit length, one a position.
    pub normals: Vec<[f32; 3]>,
    /// Three a triangle, counter-clockwise from outside.
    pub indices: Vec<u32>,
    /// Two an edge to be drawn (CESIUM_primitive_outline); empty for none.
    pub outline: Vec<u32>,
    pub feature_ids: Vec<FeatureIds>,
}

/// One set of feature ids of a primitive.
pub struct FeatureIds {
    pub label: &'static str,
    /// Index into `Glb::tables`.
    pub table: usize,
    /// Row of the table, one a position.
    pub rows: Vec<u32>,
}

const ARRAY_BUFFER: u32 = 34962;
const ELEMENT_ARRAY_BUFFER: u32 = 34963;
const FLOAT: u32 = 5126;
const UNSIGNED_INT: u32 = 5125;
const UNSIGNED_SHORT: u32 = 5123;

impl Glb<'_> {
    /// The file; empty primitives are left out.
    pub fn write(&self) -> Vec<u8> {
        let mut buffer = Buffer::default();
        let mut used = Vec::new();
        let primitives: Vec<Value> = self
            .primitives
            .iter()
            .filter(|primitive| !primitive.indices.is_empty())
            .map(|primitive| buffer.primitive(primitive, &mut used))
            .collect();
        let metadata = structural_metadata(self.schema, self.tables, self.enumerations, &mut buffer);
        let has_outline = self.primitives.iter().any(|primitive| !primitive.outline.is_empty());

        let mut node = Map::new();
        node.insert("translation".into(), json!(self.translation));
        if self.turn_deg != 0.0 {
            let half = (self.turn_deg / 2.0).to_radians();
            node.insert("rotation".into(), json!([0.0, half.sin(), 0.0, half.cos()]));
        }
        let mut root = Map::new();
        root.insert(
            "asset".into(),
            json!({"version": "2.0", "generator": self.generator, "extras": self.extras}),
        );
        let mut extensions_used = vec!["EXT_structural_metadata"];
        if !primitives.is_empty() {
            extensions_used.insert(0, "EXT_mesh_features");
            node.insert("mesh".into(), json!(0));
            root.insert(
                "materials".into(),
                used.iter().filter_map(|&at| self.materials.get(at)).map(material).collect(),
            );
            root.insert("meshes".into(), json!([{ "primitives": primitives }]));
            root.insert("accessors".into(), Value::Array(std::mem::take(&mut buffer.accessors)));
        }
        if has_outline {
            extensions_used.push("CESIUM_primitive_outline");
        }
        root.insert("extensionsUsed".into(), json!(extensions_used));
        root.insert("extensions".into(), json!({ "EXT_structural_metadata": metadata }));
        root.insert("scene".into(), json!(0));
        root.insert("scenes".into(), json!([{ "nodes": [0] }]));
        root.insert("nodes".into(), json!([node]));
        root.insert("bufferViews".into(), Value::Array(std::mem::take(&mut buffer.views)));
        buffer.pad();
        root.insert("buffers".into(), json!([{ "byteLength": buffer.bytes.len() }]));
        container(&Value::Object(root), &buffer.bytes)
    }
}

fn material(material: &Material) -> Value {
    json!({
        "name": material.name,
        "doubleSided": true,
        "pbrMetallicRoughness": {
            "baseColorFactor": material.colour.map(short), "metallicFactor": 0.0, "roughnessFactor": 1.0,
        },
    })
}

/// As people write it: 0.62, not 0.6200000047683716.
fn short(value: f32) -> f64 {
    (f64::from(value) * 1e4).round() / 1e4
}

/// Header and two chunks, each a multiple of eight bytes long so that the tables stay aligned.
fn container(root: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = root.to_string().into_bytes();
    // 20 bytes stand before the text, 8 between it and the binary chunk.
    while !(text.len() + 28).is_multiple_of(8) {
        text.push(b' ');
    }
    let total = 12 + 8 + text.len() + 8 + binary.len();
    let mut bytes = Vec::with_capacity(total);
    bytes.extend(b"glTF");
    bytes.extend(2u32.to_le_bytes());
    bytes.extend((total as u32).to_le_bytes());
    for (kind, content) in [(b"JSON", text.as_slice()), (b"BIN\0", binary)] {
        bytes.extend((content.len() as u32).to_le_bytes());
        bytes.extend(kind);
        bytes.extend(content);
    }
    bytes
}

/// The binary chunk on its way, with what points into it.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

impl Buffer {
    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(8) {
            self.bytes.push(0);
        }
    }

    /// Index of a new buffer view.
    pub(super) fn view(&mut self, data: impl IntoIterator<Item = u8>, target: Option<u32>) -> usize {
        self.pad();
        let offset = self.bytes.len();
        self.bytes.extend(data);
        let mut view = json!({ "buffer": 0, "byteOffset": offset, "byteLength": self.bytes.len() - offset });
        if let Some(target) = target {
            view["target"] = json!(target);
        }
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }

    fn vectors(&mut self, vectors: &[[f32; 3]], with_range: bool) -> usize {
        let data = vectors.iter().flatten().flat_map(|value| value.to_le_bytes());
        let view = self.view(data, Some(ARRAY_BUFFER));
        let mut accessor =
            json!({ "bufferView": view, "componentType": FLOAT, "count": vectors.len(), "type": "VEC3" });
        if with_range {
            let (mut min, mut max) = ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]);
            for vector in vectors {
                for axis in 0..3 {
                    min[axis] = min[axis].min(vector[axis]);
                    max[axis] = max[axis].max(vector[axis]);
                }
            }
            accessor["min"] = json!(min.map(f64::from));
            accessor["max"] = json!(max.map(f64::from));
        }
        self.accessor(accessor)
    }

    fn rows(&mut self, rows: &[u32]) -> usize {
        // glTF has no 32-bit integers on vertices; floats are exact to 2^24.
        let data = rows.iter().flat_map(|&row| (row as f32).to_le_bytes());
        let view = self.view(data, Some(ARRAY_BUFFER));
        self.accessor(
            json!({ "bufferView": view, "componentType": FLOAT, "count": rows.len(), "type": "SCALAR" }),
        )
    }

    fn indices(&mut self, indices: &[u32], vertex_count: usize) -> usize {
        let (view, kind) = match vertex_count < 65_535 {
            true => {
                let data = indices.iter().flat_map(|&index| (index as u16).to_le_bytes());
                (self.view(data, Some(ELEMENT_ARRAY_BUFFER)), UNSIGNED_SHORT)
            }
            false => {
                let data = indices.iter().flat_map(|index| index.to_le_bytes());
                (self.view(data, Some(ELEMENT_ARRAY_BUFFER)), UNSIGNED_INT)
            }
        };
        self.accessor(
            json!({ "bufferView": view, "componentType": kind, "count": indices.len(), "type": "SCALAR" }),
        )
    }

    fn primitive(&mut self, primitive: &Primitive, used: &mut Vec<usize>) -> Value {
        let material = used.iter().position(|&at| at == primitive.material).unwrap_or_else(|| {
            used.push(primitive.material);
            used.len() - 1
        });
        let vertex_count = primitive.positions.len();
        let mut attributes = Map::new();
        attributes.insert("POSITION".into(), json!(self.vectors(&primitive.positions, true)));
        attributes.insert("NORMAL".into(), json!(self.vectors(&primitive.normals, false)));
        let mut sets = Vec::new();
        for (number, set) in primitive.feature_ids.iter().enumerate() {
            attributes.insert(format!("_FEATURE_ID_{number}"), json!(self.rows(&set.rows)));
            let mut distinct = set.rows.clone();
            distinct.sort_unstable();
            distinct.dedup();
            sets.push(json!({
                "featureCount": distinct.len(), "attribute": number, "propertyTable": set.table, "label": set.label,
            }));
        }
        let mut extensions = Map::new();
        extensions.insert("EXT_mesh_features".into(), json!({ "featureIds": sets }));
        let indices = self.indices(&primitive.indices, vertex_count);
        if !primitive.outline.is_empty() {
            let outline = self.indices(&primitive.outline, vertex_count);
            extensions.insert("CESIUM_primitive_outline".into(), json!({ "indices": outline }));
        }
        json!({
            "attributes": attributes, "indices": indices, "material": material, "mode": 4, "extensions": extensions,
        })
    }
}
