//! A fingerprint of an object's content: equal means nothing to write.

use serde_json::Value;

use stadtwin_model::{
    Appearance, Attributes, BoundarySurface, CityObject, Crs, Geometry, ImplicitGeometry, Texture,
    VerticalCrs,
};

/// Raise when rows would be written differently for the same input, so that a re-import writes them anew.
pub(super) const ENCODING: u32 = 4;

/// First 16 bytes of blake3 over everything the store keeps of the object, its children included. Coordinates enter
/// as the file has them, with the CRS they are in, so that another version of PROJ changes nothing. The order of
/// attributes does not count.
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
    put_attributes(bytes, &object.qualifiers);
    put_texts(bytes, &object.extensions);
    put_number(bytes, object.geometries.len() as u32);
    for geometry in &object.geometries {
        put_geometry(bytes, geometry);
    }
    put_number(bytes, object.implicit_geometries.len() as u32);
    for implicit in &object.implicit_geometries {
        put_implicit(bytes, implicit);
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
    put_surfaces(bytes, &geometry.surfaces);
    put_number(bytes, geometry.appearances.len() as u32);
    for appearance in &geometry.appearances {
        put_appearance(bytes, appearance);
    }
}

fn put_surfaces(bytes: &mut Vec<u8>, surfaces: &[BoundarySurface]) {
    put_number(bytes, surfaces.len() as u32);
    for surface in surfaces {
        put_text(bytes, &surface.id);
        put_text(bytes, surface.class.name());
        put_number(bytes, surface.parent.unwrap_or(u32::MAX));
        put_attributes(bytes, &surface.attributes);
        put_attributes(bytes, &surface.qualifiers);
        put_texts(bytes, &surface.extensions);
    }
}

fn put_implicit(bytes: &mut Vec<u8>, implicit: &ImplicitGeometry) {
    bytes.push(implicit.lod.0);
    for value in implicit.matrix.iter().chain(&implicit.reference_point) {
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    put_surfaces(bytes, &implicit.surfaces);
    let template = &implicit.template;
    put_text(bytes, &template.id);
    put_text(bytes, template.library_object.as_deref().unwrap_or(""));
    put_text(bytes, template.mime_type.as_deref().unwrap_or(""));
    if let Some(geometry) = &template.geometry {
        put_geometry(bytes, geometry);
    }
}

fn put_appearance(bytes: &mut Vec<u8>, appearance: &Appearance) {
    put_text(bytes, &appearance.theme);
    bytes.push(u8::from(appearance.is_back));
    // What an image is called does not count where its content is known: exports give them other names.
    let unnamed = |texture: &Texture| match texture.image_hash {
        Some(_) => Texture { image: String::new(), ..texture.clone() },
        None => texture.clone(),
    };
    let looks = (&appearance.materials, appearance.textures.iter().map(unnamed).collect::<Vec<_>>());
    put_text(bytes, &serde_json::to_string(&looks).unwrap_or_default());
    put_numbers(bytes, &appearance.face_materials);
    put_numbers(bytes, &appearance.face_textures);
    put_number(bytes, appearance.texture_coordinates.len() as u32);
    for coordinate in appearance.texture_coordinates.iter().flatten() {
        bytes.extend_from_slice(&coordinate.to_le_bytes());
    }
}

fn put_attributes(bytes: &mut Vec<u8>, attributes: &Attributes) {
    put_number(bytes, attributes.len() as u32);
    if attributes.is_empty() {
        return;
    }
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| name.as_str());
    for (name, value) in sorted {
        put_text(bytes, name);
        put_value(bytes, value);
    }
}

fn put_value(bytes: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => put_text(bytes, text),
        Value::Object(map) => {
            bytes.push(b'{');
            put_attributes(bytes, map);
        }
        Value::Array(items) => {
            bytes.push(b'[');
            put_number(bytes, items.len() as u32);
            items.iter().for_each(|item| put_value(bytes, item));
        }
        other => put_text(bytes, &other.to_string()),
    }
}

fn put_texts(bytes: &mut Vec<u8>, texts: &[String]) {
    put_number(bytes, texts.len() as u32);
    texts.iter().for_each(|text| put_text(bytes, text));
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
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE, class_by_name};

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

    fn tree(reference_point: [f64; 3]) -> ImplicitGeometry {
        ImplicitGeometry {
            lod: Lod::whole(1),
            template: Default::default(),
            matrix: ImplicitGeometry::IDENTITY,
            reference_point,
            surfaces: vec![],
        }
    }

    fn textured(image_hash: Option<&str>) -> Appearance {
        let image_hash = image_hash.map(str::to_owned);
        let texture = Texture { image: "a.png".into(), image_hash, ..Texture::default() };
        Appearance { textures: vec![texture], ..Appearance::default() }
    }

    #[test]
    fn the_order_of_attributes_does_not_count() {
        let crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };
        let hash = |text: &str| {
            let object = CityObject { attributes: serde_json::from_str(text).unwrap(), ..house() };
            content_hash(&object, &crs)
        };
        let first = hash(r#"{"a": 1, "b": {"x": "1", "y": [1, 2]}}"#);
        assert_eq!(first, hash(r#"{"b": {"y": [1, 2], "x": "1"}, "a": 1}"#));
        for other in
            [r#"{"a": 1, "b": {"x": "1", "y": [2, 1]}}"#, r#"{"a": {"x": "1", "y": [1, 2]}, "b": 1}"#]
        {
            assert_ne!(first, hash(other), "{other}");
        }
    }

    #[test]
    fn every_part_of_the_content_counts() {
        let crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };
        let changes: [fn(&mut CityObject); 14] = [
            |o| o.id = "b".into(),
            |o| o.class = class_by_name("BuildingPart").unwrap(),
            |o| drop(o.attributes.insert("x".into(), 1.into())),
            |o| o.geometries[0].points[0][2] = 1e-9,
            |o| o.geometries[0].lod = Lod::whole(1),
            |o| o.children.push(house()),
            |o| drop(o.qualifiers.insert("function".into(), serde_json::json!({"codeSpace": "c"}))),
            |o| o.extensions.push("<x/>".into()),
            |o| o.implicit_geometries.push(tree([0.0; 3])),
            |o| o.implicit_geometries.push(tree([0.0, 0.0, 1.0])),
            |o| o.geometries[0].appearances.push(Appearance::default()),
            |o| o.geometries[0].appearances.push(Appearance { is_back: true, ..Appearance::default() }),
            |o| o.geometries[0].appearances.push(textured(None)),
            |o| o.geometries[0].appearances.push(textured(Some("00"))),
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
