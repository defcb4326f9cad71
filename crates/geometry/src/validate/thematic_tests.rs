//! Each thematic check at and beside its edges.

use super::*;
use serde_json::json;
use stadtwin_model::{Attributes, BoundarySurface, Geometry, NO_SURFACE, class_by_name};

fn object(class: &str, attributes: Value) -> CityObject {
    CityObject {
        id: "b".into(),
        class: class_by_name(class).unwrap(),
        attributes: serde_json::from_value(attributes).unwrap(),
        ..CityObject::default()
    }
}

/// A wall from the ground up; only its height counts.
fn solid(lod: u8, height_m: f64) -> Geometry {
    let mut geometry = Geometry::new(Lod::whole(lod), GeometryKind::Solid);
    geometry
        .push_face([&[[0.0, 0.0, 500.0], [1.0, 0.0, 500.0], [1.0, 0.0, 500.0 + height_m]][..]], NO_SURFACE);
    geometry
}

fn building(attributes: Value, height_m: f64) -> CityObject {
    CityObject { geometries: vec![solid(2, height_m)], ..object("Building", attributes) }
}

fn codes(object: &CityObject) -> Vec<String> {
    let mut issues = Vec::new();
    check(object, &mut issues);
    issues.into_iter().map(|issue| issue.code).collect()
}

/// Hand: heights may differ by 2 m or a quarter of the geometry's, whichever is more; possible is what is above 0 and
/// below 1,000 m.
#[test]
fn heights_are_judged() {
    for (attributes, height_m, expected) in [
        (json!({}), 10.0, "height_missing"),
        (json!({"measuredHeight": "high"}), 10.0, "height_missing"),
        (json!({"measuredHeight": 0.0}), 10.0, "height_implausible"),
        (json!({"measuredHeight": -3.5}), 10.0, "height_implausible"),
        (json!({"measuredHeight": 999.9}), 999.9, ""),
        (json!({"measuredHeight": 1000.0}), 1000.0, "height_implausible"),
        (json!({"measuredHeight": 10.0}), 10.0, ""),
        (json!({"measuredHeight": " 10.0 "}), 10.0, ""),
        (json!({"measuredHeight": 6.0}), 4.0, ""),
        (json!({"measuredHeight": 6.1}), 4.0, "height_differs"),
        (json!({"measuredHeight": 25.0}), 20.0, ""),
        (json!({"measuredHeight": 25.1}), 20.0, "height_differs"),
        (json!({"measuredHeight": 14.9}), 20.0, "height_differs"),
        // Nothing to compare with.
        (json!({"measuredHeight": 500.0}), 0.0, ""),
    ] {
        let found = codes(&building(attributes.clone(), height_m));
        assert_eq!(found.join(" "), expected, "{attributes} {height_m}");
    }
}

#[test]
fn heights_of_parts_count_for_the_whole() {
    let part = |attributes| CityObject {
        id: "p".into(),
        geometries: vec![solid(2, 30.0)],
        ..object("BuildingPart", attributes)
    };
    let whole = |attributes, part| CityObject { children: vec![part], ..object("Building", attributes) };
    let no_height = codes(&whole(json!({}), part(json!({"measuredHeight": 30.0}))));
    assert_eq!(no_height, Vec::<String>::new(), "a part has it");
    assert_eq!(codes(&whole(json!({}), part(json!({})))), ["height_missing"]);
    assert_eq!(codes(&whole(json!({"measuredHeight": 10.0}), part(json!({})))), ["height_differs"]);
    // A footprint says nothing of the height, nor does a tree have to.
    let flat = CityObject {
        geometries: vec![Geometry { lod: Lod(0), ..solid(2, 50.0) }],
        ..object("Building", json!({"measuredHeight": 10.0}))
    };
    assert_eq!(codes(&flat), Vec::<String>::new());
    assert_eq!(codes(&object("SolitaryVegetationObject", json!({}))), Vec::<String>::new());
}

