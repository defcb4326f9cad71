use stadtwin_model::{Geometry, GeometryKind, Lod};

use super::*;
use crate::{Extrusion, RoofForm, extrude};

const FAR: [f64; 2] = [690_000.0, 5_347_000.0];

fn ring([west, east]: [f64; 2], [south, north]: [f64; 2]) -> Vec<[f64; 2]> {
    let corners = [[west, south], [east, south], [east, north], [west, north], [west, south]];
    corners.iter().map(|[x, y]| [x + FAR[0], y + FAR[1]]).collect()
}

fn cuboid(uid: &str, x: [f64; 2], y: [f64; 2], [low, high]: [f64; 2]) -> CityObject {
    let extrusion = Extrusion {
        footprint: vec![ring(x, y)],
        base_m: low,
        height_m: Some(high - low),
        storeys: None,
        storey_height_m: None,
        roof: RoofForm::Flat,
        function: None,
    };
    extrude(uid, &extrusion).unwrap()
}

fn span(text: &str) -> Span {
    let (from, to) = text.split_once("..").unwrap();
    let end = |text: &str| (!text.is_empty()).then(|| span::moment(text).unwrap());
    Span { from: end(from), to: end(to) }
}

fn standing<'a>(object: &'a CityObject, time: &str) -> Standing<'a> {
    Standing { uid: &object.id, object, span: span(time) }
}

