//! Building fields of a development plan as volumes that it permits.

use stadtwin_crs::parse_srs_name;
use stadtwin_formats::xplan::{AreaKind, PlanArea, PlanHeight, XPlan};
use stadtwin_formats::{Shape, ShapeKind};
use stadtwin_model::{Crs, Footprint, Issue, Severity};
use stadtwin_scenario::plane::{bounds, common, meet};
use stadtwin_scenario::{BuildingField, FixedHeight, HeightFrom, HeightOf, RuleSet};

use super::FieldOutline;
use super::bodies::Given;
use super::fault::{PlanError, PlanFault, PlanFaultKind};
use super::pieces::{Piece, Pieces};
use super::report::PlanIssue;
use crate::edit::outline::Placer;

/// Building fields with a height, each polygon of them a piece. `forced` stands in place of what the plan says of its coordinates.
pub(super) fn envelopes(
    plan: XPlan,
    placer: &mut Placer<'_>,
    forced: Option<Crs>,
    rules: &RuleSet,
) -> Result<Pieces, PlanError> {
    let (mut fields, mut zones, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (place, mut area) in plan.areas.into_iter().enumerate() {
        match placed(&mut area, placer, forced) {
            Ok(shape) if area.kind == AreaKind::Field => fields.push((area, shape)),
            Ok(shape) => zones.push((area, closed(&shape))),
            Err(detail) => {
                faults.push(PlanFault::new(place, Some(&area.id), PlanFaultKind::Unusable, detail));
            }
        }
    }
    if !faults.is_empty() {
        return Err(PlanError::Faults(faults));
    }
    let mut pieces = Pieces { pieces: Vec::new(), issues: Vec::new() };
    for (area, shape) in fields {
        let area = completed(area, &closed(&shape), &zones);
        let field = field(&area, plan.reference_m);
        if field.heights.is_empty() && field.storeys.is_none() {
            let said = "fixes neither heights nor storeys, and neither does the zone that it lies in: it was left out";
            pieces.issues.push(told(None, &area.id, "field_without_height", Severity::Warning, said));
            continue;
        }
        if area.is_curved {
            let said = "has edges that are arcs: they go straight from point to point";
            let place = pieces.pieces.len();
            pieces.issues.push(told(Some(place), &area.id, "arc_straightened", Severity::Warning, said));
        }
        let count = shape.parts.len();
        for (number, polygon) in shape.parts.into_iter().enumerate() {
            let id = if count == 1 { area.id.clone() } else { format!("{}-{}", area.id, number + 1) };
            let outline = Shape { kind: ShapeKind::Polygons, parts: vec![polygon], has_heights: false };
            let drawn = FieldOutline { id: id.clone(), outline, field: field.clone(), rules: rules.clone() };
            let given = Given::Field(Box::new(drawn));
            pieces.pieces.push(Piece { id: Some(id), replaces: Vec::new(), given });
        }
    }
    Ok(pieces)
}

fn told(place: Option<usize>, id: &str, code: &str, severity: Severity, said: &str) -> PlanIssue {
    let message = format!("the building field {said}");
    let issue = Issue { object: id.to_owned(), code: code.into(), severity, message, ..Issue::default() };
    PlanIssue { index: place, ..PlanIssue::read(0, issue) }
}

/// Its polygons in the storage CRS.
fn placed(area: &mut PlanArea, placer: &mut Placer<'_>, forced: Option<Crs>) -> Result<Shape, String> {
    let crs = match (forced, &area.srs_name) {
        (Some(crs), _) => crs,
        (None, Some(name)) => parse_srs_name(name).map_err(|error| error.to_string())?,
        (None, None) => return Err("the plan says nothing of its coordinates: send `Content-Crs`".to_owned()),
    };
    let polygons = std::mem::take(&mut area.polygons);
    if polygons.iter().any(|rings| rings.first().is_none_or(|ring| ring.len() < 3)) || polygons.is_empty() {
        return Err("`position` is no polygon of three points or more".to_owned());
    }
    // As GeoJSON has them: the placer looks at the axes of the system itself.
    let raised = |ring: Vec<[f64; 2]>| ring.into_iter().map(|[x, y]| [x, y, 0.0]).collect::<Vec<_>>();
    let parts = polygons.into_iter().map(|rings| rings.into_iter().map(raised).collect()).collect();
    let mut shape = Shape { kind: ShapeKind::Polygons, parts, has_heights: false };
    placer.place(&mut shape, Some(crs))?;
    Ok(shape)
}

fn closed(shape: &Shape) -> Footprint {
    let closed = |ring: &Vec<[f64; 3]>| {
        ring.iter().chain(ring.first()).map(|[x, y, _]| [*x, *y]).collect::<Vec<[f64; 2]>>()
    };
    shape.parts.iter().map(|polygon| polygon.iter().map(closed).collect()).collect()
}

/// With what the zone fixes that most of it lies in, where it fixes nothing itself.
fn completed(mut area: PlanArea, ground: &Footprint, zones: &[(PlanArea, Footprint)]) -> PlanArea {
    let own = bounds(ground);
    let near = zones.iter().filter(|(_, zone)| meet(bounds(zone), own));
    let shared = near.map(|(zone, polygons)| (zone, common(ground, polygons).area_m2));
    let Some((zone, _)) = shared.filter(|(_, m2)| *m2 > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return area;
    };
    area.storeys = area.storeys.or(zone.storeys);
    area.grz = area.grz.or(zone.grz);
    area.gfz = area.gfz.or(zone.gfz);
    area.bmz = area.bmz.or(zone.bmz);
    area.land_use = area.land_use.or(zone.land_use);
    if area.heights.is_empty() {
        area.heights.clone_from(&zone.heights);
    }
    area
}

fn field(area: &PlanArea, reference_m: Option<f64>) -> BuildingField {
    BuildingField {
        outline: Vec::new(),
        storeys: area.storeys,
        heights: area.heights.iter().filter_map(|height| fixed(height, reference_m)).collect(),
        grz: area.grz,
        gfz: area.gfz,
        bmz: area.bmz,
        land_use: area.land_use.and_then(land_use).map(str::to_owned),
    }
}

/// XP_ArtHoehenbezugspunkt and XP_ArtHoehenbezug; `None` where no top of a building is meant.
fn fixed(height: &PlanHeight, reference_m: Option<f64>) -> Option<FixedHeight> {
    let of = match height.point {
        // TH, WH.
        Some(1000 | 6500) => HeightOf::Eaves,
        // FH, OK, HBA, GBH.
        None | Some(2000 | 3000 | 5000 | 6000) => HeightOf::Top,
        Some(_) => return None,
    };
    let (from, value) = match (height.datum, reference_m) {
        // NHN, NN, DHHN.
        (Some(1000 | 1100 | 1200), _) => (HeightFrom::Datum, height.value_m),
        // Above the plan's datum.
        (Some(3000), Some(reference_m)) => (HeightFrom::Datum, reference_m + height.value_m),
        // Above terrain, pavement, street, ground floor.
        _ => (HeightFrom::Ground, height.value_m),
    };
    Some(FixedHeight { of, from, value })
}

/// XP_BesondereArtDerBaulNutzung as the plan writes it.
fn land_use(code: u32) -> Option<&'static str> {
    Some(match code {
        1000 => "WS",
        1100 => "WR",
        1200 => "WA",
        1300 => "WB",
        1400 => "MD",
        1450 => "MDW",
        1500 => "MI",
        1550 => "MU",
        1600 => "MK",
        1700 => "GE",
        1800 => "GI",
        2000 | 2100 => "SO",
        _ => return None,
    })
}
