//! The area of an organization out of a GeoJSON file, in the storage CRS.

use anyhow::{Context, bail};
use serde_json::Value;

use stadtwin_crs::{CRS84, Transformer, check_area, parse_srs_name};
use stadtwin_formats::{ShapeKind, read_shape};
use stadtwin_model::{Crs, Footprint};

/// Digits of coordinates that look like metres, not degrees.
const MOST_DEGREES: f64 = 360.0;

/// Polygons of a geometry, a feature or all features of a collection. `crs` goes before the CRS that the document names;
/// without either it is CRS84.
pub fn read_boundary(document: &Value, crs: Option<Crs>, storage: &Crs) -> anyhow::Result<Footprint> {
    let crs = match (crs, named_crs(document)?) {
        (Some(crs), _) | (None, Some(crs)) => crs,
        (None, None) => CRS84,
    };
    let mut boundary = Footprint::new();
    for geometry in geometries(document)? {
        let shape = read_shape(geometry).map_err(anyhow::Error::msg)?.context("the file has no geometry")?;
        if shape.kind != ShapeKind::Polygons {
            bail!("a boundary is made of polygons, not of points or lines");
        }
        for polygon in shape.parts {
            let ring = |ring: Vec<[f64; 3]>| ring.into_iter().map(|[x, y, _]| [x, y]).collect();
            boundary.push(polygon.into_iter().map(ring).collect());
        }
    }
    let transformer = Transformer::new(&Crs { north_first: false, ..crs }, storage)?;
    for ring in boundary.iter_mut().flatten() {
        convert(ring, &crs, &transformer)?;
    }
    Ok(boundary)
}

/// Into the storage CRS, closed at the end.
fn convert(ring: &mut Vec<[f64; 2]>, crs: &Crs, transformer: &Transformer) -> anyhow::Result<()> {
    if crs.north_first {
        ring.iter_mut().for_each(|point| point.swap(0, 1));
    }
    for [east, north] in ring.iter() {
        if *crs == CRS84 && (east.abs() > MOST_DEGREES || north.abs() > 90.0) {
            bail!("point {east} {north} is no longitude and latitude: say with `--crs` what it is");
        }
        check_area(crs, [*east, *north, 0.0])?;
    }
    transformer.convert_2d(ring)?;
    ring.extend(ring.first().copied());
    Ok(())
}

/// The `crs` of GeoJSON before RFC 7946, which files of surveys still have.
fn named_crs(document: &Value) -> anyhow::Result<Option<Crs>> {
    let Some(crs) = document.get("crs").filter(|crs| !crs.is_null()) else { return Ok(None) };
    let name = crs.pointer("/properties/name").and_then(Value::as_str);
    let name = name.context("`crs` of the file names no coordinate reference system: give `--crs`")?;
    let crs = parse_srs_name(name)?;
    // GeoJSON has east first, whatever the name says.
    Ok(Some(Crs { north_first: false, ..crs }))
}

fn geometries(document: &Value) -> anyhow::Result<Vec<&Value>> {
    let kind = document.get("type").and_then(Value::as_str).context("the file is no GeoJSON")?;
    let of = |feature: &'_ Value| feature.get("geometry").is_some();
    match kind {
        "FeatureCollection" => {
            let features = document.get("features").and_then(Value::as_array);
            let features = features.filter(|features| !features.is_empty() && features.iter().all(of));
            let features = features.context("the collection has no features with geometries")?;
            Ok(features.iter().filter_map(|feature| feature.get("geometry")).collect())
        }
        "Feature" => Ok(vec![document.get("geometry").context("the feature has no geometry")?]),
        _ => Ok(vec![document]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use stadtwin_model::VerticalCrs;

    use super::*;

    const STORAGE: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Unknown, north_first: false };

    fn square() -> Value {
        json!([[
            [696_000.0, 5_346_000.0],
            [697_000.0, 5_346_000.0],
            [697_000.0, 5_347_000.0],
            [696_000.0, 5_346_000.0]
        ]])
    }

    #[test]
    fn polygons_come_in_many_wrappings() {
        let polygon = json!({ "type": "Polygon", "coordinates": square() });
        let feature = json!({ "type": "Feature", "properties": {}, "geometry": polygon });
        let several = json!({ "type": "MultiPolygon", "coordinates": [square()] });
        let collection = json!({ "type": "FeatureCollection", "features": [feature, feature] });
        for (document, count) in [(&polygon, 1), (&feature, 1), (&several, 1), (&collection, 2)] {
            let boundary = read_boundary(document, Some(STORAGE), &STORAGE).unwrap();
            assert_eq!(boundary.len(), count, "{document}");
            assert_eq!(boundary[0][0].len(), 4);
            assert_eq!(boundary[0][0][0], boundary[0][0][3]);
        }
    }

    #[test]
    fn the_file_may_name_its_system() {
        let mut named = json!({ "type": "Polygon", "coordinates": square() });
        named["crs"] = json!({ "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::25832" } });
        assert_eq!(read_boundary(&named, None, &STORAGE).unwrap()[0][0][1], [697_000.0, 5_346_000.0]);
        // Karney (2011), Krüger's series for GRS 80, zone 32, reckoned apart: 696713.261, 5347482.341.
        let degrees = json!({ "type": "Polygon", "coordinates": [[[11.65, 48.25], [11.66, 48.25], [11.66, 48.26], [11.65, 48.25]]] });
        let [east, north] = read_boundary(&degrees, None, &STORAGE).unwrap()[0][0][0];
        assert!((east - 696_713.261).abs() < 0.01 && (north - 5_347_482.341).abs() < 0.01, "{east} {north}");
    }

    #[test]
    fn what_is_no_boundary_is_refused() {
        let polygon = json!({ "type": "Polygon", "coordinates": square() });
        let line = json!({ "type": "LineString", "coordinates": [[11.65, 48.25], [11.66, 48.25]] });
        let mut odd = polygon.clone();
        odd["crs"] = json!({ "type": "link" });
        for (document, part) in [
            (polygon, "--crs"),
            (line, "polygons"),
            (odd, "`crs`"),
            (json!({}), "GeoJSON"),
            (json!({ "type": "FeatureCollection", "features": [] }), "no features"),
            (json!({ "type": "Feature", "geometry": null }), "no geometry"),
        ] {
            let error = read_boundary(&document, None, &STORAGE).unwrap_err();
            assert!(format!("{error:#}").contains(part), "{document}: {error:#}");
        }
    }
}
