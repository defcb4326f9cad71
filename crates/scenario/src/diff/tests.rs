use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use stadtwin_model::class_by_name;

use super::*;
use crate::{Extrusion, RoofForm, Transform, extrude, transform};

/// A block at a place, `[width, depth, height]`.
fn block(id: &str, [x, y]: [f64; 2], [width, depth, height_m]: [f64; 3], storeys: u32) -> CityObject {
    let (x, y) = (x + 696_700.0, y + 5_347_400.0);
    let corners = vec![[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]];
    let extrusion = Extrusion {
        footprint: vec![corners],
        base_m: 480.0,
        height_m: Some(height_m),
        storeys: Some(storeys),
        storey_height_m: None,
        roof: RoofForm::Flat,
        function: Some("31001_1000".into()),
    };
    extrude(id, &extrusion).unwrap()
}

/// An object with the names that it stands in the place of.
type Named = (CityObject, Vec<String>);

fn named(object: CityObject, predecessors: &[&str]) -> Named {
    (object, predecessors.iter().map(|name| name.to_string()).collect())
}

fn between(before: &[Named], after: &[Named]) -> Diff {
    fn versions(objects: &[Named]) -> Vec<Version<'_>> {
        objects
            .iter()
            .map(|(object, predecessors)| Version { uid: &object.id, object, predecessors })
            .collect()
    }
    diff(&versions(before), &versions(after), &Tolerances::default())
}

/// Kind, names before and after, differences of height, volume and footprint.
fn summary(diff: &Diff) -> Vec<String> {
    let number = |delta: Delta| delta.delta.map_or("?".to_owned(), |delta| format!("{delta:+.2}"));
    let line = |change: &Change| {
        let (before, after) = (change.before.join("+"), change.after.join("+"));
        let numbers = [change.height_m, change.volume_m3, change.footprint_m2].map(number).join(" ");
        format!("{:?} {before}>{after} {numbers}", change.kind)
    };
    diff.changes.iter().map(line).collect()
}

fn check(before: &[Named], after: &[Named], expected: &[&str]) -> Diff {
    let found = between(before, after);
    assert_eq!(summary(&found), expected);
    assert_eq!(between(after, before), found.inverse());
    let again: Diff = serde_json::from_value(serde_json::to_value(&found).unwrap()).unwrap();
    assert_eq!(again, found);
    found
}

#[test]
fn what_comes_goes_and_is_replaced() {
    let b1 = || named(block("B1", [0.0, 0.0], [10.0, 20.0, 9.0], 3), &[]);
    let b2 = || named(block("B2", [30.0, 0.0], [10.0, 10.0, 6.0], 2), &[]);
    check(&[b1(), b2()], &[b1(), b2()], &[]);
    let h1 = |predecessors: &[&str]| named(block("H1", [0.0, 0.0], [12.0, 20.0, 12.0], 4), predecessors);
    check(
        &[b1(), b2()],
        &[b2(), h1(&[])],
        &["Removed B1> -9.00 -1800.00 -200.00", "Added >H1 +12.00 +2880.00 +240.00"],
    );
    // N5: 12 × 20 with four storeys in the place of B1.
    let found = check(&[b1(), b2()], &[b2(), h1(&["B1"])], &["Replaced B1>H1 +3.00 +1080.00 +40.00"]);
    let names: Vec<_> = found.changes[0].attributes.iter().map(|change| change.name.as_str()).collect();
    assert_eq!(names, ["measuredHeight", "storeysAboveGround"]);
    // Two by one; and two variants of what stands for the same.
    check(&[b1(), b2()], &[h1(&["B1", "B2"])], &["Replaced B1+B2>H1 +3.00 +480.00 -60.00"]);
    let h2 = named(block("H2", [0.0, 0.0], [10.0, 10.0, 12.0], 4), &["B1"]);
    check(&[h1(&["B1"])], &[h2], &["Replaced H1>H2 +0.00 -1680.00 -140.00"]);
}

