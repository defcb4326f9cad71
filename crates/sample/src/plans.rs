//! Two planning variants of a new quarter on a free field, as CityJSON 2.0.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::landscape::world;
use super::roof::{self, Roof};
use super::solid::{Frame, Point, Solid};
use super::yard::{ground_under, rectangle};

/// South-western corner of the quarter in local metres and its turn in radians.
const QUARTER: ([f64; 2], f64) = ([102.0, 325.0], -0.16);

/// A planned building: name, place and size in the quarter (m), storeys, roof.
type Plan = (&'static str, [f64; 2], [f64; 2], u32, Roof);

/// Rows and small houses around green yards.
pub const VARIANT_A: [Plan; 11] = [
    ("Haus 1", [0.0, 0.0], [36.0, 11.0], 3, Roof::Gable),
    ("Haus 2", [46.0, 0.0], [36.0, 11.0], 3, Roof::Gable),
    ("Haus 3", [92.0, 0.0], [30.0, 11.0], 3, Roof::Gable),
    ("Haus 4", [0.0, 34.0], [28.0, 11.0], 2, Roof::Gable),
    ("Haus 5", [38.0, 34.0], [28.0, 11.0], 2, Roof::Gable),
    ("Haus 6", [76.0, 34.0], [46.0, 11.0], 2, Roof::Gable),
    ("Kindertagesstätte", [0.0, 68.0], [30.0, 18.0], 2, Roof::Pent),
    ("Haus 8", [42.0, 70.0], [13.0, 12.0], 3, Roof::Tent),
    ("Haus 9", [66.0, 70.0], [13.0, 12.0], 3, Roof::Tent),
    ("Haus 10", [90.0, 70.0], [13.0, 12.0], 3, Roof::Tent),
    ("Haus 11", [114.0, 70.0], [11.0, 12.0], 2, Roof::Flat),
];

/// Fewer, taller blocks and an open meadow.
pub const VARIANT_B: [Plan; 7] = [
    ("Riegel Süd", [0.0, 0.0], [64.0, 13.0], 5, Roof::Flat),
    ("Turm", [78.0, 2.0], [19.0, 19.0], 9, Roof::Flat),
    ("Riegel Ost", [110.0, 0.0], [13.0, 52.0], 5, Roof::Flat),
    ("Riegel West", [0.0, 30.0], [13.0, 52.0], 4, Roof::Flat),
    ("Punkthaus 1", [32.0, 66.0], [17.0, 17.0], 6, Roof::Flat),
    ("Punkthaus 2", [64.0, 66.0], [17.0, 17.0], 6, Roof::Flat),
    ("Kindertagesstätte", [96.0, 66.0], [28.0, 18.0], 2, Roof::Flat),
];

/// One variant as a CityJSON 2.0 document.
pub fn variant(key: &str, title: &str, plans: &[Plan]) -> Value {
    let frame = Frame::new(world(QUARTER.0), QUARTER.1);
    let [x, y] = world(QUARTER.0);
    let mut vertices = Vertices {
        shift: [(x.floor() as i64) * 1000, (y.floor() as i64) * 1000, 470_000],
        known: HashMap::new(),
        list: Vec::new(),
    };
    let mut objects = Map::new();
    for (index, (name, at, size, storeys, form)) in plans.iter().enumerate() {
        let lot = frame.moved(at[0], at[1]);
        let base = ground_under(&[rectangle(&lot, 0.0, 0.0, size[0], size[1])]);
        let eaves = base + 0.4 + f64::from(*storeys) * 3.1;
        let ridge = match form {
            Roof::Flat => eaves,
            Roof::Pent => eaves + size[1] * 0.12,
            _ => eaves + size[1] * 0.3,
        };
        let solid = roof::rectangle(&lot, size[0], size[1], *form, base, eaves, ridge);
        let function = if name.starts_with("Kinder") { "31001_3065" } else { "31001_1000" };
        let (low, high) = solid.z_range();
        let attributes = json!({ "name": name, "function": function, "roofType": form.code(), "storeysAboveGround": storeys,
            "volume": solid.volume_m3().round(), "measuredHeight": (high - low) as f64 / 1000.0, "variant": title,
            "grossFloorArea": (size[0] * size[1] * f64::from(*storeys) * 10.0).round() / 10.0 });
        let geometry = vertices.geometry(&solid);
        objects.insert(
            format!("PLAN_{key}_{:02}", index + 1),
            json!({ "type": "Building", "attributes": attributes, "geometry": [geometry] }),
        );
    }
    let translate = vertices.shift.map(|value| value as f64 / 1000.0);
    json!({
        "type": "CityJSON", "version": "2.0",
        "transform": { "scale": [0.001, 0.001, 0.001], "translate": translate },
        "metadata": {
            "geographicalExtent": vertices.extent(),
            "identifier": format!("sample-plan-{}", key.to_lowercase()),
            "referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25832",
            "title": title,
        },
        "CityObjects": objects, "vertices": vertices.list,
    })
}

struct Vertices {
    shift: Point,
    known: HashMap<Point, usize>,
    list: Vec<Point>,
}

impl Vertices {
    fn index(&mut self, point: &Point) -> usize {
        let moved = [0, 1, 2].map(|axis| point[axis] - self.shift[axis]);
        *self.known.entry(moved).or_insert_with(|| {
            self.list.push(moved);
            self.list.len() - 1
        })
    }

    fn geometry(&mut self, solid: &Solid) -> Value {
        let mut shell = Vec::new();
        for surface in &solid.surfaces {
            let rings: Vec<Vec<usize>> = surface
                .rings
                .iter()
                .map(|ring| ring.iter().map(|point| self.index(point)).collect())
                .collect();
            shell.push(rings);
        }
        let surfaces: Vec<Value> =
            solid.surfaces.iter().map(|surface| json!({ "type": surface.kind.class() })).collect();
        let values: Vec<usize> = (0..surfaces.len()).collect();
        json!({ "type": "Solid", "lod": "2", "boundaries": [shell], "semantics": { "surfaces": surfaces, "values": [values] } })
    }

    fn extent(&self) -> [f64; 6] {
        let end = |axis: usize, pick: fn(i64, i64) -> i64, start: i64| {
            (self.list.iter().map(|p| p[axis]).fold(start, pick) + self.shift[axis]) as f64 / 1000.0
        };
        let low = |axis| end(axis, i64::min, i64::MAX / 2);
        let high = |axis| end(axis, i64::max, i64::MIN / 2);
        [low(0), low(1), low(2), high(0), high(1), high(2)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every index of a document points at a vertex, every face has its meaning.
    fn check_variant(plans: &[Plan], count: usize) {
        let document = variant("X", "test", plans);
        let vertices = document["vertices"].as_array().unwrap().len() as u64;
        let objects = document["CityObjects"].as_object().unwrap();
        assert_eq!(objects.len(), count);
        for object in objects.values() {
            let geometry = &object["geometry"][0];
            let faces = geometry["boundaries"][0].as_array().unwrap();
            assert_eq!(faces.len(), geometry["semantics"]["values"][0].as_array().unwrap().len());
            let indices = faces.iter().flat_map(|face| face[0].as_array().unwrap());
            assert!(indices.map(|index| index.as_u64().unwrap()).all(|index| index < vertices));
        }
    }

    #[test]
    fn variants_are_whole() {
        check_variant(&VARIANT_A, 11);
        check_variant(&VARIANT_B, 7);
    }
}
