//! A layer: features with keys and values told once.

use std::borrow::Cow;

use super::bytes::{push_bytes, push_double, push_head, push_number, push_packed, sized_bytes, zigzag};
use super::names::Names;

/// Units along a side of a tile; `[0, 0]` is its north-west corner, y grows south.
pub const EXTENT: i32 = 4096;
/// Field 5, the units along a side, and field 15, the version of the specification: 2.
const SCALE: [u8; 3] = [5 << 3, (EXTENT & 0x7f) as u8 | 0x80, (EXTENT >> 7) as u8];
const VERSION: [u8; 2] = [15 << 3, 2];

/// A geometry in units of the tile.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    Points(Vec<[i32; 2]>),
    Lines(Vec<Vec<[i32; 2]>>),
    /// Closed rings without their last point: of each polygon the exterior, then its holes. Which way they run is
    /// settled here.
    Polygons(Vec<Vec<Vec<[i32; 2]>>>),
}

/// What an attribute may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Double(f64),
    Integer(i64),
    Bool(bool),
}

/// A named layer under construction.
#[derive(Debug)]
pub struct Layer {
    name: String,
    keys: Names,
    values: Names,
    features: Vec<u8>,
    feature_count: usize,
    /// The feature that is being written.
    scratch: Vec<u8>,
}

impl Layer {
    pub fn new(name: &str) -> Layer {
        Layer {
            name: name.to_owned(),
            keys: Names::default(),
            values: Names::default(),
            features: Vec::new(),
            feature_count: 0,
            scratch: Vec::new(),
        }
    }

    /// Adds a feature, unless nothing is left of its shape in whole units; says whether it did.
    pub fn push<'a>(
        &mut self,
        id: Option<u64>,
        shape: &Shape,
        attributes: impl IntoIterator<Item = (&'a str, Value<'a>)>,
    ) -> bool {
        let (kind, commands) = shape.commands();
        if commands.is_empty() {
            return false;
        }
        let mut encoded = Vec::new();
        let tags: Vec<u32> = attributes
            .into_iter()
            .flat_map(|(key, value)| {
                value.encode(&mut encoded);
                [self.keys.number(key.as_bytes()), self.values.number(&encoded)]
            })
            .collect();
        self.push_encoded(id, kind, &commands, &tags);
        true
    }

    /// The number of a key in this layer.
    pub fn key(&mut self, name: &str) -> u32 {
        self.keys.number(name.as_bytes())
    }

    /// The number of a value in this layer, as [`Value::encode`] wrote it.
    pub fn value(&mut self, encoded: &[u8]) -> u32 {
        self.values.number(encoded)
    }

    /// Adds a feature by the [`Shape::commands`] of its shape and the numbers of its keys and values in turn.
    pub fn push_encoded(&mut self, id: Option<u64>, kind: u64, commands: &[u32], tags: &[u32]) {
        let feature = &mut self.scratch;
        feature.clear();
        if let Some(id) = id {
            push_number(feature, 1, id);
        }
        push_packed(feature, 2, tags);
        push_number(feature, 3, kind);
        push_packed(feature, 4, commands);
        push_bytes(&mut self.features, 2, feature);
        self.feature_count += 1;
    }

    /// Begins another layer in the memory of this one.
    pub fn restart(&mut self, name: &str) {
        name.clone_into(&mut self.name);
        self.keys.clear();
        self.values.clear();
        self.features.clear();
        self.feature_count = 0;
    }

    pub fn feature_count(&self) -> usize {
        self.feature_count
    }

    /// Appends the layer to a tile, which is its layers one after another; a layer without features has no place there.
    pub fn write(&self, tile: &mut Vec<u8>) {
        if self.feature_count == 0 {
            return;
        }
        let tables = self.keys.iter().chain(self.values.iter());
        let end: usize = [&SCALE[..], &VERSION[..]].iter().map(|bytes| bytes.len()).sum();
        let size = sized_bytes(self.name.len())
            + self.features.len()
            + tables.map(|entry| sized_bytes(entry.len())).sum::<usize>()
            + end;
        tile.reserve_exact(sized_bytes(size));
        push_head(tile, 3, size);
        push_bytes(tile, 1, self.name.as_bytes());
        tile.extend_from_slice(&self.features);
        self.keys.iter().for_each(|key| push_bytes(tile, 3, key));
        self.values.iter().for_each(|value| push_bytes(tile, 4, value));
        tile.extend_from_slice(&SCALE);
        tile.extend_from_slice(&VERSION);
    }
}

