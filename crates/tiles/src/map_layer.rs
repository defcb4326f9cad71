//! Features as a layer of a flat map tile: into whole units, cut at the tile's edge, without what nobody could see.

use geo::{Coord, LineString, Simplify};
use stadtwin_formats::mvt::{EXTENT, Layer, Shape, Value, clip_line, clip_ring};
use stadtwin_formats::raw_properties;
use stadtwin_model::{Feature, Place, RawFeature};

/// What sticks out of a tile is kept as far as this, so that outlines meet [units].
const BUFFER: f64 = 64.0;
/// How far a simplified line may be from the true one [units]; a pixel has 16.
const TOLERANCE: f64 = 1.0;
/// Shorter runs of points are left as they are.
const SIMPLE: usize = 5;

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
    let tile = Tile(bounds);
    for raw in features {
        let shape = tile.shape(&raw.feature);
        let attributes = attributes(raw, properties)?;
        let id = ("id", Value::Text(raw.feature.id.as_str().into()));
        let all = attributes.iter().map(|(name, value)| (name.as_str(), value.clone()));
        layer.push(u64::try_from(raw.feature.key).ok(), &shape, std::iter::once(id).chain(all));
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

/// `[x min, y min, x max, y max]` in the CRS.
pub(super) struct Tile(pub [f64; 4]);

impl Tile {
    const FRAME: [f64; 4] = [-BUFFER, -BUFFER, EXTENT as f64 + BUFFER, EXTENT as f64 + BUFFER];

    /// The tile with what sticks out of it, in the CRS.
    pub(super) fn frame(&self) -> [f64; 4] {
        let [x_min, y_min, x_max, y_max] = self.0;
        let share = BUFFER / f64::from(EXTENT);
        let (x, y) = ((x_max - x_min) * share, (y_max - y_min) * share);
        [x_min - x, y_min - y, x_max + x, y_max + y]
    }

    fn shape(&self, feature: &Feature) -> Shape {
        if !feature.footprint.is_empty() {
            let polygons =
                feature.footprint.iter().map(|rings| self.polygon(rings.iter().map(Vec::as_slice)));
            return Shape::Polygons(polygons.filter(|rings| !rings.is_empty()).collect());
        }
        match &feature.place {
            Place::Nothing => Shape::Points(Vec::new()),
            Place::Lines(lines) => self.lines(lines.iter().map(Vec::as_slice)),
            Place::Points(points) => self.points(points),
        }
    }

    pub(super) fn lines<'a>(&self, lines: impl Iterator<Item = &'a [[f64; 2]]>) -> Shape {
        let parts = lines.flat_map(|line| clip_line(&simplified(self.units(line)), Tile::FRAME));
        Shape::Lines(parts.map(|part| whole(&part)).collect())
    }

    pub(super) fn points(&self, points: &[[f64; 2]]) -> Shape {
        let [x_min, y_min, x_max, y_max] = Tile::FRAME;
        let inside = |at: &[f64; 2]| (x_min..=x_max).contains(&at[0]) && (y_min..=y_max).contains(&at[1]);
        Shape::Points(whole(&self.units(points).into_iter().filter(inside).collect::<Vec<_>>()))
    }

    /// Closed rings, exterior first.
    pub(super) fn polygon<'a>(&self, rings: impl Iterator<Item = &'a [[f64; 2]]>) -> Vec<Vec<[i32; 2]>> {
        let mut drawn = Vec::new();
        for (index, ring) in rings.enumerate() {
            let mut ring = simplified(self.units(ring));
            ring.pop();
            let ring = whole(&clip_ring(&ring, Tile::FRAME));
            match (ring.len() >= 3, index) {
                (true, _) => drawn.push(ring),
                (false, 0) => break,
                (false, _) => {}
            }
        }
        drawn
    }

    fn units(&self, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let [x_min, y_min, x_max, y_max] = self.0;
        let scale = [f64::from(EXTENT) / (x_max - x_min), f64::from(EXTENT) / (y_max - y_min)];
        points.iter().map(|[x, y]| [(x - x_min) * scale[0], (y_max - y) * scale[1]]).collect()
    }
}

fn simplified(points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if points.len() <= SIMPLE {
        return points;
    }
    let line: LineString = points.into_iter().map(|[x, y]| Coord { x, y }).collect();
    line.simplify(TOLERANCE).into_iter().map(|at| [at.x, at.y]).collect()
}

fn whole(points: &[[f64; 2]]) -> Vec<[i32; 2]> {
    points.iter().map(|at| at.map(|value| value.round() as i32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{Attributes, ClassId, class_by_name};

    fn feature(footprint: Vec<Vec<Vec<[f64; 2]>>>, place: Place) -> Feature {
        Feature {
            key: 7,
            id: "a".to_owned(),
            class: class_by_name("Building").unwrap_or(ClassId(0)),
            source_class: None,
            attributes: Attributes::new(),
            qualifiers: Attributes::new(),
            footprint,
            place,
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

    /// A tile whose unit is a metre.
    const TILE: [f64; 4] = [1000.0, 2000.0, 5096.0, 6096.0];

    #[test]
    fn outlines_are_counted_from_the_north_west_and_cut() {
        let check = |feature: Feature, expected: Shape| assert_eq!(Tile(TILE).shape(&feature), expected);
        let ring = |points: &[[f64; 2]]| vec![vec![points.to_vec()]];
        // Hand: 10 m east of the west edge and 20 m south of the north edge.
        let square =
            [[1010.0, 6066.0], [1020.0, 6066.0], [1020.0, 6076.0], [1010.0, 6076.0], [1010.0, 6066.0]];
        check(
            feature(ring(&square), Place::Nothing),
            Shape::Polygons(vec![vec![vec![[10, 30], [20, 30], [20, 20], [10, 20]]]]),
        );
        let line = vec![vec![[900.0, 6000.0], [1100.0, 6000.0]]];
        check(feature(vec![], Place::Lines(line)), Shape::Lines(vec![vec![[-64, 96], [100, 96]]]));
        check(
            feature(vec![], Place::Points(vec![[1001.4, 6095.0], [0.0, 0.0]])),
            Shape::Points(vec![[1, 1]]),
        );
    }

    #[test]
    fn attributes_are_plain_and_chosen() {
        let raw = RawFeature {
            feature: feature(vec![], Place::Nothing),
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
