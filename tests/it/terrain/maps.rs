//! Pictures and lines of a terrain.

use stadtwin::crs::{CRS84, Transformer};
use stadtwin::jobs::TerrainImport;
use stadtwin::model::{Crs, VerticalCrs};

use super::{import, plane, write_four};
use crate::support::served::Served;

const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

/// Pixels of an 8-bit PNG, and how many bytes one has.
fn pixels(bytes: &[u8]) -> (Vec<u8>, usize) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height, info.bit_depth), (256, 256, png::BitDepth::Eight));
    (pixels, info.color_type.samples())
}

#[tokio::test]
async fn terrain_rgb_holds_the_heights() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let to_utm = Transformer::new(&CRS84, &UTM).unwrap();
    // 11.65° E 48.25° N by the slippy map's formulas: column = (lon + 180) / 360 · 2^z, row by asinh(tan lat).
    for (level, col, row) in [(17_u32, 69_777_u32, 45_426_u32), (16, 34_888, 22_713), (12, 2180, 1419)] {
        let path =
            format!("/terrain/ground/styles/terrain-rgb/map/tiles/WebMercatorQuad/{level}/{row}/{col}");
        let answer = served.get(&path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "image/png"), "{path}");
        let (pixels, samples) = pixels(&answer.body);
        let mut known = 0;
        for (index, pixel) in pixels.chunks_exact(samples).enumerate().filter(|(index, _)| index % 37 == 0) {
            if samples == 4 && pixel[3] == 0 {
                continue;
            }
            let count = f64::from(1_u32 << level);
            let x = (f64::from(col) + ((index % 256) as f64 + 0.5) / 256.0) / count;
            let y = (f64::from(row) + ((index / 256) as f64 + 0.5) / 256.0) / count;
            let latitude = (std::f64::consts::PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees();
            let mut place = [[x * 360.0 - 180.0, latitude]];
            to_utm.convert_2d(&mut place).unwrap();
            let height = -10_000.0
                + 0.1 * (f64::from(pixel[0]) * 65_536.0 + f64::from(pixel[1]) * 256.0 + f64::from(pixel[2]));
            assert!((height - plane(place[0])).abs() < 0.06, "{level} {place:?}: {height}");
            known += 1;
        }
        assert!(known > 0, "{path}");
    }
    served.database.close().await;
}

#[tokio::test]
async fn hillshades_are_even_on_a_plane_and_nothing_lies_outside() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let base = "/terrain/ground/styles/hillshade/map/tiles/WebMercatorQuad";
    let (pixels, samples) = pixels(&served.get(&format!("{base}/17/45426/69777")).await.body);
    let greys: std::collections::BTreeSet<_> =
        pixels.chunks_exact(samples).filter(|pixel| pixel[samples - 1] != 0).map(|pixel| pixel[0]).collect();
    assert!(!greys.is_empty() && greys.last().unwrap() - greys.first().unwrap() <= 1, "{greys:?}");
    for name in ["17/45426/0", "17/0/69777", "25/0/0", "0/1/0", "x/0/0"] {
        assert_eq!(served.get(&format!("{base}/{name}")).await.status, 404, "{name}");
    }
    assert_eq!(served.get(&base.replace("hillshade", "none")).await.status, 404);
    let tileset = served.json(base).await;
    assert_eq!(tileset["dataType"], "map");
    let limits = &tileset["tileMatrixSetLimits"][17];
    assert_eq!((&limits["tileMatrix"], &limits["minTileRow"]), (&"17".into(), &45_424.into()));
    served.database.close().await;
}

#[tokio::test]
async fn contours_run_where_the_heights_are() {
    let served = Served::start().await;
    write_four(served.folder.path());
    import(&served, &["*.tif"], TerrainImport::default()).await.unwrap();
    let all = served.json("/terrain/ground/contours?interval=2").await;
    let features = all["features"].as_array().unwrap();
    let mut heights: Vec<_> =
        features.iter().map(|feature| feature["properties"]["elevation"].as_f64().unwrap()).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup();
    // Hand: 480.015 … 497.985 m.
    assert_eq!(heights, [482.0, 484.0, 486.0, 488.0, 490.0, 492.0, 494.0, 496.0]);
    let to_utm = Transformer::new(&CRS84, &UTM).unwrap();
    for feature in features {
        let line: Vec<[f64; 2]> = serde_json::from_value(feature["geometry"]["coordinates"].clone()).unwrap();
        let mut places = line;
        to_utm.convert_2d(&mut places).unwrap();
        for place in places {
            let off = plane(place) - feature["properties"]["elevation"].as_f64().unwrap();
            assert!(off.abs() < 0.002, "{place:?}: {off}");
        }
    }
    let boxed = served.json("/terrain/ground/contours?interval=2&bbox=11.649,48.249,11.651,48.251").await;
    let count = boxed["numberReturned"].as_u64().unwrap();
    assert!(count > 0 && count < features.len() as u64 + 1, "{count}");
    assert_eq!(served.json("/terrain/ground/contours?bbox=10,40,11,41").await["numberReturned"], 0);
    for query in ["interval=0", "interval=x", "bbox=1,2,3"] {
        assert_eq!(served.get(&format!("/terrain/ground/contours?{query}")).await.status, 400, "{query}");
    }
    served.database.close().await;
}