impl Value<'_> {
    /// The message of the specification, in place of what `out` held.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.clear();
        match self {
            Value::Text(text) => push_bytes(out, 1, text.as_bytes()),
            Value::Double(value) => push_double(out, 3, *value),
            // Two's complement in a varint, as `int_value` has it.
            Value::Integer(value) => push_number(out, 4, *value as u64),
            Value::Bool(value) => push_number(out, 7, u64::from(*value)),
        }
    }
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

/// Draws a shape: its commands, with the pen's place, from which the next point is told.
#[derive(Debug, Default)]
pub struct Pen {
    commands: Vec<u32>,
    at: [i32; 2],
}

impl Shape {
    /// The kind of geometry and its commands (specification 4.3); none when nothing is left to draw.
    pub fn commands(&self) -> (u64, Vec<u32>) {
        let mut pen = Pen::default();
        (pen.draw(self), pen.commands)
    }
}

impl Pen {
    /// Draws a shape in place of what was there; gives its kind of geometry.
    pub fn draw(&mut self, shape: &Shape) -> u64 {
        self.clear();
        match shape {
            Shape::Points(points) => {
                self.run(MOVE_TO, points);
                1
            }
            Shape::Lines(lines) => {
                lines.iter().for_each(|line| self.line(line));
                2
            }
            Shape::Polygons(polygons) => {
                polygons.iter().for_each(|rings| self.polygon(rings));
                3
            }
        }
    }

    fn run(&mut self, command: u32, points: &[[i32; 2]]) {
        if points.is_empty() {
            return;
        }
        self.commands.push((points.len() as u32) << 3 | command);
        for point in points {
            for (value, before) in point.iter().zip(self.at) {
                self.commands.push(zigzag(value.wrapping_sub(before)));
            }
            self.at = *point;
        }
    }

    fn line(&mut self, line: &[[i32; 2]]) {
        let points = without_repeats(line);
        if let Some((first, rest)) = points.split_first().filter(|(_, rest)| !rest.is_empty()) {
            self.run(MOVE_TO, std::slice::from_ref(first));
            self.run(LINE_TO, rest);
        }
    }

    /// Holes of a polygon whose exterior has no area are nothing either.
    fn polygon(&mut self, rings: &[Vec<[i32; 2]>]) {
        for (index, ring) in rings.iter().enumerate() {
            let is_drawn = self.ring(&mut ring.clone(), index == 0);
            if index == 0 && !is_drawn {
                return;
            }
        }
    }

    /// What was drawn since the beginning.
    pub fn commands(&self) -> &[u32] {
        &self.commands
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.commands.clear();
        self.at = [0, 0];
    }

    /// Draws a ring, closed or not, unless it has no area; says whether it did. The points are left in any order.
    pub fn ring(&mut self, points: &mut Vec<[i32; 2]>, is_exterior: bool) -> bool {
        points.dedup();
        if points.len() > 1 && points.first() == points.last() {
            points.pop();
        }
        let area = doubled_area(points);
        if points.len() < 3 || area == 0 {
            return false;
        }
        // Exteriors run clockwise on the screen: their area by the surveyor's formula is above 0, since y grows south.
        if (area > 0) != is_exterior {
            points.reverse();
        }
        if let Some((first, rest)) = points.split_first() {
            self.run(MOVE_TO, std::slice::from_ref(first));
            self.run(LINE_TO, rest);
            self.commands.push(1 << 3 | CLOSE_PATH);
        }
        true
    }
}

