use proptest::prelude::*;
use stadtwin_geometry::volume;

use super::*;
use crate::{Extrusion, RoofForm, Transform, extrude, transform};

const FAR: [f64; 3] = [690_000.0, 5_347_000.0, 0.0];

fn ring(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    points.iter().map(|[x, y]| [x + FAR[0], y + FAR[1]]).collect()
}

fn rectangle([x, y]: [f64; 2], [width, depth]: [f64; 2]) -> Vec<[f64; 2]> {
    ring(&[[x, y], [x + width, y], [x + width, y + depth], [x, y + depth]])
}

fn house(footprint: Vec<Vec<[f64; 2]>>, base_m: f64, height_m: f64, roof: RoofForm) -> CityObject {
    let extrusion = Extrusion {
        footprint,
        base_m,
        height_m: Some(height_m),
        storeys: None,
        storey_height_m: None,
        roof,
        function: None,
    };
    extrude("plan-1", &extrusion).unwrap()
}

/// `[west, east]`, `[south, north]`, `[bottom, top]`.
fn cuboid(x: [f64; 2], y: [f64; 2], z: [f64; 2]) -> CityObject {
    house(vec![rectangle([x[0], y[0]], [x[1] - x[0], y[1] - y[0]])], z[0], z[1] - z[0], RoofForm::Flat)
}

fn turned(object: &CityObject, rotate: f64, translate: [f64; 3], about: [f64; 2]) -> CityObject {
    let about = Some([FAR[0] + about[0], FAR[1] + about[1]]);
    transform(object, &Transform { rotate, translate, about, ..Transform::default() }).unwrap().0
}

fn common(a: &CityObject, b: &CityObject) -> f64 {
    let (a, b) = (Body::of(a).unwrap(), Body::of(b).unwrap());
    let there = a.common_m3(&b);
    let back = b.common_m3(&a);
    assert!((there - back).abs() < 1e-6, "{there} and {back}");
    there
}

fn check(a: &CityObject, b: &CityObject, expected: f64) {
    let found = common(a, b);
    assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}");
    // Wherever they stand, however they are turned.
    for (turn, shift) in [(0.0, [3_000.37, -1_234.11, 17.9]), (37.3, [0.0; 3]), (90.0, [-1.0, 0.0, 0.0])] {
        let found = common(&turned(a, turn, shift, [0.0, 0.0]), &turned(b, turn, shift, [0.0, 0.0]));
        assert!((found - expected).abs() < 1e-4, "turned by {turn}: {found} instead of {expected}");
    }
}

const GABLE: RoofForm = RoofForm::Gable { rise_m: 5.0, across: false };

