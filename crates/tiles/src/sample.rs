//! A small town for tests.

use serde_json::json;

use super::{PlanItem, TileObject};
use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::*;

/// EPSG:25832 with heights above the geoid.
pub(super) const STORAGE: Crs =
    Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

pub(super) fn to_lonlat() -> Transformer {
    Transformer::new(&STORAGE, &CRS84).unwrap()
}

fn class(name: &str) -> ClassId {
    class_by_name(name).unwrap()
}

/// A house with a gable roof: 7 faces, 10 triangles; solid with semantics, without its floor split.
pub(super) fn house(number: usize, east: f64, north: f64) -> TileObject {
    let (w, d, h, ridge, z) = (10.0, 8.0, 6.0, 9.0, 480.0);
    let p = |x: f64, y: f64, up: f64| [east + x, north + y, z + up];
    let faces = [
        ("GroundSurface", vec![p(0., 0., 0.), p(0., d, 0.), p(w, d, 0.), p(w, 0., 0.)]),
        ("WallSurface", vec![p(0., 0., 0.), p(w, 0., 0.), p(w, 0., h), p(0., 0., h)]),
        ("WallSurface", vec![p(w, d, 0.), p(0., d, 0.), p(0., d, h), p(w, d, h)]),
        ("WallSurface", vec![p(w, 0., 0.), p(w, d, 0.), p(w, d, h), p(w, d / 2., ridge), p(w, 0., h)]),
        ("WallSurface", vec![p(0., d, 0.), p(0., 0., 0.), p(0., 0., h), p(0., d / 2., ridge), p(0., d, h)]),
        ("RoofSurface", vec![p(0., 0., h), p(w, 0., h), p(w, d / 2., ridge), p(0., d / 2., ridge)]),
        ("RoofSurface", vec![p(w, d, h), p(0., d, h), p(0., d / 2., ridge), p(w, d / 2., ridge)]),
    ];
    let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
    for (at, (surface, ring)) in faces.iter().enumerate() {
        geometry.surfaces.push(BoundarySurface {
            id: format!("house_{number}_{at}"),
            class: class(surface),
            parent: None,
            attributes: Attributes::new(),
            ..BoundarySurface::default()
        });
        geometry.push_face([ring.as_slice()], at as u32);
    }
    let mut attributes = Attributes::new();
    attributes
        .insert("function".into(), json!(if number.is_multiple_of(2) { "31001_1000" } else { "31001_2000" }));
    attributes.insert("storeysAboveGround".into(), json!(number % 4));
    if !number.is_multiple_of(3) {
        attributes.insert("measuredHeight".into(), json!(9.25));
        attributes.insert("Straße".into(), json!("Äußere Straße"));
    }
    attributes.insert("address".into(), json!([{ "street": "Weg", "number": number.to_string() }]));
    let ring = [[0., 0.], [w, 0.], [w, d], [0., d], [0., 0.]].map(|[x, y]: [f64; 2]| [east + x, north + y]);
    TileObject {
        object: CityObject {
            id: format!("house_{number}"),
            class: class("Building"),
            source_class: None,
            attributes,
            geometries: vec![geometry],
            children: Vec::new(),
            ..CityObject::default()
        },
        footprint: vec![vec![ring.to_vec()]],
        heights_m: [z, z + ridge],
    }
}

pub(super) fn columns() -> Vec<PropertySummary> {
    [
        ("function", PropertyType::String, 9),
        ("storeysAboveGround", PropertyType::Integer, 8),
        ("measuredHeight", PropertyType::Number, 6),
        ("Straße", PropertyType::String, 5),
        ("address", PropertyType::Json, 9),
        ("unseen", PropertyType::String, 1),
    ]
    .map(|(name, kind, count)| PropertySummary { name: name.into(), kind, count })
    .to_vec()
}

/// `side` × `side` houses, 30 m apart, near 48.25 N 11.65 E.
pub(super) fn town(side: usize) -> Vec<TileObject> {
    let place = |number: usize| {
        (696_700.0 + 30.0 * (number % side) as f64, 5_347_400.0 + 30.0 * (number / side) as f64)
    };
    (0..side * side)
        .map(|number| {
            let (east, north) = place(number);
            house(number, east, north)
        })
        .collect()
}

/// What the store would answer for these objects; keys are indices.
pub(super) fn items(objects: &[TileObject]) -> Vec<PlanItem> {
    let to_lonlat = to_lonlat();
    let item = |(key, object): (usize, &TileObject)| {
        let geometry = &object.object.geometries[0];
        let mut corners: Vec<[f64; 2]> = geometry.points.iter().map(|point| [point[0], point[1]]).collect();
        to_lonlat.convert_2d(&mut corners).unwrap();
        let mut bounds_deg = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for [longitude, latitude] in corners {
            bounds_deg = [
                bounds_deg[0].min(longitude),
                bounds_deg[1].min(latitude),
                bounds_deg[2].max(longitude),
                bounds_deg[3].max(latitude),
            ];
        }
        let hash = blake3::hash(object.object.id.as_bytes());
        PlanItem {
            key: key as i64,
            longitude_deg: (bounds_deg[0] + bounds_deg[2]) / 2.0,
            latitude_deg: (bounds_deg[1] + bounds_deg[3]) / 2.0,
            bounds_deg,
            heights_m: object.heights_m,
            face_count: geometry.faces.len() as u32,
            content_hash: hash.as_bytes()[..16].try_into().unwrap(),
            lift_mm: 0,
        }
    };
    objects.iter().enumerate().map(item).collect()
}