#[test]
fn what_moves_and_what_is_modified() {
    let object = block("B1", [0.0, 0.0], [10.0, 20.0, 9.0], 3);
    let moved = |asked: Transform| named(transform(&object, &asked).unwrap().0, &[]);
    let before = || [named(object.clone(), &[])];
    let far = Transform { translate: [5.0, -2.0, 1.0], rotate: 30.0, ..Transform::default() };
    let found = check(&before(), &[moved(far)], &["Moved B1>B1 +0.00 +0.00 +0.00"]);
    let movement = found.changes[0].movement.unwrap();
    let whole = [movement.translate[0], movement.translate[1], movement.translate[2], movement.rotate];
    for (found, expected) in whole.into_iter().zip([5.0, -2.0, 1.0, 30.0]) {
        assert!((found - expected).abs() < 1e-6, "{movement:?}");
    }
    let half = Transform { rotate: 180.0, translate: [1.0, 0.0, 0.0], ..Transform::default() };
    check(&before(), &[moved(half)], &["Moved B1>B1 +0.00 +0.00 +0.00"]);
    // Half a centimetre is nothing, two are a move.
    let by = |east| moved(Transform { translate: [east, 0.0, 0.0], ..Transform::default() });
    check(&before(), &[by(0.005)], &[]);
    check(&before(), &[by(0.02)], &["Moved B1>B1 +0.00 +0.00 +0.00"]);
    // One storey more, with its attributes.
    let higher = named(block("B1", [0.0, 0.0], [10.0, 20.0, 12.0], 4), &[]);
    let found = check(&before(), &[higher], &["Modified B1>B1 +3.00 +600.00 +0.00"]);
    assert_eq!((found.changes[0].geometry_changed, found.changes[0].attributes.len()), (true, 2));
    // An attribute alone; 3 and 3.0 are the same.
    let mut renamed = object.clone();
    renamed.attributes.insert("function".into(), json!("31001_2000"));
    renamed.attributes.insert("storeysAboveGround".into(), json!(3.0));
    let found = check(&before(), &[named(renamed, &[])], &["Modified B1>B1 +0.00 +0.00 +0.00"]);
    let change = AttributeChange {
        part: String::new(),
        name: "function".into(),
        before: Some(json!("31001_1000")),
        after: Some(json!("31001_2000")),
    };
    assert_eq!((found.changes[0].geometry_changed, &found.changes[0].attributes), (false, &vec![change]));
    // The same block begun at another corner.
    let mut turned = object.clone();
    turned.geometries[0].points[0..4].rotate_left(1);
    turned.geometries[0].faces.rotate_left(2);
    check(&before(), &[named(turned, &[])], &[]);
}

#[test]
fn parts_are_matched_by_their_ids() {
    let whole = |parts: &[(&str, u32)]| {
        let mut object = block("B1", [0.0, 0.0], [10.0, 20.0, 9.0], 3);
        for (id, storeys) in parts {
            let mut part = block(id, [10.0, 0.0], [5.0, 5.0, 3.0], *storeys);
            part.class = class_by_name("BuildingPart").unwrap();
            object.children.push(part);
        }
        named(object, &[])
    };
    let found = check(&[whole(&[("p", 1)])], &[whole(&[("p", 2)])], &["Modified B1>B1 +0.00 +0.00 +0.00"]);
    let change = &found.changes[0].attributes[0];
    assert_eq!((change.part.as_str(), change.name.as_str()), ("p", "storeysAboveGround"));
    let found = check(&[whole(&[])], &[whole(&[("p", 1)])], &["Modified B1>B1 +0.00 +75.00 +25.00"]);
    let change = &found.changes[0].attributes[0];
    assert_eq!((change.name.as_str(), &change.after), ("@class", &Some(json!("BuildingPart"))));
}

fn state() -> impl Strategy<Value = Vec<Named>> {
    let sizes = [[10.0, 20.0, 9.0], [10.0, 20.0, 12.0], [8.0, 8.0, 3.0]];
    let one = (0..6usize, 0..3usize, 0..3usize, 1..4u32, 0..4usize, prop::collection::vec(0..6usize, 0..2));
    prop::collection::vec(one, 0..5).prop_map(move |drawn| {
        let mut objects: BTreeMap<String, Named> = BTreeMap::new();
        for (name, place, size, storeys, turn, predecessors) in drawn {
            let id = format!("B{name}");
            let object = block(&id, [place as f64 * 7.0, 0.0], sizes[size], storeys);
            let asked = Transform { rotate: turn as f64 * 45.0, ..Transform::default() };
            let (object, _) = transform(&object, &asked).unwrap();
            let predecessors = predecessors.into_iter().map(|name| format!("B{name}")).collect();
            objects.insert(id, (object, predecessors));
        }
        objects.into_values().collect()
    })
}

proptest! {
    #[test]
    fn the_way_back_is_the_inverse(before in state(), after in state()) {
        let there = between(&before, &after);
        prop_assert_eq!(between(&after, &before), there.inverse());
        prop_assert_eq!(there.inverse().inverse(), there.clone());
        prop_assert!(between(&before, &before).changes.is_empty());
        // Every object of one state alone is accounted for once.
        let names = |objects: &[Named]| objects.iter().map(|one| one.0.id.clone()).collect::<BTreeSet<_>>();
        let (old, new) = (names(&before), names(&after));
        for name in old.symmetric_difference(&new) {
            let hits = there.changes.iter().filter(|c| c.before.contains(name) || c.after.contains(name));
            prop_assert_eq!(hits.count(), 1);
        }
    }
}
