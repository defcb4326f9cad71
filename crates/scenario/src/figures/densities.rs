//! How densely the plot is built upon: GRZ, GRZ II, GFZ, BMZ (BauNVO §§ 16–21).

use super::surfaces::covered;
use super::{Counted, Figure, Plot, Sum, is_main, storeys};
use crate::rule_set::{EffectiveLimits, RuleSet, Use};
use crate::shape::Part;

/// Storeys higher than this are told by their cubic content (§ 21 (4) BauNVO) [m].
const HIGH_STOREY_M: f64 = 3.5;

/// Footprint, floor area, GRZ, GRZ II, GFZ, BMZ.
pub(super) fn densities(
    counted: &[Counted],
    plot: &Plot,
    area_m2: Option<f64>,
    rules: &RuleSet,
    figures: &mut Vec<Figure>,
) {
    let limits = rules.effective_limits();
    let ground =
        |one: &Counted| Some((one.subject.shape.footprint_m2, false)).filter(|(area, _)| *area > 0.0);
    let footprint = Sum::over(counted.iter().filter(is_main), ground).figure(
        "footprint",
        "m²",
        "Footprints of main buildings by their outer dimensions.",
    );
    let covered = covered(counted, plot, |one| match one.counts_as {
        Use::Main | Use::Ancillary | Use::Underground => 1.0,
        _ => 0.0,
    });
    let floor = Sum::over(counted.iter().filter(is_main), |one| floor_area(one, rules)).figure(
        "floorArea",
        "m²",
        "Footprint by storeys (storeysAboveGround, else the height of the eaves by the storey height).",
    );
    let mass =
        Sum::over(counted.iter().filter(is_main), |one| building_mass(one, rules)).figure("", "m³", "");
    let by_storeys = limits.bmz.or_else(|| bmz_of_high_storeys(counted, &limits, rules));
    let ratio = |of: &Figure, key, unit, method| of.per(area_m2, key, unit, method);
    let grz =
        ratio(&footprint, "grz", "1", "Footprints of main buildings by the plot's area.").within(limits.grz);
    let grz_two = "Ground under main buildings, garages, drives, outbuildings and underground structures by the plot's area.";
    let grz_two = ratio(&covered, "grzTwo", "1", grz_two).within(limits.grz_two);
    let gfz = ratio(&floor, "gfz", "1", "Floor area of storeys by the plot's area.").within(limits.gfz);
    let bmz = ratio(&mass, "bmz", "m", "Footprint by the height of the eaves, by the plot's area.")
        .within(by_storeys);
    figures.extend([footprint, floor, grz, grz_two, gfz, bmz]);
}

/// Of all storeys [m²].
pub(super) fn floor_area(one: &Counted, rules: &RuleSet) -> Option<(f64, bool)> {
    let bodies = &one.subject.shape.parts;
    let each = |body: &Part| {
        storeys(body, rules).map(|(count, is_estimated)| (count * body.footprint_m2, is_estimated))
    };
    let parts: Option<Vec<(f64, bool)>> =
        bodies.iter().filter(|body| body.footprint_m2 > 0.0).map(each).collect();
    let parts = parts.filter(|parts| !parts.is_empty())?;
    Some((parts.iter().map(|part| part.0).sum(), parts.iter().any(|part| part.1)))
}

/// From the lowest floor to the ceiling of the highest storey: up to the eaves, else by storeys [m³].
fn building_mass(one: &Counted, rules: &RuleSet) -> Option<(f64, bool)> {
    let roofed = |body: &Part| {
        let by_eaves = body.eaves_m.map(|eaves_m| eaves_m - body.bottom_m).filter(|height_m| *height_m > 0.0);
        let by_storeys = || body.storeys.map(|storeys| storeys * rules.storey_height_m);
        let height_m = by_eaves.or_else(by_storeys)?;
        Some((height_m * body.footprint_m2, by_eaves.is_none()))
    };
    let bodies = one.subject.shape.parts.iter().filter(|body| body.footprint_m2 > 0.0);
    let parts: Vec<(f64, bool)> = bodies.map(roofed).collect::<Option<_>>()?;
    let has_pitch =
        one.subject.shape.roof_m2.is_some_and(|roof_m2| roof_m2 > one.subject.shape.footprint_m2 * 1.01);
    let sum = parts.iter().map(|part| part.0).sum();
    (!parts.is_empty()).then(|| (sum, has_pitch || parts.iter().any(|part| part.1)))
}

/// Where neither a height nor a BMZ is fixed and storeys are high.
fn bmz_of_high_storeys(
    counted: &[Counted],
    limits: &EffectiveLimits,
    rules: &RuleSet,
) -> Option<(f64, &'static str)> {
    let is_high = |body: &Part| {
        let height_m = body.eaves_m.map(|eaves_m| eaves_m - body.bottom_m);
        let storeys = storeys(body, rules).filter(|(count, is_estimated)| *count > 0.0 && !is_estimated);
        height_m.zip(storeys).is_some_and(|(height_m, (count, _))| height_m / count > HIGH_STOREY_M)
    };
    let any = counted.iter().filter(is_main).flat_map(|one| &one.subject.shape.parts).any(is_high);
    let (gfz, _) = limits.gfz.filter(|_| any && limits.height_m.is_none())?;
    Some((HIGH_STOREY_M * gfz, "§ 21 (4) BauNVO"))
}
