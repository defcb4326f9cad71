//! GLB in: the triangles of a glTF 2.0 scene with their colours; bounded, and nothing outside of the file is looked for.

mod accessor;
mod document;
mod scene;

#[cfg(test)]
mod tests;

use document::Document;

/// Triangles of one model.
pub const MOST_TRIANGLES: usize = 100_000;

/// A scene as triangles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GlbModel {
    /// Of the scene, or of its only node.
    pub name: Option<String>,
    /// Corners in the scene's own axes: right, up, towards the viewer [m].
    pub triangles: Vec<[[f64; 3]; 3]>,
    /// By triangle: index into `materials`.
    pub material_of: Vec<Option<usize>>,
    pub materials: Vec<GlbMaterial>,
    /// Points and lines that were passed over.
    pub skipped_primitives: usize,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct GlbMaterial {
    pub name: String,
    /// Red, green, blue, opacity, 0 … 1.
    pub color: [f64; 4],
    pub has_texture: bool,
}

/// Why a model cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlbError {
    #[error("the model is no GLB of version 2: {0}")]
    Container(&'static str),
    #[error("the JSON of the model is broken: {0}")]
    Json(String),
    #[error("the model needs the extension `{0}`, which is not known here")]
    Extension(String),
    #[error("the model keeps its shapes in another file: send them within one .glb")]
    External,
    #[error("`{what}` {index} of the model {fault}")]
    Damaged { what: &'static str, index: usize, fault: &'static str },
    #[error("the model has more than {MOST_TRIANGLES} triangles: send a simpler one")]
    TooMany,
}

/// Whether the bytes are a GLB.
pub fn is_glb(bytes: &[u8]) -> bool {
    bytes.starts_with(b"glTF")
}

/// Reads the triangles of the scene.
pub fn read_glb(bytes: &[u8]) -> Result<GlbModel, GlbError> {
    let (json, binary) = chunks(bytes)?;
    let document: Document =
        serde_json::from_slice(json).map_err(|error| GlbError::Json(error.to_string()))?;
    if let Some(unknown) = document.extensions_required.iter().find(|name| !is_known(name)) {
        return Err(GlbError::Extension(unknown.chars().take(80).collect()));
    }
    scene::triangles(&document, binary)
}

/// Extensions that change looks alone.
fn is_known(name: &str) -> bool {
    name.starts_with("KHR_materials_") || ["KHR_texture_transform", "KHR_lights_punctual"].contains(&name)
}

/// The JSON and the buffer behind it.
fn chunks(bytes: &[u8]) -> Result<(&[u8], &[u8]), GlbError> {
    let word = |at: usize| {
        let four = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]) as usize)
    };
    if !is_glb(bytes) || word(4) != Some(2) {
        return Err(GlbError::Container("it does not begin as one"));
    }
    let cut = GlbError::Container("it ends too soon");
    let chunk = |at: usize, kind: &[u8; 4]| {
        let length = word(at)?;
        let content = bytes.get(at + 8..(at + 8).checked_add(length)?)?;
        (bytes.get(at + 4..at + 8)? == kind).then_some(content)
    };
    let json = chunk(12, b"JSON").ok_or(cut)?;
    Ok((json, chunk(20 + json.len(), b"BIN\0").unwrap_or_default()))
}