#[test]
fn boxes_by_hand() {
    // N27.
    let a = cuboid([0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    check(&a, &cuboid([15.0, 35.0], [5.0, 15.0], [480.0, 490.0]), 250.0);
    // A face, a part of a face, an edge, a corner in common; one upon the other.
    check(&a, &cuboid([20.0, 30.0], [0.0, 10.0], [480.0, 495.0]), 0.0);
    check(&a, &cuboid([20.0, 30.0], [2.0, 5.0], [482.0, 485.0]), 0.0);
    check(&a, &cuboid([20.0, 30.0], [10.0, 20.0], [480.0, 490.0]), 0.0);
    check(&a, &cuboid([20.0, 30.0], [10.0, 20.0], [495.0, 500.0]), 0.0);
    check(&a, &cuboid([0.0, 20.0], [0.0, 10.0], [495.0, 500.0]), 0.0);
    check(&a, &cuboid([-5.0, 25.0], [-5.0, 15.0], [490.0, 500.0]), 1000.0);
    // Within; the same.
    check(&a, &cuboid([5.0, 6.0], [5.0, 6.0], [485.0, 486.0]), 1.0);
    check(&a, &a, 3000.0);
    // By a millimetre.
    check(&a, &cuboid([19.999, 30.0], [0.0, 10.0], [480.0, 495.0]), 0.15);
}

#[test]
fn slopes_yards_and_turned_squares_by_hand() {
    let gable = house(vec![rectangle([0.0, 0.0], [10.0, 12.0])], 480.0, 6.0, GABLE);
    check(&gable, &gable, 1020.0);
    // Above the eaves: the wedge of ½ · 10 · 5 · 12; its upper half is a quarter of it.
    check(&gable, &cuboid([-5.0, 15.0], [-5.0, 20.0], [486.0, 500.0]), 300.0);
    check(&gable, &cuboid([-5.0, 15.0], [-5.0, 20.0], [488.5, 500.0]), 75.0);
    // Under a slope alone: 2 × 12 m over heights from 6 to 8 m.
    check(&gable, &cuboid([0.0, 2.0], [0.0, 12.0], [480.0, 600.0]), 168.0);
    // Two ridges across one another over 10 × 10: what both are under is a pyramid.
    let square = || vec![rectangle([0.0, 0.0], [10.0, 10.0])];
    let (along, across) =
        (RoofForm::Gable { rise_m: 5.0, across: false }, RoofForm::Gable { rise_m: 5.0, across: true });
    check(&house(square(), 480.0, 6.0, along), &house(square(), 480.0, 6.0, across), 600.0 + 500.0 / 3.0);
    // A house in the yard of a block; a house through its wing of 10 m.
    let block = house(
        vec![rectangle([0.0, 0.0], [30.0, 30.0]), rectangle([10.0, 10.0], [10.0, 10.0])],
        480.0,
        9.0,
        RoofForm::Flat,
    );
    check(&block, &cuboid([10.0, 20.0], [10.0, 20.0], [480.0, 489.0]), 0.0);
    check(&block, &cuboid([12.0, 18.0], [-5.0, 15.0], [480.0, 483.0]), 180.0);
    check(&block, &block, 7200.0);
    // An L against a bar that crosses both of its arms.
    let angle = ring(&[[0., 0.], [20., 0.], [20., 8.], [8., 8.], [8., 20.], [0., 20.]]);
    let angle = house(vec![angle], 480.0, 3.0, RoofForm::Flat);
    check(&angle, &cuboid([4.0, 30.0], [4.0, 12.0], [479.0, 481.0]), 16.0 * 4.0 + 4.0 * 4.0);
    // A square and itself turned by 45°: an octagon of 2 (√2 − 1) · a².
    let cube = cuboid([-5.0, 5.0], [-5.0, 5.0], [480.0, 490.0]);
    let other = turned(&cube, 45.0, [0.0; 3], [0.0, 0.0]);
    check(&cube, &other, 2.0 * (2f64.sqrt() - 1.0) * 1000.0);
}

#[test]
fn inside_out_and_open_solids() {
    let a = cuboid([0.0, 20.0], [0.0, 10.0], [480.0, 495.0]);
    let b = cuboid([15.0, 35.0], [5.0, 15.0], [480.0, 490.0]);
    let mut inside_out = b.clone();
    let geometry = &mut inside_out.geometries[0];
    let mut start = 0;
    for end in geometry.ring_ends.clone() {
        geometry.points[start..end as usize].reverse();
        start = end as usize;
    }
    check(&a, &inside_out, 250.0);
    // Without a wall, a block over its footprint stands for it.
    let mut open = b;
    open.geometries[0].faces.pop();
    let wall = open.geometries[0].faces.remove(1);
    assert!(wall.ring_count == 1 && volume(&open.geometries[0]).is_none());
    let body = Body::of(&open).unwrap();
    assert!(body.is_estimated && (body.volume_m3() - 2000.0).abs() < 1e-6);
    assert!((body.common_m3(&Body::of(&a).unwrap()) - 250.0).abs() < 1e-6);
    assert!(Body::of(&CityObject::default()).is_none());
}

/// A void of 4 × 4 × 4 m in a block of 10 × 10 × 10.
#[test]
fn voids_hold_nothing() {
    let mut block = cuboid([0.0, 10.0], [0.0, 10.0], [480.0, 490.0]);
    let inner = cuboid([3.0, 7.0], [3.0, 7.0], [483.0, 487.0]);
    let geometry = &mut block.geometries[0];
    geometry.shells = vec![0, geometry.faces.len() as u32];
    for face in &inner.geometries[0].faces {
        let mut rings: Vec<Vec<_>> = inner.geometries[0].face_rings(face).map(<[_]>::to_vec).collect();
        rings.iter_mut().for_each(|ring| ring.reverse());
        geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
    }
    check(&block, &block, 936.0);
    check(&block, &inner, 0.0);
    check(&block, &cuboid([5.0, 12.0], [-2.0, 12.0], [480.0, 490.0]), 500.0 - 32.0);
}

#[test]
fn parts_add_up() {
    let mut whole = cuboid([0.0, 10.0], [0.0, 10.0], [480.0, 490.0]);
    let mut part = cuboid([10.0, 20.0], [0.0, 10.0], [480.0, 485.0]);
    part.class = stadtwin_model::class_by_name("BuildingPart").unwrap();
    whole.children.push(part);
    check(&whole, &cuboid([5.0, 15.0], [0.0, 10.0], [480.0, 500.0]), 750.0);
}

fn any_house() -> impl Strategy<Value = CityObject> {
    house_among(0..4)
}

fn convex_house() -> impl Strategy<Value = CityObject> {
    house_among(0..3)
}

fn house_among(forms: std::ops::Range<usize>) -> impl Strategy<Value = CityObject> {
    (
        forms,
        -10.0f64..10.0,
        -10.0f64..10.0,
        4.0f64..15.0,
        4.0f64..15.0,
        1.0f64..12.0,
        0.0f64..360.0,
        475.0f64..485.0,
    )
        .prop_map(|(form, x, y, width, depth, height_m, turn, base_m)| {
            let roof = match form {
                0 => GABLE,
                1 => RoofForm::Hip { rise_m: 3.0 },
                _ => RoofForm::Flat,
            };
            let mut rings = vec![rectangle([x, y], [width, depth])];
            if form == 3 {
                rings.push(rectangle([x + 1.0, y + 1.0], [width - 2.0, depth - 2.0]));
            }
            turned(&house(rings, base_m, height_m, roof), turn, [0.0; 3], [x, y])
        })
}

proptest! {
    #[test]
    fn shared_room_is_what_it_must_be(a in any_house(), b in any_house(), turn in 0.0f64..360.0, cut in 470.0f64..500.0) {
        let volume = |object: &CityObject| volume(&object.geometries[0]).unwrap();
        let body = Body::of(&a).unwrap();
        prop_assert!((body.volume_m3() - volume(&a)).abs() < 1e-4);
        prop_assert!((common(&a, &a) - volume(&a)).abs() < 1e-4);
        let both = common(&a, &b);
        prop_assert!(both <= volume(&a).min(volume(&b)) + 1e-4);
        let around = |object| turned(object, turn, [-4_321.0, 987.6, 3.3], [1.0, 2.0]);
        prop_assert!((common(&around(&a), &around(&b)) - both).abs() < 1e-4);
        // Never more than the prism over the common footprint is high.
        let plan = crate::plane::common(&footprint(&a), &footprint(&b)).area_m2;
        let heights = [&a, &b].map(|object| Body::of(object).unwrap().envelope);
        let high = heights[0].max[2].min(heights[1].max[2]) - heights[0].min[2].max(heights[1].min[2]);
        prop_assert!(both <= plan * high.max(0.0) + 0.01);
        // Below and above a level make the whole.
        let slab = |from, to| cuboid([-100.0, 100.0], [-100.0, 100.0], [from, to]);
        let (below, above) = (common(&a, &slab(400.0, cut)), common(&a, &slab(cut, 600.0)));
        prop_assert!((below + above - volume(&a)).abs() < 1e-4);
    }
}

/// A convex solid by its faces, cut by planes one after another: another way to the same volume.
type Convex = Vec<Vec<[f64; 3]>>;

fn convex(object: &CityObject) -> Convex {
    let geometry = &object.geometries[0];
    let local = |ring: &[[f64; 3]]| ring.iter().map(|p| minus(*p, [FAR[0], FAR[1], 480.0])).collect();
    geometry.faces.iter().map(|face| local(geometry.ring(face.first_ring))).collect()
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// What lies behind the plane through a point.
fn cut(solid: Convex, normal: [f64; 3], through: [f64; 3]) -> Convex {
    let side = |point: [f64; 3]| dot(normal, minus(point, through));
    let (mut kept, mut rim) = (Convex::new(), Vec::new());
    for face in solid {
        let mut ring = Vec::new();
        for (index, &point) in face.iter().enumerate() {
            let next = face[(index + 1) % face.len()];
            let (here, there) = (side(point), side(next));
            if here <= 0.0 {
                ring.push(point);
            }
            if here * there < 0.0 {
                let share = here / (here - there);
                let at = [0, 1, 2].map(|axis| point[axis] + (next[axis] - point[axis]) * share);
                ring.push(at);
                rim.push(at);
            } else if here == 0.0 {
                rim.push(point);
            }
        }
        if ring.len() > 2 {
            kept.push(ring);
        }
    }
    if rim.len() > 2 {
        // Around its middle, counter-clockwise seen from in front of the plane.
        let count = rim.len() as f64;
        let middle = [0, 1, 2].map(|axis| rim.iter().map(|point| point[axis]).sum::<f64>() / count);
        let far = |p: &[f64; 3], q: &[f64; 3]| {
            let from = |point: &[f64; 3]| dot(minus(*point, middle), minus(*point, middle));
            from(p).total_cmp(&from(q))
        };
        let first = minus(*rim.iter().max_by(|p, q| far(p, q)).unwrap(), middle);
        let second = cross(normal, first);
        let angle = |point: &[f64; 3]| {
            dot(minus(*point, middle), second)
                .atan2(dot(minus(*point, middle), first) * dot(normal, normal).sqrt())
        };
        rim.sort_by(|p, q| angle(p).total_cmp(&angle(q)));
        kept.push(rim);
    }
    kept
}

fn convex_volume(solid: &Convex) -> f64 {
    let pyramid = |face: &Vec<[f64; 3]>| -> f64 {
        face.windows(2).skip(1).map(|pair| dot(face[0], cross(pair[0], pair[1])) / 6.0).sum()
    };
    solid.iter().map(pyramid).sum()
}

fn convex_common(a: &CityObject, b: &CityObject) -> f64 {
    let planes = convex(b).into_iter().map(|face| {
        let normal = cross(minus(face[1], face[0]), minus(face[2], face[0]));
        (normal, face[0])
    });
    convex_volume(&planes.fold(convex(a), |solid, (normal, through)| cut(solid, normal, through)))
}

proptest! {
    /// Against cutting by planes, which works for convex solids alone.
    #[test]
    fn convex_solids_cut_by_planes_agree(a in convex_house(), b in convex_house()) {
        let (found, expected) = (common(&a, &b), convex_common(&a, &b));
        prop_assert!((found - expected).abs() < 1e-4, "{} instead of {}", found, expected);
    }

    /// A block around a yard is four bars.
    #[test]
    fn yards_are_left_out(b in convex_house(), [x, y] in [-8.0f64..8.0, -8.0f64..8.0], turn in 0.0f64..90.0) {
        let at = |[w, e]: [f64; 2], [s, n]: [f64; 2]| rectangle([x + w, y + s], [e - w, n - s]);
        let build = |rings| turned(&house(rings, 478.0, 9.0, RoofForm::Flat), turn, [0.0; 3], [x, y]);
        let block = build(vec![at([0.0, 20.0], [0.0, 20.0]), at([4.0, 15.0], [5.0, 17.0])]);
        let bars = [
            at([0.0, 20.0], [0.0, 5.0]), at([0.0, 20.0], [17.0, 20.0]), at([0.0, 4.0], [5.0, 17.0]), at([15.0, 20.0], [5.0, 17.0]),
        ];
        let expected: f64 = bars.into_iter().map(|bar| convex_common(&build(vec![bar]), &b)).sum();
        let found = common(&block, &b);
        prop_assert!((found - expected).abs() < 1e-4, "{} instead of {}", found, expected);
    }
}
