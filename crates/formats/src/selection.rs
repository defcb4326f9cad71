//! What of features is written: chosen properties, and whether their geometry goes along.

use serde_json::Value;

use stadtwin_model::{Attributes, CityObject};

/// The default is everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Names as in GeoJSON; `None` = all.
    pub properties: Option<Vec<String>>,
    pub skips_geometry: bool,
}

impl Selection {
    pub fn is_everything(&self) -> bool {
        self.properties.is_none() && !self.skips_geometry
    }

    /// Whether the property with this name in GeoJSON is written.
    pub fn shows(&self, name: &str) -> bool {
        self.properties.as_ref().is_none_or(|names| names.iter().any(|known| known == name))
    }

    /// Takes away what is not written, from the object and all below it.
    pub fn reduce(&self, object: &mut CityObject) {
        if self.skips_geometry {
            object.geometries.clear();
            object.implicit_geometries.clear();
        }
        if self.properties.is_some() {
            let kept = self.keep(&mut object.attributes, &object.qualifiers);
            keep_extensions(&mut object.extensions, kept);
            for surface in object.geometries.iter_mut().flat_map(|geometry| &mut geometry.surfaces) {
                let kept = self.keep(&mut surface.attributes, &surface.qualifiers);
                keep_extensions(&mut surface.extensions, kept);
            }
        }
        object.children.iter_mut().for_each(|child| self.reduce(child));
    }

    /// Whether any of those left is the readable side of an extension's XML.
    fn keep(&self, attributes: &mut Attributes, qualifiers: &Attributes) -> bool {
        attributes.retain(|name, _| self.shows(&super::geojson::property_name(name)));
        let is_extension = |name: &String| {
            qualifiers.get(name).and_then(|all| all.get("extension")) == Some(&Value::Bool(true))
        };
        attributes.keys().any(is_extension)
    }
}

/// The XML of extensions stays whole where any of it is asked for: it is not taken apart.
fn keep_extensions(extensions: &mut Vec<String>, kept: bool) {
    if !kept {
        extensions.clear();
    }
}
