//! Features into the bytes of a pack.

use std::collections::HashMap;

use super::Kind;
use crate::map_grid::steps;
use crate::map_layer::{is_plain, plain};
use stadtwin_formats::mvt::{Value, push_varint};
use stadtwin_formats::raw_properties;
use stadtwin_model::{Place, RawFeature};

/// Things told once, by the order in which they were met.
struct Table<T> {
    numbers: HashMap<T, u64>,
    in_order: Vec<T>,
}

impl<T: Clone + std::hash::Hash + Eq> Table<T> {
    fn new() -> Table<T> {
        Table { numbers: HashMap::new(), in_order: Vec::new() }
    }

    fn number(&mut self, thing: &T) -> u64 {
        if let Some(number) = self.numbers.get(thing) {
            return *number;
        }
        let number = self.in_order.len() as u64;
        self.numbers.insert(thing.clone(), number);
        self.in_order.push(thing.clone());
        number
    }
}

struct Writer {
    names: Table<String>,
    layouts: Table<Vec<u64>>,
    /// Encoded, and whether it is plain.
    values: Table<(Vec<u8>, bool)>,
    features: Vec<u8>,
    count: u64,
    /// The point and key before, from which the next are told.
    at: [i64; 2],
    key: i64,
}

/// The pack of features by their keys; those without a place are left out. The error says what is wrong with a feature's
/// attributes.
pub fn pack_features(features: &[RawFeature]) -> Result<Vec<u8>, serde_json::Error> {
    let mut writer = Writer {
        names: Table::new(),
        layouts: Table::new(),
        values: Table::new(),
        features: Vec::new(),
        count: 0,
        at: [0, 0],
        key: 0,
    };
    for raw in features {
        writer.push(raw)?;
    }
    Ok(writer.finish())
}

/// Small numbers of either sign become small ones without.
fn push_signed(out: &mut Vec<u8>, value: i64) {
    push_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn push_sized(out: &mut Vec<u8>, bytes: &[u8]) {
    push_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

impl Writer {
    fn push(&mut self, raw: &RawFeature) -> Result<(), serde_json::Error> {
        let feature = &raw.feature;
        let Some([x_min, y_min, x_max, y_max]) = feature.bounds() else { return Ok(()) };
        let size_m = (x_max - x_min).max(y_max - y_min);
        push_signed(&mut self.features, feature.key.wrapping_sub(self.key));
        self.key = feature.key;
        self.features.extend_from_slice(&size_m.to_le_bytes());
        match &feature.place {
            _ if !feature.footprint.is_empty() => self.polygons(&feature.footprint),
            Place::Lines(lines) => {
                self.head(Kind::Lines, lines.len());
                lines.iter().for_each(|line| self.run(line));
            }
            Place::Points(points) => {
                self.head(Kind::Points, 1);
                self.run(points);
            }
            Place::Nothing => {}
        }
        self.properties(raw)?;
        self.count += 1;
        Ok(())
    }

    fn head(&mut self, kind: Kind, count: usize) {
        push_varint(&mut self.features, (count as u64) << 2 | kind as u64);
    }

    /// Rings come closed: their last point is not told again.
    fn polygons(&mut self, polygons: &[Vec<Vec<[f64; 2]>>]) {
        self.head(Kind::Polygons, polygons.len());
        for rings in polygons {
            push_varint(&mut self.features, rings.len() as u64);
            for ring in rings {
                self.run(ring.split_last().map_or(&[], |(_, open)| open));
            }
        }
    }

    fn run(&mut self, points: &[[f64; 2]]) {
        push_varint(&mut self.features, points.len() as u64);
        for point in points {
            let at = point.map(steps);
            for (value, before) in at.iter().zip(self.at) {
                push_signed(&mut self.features, value.wrapping_sub(before));
            }
            self.at = at;
        }
    }

    fn properties(&mut self, raw: &RawFeature) -> Result<(), serde_json::Error> {
        let mut layout = vec![self.names.number(&"id".to_owned())];
        let mut numbers = vec![self.value(&Value::Text(raw.feature.id.as_str().into()), true)];
        raw_properties(raw, &mut |name, json| {
            // The id of the feature goes by this name.
            if name == "id" {
                return;
            }
            if let Some(value) = plain(json) {
                layout.push(self.names.number(&name.to_owned()));
                numbers.push(self.value(&value, is_plain(json)));
            }
        })?;
        let layout = self.layouts.number(&layout);
        push_varint(&mut self.features, layout);
        numbers.iter().for_each(|number| push_varint(&mut self.features, *number));
        Ok(())
    }

    fn value(&mut self, value: &Value<'_>, is_plain: bool) -> u64 {
        let mut encoded = Vec::new();
        value.encode(&mut encoded);
        self.values.number(&(encoded, is_plain))
    }

    fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.features.len() * 2);
        push_varint(&mut out, self.names.in_order.len() as u64);
        self.names.in_order.iter().for_each(|name| push_sized(&mut out, name.as_bytes()));
        push_varint(&mut out, self.layouts.in_order.len() as u64);
        for layout in &self.layouts.in_order {
            push_varint(&mut out, layout.len() as u64);
            layout.iter().for_each(|number| push_varint(&mut out, *number));
        }
        push_varint(&mut out, self.values.in_order.len() as u64);
        for (encoded, is_plain) in &self.values.in_order {
            push_varint(&mut out, (encoded.len() as u64) << 1 | u64::from(*is_plain));
        }
        self.values.in_order.iter().for_each(|(encoded, _)| out.extend_from_slice(encoded));
        push_varint(&mut out, self.count);
        out.extend_from_slice(&self.features);
        out
    }
}
