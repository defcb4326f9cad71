//! The OGC's 139 CQL2 filters over three tables of Natural Earth, each with the count that must come back.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rusqlite::types::ValueRef;
use stadtwin::model::{
    Attributes, CityObject, Collection, Crs, Geometry, GeometryKind, Lod, NO_SURFACE, VerticalCrs,
};
use stadtwin::query::{FeatureQuery, Queryables, parse_json, parse_text, to_json, to_text};
use stadtwin::store::{CollectionSummary, Store, encode_rows};

use super::town::plain;
use crate::support::database::database;

/// Degrees, so that literals are compared with coordinates as they were written.
const DEGREES: Crs = Crs { horizontal: 4326, vertical: VerticalCrs::Unknown, north_first: false };

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = std::env::var_os("STADTWIN_SHARED_DATA").map_or(beside, PathBuf::from);
    let folder = data.join("cql2");
    if !folder.exists() {
        println!("skipped: no CQL2 data beside the checkout (STADTWIN_SHARED_DATA names another place)");
        return None;
    }
    Some(folder)
}

#[tokio::test]
async fn all_filters_of_the_ogc_give_their_counts() {
    let Some(folder) = folder() else { return };
    let database = database().await;
    let store = &database.store;
    store.set_storage_crs(&DEGREES).await.unwrap();
    let source = rusqlite::Connection::open(folder.join("ne110m4cql2.gpkg")).unwrap();
    let cases = std::fs::read_to_string(folder.join("cases.tsv")).unwrap();
    let mut collections = BTreeMap::new();
    let mut faults = Vec::new();
    let mut count = 0;
    for line in cases.lines().skip(1) {
        let [class, table, filter, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        if !collections.contains_key(table) {
            collections.insert(table, import(store, &source, table).await);
        }
        // The tables call their geometry `geom`; ours is always `geometry`.
        let filter = filter.replace("(geom,", "(geometry,");
        match found(store, &collections[table], &filter).await {
            Ok(found) if found.to_string() == expected => {}
            found => faults.push(format!("{class}: {filter}: {found:?} instead of {expected}")),
        }
        count += 1;
    }
    assert_eq!((count, faults), (139, Vec::new()));
    database.close().await;
}

/// Through text, JSON and back: three times the same filter.
async fn found(store: &Store, collection: &Collection, filter: &str) -> Result<i64, String> {
    let text = parse_text(filter).map_err(|error| error.to_string())?;
    let json = parse_json(&to_json(&text).to_string()).map_err(|error| error.to_string())?;
    let again = parse_text(&to_text(&json)).map_err(|error| error.to_string())?;
    assert_eq!((&text, &json), (&again, &text), "{filter}");
    let filter = json.check(&Queryables::of(collection)).map_err(|error| error.to_string())?;
    let query = FeatureQuery {
        overlay: None,
        collection: collection.clone().into(),
        revision: collection.head,
        limit: 1_000,
        sort: Vec::new(),
        after: None,
        region: None,
        datetime: None,
        cell: None,
        filter: Some(filter),
    };
    let count = store.count(&query).await.map_err(|error| error.to_string())?;
    let page = store.features(&query).await.map_err(|error| error.to_string())?;
    assert_eq!(page.items.len() as i64, count);
    Ok(count)
}

/// One object a row: columns as attributes, the geometry as it is.
async fn import(store: &Store, source: &rusqlite::Connection, table: &str) -> Collection {
    let collection = store.create_collection(table, "", "").await.unwrap();
    let session = store.begin_import(&collection).await.unwrap();
    let mut rows = session.rows();
    let objects = objects(source, table);
    let first = session.reserve_ids(objects.len() as i64).await.unwrap();
    for (id, (object, footprint)) in (first..).zip(&objects) {
        let ids = &mut (id..=id);
        encode_rows(&mut rows, collection.key, session.revision(), ids, object, footprint, [0; 16]);
    }
    let mut writer = session.writer().await.unwrap();
    writer.send(rows).await.unwrap();
    writer.finish().await.unwrap();
    session.publish(CollectionSummary::default()).await.unwrap();
    store.collection(table).await.unwrap().unwrap()
}

type Footprint = Vec<Vec<Vec<[f64; 2]>>>;

fn objects(source: &rusqlite::Connection, table: &str) -> Vec<(CityObject, Footprint)> {
    let mut statement = source.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns: Vec<_> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut rows = statement.query([]).unwrap();
    let mut objects = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let mut object = plain("GenericCityObject", "");
        let mut footprint = Vec::new();
        for (index, name) in columns.iter().enumerate() {
            match (row.get_ref(index).unwrap(), name.as_str()) {
                (ValueRef::Integer(number), "fid") => object.id = format!("{table}.{number}"),
                (ValueRef::Blob(blob), "geom") => footprint = read_shape(&mut object, blob),
                (value, _) => push(&mut object.attributes, name, value),
            }
        }
        objects.push((object, footprint));
    }
    objects
}

