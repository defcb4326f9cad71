//! Features as a layer of a flat map tile: into whole units, cut at the tile's edge, without what nobody could see.

use geo::{Coord, LineString, Simplify};
use serde_json::Value as Json;

use stadtwin_formats::geojson;
use stadtwin_formats::mvt::{EXTENT, Layer, Shape, Value, clip_line, clip_ring};
use stadtwin_model::{Feature, Place};

/// What sticks out of a tile is kept as far as this, so that outlines meet [units].
const BUFFER: f64 = 64.0;
/// How far a simplified line may be from the true one [units]; a pixel has 16.
const TOLERANCE: f64 = 1.0;
/// Shorter runs of points are left as they are.
const SIMPLE: usize = 5;

/// Which attributes go along.
#[derive(Debug, Clone, PartialEq)]
pub enum MapProperties {
    All,
    /// By name; `id` always does.
    Named(Vec<String>),
}

/// A layer of features whose outlines are in the CRS of `bounds`, `[x min, y min, x max, y max]` of the tile.
///
/// Each has its id as attribute `id`; what is no plain value goes as JSON.
pub fn map_layer(name: &str, features: &[Feature], bounds: [f64; 4], properties: &MapProperties) -> Layer {
    let mut layer = Layer::new(name);
    let tile = Tile(bounds);
    for feature in features {
        let shape = tile.shape(feature);
        let attributes = attributes(feature, properties);
        layer.push(
            u64::try_from(feature.key).ok(),
            &shape,
            attributes.iter().map(|(name, value)| (name.as_str(), value.clone())),
        );
    }
    layer
}

fn attributes(feature: &Feature, properties: &MapProperties) -> Vec<(String, Value)> {
    let wanted = |name: &str| match properties {
        MapProperties::All => name != "id",
        MapProperties::Named(names) => name != "id" && names.iter().any(|wanted| wanted == name),
    };
    let mut attributes = vec![("id".to_owned(), Value::Text(feature.id.clone()))];
    for (name, value) in geojson::properties(feature) {
        if let Some(value) = plain(value).filter(|_| wanted(&name)) {
            attributes.push((name, value));
        }
    }
    attributes
}

fn plain(value: Json) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => Value::Double(number.as_f64()?),
        },
        Json::String(text) => Value::Text(text),
        nested => Value::Text(nested.to_string()),
    })
}

/// `[x min, y min, x max, y max]` in the CRS.
struct Tile([f64; 4]);

impl Tile {
    const FRAME: [f64; 4] = [-BUFFER, -BUFFER, EXTENT as f64 + BUFFER, EXTENT as f64 + BUFFER];

    fn shape(&self, feature: &Feature) -> Shape {
        if !feature.footprint.is_empty() {
            let polygons = feature.footprint.iter().map(|rings| self.polygon(rings));
            return Shape::Polygons(polygons.filter(|rings| !rings.is_empty()).collect());
        }
        match &feature.place {
            Place::Nothing => Shape::Points(Vec::new()),
            Place::Lines(lines) => {
                let parts =
                    lines.iter().flat_map(|line| clip_line(&simplified(self.units(line)), Tile::FRAME));
                Shape::Lines(parts.map(|part| whole(&part)).collect())
            }
            Place::Points(points) => {
                let [x_min, y_min, x_max, y_max] = Tile::FRAME;
                let inside =
                    |at: &[f64; 2]| (x_min..=x_max).contains(&at[0]) && (y_min..=y_max).contains(&at[1]);
                Shape::Points(whole(&self.units(points).into_iter().filter(inside).collect::<Vec<_>>()))
            }
        }
    }

    fn polygon(&self, rings: &[Vec<[f64; 2]>]) -> Vec<Vec<[i32; 2]>> {
        let mut drawn = Vec::with_capacity(rings.len());
        for (index, ring) in rings.iter().enumerate() {
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
    use serde_json::json;
    use stadtwin_model::{Attributes, ClassId, class_by_name};

    fn feature(footprint: Vec<Vec<Vec<[f64; 2]>>>, place: Place, attributes: Json) -> Feature {
        let Json::Object(attributes) = attributes else { panic!("no object") };
        Feature {
            key: 7,
            id: "a".to_owned(),
            class: class_by_name("Building").unwrap_or(ClassId(0)),
            source_class: None,
            attributes,
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
            feature(ring(&square), Place::Nothing, json!({})),
            Shape::Polygons(vec![vec![vec![[10, 30], [20, 30], [20, 20], [10, 20]]]]),
        );
        let line = vec![vec![[900.0, 6000.0], [1100.0, 6000.0]]];
        check(feature(vec![], Place::Lines(line), json!({})), Shape::Lines(vec![vec![[-64, 96], [100, 96]]]));
        check(
            feature(vec![], Place::Points(vec![[1001.4, 6095.0], [0.0, 0.0]]), json!({})),
            Shape::Points(vec![[1, 1]]),
        );
    }

    #[test]
    fn attributes_are_plain_and_chosen() {
        let one = feature(vec![], Place::Nothing, json!({"n": 3, "h": 2.5, "list": ["x"], "none": null}));
        let text = |text: &str| Value::Text(text.to_owned());
        let named = MapProperties::Named(["h", "list", "none", "other"].map(str::to_owned).to_vec());
        let expected = [("id", text("a")), ("h", Value::Double(2.5)), ("list", text("[\"x\"]"))]
            .map(|(name, value)| (name.to_owned(), value));
        assert_eq!(attributes(&one, &named), expected);
        let all = attributes(&one, &MapProperties::All);
        assert!(
            all.contains(&("n".to_owned(), Value::Integer(3)))
                && all.contains(&("class".to_owned(), text("Building")))
        );
    }
}
