//! Pictures and lines of a terrain.

use stadtwin::crs::{CRS84, Transformer};
use stadtwin::jobs::TerrainImport;
use stadtwin::model::{Crs, VerticalCrs};

use super::{import, plane, write_four};
use crate::map_tiles::{packed, parts};
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
    for (query, told) in [("nonsense", "all, none or up to 1000 ids"), ("7", "names 7, which terrain")] {
        for address in
            [format!("{base}?modifications={query}"), format!("{base}/17/45426/69777?modifications={query}")]
        {
            let answer = served.get(&address).await;
            assert!(answer.status == 400 && answer.text().contains(told), "{address}: {}", answer.text());
        }
    }
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

/// Lines of a tile: their heights [m], whether they are index lines, their points [units].
fn contour_lines(tile: &[u8]) -> Vec<(f64, bool, Vec<[i64; 2]>)> {
    let [layer] = parts(tile, 3)[..] else { panic!("one layer") };
    assert_eq!(parts(layer, 1), [b"contours"]);
    let (keys, values) = (parts(layer, 3), parts(layer, 4));
    let line = |feature: &&[u8]| {
        let tags = packed(parts(feature, 2)[0]);
        let value = |name: &[u8]| {
            values[tags.chunks(2).find(|tag| keys[tag[0] as usize] == name).unwrap()[1] as usize]
        };
        let height = f64::from_le_bytes(parts(value(b"elevation"), 3)[0].try_into().unwrap());
        let commands = packed(parts(feature, 4)[0]);
        let signed = |value: u64| (value >> 1) as i64 ^ -((value & 1) as i64);
        // MoveTo 1, LineTo n: one line a feature.
        assert_eq!((commands[0], commands[3] & 7), (9, 2));
        let steps = [[commands[1], commands[2]]].into_iter();
        let steps = steps.chain(commands[4..].chunks(2).map(|step| [step[0], step[1]]));
        let points = steps.scan([0, 0], |at, [x, y]| {
            *at = [at[0] + signed(x), at[1] + signed(y)];
            Some(*at)
        });
        // bool_value (7) is a varint: tag 0x38, then 0 or 1.
        (height, value(b"index") == [0x38, 1], points.collect())
    };
    parts(layer, 2).iter().map(line).collect()
}

/// A hill with slopes to all sides, so that borders are crossed both ways.
fn hill([east, north]: [f64; 2]) -> f64 {
    let [x, y] = [east - super::CORNER[0] - 300.0, north - super::CORNER[1] - 300.0];
    520.0 - (x * x + y * y) / 4_000.0 + (x / 37.0).sin() * 3.0
}

#[tokio::test]
async fn contour_tiles_lie_on_the_ground_and_meet() {
    let served = Served::start().await;
    crate::support::geotiff::Raster::square([super::CORNER[0], super::CORNER[1] + 600.0], 600)
        .write(&served.folder.path().join("hill.tif"), hill);
    import(&served, &["hill.tif"], TerrainImport::default()).await.unwrap();
    let base = "/terrain/ground/tiles/WebMercatorQuad";
    let tilejson = served.json(&format!("{base}?f=tilejson&step=2")).await;
    assert!(tilejson["tiles"][0].as_str().unwrap().ends_with(&format!("{base}/{{z}}/{{y}}/{{x}}?step=2")));
    assert_eq!(tilejson["vector_layers"][0]["id"], "contours");
    let document = served.json(base).await;
    assert_eq!(document["dataType"], "vector");
    let to_utm = Transformer::new(&CRS84, &UTM).unwrap();
    let mut meetings = 0;
    // Drawn from the grid itself; from it, coarser than its cells; from the coarse levels.
    for (level, off_m) in [(18_u32, 0.02), (17, 0.02), (16, 0.04), (14, 0.15)] {
        let limits = &document["tileMatrixSetLimits"][level as usize];
        let [west, east, north, south] = ["minTileCol", "maxTileCol", "minTileRow", "maxTileRow"]
            .map(|name| limits[name].as_u64().unwrap());
        let mut tiles = std::collections::BTreeMap::new();
        for (x, y) in (west..=east).flat_map(|x| (north..=south).map(move |y| (x, y))) {
            let answer = served.get(&format!("{base}/{level}/{y}/{x}?step=2")).await;
            match answer.status {
                204 => continue,
                200 => assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile"),
                status => panic!("{level}/{y}/{x}: {status} {}", answer.text()),
            }
            tiles.insert((x, y), contour_lines(&answer.body));
        }
        let count = f64::from(1_u32 << level);
        let mut checked = 0;
        for ((x, y), lines) in &tiles {
            for (height, is_index, points) in lines {
                assert_eq!(height % 2.0, 0.0);
                assert_eq!(*is_index, height % 10.0 == 0.0, "{height}");
                for [u, v] in points.iter().step_by(7) {
                    let share = |tile: u64, units: i64| (tile as f64 + units as f64 / 4096.0) / count;
                    let latitude =
                        (std::f64::consts::PI * (1.0 - 2.0 * share(*y, *v))).sinh().atan().to_degrees();
                    let mut place = [[share(*x, *u) * 360.0 - 180.0, latitude]];
                    to_utm.convert_2d(&mut place).unwrap();
                    let off = hill(place[0]) - height;
                    assert!(off.abs() < off_m, "{level}: {place:?} is off by {off} m");
                    checked += 1;
                }
            }
            // Where lines cross the border, the neighbour's go on, at the same unit.
            let on = |lines: &[(f64, bool, Vec<[i64; 2]>)], axis: usize, at: i64| {
                let mut found: Vec<(i64, i64)> = lines
                    .iter()
                    .flat_map(|(height, _, points)| {
                        let on = points.iter().filter(|point| point[axis] == at);
                        on.map(|point| (*height as i64, point[1 - axis])).collect::<Vec<_>>()
                    })
                    .filter(|(_, along)| (0..=4096).contains(along))
                    .collect();
                found.sort_unstable();
                found.dedup();
                found
            };
            for (neighbour, axis) in [((x + 1, *y), 0), ((*x, y + 1), 1)] {
                let Some(other) = tiles.get(&neighbour) else { continue };
                let (ours, theirs) = (on(lines, axis, 4096), on(other, axis, 0));
                assert_eq!(ours, theirs, "{level}: {x}/{y} and {neighbour:?}");
                meetings += ours.len();
            }
        }
        assert!(checked > 10, "{level}: {checked}");
    }
    assert!(meetings > 20, "{meetings}");
    for (name, status) in [("17/0/0", 404), ("25/0/0", 404), ("x/0/0", 404)] {
        assert_eq!(served.get(&format!("{base}/{name}")).await.status, status, "{name}");
    }
    let wrong = served.get(&format!("{base}?step=0")).await;
    assert!(wrong.status == 400 && wrong.text().contains("`step`"), "{}", wrong.text());
    served.database.close().await;
}