fn push(attributes: &mut Attributes, name: &str, value: ValueRef<'_>) {
    let value = match value {
        // SQLite keeps truth as 0 and 1; one column of the tables is of that type.
        ValueRef::Integer(number) if name == "boolean" => (number != 0).into(),
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => number.into(),
        ValueRef::Text(text) => std::str::from_utf8(text).unwrap().into(),
        ValueRef::Null => return,
        ValueRef::Blob(_) => panic!("{name} is a blob"),
    };
    attributes.insert(name.to_owned(), value);
}

/// The blob's WKB behind its header; areas become the footprint, lines and points a geometry.
fn read_shape(object: &mut CityObject, blob: &[u8]) -> Footprint {
    let envelope_bytes = [0, 32, 48, 48, 64][usize::from(blob[3] >> 1 & 7)];
    let mut wkb = Wkb(&blob[8 + envelope_bytes..]);
    let mut geometry = Geometry::new(Lod::whole(0), GeometryKind::MultiCurve);
    let flat = |[east, north]: [f64; 2]| [east, north, 0.0];
    let mut footprint = Vec::new();
    match wkb.kind() {
        1 => {
            geometry.kind = GeometryKind::MultiPoint;
            geometry.push_ring(&[flat(wkb.point())]);
        }
        2 => geometry.push_ring(&wkb.points().into_iter().map(flat).collect::<Vec<_>>()),
        3 => footprint.push(wkb.rings()),
        6 => {
            for _ in 0..wkb.count() {
                assert_eq!(wkb.kind(), 3);
                footprint.push(wkb.rings());
            }
        }
        kind => panic!("WKB type {kind}"),
    }
    if !footprint.is_empty() {
        geometry.kind = GeometryKind::MultiSurface;
        for rings in &footprint {
            let rings: Vec<Vec<_>> = rings
                .iter()
                .map(|ring: &Vec<[f64; 2]>| ring[1..].iter().copied().map(flat).collect())
                .collect();
            geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
        }
    }
    object.geometries.push(geometry);
    footprint
}

/// Little-endian WKB of two dimensions.
struct Wkb<'a>(&'a [u8]);

impl Wkb<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_first_chunk::<N>().unwrap();
        self.0 = rest;
        *taken
    }

    fn count(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn kind(&mut self) -> u32 {
        assert_eq!(self.take(), [1], "little-endian");
        self.count()
    }

    fn point(&mut self) -> [f64; 2] {
        [f64::from_le_bytes(self.take()), f64::from_le_bytes(self.take())]
    }

    fn points(&mut self) -> Vec<[f64; 2]> {
        (0..self.count()).map(|_| self.point()).collect()
    }

    fn rings(&mut self) -> Vec<Vec<[f64; 2]>> {
        (0..self.count()).map(|_| self.points()).collect()
    }
}
