//! Random objects written and read: what comes back is what was there.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use stadtwin::formats::Input;
use stadtwin::formats::citygml::{Parsed, Version};
use stadtwin::model::{
    Appearance, Attributes, BoundarySurface, CityObject, Geometry, GeometryKind, ImplicitGeometry, Lod,
    NO_LOOK, NO_SURFACE, Template, Texture, class_by_name,
};

use super::{difference, hash, read, write};

/// Surface `number` of an object: always the same, so that geometries share it. Every fourth has no id; every fifth is a
/// window in the one before.
fn surface(number: u32) -> BoundarySurface {
    let class = ["RoofSurface", "WallSurface", "GroundSurface", "WallSurface", "Window"][number as usize % 5];
    let id = if number % 4 == 1 { String::new() } else { format!("s{number}") };
    let attributes = Attributes::from_iter([("slope".to_owned(), json!(f64::from(number) / 8.0))]);
    BoundarySurface { id, class: class_by_name(class).unwrap(), attributes, ..BoundarySurface::default() }
}

/// Gives the geometry surface `number` as the reader does: once, behind the one that it fills.
fn hang(geometry: &mut Geometry, numbers: &mut Vec<u32>, number: u32) -> u32 {
    if let Some(known) = numbers.iter().position(|known| *known == number) {
        return known as u32;
    }
    let parent = (number % 5 == 4).then(|| hang(geometry, numbers, number - 1));
    geometry.surfaces.push(BoundarySurface { parent, ..surface(number) });
    numbers.push(number);
    numbers.len() as u32 - 1
}

/// Height [mm], whether there is a hole, surface, texture.
type RandomFace = (u32, bool, Option<u32>, Option<u32>);

fn faces(most_surface: u32) -> impl Strategy<Value = Vec<RandomFace>> {
    let face = (0..50_000_u32, any::<bool>(), prop::option::of(0..most_surface), prop::option::of(0..3_u32));
    prop::collection::vec(face, 1..8)
}

fn geometry(lod: u8, kind: GeometryKind, faces: &[RandomFace]) -> Geometry {
    let mut geometry = Geometry::new(Lod::whole(lod), kind);
    let mut numbers = Vec::new();
    for (height, has_hole, number, _) in faces {
        let z = f64::from(*height) / 1000.0;
        let at = |x: f64, y: f64| [691_000.0 + x + z / 7.0, 5_336_000.25 + y, z];
        let outer = [at(0.0, 0.0), at(4.0, 0.0), at(4.0, 4.0), at(0.0, 4.0)];
        let hole = [at(1.0, 1.0), at(1.0, 2.0), at(2.0, 2.0)];
        let rings: &[&[[f64; 3]]] = if *has_hole { &[&outer, &hole] } else { &[&outer] };
        let surface = number.map_or(NO_SURFACE, |number| hang(&mut geometry, &mut numbers, number));
        geometry.push_face(rings.iter().copied(), surface);
    }
    dress(&mut geometry, faces);
    geometry
}

/// Textures in the order of the first faces that wear them, as the reader has them.
fn dress(geometry: &mut Geometry, faces: &[RandomFace]) {
    let mut worn = Appearance { theme: "summer".into(), ..Appearance::default() };
    let mut numbers = Vec::new();
    for (index, (.., texture)) in faces.iter().enumerate() {
        let Some(number) = texture else { continue };
        let place = numbers.iter().position(|known| known == number).unwrap_or_else(|| {
            let name = format!("t{number}");
            worn.textures.push(Texture { name, image: format!("{number}.jpg"), ..Texture::default() });
            numbers.push(*number);
            numbers.len() - 1
        });
        worn.face_textures.resize(faces.len(), NO_LOOK);
        worn.texture_coordinates.resize(geometry.points.len(), [f64::NAN; 2]);
        worn.face_textures[index] = place as u32;
        let face = geometry.faces[index];
        for ring in face.first_ring..face.first_ring + face.ring_count {
            let end = geometry.ring_ends[ring as usize] as usize;
            for point in end - geometry.ring(ring).len()..end {
                worn.texture_coordinates[point] = [point as f64 / 8.0, geometry.points[point][2]];
            }
        }
    }
    if !numbers.is_empty() {
        geometry.appearances.push(worn);
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[a-zäß<&\"' 0-9]{0,12}".prop_map(|text| Value::from(text.trim())),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9_f64).prop_map(|value| json!(value)),
    ]
}

