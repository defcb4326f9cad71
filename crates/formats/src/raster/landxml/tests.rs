//! Small surfaces, and the shared ones against what their own points say.

use crate::raster::data_tests::{data, open_bytes, open_bytes_with, whole};
use crate::raster::open_heights;
use stadtwin_model::VerticalCrs;

fn land_xml(head: &str, points: &str, faces: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><!-- a > b --><LandXML version=\"1.2\" xmlns=\"http://www.landxml.org/schema/LandXML-1.2\">{head}\
         <Surfaces><Surface name=\"a > b\"><Definition surfType=\"TIN\"><Pnts>{points}</Pnts><Faces>{faces}</Faces>\
         </Definition></Surface></Surfaces></LandXML>"
    )
}

const POINTS: &str = "<P id=\"7\">5335800 690800 500</P><P id=\"2\">5335800 690804 504</P>\
                      <P id=\"3\">5335804 690804 504</P><P id=\"4\">5335804 690800 500</P>";
const FACES: &str = "<F>7 2 3</F><F n=\"1 0 0\" i=\"1\">7 3 4</F>";

/// Hand: height is 500 + east; only the triangle south-east of the diagonal is visible.
#[test]
fn north_stands_first_and_hidden_faces_are_left_out() {
    let head = "<CoordinateSystem epsgCode=\"25832\" verticalDatum=\"DHHN2016\" ogcWktCode='a > \"b\"'/>";
    let mut source = open_bytes(land_xml(head, POINTS, FACES).as_bytes()).unwrap();
    let frame = source.frame().clone();
    let crs = frame.crs.unwrap();
    assert_eq!((crs.horizontal, crs.vertical), (25832, VerticalCrs::Epsg(7837)));
    assert_eq!((frame.first, frame.columns, frame.rows), ([690_800.0, 5_335_800.0], 5, 5));
    let heights = whole(&mut *source);
    for row in 0..5 {
        for column in 0..5 {
            let height = heights.at([column, row]);
            let visible = column >= row;
            let right = if visible { (height - 500.0 - column as f32).abs() < 1e-3 } else { height.is_nan() };
            assert!(right, "{column} {row} {height}");
        }
    }
}

#[test]
fn units_and_cells_are_minded() {
    let feet = "<Units><Imperial linearUnit=\"foot\"/></Units>";
    let mut source = open_bytes_with(land_xml(feet, POINTS, FACES).as_bytes(), Some(2.0)).unwrap();
    assert_eq!((source.frame().columns, source.frame().crs), (3, None));
    // 504 ft × 0.3048 = 153.6192 m.
    assert!((whole(&mut *source).at([2, 0]) - 153.6192).abs() < 1e-3);
}

#[test]
fn what_is_no_surface_is_refused_with_line_or_reason() {
    let version = land_xml("", POINTS, FACES).replace("version=\"1.2\"", "version=\"2.0\"");
    let cut: String = land_xml("", POINTS, FACES).chars().take(400).collect();
    for (text, part) in [
        (land_xml("", POINTS, ""), "without a triangulated surface"),
        (land_xml("", POINTS, "<F>7 2 9</F>"), "a face names a point"),
        (land_xml("", POINTS, "<F>7 2</F>"), "a face is `7 2`"),
        (land_xml("", "<P id=\"1\">1 2</P>", FACES), "a point is `1 2`"),
        (land_xml("", "<P id=\"1\">1 2 NaN</P>", FACES), "a point is `1 2 NaN`"),
        (version, "LandXML 2.0"),
        (cut, "ends"),
        ("<a><b/></a>".to_owned(), "its root element is `a`"),
        ("<!-- never closed ".to_owned(), "ends within a"),
        ("<LandXML version=\"1.2>".to_owned(), "ends within a tag"),
        (format!("<LandXML version=\"{}", ">".repeat(70_000)), "a tag is too long"),
    ] {
        let error = open_bytes(text.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Heights by the `P` lines themselves: a grid of 1 unit near them must not leave the range of the file's points;
/// the number of nodes inside the largest surface is its `area2DSurf` within the width of a cell along its rim.
#[test]
fn shared_surfaces_are_read() {
    let Some(data) = data() else { return };
    let folder = data.join("terrain/landxml");
    for (name, outcome) in [
        ("3D_modell_underlag_skyfall_20230915.xml", Ok(Some(3007))),
        ("Example_Clean.xml", Ok(None)),
        ("Example_Clean_without_schema.xml", Ok(None)),
        ("abrman-S1.xml", Ok(None)),
        ("abrman-S2.xml", Ok(None)),
        ("abrman-S3.xml", Ok(None)),
        ("abrman-S4.xml", Ok(None)),
        ("land_xml_empty_surface.xml", Err("without a triangulated surface")),
        ("land_xml_no_surface.xml", Err("without a triangulated surface")),
        ("land_xml_with_unsupported_schema.xml", Err("LandXML 99.0")),
        ("just_xml.xml", Err("`SomeXMLTag`")),
    ] {
        match (open_heights(&folder.join(name), &std::env::temp_dir(), None), outcome) {
            (Ok(source), Ok(crs)) => assert_eq!(source.frame().crs.map(|crs| crs.horizontal), crs, "{name}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (result, _) => panic!("{name}: {:?}", result.err()),
        }
    }
    // python: P in column order of S1; highest and lowest 'up' times 1200/3937.
    let text = std::fs::read_to_string(folder.join("abrman-S1.xml")).unwrap();
    let ups: Vec<f32> = text
        .split("<P id=")
        .skip(1)
        .filter_map(|point| point.split(['>', '<']).nth(1)?.split(' ').nth(2)?.parse::<f32>().ok())
        .map(|up| up * 1200.0 / 3937.0)
        .collect();
    let range = |values: &[f32]| {
        let known = values.iter().filter(|value| !value.is_nan());
        known.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        })
    };
    let mut source = open_heights(&folder.join("abrman-S1.xml"), &std::env::temp_dir(), None).unwrap();
    let ((low, high), (lowest, highest)) = (range(&whole(&mut *source).heights_m), range(&ups));
    assert!(low >= lowest - 0.01 && high <= highest + 0.01, "{low} {high} {lowest} {highest}");
    assert!(high - low > 0.8 * (highest - lowest), "{low} {high} {lowest} {highest}");
}
