//! A modification as a GeoJSON feature: read with its checks, written with its figures.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::crs::{Transformer, is_geographic};
use crate::model::{Crs, EditFigures, GroundEdit, GroundTarget, Terrain, TerrainModification};
use crate::store::NewModification;

use super::super::tile::{around, edges};
use super::{MOST_NAME, ModificationError};

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    geometry: Shape,
    properties: Properties,
}

/// A geometry of GeoJSON.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    coordinates: Value,
}

/// What stands in an answer and is reckoned may come back, and does not count.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    name: String,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default)]
    base: bool,
    embankment: Option<f64>,
    target: TargetDocument,
    #[serde(default, rename = "terrain")]
    _terrain: IgnoredAny,
    #[serde(default, rename = "scenario")]
    _scenario: IgnoredAny,
    #[serde(default, rename = "cut")]
    _cut: IgnoredAny,
    #[serde(default, rename = "fill")]
    _fill: IgnoredAny,
    #[serde(default, rename = "cutArea")]
    _cut_area: IgnoredAny,
    #[serde(default, rename = "fillArea")]
    _fill_area: IgnoredAny,
    #[serde(default, rename = "unknownNodes")]
    _unknown_nodes: IgnoredAny,
    #[serde(default, rename = "method")]
    _method: IgnoredAny,
    #[serde(default, rename = "extent")]
    _extent: IgnoredAny,
    #[serde(default, rename = "terrainRevision")]
    _terrain_revision: IgnoredAny,
    #[serde(default, rename = "revision")]
    _revision: IgnoredAny,
    #[serde(default, rename = "created")]
    _created: IgnoredAny,
    #[serde(default, rename = "changed")]
    _changed: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum TargetDocument {
    Level { height: f64 },
    Slope { through: [f64; 3], gradient: f64, uphill: f64 },
    Tin { points: Option<Vec<[f64; 3]>>, triangles: Option<Vec<[u32; 3]>>, geometry: Option<Shape> },
}

fn yes() -> bool {
    true
}

fn wrong(what: impl Into<String>) -> ModificationError {
    ModificationError::Document(what.into())
}

/// Reads a feature whose coordinates are in `crs`, in the order of its axes. The edit is not checked yet.
pub fn parse_modification(
    bytes: &[u8],
    crs: &Crs,
    terrain: &Terrain,
) -> Result<NewModification, ModificationError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|fault| {
        wrong(format!("this is no modification: {fault}; see the documentation for what one is"))
    })?;
    if document.kind != "Feature" {
        return Err(wrong(format!("a modification is a GeoJSON `Feature`, not `{}`", shown(&document.kind))));
    }
    let properties = document.properties;
    if properties.name.chars().count() > MOST_NAME {
        return Err(wrong(format!("`name` has more than {MOST_NAME} signs")));
    }
    let mut edit = GroundEdit {
        polygon: rings(&document.geometry)?,
        target: target(properties.target)?,
        embankment: properties.embankment,
    };
    // Before anything is done with so many points.
    edit.check_size()?;
    convert(&mut edit, &Way::of(crs, &terrain.crs)?)?;
    Ok(NewModification {
        name: properties.name,
        is_enabled: properties.enabled,
        in_base: properties.base,
        edit,
        figures: None,
    })
}

fn rings(shape: &Shape) -> Result<Vec<Vec<[f64; 2]>>, ModificationError> {
    if shape.kind != "Polygon" {
        return Err(wrong(format!("`geometry` must be a Polygon, not `{}`", shown(&shape.kind))));
    }
    let rings = shape.coordinates.as_array().ok_or_else(|| wrong("`geometry` has no rings"))?;
    let ring = |(number, ring): (usize, &Value)| {
        let points =
            ring.as_array().ok_or_else(|| wrong(format!("ring {number} of the polygon is no array")))?;
        let point = |(at, point): (usize, &Value)| {
            position::<2>(point)
                .ok_or_else(|| wrong(format!("point {at} of ring {number} of the polygon is not `[x, y]`")))
        };
        points.iter().enumerate().map(point).collect()
    };
    rings.iter().enumerate().map(ring).collect()
}

