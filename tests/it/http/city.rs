//! Forty boxes in a row near 48.25° N 11.65° E, stored through the store's own import, served on a free port.

use serde_json::json;
use stadtwin::api::{AppState, serve};
use stadtwin::crs::{CRS84, HeightModel, Transformer};
use stadtwin::model::{
    BoundarySurface, CityObject, Collection, Crs, Face, Geometry, GeometryKind, Lod, VerticalCrs,
    class_by_name,
};
use stadtwin::store::{CollectionSummary, Store, encode_rows};
use stadtwin::tiles::{PlanItem, PlanLimits, plan};

use super::{Answer, request};
use crate::support::database::{Database, database};

/// Features at the head.
pub const FEATURES: usize = 40;
/// gml:id of the feature that the second revision ended.
pub const ENDED: &str = "B_40";
/// The corner of the first box, EPSG:25832.
const CORNER: [f64; 2] = [696_000.0, 5_347_000.0];
const GROUND_M: f64 = 480.0;
const STORAGE: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

/// A server with its database; both go with it.
pub struct City {
    pub address: String,
    _database: Database,
}

impl City {
    /// With two revisions of `buildings` and an empty collection `trees`.
    pub async fn start() -> City {
        City::start_with(HeightModel::Constant(45.5)).await
    }

    /// The same with another height model.
    pub async fn start_with(heights: HeightModel) -> City {
        City::start_as(heights, |_| ()).await
    }

    /// The same with other settings.
    pub async fn start_as(heights: HeightModel, change: impl FnOnce(&mut AppState)) -> City {
        let database = database().await;
        let store = database.store.clone();
        store.set_storage_crs(&STORAGE).await.unwrap();
        store.create_collection("buildings", "Buildings & <houses>", "boxes in a row").await.unwrap();
        let trees = store.create_collection("trees", "Trees", "").await.unwrap();
        import(&store).await;
        end_last(&store).await;
        plan_tiles(&store).await;
        // Empty, but published.
        store.begin_import(&trees).await.unwrap().publish(CollectionSummary::default()).await.unwrap();
        let mut state = AppState::new(store, heights);
        change(&mut state);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(serve(state, listener, std::future::pending()));
        City { address, _database: database }
    }

    pub async fn get(&self, target: &str) -> Answer {
        request(&self.address, "GET", target, &[]).await
    }

    pub async fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        request(&self.address, "GET", target, headers).await
    }
}

async fn buildings(store: &Store) -> Collection {
    store.collection("buildings").await.unwrap().unwrap()
}

async fn import(store: &Store) {
    let session = store.begin_import(&buildings(store).await).await.unwrap();
    let mut rows = session.rows();
    let first = session.reserve_ids(FEATURES as i64 + 1).await.unwrap();
    for (index, id) in (first..).take(FEATURES + 1).enumerate() {
        let object = building(index);
        let hash = *blake3::hash(object.id.as_bytes()).as_bytes().first_chunk().unwrap();
        let (key, revision) = (session.collection().key, session.revision());
        encode_rows(&mut rows, key, revision, &mut std::iter::once(id), &object, &footprint(index), hash);
    }
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(summary()).await.unwrap();
}

async fn end_last(store: &Store) {
    let collection = buildings(store).await;
    let session = store.begin_import(&collection).await.unwrap();
    let known = session.known(&[ENDED.to_owned()]).await.unwrap();
    session.end(&[known[ENDED].key]).await.unwrap();
    session.publish(summary()).await.unwrap();
}

/// The extent is the import's to know: the store does not project.
fn summary() -> CollectionSummary {
    let [x, y] = CORNER;
    let mut corners = [[x, y], [x + 820.0, y], [x, y + 10.0], [x + 820.0, y + 10.0]];
    Transformer::new(&STORAGE, &CRS84).unwrap().convert_2d(&mut corners).unwrap();
    let [w, s, e, n] =
        corners.iter().fold([180.0_f64, 90.0_f64, -180.0_f64, -90.0_f64], |[w, s, e, n], [x, y]| {
            [w.min(*x), s.min(*y), e.max(*x), n.max(*y)]
        });
    CollectionSummary { extent: Some([w, s, e, n]), ..CollectionSummary::default() }
}

