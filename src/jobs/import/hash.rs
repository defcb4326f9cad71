//! A fingerprint of an object's content: equal means nothing to write.

use crate::model::{Attributes, CityObject, Crs, Geometry, VerticalCrs};

/// Raise when rows would be written differently for the same input, so that a re-import writes them anew.
const ENCODING: u32 = 1;

/// First 16 bytes of blake3 over everything the store keeps of the object, its children included. Coordinates enter
/// as the file has them, with the CRS they are in, so that another version of PROJ changes nothing.
pub fn content_hash(object: &CityObject, crs: &Crs) -> [u8; 16] {
    let mut bytes = Vec::with_capacity(4096);
    put_number(&mut bytes, ENCODING);
    put_number(&mut bytes, crs.horizontal);
    put_number(
        &mut bytes,
        match crs.vertical {
            VerticalCrs::Epsg(code) => code,
            VerticalCrs::Ellipsoidal => 1,
            VerticalCrs::Unknown => 0,
        },
    );
    put_object(&mut bytes, object);
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(&bytes).as_bytes()[..16]);
    hash
}

fn put_object(bytes: &mut Vec<u8>, object: &CityObject) {
    put_text(bytes, &object.id);
    put_text(bytes, object.class.name());
    put_text(bytes, object.source_class.as_deref().unwrap_or(""));
    put_attributes(bytes, &object.attributes);
    put_number(bytes, object.geometries.len() as u32);
    for geometry in &object.geometries {
        put_geometry(bytes, geometry);
    }
    put_number(bytes, object.children.len() as u32);
    for child in &object.children {
        put_object(bytes, child);
    }
}

fn put_geometry(bytes: &mut Vec<u8>, geometry: &Geometry) {
    bytes.push(geometry.lod.0);
    put_text(bytes, geometry.kind.name());
    put_text(bytes, &geometry.role);
    put_number(bytes, geometry.points.len() as u32);
    for point in &geometry.points {
        for coordinate in point {
            bytes.extend_from_slice(&coordinate.to_le_bytes());
        }
    }
    put_numbers(bytes, &geometry.ring_ends);
    put_number(bytes, geometry.faces.len() as u32);
    for face in &geometry.faces {
        put_number(bytes, face.ring_count);
        put_number(bytes, face.surface);
    }
    put_numbers(bytes, &geometry.shells);
    put_numbers(bytes, &geometry.solids);
    put_number(bytes, geometry.surfaces.len() as u32);
    for surface in &geometry.surfaces {
        put_text(bytes, &surface.id);
        put_text(bytes, surface.class.name());
        put_number(bytes, surface.parent.unwrap_or(u32::MAX));
        put_attributes(bytes, &surface.attributes);
    }
}

fn put_attributes(bytes: &mut Vec<u8>, attributes: &Attributes) {
    put_number(bytes, attributes.len() as u32);
    for (name, value) in attributes {
        put_text(bytes, name);
        match value {
            serde_json::Value::String(text) => put_text(bytes, text),
            other => put_text(bytes, &other.to_string()),
        }
    }
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put_number(bytes, text.len() as u32);
    bytes.extend_from_slice(text.as_bytes());
}

fn put_numbers(bytes: &mut Vec<u8>, numbers: &[u32]) {
    put_number(bytes, numbers.len() as u32);
    for number in numbers {
        put_number(bytes, *number);
    }
}

fn put_number(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{GeometryKind, Lod, NO_SURFACE, class_by_name};

    fn house() -> CityObject {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.push_face([&[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]][..]], NO_SURFACE);
        CityObject {
            id: "a".into(),
            class: class_by_name("Building").unwrap(),
            source_class: None,
            attributes: Attributes::from_iter([("function".to_string(), "31001_1000".into())]),
            geometries: vec![geometry],
            children: vec![],
            ..CityObject::default()
        }
    }

    #[test]
    fn every_part_of_the_content_counts() {
        let crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };
        let changes: [fn(&mut CityObject); 6] = [
            |o| o.id = "b".into(),
            |o| o.class = class_by_name("BuildingPart").unwrap(),
            |o| drop(o.attributes.insert("x".into(), 1.into())),
            |o| o.geometries[0].points[0][2] = 1e-9,
            |o| o.geometries[0].lod = Lod::whole(1),
            |o| o.children.push(house()),
        ];
        let mut seen = vec![content_hash(&house(), &crs)];
        assert_eq!(seen[0], content_hash(&house(), &crs));
        seen.push(content_hash(&house(), &Crs { vertical: VerticalCrs::Epsg(5783), ..crs }));
        for change in changes {
            let mut object = house();
            change(&mut object);
            seen.push(content_hash(&object, &crs));
        }
        let count = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), count);
    }
}
