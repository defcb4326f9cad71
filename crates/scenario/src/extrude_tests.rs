use proptest::prelude::*;
use stadtwin_geometry::validate::{Checker, Tolerances};
use stadtwin_geometry::{aspect, footprint, measures};

use super::*;

/// Near Garching, EPSG:25832.
const FAR: Point = [696_700.0, 5_347_400.0];

fn ring(points: &[Point]) -> Vec<Point> {
    points.iter().map(|[x, y]| [x + FAR[0], y + FAR[1]]).collect()
}

fn rectangle([x, y]: Point, [width, depth]: Point) -> Vec<Point> {
    ring(&[[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]])
}

fn drawn(footprint: Vec<Vec<Point>>, height_m: f64, roof: RoofForm) -> Extrusion {
    Extrusion {
        footprint,
        base_m: 480.0,
        height_m: Some(height_m),
        storeys: None,
        storey_height_m: None,
        roof,
        function: None,
    }
}

/// Area of its surfaces of a class [m²].
fn area_of(object: &CityObject, class: &str) -> f64 {
    let geometry = &object.geometries[0];
    let of = |face: &&stadtwin_model::Face| {
        geometry.surface_of(face).is_some_and(|surface| surface.class.name() == class)
    };
    aspect(geometry, geometry.faces.iter().filter(of)).area_m2
}

fn findings(object: &CityObject) -> Vec<String> {
    let mut issues = Vec::new();
    Checker::new(Tolerances::default()).check(object, &mut issues);
    issues.into_iter().map(|issue| format!("{} {}", issue.code, issue.message)).collect()
}

/// Volume, roof, walls and ground by hand; nothing for the checker to find.
fn check(extrusion: &Extrusion, [volume, roof, walls, ground]: [f64; 4]) {
    let object = extrude("plan-1", extrusion).unwrap();
    assert_eq!(findings(&object), Vec::<String>::new(), "{extrusion:?}");
    let found = [
        measures(&object).volume_m3.unwrap(),
        area_of(&object, "RoofSurface"),
        area_of(&object, "WallSurface"),
        area_of(&object, "GroundSurface"),
    ];
    for (found, expected) in found.into_iter().zip([volume, roof, walls, ground]) {
        assert!((found - expected).abs() < 0.005, "{found} instead of {expected}: {extrusion:?}");
    }
}

#[test]
fn volumes_and_areas_by_hand() {
    let (flat, gable) = (RoofForm::Flat, |rise_m, across| RoofForm::Gable { rise_m, across });
    // N26: 720 + ½ · 10 · 5 · 12 m³, roof 120 / cos 45°; walls 44 · 6 and two gables of ½ · 10 · 5 m².
    let house = rectangle([0.0, 0.0], [10.0, 12.0]);
    check(&drawn(vec![house.clone()], 6.0, gable(5.0, false)), [1020.0, 169.706, 314.0, 120.0]);
    // The ridge along the 10 m: 720 + ½ · 12 · 6 · 10, slopes of 45° again.
    check(&drawn(vec![house.clone()], 6.0, gable(6.0, true)), [1080.0, 169.706, 336.0, 120.0]);
    check(&drawn(vec![house.clone()], 6.0, flat), [720.0, 120.0, 264.0, 120.0]);
    // Hip of 45° over 10 × 12: ridge 2 m; 10² · 5 / 3 of the pyramid and ½ · 10 · 5 · 2 of the middle.
    check(&drawn(vec![house], 6.0, RoofForm::Hip { rise_m: 5.0 }), [936.667, 169.706, 264.0, 120.0]);
    // Pyramid over 10 × 10: 600 + 100 · 5 / 3.
    let square = rectangle([0.0, 0.0], [10.0, 10.0]);
    check(&drawn(vec![square], 6.0, RoofForm::Hip { rise_m: 5.0 }), [766.667, 141.421, 240.0, 100.0]);
    // A block of 30 × 20 with a yard of 10 × 8, walls inside and outside.
    let block = vec![rectangle([0.0, 0.0], [30.0, 20.0]), rectangle([10.0, 6.0], [10.0, 8.0])];
    check(&drawn(block, 9.0, flat), [4680.0, 520.0, 1224.0, 520.0]);
    // An L of 20 × 20 less 12 × 12.
    let angle = ring(&[[0., 0.], [20., 0.], [20., 8.], [8., 8.], [8., 20.], [0., 20.]]);
    check(&drawn(vec![angle], 3.0, flat), [768.0, 256.0, 240.0, 256.0]);
}

#[test]
fn slopes_that_are_bent_are_two_faces_of_one_surface() {
    let trapezium = ring(&[[0., 0.], [10., 0.], [12., 15.], [-1., 13.]]);
    for roof in [RoofForm::Gable { rise_m: 4.0, across: false }, RoofForm::Hip { rise_m: 4.0 }] {
        let object = extrude("plan-1", &drawn(vec![trapezium.clone()], 5.0, roof)).unwrap();
        assert_eq!(findings(&object), Vec::<String>::new());
        let surfaces = &object.geometries[0].surfaces;
        let roofs = surfaces.iter().filter(|surface| surface.class.name() == "RoofSurface").count();
        assert_eq!(roofs, if matches!(roof, RoofForm::Hip { .. }) { 4 } else { 2 });
    }
}

