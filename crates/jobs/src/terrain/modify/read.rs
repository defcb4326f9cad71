//! A modification out of a GeoJSON feature, with its checks.

use stadtwin_terrain::EditGround;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use stadtwin_crs::Transformer;
use stadtwin_model::{Crs, GroundEdit, GroundTarget, Terrain};
use stadtwin_store::NewModification;

use super::way::{Way, convert};
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
    let transformer = &Transformer::new(crs, &terrain.crs).map_err(|_| ModificationError::Crs)?;
    let (swaps_before, swaps_after) = (crs.north_first, terrain.crs.north_first);
    convert(&mut edit, &Way { transformer, swaps_before, swaps_after })?;
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

fn shown(text: &str) -> String {
    text.chars().take(60).collect()
}
