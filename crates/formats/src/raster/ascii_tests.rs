//! ESRI ASCII grids in every spelling, packed ones, and the shared ones against the GeoTIFF they were cut from.

use super::data_tests::{data, open_bytes, whole};
use super::open_heights;
use flate2::{Compression, write::GzEncoder};
use std::io::Write;
use std::path::Path;

/// Three columns, two rows, nodes at 100.5 + column × 2 and 200.5 + row × 2, heights 1…6 from the north-west, 5 unknown.
fn check(name: &str, bytes: &[u8]) {
    let mut source = open_bytes(bytes).unwrap();
    let frame = source.frame().clone();
    assert_eq!((frame.first, frame.cell), ([100.5, 200.5], [2.0, 2.0]), "{name}");
    let heights = whole(&mut *source).heights_m;
    let known: Vec<f32> = heights.iter().map(|height| if height.is_nan() { -1.0 } else { *height }).collect();
    assert_eq!(known, [4.0, -1.0, 6.0, 1.0, 2.0, 3.0], "{name}");
}

const CENTRE: &str =
    "ncols 3\nnrows 2\nxllcenter 100.5\nyllcenter 200.5\ncellsize 2\nNODATA_value -1\n1 2 3\n4 -1 6\n";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_spelling_is_understood() {
    let corner =
        CENTRE.replace("xllcenter 100.5", "XLLCORNER 99.5").replace("yllcenter 200.5", "YLLCORNER 199.5");
    let cells = CENTRE.replace("cellsize 2", "dx 2\ndy 2");
    let without = CENTRE.replace("NODATA_value -1\n", "").replace("-1", "-9999");
    let words = CENTRE.replace("NODATA_value -1", "NODATA_value nan").replace("4 -1", "4 nan");
    let wrapped = CENTRE.replace("1 2 3\n4 -1 6\n", " 1 2\r\n\r\n3 4\t-1e0\n6.000 ");
    for (name, text) in [
        ("centre", CENTRE),
        ("corner", &corner),
        ("dx and dy", &cells),
        ("no value for nothing", &without),
        ("nan", &words),
        ("wrapped lines", &wrapped),
    ] {
        check(name, text.as_bytes());
    }
    check("gzip", &gzip(CENTRE.as_bytes()));
    let meta = ("readme.xml", &b"<metadata/>"[..]);
    check("zip", &zip(&[("a/dem.asc", CENTRE.as_bytes()), meta, ("page.html", b"<html/>")]));
    check("gzip in zip", &zip(&[("dem.asc.gz", &gzip(CENTRE.as_bytes())), meta]));
}

#[test]
fn several_files_of_an_archive_are_all_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiles.zip");
    let tiff = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/raster/no_tags.tif");
    let tiff_bytes = std::fs::read(&tiff).unwrap();
    let world = std::fs::read(tiff.with_extension("tfw")).unwrap();
    let prj = br#"PROJCS["ETRS_1989_UTM_Zone_32N",GEOGCS["GCS_ETRS_1989"]]"#;
    let files = [
        ("t/b.tif", tiff_bytes.as_slice()),
        ("t/b.TFW", &world),
        ("a.asc", CENTRE.as_bytes()),
        ("a.prj", prj),
        ("t/b.prj", prj),
    ];
    std::fs::write(&path, zip(&files)).unwrap();
    let error = open_heights(&path, folder.path(), None).err().unwrap().to_string();
    assert!(error.contains("holds 2 files of heights"), "{error}");
    let sources = super::open_all_heights(&path, folder.path(), None).unwrap();
    let columns: Vec<usize> = sources.iter().map(|source| source.frame().columns).collect();
    assert_eq!(columns, [3, 40]);
    for source in &sources {
        assert_eq!(source.frame().crs.map(|crs| crs.horizontal), Some(25832));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "temporary grids are gone or nameless");
}

#[test]
fn what_is_no_grid_is_refused_with_line_or_reason() {
    for (from, to, part) in [
        ("1 2 3", "1 2,5 3", "at line 7: `2,5` is no number; decimals are written with a point"),
        ("4 -1 6\n", "4 -1", "the file ends after 1 rows and 2 values of 2 rows of 3 values"),
        ("4 -1 6\n", "4 -1 6 7", "more values than the 3 × 2"),
        ("ncols 3\n", "", "no `ncols`"),
        ("ncols 3", "ncols 3.5", "claims 3.5 columns"),
        ("ncols 3", "ncols 1000000000", "claims 1000000000 columns"),
        ("ncols 3\nnrows 2", "ncols 1000000\nnrows 1000000", "the file ends after 0 rows"),
        ("cellsize 2", "cellsize -2", "cells of -2"),
        ("cellsize 2", "cellsize two", "`cellsize` is followed by no number"),
        ("nrows", "nrose", "`nrose` belongs to no header"),
        ("1 2 3", &"9".repeat(300), "more than 256 characters"),
    ] {
        let text = CENTRE.replace(from, to);
        let text = if text.starts_with("nrows") { text.replace("nrows", "NROWS") } else { text };
        let error = open_bytes(text.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(part), "{from} → {to}: {error}");
    }
}

/// The 200 × 200 m piece of DGM1 as ESRI ASCII grid and as XYZ (3 decimals) against the GeoTIFF it was cut from.
#[test]
fn the_same_ground_is_the_same_in_every_format() {
    let Some(data) = data() else { return };
    let folder = data.join("de-bavaria");
    let mut tile = open_heights(&folder.join("dgm1/690_5335.tif"), &std::env::temp_dir(), None).unwrap();
    let heights = whole(&mut *tile);
    for ending in ["asc", "xyz"] {
        let path = folder.join("dgm1-derived/dgm1_690800_5335800_200m").with_extension(ending);
        let mut piece = open_heights(&path, &std::env::temp_dir(), None).unwrap();
        let frame = piece.frame().clone();
        assert_eq!((frame.first, frame.columns, frame.rows), ([690_800.5, 5_335_800.5], 200, 200));
        let own = whole(&mut *piece);
        for row in 0..200 {
            for column in 0..200 {
                let (a, b) = (own.at([column, row]), heights.at([column + 800, row + 800]));
                assert!((a - b).abs() < 6e-4, "{ending} {column} {row}: {a} {b}");
            }
        }
    }
}

/// `gdallocationinfo -valonly -geoloc terrain/ascii-grid/FILE EAST NORTH`.
#[test]
fn shared_grids_have_the_heights_that_gdal_finds() {
    let Some(data) = data() else { return };
    for (name, east, north, expected) in [
        ("pit.dem", 421_575.5, 4_872_709.5, 5.0),
        ("testdem1.dem", 421_575.5, 4_872_709.5, 2.0),
        ("garbrecht_valley.dem", 421_605.5, 4_872_736.5, 4.0),
        ("multi_flat.dem", 421_575.5, 4_872_709.5, 2.0),
        ("multi_flat_run.dem", 421_575.5, 4_872_709.5, 0.0),
    ] {
        let path = data.join("terrain/ascii-grid").join(name);
        let mut source = open_heights(&path, &std::env::temp_dir(), None).unwrap();
        let first = source.frame().first;
        let node = [(east - first[0]) / 3.0, (north - first[1]) / 3.0].map(|value: f64| value.round() as i64);
        let height = whole(&mut *source).at(node);
        assert!(height == expected, "{name} {height}");
    }
}