/// Box `index`: 10 m × 10 m, `6 + index / 10` m high, 20 m apart.
fn building(index: usize) -> CityObject {
    let height_m = 6.0 + index as f64 / 10.0;
    let attributes = json!({
        "function": "31001_1000",
        "measuredHeight": height_m,
        "name": format!("<b>Haus & Hof {index}</b>"),
    });
    CityObject {
        id: format!("B_{index}"),
        class: class_by_name("Building").unwrap(),
        source_class: None,
        attributes: attributes.as_object().unwrap().clone(),
        geometries: vec![box_geometry(index, height_m)],
        children: Vec::new(),
        ..CityObject::default()
    }
}

fn footprint(index: usize) -> Vec<Vec<Vec<[f64; 2]>>> {
    let [x, y] = [CORNER[0] + 20.0 * index as f64, CORNER[1]];
    vec![vec![vec![[x, y], [x + 10.0, y], [x + 10.0, y + 10.0], [x, y + 10.0], [x, y]]]]
}

fn box_geometry(index: usize, height_m: f64) -> Geometry {
    let [x, y] = [CORNER[0] + 20.0 * index as f64, CORNER[1]];
    let (low, high) = (GROUND_M, GROUND_M + height_m);
    let corner = |dx: f64, dy: f64, z: f64| [x + dx, y + dy, z];
    let [a, b, c, d] =
        [corner(0., 0., low), corner(10., 0., low), corner(10., 10., low), corner(0., 10., low)];
    let [e, f, g, h] =
        [corner(0., 0., high), corner(10., 0., high), corner(10., 10., high), corner(0., 10., high)];
    let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
    for (id, class) in [("ground", "GroundSurface"), ("roof", "RoofSurface"), ("wall", "WallSurface")] {
        let class = class_by_name(class).unwrap();
        let id = format!("B_{index}_{id}");
        geometry.surfaces.push(BoundarySurface {
            id,
            class,
            parent: None,
            attributes: Default::default(),
            ..BoundarySurface::default()
        });
    }
    let faces =
        [([a, d, c, b], 0), ([e, f, g, h], 1), ([a, b, f, e], 2), ([b, c, g, f], 2), ([c, d, h, g], 2)];
    for (ring, surface) in faces.into_iter().chain([([d, a, e, h], 2)]) {
        geometry.push_face([&ring[..]], surface);
    }
    debug_assert_eq!(geometry.faces.last(), Some(&Face { first_ring: 5, ring_count: 1, surface: 2 }));
    geometry
}

async fn plan_tiles(store: &Store) {
    let collection = buildings(store).await;
    let rows = store.plan_page(&collection, collection.head, 0).await.unwrap().items;
    let items = {
        let transformer = Transformer::new(&STORAGE, &CRS84).unwrap();
        let convert = |point: [f64; 2]| {
            let mut points = [point];
            transformer.convert_2d(&mut points).unwrap();
            points[0]
        };
        let item = |row: &stadtwin::store::PlanRow| {
            let [longitude_deg, latitude_deg] = convert(row.centroid);
            let [x0, y0, x1, y1] = row.bounds;
            let corners = [[x0, y0], [x1, y0], [x0, y1], [x1, y1]].map(convert);
            let range = |axis: usize| {
                let values = corners.map(|corner| corner[axis]);
                (
                    values.iter().copied().fold(f64::MAX, f64::min),
                    values.iter().copied().fold(f64::MIN, f64::max),
                )
            };
            let ((west, east), (south, north)) = (range(0), range(1));
            PlanItem {
                key: row.key,
                longitude_deg,
                latitude_deg,
                bounds_deg: [west, south, east, north],
                heights_m: row.heights_m,
                face_count: row.face_count,
                content_hash: row.content_hash,
                lift_mm: 0,
            }
        };
        rows.iter().map(item).collect::<Vec<_>>()
    };
    let nodes = plan(items, &PlanLimits::default());
    store.replace_tile_plan(&collection, collection.head, &nodes, "none").await.unwrap();
}