fn plan<'a>(
    scenario: &'a str,
    planned: &[(&'a CityObject, &str)],
    touches: &[(&'a str, Action, &str)],
) -> Plan<'a> {
    Plan {
        scenario,
        planned: planned.iter().map(|(object, time)| standing(object, time)).collect(),
        touches: touches
            .iter()
            .map(|(target, action, time)| Touch { target, action: *action, span: span(time) })
            .collect(),
    }
}

/// `C2 A/H1 B/H2 25.00 m² 250.00 m³ 2027-01-01..2030-01-01`
fn said(conflicts: &[Conflict]) -> Vec<String> {
    let party = |party: &Party| {
        let (scenario, uid) = (party.scenario.as_deref(), party.uid.as_deref());
        format!("{}/{}", scenario.unwrap_or("-"), uid.unwrap_or("-"))
    };
    let line = |one: &Conflict| {
        let mut words = vec![format!("{:?} {:?} {}", one.code, one.gravity, party(&one.first))];
        words.extend(one.second.as_ref().map(party));
        words.extend(one.area_m2.map(|area| format!("{area:.2} m²")));
        words.extend(one.volume_m3.map(|volume| format!("{volume:.2} m³")));
        words.extend(one.distance_m.map(|distance| format!("{distance:.2} m")));
        words.extend(serde_json::to_value(one).unwrap()["spans"].as_array().unwrap().iter().map(|span| {
            let end = |name: &str| span[name].as_str().unwrap_or_default().to_owned();
            format!("{}..{}", end("from"), end("to"))
        }));
        words.join(" ")
    };
    let again: Vec<Conflict> = serde_json::from_value(serde_json::to_value(conflicts).unwrap()).unwrap();
    assert_eq!(again, conflicts);
    conflicts.iter().map(line).collect()
}

fn check_between(a: &Plan, b: &Plan, expected: &[&str]) {
    assert_eq!(said(&between(a, b, &Thresholds::default())), expected);
    assert_eq!(between(b, a, &Thresholds::default()).len(), expected.len());
}

/// N27.
#[test]
fn planned_objects_share_room_or_touch() {
    let one = cuboid("H1", [0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let two = cuboid("H2", [15.0, 35.0], [5.0, 15.0], [480.0, 490.0]);
    let beside = cuboid("H3", [20.0, 40.0], [0.0, 10.0], [480.0, 490.0]);
    let above = cuboid("H4", [0.0, 20.0], [0.0, 10.0], [495.0, 500.0]);
    let a = plan("A", &[(&one, "..")], &[]);
    check_between(&a, &plan("B", &[(&two, "..")], &[]), &["C2 High A/H1 B/H2 25.00 m² 250.00 m³ .."]);
    check_between(&a, &plan("B", &[(&beside, ".."), (&above, "..")], &[]), &[]);
    // A hair of 1 mm × 10 m × 10 m is 0.01 m² and 0.1 m³: not more than the threshold; two hairs are.
    let hair = cuboid("H5", [19.999, 40.0], [0.0, 10.0], [480.0, 490.0]);
    let hairs = cuboid("H6", [19.998, 40.0], [0.0, 10.0], [480.0, 490.0]);
    let thin = plan("B", &[(&hair, ".."), (&hairs, "..")], &[]);
    assert_eq!(
        said(&between(&a, &thin, &Thresholds::default())).last().unwrap(),
        "C2 High A/H1 B/H6 0.02 m² 0.20 m³ .."
    );
    let polygons = &between(&a, &plan("B", &[(&two, "..")], &[]), &Thresholds::default())[0].polygons;
    assert!((crate::plane::area_m2(polygons) - 25.0).abs() < 1e-6);
    let [west, south, east, north] = crate::plane::bounds(polygons);
    let corner = [west - FAR[0], south - FAR[1], east - FAR[0], north - FAR[1]];
    assert!(corner.iter().zip([15.0, 5.0, 20.0, 10.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{corner:?}");
}

/// N28.
#[test]
fn only_what_is_at_the_same_time_is_in_the_way() {
    let one = cuboid("H1", [0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let two = cuboid("H2", [15.0, 35.0], [5.0, 15.0], [480.0, 490.0]);
    let first = "2027-01-01..2030-01-01";
    let a = plan("A", &[(&one, first)], &[("X", Action::Transform, first)]);
    let b = |from: &'static str| plan("B", &[(&two, from)], &[("X", Action::Replace, from)]);
    check_between(&a, &b("2030-01-01.."), &[]);
    let late = b("2029-12-31..");
    let day = "2029-12-31..2030-01-01";
    check_between(
        &a,
        &late,
        &[&format!("C1 High A/X B/X {day}"), &format!("C2 High A/H1 B/H2 25.00 m² 250.00 m³ {day}")],
    );
    let found = between(&a, &late, &Thresholds::default());
    assert_eq!(found.iter().map(Conflict::days).collect::<Vec<_>>(), [Some(1.0), Some(1.0)]);
}

#[test]
fn the_same_target() {
    let touch =
        |scenario, action| plan(scenario, &[], &[("X", action, ".."), ("Y", Action::Modify, "..2020-01-01")]);
    let b = touch("B", Action::Remove);
    check_between(&touch("A", Action::Remove), &b, &["C1 Info A/X B/X ..", "C1 High A/Y B/Y ..2020-01-01"]);
    let a = plan("A", &[], &[("X", Action::Modify, ".."), ("Y", Action::Remove, "2020-01-01..")]);
    check_between(&a, &b, &["C1 High A/X B/X .."]);
    check_between(&plan("A", &[], &[("Z", Action::Remove, "..")]), &b, &[]);
}

#[test]
fn stock_is_in_the_way_until_it_is_gone() {
    let new = cuboid("H1", [0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let old = cuboid("S1", [15.0, 35.0], [5.0, 15.0], [480.0, 490.0]);
    let far = cuboid("S2", [150.0, 350.0], [5.0, 15.0], [480.0, 490.0]);
    // A hall that begins far in the west reaches here all the same.
    let hall = cuboid("S3", [-500.0, 5.0], [-5.0, 5.0], [480.0, 484.0]);
    let stock = [standing(&old, ".."), standing(&far, ".."), standing(&hall, "..2029-01-01")];
    let check = |touches: &[(&'static str, Action, &str)], expected: &[&str]| {
        let plan = plan("A", &[(&new, "2028-01-01..")], touches);
        let mut found = said(&with_stock(&plan, &stock, &Thresholds::default()));
        found.sort();
        assert_eq!(found, expected, "{touches:?}");
    };
    let hall = "C3 High A/H1 -/S3 25.00 m² 100.00 m³ 2028-01-01..2029-01-01";
    check(&[], &["C3 High A/H1 -/S1 25.00 m² 250.00 m³ 2028-01-01..", hall]);
    check(&[("S1", Action::Modify, "..")], &["C3 High A/H1 -/S1 25.00 m² 250.00 m³ 2028-01-01..", hall]);
    check(&[("S1", Action::Remove, "2027-12-01..")], &[hall]);
    check(
        &[("S1", Action::Replace, "2028-03-01.."), ("S3", Action::Transform, "..")],
        &["C3 High A/H1 -/S1 25.00 m² 250.00 m³ 2028-01-01..2028-03-01"],
    );
    // Away for a year.
    check(
        &[("S1", Action::Remove, "2029-01-01..2030-01-01"), ("S3", Action::Remove, "..")],
        &["C3 High A/H1 -/S1 25.00 m² 250.00 m³ 2028-01-01..2029-01-01 2030-01-01.."],
    );
    // In its own room.
    let same = plan("A", &[(&old, "..")], &[]);
    assert_eq!(said(&with_stock(&same, &stock[..1], &Thresholds::default())), Vec::<String>::new());
}

#[test]
fn ground_and_meant_spaces_take_no_room() {
    let new = cuboid("H1", [0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let plan = plan("A", &[(&new, "..")], &[]);
    let count = |class: &str, is_closed: bool| {
        let mut object = cuboid("S1", [15.0, 35.0], [5.0, 15.0], [480.0, 490.0]);
        object.class = stadtwin_model::class_by_name(class).unwrap();
        let geometry = &mut object.geometries[0];
        geometry.faces.drain(..usize::from(!is_closed));
        let found = with_stock(&plan, &[standing(&object, "..")], &Thresholds::default());
        found.iter().map(|one| one.estimated).collect::<Vec<_>>()
    };
    for class in ["Building", "Bridge", "OtherConstruction"] {
        assert_eq!((count(class, true), count(class, false)), (vec![false], vec![true]), "{class}");
    }
    for class in ["SolitaryVegetationObject", "CityFurniture", "GenericCityObject"] {
        assert_eq!((count(class, true), count(class, false)), (vec![false], vec![]), "{class}");
    }
    for class in ["TINRelief", "LandUse", "Road", "WaterBody", "GenericLogicalSpace"] {
        assert_eq!((count(class, true), count(class, false)), (vec![], vec![]), "{class}");
    }
}

#[test]
fn beyond_the_border() {
    let border = vec![vec![ring([-100.0, 16.0], [-100.0, 100.0])]];
    let one = cuboid("H1", [0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let inside = cuboid("H2", [0.0, 16.0], [20.0, 30.0], [480.0, 490.0]);
    let mut tree = Geometry::new(Lod::whole(1), GeometryKind::MultiPoint);
    tree.push_ring(&[[FAR[0] + 50.0, FAR[1], 480.0]]);
    let tree = CityObject { id: "T".into(), geometries: vec![tree], ..CityObject::default() };
    let a = plan("A", &[(&one, "2028-01-01.."), (&inside, ".."), (&tree, "..")], &[]);
    let found = outside(&a, &border, &Thresholds::default());
    assert_eq!(said(&found), ["C4 High A/H1 40.00 m² 2028-01-01.."]);
    assert!((crate::plane::area_m2(&found[0].polygons) - 40.0).abs() < 1e-6);
}

#[test]
fn neighbours_are_told() {
    let area = vec![vec![ring([0.0, 20.0], [0.0, 10.0])]];
    let town = [vec![ring([170.0, 900.0], [0.0, 900.0])]];
    let project = [vec![ring([0.0, 20.0], [220.0, 300.0])]];
    let touching = [vec![ring([20.0, 40.0], [10.0, 30.0])]];
    let neighbour = |scenario, name, polygons| Neighbour { scenario, name, polygons };
    let neighbours = [
        neighbour(None, "Ismaning", &town[..]),
        neighbour(Some("B"), "Am Bach", &project[..]),
        neighbour(Some("C"), "Am Eck", &touching[..]),
    ];
    let found = nearby("A", &area, &neighbours, &Thresholds::default());
    assert_eq!(said(&found), ["C6 Info A/- -/Ismaning 150.00 m ..", "C6 Info A/- C/Am Eck 0.00 m .."]);
}
