use proptest::prelude::*;
use serde_json::json;
use stadtwin_model::{Geometry, GeometryKind, Lod, Span, class_by_name};

use super::*;
use crate::rule_set::Limits;
use crate::{Extrusion, RoofForm, extrude, span};

/// The parcel of all examples: 40 × 25 m.
fn parcel() -> Plot {
    Plot { polygons: vec![vec![rectangle([0.0, 0.0], [40.0, 25.0])]], area_m2: None }
}

fn rectangle([x, y]: [f64; 2], [width, depth]: [f64; 2]) -> Vec<[f64; 2]> {
    let (x, y) = (x + 696_700.0, y + 5_347_400.0);
    vec![[x, y], [x + width, y], [x + width, y + depth], [x, y + depth], [x, y]]
}

/// `[east, north, width, depth]`, storeys, height.
fn building(id: &str, [x, y, width, depth]: [f64; 4], storeys: Option<u32>, height_m: f64) -> CityObject {
    let extrusion = Extrusion {
        footprint: vec![rectangle([x, y], [width, depth])],
        base_m: 480.0,
        height_m: Some(height_m),
        storeys,
        storey_height_m: None,
        roof: RoofForm::Flat,
        function: Some("31001_1010".into()),
    };
    extrude(id, &extrusion).unwrap()
}

fn b1() -> CityObject {
    building("B1", [5.0, 2.0, 10.0, 20.0], Some(3), 9.0)
}

fn with(mut object: CityObject, name: &str, value: serde_json::Value) -> CityObject {
    object.attributes.insert(name.into(), value);
    object
}

fn subjects(objects: &[CityObject]) -> Vec<Subject> {
    objects.iter().map(|object| Subject::of(&object.id, object)).collect()
}

fn counted(objects: &[CityObject], plot: &Plot, rules: &RuleSet) -> Figures {
    let found = figures(&subjects(objects), plot, rules);
    let keys: Vec<_> = found.figures.iter().map(|figure| figure.key.as_str()).collect();
    assert_eq!(keys, KEYS);
    assert!(found.figures.iter().all(|figure| figure.rule_set == rules.name()));
    found
}

fn get<'a>(figures: &'a Figures, key: &str) -> &'a Figure {
    figures.figures.iter().find(|figure| figure.key == key).unwrap()
}

fn check(objects: &[CityObject], plot: &Plot, expected: &[(&str, f64)]) -> Figures {
    let found = counted(objects, plot, &RuleSet::default());
    for (key, expected) in expected {
        let value = get(&found, key).value;
        assert!(
            value.is_some_and(|value| (value - expected).abs() < 5e-4),
            "{key}: {value:?} instead of {expected}"
        );
    }
    found
}

/// N1, N2, N3.
#[test]
fn b1_on_its_parcel() {
    let found = check(
        &[b1()],
        &parcel(),
        &[
            ("buildings", 1.0),
            ("footprint", 200.0),
            ("floorArea", 600.0),
            ("grz", 0.20),
            ("gfz", 0.60),
            ("bmz", 1.80),
            ("volume", 1800.0),
            ("topHeight", 489.0),
            ("height", 9.0),
            // N30: 600 · 0.8 / 80; 6 · 2.1 = 12.6.
            ("units", 6.0),
            ("inhabitants", 13.0),
            ("sealedArea", 200.0),
            ("sealedShare", 0.2),
            ("roofArea", 200.0),
            ("greenVolume", 0.0),
        ],
    );
    assert_eq!(found.area_m2, Some(1000.0));
    assert!((get(&found, "inhabitants").exact.unwrap() - 12.6).abs() < 1e-9);
    let estimated: Vec<_> =
        found.figures.iter().filter(|figure| figure.estimated).map(|figure| figure.key.as_str()).collect();
    assert_eq!(estimated, ["units", "inhabitants"]);
    assert_eq!(get(&found, "grz").feature_ids, ["B1"]);
}

