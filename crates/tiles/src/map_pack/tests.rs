use std::sync::Arc;

use super::*;
use crate::map_grid::{MapGrid, on_lattice};
use crate::map_layer::{MapProperties, map_layer};
use stadtwin_crs::Transformer;
use stadtwin_formats::mvt::{Layer, Shape};
use stadtwin_model::{Attributes, Crs, Feature, MapCell, Place, RawFeature, VerticalCrs, class_by_name};

const CRS: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };

fn feature(key: i64, footprint: Vec<Vec<Vec<[f64; 2]>>>, place: Place, attributes: &str) -> RawFeature {
    let feature = Feature {
        key,
        id: format!("f{key}"),
        class: class_by_name("Building").unwrap(),
        source_class: None,
        attributes: Attributes::new(),
        qualifiers: Attributes::new(),
        footprint,
        place,
        heights_m: Some([1.0, 2.5]),
        lods: Vec::new(),
        children: Vec::new(),
        valid_from: None,
        valid_to: None,
        revision: 3,
        content_hash: [0; 16],
        ground: None,
        lineage: None,
    };
    RawFeature { feature, attributes: attributes.to_owned(), qualifiers: None }
}

/// An area with a hole and a second one, a line and points, at 690000 5334000.
fn features() -> Vec<RawFeature> {
    let square = |x: f64, y: f64, side: f64| {
        let corner = [690_000.0 + x, 5_334_000.0 + y];
        [[0.0, 0.0], [side, 0.0], [side, side], [0.0, side], [0.0, 0.0]]
            .map(|[x, y]| [corner[0] + x, corner[1] + y])
            .to_vec()
    };
    let attributes =
        r#"{"id": "other", "a": "x", "list": ["x"], "text": "[\"x\"]", "none": null, "h": 2.50}"#;
    vec![
        feature(
            7,
            vec![vec![square(0.0, 0.0, 20.0), square(5.0, 5.0, 3.25)], vec![square(30.0, 0.0, 4.1234)]],
            Place::Nothing,
            attributes,
        ),
        feature(9, vec![], Place::Lines(vec![square(40.0, 40.0, 10.0)]), r#"{"a": "x", "yes": true}"#),
        feature(12, vec![], Place::Points(square(60.0, 0.0, 1.0)), "{}"),
    ]
}

#[test]
fn a_layer_of_a_pack_is_that_of_its_features() {
    let transformer = Transformer::new(&CRS, &CRS).unwrap();
    let cell = MapCell::of([690_000.0, 5_334_000.0, 690_000.0, 5_334_000.0]);
    let bytes = pack_features(&features()).unwrap();
    let pack = MapPack::read(&bytes, cell, &mut MapGrid::new(&transformer, 1e-4)).unwrap();
    let packs = [Arc::new(pack)];
    let mut grid = MapGrid::new(&transformer, 1e-4);
    let mut rows = features();
    for run in rows.iter_mut().flat_map(|raw| raw.feature.runs_mut()) {
        run.iter_mut().for_each(|point| *point = on_lattice(*point));
        grid.convert(cell, run).unwrap();
    }
    for bounds in
        [[689_900.0, 5_333_900.0, 690_300.0, 5_334_300.0], [690_010.0, 5_334_000.0, 690_045.0, 5_334_035.0]]
    {
        for properties in [
            MapProperties::Plain,
            MapProperties::Named(Vec::new()),
            MapProperties::Named(["list", "text", "h", "none", "id"].map(str::to_owned).to_vec()),
        ] {
            let mut expected = Vec::new();
            map_layer("l", &rows, bounds, &properties).unwrap().write(&mut expected);
            let mut found = Vec::new();
            let mut layer = Layer::new("another");
            layer.push(Some(1), &Shape::Points(vec![[1, 1]]), []);
            assert!(packed_layer(&mut layer, "l", &packs, bounds, 0.5, 10, &properties));
            layer.write(&mut found);
            assert!(!found.is_empty());
            assert_eq!(found, expected, "{bounds:?} {properties:?}");
        }
    }
    let whole = [689_900.0, 5_333_900.0, 690_300.0, 5_334_300.0];
    let count = |least_m: f64, most: usize| {
        let mut layer = Layer::new("l");
        let has_all = packed_layer(&mut layer, "l", &packs, whole, least_m, most, &MapProperties::Plain);
        has_all.then(|| layer.feature_count())
    };
    // The area is 34 m across; lines and points have no size.
    assert_eq!(
        [count(34.0, 3), count(35.0, 3), count(1.0, 2), count(1.0, 1)],
        [Some(3), Some(2), Some(2), None]
    );
}

#[test]
fn damaged_packs_are_an_error_not_a_crash() {
    let transformer = Transformer::new(&CRS, &CRS).unwrap();
    let cell = MapCell { level: 5, x: 0, y: 0 };
    let whole = pack_features(&features()).unwrap();
    let check = |bytes: &[u8]| {
        let read = MapPack::read(bytes, cell, &mut MapGrid::new(&transformer, 1e-4));
        if let Ok(pack) = &read {
            assert!(pack.size_bytes() < 100_000);
        }
        read.map(|pack| {
            let (packs, bounds) = ([Arc::new(pack)], [0.0, 0.0, 1e6, 6e6]);
            packed_layer(&mut Layer::new("l"), "l", &packs, bounds, 0.0, 10, &MapProperties::Plain)
        })
    };
    assert!(check(&whole).is_ok());
    for at in 0..whole.len() {
        assert!(check(&whole[..at]).is_err(), "cut at {at}");
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            // Whatever it says.
            let _ = check(&bytes);
        }
    }
}
