//! Features as a layer of a flat map tile: those that have an outline there, with their attributes.

use super::map_sketch::Sketch;
use stadtwin_formats::mvt::{Layer, Value};
use stadtwin_formats::raw_properties;
use stadtwin_model::RawFeature;

/// Which attributes go along.
#[derive(Debug, Clone, PartialEq)]
pub enum MapProperties {
    /// All that are plain values.
    Plain,
    /// By name; `id` always does. What is no plain value goes as JSON.
    Named(Vec<String>),
}

impl MapProperties {
    fn hold(&self, name: &str, json: &str) -> bool {
        name != "id" && self.show(name, is_plain(json))
    }

    /// Whether a property that is or is no plain value goes along.
    pub(super) fn show(&self, name: &str, is_plain: bool) -> bool {
        match self {
            MapProperties::Plain => is_plain,
            MapProperties::Named(names) => names.iter().any(|wanted| wanted == name),
        }
    }
}

/// Whether JSON is a text, a number or a truth.
pub(super) fn is_plain(json: &str) -> bool {
    !json.starts_with(['{', '['])
}

/// A layer of features whose outlines are in the CRS of `bounds`, `[x min, y min, x max, y max]` of the tile. Each has
/// its id as attribute `id`. The error says what is wrong with a feature's attributes.
pub fn map_layer(
    name: &str,
    features: &[RawFeature],
    bounds: [f64; 4],
    properties: &MapProperties,
) -> Result<Layer, serde_json::Error> {
    let mut layer = Layer::new(name);
    let mut sketch = Sketch::new(bounds);
    let (mut tags, mut encoded) = (Vec::new(), Vec::new());
    for raw in features {
        let kind = sketch.draw(&raw.feature);
        if sketch.is_empty() {
            continue;
        }
        let attributes = attributes(raw, properties)?;
        let id = ("id", Value::Text(raw.feature.id.as_str().into()));
        let all = attributes.iter().map(|(name, value)| (name.as_str(), value.clone()));
        tags.clear();
        for (name, value) in std::iter::once(id).chain(all) {
            value.encode(&mut encoded);
            tags.extend([layer.key(name), layer.value(&encoded)]);
        }
        layer.push_encoded(u64::try_from(raw.feature.key).ok(), kind, sketch.commands(), &tags);
    }
    Ok(layer)
}

fn attributes(
    raw: &RawFeature,
    properties: &MapProperties,
) -> Result<Vec<(String, Value<'static>)>, serde_json::Error> {
    let mut attributes = Vec::with_capacity(16);
    raw_properties(raw, &mut |name, json| {
        if properties.hold(name, json) {
            attributes.extend(plain(json).map(|value| (name.to_owned(), value)));
        }
    })?;
    Ok(attributes)
}

pub(super) fn plain(json: &str) -> Option<Value<'static>> {
    Some(match json.as_bytes().first()? {
        b'n' => return None,
        b't' => Value::Bool(true),
        b'f' => Value::Bool(false),
        b'"' => Value::Text(serde_json::from_str::<String>(json).ok()?.into()),
        b'{' | b'[' => Value::Text(json.to_owned().into()),
        _ => match json.parse::<i64>() {
            Ok(whole) => Value::Integer(whole),
            Err(_) => Value::Double(json.parse().ok()?),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{Attributes, ClassId, Feature, Place, class_by_name};

    fn feature() -> Feature {
        Feature {
            key: 7,
            id: "a".to_owned(),
            class: class_by_name("Building").unwrap_or(ClassId(0)),
            source_class: None,
            attributes: Attributes::new(),
            qualifiers: Attributes::new(),
            footprint: Vec::new(),
            place: Place::Nothing,
            heights_m: None,
            lods: Vec::new(),
            children: Vec::new(),
            valid_from: None,
            valid_to: None,
            revision: 1,
            content_hash: [0; 16],
            ground: None,
            lineage: None,
        }
    }

    #[test]
    fn attributes_are_plain_and_chosen() {
        let raw = RawFeature {
            feature: feature(),
            attributes: r#"{"n": 3, "h": 2.50, "list": ["x"], "none": null, "é": "a\"b", "yes": true}"#
                .to_owned(),
            qualifiers: None,
        };
        let text = |text: &str| Value::Text(text.to_owned().into());
        let check = |properties: MapProperties, expected: &[(&str, Value<'static>)]| {
            let found = attributes(&raw, &properties).unwrap();
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            assert_eq!(found, expected);
        };
        let named = ["h", "list", "none", "other", "id"].map(str::to_owned).to_vec();
        check(MapProperties::Named(named), &[("h", Value::Double(2.5)), ("list", text("[\"x\"]"))]);
        check(
            MapProperties::Plain,
            &[
                ("class", text("Building")),
                ("n", Value::Integer(3)),
                ("h", Value::Double(2.5)),
                ("é", text("a\"b")),
                ("yes", Value::Bool(true)),
                ("revision", Value::Integer(1)),
            ],
        );
    }
}
