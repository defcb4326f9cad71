use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;
use stadtwin_geometry::measures;
use stadtwin_model::{Geometry, GeometryKind, Lod, NO_SURFACE, Template, Texture, class_by_name};

use super::*;
use crate::{Extrusion, RoofForm, extrude};

const FAR: [f64; 2] = [696_700.0, 5_347_400.0];

fn house(id: &str, [x, y]: [f64; 2], height_m: f64) -> CityObject {
    let corners = [[0.0, 0.0], [10.0, 0.0], [10.0, 12.0], [0.0, 12.0]];
    let extrusion = Extrusion {
        footprint: vec![corners.iter().map(|p| [p[0] + x + FAR[0], p[1] + y + FAR[1]]).collect()],
        base_m: 480.0,
        height_m: Some(height_m),
        storeys: None,
        storey_height_m: None,
        roof: RoofForm::Gable { rise_m: 5.0, across: false },
        function: None,
    };
    extrude(id, &extrusion).unwrap()
}

/// With a part, a second LoD, a sign on it as implicit geometry, and a texture laid on from the world.
fn estate() -> CityObject {
    let mut part = house("part", [10.0, 0.0], 4.0);
    part.class = class_by_name("BuildingPart").unwrap();
    let mut object = house("whole", [0.0, 0.0], 6.0);
    let mut block = object.geometries[0].clone();
    block.lod = Lod::whole(1);
    let mut sign = Geometry::new(Lod(0), GeometryKind::MultiSurface);
    sign.push_face([&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]][..]], NO_SURFACE);
    let mut matrix = ImplicitGeometry::IDENTITY;
    (matrix[0], matrix[3], matrix[7], matrix[11]) = (2.0, 0.5, -0.25, 3.0);
    object.implicit_geometries.push(ImplicitGeometry {
        lod: Lod::whole(2),
        template: Arc::new(Template { geometry: Some(sign), ..Template::default() }),
        matrix,
        reference_point: [FAR[0] + 5.0, FAR[1], 482.0],
        surfaces: Vec::new(),
    });
    let matrix = [0.1, 0.0, 0.0, -FAR[0] / 10.0, 0.0, 0.0, 0.2, -96.0, 0.0, 0.0, 0.0, 1.0];
    let texture = Texture { projection: Projection::WorldToTexture(matrix), ..Texture::default() };
    object.geometries[0].appearances.push(Appearance { textures: vec![texture], ..Appearance::default() });
    object.geometries.push(block);
    object.children.push(part);
    object
}

fn all_points(object: &CityObject) -> Vec<[f64; 3]> {
    object
        .placed()
        .walk()
        .into_iter()
        .flat_map(|part| &part.geometries)
        .flat_map(|g| g.points.clone())
        .collect()
}

fn farthest_m(a: &CityObject, b: &CityObject) -> f64 {
    let (a, b) = (all_points(a), all_points(b));
    assert_eq!(a.len(), b.len());
    let apart =
        |(p, q): (&[f64; 3], &[f64; 3])| (0..3).map(|axis| (p[axis] - q[axis]).abs()).fold(0.0, f64::max);
    a.iter().zip(&b).map(apart).fold(0.0, f64::max)
}

/// What the texture shows at a point of the object.
fn texture_at(object: &CityObject, [x, y, z]: [f64; 3]) -> [f64; 2] {
    let Projection::WorldToTexture(m) = object.geometries[0].appearances[0].textures[0].projection else {
        panic!("another projection")
    };
    [0, 4].map(|row| m[row] * x + m[row + 1] * y + m[row + 2] * z + m[row + 3])
}