/// The first numbers of a position.
fn position<const N: usize>(value: &Value) -> Option<[f64; N]> {
    let mut numbers = [0.0; N];
    for (index, number) in numbers.iter_mut().enumerate() {
        *number = value.get(index)?.as_f64()?;
    }
    Some(numbers)
}

fn target(document: TargetDocument) -> Result<GroundTarget, ModificationError> {
    match document {
        TargetDocument::Level { height } => Ok(GroundTarget::Level(height)),
        TargetDocument::Slope { through, gradient, uphill } => {
            Ok(GroundTarget::Slope { through, gradient, uphill_deg: uphill })
        }
        TargetDocument::Tin { points: Some(points), triangles: Some(triangles), geometry: None } => {
            Ok(GroundTarget::Tin { points, triangles })
        }
        TargetDocument::Tin { points: None, triangles: None, geometry: Some(shape) } => tin(&shape),
        TargetDocument::Tin { .. } => {
            Err(wrong("a `target` of type tin has either `points` and `triangles` or a `geometry`"))
        }
    }
}

/// Triangles as polygons: equal corners become one point.
fn tin(shape: &Shape) -> Result<GroundTarget, ModificationError> {
    let polygons =
        shape.coordinates.as_array().filter(|_| shape.kind == "MultiPolygon").ok_or_else(|| {
            wrong(format!(
                "`target.geometry` must be a MultiPolygon of triangles, not `{}`",
                shown(&shape.kind)
            ))
        })?;
    let (mut points, mut numbers) = (Vec::new(), HashMap::new());
    let mut triangles = Vec::with_capacity(polygons.len().min(65_536));
    for (number, polygon) in polygons.iter().enumerate() {
        let fault = || {
            wrong(format!(
                "triangle {number} of `target.geometry` must be one closed ring of three `[x, y, height]`"
            ))
        };
        let ring = polygon.as_array().filter(|rings| rings.len() == 1).and_then(|rings| rings[0].as_array());
        let corners: Option<Vec<[f64; 3]>> = ring.ok_or_else(fault)?.iter().map(position::<3>).collect();
        let corners =
            corners.filter(|corners| corners.len() == 4 && corners[0] == corners[3]).ok_or_else(fault)?;
        let mut corner = |index: usize| {
            let point = corners[index];
            *numbers.entry(point.map(f64::to_bits)).or_insert_with(|| {
                points.push(point);
                points.len() as u32 - 1
            })
        };
        triangles.push([corner(0), corner(1), corner(2)]);
    }
    Ok(GroundTarget::Tin { points, triangles })
}

/// Between the CRS of a document and that of a terrain.
struct Way {
    transformer: Transformer,
    swaps_before: bool,
    swaps_after: bool,
}

impl Way {
    fn of(from: &Crs, to: &Crs) -> Result<Way, ModificationError> {
        let transformer = Transformer::new(from, to).map_err(|_| ModificationError::Crs)?;
        Ok(Way { transformer, swaps_before: from.north_first, swaps_after: to.north_first })
    }

    fn convert(&self, points: &mut [[f64; 2]]) -> Result<(), ModificationError> {
        let swap = |points: &mut [[f64; 2]]| points.iter_mut().for_each(|point| point.swap(0, 1));
        if self.swaps_before {
            swap(points);
        }
        self.transformer.convert_2d(points).map_err(|_| ModificationError::Crs)?;
        if self.swaps_after {
            swap(points);
        }
        Ok(())
    }

    fn convert_3d(&self, points: &mut [[f64; 3]]) -> Result<(), ModificationError> {
        let mut places: Vec<[f64; 2]> = points.iter().map(|[x, y, _]| [*x, *y]).collect();
        self.convert(&mut places)?;
        for (point, [x, y]) in points.iter_mut().zip(places) {
            [point[0], point[1]] = [x, y];
        }
        Ok(())
    }
}

fn convert(edit: &mut GroundEdit, way: &Way) -> Result<(), ModificationError> {
    edit.polygon.iter_mut().try_for_each(|ring| way.convert(ring))?;
    match &mut edit.target {
        GroundTarget::Level(_) => Ok(()),
        GroundTarget::Slope { through, .. } => way.convert_3d(std::slice::from_mut(through)),
        GroundTarget::Tin { points, .. } => way.convert_3d(points),
    }
}

