//! Everything the model holds goes in and comes back: qualifiers, foreign content, looks, prototypes.

use std::sync::Arc;

use serde_json::json;
use stadtwin::model::{
    Appearance, Attributes, BoundarySurface, CityObject, Geometry, GeometryKind, ImplicitGeometry, Lod,
    Material, NO_LOOK, NO_SURFACE, Projection, Template, Texture, class_by_name,
};
use stadtwin::store::{CollectionSummary, encode_rows};

use super::town::{EAST, NORTH, buildings, house, plain};
use crate::support::database::database;

fn map(value: serde_json::Value) -> Attributes {
    value.as_object().cloned().unwrap()
}

fn looks(geometry: &Geometry) -> Vec<Appearance> {
    let faces = geometry.faces.len();
    let points = geometry.points.len();
    let texture = Texture {
        name: "t".into(),
        image: r"..\Bilder\Süd.JPG".into(),
        image_hash: Some("00112233445566778899aabbccddeeff".into()),
        mime_type: Some("image/jpeg".into()),
        wrap_mode: Some("mirror".into()),
        border_color: Some([0.0, 0.5, 1.0, 0.25]),
        ..Texture::default()
    };
    let projected = Texture {
        image: "b.png".into(),
        projection: Projection::WorldToTexture([0.5; 12]),
        ..Texture::default()
    };
    let red =
        Material { diffuse_color: Some([1.0, 0.0, 0.0]), is_smooth: Some(false), ..Material::default() };
    let front = Appearance {
        theme: "summer".into(),
        textures: vec![texture, projected],
        face_textures: (0..faces as u32).map(|face| if face == 2 { NO_LOOK } else { face % 2 }).collect(),
        texture_coordinates: (0..points).map(|point| [point as f64 / 7.0, 1e-300]).collect(),
        ..Appearance::default()
    };
    let back = Appearance {
        is_back: true,
        materials: vec![red],
        face_materials: vec![0; faces],
        ..Appearance::default()
    };
    let winter = Appearance { theme: "winter".into(), ..front.clone() };
    vec![front, back, winter]
}

fn lamp(id: &str, template: &Arc<Template>, east: f64) -> CityObject {
    let mut turned = ImplicitGeometry::IDENTITY;
    (turned[0], turned[3]) = (0.1, -7.25);
    let window = BoundarySurface {
        id: "window".into(),
        class: class_by_name("Window").unwrap(),
        attributes: map(json!({"function": "1"})),
        qualifiers: map(json!({"function": {"codeSpace": "codes.xml"}})),
        extensions: vec!["<a xmlns='b'/>".into()],
        ..BoundarySurface::default()
    };
    let library = Template {
        id: "http://x/lamp.glb".into(),
        library_object: Some("http://x/lamp.glb".into()),
        mime_type: Some("model/gltf-binary".into()),
        geometry: None,
    };
    let show = |template: Arc<Template>, lod, surfaces| ImplicitGeometry {
        lod: Lod::whole(lod),
        template,
        matrix: turned,
        reference_point: [EAST + east, NORTH, 512.125],
        surfaces,
    };
    CityObject {
        qualifiers: map(json!({"height": {"uom": "cm"}, "x": [{"type": "uri"}, {}]})),
        extensions: vec!["<uro:x xmlns:uro=\"u\">{\"a\\b}\u{e4}</uro:x>".into(), String::new()],
        implicit_geometries: vec![
            show(template.clone(), 3, vec![window]),
            show(Arc::new(library), 1, vec![]),
        ],
        ..plain("CityFurniture", id)
    }
}

#[tokio::test]
async fn an_object_comes_back_with_all_it_says() {
    let database = database().await;
    let store = &database.store;
    let collection = buildings(store).await;
    let mut prototype = Geometry::new(Lod(0), GeometryKind::MultiSurface);
    prototype.push_face([&[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]][..]], NO_SURFACE);
    prototype.appearances = looks(&prototype);
    let template = Arc::new(Template { id: "lamp".into(), geometry: Some(prototype), ..Template::default() });
    let mut textured = house("DEBY_1", 0, 9.5, "1000").object();
    textured.geometries[0].appearances = looks(&textured.geometries[0]);
    // The coordinate of a point without one.
    textured.geometries[0].appearances[0].texture_coordinates[3] = [f64::NAN; 2];
    textured.children.push(lamp("inner", &template, 5.0));
    let mut objects = [textured, lamp("outer", &template, 50.0)];

    let session = store.begin_import(&collection).await.unwrap();
    let mut writer = session.writer().await.unwrap();
    let mut keys = Vec::new();
    // Each object in a batch of its own: the second brings the same prototype again.
    for object in &objects {
        let mut rows = session.rows();
        let first = session.reserve_ids(10).await.unwrap();
        keys.push(first);
        encode_rows(
            &mut rows,
            collection.key,
            session.revision(),
            &mut (first..),
            object,
            &[],
            [first as u8; 16],
        );
        assert!(rows.templates.len() == 2);
        writer.send(rows).await.unwrap();
    }
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();

    let mut stored = store.objects(&collection, &keys).await.unwrap();
    // NaN is not equal to itself.
    let bare = &mut stored[0].1.geometries[0].appearances[0].texture_coordinates[3];
    assert!(bare[0].is_nan() && bare[1].is_nan());
    *bare = [-1.0; 2];
    objects[0].geometries[0].appearances[0].texture_coordinates[3] = [-1.0; 2];
    let read: Vec<&CityObject> = stored.iter().map(|(_, object, _, _)| object).collect();
    for (read, written) in read.iter().zip(&objects) {
        assert_eq!(*read, written);
    }
    let template_of = |object: &CityObject| object.implicit_geometries[0].template.clone();
    let inner = read[0].children.last().unwrap();
    assert!(Arc::ptr_eq(&template_of(inner), &template_of(read[1])), "one prototype, one row");
    // The lamp's prototype reaches 2 m × 0.1 to the east of 50 m − 7.25 m; its face counts.
    let (_, _, _, heights_m) = &stored[1];
    assert_eq!(*heights_m, [512.125, 512.125]);
    let head = store.collection("buildings").await.unwrap().unwrap().head;
    let plan = store.plan_page(&collection, head, 0).await.unwrap().items;
    assert_eq!(plan.iter().map(|row| row.face_count).collect::<Vec<_>>(), [8, 1]);
    database.close().await;
}
