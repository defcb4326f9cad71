//! A layer of a tile out of packs: the same as out of the features themselves.

use std::sync::Arc;

use super::{Kind, MapPack, Packed};
use crate::map_layer::MapProperties;
use crate::map_sketch::Sketch;
use stadtwin_formats::mvt::Layer;

/// A number in the layer that is not known yet, and one that nobody wants.
const UNKNOWN: u32 = u32::MAX;
const UNWANTED: u32 = u32::MAX - 1;

/// How often the least size is raised before a tile is given up as too full, the first included.
const RAISES: u32 = 8;

/// A pack's names and values by their numbers in the layer.
struct Numbers<'a> {
    pack: &'a MapPack,
    names: Vec<u32>,
    values: Vec<u32>,
    shows_all: bool,
}

/// What `map_layer` makes of the features of the packs that are `least_m` across, or have no area. Where they are more than
/// `most`, only larger ones; says no when they still are. The layer is begun anew.
pub fn packed_layer(
    layer: &mut Layer,
    name: &str,
    packs: &[Arc<MapPack>],
    bounds: [f64; 4],
    least_m: f64,
    most: usize,
    properties: &MapProperties,
) -> bool {
    let mut sketch = Sketch::new(bounds);
    let frame = sketch.frame();
    let mut found: Vec<(i64, usize, &Packed)> = Vec::new();
    for (number, pack) in packs.iter().enumerate() {
        let seen = pack.features.iter().filter(|feature| feature.is_seen(frame, least_m));
        found.extend(seen.map(|feature| (feature.key, number, feature)));
    }
    // As the store does it with rows.
    let mut least_m = least_m;
    for _ in 1..RAISES {
        if found.len() > most {
            least_m = (least_m * 2.0).max(1.0);
            found.retain(|(_, _, feature)| feature.is_large(least_m));
        }
    }
    if found.len() > most {
        return false;
    }
    // Those of each pack are in order already.
    found.sort_by_key(|(key, ..)| *key);
    layer.restart(name);
    let mut all: Vec<_> = packs.iter().map(|pack| Numbers::new(pack, properties)).collect();
    let mut tags = Vec::new();
    for (key, number, feature) in found {
        let Some(numbers) = all.get_mut(number) else { continue };
        let kind = numbers.pack.draw(feature, &mut sketch);
        if !sketch.is_empty() {
            numbers.tags(feature, layer, &mut tags);
            layer.push_encoded(u64::try_from(key).ok(), kind, sketch.commands(), &tags);
        }
    }
    true
}

impl Packed {
    fn is_seen(&self, frame: [f64; 4], least_m: f64) -> bool {
        let [x_min, y_min, x_max, y_max] = self.bounds;
        let meets = x_min <= frame[2] && x_max >= frame[0] && y_min <= frame[3] && y_max >= frame[1];
        meets && self.is_large(least_m)
    }

    fn is_large(&self, least_m: f64) -> bool {
        self.kind != Kind::Polygons || self.size_m >= least_m
    }
}

impl MapPack {
    /// Gives the kind of geometry.
    fn draw(&self, feature: &Packed, sketch: &mut Sketch) -> u64 {
        let mut runs = self.runs(feature).peekable();
        match feature.kind {
            Kind::Polygons => {
                sketch.begin();
                while let Some((_, exterior)) = runs.next() {
                    let holes = std::iter::from_fn(|| runs.next_if(|(begins, _)| !begins));
                    sketch.polygon(std::iter::once(exterior).chain(holes.map(|(_, points)| points)));
                    // Holes of what was not drawn.
                    while runs.next_if(|(begins, _)| !begins).is_some() {}
                }
                Sketch::POLYGONS
            }
            Kind::Lines => sketch.lines(runs.map(|(_, points)| points)),
            Kind::Points => sketch.points(runs.next().map_or(&[], |(_, points)| points)),
        }
    }
}

impl<'a> Numbers<'a> {
    fn new(pack: &'a MapPack, properties: &MapProperties) -> Numbers<'a> {
        let state = |name: &String| match name == "id" || properties.show(name, true) {
            true => UNKNOWN,
            false => UNWANTED,
        };
        Numbers {
            pack,
            names: pack.names.iter().map(state).collect(),
            values: vec![UNKNOWN; pack.values.len()],
            shows_all: matches!(properties, MapProperties::Named(_)),
        }
    }

    /// Keys and values of a feature by their numbers in the layer.
    fn tags(&mut self, feature: &Packed, layer: &mut Layer, tags: &mut Vec<u32>) {
        tags.clear();
        let layout = self.pack.layouts.get(feature.layout as usize).map_or(&[][..], Vec::as_slice);
        let numbers = self.pack.numbers.get(feature.first_number as usize..).unwrap_or_default();
        for (name, number) in layout.iter().zip(numbers) {
            let Some(key) = self.names.get_mut(*name as usize).filter(|key| **key != UNWANTED) else {
                continue;
            };
            if !self.shows_all && self.pack.values.get(*number as usize).is_none_or(|value| !value.is_plain) {
                continue;
            }
            if *key == UNKNOWN {
                *key = layer.key(self.pack.names.get(*name as usize).map_or("", String::as_str));
            }
            let Some(value) = self.values.get_mut(*number as usize) else { continue };
            if *value == UNKNOWN {
                *value = layer.value(self.pack.value(*number));
            }
            tags.extend([*key, *value]);
        }
    }
}
