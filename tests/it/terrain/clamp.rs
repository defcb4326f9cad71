//! Tiles that set trees, lamps and LoD1 on the ground; heights are counted by hand on a tilted plane.

use std::collections::BTreeMap;

use serde_json::Value;
use stadtwin::jobs::{Clamp, Import, TerrainImport, drop_terrain};

use super::contact::{box_faces, solid_box};
use super::{CORNER, import, plane, write_four};
use crate::support::geotiff::Raster;
use crate::support::served::{Served, citygml};

/// A place from `CORNER`.
fn at([x, y]: [f64; 2]) -> [f64; 2] {
    [CORNER[0] + x, CORNER[1] + y]
}

/// A tree as a prototype of 4 m × 4 m whose reference point stands at `z`.
fn tree(id: &str, place: [f64; 2], z: f64) -> String {
    let [x, y] = at(place);
    format!(
        "<core:cityObjectMember><veg:SolitaryVegetationObject xmlns:veg='http://www.opengis.net/citygml/vegetation/2.0' gml:id='{id}'>\
         <veg:lod2ImplicitRepresentation><core:ImplicitGeometry>\
         <core:transformationMatrix>1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1</core:transformationMatrix>\
         <core:relativeGMLGeometry><gml:MultiSurface gml:id='{id}_m'><gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>\
         <gml:posList srsDimension='3'>0 0 0 4 0 0 0 4 8 0 0 0</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>\
         </gml:surfaceMember></gml:MultiSurface></core:relativeGMLGeometry>\
         <core:referencePoint><gml:Point><gml:pos srsDimension='3'>{x} {y} {z}</gml:pos></gml:Point></core:referencePoint>\
         </core:ImplicitGeometry></veg:lod2ImplicitRepresentation></veg:SolitaryVegetationObject></core:cityObjectMember>"
    )
}

fn lamp(id: &str, place: [f64; 2], z: f64) -> String {
    let faces = box_faces(at(place), z);
    format!(
        "<core:cityObjectMember><frn:CityFurniture gml:id='{id}'><frn:lod3Geometry><gml:MultiSurface>{faces}</gml:MultiSurface>\
         </frn:lod3Geometry></frn:CityFurniture></core:cityObjectMember>"
    )
}

fn lod2(id: &str, place: [f64; 2], z: f64) -> String {
    solid_box(id, at(place), z, "").replace("lod1Solid", "lod2Solid")
}

fn town() -> String {
    let garage = "<core:relativeToTerrain>entirelyBelowTerrain</core:relativeToTerrain>";
    citygml(
        &[
            tree("tree", [50.0, 60.0], 475.0),
            lamp("lamp", [120.0, 60.0], 490.0),
            solid_box("lod1", at([200.0, 60.0]), 486.3, ""),
            solid_box("garage", at([240.0, 60.0]), 470.0, garage),
            lod2("lod2", [300.0, 60.0], 500.0),
            lod2("far", [2000.0, 60.0], 500.0),
        ]
        .concat(),
    )
}

/// Addresses of the tiles in full detail.
async fn leaves(served: &Served) -> Vec<String> {
    fn walk(tile: &Value, found: &mut Vec<String>) {
        match tile["children"].as_array() {
            Some(children) => children.iter().for_each(|child| walk(child, found)),
            None => found.push(tile["content"]["uri"].as_str().unwrap().to_owned()),
        }
    }
    let mut found = Vec::new();
    walk(&served.json("/collections/town/3dtiles/tileset.json").await["root"], &mut found);
    found
}

/// Of each object the mean of its vertices, earth-centred, y up [m].
async fn middles(served: &Served) -> BTreeMap<String, [f64; 3]> {
    let mut sums: BTreeMap<String, ([f64; 3], f64)> = BTreeMap::new();
    for leaf in leaves(served).await {
        let tile = served.get(&format!("/collections/town/3dtiles/{leaf}")).await;
        assert_eq!(tile.status, 200, "{leaf}");
        let glb = Glb::new(&tile.body);
        let ids = glb.ids();
        let origin: Vec<f64> = numbers(&glb.json["nodes"][0]["translation"]);
        for primitive in glb.json["meshes"][0]["primitives"].as_array().unwrap() {
            let attributes = &primitive["attributes"];
            let positions = glb.floats(&attributes["POSITION"]);
            let rows = glb.floats(&attributes["_FEATURE_ID_0"]);
            for (position, row) in positions.chunks_exact(3).zip(rows) {
                let (sum, count) = sums.entry(ids[row as usize].clone()).or_default();
                (0..3).for_each(|axis| sum[axis] += position[axis] + origin[axis]);
                *count += 1.0;
            }
        }
    }
    sums.into_iter().map(|(id, (sum, count))| (id, sum.map(|value| value / count))).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

struct Glb<'a> {
    json: Value,
    binary: &'a [u8],
}

