//! Ids for objects that have none, made from what the object says.

use super::tree::Element;
use crate::model::{ClassId, Geometry};
use std::collections::HashMap;

/// `building-0123456789abcdef` over local names and texts, so that a re-import of the same content finds the same
/// id whatever prefixes, line breaks and generated child ids the file has.
pub fn from_content(element: &Element, class: ClassId, made: &mut HashMap<String, u32>) -> String {
    let mut hasher = blake3::Hasher::new();
    for below in element.descendants() {
        hasher.update(below.local());
        hasher.update(b"\0");
        hasher.update(below.text().as_bytes());
        hasher.update(b"\0");
    }
    let hash = hasher.finalize().to_hex();
    let id = format!("{}-{}", class.name().to_lowercase(), hash.get(..16).unwrap_or_default());
    let count = made.entry(id.clone()).or_insert(0);
    *count += 1;
    if *count > 1 { format!("{id}-{count}") } else { id }
}

/// `template-0123456789abcdef` over the coordinates of a prototype without gml:id.
pub fn of_template(geometry: &Geometry) -> String {
    let mut hasher = blake3::Hasher::new();
    for coordinate in geometry.points.iter().flatten() {
        hasher.update(&coordinate.to_le_bytes());
    }
    for end in &geometry.ring_ends {
        hasher.update(&end.to_le_bytes());
    }
    let hash = hasher.finalize().to_hex();
    format!("template-{}", hash.get(..16).unwrap_or_default())
}