/// N5.
#[test]
fn replaced_by_one_of_four_storeys() {
    let after = building("H1", [5.0, 2.0, 12.0, 20.0], Some(4), 12.0);
    let expected = [("grz", 0.24), ("gfz", 0.96), ("bmz", 2.88), ("floorArea", 960.0), ("volume", 2880.0)];
    let after = check(&[after], &parcel(), &expected);
    let before = counted(&[b1()], &parcel(), &RuleSet::default());
    let more = |key| get(&after, key).value.unwrap() - get(&before, key).value.unwrap();
    assert!((more("floorArea") - 360.0).abs() < 1e-6 && (more("volume") - 1080.0).abs() < 1e-6);
}

/// N4: 200 m² and 150 m² of garage and drive.
#[test]
fn garages_and_drives_count_for_the_second_grz() {
    let garage = with(building("G", [20.0, 2.0, 5.0, 10.0], None, 3.0), "function", json!("31001_2463"));
    let drive = CityObject {
        class: class_by_name("Square").unwrap(),
        ..building("D", [28.0, 2.0, 5.0, 20.0], None, 0.1)
    };
    let objects = [b1(), garage, drive];
    let limited = |grz| {
        let rules = RuleSet { limits: Limits { grz: Some(grz), ..Limits::default() }, ..RuleSet::default() };
        let mut drive = objects[2].clone();
        drive.attributes.shift_remove("function");
        let found = counted(&[objects[0].clone(), objects[1].clone(), drive], &parcel(), &rules);
        let (one, two) = (get(&found, "grz"), get(&found, "grzTwo"));
        assert!((one.value.unwrap() - 0.2).abs() < 1e-6 && (two.value.unwrap() - 0.35).abs() < 1e-6);
        assert_eq!(get(&found, "sealedArea").value.map(f64::round), Some(350.0));
        assert_eq!(get(&found, "buildings").value, Some(2.0));
        two.limit.clone().unwrap()
    };
    let said = |limit: Limit| (format!("{:.2}", limit.value), limit.source, limit.kept);
    assert_eq!(said(limited(0.3)), ("0.45".into(), "§ 19 (4) BauNVO".into(), true));
    assert_eq!(said(limited(0.6)), ("0.80".into(), "§ 19 (4) BauNVO".into(), true));
    // Kept to the last square metre: 350 of 350.
    assert_eq!(said(limited(0.35 / 1.5)), ("0.35".into(), "§ 19 (4) BauNVO".into(), true));
    assert_eq!(said(limited(0.2)), ("0.30".into(), "§ 19 (4) BauNVO".into(), false));
}

/// N26, without its storeys: two up to eaves of 6 m.
#[test]
fn storeys_are_estimated_from_the_eaves() {
    let drawn = Extrusion {
        footprint: vec![rectangle([0.0, 0.0], [10.0, 12.0])],
        base_m: 480.0,
        height_m: Some(6.0),
        storeys: None,
        storey_height_m: None,
        roof: RoofForm::Gable { rise_m: 5.0, across: false },
        function: None,
    };
    let house = extrude("N26", &drawn).unwrap();
    let expected =
        [("volume", 1020.0), ("roofArea", 169.706), ("floorArea", 240.0), ("bmz", 0.72), ("height", 11.0)];
    let found = check(&[house], &parcel(), &expected);
    assert!(["floorArea", "gfz", "bmz"].iter().all(|key| get(&found, key).estimated));
    assert!(!get(&found, "grz").estimated);
}

/// N29.
#[test]
fn phases_change_the_count() {
    let end = |text: Option<&str>| text.map(|text| span::moment(text).unwrap());
    let span = |from, to| Span { from: end(from), to: end(to) };
    let items = [(b1(), span(None, Some("2026-04-01"))), (b1(), span(Some("2028-10-01"), None))];
    let count = |at: &str| {
        let there: Vec<_> = span::present(&items, span::moment(at)).into_iter().cloned().collect();
        get(&counted(&there, &parcel(), &RuleSet::default()), "buildings").value
    };
    let counts = ["2026-03-31", "2027-06-15", "2028-10-01"].map(count);
    assert_eq!(counts, [Some(1.0), Some(0.0), Some(1.0)]);
}

