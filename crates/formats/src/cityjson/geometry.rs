//! One item of `geometry`, or one template, as a model geometry.

use super::appearance::Looks;
use super::faces::{Builder, Pick, Values};
use super::findings::{Findings, reason_of};
use super::nested::{Nested, Pairs};
use super::types;
use serde::Deserialize;
use serde_json::Value;
use stadtwin_model::{Attributes, BoundarySurface, Geometry, GeometryKind, ImplicitGeometry, Lod, Template};
use std::borrow::Cow;
use std::sync::Arc;

/// Themes of one geometry that are read.
const MAX_THEMES: usize = 64;

/// What the numbers in geometries point at.
pub struct Scope<'a> {
    pub vertices: &'a [[f64; 3]],
    pub looks: &'a Looks,
    pub templates: &'a [Option<Arc<Template>>],
}

/// What an item of `geometry` is.
pub enum Shape {
    Own(Geometry),
    Implicit(ImplicitGeometry),
}

#[derive(Deserialize)]
struct RawGeometry<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    lod: Option<Value>,
    boundaries: Option<Nested>,
    semantics: Option<RawSemantics>,
    material: Option<Pairs<RawLook>>,
    texture: Option<Pairs<RawLook>>,
    template: Option<Nested>,
    #[serde(rename = "transformationMatrix")]
    matrix: Option<Vec<f64>>,
}

#[derive(Deserialize)]
struct RawSemantics {
    #[serde(default)]
    surfaces: Vec<Attributes>,
    values: Option<Nested>,
}

#[derive(Deserialize)]
struct RawLook {
    value: Option<Nested>,
    values: Option<Nested>,
}

/// A shape and the number of faces that the file has for it. `None` when it cannot be used; `findings` then says why.
pub fn read(json: &[u8], is_relief: bool, scope: &Scope, findings: &mut Findings) -> Option<(Shape, u64)> {
    let raw: RawGeometry = match serde_json::from_slice(json) {
        Ok(raw) => raw,
        Err(error) => {
            findings.error(
                "geometry_invalid",
                format!("a geometry cannot be read and is left out: {}", reason_of(&error)),
            );
            return None;
        }
    };
    if raw.kind == "GeometryInstance" {
        return Some((Shape::Implicit(instance(&raw, scope, findings)?), 0));
    }
    own(&raw, is_relief, scope, findings).map(|(geometry, count)| (Shape::Own(geometry), count))
}

/// A template under an id made from its content.
pub fn template(json: &[u8], scope: &Scope, findings: &mut Findings) -> Option<Arc<Template>> {
    let Some((Shape::Own(geometry), _)) = read(json, false, scope, findings) else { return None };
    let hash = blake3::hash(format!("{geometry:?}").as_bytes()).to_hex();
    let id = format!("template-{}", hash.get(..16).unwrap_or_default());
    Some(Arc::new(Template { id, geometry: Some(geometry), ..Template::default() }))
}

fn instance(raw: &RawGeometry, scope: &Scope, findings: &mut Findings) -> Option<ImplicitGeometry> {
    let template =
        raw.template.as_ref().and_then(|index| scope.templates.get(index.index()? as usize)?.clone());
    let Some(template) = template else {
        findings
            .error("template_missing", "an instance names a template that does not exist and is left out");
        return None;
    };
    let corner = raw.boundaries.as_ref().and_then(|list| list.list().first()?.index());
    let point =
        corner.and_then(|index| scope.vertices.get(index as usize)).filter(|point| !point[0].is_nan());
    let Some(reference_point) = point.copied() else {
        findings.error(
            "implicit_without_place",
            "an instance of a template has no reference point and is left out",
        );
        return None;
    };
    let matrix = raw.matrix.as_deref().and_then(|values| <[f64; 16]>::try_from(values).ok());
    if matrix.is_none() {
        findings.warning(
            "matrix_missing",
            "an instance has no matrix of 16 numbers; its template is not turned or scaled",
        );
    }
    Some(ImplicitGeometry {
        lod: template.geometry.as_ref().map_or(Lod::whole(1), |geometry| geometry.lod),
        template,
        matrix: matrix.unwrap_or(ImplicitGeometry::IDENTITY),
        reference_point,
        surfaces: Vec::new(),
    })
}

