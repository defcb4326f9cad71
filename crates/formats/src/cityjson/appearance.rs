//! Materials, textures and texture coordinates of a document or a line.

use super::findings::{Findings, reason_of};
use super::scan::{elements, members, text};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use stadtwin_model::{Material, Texture};
use std::collections::HashMap;
use std::ops::Range;

/// What `material` and `texture` of geometries point at.
#[derive(Debug, Default)]
pub struct Looks {
    pub materials: Vec<Material>,
    pub textures: Vec<Texture>,
    /// The first of the equal ones, by index.
    pub first_materials: Vec<u32>,
    pub first_textures: Vec<u32>,
    /// `[s, t]`, NaN where one is no pair of numbers.
    pub coordinates: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawTexture {
    #[serde(rename = "type")]
    kind: Option<String>,
    image: Option<String>,
    wrap_mode: Option<String>,
    texture_type: Option<String>,
    border_color: Option<Vec<f64>>,
    name: Option<String>,
}

pub fn read(bytes: &[u8], value: Range<usize>, findings: &mut Findings) -> Looks {
    let mut looks = Looks::default();
    for (key, value) in members(bytes, value).into_iter().flatten().flatten() {
        let Some(key) = bytes.get(key).and_then(text) else { continue };
        match key.as_ref() {
            "materials" => looks.materials = each(bytes, value, "material", findings),
            "textures" => {
                let raw: Vec<Option<RawTexture>> = each(bytes, value, "texture", findings);
                looks.textures = raw.into_iter().map(|raw| raw.map(texture).unwrap_or_default()).collect();
            }
            "vertices-texture" => {
                let raw: Vec<Option<[f64; 2]>> = each(bytes, value, "texture coordinate", findings);
                looks.coordinates = raw.into_iter().map(|pair| pair.unwrap_or([f64::NAN; 2])).collect();
            }
            _ => {}
        }
    }
    looks.first_materials = first_of_equals(&looks.materials);
    looks.first_textures = first_of_equals(&looks.textures);
    looks
}

fn first_of_equals<T: std::fmt::Debug>(items: &[T]) -> Vec<u32> {
    let mut known = HashMap::new();
    let places = items.iter().zip(0..);
    places.map(|(item, index)| *known.entry(format!("{item:?}")).or_insert(index)).collect()
}

/// The items of a list, empty ones in place of those that cannot be read.
fn each<T: DeserializeOwned + Default>(
    bytes: &[u8],
    value: Range<usize>,
    what: &str,
    findings: &mut Findings,
) -> Vec<T> {
    let mut items = Vec::new();
    for range in elements(bytes, value) {
        let item = serde_json::from_slice(bytes.get(range).unwrap_or(&[]));
        items.push(item.unwrap_or_else(|error| {
            findings.warning(
                "appearance_invalid",
                format!("{what} {} cannot be read: {}", items.len(), reason_of(&error)),
            );
            T::default()
        }));
    }
    items
}

fn texture(raw: RawTexture) -> Texture {
    let border_color = raw.border_color.and_then(|color| match color.as_slice() {
        [r, g, b] => Some([*r, *g, *b, 1.0]),
        [r, g, b, a] => Some([*r, *g, *b, *a]),
        _ => None,
    });
    Texture {
        name: raw.name.unwrap_or_default(),
        image: raw.image.unwrap_or_default(),
        mime_type: raw.kind.and_then(|kind| mime_type(&kind)).map(str::to_owned),
        texture_type: raw.texture_type,
        wrap_mode: raw.wrap_mode,
        border_color,
        ..Texture::default()
    }
}

fn mime_type(kind: &str) -> Option<&'static str> {
    match kind.to_ascii_uppercase().as_str() {
        "PNG" => Some("image/png"),
        "JPG" | "JPEG" => Some("image/jpeg"),
        _ => None,
    }
}