fn tree(id: &str, [x, y]: [f64; 2]) -> CityObject {
    let mut geometry = Geometry::new(Lod::whole(1), GeometryKind::MultiPoint);
    geometry.push_ring(&[[696_700.0 + x, 5_347_400.0 + y, 480.0]]);
    let object = CityObject {
        id: id.into(),
        class: class_by_name("SolitaryVegetationObject").unwrap(),
        geometries: vec![geometry],
        ..CityObject::default()
    };
    with(with(object, "crownDiameter", json!(8)), "height", json!(10))
}

/// N31: ten crowns of Ø 8 m and 10 m on a hectare; one beside it.
#[test]
fn crowns_are_ellipsoids() {
    let hectare = Plot { polygons: vec![vec![rectangle([0.0, 0.0], [100.0, 100.0])]], area_m2: None };
    let mut trees: Vec<_> =
        (0..10).map(|n| tree(&format!("T{n}"), [5.0 + 9.0 * f64::from(n), 50.0])).collect();
    trees.push(tree("outside", [150.0, 50.0]));
    check(&trees[..1], &hectare, &[("greenVolume", 335.1032)]);
    let found = check(&trees, &hectare, &[("greenVolume", 3351.0322), ("greenVolumeRatio", 0.3351)]);
    assert_eq!(get(&found, "greenVolume").feature_ids.len(), 10);
    trees[0].attributes.shift_remove("height");
    let found = counted(&trees, &hectare, &RuleSet::default());
    assert_eq!(get(&found, "greenVolume").unknown_ids, ["T0"]);
}

#[test]
fn what_lies_across_the_border_counts_in_part() {
    // 10 × 20 m, four of its ten metres on the parcel; another with eight of ten.
    let across = building("A", [36.0, 2.0, 10.0, 20.0], Some(2), 6.0);
    let mostly = building("M", [-2.0, 2.0, 10.0, 20.0], Some(2), 6.0);
    let outside = building("O", [60.0, 2.0, 10.0, 20.0], Some(2), 6.0);
    let expected = [("buildings", 1.0), ("footprint", 240.0), ("floorArea", 480.0), ("volume", 1440.0)];
    let found = check(&[across, mostly, outside], &parcel(), &expected);
    assert!(get(&found, "floorArea").estimated);
    assert_eq!(get(&found, "buildings").feature_ids, ["M"]);
}

#[test]
fn the_plot_area_may_be_said() {
    let plot = Plot { area_m2: Some(800.0), ..parcel() };
    check(&[b1()], &plot, &[("grz", 0.25), ("gfz", 0.75)]);
    let nowhere = counted(&[b1()], &Plot::default(), &RuleSet::default());
    assert_eq!(
        (get(&nowhere, "grz").value, get(&nowhere, "floorArea").value.map(f64::round)),
        (None, Some(600.0))
    );
}

#[test]
fn parts_count_by_their_own_storeys() {
    let mut whole = building("W", [0.0, 0.0, 10.0, 10.0], Some(2), 6.0);
    let mut part = building("P", [10.0, 0.0, 10.0, 10.0], Some(5), 15.0);
    part.class = class_by_name("BuildingPart").unwrap();
    whole.children.push(part.clone());
    check(
        &[whole.clone()],
        &parcel(),
        &[("floorArea", 700.0), ("footprint", 200.0), ("volume", 2100.0), ("bmz", 2.1)],
    );
    // Told once, of the whole.
    whole.children[0].attributes.shift_remove("storeysAboveGround");
    whole.geometries.clear();
    check(&[whole], &parcel(), &[("floorArea", 200.0), ("footprint", 100.0)]);
}

