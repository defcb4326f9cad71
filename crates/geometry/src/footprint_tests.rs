use super::*;
use stadtwin_model::{Attributes, BoundarySurface, NO_SURFACE};

const EAST: f64 = 690_000.0;
const NORTH: f64 = 5_347_000.0;

fn object(class: &str, geometries: Vec<Geometry>, children: Vec<CityObject>) -> CityObject {
    CityObject {
        id: class.to_owned(),
        class: class_by_name(class).unwrap(),
        source_class: None,
        attributes: Attributes::new(),
        geometries,
        children,
        ..CityObject::default()
    }
}

fn at(x: f64, y: f64, z: f64) -> [f64; 3] {
    [EAST + x, NORTH + y, 480.0 + z]
}

/// A ring seen from above, counter-clockwise.
fn rectangle([west, south, east, north]: [f64; 4], z: f64) -> Vec<[f64; 3]> {
    vec![at(west, south, z), at(east, south, z), at(east, north, z), at(west, north, z)]
}

/// Faces with the name of their surface class; `""` = none.
fn geometry(lod: u8, kind: GeometryKind, faces: &[(&str, Vec<Vec<[f64; 3]>>)]) -> Geometry {
    let mut geometry = Geometry::new(Lod::whole(lod), kind);
    for (class, rings) in faces {
        let surface = match class_by_name(class) {
            None => NO_SURFACE,
            Some(class) => {
                let surface = BoundarySurface {
                    id: String::new(),
                    class,
                    parent: None,
                    attributes: Attributes::new(),
                    ..BoundarySurface::default()
                };
                geometry.surfaces.push(surface);
                geometry.surfaces.len() as u32 - 1
            }
        };
        geometry.push_face(rings.iter().map(Vec::as_slice), surface);
    }
    geometry
}

/// A box without semantics, faces outwards.
fn block(lod: u8, [west, south, east, north]: [f64; 4]) -> Geometry {
    let plan = [west, south, east, north];
    let mut bottom = rectangle(plan, 0.0);
    bottom.reverse();
    let wall = vec![at(west, south, 0.0), at(east, south, 0.0), at(east, south, 9.0), at(west, south, 9.0)];
    geometry(
        lod,
        GeometryKind::Solid,
        &[("", vec![bottom]), ("", vec![rectangle(plan, 9.0)]), ("", vec![wall])],
    )
}

fn with_role(mut geometry: Geometry, role: &str) -> Geometry {
    geometry.role = role.to_owned();
    geometry
}

fn area(footprint: &[Polygon]) -> f64 {
    footprint.iter().flatten().map(|ring| ring_area_2d(ring)).sum()
}

/// Number of polygons, rings in all, area [m²] and the promise of the form.
fn check(object: &CityObject, polygons: usize, rings: usize, expected_area: f64) {
    let found = footprint(object);
    assert_eq!((found.len(), found.iter().flatten().count()), (polygons, rings), "{found:?}");
    assert!((area(&found) - expected_area).abs() < 1e-3, "{} instead of {expected_area}", area(&found));
    for polygon in &found {
        for (index, ring) in polygon.iter().enumerate() {
            assert_eq!(ring.first(), ring.last());
            assert_eq!(ring_area_2d(ring) > 0.0, index == 0);
        }
    }
}

fn ground(plan: [f64; 4]) -> (&'static str, Vec<Vec<[f64; 3]>>) {
    let mut ring = rectangle(plan, 0.0);
    ring.reverse();
    ("GroundSurface", vec![ring])
}

#[test]
fn the_ground_surface_is_the_footprint() {
    let roof = ("RoofSurface", vec![rectangle([-1.0, -1.0, 11.0, 9.0], 6.0)]);
    let house = geometry(2, GeometryKind::Solid, &[ground([0.0, 0.0, 10.0, 8.0]), roof]);
    check(&object("Building", vec![house.clone()], vec![]), 1, 1, 80.0);
    let exact = footprint(&object("Building", vec![house.clone()], vec![]));
    let corner = [EAST, NORTH];
    assert!(exact[0][0].contains(&corner), "coordinates stay as they are");
    // The higher LoD wins, but LoD4 does not; LoD0 is not asked.
    let lod4 = geometry(4, GeometryKind::Solid, &[ground([0.0, 0.0, 1.0, 1.0])]);
    let lod3 = geometry(3, GeometryKind::Solid, &[ground([0.0, 0.0, 10.0, 9.0])]);
    let lod0 = with_role(
        geometry(0, GeometryKind::MultiSurface, &[("", vec![rectangle([0.0, 0.0, 5.0, 5.0], 0.0)])]),
        "lod0FootPrint",
    );
    check(&object("Building", vec![lod0, house, lod4, lod3], vec![]), 1, 1, 90.0);
}

