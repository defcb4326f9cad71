//! Water masks of tiles, over a lake and a river whose corners are known.

use stadtwin::crs::{CRS84, Transformer};
use stadtwin::jobs::{Import, Mode, TerrainImport};
use stadtwin::terrain::decode_quantized_mesh;

use super::tiles::{UTM, tile_at};
use super::{CORNER, import, write_four};
use crate::http::{Answer, request};
use crate::support::served::Served;

const LEVEL: u32 = 17;

/// `[west, south, east, north]` in metres from the corner.
type Box4 = [f64; 4];

fn water_body(id: &str, [west, south, east, north]: Box4) -> String {
    let corner = |x: f64, y: f64| format!("{} {} 480", CORNER[0] + x, CORNER[1] + y);
    let ring = [(west, south), (east, south), (east, north), (west, north), (west, south)];
    let ring = ring.map(|(x, y)| corner(x, y)).join(" ");
    format!(
        "<core:cityObjectMember><wtr:WaterBody gml:id='{id}'><wtr:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember><gml:Polygon>\
         <gml:exterior><gml:LinearRing><gml:posList>{ring}</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>\
         </gml:surfaceMember></gml:MultiSurface></wtr:lod1MultiSurface></wtr:WaterBody></core:cityObjectMember>"
    )
}

async fn import_water(served: &Served, boxes: &[Box4]) {
    let bodies = boxes.iter().enumerate().map(|(number, place)| water_body(&format!("w{number}"), *place));
    let members: String = bodies.collect();
    let document = format!(
        "<core:CityModel xmlns:core='http://www.opengis.net/citygml/2.0' xmlns:wtr='http://www.opengis.net/citygml/waterbody/2.0' \
         xmlns:gml='http://www.opengis.net/gml'><gml:boundedBy><gml:Envelope srsName='urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::7837' \
         srsDimension='3'><gml:lowerCorner>{0} {1} 0</gml:lowerCorner><gml:upperCorner>{0} {1} 1</gml:upperCorner></gml:Envelope>\
         </gml:boundedBy>{members}</core:CityModel>",
        CORNER[0], CORNER[1]
    );
    let path = served.write("water.gml", &document);
    served.import_with("water", &path, Import { mode: Mode::Replace, ..Import::default() }).await;
}

async fn tile(served: &Served, level: u32, [x, y]: [u32; 2]) -> Answer {
    let accept = "application/vnd.quantized-mesh;extensions=octvertexnormals-watermask,*/*;q=0.01";
    let target = format!("/terrain/ground/{level}/{x}/{y}.terrain");
    let answer = request(&served.address, "GET", &target, &[("accept", accept)]).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

fn mask(answer: &Answer) -> Vec<u8> {
    decode_quantized_mesh(&answer.body).unwrap().water_mask.unwrap()
}

/// The tile that holds a place given in metres from the corner.
fn at(x: f64, y: f64) -> [u32; 2] {
    tile_at([CORNER[0] + x, CORNER[1] + y], LEVEL)
}

/// Of each square, whether its middle lies in one of the boxes; `None` within `near_m` of an edge.
fn expected([x, y]: [u32; 2], boxes: &[Box4], near_m: f64) -> Vec<Option<bool>> {
    let size = 180.0 / f64::from(1_u32 << LEVEL);
    let (west, north) = (f64::from(x) * size - 180.0, f64::from(y + 1) * size - 90.0);
    let middle = |number: usize| (number as f64 + 0.5) / 256.0 * size;
    let squares = (0..256).flat_map(|row| (0..256).map(move |column| (column, row)));
    let mut points: Vec<[f64; 2]> =
        squares.map(|(column, row)| [west + middle(column), north - middle(row)]).collect();
    Transformer::new(&CRS84, &UTM).unwrap().convert_2d(&mut points).unwrap();
    let state = |[east, north]: [f64; 2]| {
        let place = [east - CORNER[0], north - CORNER[1]];
        let depth = |[west, south, east, north]: &Box4| {
            (place[0] - west).min(east - place[0]).min(place[1] - south).min(north - place[1])
        };
        let deepest = boxes.iter().map(depth).fold(f64::NEG_INFINITY, f64::max);
        (deepest.abs() > near_m).then_some(deepest > 0.0)
    };
    points.into_iter().map(state).collect()
}

fn check(found: &[u8], expected: &[Option<bool>]) {
    assert_eq!(found.len(), 256 * 256);
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        if let Some(is_water) = expected {
            let (column, row) = (index % 256, index / 256);
            assert_eq!(*found, if *is_water { 255 } else { 0 }, "column {column}, row {row}");
        }
    }
    // Both must be there, else nothing was shown.
    assert!(expected.contains(&Some(true)) && expected.contains(&Some(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_tell_water_from_land() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    // Without any water it is not offered, and who asks gets land.
    let layer = async || served.json("/terrain/ground/layer.json").await["extensions"].to_string();
    assert_eq!(layer().await, r#"["octvertexnormals"]"#);
    let (dry, river_tile, lake_tile) = (at(30.0, 30.0), at(220.0, 190.0), at(475.0, 395.0));
    let before = tile(&served, LEVEL, dry).await;
    assert_eq!(mask(&before), [0]);

    // A short river that ends within its tile: neither its columns nor its rows are the same from both sides.
    let (river, lake) = ([210.0, 180.0, 226.0, 330.0], [350.0, 230.0, 600.0, 560.0]);
    import_water(&served, &[river, lake]).await;
    assert_eq!(layer().await, r#"["octvertexnormals","watermask"]"#);
    let with_river = tile(&served, LEVEL, river_tile).await;
    // A square is 0.6 m high; outlines are kept to half of that, and the map's lines bend less.
    check(&mask(&with_river), &expected(river_tile, &[river, lake], 1.0));
    assert_eq!(mask(&tile(&served, LEVEL, lake_tile).await), [255], "all of it lies in the lake");
    let still = tile(&served, LEVEL, dry).await;
    assert_eq!((mask(&still), still.header("etag")), (vec![0], before.header("etag")));
    // Far away the river is too small to be seen, the world is land, and tiles are there all the same.
    assert_eq!(mask(&tile(&served, 0, [1, 0]).await), [0]);
    let bare =
        served.get(&format!("/terrain/ground/{LEVEL}/{}/{}.terrain", river_tile[0], river_tile[1])).await;
    assert!(decode_quantized_mesh(&bare.body).unwrap().water_mask.is_none());

    // The river moves: its tile changes, and so does its tag; those elsewhere do not.
    let lake_before = tile(&served, LEVEL, lake_tile).await;
    let moved = [230.0, 180.0, 246.0, 330.0];
    import_water(&served, &[moved, lake]).await;
    let anew = tile(&served, LEVEL, river_tile).await;
    assert_ne!(anew.header("etag"), with_river.header("etag"));
    check(&mask(&anew), &expected(river_tile, &[moved, lake], 1.0));
    assert_eq!(tile(&served, LEVEL, lake_tile).await.header("etag"), lake_before.header("etag"));
    served.database.close().await;
}