/// Kind, role, and how deep the boundaries are.
fn kind_of(name: &str, is_relief: bool) -> Option<(GeometryKind, &'static str)> {
    Some(match name {
        "MultiPoint" => (GeometryKind::MultiPoint, ""),
        "MultiLineString" => (GeometryKind::MultiCurve, ""),
        "MultiSurface" | "CompositeSurface" if is_relief => (GeometryKind::Tin, "tin"),
        "MultiSurface" => (GeometryKind::MultiSurface, ""),
        "CompositeSurface" => (GeometryKind::MultiSurface, "CompositeSurface"),
        "Solid" => (GeometryKind::Solid, ""),
        "MultiSolid" => (GeometryKind::MultiSolid, ""),
        "CompositeSolid" => (GeometryKind::MultiSolid, "CompositeSolid"),
        _ => return None,
    })
}

fn own(
    raw: &RawGeometry,
    is_relief: bool,
    scope: &Scope,
    findings: &mut Findings,
) -> Option<(Geometry, u64)> {
    let Some((kind, role)) = kind_of(&raw.kind, is_relief) else {
        let kind: String = raw.kind.chars().take(60).collect();
        findings.error(
            "geometry_unknown",
            format!("a geometry is a `{kind}`, which CityJSON does not know; it is left out"),
        );
        return None;
    };
    let mut geometry = Geometry::new(lod(raw.lod.as_ref(), findings), kind);
    geometry.role = role.to_owned();
    let is_flat = !kind.has_faces();
    if let Some(semantics) = raw.semantics.as_ref().filter(|_| !is_flat) {
        geometry.surfaces = surfaces(&semantics.surfaces, findings);
    } else if is_flat && raw.semantics.as_ref().is_some_and(|semantics| !semantics.surfaces.is_empty()) {
        findings.info("semantics_skipped", "semantics of points and lines are not kept");
    }
    let themes = themes(raw, findings);
    let names: Vec<&str> = themes.iter().map(|(name, _)| *name).collect();
    let values = Values {
        semantic: raw.semantics.as_ref().and_then(|s| s.values.as_ref()).map_or(Pick::Nothing, Pick::Each),
        looks: themes.iter().map(|(_, picks)| *picks).collect(),
    };
    let mut builder = Builder::new(geometry, scope.vertices, scope.looks, &names, findings);
    let boundaries = raw.boundaries.as_ref().unwrap_or(&Nested::Null);
    fill(&mut builder, kind, boundaries, &values);
    let count = builder.face_count;
    let geometry = builder.finish();
    if geometry.points.is_empty() {
        findings.info("geometry_empty", format!("a {} has no boundaries to use and is left out", raw.kind));
        return None;
    }
    Some((geometry, count))
}

fn fill(builder: &mut Builder, kind: GeometryKind, boundaries: &Nested, values: &Values) {
    match kind {
        GeometryKind::MultiPoint => {
            boundaries.list().iter().for_each(|point| builder.line(std::slice::from_ref(point)));
        }
        GeometryKind::MultiCurve => boundaries.list().iter().for_each(|line| builder.line(line.list())),
        GeometryKind::MultiSurface | GeometryKind::Tin => builder.faces(boundaries, values),
        GeometryKind::Solid => {
            builder.solid(boundaries, values, true);
            if builder.geometry.shells.len() == 1 {
                builder.geometry.shells.clear();
            }
        }
        GeometryKind::MultiSolid => {
            for (index, solid) in boundaries.list().iter().enumerate() {
                let first = builder.geometry.shells.len();
                builder.solid(solid, &values.at(index), true);
                if builder.geometry.shells.len() > first {
                    builder.geometry.solids.push(first as u32);
                } else {
                    builder
                        .findings
                        .warning("solid_empty", "one of several solids has no faces and is left out");
                }
            }
        }
    }
}