#[test]
fn parts_are_united() {
    let part = |plan| object("BuildingPart", vec![geometry(2, GeometryKind::Solid, &[ground(plan)])], vec![]);
    let room = object(
        "BuildingRoom",
        vec![geometry(2, GeometryKind::Solid, &[ground([50.0, 50.0, 60.0, 60.0])])],
        vec![],
    );
    let touching = vec![part([0.0, 0.0, 10.0, 10.0]), part([10.0, 0.0, 20.0, 10.0]), room.clone()];
    check(&object("Building", vec![], touching), 1, 1, 200.0);
    let overlapping = vec![part([0.0, 0.0, 10.0, 10.0]), part([5.0, 5.0, 15.0, 15.0])];
    check(&object("Building", vec![], overlapping), 1, 1, 175.0);
    let apart = vec![part([0.0, 0.0, 10.0, 10.0]), part([30.0, 0.0, 40.0, 10.0])];
    check(&object("Building", vec![], apart), 2, 2, 200.0);
    let ring = vec![
        part([0.0, 0.0, 30.0, 10.0]),
        part([0.0, 20.0, 30.0, 30.0]),
        part([0.0, 0.0, 10.0, 30.0]),
        part([20.0, 0.0, 30.0, 30.0]),
    ];
    check(&object("Building", vec![], ring), 1, 2, 800.0);
}

#[test]
fn a_crack_between_parts_is_closed() {
    let part = |ring: Vec<[f64; 3]>| {
        object(
            "BuildingPart",
            vec![geometry(2, GeometryKind::MultiSurface, &[("GroundSurface", vec![ring])])],
            vec![],
        )
    };
    // The second one's edge leans away from the first by a millimetre, over half its length.
    let leaning = vec![
        at(10.001, 0.0, 0.0),
        at(20.0, 0.0, 0.0),
        at(20.0, 10.0, 0.0),
        at(10.0, 10.0, 0.0),
        at(10.0, 5.0, 0.0),
    ];
    let whole = object("Building", vec![], vec![part(rectangle([0.0, 0.0, 10.0, 10.0], 0.0)), part(leaning)]);
    let found = footprint(&whole);
    let lengths = found[0][0].windows(2).map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]));
    // Hand: 2 × (20 m + 10 m), not 10 m more for the way into the crack and back.
    assert!((lengths.sum::<f64>() - 60.0).abs() < 0.01, "{found:?}");
    assert_eq!((found.len(), found[0].len()), (1, 1));
}

#[test]
fn holes_stay_holes() {
    let rings = vec![rectangle([0.0, 0.0, 20.0, 20.0], 0.0), rectangle([5.0, 5.0, 15.0, 15.0], 0.0)];
    let yard = geometry(2, GeometryKind::MultiSurface, &[("GroundSurface", rings)]);
    check(&object("Building", vec![yard], vec![]), 1, 2, 300.0);
}

#[test]
fn without_ground_surfaces_the_next_best_is_taken() {
    let lod0 = |role, plan| {
        with_role(geometry(0, GeometryKind::MultiSurface, &[("", vec![rectangle(plan, 0.0)])]), role)
    };
    let solid = block(1, [0.0, 0.0, 10.0, 10.0]);
    let edge = lod0("lod0RoofEdge", [-1.0, -1.0, 11.0, 11.0]);
    let print = lod0("lod0FootPrint", [0.0, 0.0, 9.0, 9.0]);
    check(&object("Building", vec![edge.clone(), solid.clone(), print], vec![]), 1, 1, 81.0);
    check(&object("Building", vec![edge, solid.clone()], vec![]), 1, 1, 144.0);
    check(&object("Building", vec![solid.clone()], vec![]), 1, 1, 100.0);
    let mut open = solid;
    open.kind = GeometryKind::MultiSurface;
    check(&object("Building", vec![open], vec![]), 1, 1, 100.0);
    let lane = |plan| {
        object(
            "TrafficSpace",
            vec![geometry(2, GeometryKind::MultiSurface, &[("", vec![rectangle(plan, 0.0)])])],
            vec![],
        )
    };
    check(
        &object("Road", vec![], vec![lane([0.0, 0.0, 100.0, 3.0]), lane([0.0, 3.0, 100.0, 6.0])]),
        1,
        1,
        600.0,
    );
}

#[test]
fn a_crossed_ring_is_cleaned() {
    let bow_tie = vec![at(0.0, 0.0, 0.0), at(10.0, 10.0, 0.0), at(10.0, 0.0, 0.0), at(0.0, 20.0, 0.0)];
    let crossed = geometry(2, GeometryKind::MultiSurface, &[("GroundSurface", vec![bow_tie])]);
    let found = footprint(&object("Building", vec![crossed], vec![]));
    assert_eq!(found.len(), 2, "{found:?}");
    let spike = vec![
        at(0.0, 0.0, 0.0),
        at(10.0, 0.0, 0.0),
        at(20.0, 0.0, 0.0),
        at(10.0, 0.0, 0.0),
        at(10.0, 10.0, 0.0),
        at(0.0, 10.0, 0.0),
    ];
    let spiked = geometry(2, GeometryKind::MultiSurface, &[("GroundSurface", vec![spike])]);
    check(&object("Building", vec![spiked], vec![]), 1, 1, 100.0);
}

