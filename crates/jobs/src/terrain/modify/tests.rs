//! Modifications as GeoJSON, there and back.

use serde_json::{Value, json};

use super::{ModificationError, modification_feature, parse_modification};
use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::{
    Crs, EditFigures, GroundEdit, GroundTarget, HeightGrid, Terrain, TerrainModification, VerticalCrs,
};
use stadtwin_store::NewModification;

const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

fn terrain() -> Terrain {
    Terrain {
        key: 1,
        id: "ground".into(),
        title: String::new(),
        crs: UTM,
        grid: HeightGrid { cell_m: 1.0, phase_m: [0.5; 2] },
        head: 1,
        extent_m: Some([690_000.0, 5_335_000.0, 691_000.0, 5_336_000.0]),
        heights_m: Some([500.0, 520.0]),
        sample_count: 1,
        updated: None,
        modified: 0,
    }
}

fn parsed(geometry: Value, properties: Value) -> Result<NewModification, ModificationError> {
    let document = json!({ "type": "Feature", "geometry": geometry, "properties": properties });
    parse_modification(document.to_string().as_bytes(), &UTM, &terrain())
}

fn square() -> Value {
    json!({ "type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]] })
}

#[test]
fn triangles_come_in_two_ways() {
    let corners = [[0.0, 0.0, 5.0], [9.0, 0.0, 6.0], [9.0, 9.0, 7.0], [0.0, 9.0, 8.0]];
    let indexed = json!({ "type": "tin", "points": corners, "triangles": [[0, 1, 2], [0, 2, 3]] });
    let [a, b, c, d] = corners;
    let polygons = json!([[[a, b, c, a]], [[a, c, d, a]]]);
    let flat = json!({ "type": "tin", "geometry": { "type": "MultiPolygon", "coordinates": polygons } });
    let of = |target: Value| parsed(square(), json!({ "target": target })).unwrap().edit;
    assert_eq!(of(indexed.clone()), of(flat));
    let GroundTarget::Tin { points, triangles } = of(indexed).target else { panic!() };
    assert_eq!((points.len(), triangles), (4, vec![[0, 1, 2], [0, 2, 3]]));
}

#[test]
fn faults_name_their_place() {
    let level = || json!({ "target": { "type": "level", "height": 5 } });
    let polygon = |coordinates: Value| json!({ "type": "Polygon", "coordinates": coordinates });
    for (geometry, properties, part) in [
        (json!({ "type": "Point", "coordinates": [1, 2] }), level(), "must be a Polygon, not `Point`"),
        (polygon(json!([[[0, 0], [1]]])), level(), "point 1 of ring 0 of the polygon"),
        (polygon(json!([[], 3])), level(), "ring 1 of the polygon is no array"),
        (square(), json!({}), "missing field `target`"),
        (square(), json!({ "target": { "type": "hole" } }), "unknown variant `hole`"),
        (square(), json!({ "target": { "type": "level", "height": "x" } }), "invalid type"),
        (square(), json!({ "target": { "type": "tin" } }), "either `points` and `triangles`"),
        (square(), json!({ "embankmnt": 2, "target": { "type": "level", "height": 5 } }), "`embankmnt`"),
        (square(), json!({ "name": "n".repeat(201), "target": { "type": "level", "height": 5 } }), "`name`"),
    ] {
        let fault = parsed(geometry, properties).unwrap_err().to_string();
        assert!(fault.contains(part), "{fault}");
    }
    let open = json!([[[[0, 0, 1], [1, 0, 1], [0, 1, 1]]]]);
    let target = json!({ "type": "tin", "geometry": { "type": "MultiPolygon", "coordinates": open } });
    let fault = parsed(square(), json!({ "target": target })).unwrap_err().to_string();
    assert!(fault.contains("triangle 0 of `target.geometry`"), "{fault}");
}

#[test]
fn what_is_written_is_read_again() {
    let edit = GroundEdit {
        polygon: vec![vec![[690_100.0, 5_335_100.0], [690_200.0, 5_335_100.0], [690_150.0, 5_335_200.0]]],
        target: GroundTarget::Slope {
            through: [690_150.0, 5_335_150.0, 512.5],
            gradient: 0.02,
            uphill_deg: 90.0,
        },
        embankment: Some(1.5),
    };
    let modification = TerrainModification {
        id: 4,
        scenario: None,
        name: "ramp".into(),
        is_enabled: true,
        in_base: true,
        edit: edit.clone(),
        figures: None,
        revision: 1,
        created: String::new(),
        changed: String::new(),
    };
    let extent_m = Some([690_100.0, 5_335_100.0, 690_200.0, 5_335_200.0]);
    let figures = EditFigures { earth: Default::default(), extent_m };
    let feature = |crs: &Crs| {
        let transformer = Transformer::new(&UTM, crs).unwrap();
        modification_feature(&terrain(), &modification, &figures, crs, &transformer).unwrap()
    };
    for crs in [CRS84, UTM, Crs { horizontal: 4326, north_first: true, ..CRS84 }] {
        let written = feature(&crs);
        let read = parse_modification(written.to_string().as_bytes(), &crs, &terrain()).unwrap();
        assert_eq!((read.name.as_str(), read.in_base), ("ramp", true));
        let pairs = read.edit.polygon[0].iter().zip(&edit.polygon[0]);
        for (found, expected) in pairs {
            let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
            assert!(off < 0.001, "{crs:?}: {found:?} instead of {expected:?}");
        }
        let GroundTarget::Slope { through, .. } = read.edit.target else { panic!() };
        assert!((through[0] - 690_150.0).abs() < 0.001 && through[2] == 512.5, "{through:?}");
    }
    // domain: longitude first in CRS84, latitude first in EPSG:4326.
    let lonlat = feature(&CRS84);
    assert!((lonlat["bbox"][0].as_f64().unwrap() - 11.56).abs() < 0.01, "{lonlat}");
    let latlon = feature(&Crs { horizontal: 4326, north_first: true, ..CRS84 });
    assert!((latlon["bbox"][0].as_f64().unwrap() - 48.14).abs() < 0.02);
}