/// Materials and textures under their themes, in the order of the file.
fn themes<'a>(raw: &'a RawGeometry, findings: &mut Findings) -> Vec<(&'a str, [Pick<'a>; 2])> {
    let mut themes: Vec<(&str, [Pick; 2])> = Vec::new();
    for (slot, looks) in [&raw.material, &raw.texture].into_iter().enumerate() {
        for (name, look) in looks.iter().flat_map(|pairs| &pairs.0) {
            let pick = match (&look.value, &look.values) {
                (Some(value), _) => value.index().map_or(Pick::Nothing, Pick::All),
                (None, Some(values)) => Pick::Each(values),
                (None, None) => Pick::Nothing,
            };
            let position = themes.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                if themes.len() < MAX_THEMES {
                    themes.push((name, [Pick::Nothing; 2]));
                }
                themes.len() - 1
            });
            if let Some((_, picks)) = themes.get_mut(position).filter(|(known, _)| known == name)
                && let Some(place) = picks.get_mut(slot)
            {
                *place = pick;
            }
        }
    }
    if themes.len() == MAX_THEMES {
        findings.warning("appearance_invalid", "a geometry has very many themes; only the first are read");
    }
    themes
}

/// `2`, `2.2`, `"2.2"`.
fn lod(value: Option<&Value>, findings: &mut Findings) -> Lod {
    let number = match value {
        Some(Value::String(text)) => text.trim().parse::<f64>().ok(),
        Some(value) => value.as_f64(),
        None => None,
    };
    match number.filter(|number| (0.0..10.0).contains(number)) {
        Some(number) => Lod((number * 10.0).round() as u8),
        None => {
            findings.warning("lod_missing", "a geometry does not say its level of detail; 1 is taken");
            Lod::whole(1)
        }
    }
}

fn surfaces(raw: &[Attributes], findings: &mut Findings) -> Vec<BoundarySurface> {
    let mut surfaces: Vec<BoundarySurface> = raw.iter().map(surface).collect();
    for index in 0..surfaces.len() {
        if leads_in_circle(&surfaces, index) {
            findings.warning(
                "semantics_invalid",
                format!("surface {index} has a parent that does not exist or leads in a circle"),
            );
            if let Some(surface) = surfaces.get_mut(index) {
                surface.parent = None;
            }
        }
    }
    surfaces
}

fn leads_in_circle(surfaces: &[BoundarySurface], start: usize) -> bool {
    let mut at = start;
    // Openings lie one level deep; deeper nests than this are none.
    for _ in 0..8 {
        match surfaces.get(at).map(|surface| surface.parent) {
            None => return true,
            Some(None) => return false,
            Some(Some(parent)) => at = parent as usize,
        }
    }
    true
}

fn surface(raw: &Attributes) -> BoundarySurface {
    let kind = raw.get("type").and_then(Value::as_str).unwrap_or_default();
    let class = types::surface_class(kind);
    let mut surface =
        BoundarySurface { class: class.unwrap_or_else(types::generic_surface), ..BoundarySurface::default() };
    if class.is_none() && !raw.contains_key("sourceClass") {
        surface.attributes.insert("sourceClass".to_owned(), Value::from(kind));
    }
    for (name, value) in raw {
        match (name.as_str(), value) {
            ("type" | "children", _) | (_, Value::Null) => {}
            ("parent", value) => {
                surface.parent = value.as_u64().map(|parent| u32::try_from(parent).unwrap_or(u32::MAX))
            }
            ("id", Value::String(id)) => surface.id = id.clone(),
            _ => drop(surface.attributes.insert(name.clone(), value.clone())),
        }
    }
    surface
}