#[test]
fn nothing_usable_gives_an_empty_footprint() {
    let wall = vec![at(0.0, 0.0, 0.0), at(10.0, 0.0, 0.0), at(10.0, 0.0, 9.0), at(0.0, 0.0, 9.0)];
    let faces = [
        vec![],
        vec![vec![]],
        vec![vec![at(0.0, 0.0, 0.0)]],
        vec![wall],
        vec![vec![[f64::NAN; 3], at(1.0, 0.0, 0.0), at(0.0, 9.0, 0.0)]],
        vec![vec![[f64::INFINITY, 0.0, 0.0], at(1.0, 0.0, 0.0), at(0.0, 9.0, 0.0)]],
        vec![vec![[1e200, 0.0, 0.0], [0.0, 1e200, 0.0], [-1e200, 0.0, 0.0]]],
        vec![vec![at(5.0, 5.0, 0.0); 9]],
    ];
    for rings in faces {
        for class in ["GroundSurface", ""] {
            let bad = geometry(2, GeometryKind::MultiSurface, &[(class, rings.clone())]);
            check(&object("Building", vec![bad], vec![]), 0, 0, 0.0);
        }
    }
    let mut points = Geometry::new(Lod::whole(2), GeometryKind::MultiPoint);
    points.push_ring(&[at(0.0, 0.0, 0.0)]);
    check(&object("SolitaryVegetationObject", vec![points], vec![]), 0, 0, 0.0);
    check(&object("Building", vec![], vec![]), 0, 0, 0.0);
}

fn tin(cells: u32) -> CityObject {
    let mut tin = Geometry::new(Lod::whole(2), GeometryKind::Tin);
    for index in 0..cells * cells {
        let (x, y) = (f64::from(index % cells), f64::from(index / cells));
        let [a, b, c, d] =
            [at(x, y, 0.0), at(x + 1.0, y, 0.5), at(x + 1.0, y + 1.0, 0.0), at(x, y + 1.0, 0.2)];
        tin.push_face([[a, b, c].as_slice()], NO_SURFACE);
        tin.push_face([[a, c, d].as_slice()], NO_SURFACE);
    }
    object("ReliefFeature", vec![], vec![object("TINRelief", vec![tin], vec![])])
}

#[test]
fn terrain_is_outlined() {
    check(&tin(20), 1, 1, 400.0);
    check(&tin(120), 1, 1, 14_400.0);
}

proptest::proptest! {
    #[test]
    fn the_footprint_lies_within_the_box(
        rings in proptest::collection::vec(proptest::collection::vec([0.0..50.0f64, 0.0..50.0f64, 0.0..5.0f64], 0..9), 0..6)
    ) {
        let faces: Vec<_> = rings.iter().map(|ring| {
            ("GroundSurface", vec![ring.iter().map(|p| at(p[0], p[1], p[2])).collect::<Vec<_>>()])
        }).collect();
        let shape = geometry(2, GeometryKind::MultiSurface, &faces);
        let envelope = shape.envelope();
        let found = footprint(&object("Building", vec![shape], vec![]));
        let limit = if envelope.is_empty() { 0.0 } else {
            (envelope.max[0] - envelope.min[0]) * (envelope.max[1] - envelope.min[1])
        };
        proptest::prop_assert!(area(&found) >= 0.0 && area(&found) <= limit + 1e-3);
        for point in found.iter().flatten().flatten() {
            for ((value, min), max) in point.iter().zip(envelope.min).zip(envelope.max) {
                proptest::prop_assert!(*value >= min - 1e-6 && *value <= max + 1e-6);
            }
        }
    }
}

#[test]
fn what_is_wider_than_a_hundred_kilometres_becomes_its_hull() {
    // Bars that cross: 90 km long their union is a cross of 12 corners, 150 km long the square around stands for it.
    for (length, corners) in [(90_000.0, 12), (150_000.0, 8)] {
        let half = length / 2.0;
        let bars = [rectangle([-half, -10.0, half, 10.0], 0.0), rectangle([-10.0, -half, 10.0, half], 0.0)];
        let faces: Vec<_> = bars.into_iter().map(|bar| ("", vec![bar])).collect();
        let shape = geometry(1, GeometryKind::MultiSurface, &faces);
        let found = footprint(&object("WaterBody", vec![shape], vec![]));
        assert_eq!(found.len(), 1, "{length}");
        assert_eq!(found[0][0].len(), corners + 1, "{length}");
    }
}
