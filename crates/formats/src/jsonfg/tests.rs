//! Shapes against coordinates written by hand.

use serde_json::{Value, json};

use super::*;
use crate::Selection;
use stadtwin_model::{
    CityObject, Crs, Feature, Footprint, Geometry, GeometryKind, Lod, NO_SURFACE, Place, VerticalCrs,
    class_by_name,
};

const FRAME: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

/// Faces of a box of 4 m × 3 m × 2 m, seen from outside counter-clockwise: floor, roof, four walls.
fn box_faces([x, y, z]: [f64; 3]) -> Vec<Vec<[f64; 3]>> {
    let (e, n, u) = (x + 4.0, y + 3.0, z + 2.0);
    vec![
        vec![[x, y, z], [x, n, z], [e, n, z], [e, y, z]],
        vec![[x, y, u], [e, y, u], [e, n, u], [x, n, u]],
        vec![[x, y, z], [e, y, z], [e, y, u], [x, y, u]],
        vec![[e, y, z], [e, n, z], [e, n, u], [e, y, u]],
        vec![[e, n, z], [x, n, z], [x, n, u], [e, n, u]],
        vec![[x, n, z], [x, y, z], [x, y, u], [x, n, u]],
    ]
}

fn geometry(lod: u8, kind: GeometryKind, faces: &[Vec<[f64; 3]>]) -> Geometry {
    let mut geometry = Geometry::new(Lod::whole(lod), kind);
    faces.iter().for_each(|face| geometry.push_face([face.as_slice()], NO_SURFACE));
    geometry
}

fn object(geometries: Vec<Geometry>) -> CityObject {
    CityObject { class: class_by_name("Building").unwrap(), geometries, ..CityObject::default() }
}

fn footprint() -> Footprint {
    vec![vec![vec![[0.0, 0.0], [4.0, 0.0], [4.0, 3.0], [0.0, 3.0], [0.0, 0.0]]]]
}

fn written(object: &CityObject) -> Value {
    let mut out = Vec::new();
    shape_of(object, &footprint()).write(&mut out, &PlaceFrame::of(&FRAME));
    serde_json::from_slice(&out).unwrap()
}

/// JSON-FG 9: shells of polygons of closed rings, counter-clockwise from outside.
fn box_shell(inverted: bool) -> Value {
    let close = |mut ring: Vec<[f64; 3]>| {
        ring.push(ring[0]);
        if inverted {
            ring.reverse();
        }
        json!([ring.iter().map(|point| point.map(|value| value as i64)).collect::<Vec<_>>()])
    };
    box_faces([0.0; 3]).into_iter().map(close).collect()
}

#[test]
fn a_box_is_a_polyhedron_whichever_way_its_file_turns_it() {
    let expected = json!({ "type": "Polyhedron", "coordinates": [box_shell(false)] });
    let faces = box_faces([0.0; 3]);
    let right = object(vec![geometry(2, GeometryKind::Solid, &faces)]);
    assert_eq!(written(&right), expected);
    // Each ring begins at another corner then, but turns as before.
    let turned: Vec<Vec<[f64; 3]>> = faces.iter().map(|face| face.iter().rev().copied().collect()).collect();
    let found = written(&object(vec![geometry(2, GeometryKind::Solid, &turned)]));
    let first: Vec<[f64; 3]> = serde_json::from_value(found["coordinates"][0][0][0].clone()).unwrap();
    assert_eq!(first, [[4.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 3.0, 0.0], [4.0, 3.0, 0.0], [4.0, 0.0, 0.0]]);
    // One solid a part.
    let part = |x: f64| CityObject {
        class: class_by_name("BuildingPart").unwrap(),
        geometries: vec![geometry(2, GeometryKind::Solid, &box_faces([x, 0.0, 0.0]))],
        ..CityObject::default()
    };
    let parts = CityObject {
        children: vec![part(0.0), part(10.0)],
        ..object(vec![geometry(1, GeometryKind::Solid, &faces)])
    };
    let found = written(&parts);
    assert_eq!(found["type"], "MultiPolyhedron");
    assert_eq!(found["coordinates"][0][0], box_shell(false));
    assert_eq!(found["coordinates"][1][0][0][0][0], json!([10, 0, 0]));
}

