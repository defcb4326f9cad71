use stadtwin_model::{Geometry, GeometryKind, Lod};

use super::*;
use crate::{Extrusion, RoofForm, extrude};

const FAR: [f64; 2] = [696_700.0, 5_347_400.0];

fn ring([west, east]: [f64; 2], [south, north]: [f64; 2]) -> Vec<[f64; 2]> {
    let corners = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    corners.iter().map(|[x, y]| [x + FAR[0], y + FAR[1]]).collect()
}

/// 10 × 20 m from an easting on.
fn house(id: &str, east: f64, base_m: f64) -> CityObject {
    let extrusion = Extrusion {
        footprint: vec![ring([east, east + 10.0], [0.0, 20.0])],
        base_m,
        height_m: Some(9.0),
        storeys: None,
        storey_height_m: None,
        roof: RoofForm::Flat,
        function: None,
    };
    extrude(id, &extrusion).unwrap()
}

fn reversed(mut object: CityObject, faces: std::ops::Range<usize>) -> CityObject {
    let geometry = &mut object.geometries[0];
    for face in geometry.faces.clone().get(faces).unwrap() {
        for ring in face.first_ring..face.first_ring + face.ring_count {
            let end = geometry.ring_ends[ring as usize] as usize;
            let start = if ring == 0 { 0 } else { geometry.ring_ends[ring as usize - 1] as usize };
            geometry.points[start..end].reverse();
        }
    }
    object
}

fn check_as(objects: &[CityObject], demand: Demand, expected: &[&str]) {
    let (municipality, project_area) =
        ([vec![ring([-50.0, 100.0], [-50.0, 100.0])]], [vec![ring([-10.0, 60.0], [-10.0, 60.0])]]);
    // Rises to the east by 1 %.
    let terrain = |[x, _]: [f64; 2]| Some(480.0 + (x - FAR[0]) / 100.0);
    let site = Site { municipality: &municipality, project_area: &project_area, terrain: &terrain, demand };
    let found = check_planned(objects, &site);
    let said: Vec<_> = found
        .iter()
        .map(|one| format!("{} {} {} {}: {}", one.index, one.id, one.rule, one.severity.name(), one.message))
        .collect();
    assert_eq!(said, expected);
}

fn check(objects: &[CityObject], expected: &[&str]) {
    check_as(objects, Demand::ToShow, expected);
}

#[test]
fn places() {
    check(&[house("H1", 0.0, 480.0), house("H2", 50.0, 480.5)], &[]);
    check(
        &[house("H1", 0.0, 480.0), house("H2", 95.0, 481.0), house("H3", 900.0, 489.0)],
        &[
            "1 H2 outside_municipality error: 100.00 m² of the footprint of 200.00 m² lie outside of the municipality",
            "1 H2 outside_project_area warning: 200.00 m² of the footprint of 200.00 m² lie outside of the project area",
            "2 H3 outside_municipality error: 200.00 m² of the footprint of 200.00 m² lie outside of the municipality",
            "2 H3 outside_project_area warning: 200.00 m² of the footprint of 200.00 m² lie outside of the project area",
        ],
    );
    let mut tree = Geometry::new(Lod::whole(1), GeometryKind::MultiPoint);
    tree.push_ring(&[[FAR[0] + 500.0, FAR[1], 485.0]]);
    let tree = CityObject { id: "T".into(), geometries: vec![tree], ..CityObject::default() };
    check(
        &[tree],
        &[
            "0 T outside_municipality error: the object lies outside of the municipality",
            "0 T outside_project_area warning: the object lies outside of the project area",
        ],
    );
}

#[test]
fn heights() {
    // The terrain under the house from 0 to 10 m is at 480.05 m on average.
    check(&[house("H1", 0.0, 499.0), house("H2", 0.0, 461.0)], &[]);
    let objects =
        [house("H1", 0.0, 501.0), house("H2", 0.0, 525.5), house("H3", 0.0, 0.0), house("H4", 0.0, 434.5)];
    let said = |severity: &str| {
        [
            format!(
                "0 H1 base_far_from_terrain {severity}: the base at 501.00 m lies 20.95 m above the terrain at 480.05 m"
            ),
            format!(
                "1 H2 height_ellipsoidal {severity}: the base at 525.50 m lies 45.45 m above the terrain at 480.05 m: ellipsoidal heights?"
            ),
            format!(
                "2 H3 base_at_zero {severity}: the base at 0.00 m lies 480.05 m below the terrain at 480.05 m: missing height?"
            ),
            format!(
                "3 H4 base_far_from_terrain {severity}: the base at 434.50 m lies 45.55 m below the terrain at 480.05 m"
            ),
        ]
    };
    check(&objects, &said("warning").each_ref().map(String::as_str));
    check_as(&objects, Demand::ToReckon, &said("error").each_ref().map(String::as_str));
}

#[test]
fn shapes() {
    let whole = house("H1", 0.0, 480.0);
    let inside_out = reversed(house("H2", 20.0, 480.0), 0..6);
    let one_face = reversed(house("H3", 0.0, 480.0), 2..3);
    let mut open = house("H4", 0.0, 480.0);
    open.geometries[0].faces.pop();
    let mut crossed = house("H5", 0.0, 480.0);
    crossed.geometries[0].points.swap(0, 1);
    let found = |severity: &str| {
        [
            format!("1 H2 inside_out {severity}: all faces of a shell look the wrong way"),
            format!("2 H3 inside_out {severity}: a face looks the other way than its neighbours"),
            format!(
                "2 H3 not_manifold {severity}: faces meet in a way that no surface does: at an edge with more than two faces, or at a single point"
            ),
            format!(
                "3 H4 not_closed {severity}: a shell is not closed: an edge has only one face (4 open edges)"
            ),
            format!("4 H5 self_intersecting {severity}: a ring crosses or touches itself, or has no area"),
        ]
    };
    let objects = [whole, inside_out, one_face, open, crossed];
    check(&objects, &found("warning").each_ref().map(String::as_str));
    check_as(&objects, Demand::ToReckon, &found("error").each_ref().map(String::as_str));
}

#[test]
fn names_and_numbers() {
    let mut nowhere = house("H2", 0.0, 480.0);
    nowhere.geometries[0].points[3][1] = f64::NAN;
    let nameless = CityObject { id: String::new(), ..house("H", 20.0, 480.0) };
    let objects = [
        house("H1", 0.0, 480.0),
        nowhere,
        nameless,
        CityObject { id: "H4".into(), ..CityObject::default() },
        house("H1", 30.0, 480.0),
        house("H1", 45.0, 480.0),
    ];
    check(
        &objects,
        &[
            "1 H2 coordinate_not_finite error: [696700.0, NaN, 480.0] is no point",
            "2  id_missing error: the object has no id",
            "3 H4 geometry_missing warning: the object has no geometry: nobody sees it",
            "4 H1 id_repeated error: object 0 has the same id",
            "5 H1 id_repeated error: object 0 has the same id",
        ],
    );
}
