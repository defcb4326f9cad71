//! A hand-made town for the store's tests, and how to import it.

use serde_json::json;
use stadtwin::model::{
    Attributes, BoundarySurface, CityObject, Collection, Crs, Geometry, GeometryKind, Lod, NO_SURFACE,
    VerticalCrs, class_by_name,
};
use stadtwin::store::{CollectionSummary, PublishedRevision, Store, StoreError, encode_rows};

pub const STORAGE: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

/// South-west corner of the town.
pub const EAST: f64 = 691_000.0;
pub const NORTH: f64 = 5_347_000.0;

/// A block of 10 m × 8 m, `column` × 20 m east of the corner, from 500 m up.
#[derive(Clone)]
pub struct House {
    pub id: &'static str,
    pub column: u32,
    pub height_m: f64,
    pub roof_type: &'static str,
}

pub fn house(id: &'static str, column: u32, height_m: f64, roof_type: &'static str) -> House {
    House { id, column, height_m, roof_type }
}

impl House {
    pub fn footprint(&self) -> Vec<Vec<Vec<[f64; 2]>>> {
        let (w, s) = (EAST + 20.0 * f64::from(self.column), NORTH);
        vec![vec![vec![[w, s], [w + 10.0, s], [w + 10.0, s + 8.0], [w, s + 8.0], [w, s]]]]
    }

    pub fn object(&self) -> CityObject {
        let mut attributes = Attributes::new();
        attributes.insert("function".into(), json!("31001_1000"));
        attributes.insert("measuredHeight".into(), json!(self.height_m));
        attributes.insert("roofType".into(), json!(self.roof_type));
        attributes.insert("creationDate".into(), json!("2020-03-01"));
        attributes.insert("address".into(), json!([{ "street": "Hauptstraße", "number": "1" }]));
        let mut part = plain("BuildingPart", &format!("{}_part", self.id));
        part.geometries.push(Geometry::new(Lod::whole(1), GeometryKind::MultiSurface));
        CityObject {
            attributes,
            geometries: vec![self.solid()],
            children: vec![part],
            ..plain("Building", self.id)
        }
    }

    /// Six faces: roof, ground and four walls; a window of 1 m² in the first wall's own surface.
    pub fn solid(&self) -> Geometry {
        let (w, s, low, high) = (EAST + 20.0 * f64::from(self.column), NORTH, 500.0, 500.0 + self.height_m);
        let (e, n) = (w + 10.0, s + 8.0);
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
        let surface = |class: &str, id: &str, parent| BoundarySurface {
            id: format!("{}_{id}", self.id),
            class: class_by_name(class).unwrap(),
            parent,
            attributes: Attributes::new(),
            ..BoundarySurface::default()
        };
        geometry.surfaces = vec![
            surface("RoofSurface", "roof", None),
            surface("GroundSurface", "ground", None),
            surface("WallSurface", "wall", None),
            surface("Window", "window", Some(2)),
        ];
        let faces: [([[f64; 3]; 4], u32); 6] = [
            ([[w, s, high], [e, s, high], [e, n, high], [w, n, high]], 0),
            ([[w, s, low], [w, n, low], [e, n, low], [e, s, low]], 1),
            ([[w, s, low], [e, s, low], [e, s, high], [w, s, high]], 2),
            ([[e, s, low], [e, n, low], [e, n, high], [e, s, high]], 2),
            ([[e, n, low], [w, n, low], [w, n, high], [e, n, high]], 2),
            ([[w, n, low], [w, s, low], [w, s, high], [w, n, high]], NO_SURFACE),
        ];
        for (ring, surface) in &faces {
            geometry.push_face([ring.as_slice()], *surface);
        }
        let window = [[w + 1.0, s, 501.0], [w + 2.0, s, 501.0], [w + 2.0, s, 502.0], [w + 1.0, s, 502.0]];
        geometry.push_face([window.as_slice()], 3);
        geometry
    }

    pub fn hash(&self) -> [u8; 16] {
        let mut hash = [0; 16];
        let text = format!("{}{}{}{}", self.id, self.column, self.height_m, self.roof_type);
        for (place, byte) in text.bytes().enumerate() {
            hash[place % 16] ^= byte.rotate_left(place as u32 / 16);
        }
        hash
    }
}

pub fn plain(class: &str, id: &str) -> CityObject {
    CityObject {
        id: id.to_owned(),
        class: class_by_name(class).unwrap(),
        source_class: None,
        attributes: Attributes::new(),
        geometries: Vec::new(),
        children: Vec::new(),
        ..CityObject::default()
    }
}

pub async fn buildings(store: &Store) -> Collection {
    store.set_storage_crs(&STORAGE).await.unwrap();
    store.create_collection("buildings", "Buildings", "").await.unwrap()
}

/// Writes the houses under an open revision, ending those with another hash, and gives the session back.
pub async fn write(store: &Store, houses: &[House]) -> Result<stadtwin::store::ImportSession, StoreError> {
    let collection = buildings(store).await;
    let session = store.begin_import(&collection).await?;
    let ids: Vec<String> = houses.iter().map(|house| house.id.to_owned()).collect();
    let known = session.known(&ids).await?;
    let mut rows = session.rows();
    for house in houses {
        match known.get(house.id) {
            Some(known) if known.hash == house.hash() => {
                session.seen(&[known.key]).await?;
                continue;
            }
            Some(known) => session.end(&[known.key]).await?,
            None => {}
        }
        let object = house.object();
        let count = object.walk().len() as i64;
        let first = session.reserve_ids(count).await?;
        let ids = &mut (first..first + count);
        encode_rows(
            &mut rows,
            collection.key,
            session.revision(),
            ids,
            &object,
            &house.footprint(),
            house.hash(),
        );
    }
    let mut writer = session.writer().await?;
    writer.send(rows).await?;
    writer.finish().await?;
    Ok(session)
}

pub async fn import(store: &Store, houses: &[House]) -> PublishedRevision {
    write(store, houses).await.unwrap().publish(CollectionSummary::default()).await.unwrap()
}

/// Four houses of 6, 12, 25 and 9 m.
pub fn four_houses() -> Vec<House> {
    vec![
        house("DEBY_1", 0, 6.0, "1000"),
        house("DEBY_2", 1, 12.0, "3100"),
        house("DEBY_3", 2, 25.0, "1000"),
        house("DEBY_4", 3, 9.0, "3200"),
    ]
}