/// The feature in `crs`, with the axes in its order; volumes in cubic metres against the ground as surveyed.
pub fn feature(
    terrain: &Terrain,
    modification: &TerrainModification,
    figures: &EditFigures,
    crs: &Crs,
) -> Result<Value, ModificationError> {
    let way = Way::of(&terrain.crs, crs)?;
    let mut edit = modification.edit.clone();
    convert(&mut edit, &way)?;
    // A tenth of a millimetre.
    let factor = if is_geographic(crs) { 1e9 } else { 1e4 };
    let place = |value: f64| (value * factor).round() / factor;
    let closed = |ring: &Vec<[f64; 2]>| {
        let mut ring: Vec<[f64; 2]> = ring.iter().map(|point| point.map(place)).collect();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        ring
    };
    let point = |[x, y, height]: [f64; 3]| [place(x), place(y), height];
    let target = match edit.target {
        GroundTarget::Level(height) => json!({ "type": "level", "height": height }),
        GroundTarget::Slope { through, gradient, uphill_deg } => json!({
            "type": "slope", "through": point(through), "gradient": gradient, "uphill": uphill_deg,
        }),
        GroundTarget::Tin { points, triangles } => json!({
            "type": "tin", "points": points.into_iter().map(point).collect::<Vec<_>>(), "triangles": triangles,
        }),
    };
    let extent = figures.extent_m.map(|extent_m| {
        let mut points = edges(extent_m);
        way.convert(&mut points).map(|()| around(&points).map(place))
    });
    let extent = extent.transpose()?;
    let earth = figures.earth;
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    let mut document = json!({
        "type": "Feature",
        "id": modification.id,
        "geometry": { "type": "Polygon", "coordinates": edit.polygon.iter().map(closed).collect::<Vec<_>>() },
        "properties": {
            "terrain": terrain.id,
            "name": modification.name,
            "enabled": modification.is_enabled,
            "base": modification.in_base,
            "scenario": modification.scenario,
            "embankment": edit.embankment,
            "target": target,
            "cut": rounded(earth.cut_m3),
            "fill": rounded(earth.fill_m3),
            "cutArea": rounded(earth.cut_m2),
            "fillArea": rounded(earth.fill_m2),
            "unknownNodes": earth.unknown_nodes,
            "method": "sum over the nodes, each for one cell, against the ground as surveyed; m³ and m²",
            "extent": extent,
            "terrainRevision": terrain.head,
            "revision": modification.revision,
            "created": modification.created,
            "changed": modification.changed,
        },
    });
    if let Some(extent) = extent {
        document["bbox"] = json!(extent);
    }
    Ok(document)
}

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::CRS84;
    use crate::model::{HeightGrid, VerticalCrs};

    const UTM: Crs = Crs { horizontal: 25832, vertical: VerticalCrs::Epsg(7837), north_first: false };

    fn terrain() -> Terrain {
        Terrain {
            key: 1,
            id: "ground".into(),
            title: String::new(),
            crs: UTM,
            grid: HeightGrid { cell_m: 1.0, phase_m: [0.5; 2] },
            head: 1,
            extent_m: Some([690_000.0, 5_335_000.0, 691_000.0, 5_336_000.0]),
            heights_m: Some([500.0, 520.0]),
            sample_count: 1,
            updated: None,
            modified: 0,
        }
    }

    fn parsed(geometry: Value, properties: Value) -> Result<NewModification, ModificationError> {
        let document = json!({ "type": "Feature", "geometry": geometry, "properties": properties });
        parse_modification(document.to_string().as_bytes(), &UTM, &terrain())
    }

    fn square() -> Value {
        json!({ "type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]]] })
    }

    #[test]
    fn triangles_come_in_two_ways() {
        let corners = [[0.0, 0.0, 5.0], [9.0, 0.0, 6.0], [9.0, 9.0, 7.0], [0.0, 9.0, 8.0]];
        let indexed = json!({ "type": "tin", "points": corners, "triangles": [[0, 1, 2], [0, 2, 3]] });
        let [a, b, c, d] = corners;
        let polygons = json!([[[a, b, c, a]], [[a, c, d, a]]]);
        let flat = json!({ "type": "tin", "geometry": { "type": "MultiPolygon", "coordinates": polygons } });
        let of = |target: Value| parsed(square(), json!({ "target": target })).unwrap().edit;
        assert_eq!(of(indexed.clone()), of(flat));
        let GroundTarget::Tin { points, triangles } = of(indexed).target else { panic!() };
        assert_eq!((points.len(), triangles), (4, vec![[0, 1, 2], [0, 2, 3]]));
    }

    #[test]
    fn faults_name_their_place() {
        let level = || json!({ "target": { "type": "level", "height": 5 } });
        let polygon = |coordinates: Value| json!({ "type": "Polygon", "coordinates": coordinates });
        for (geometry, properties, part) in [
            (json!({ "type": "Point", "coordinates": [1, 2] }), level(), "must be a Polygon, not `Point`"),
            (polygon(json!([[[0, 0], [1]]])), level(), "point 1 of ring 0 of the polygon"),
            (polygon(json!([[], 3])), level(), "ring 1 of the polygon is no array"),
            (square(), json!({}), "missing field `target`"),
            (square(), json!({ "target": { "type": "hole" } }), "unknown variant `hole`"),
            (square(), json!({ "target": { "type": "level", "height": "x" } }), "invalid type"),
            (square(), json!({ "target": { "type": "tin" } }), "either `points` and `triangles`"),
            (square(), json!({ "embankmnt": 2, "target": { "type": "level", "height": 5 } }), "`embankmnt`"),
            (
                square(),
                json!({ "name": "n".repeat(201), "target": { "type": "level", "height": 5 } }),
                "`name`",
            ),
        ] {
            let fault = parsed(geometry, properties).unwrap_err().to_string();
            assert!(fault.contains(part), "{fault}");
        }
        let open = json!([[[[0, 0, 1], [1, 0, 1], [0, 1, 1]]]]);
        let target = json!({ "type": "tin", "geometry": { "type": "MultiPolygon", "coordinates": open } });
        let fault = parsed(square(), json!({ "target": target })).unwrap_err().to_string();
        assert!(fault.contains("triangle 0 of `target.geometry`"), "{fault}");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let edit = GroundEdit {
            polygon: vec![vec![[690_100.0, 5_335_100.0], [690_200.0, 5_335_100.0], [690_150.0, 5_335_200.0]]],
            target: GroundTarget::Slope {
                through: [690_150.0, 5_335_150.0, 512.5],
                gradient: 0.02,
                uphill_deg: 90.0,
            },
            embankment: Some(1.5),
        };
        let modification = TerrainModification {
            id: 4,
            scenario: None,
            name: "ramp".into(),
            is_enabled: true,
            in_base: true,
            edit: edit.clone(),
            figures: None,
            revision: 1,
            created: String::new(),
            changed: String::new(),
        };
        let extent_m = Some([690_100.0, 5_335_100.0, 690_200.0, 5_335_200.0]);
        let figures = EditFigures { earth: Default::default(), extent_m };
        for crs in [CRS84, UTM, Crs { horizontal: 4326, north_first: true, ..CRS84 }] {
            let written = feature(&terrain(), &modification, &figures, &crs).unwrap();
            let read = parse_modification(written.to_string().as_bytes(), &crs, &terrain()).unwrap();
            assert_eq!((read.name.as_str(), read.in_base), ("ramp", true));
            let pairs = read.edit.polygon[0].iter().zip(&edit.polygon[0]);
            for (found, expected) in pairs {
                let off = (found[0] - expected[0]).hypot(found[1] - expected[1]);
                assert!(off < 0.001, "{crs:?}: {found:?} instead of {expected:?}");
            }
            let GroundTarget::Slope { through, .. } = read.edit.target else { panic!() };
            assert!((through[0] - 690_150.0).abs() < 0.001 && through[2] == 512.5, "{through:?}");
        }
        // domain: longitude first in CRS84, latitude first in EPSG:4326.
        let lonlat = feature(&terrain(), &modification, &figures, &CRS84).unwrap();
        assert!((lonlat["bbox"][0].as_f64().unwrap() - 11.56).abs() < 0.01, "{lonlat}");
        let latlon = feature(
            &terrain(),
            &modification,
            &figures,
            &Crs { horizontal: 4326, north_first: true, ..CRS84 },
        );
        assert!((latlon.unwrap()["bbox"][0].as_f64().unwrap() - 48.14).abs() < 0.02);
    }
}
