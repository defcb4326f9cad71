//! Every box that is found by the tree against looking at each of them.

use proptest::prelude::*;

use super::*;
use stadtwin_query::Region;

fn region(ring: &[[f64; 2]]) -> Region {
    Region { rings: vec![ring.to_vec()], heights_m: None }
}

fn rectangle([west, south, east, north]: Bounds) -> Vec<[f64; 2]> {
    vec![[west, south], [east, south], [east, north], [west, north], [west, south]]
}

fn placement(key: i64, place: Place) -> Placement {
    Placement { key, id: format!("DEBY_{key}"), place }
}

/// Around Garching, with decimals that single precision does not have.
fn boxes() -> impl Strategy<Value = Bounds> {
    (691_000.0..693_000.0, 5_346_000.0..5_348_000.0, 0.0..80.0, 0.0..80.0)
        .prop_map(|(west, south, wide, high): (f64, f64, f64, f64)| [west, south, west + wide, south + high])
}

fn places() -> impl Strategy<Value = Place> {
    prop_oneof![8 => boxes().prop_map(Place::Within), 1 => Just(Place::Everywhere), 1 => Just(Place::Nowhere)]
}

proptest! {
    /// An area of four corners turned a little: with boxes of decimals none touches it by chance alone.
    #[test]
    fn what_is_in_an_area_is_found(
        places in prop::collection::vec(places(), 0..400),
        area in boxes(),
        scale in 1.0..20.0f64,
    ) {
        let area = [area[0], area[1], area[0] + (area[2] - area[0]) * scale, area[1] + (area[3] - area[1]) * scale];
        let directory = Directory::new(7, (1..).zip(&places).map(|(key, place)| placement(key, *place)).collect());
        let found = directory.find(&Area::of(&region(&rectangle(area))));
        for (at, place) in (0u32..).zip(&places) {
            let is_inside = found.inside.binary_search(&at).is_ok();
            let is_crossing = found.crossing.binary_search(&at).is_ok();
            prop_assert!(!(is_inside && is_crossing));
            match place {
                Place::Everywhere => prop_assert!(is_inside),
                Place::Nowhere => prop_assert!(!is_inside && !is_crossing),
                Place::Within(b) => {
                    let meets = b[0] <= area[2] && area[0] <= b[2] && b[1] <= area[3] && area[1] <= b[3];
                    let within = area[0] <= b[0] && area[1] <= b[1] && b[2] <= area[2] && b[3] <= area[3];
                    prop_assert!(!meets || is_inside || is_crossing, "{b:?} is missed");
                    prop_assert!(within || !is_inside, "{b:?} is not within");
                    // A metre from the border nothing is in doubt.
                    let far = b[0] > area[2] + 1.0 || area[0] > b[2] + 1.0 || b[1] > area[3] + 1.0 || area[1] > b[3] + 1.0;
                    prop_assert!(!far || !is_crossing, "{b:?} is in doubt");
                }
            }
        }
    }

    #[test]
    fn a_change_is_the_same_as_a_new_directory(
        before in prop::collection::vec(places(), 1..200),
        begun in prop::collection::vec(places(), 0..50),
        ended in prop::collection::btree_set(0..250usize, 0..40),
        area in boxes(),
    ) {
        let all: Vec<_> = (1..).zip(before.iter().chain(&begun)).map(|(key, place)| placement(key, *place)).collect();
        let old = Directory::new(1, all[..before.len()].to_vec());
        let gone: Vec<i64> = ended.iter().filter_map(|at| all.get(*at)).map(|placement| placement.key).collect();
        let new = old.changed(2, gone.clone(), &all[before.len()..]);
        let fresh = Directory::new(2, all.into_iter().filter(|placement| !gone.contains(&placement.key)).collect());
        prop_assert_eq!(new.revision(), 2);
        prop_assert_eq!(new.keys(), fresh.keys());
        let area = Area::of(&region(&rectangle(area)));
        let (new_found, fresh_found) = (new.find(&area), fresh.find(&area));
        // The boxes of what stays are enlarged once more: doubt may grow, certainty not.
        let known = |found: &Found| {
            let mut all: Vec<u32> = found.inside.iter().chain(&found.crossing).copied().collect();
            all.sort_unstable();
            all
        };
        for at in known(&fresh_found) {
            prop_assert!(known(&new_found).contains(&at));
        }
        for at in &new_found.inside {
            prop_assert!(fresh_found.inside.contains(at));
        }
        for key in fresh.keys().iter() {
            let name = format!("DEBY_{key}");
            prop_assert!(new.named(&name).any(|found| found == *key));
        }
    }
}

#[test]
fn a_name_is_found_and_a_strange_one_is_not() {
    let directory = Directory::new(1, (1..100).map(|key| placement(key, Place::Nowhere)).collect());
    assert_eq!(directory.named("DEBY_42").collect::<Vec<_>>(), [42]);
    assert_eq!(directory.named("DEBY_420").count(), 0);
    assert_eq!(directory.behind(42), 42);
    assert_eq!(directory.behind(0), 0);
    assert_eq!(directory.behind(1_000), 99);
}

/// An area bent like a box in degrees is in the storage CRS: its corners stand out of the box of its middle.
#[test]
fn a_bent_area_tells_inside_from_outside() {
    let area = Area::of(&region(&[
        [0.0, 0.0],
        [50.0, -5.0],
        [100.0, 0.0],
        [100.0, 100.0],
        [50.0, 95.0],
        [0.0, 100.0],
        [0.0, 0.0],
    ]));
    for (bounds, expected) in [
        ([40.0, 40.0, 60.0, 60.0], Relation::Inside),
        ([48.0, -4.0, 52.0, -1.0], Relation::Inside),
        ([2.0, -4.0, 8.0, -2.0], Relation::Apart),
        ([48.0, 96.0, 52.0, 98.0], Relation::Apart),
        ([-10.0, 40.0, 10.0, 60.0], Relation::Crossing),
        ([-200.0, -200.0, 300.0, 300.0], Relation::Crossing),
        ([101.0, 0.0, 102.0, 1.0], Relation::Apart),
    ] {
        assert_eq!(area.relate(&bounds), expected, "{bounds:?}");
    }
}