#[test]
fn a_quarter_turn_about_the_centroid_by_hand() {
    let object = house("whole", [0.0, 0.0], 6.0);
    // The centroid of 10 × 12 is (5, 6): the corner (0, 0) goes to (5 + 6, 6 - 5), then 100 m east and 2 m up.
    let asked = Transform { translate: [100.0, 0.0, 2.0], rotate: 90.0, ..Transform::default() };
    let (moved, motion) = transform(&object, &asked).unwrap();
    assert_eq!(motion.point([FAR[0], FAR[1], 480.0]), [FAR[0] + 111.0, FAR[1] + 1.0, 482.0]);
    assert!((measures(&moved).volume_m3.unwrap() - 1020.0).abs() < 1e-6);
    // About a given point.
    let asked = Transform { rotate: 180.0, about: Some(FAR), ..Transform::default() };
    let (_, motion) = transform(&object, &asked).unwrap();
    assert_eq!(motion.point([FAR[0] + 10.0, FAR[1] + 12.0, 486.0]), [FAR[0] - 10.0, FAR[1] - 12.0, 486.0]);
}

#[test]
fn scaled_objects_stay_on_the_ground() {
    let (moved, _) = transform(&estate(), &Transform { scale: 2.0, ..Transform::default() }).unwrap();
    let lowest = all_points(&moved).into_iter().map(|point| point[2]).fold(f64::INFINITY, f64::min);
    assert_eq!(lowest, 480.0);
    // 1020 m³ and 780 m³ of the part, eight times.
    assert!((measures(&moved).volume_m3.unwrap() - 14_400.0).abs() < 1e-4);
    assert_eq!(
        (&moved.attributes["measuredHeight"], &moved.children[0].attributes["measuredHeight"]),
        (&json!(22.0), &json!(18.0))
    );
}

#[test]
fn what_cannot_be_done_is_said_exactly() {
    let say = |object: &CityObject, asked: serde_json::Value, expected: &str| {
        let asked: Transform = serde_json::from_value(asked).unwrap();
        assert_eq!(transform(object, &asked).unwrap_err().to_string(), expected);
    };
    let object = house("whole", [0.0, 0.0], 6.0);
    say(&object, json!({"scale": 0}), "scale 0 is not between 0.001 and 1000");
    say(&object, json!({"scale": -1}), "scale -1 is not between 0.001 and 1000");
    say(&object, json!({"rotate": 1e300}), &format!("rotate {} is no usable number of degrees", 1e300));
    say(
        &object,
        json!({"translate": [0, 1e12, 0]}),
        "translate [0.0, 1000000000000.0, 0.0] is not three usable numbers",
    );
    say(&object, json!({"about": [1e12, 0]}), "about [1000000000000.0, 0.0] is not two usable numbers");
    say(
        &CityObject { id: "none".into(), ..CityObject::default() },
        json!({}),
        "object `none` has no geometry to move",
    );
}

proptest! {
    /// Everything that belongs to it, within a micrometre.
    #[test]
    fn moved_there_and_back_is_the_same(
        east in -5_000.0f64..5_000.0, north in -5_000.0f64..5_000.0, up in -50.0f64..50.0, turn in -720.0f64..720.0,
        scale in 0.25f64..4.0, about in prop::option::of((-100.0f64..100.0, -100.0f64..100.0)),
    ) {
        let object = estate();
        let about = about.map(|(x, y)| [FAR[0] + x, FAR[1] + y]);
        let asked = Transform { translate: [east, north, up], rotate: turn, scale, about };
        let (moved, motion) = transform(&object, &asked).unwrap();
        let corner = object.geometries[0].points[0];
        let (before, after) = (texture_at(&object, corner), texture_at(&moved, motion.point(corner)));
        prop_assert!((before[0] - after[0]).abs() < 1e-4 && (before[1] - after[1]).abs() < 1e-4);
        let volume = |object: &CityObject| measures(object).volume_m3.unwrap();
        prop_assert!((volume(&moved) / volume(&object) - scale.powi(3)).abs() < 1e-6);
        let mut back = moved;
        motion.inverse().apply(&mut back);
        prop_assert!(farthest_m(&object, &back) < 1e-6, "{}", farthest_m(&object, &back));
        // Without a point given, the centroid of what was moved is where the way back turns about.
        if about.is_none() {
            let (moved, _) = transform(&object, &asked).unwrap();
            let way = Transform { translate: [-east, -north, -up], rotate: -turn, scale: 1.0 / scale, about: None };
            let (back, _) = transform(&moved, &way).unwrap();
            prop_assert!(farthest_m(&object, &back) < 1e-5, "{}", farthest_m(&object, &back));
        }
    }
}