#[test]
fn what_is_not_known_is_named() {
    let mut open = b1();
    open.geometries[0].faces.pop();
    open.geometries[0].faces.pop();
    let found = counted(
        &[open.clone(), building("B2", [20.0, 2.0, 10.0, 10.0], Some(1), 3.0)],
        &parcel(),
        &RuleSet::default(),
    );
    let volume = get(&found, "volume");
    assert_eq!(
        (volume.value.map(f64::round), volume.estimated, &volume.unknown_ids[0]),
        (Some(300.0), true, &open.id)
    );
    let found = counted(&[open], &parcel(), &RuleSet::default());
    assert_eq!(get(&found, "volume").value, None);
    let again: Figures = serde_json::from_value(serde_json::to_value(&found).unwrap()).unwrap();
    assert_eq!(again, found);
    // Nothing at all.
    check(&[], &parcel(), &[("buildings", 0.0), ("grz", 0.0), ("sealedArea", 0.0)]);
}

#[test]
fn high_storeys_are_limited_by_their_content() {
    let rules = RuleSet { limits: Limits { gfz: Some(0.5), ..Limits::default() }, ..RuleSet::default() };
    let hall = building("H", [5.0, 2.0, 10.0, 20.0], Some(1), 10.0);
    let limit = |object| get(&counted(&[object], &parcel(), &rules), "bmz").limit.clone();
    let said = limit(hall).unwrap();
    assert_eq!((said.value, said.source.as_str(), said.kept), (1.75, "§ 21 (4) BauNVO", false));
    assert_eq!(limit(b1()), None);
}

/// Hand: a garage of 600 m² under most of B1's 200 m² leaves 20 m² more; a quarter of 200 m² of lawn.
#[test]
fn overlapping_ground_is_sealed_once() {
    let deck = with(building("U", [0.0, 0.0, 30.0, 20.0], None, 3.0), "function", json!("31001_2465"));
    let lawn = with(
        CityObject {
            class: class_by_name("LandUse").unwrap(),
            ..building("L", [30.0, 0.0, 10.0, 20.0], None, 0.1)
        },
        "sealedShare",
        json!(0.25),
    );
    let found =
        check(&[b1(), deck, lawn], &parcel(), &[("sealedArea", 670.0), ("grzTwo", 0.62), ("grz", 0.2)]);
    assert!(get(&found, "sealedArea").estimated);
}

proptest! {
    /// What two halves of a plot come to is what the whole comes to.
    #[test]
    fn halves_add_up(cut in 1.0f64..39.0, houses in prop::collection::vec((-5.0f64..35.0, -5.0f64..20.0, 3.0f64..12.0, 1..5u32), 1..6)) {
        let objects: Vec<_> = houses
            .iter()
            .enumerate()
            .map(|(n, (x, y, size, storeys))| {
                building(&format!("B{n}"), [*x, *y, *size, 8.0], Some(*storeys), 3.0 * f64::from(*storeys))
            })
            .collect();
        let subjects = subjects(&objects);
        let of = |west: f64, east: f64| {
            let polygons = vec![vec![rectangle([west, 0.0], [east - west, 25.0])]];
            figures(&subjects, &Plot { polygons, area_m2: None }, &RuleSet::default())
        };
        let (whole, west, east) = (of(0.0, 40.0), of(0.0, cut), of(cut, 40.0));
        for key in ["footprint", "floorArea", "volume", "sealedArea", "roofArea"] {
            let value = |figures: &Figures| get(figures, key).value.unwrap_or(0.0);
            let parts = value(&west) + value(&east);
            // Slivers of a hundredth of a square metre count for nothing, whatever stands on them.
            prop_assert!((parts - value(&whole)).abs() < 2.0, "{key}: {parts} instead of {}", value(&whole));
        }
    }
}
