//! Every solid is closed, plane and turned outward.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::Path;

use super::lod3::gabled_house;
use super::roof::{Roof, Wing, choir, flat, onion_tower, rectangle, winged};
use super::solid::{Frame, Kind, Solid, Surface};
use super::{scenery, town};

fn frame() -> Frame {
    Frame::new([697_000.0, 5_347_000.0], 0.37)
}

/// Closed (each edge once in both directions), within 2 mm of its mean plane, volume as expected within 0.5 %.
fn check_solid(name: &str, solid: &Solid, volume: Option<f64>) {
    let mut edges: HashMap<([i64; 3], [i64; 3]), i32> = HashMap::new();
    for surface in &solid.surfaces {
        let openings = surface.openings.iter().map(|opening| &opening.ring);
        for ring in surface.rings.iter().chain(openings) {
            assert!(ring.len() >= 3, "{name}: ring of {}", ring.len());
            for (index, a) in ring.iter().enumerate() {
                let b = ring[(index + 1) % ring.len()];
                assert_ne!(*a, b, "{name}: doubled point");
                *edges.entry((*a, b)).or_default() += 1;
            }
        }
        let (normal, area) = surface.normal_area();
        assert!(area > 0.01, "{name}: area {area}");
        let base = surface.rings[0][0];
        let heights: Vec<f64> = (surface.rings.iter().flatten())
            .map(|point| (0..3).map(|axis| normal[axis] * (point[axis] - base[axis]) as f64).sum())
            .collect();
        let mean = heights.iter().sum::<f64>() / heights.len() as f64;
        let away = heights.iter().map(|height| (height - mean).abs()).fold(0.0, f64::max);
        assert!(away < 2.0, "{name}: {away} mm out of plane: {surface:?}");
    }
    for ((a, b), count) in &edges {
        assert_eq!((*count, edges.get(&(*b, *a))), (1, Some(&1)), "{name}: open edge {a:?} {b:?}");
    }
    let found = solid.volume_m3();
    match volume {
        Some(expected) => {
            assert!((found / expected - 1.0).abs() < 0.005, "{name}: {found} m³, expected {expected}")
        }
        None => assert!(found > 0.0, "{name}: {found} m³"),
    }
}

#[test]
fn rectangles_enclose_their_volume() {
    // By hand for 12 m × 8 m, eaves 5 m, ridge 9 m: walls 480 m³, then the roof's body above.
    let cases = [
        (Roof::Flat, 480.0),
        (Roof::Pent, 480.0 + 192.0),
        (Roof::Gable, 480.0 + 192.0),
        // Hip: prism of 4 m ridge plus two half pyramids, 8·4/2·4 + 8·8·4/3.
        (Roof::Hip, 480.0 + 64.0 + 85.333),
        (Roof::Tent, 480.0 + 128.0),
        (Roof::Spire, 480.0 + 128.0),
    ];
    for (roof, volume) in cases {
        check_solid(roof.code(), &rectangle(&frame(), 12.0, 8.0, roof, 470.0, 475.0, 479.0), Some(volume));
    }
    for roof in [Roof::HalfHip, Roof::Mansard] {
        check_solid(roof.code(), &rectangle(&frame(), 12.0, 8.0, roof, 470.0, 475.0, 479.0), None);
    }
}

#[test]
fn other_plans_are_closed() {
    for offset in [0.0, 2.5] {
        let wing = Wing { offset, width: 5.0, length: 4.0 };
        check_solid("winged", &winged(&frame(), 12.0, 8.0, wing, 470.0, 475.0, 479.0), None);
    }
    let square = |low: f64, high: f64| vec![[low, low], [high, low], [high, high], [low, high]];
    let mut court = square(4.0, 8.0);
    court.reverse();
    // Hand: (12² − 4²) · 6.
    check_solid("court", &flat(&frame(), &[square(0.0, 12.0), court], 470.0, 476.0), Some(768.0));
    check_solid("onion", &onion_tower(&frame(), 7.0, 470.0, 500.0), None);
    check_solid("choir", &choir(&frame(), 9.0, 10.0, 470.0, 480.0, 486.0), None);
    check_solid("lod3", &gabled_house(&frame(), 11.0, 9.0, 470.0, 476.0, 479.0), None);
}

#[test]
fn every_building_of_the_towns_is_closed() {
    let towns = town::found(1);
    for placed in &towns.buildings {
        for body in &placed.bodies {
            check_solid(placed.function, &body.solid, None);
        }
    }
    assert!((1_500..3_000).contains(&towns.buildings.len()), "{} buildings", towns.buildings.len());
}

#[test]
fn every_face_of_the_land_use_has_an_area() {
    for land in scenery::land(&town::found(1), 1) {
        for ring in &land.pieces {
            let distinct: HashSet<_> = ring.iter().collect();
            assert!(ring.len() >= 3 && distinct.len() == ring.len(), "{}: {ring:?}", land.name);
            let (normal, area_m2) = Surface::new(Kind::Ground, vec![ring.clone()]).normal_area();
            assert!(normal[2] > 0.0 && area_m2 > 0.01, "{}: {area_m2} m²: {ring:?}", land.name);
        }
    }
}

#[test]
fn no_address_is_given_twice() {
    let towns = town::found(1);
    let mut known = HashSet::new();
    for (placed, number) in towns.buildings.iter().zip(&towns.numbers) {
        if let (Some(street), Some(number)) = (placed.street, number) {
            let address = (towns.streets[street].name, *number, placed.municipality);
            assert!(known.insert(address), "{address:?}");
        }
    }
    assert!(known.len() > 1_000, "{} addresses", known.len());
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    let made = tempfile::tempdir().unwrap();
    let report = super::write_town(made.path(), 1).unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-data");
    for name in report.files.keys() {
        assert!(content(&kept.join(name)) == content(&made.path().join(name)), "{name} is stale");
    }
    assert!(report.files.values().sum::<u64>() < 5_000_000);
}

/// Unpacked, so that another version of the compressor does not matter.
fn content(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut unpacked).unwrap();
    unpacked
}