/// A box of 4 × 3 × 2 in a room of 8 × 6 × 4: the shell of the hollow looks into it.
#[test]
fn a_hollow_is_a_second_shell() {
    let outer: Vec<Vec<[f64; 3]>> = box_faces([0.0; 3])
        .into_iter()
        .map(|face| face.iter().map(|[x, y, z]| [x * 2.0 - 1.0, y * 2.0 - 1.0, z * 2.0 - 1.0]).collect())
        .collect();
    for hollow_turned in [false, true] {
        let mut solid = geometry(2, GeometryKind::Solid, &outer);
        for mut face in box_faces([0.0; 3]) {
            if hollow_turned {
                face.reverse();
            }
            solid.push_face([face.as_slice()], NO_SURFACE);
        }
        solid.shells = vec![0, 6];
        let found = written(&object(vec![solid]));
        assert_eq!(found["coordinates"].as_array().unwrap().len(), 2);
        let floor: Vec<[f64; 3]> = serde_json::from_value(found["coordinates"][1][0][0].clone()).unwrap();
        let area: f64 = floor.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum();
        // Hand: the floor of the hollow is 12 m², and looks up.
        assert_eq!(area / 2.0, 12.0);
    }
}

#[test]
fn a_level_box_of_lod1_is_a_prism_and_an_open_one_is_its_faces() {
    let faces = box_faces([0.0; 3]);
    let expected = json!({
        "type": "Prism",
        "base": { "type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 3], [0, 3], [0, 0]]] },
        "lower": 0,
        "upper": 2,
    });
    assert_eq!(written(&object(vec![geometry(1, GeometryKind::Solid, &faces)])), expected);
    // A roof that rises is no lid.
    let slanted: Vec<Vec<[f64; 3]>> = faces
        .iter()
        .map(|face| {
            face.iter().map(|[x, y, z]| [*x, *y, if *z > 0.0 && *x > 0.0 { 3.0 } else { *z }]).collect()
        })
        .collect();
    assert_eq!(written(&object(vec![geometry(1, GeometryKind::Solid, &slanted)]))["type"], "Polyhedron");
    let open = written(&object(vec![geometry(1, GeometryKind::Solid, &faces[..5])]));
    assert_eq!((&open["type"], open["coordinates"].as_array().unwrap().len()), (&json!("MultiPolygon"), 5));
}

#[test]
fn a_footprint_with_a_height_is_a_prism() {
    let level = |z: f64, role: &str| {
        let ring = vec![[0.0, 0.0, z], [4.0, 0.0, z], [4.0, 3.0, z], [0.0, 3.0, z]];
        Geometry { role: role.to_owned(), ..geometry(0, GeometryKind::MultiSurface, &[ring]) }
    };
    let (floor, edge) = (level(100.0, "lod0FootPrint"), level(107.25, "lod0RoofEdge"));
    let found = written(&object(vec![floor.clone(), edge]));
    assert_eq!(
        (&found["type"], &found["lower"], &found["upper"]),
        (&json!("Prism"), &json!(100), &json!(107.25))
    );
    let mut measured = object(vec![floor.clone()]);
    assert_eq!(written(&measured)["type"], "MultiPolygon");
    measured.attributes.insert("measuredHeight".to_owned(), json!(9.5));
    let found = written(&measured);
    assert_eq!((&found["lower"], &found["upper"]), (&json!(100), &json!(109.5)));
}

fn feature() -> Feature {
    Feature {
        key: 1,
        id: "A".to_owned(),
        class: class_by_name("Building").unwrap(),
        source_class: None,
        qualifiers: Default::default(),
        attributes: [("function".to_owned(), Value::from("1000"))].into_iter().collect(),
        footprint: vec![vec![vec![[11.0, 48.0], [11.5, 48.0], [11.5, 48.5], [11.0, 48.0]]]],
        place: Place::Nothing,
        heights_m: None,
        lods: Vec::new(),
        children: Vec::new(),
        valid_from: Some("2020-01-31".to_owned()),
        valid_to: None,
        revision: 3,
        content_hash: [0; 16],
        ground: None,
        lineage: None,
    }
}

/// The document of the feature and a box, with the members that the root has.
fn document(crs: &Crs, shape: &Shape, selection: &Selection, keeps_geometry: bool) -> Value {
    let (frame, mut used) = (PlaceFrame::of(crs), Used::default());
    let mut members = Vec::new();
    write_members(&mut members, &feature(), shape, &frame, selection, keeps_geometry, &mut used).unwrap();
    let mut out = br#"{"type":"Feature","#.to_vec();
    write_head(&mut out, false, Some(&frame), &used, Some("http://x/schema")).unwrap();
    out.extend(members);
    out.push(b'}');
    serde_json::from_slice(&out).unwrap()
}

#[test]
fn a_document_says_what_it_uses_and_where_it_stands() {
    let shape = shape_of(&object(vec![geometry(2, GeometryKind::Solid, &box_faces([0.0; 3]))]), &footprint());
    let everything = Selection::default();
    let geometry = json!({
        "type": "MultiPolygon",
        "coordinates": [[[[11, 48], [11.5, 48], [11.5, 48.5], [11, 48]]]],
    });
    let conf = |name: &str| format!("http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}");
    let expected = json!({
        "type": "Feature",
        "conformsTo": [conf("core"), conf("polyhedra"), conf("types-schemas")],
        "coordRefSys": ["http://www.opengis.net/def/crs/EPSG/0/25832", "http://www.opengis.net/def/crs/EPSG/0/7837"],
        "featureSchema": "http://x/schema",
        "id": "A",
        "featureType": "Building",
        "time": { "interval": ["2020-01-31", ".."] },
        "place": { "type": "Polyhedron", "coordinates": [box_shell(false)] },
        "geometry": geometry,
        "properties": { "class": "Building", "function": "1000", "lods": [], "validFrom": "2020-01-31", "revision": 3 },
    });
    assert_eq!(document(&FRAME, &shape, &everything, true), expected);
    assert_eq!(document(&FRAME, &shape, &everything, false)["geometry"], Value::Null);
    let nothing = document(&FRAME, &Shape::Nothing, &everything, false);
    assert_eq!((&nothing["place"], &nothing["geometry"]), (&Value::Null, &geometry));
    let skipped = Selection { properties: Some(vec!["revision".to_owned()]), skips_geometry: true };
    let skipped = document(&FRAME, &shape, &skipped, true);
    assert_eq!((&skipped["place"], &skipped["geometry"]), (&Value::Null, &Value::Null));
    assert_eq!(skipped["properties"], json!({ "revision": 3 }));
}

/// Requirement `place-geometries`: areas in longitude and latitude belong into `geometry`, solids do not.
#[test]
fn areas_in_crs84_are_no_place() {
    let lonlat = Crs { horizontal: 4326, vertical: VerticalCrs::Ellipsoidal, north_first: false };
    let faces = Shape::Faces(vec![vec![vec![
        [11.0, 48.0, 1.0],
        [11.1, 48.0, 1.0],
        [11.1, 48.1, 1.0],
        [11.0, 48.0, 1.0],
    ]]]);
    let everything = Selection::default();
    let found = document(&lonlat, &faces, &everything, true);
    assert_eq!(found["place"], Value::Null);
    assert_eq!(found["coordRefSys"], "http://www.opengis.net/def/crs/OGC/0/CRS84h");
    let found = document(&Crs { north_first: true, ..lonlat }, &faces, &everything, true);
    assert_eq!(
        (&found["place"]["type"], &found["coordRefSys"]),
        (&json!("MultiPolygon"), &json!("http://www.opengis.net/def/crs/EPSG/0/4979"))
    );
}