impl Glb<'_> {
    fn new(bytes: &[u8]) -> Glb<'_> {
        let length = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        Glb { json: serde_json::from_slice(&bytes[20..20 + length]).unwrap(), binary: &bytes[28 + length..] }
    }

    fn view(&self, index: &Value) -> &[u8] {
        let view = &self.json["bufferViews"][index.as_u64().unwrap() as usize];
        let number = |name: &str| view[name].as_u64().unwrap() as usize;
        &self.binary[number("byteOffset")..number("byteOffset") + number("byteLength")]
    }

    fn floats(&self, accessor: &Value) -> Vec<f64> {
        let accessor = &self.json["accessors"][accessor.as_u64().unwrap() as usize];
        let bytes = self.view(&accessor["bufferView"]).chunks_exact(4);
        bytes.map(|four| f64::from(f32::from_le_bytes(four.try_into().unwrap()))).collect()
    }

    /// The column `id` of the first table.
    fn ids(&self) -> Vec<String> {
        let column =
            &self.json["extensions"]["EXT_structural_metadata"]["propertyTables"][0]["properties"]["id"];
        let texts = self.view(&column["values"]);
        let offsets = self.view(&column["stringOffsets"]).chunks_exact(4);
        let offsets: Vec<usize> =
            offsets.map(|four| u32::from_le_bytes(four.try_into().unwrap()) as usize).collect();
        let text = |ends: &[usize]| String::from_utf8(texts[ends[0]..ends[1]].to_vec()).unwrap();
        offsets.windows(2).map(text).collect()
    }
}

/// How far each object went up between two states [m], and that it went nowhere else.
fn lifts(before: &BTreeMap<String, [f64; 3]>, after: &BTreeMap<String, [f64; 3]>) -> BTreeMap<String, f64> {
    let lift = |(id, from): (&String, &[f64; 3])| {
        let to = after[id];
        let way: Vec<f64> = (0..3).map(|axis| to[axis] - from[axis]).collect();
        let length = from.iter().map(|value| value * value).sum::<f64>().sqrt();
        let up: f64 = (0..3).map(|axis| way[axis] * from[axis] / length).sum();
        let all = way.iter().map(|value| value * value).sum::<f64>().sqrt();
        // The plumb line is 0.19° off the line to the earth's centre.
        assert!((all - up.abs()).abs() < 0.01, "{id} went sideways: {way:?}");
        (id.clone(), (up * 100.0).round() / 100.0)
    };
    before.iter().map(lift).collect()
}

async fn clamp(served: &Served, terrain: Option<&str>) -> anyhow::Result<()> {
    let setting = Clamp {
        collection: "town".into(),
        terrain: terrain.map(str::to_owned),
        geoid_constant_m: Some(45.5),
    };
    setting.run(&served.database.store).await.map(drop)
}

#[tokio::test]
async fn trees_lamps_and_lod1_stand_on_the_ground_and_lod2_stays() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let file = served.write("town.gml", &town());
    served.import_with("town", &file, Import::default()).await;
    assert_eq!(served.json("/collections/town").await["clamp"], "off");
    let (first, before) = (leaves(&served).await, middles(&served).await);
    let tag = served.get("/collections/town/3dtiles/tileset.json").await.header("etag").to_owned();

    clamp(&served, Some("ground")).await.unwrap();
    assert_eq!(served.json("/collections/town").await["clamp"], "ground");
    assert!(served.html("/collections/town").await.contains("/terrain/ground?f=html"));
    assert_ne!(served.get("/collections/town/3dtiles/tileset.json").await.header("etag"), tag);
    let (second, after) = (leaves(&served).await, middles(&served).await);
    assert_ne!(first, second);
    // Hand: 480 + 50 · 0.01 + 60 · 0.02 - 475 = 6.7; 480 + 125 · 0.01 + 65 · 0.02 - 490 = -7.45;
    // 480 + 205 · 0.01 + 65 · 0.02 - 486.3 = -2.95.
    let expected =
        [("far", 0.0), ("garage", 0.0), ("lamp", -7.45), ("lod1", -2.95), ("lod2", 0.0), ("tree", 6.7)];
    let expected: BTreeMap<String, f64> = expected.map(|(id, lift)| (id.to_owned(), lift)).into();
    assert_eq!(lifts(&before, &after), expected);
    // The data are as they were.
    let lamp = served.json("/collections/town/items/lamp").await;
    assert_eq!(lamp["properties"]["zMin"], 490.0);

    // The ground changes elsewhere: a new state of the terrain, the same tiles.
    let folder = served.folder.path();
    Raster::square(at([500.0, 550.0]), 20).write(&folder.join("elsewhere.tif"), |_| 400.0);
    let dug = import(&served, &["elsewhere.tif"], TerrainImport::default()).await.unwrap();
    assert_eq!((dug.revision.is_some(), dug.replanned), (true, vec!["town".to_owned()]));
    assert_eq!(leaves(&served).await, second);
    // It goes down by 2 m below the tree.
    let lower = |place: [f64; 2]| plane(place) - 2.0;
    Raster::square(at([40.0, 70.0]), 20).write(&folder.join("below.tif"), lower);
    import(&served, &["below.tif"], TerrainImport::default()).await.unwrap();
    assert_ne!(leaves(&served).await, second);
    assert_eq!(lifts(&before, &middles(&served).await)["tree"], 4.7);

    clamp(&served, None).await.unwrap();
    assert_eq!(leaves(&served).await, first);
    clamp(&served, Some("ground")).await.unwrap();
    assert!(clamp(&served, Some("none")).await.unwrap_err().to_string().contains("no terrain `none`"));
    drop_terrain(&served.database.store, "ground", Some(45.5)).await.unwrap();
    assert_eq!(served.json("/collections/town").await["clamp"], "off");
    assert_eq!(leaves(&served).await, first);
    served.database.close().await;
}
