use super::*;
use crate::to_ecef;

const EGM96: &str = "/usr/share/proj/egm96_15.gtx";

/// Expected values from PROJ's `cct` with `+proj=vgridshift +grids=egm96_15.gtx`.
#[test]
fn egm96_agrees_with_proj() {
    let Some(model) = HeightModel::open(Path::new(EGM96)) else {
        eprintln!("skipped: {EGM96} is not installed");
        return;
    };
    let cases = [
        (11.65, 48.25, 45.517913),
        (11.5755, 48.1374, 45.533346),
        (179.9, -20.3, 49.907611),
        (-179.95, 0.1, 20.963420),
        (0.0, 0.0, 17.161579),
        (-0.01, 89.9, 13.724833),
        (139.7, 35.6, 36.358010),
    ];
    for (longitude, latitude, expected) in cases {
        let found = model.undulation_m(longitude, latitude).unwrap();
        assert!((found - expected).abs() < 1e-3, "{longitude} {latitude}: {found} {expected}");
    }
    assert_eq!(model.undulation_m(0.0, 91.0), None);
    assert_eq!(model.name(), "egm96");
}

/// 480 m above the geoid at E 696713.26 N 5347482.34 (EPSG:25832): GCG2016 gives an undulation of 45.527 m.
#[test]
fn a_height_above_the_geoid_reaches_earth_centred_coordinates() {
    let heights = HeightModel::Constant(45.527);
    let (longitude, latitude) = (11.649_999_986_5, 48.249_999_987_0);
    let height = 480.0 + heights.undulation_m(longitude, latitude).unwrap();
    let found = to_ecef(longitude, latitude, height);
    for (found, expected) in found.into_iter().zip([4167706.005, 859298.118, 4735823.893]) {
        assert!((found - expected).abs() < 0.02, "{found} {expected}");
    }
}

fn gtx(south: f64, west: f64, step: f64, rows: u32, columns: u32, values: &[f32]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in [south, west, step, step] {
        bytes.extend(value.to_be_bytes());
    }
    bytes.extend(rows.to_be_bytes());
    bytes.extend(columns.to_be_bytes());
    values.iter().for_each(|value| bytes.extend(value.to_be_bytes()));
    bytes
}

#[test]
fn a_regional_grid_ends_at_its_border() {
    let grid = Grid::from_gtx(&gtx(48.0, 11.0, 1.0, 2, 3, &[1.0, 2.0, -88.8888, 3.0, 4.0, 5.0])).unwrap();
    let cases = [
        (11.0, 48.0, Some(1.0)),
        (11.5, 48.5, Some(2.5)),
        (12.0, 49.0, None),
        (11.999, 49.0, Some(3.999)),
        (12.5, 48.5, None),
        (10.9, 48.5, None),
        (13.1, 48.5, None),
        (11.5, 47.9, None),
        (11.5, 49.1, None),
    ];
    for (longitude, latitude, expected) in cases {
        let found = grid.at(longitude, latitude);
        match expected {
            None => assert_eq!(found, None, "{longitude} {latitude}"),
            Some(value) => assert!((found.unwrap() - value).abs() < 1e-9, "{longitude} {latitude} {found:?}"),
        }
    }
    assert!(Grid::from_gtx(&gtx(48.0, 11.0, 1.0, 2000, 3000, &[1.0])).is_none());
    assert!(Grid::from_gtx(b"short").is_none());
}

#[test]
fn a_geotiff_is_read_north_row_first() {
    let file = tempfile::NamedTempFile::with_suffix(".tif").unwrap();
    let mut encoder = tiff::encoder::TiffEncoder::new(file.reopen().unwrap()).unwrap();
    let mut image = encoder.new_image::<tiff::encoder::colortype::Gray32Float>(3, 2).unwrap();
    // Pixel is point: the tie point is the middle of the first cell.
    image.encoder().write_tag(Tag::GeoKeyDirectoryTag, &[1u16, 1, 0, 1, 1025, 0, 1, 2][..]).unwrap();
    image.encoder().write_tag(Tag::ModelPixelScaleTag, &[0.5f64, 0.25, 0.0][..]).unwrap();
    image.encoder().write_tag(Tag::ModelTiepointTag, &[0.0f64, 0.0, 0.0, 11.0, 48.0, 0.0][..]).unwrap();
    image.write_data(&[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
    let model = HeightModel::open(file.path()).unwrap();
    for (longitude, latitude, expected) in
        [(11.0, 48.0, 1.0), (11.5, 47.75, 5.0), (12.0, 48.0, 3.0), (11.25, 47.875, 3.0)]
    {
        assert_eq!(model.undulation_m(longitude, latitude), Some(expected), "{longitude} {latitude}");
    }
    assert_eq!(model.name(), "gcg2016");
}