fn without_repeats(points: &[[i32; 2]]) -> Vec<[i32; 2]> {
    let mut points = points.to_vec();
    points.dedup();
    points
}

fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    let next = ring.iter().skip(1).chain(ring.first());
    let cross =
        |a: &[i32; 2], b: &[i32; 2]| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
    ring.iter().zip(next).map(|(a, b)| cross(a, b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_become_the_commands_of_the_specification() {
        // Mapbox Vector Tile 2.1, 4.3.5: the examples with their numbers.
        let check = |shape: Shape, kind: u64, commands: &[u32]| {
            assert_eq!(shape.commands(), (kind, commands.to_vec()), "{shape:?}");
        };
        check(Shape::Points(vec![[25, 17]]), 1, &[9, 50, 34]);
        check(Shape::Points(vec![[5, 7], [3, 2]]), 1, &[17, 10, 14, 3, 9]);
        check(Shape::Lines(vec![vec![[2, 2], [2, 10], [10, 10]]]), 2, &[9, 4, 4, 18, 0, 16, 16, 0]);
        check(
            Shape::Lines(vec![vec![[2, 2], [2, 10], [10, 10]], vec![[1, 1], [3, 5]]]),
            2,
            &[9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8],
        );
        check(
            Shape::Polygons(vec![vec![vec![[3, 6], [8, 12], [20, 34]]]]),
            3,
            &[9, 6, 12, 18, 10, 12, 24, 44, 15],
        );
        check(
            Shape::Polygons(vec![
                vec![vec![[0, 0], [10, 0], [10, 10], [0, 10]]],
                vec![
                    vec![[11, 11], [20, 11], [20, 20], [11, 20]],
                    vec![[13, 13], [13, 17], [17, 17], [17, 13]],
                ],
            ]),
            3,
            &[
                9, 0, 0, 26, 20, 0, 0, 20, 19, 0, 15, 9, 22, 2, 26, 18, 0, 0, 18, 17, 0, 15, 9, 4, 13, 26, 0,
                8, 8, 0, 0, 7, 15,
            ],
        );
    }

    #[test]
    fn what_has_no_extent_is_left_out() {
        let mut layer = Layer::new("nothing");
        for shape in [
            Shape::Points(vec![]),
            Shape::Lines(vec![vec![[1, 1], [1, 1]]]),
            Shape::Polygons(vec![vec![vec![[0, 0], [4, 4], [8, 8]], vec![[0, 0], [1, 0], [1, 1]]]]),
        ] {
            assert!(!layer.push(None, &shape, []), "{shape:?}");
        }
        let mut tile = Vec::new();
        layer.write(&mut tile);
        assert!(tile.is_empty());
    }

    #[test]
    fn keys_and_values_are_told_once() {
        let mut layer = Layer::new("a");
        for id in [1, 2] {
            layer.push(Some(id), &Shape::Points(vec![[1, 1]]), [("k", Value::Text("v".into()))]);
        }
        let mut tile = Vec::new();
        layer.write(&mut tile);
        // By hand after the specification's schema: layer (field 3) of name, two features, key, value, extent, version.
        let feature = |id| [0x12, 0x0D, 0x08, id, 0x12, 2, 0, 0, 0x18, 1, 0x22, 3, 9, 2, 2];
        let mut expected = vec![0x1A, 46, 0x0A, 1, b'a'];
        expected.extend(feature(1));
        expected.extend(feature(2));
        expected.extend([0x1A, 1, b'k', 0x22, 3, 0x0A, 1, b'v', 0x28, 0x80, 0x20, 0x78, 2]);
        assert_eq!(tile, expected);
    }
}