#[test]
fn attributes_say_what_was_drawn() {
    let json = serde_json::json!({
        "footprint": [rectangle([0.0, 0.0], [10.0, 12.0])], "baseHeight": 480, "storeys": 3, "storeyHeight": 3.1,
        "roof": {"type": "gable", "rise": 5}, "function": "31001_1000",
    });
    let extrusion: Extrusion = serde_json::from_value(json).unwrap();
    let object = extrude("plan-1", &extrusion).unwrap();
    assert_eq!(object.class.name(), "Building");
    let attributes = serde_json::to_value(&object.attributes).unwrap();
    let expected = serde_json::json!({
        "function": "31001_1000", "roofType": "3100", "measuredHeight": 14.3, "storeysAboveGround": 3,
    });
    assert_eq!(attributes, expected);
    let again: Extrusion = serde_json::from_value(serde_json::to_value(&extrusion).unwrap()).unwrap();
    assert_eq!(again, extrusion);
}

#[test]
fn what_cannot_be_built_is_said_exactly() {
    let square = || vec![rectangle([0.0, 0.0], [10.0, 10.0])];
    let flat = |height_m| drawn(square(), height_m, RoofForm::Flat);
    let gable = |footprint| drawn(footprint, 6.0, RoofForm::Gable { rise_m: 3.0, across: false });
    let say = |extrusion: Extrusion, expected: &str| {
        assert_eq!(extrude("plan-1", &extrusion).unwrap_err().to_string(), expected);
    };
    say(flat(0.0), "a height of 0 m is not above 0 and up to 1000 m");
    say(flat(-3.0), "a height of -3 m is not above 0 and up to 1000 m");
    say(flat(f64::NAN), "a height of NaN m is not above 0 and up to 1000 m");
    say(flat(f64::INFINITY), "a height of inf m is not above 0 and up to 1000 m");
    say(
        Extrusion { base_m: f64::NAN, ..flat(6.0) },
        "a baseHeight of NaN m is not between -1000 and 10000 m",
    );
    say(Extrusion { height_m: None, ..flat(6.0) }, "neither height nor storeys are given");
    say(Extrusion { storeys: Some(0), ..flat(6.0) }, "a building of 0 storeys has no height");
    say(
        Extrusion { storey_height_m: Some(3.0), ..flat(6.0) },
        "height and storeyHeight are both given: one of them says how high the building is",
    );
    say(
        Extrusion { height_m: None, storeys: Some(2), storey_height_m: Some(0.3), ..flat(6.0) },
        "a storeyHeight of 0.3 m is not between 1.8 and 20 m",
    );
    say(
        drawn(square(), 6.0, RoofForm::Hip { rise_m: 0.0 }),
        "a roof that rises 0 m does not rise above 0 and up to 1000 m",
    );
    say(
        gable(vec![ring(&[[0., 0.], [9., 0.], [9., 9.], [4., 12.], [0., 9.]])]),
        "a gable roof needs a footprint of four corners without holes, this one has 5 and 0 holes",
    );
    say(
        gable(vec![ring(&[[0., 0.], [9., 0.], [2., 2.], [0., 9.]])]),
        "a gable roof needs a footprint without inward corners",
    );
    say(
        drawn(vec![ring(&[[0., 0.], [4., 4.], [4., 0.], [0., 4.]])], 6.0, RoofForm::Flat),
        "footprint: ring 0 crosses or touches itself at (696702.000, 5347402.000)",
    );
    assert_eq!(extrude("", &flat(6.0)), Err(ExtrusionError::Id));
}

proptest! {
    /// Convex four-cornered houses anywhere, turned anyhow: valid, and of the volume that prisms and wedges have.
    #[test]
    fn houses_are_valid_and_stand_on_their_footprint(
        width in 3.0f64..40.0, depth in 3.0f64..40.0, slant in -1.0f64..1.0, turn in 0.0f64..6.2,
        height_m in 0.5f64..60.0, rise_m in 0.5f64..12.0, form in 0..4usize,
    ) {
        let (sin, cos) = turn.sin_cos();
        let corners = [[0.0, 0.0], [width, 0.0], [width + slant, depth], [slant, depth]];
        let turned: Vec<Point> = corners.iter().map(|[x, y]| [x * cos - y * sin, x * sin + y * cos]).collect();
        let roof = match form {
            0 => RoofForm::Flat,
            1 => RoofForm::Gable { rise_m, across: false },
            2 => RoofForm::Gable { rise_m, across: true },
            _ => RoofForm::Hip { rise_m },
        };
        let object = extrude("plan-1", &drawn(vec![ring(&turned)], height_m, roof)).unwrap();
        prop_assert_eq!(findings(&object), Vec::<String>::new());
        let area = width * depth;
        let volume = measures(&object).volume_m3.unwrap();
        match form {
            0 => prop_assert!((volume - area * height_m).abs() < 1e-3),
            1 | 2 => prop_assert!((volume - area * (height_m + rise_m / 2.0)).abs() < 1e-3),
            _ => prop_assert!(volume > area * height_m && volume < area * (height_m + rise_m / 2.0)),
        }
        let [polygon] = footprint(&object).try_into().unwrap();
        prop_assert!((stadtwin_geometry::ring_area_2d(&polygon[0]) - area).abs() < 1e-3);
    }
}