/// Hand: 1.8 to 16 m a storey, 0 to 200 storeys.
#[test]
fn storeys_are_judged_against_the_height() {
    for (height_m, storeys, expected) in [
        (18.0, 10.0, ""),
        (18.0, 11.0, "storeys_implausible"),
        (16.0, 1.0, ""),
        (16.5, 1.0, "storeys_implausible"),
        (9.0, 3.0, ""),
        (9.0, 0.0, ""),
        (9.0, -1.0, "storeys_implausible"),
        (360.0, 200.0, ""),
        (370.0, 201.0, "storeys_implausible"),
    ] {
        let attributes = json!({"measuredHeight": height_m, "storeysAboveGround": storeys});
        assert_eq!(codes(&building(attributes, height_m)).join(" "), expected, "{storeys} in {height_m} m");
    }
    let without = building(json!({"storeysAboveGround": 6}), 9.0);
    assert_eq!(
        codes(&without),
        ["height_missing", "storeys_implausible"],
        "then the geometry tells the height"
    );
}

#[test]
fn codes_are_looked_up_where_the_list_is_known() {
    let qualified =
        |code_space: Value| serde_json::from_value::<Attributes>(json!({"roofType": code_space})).unwrap();
    for (roof_type, qualifiers, expected) in [
        (json!("1000"), json!({}), ""),
        (json!("1130"), json!({}), ""),
        (json!("9999"), json!({}), ""),
        (json!("1001"), json!({}), "code_unknown"),
        (json!("0000"), json!({}), "code_unknown"),
        // A list of somebody's own, words and other lengths are not judged.
        (json!("1001"), json!({"codeSpace": "http://example.org/roofs"}), ""),
        (json!("gabled"), json!({}), ""),
        (json!("10"), json!({}), ""),
    ] {
        let mut object = building(json!({"measuredHeight": 5.0, "roofType": roof_type}), 5.0);
        object.qualifiers = qualified(qualifiers.clone());
        assert_eq!(codes(&object).join(" "), expected, "{roof_type} {qualifiers}");
    }
}

#[test]
fn solids_that_name_their_surfaces_name_all() {
    let all = ["GroundSurface", "WallSurface", "RoofSurface"];
    let surface =
        |class: &&str| BoundarySurface { class: class_by_name(class).unwrap(), ..BoundarySurface::default() };
    for (lod, classes, named, expected) in [
        (2, &all[..], true, vec![]),
        (2, &all[..], false, vec!["surface_unnamed"]),
        (2, &all[1..], true, vec!["surface_ground_missing"]),
        (2, &all[..2], true, vec!["surface_roof_missing"]),
        (3, &all[..1], true, vec!["surface_wall_missing", "surface_roof_missing"]),
        // Below LoD2 surfaces are not asked for, and without any nothing is said.
        (1, &all[..1], true, vec![]),
        (2, &[][..], false, vec![]),
    ] {
        let mut geometry = solid(lod, 5.0);
        geometry.surfaces = classes.iter().map(surface).collect();
        if let Some(face) = geometry.faces.first_mut().filter(|_| named) {
            face.surface = 0;
        }
        let object =
            CityObject { geometries: vec![geometry], ..object("Building", json!({"measuredHeight": 5.0})) };
        assert_eq!(codes(&object), expected, "LoD{lod} {classes:?}");
    }
}

#[test]
fn parts_have_ids_of_their_own() {
    let part =
        |id: &str| CityObject { id: id.into(), ..object("BuildingPart", json!({"measuredHeight": 5.0})) };
    for (ids, expected) in
        [(vec!["p", "q"], 0), (vec!["p", "p"], 1), (vec!["b"], 1), (vec!["p", "p", "q", "q"], 2)]
    {
        let children = ids.iter().map(|id| part(id)).collect();
        let whole = CityObject { children, ..object("Building", json!({"measuredHeight": 5.0})) };
        let found = codes(&whole);
        assert_eq!(
            found.iter().filter(|code| *code == "id_repeated").count(),
            expected,
            "{ids:?}: {found:?}"
        );
    }
}