fn attributes() -> impl Strategy<Value = (Attributes, Attributes)> {
    let generic = prop::collection::btree_map("q[a-z]{2,6}", value(), 0..5);
    let functions = prop::collection::vec("[0-9]{4}", 0..3);
    (generic, functions, prop::option::of("[a-z/.]{3,9}")).prop_map(|(generic, functions, space)| {
        let mut attributes: Attributes = generic.into_iter().collect();
        let mut qualifiers = Attributes::new();
        if let Some(first) = functions.first() {
            let several = functions.len() > 1;
            let function = if several { json!(functions) } else { json!(first) };
            attributes.insert("function".into(), function);
            if let Some(space) = space {
                qualifiers.insert("function".into(), json!({ "codeSpace": space }));
            }
        }
        (attributes, qualifiers)
    })
}

fn tree(place: (i32, i32)) -> CityObject {
    let mut prototype = Geometry::new(Lod(0), GeometryKind::MultiSurface);
    prototype.push_face([&[[0.0; 3], [1.5, 0.0, 0.0], [0.0, 0.0, 2.25]][..]], NO_SURFACE);
    let template = Template { id: "oak".into(), geometry: Some(prototype), ..Template::default() };
    let implicit = ImplicitGeometry {
        lod: Lod::whole(2),
        template: Arc::new(template),
        matrix: ImplicitGeometry::IDENTITY,
        reference_point: [f64::from(place.0) / 1000.0, f64::from(place.1) / 1000.0, 3.5],
        surfaces: Vec::new(),
    };
    CityObject {
        id: format!("tree{}_{}", place.0, place.1),
        class: class_by_name("SolitaryVegetationObject").unwrap(),
        implicit_geometries: vec![implicit],
        ..CityObject::default()
    }
}

fn building() -> impl Strategy<Value = CityObject> {
    let part = ("[a-z{}0-9_x.-]{1,9}", faces(4));
    ("[a-zA-Z0-9{} _.:-]{1,12}", attributes(), faces(4), faces(10), prop::option::of(part)).prop_map(
        |(id, (attributes, qualifiers), solid, surfaces, part)| {
            let children = part.map(|(id, faces)| CityObject {
                id: format!("part {id}"),
                class: class_by_name("BuildingPart").unwrap(),
                geometries: vec![geometry(2, GeometryKind::MultiSurface, &faces)],
                ..CityObject::default()
            });
            CityObject {
                id: format!("b{}", id.trim()),
                class: class_by_name("Building").unwrap(),
                attributes,
                qualifiers,
                geometries: vec![
                    geometry(2, GeometryKind::Solid, &solid),
                    geometry(3, GeometryKind::MultiSurface, &surfaces),
                ],
                children: children.into_iter().collect(),
                ..CityObject::default()
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn what_is_written_is_read(house in building(), places in prop::collection::btree_set((0..9_000, 0..9_000), 0..4)) {
        let objects: Vec<CityObject> = std::iter::once(house).chain(places.into_iter().map(tree)).collect();
        for version in Version::ALL {
            let mut objects = objects.clone();
            if version == Version::V1 {
                // Version 1 has its codes without their lists.
                objects.iter_mut().for_each(|object| object.qualifiers.clear());
            }
            let parsed: Vec<Parsed> = objects
                .iter()
                .map(|object| Parsed {
                    object: object.clone(),
                    srs_name: Some("EPSG:25832".into()),
                    line: 0,
                    polygon_count: 0,
                    fingerprint: None,
                    issues: Vec::new(),
                })
                .collect();
            let text = write(&parsed, version);
            let shown = String::from_utf8_lossy(&text).into_owned();
            let (again, found) = read(Input::memory("written", text)).unwrap();
            prop_assert_eq!((again.len(), found), (objects.len(), version));
            for object in &objects {
                let Some(after) = again.iter().find(|parsed| parsed.object.id == object.id) else {
                    return Err(TestCaseError::fail(format!("`{}` is gone: {shown}", object.id)));
                };
                if hash(&after.object) != hash(object) {
                    let difference = difference(object, &after.object);
                    return Err(TestCaseError::fail(format!("{version:?} {difference}\n{shown}")));
                }
            }
        }
    }
}
