//! Every packing of the same small grid, made by GDAL 3.6 (`tests/fixtures/raster/README.md` has the commands), and files
//! of surveys against `gdallocationinfo`.

use crate::raster::data_tests::{data, whole};
use crate::raster::{HeightSource, open_heights};
use stadtwin_model::{VerticalCrs, Window};
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/raster").join(name)
}

fn open(path: &Path) -> Box<dyn HeightSource> {
    open_heights(path, &std::env::temp_dir(), None).unwrap()
}

/// 40 × 30 heights of 500 + column / 4 + 2 × row, none at column 5 of row 3 from the south.
fn check_grid(name: &str, crs: Option<(u32, VerticalCrs)>) {
    let mut source = open(&fixture(name));
    let frame = source.frame().clone();
    assert_eq!(frame.crs.map(|crs| (crs.horizontal, crs.vertical)), crs, "{name}");
    assert_eq!((frame.first, frame.cell), ([691_001.0, 5_335_001.0], [2.0, 2.0]), "{name}");
    assert_eq!((frame.columns, frame.rows), (40, 30), "{name}");
    // The whole, a part across chunks, and more than there is.
    for (first, columns, rows) in [([0, 0], 40, 30), ([13, 1], 20, 18), ([-3, -2], 50, 40)] {
        let heights = source.read(Window { first, columns, rows }).unwrap();
        assert_eq!(heights.heights_m.len(), columns * rows);
        for row in first[1]..first[1] + rows as i64 {
            for column in first[0]..first[0] + columns as i64 {
                let inside = (0..40).contains(&column) && (0..30).contains(&row) && (column, row) != (5, 3);
                let expected =
                    if inside { 500.0 + column as f32 * 0.25 + row as f32 * 2.0 } else { f32::NAN };
                let height = heights.at([column, row]);
                let equal = height == expected || (height.is_nan() && expected.is_nan());
                assert!(equal, "{name} {column} {row}: {height} for {expected}");
            }
        }
    }
}

#[test]
fn every_packing_gives_the_same_heights() {
    let unknown = Some((25832, VerticalCrs::Unknown));
    for (name, crs) in [
        ("f32_strips_lzw.tif", unknown),
        ("f32_tiles_deflate_p3.tif", unknown),
        ("f32_plain_big_endian.tif", unknown),
        ("f32_bigtiff_point.tif", unknown),
        ("f64_tiles_lzw_p3.tif", unknown),
        ("i16_tiles_deflate_p2_scale.tif", unknown),
        ("i32_plain_scale_dhhn2016.tif", Some((25832, VerticalCrs::Epsg(7837)))),
        ("u16_packbits_scale_5555.tif", Some((25832, VerticalCrs::Epsg(5783)))),
        ("cog.tif", unknown),
        ("two_bands_pixel.tif", unknown),
        ("two_bands_planar.tif", unknown),
        ("no_tags.tif", None),
    ] {
        check_grid(name, crs);
    }
}

/// Only the north-west tile is there: `gdallocationinfo -geoloc` gives 562 at 691001 5335063, -9999 at 691063 5335063.
#[test]
fn tiles_left_out_hold_nothing() {
    let mut source = open(&fixture("sparse_matrix.tif"));
    assert_eq!(source.frame().first, [691_001.0, 5_335_001.0]);
    assert_eq!(source.frame().crs.map(|crs| crs.horizontal), Some(25833));
    let heights = whole(&mut *source);
    assert_eq!(heights.at([0, 31]), 562.0);
    assert!(heights.at([31, 31]).is_nan() && heights.at([0, 0]).is_nan());
}

#[test]
fn what_is_no_terrain_is_refused_with_the_reason() {
    for (name, part) in [("rgb.tif", "red, green and blue"), ("turned.tif", "turned or mirrored (tag 34264)")]
    {
        let error = open_heights(&fixture(name), &std::env::temp_dir(), None).err().unwrap().to_string();
        assert!(error.contains(part) && error.contains(name), "{error}");
    }
}

/// File, EPSG code or 0, places `[east, north, height]`, lowest and highest height.
type Known<'a> = (PathBuf, u32, &'a [(f64, f64, f32)], [f32; 2]);

/// Values by `gdallocationinfo -valonly -geoloc FILE EAST NORTH`, ranges by `gdalinfo -stats`.
#[test]
fn files_of_surveys_have_the_heights_that_gdal_finds() {
    let Some(data) = data() else { return };
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sample-data");
    let dgm1 =
        [(690000.5, 5335000.5, 520.443), (690999.5, 5335999.5, 515.955), (690500.5, 5335500.5, 516.801)];
    let known: [Known; 4] = [
        (data.join("de-bavaria/dgm1/690_5335.tif"), 25832, &dgm1, [510.341, 523.419]),
        (
            data.join("terrain/geotiff/dem_01.tif"),
            0,
            &[(505027.007, 5275116.685, 750.0), (523344.49, 5258300.636, 14.0)],
            [0.0, 971.0],
        ),
        (data.join("terrain/terra/elev.tif"), 4326, &[(6.1375, 49.8166, 290.0)], [141.0, 547.0]),
        (
            sample.join("terrain/dgm_696_5346.tif"),
            25832,
            &[(696102.5, 5346412.5, 484.38), (696997.5, 5346997.5, 475.99), (696502.5, 5346702.5, 479.89)],
            [472.5, 484.43],
        ),
    ];
    for (path, crs, places, range) in known {
        let mut source = open(&path);
        let frame = source.frame().clone();
        assert_eq!(frame.crs.map_or(0, |crs| crs.horizontal), crs, "{}", path.display());
        let heights = whole(&mut *source);
        for (east, north, expected) in places {
            let node = [(east - frame.first[0]) / frame.cell[0], (north - frame.first[1]) / frame.cell[1]];
            let height = heights.at(node.map(|value| value.round() as i64));
            assert!((height - expected).abs() < 1e-3, "{} {east} {north}: {height}", path.display());
        }
        let lowest = heights.heights_m.iter().copied().fold(f32::INFINITY, f32::min);
        let highest = heights.heights_m.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exact = (lowest - range[0]).abs() < 1e-3 && (highest - range[1]).abs() < 1e-3;
        assert!(exact, "{} {lowest} {highest}", path.display());
    }
}
