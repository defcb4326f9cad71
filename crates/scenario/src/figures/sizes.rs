//! How many buildings, how large, for how many people.

use super::densities::floor_area;
use super::{Counted, Figure, Sum, is_building, is_main};
use crate::rule_set::RuleSet;

pub(super) fn buildings(counted: &[Counted]) -> Figure {
    let half_inside = counted.iter().filter(is_building).filter(|one| one.share >= 0.5);
    let ids: Vec<String> = half_inside.map(|one| one.subject.id.clone()).collect();
    let sum = Sum { value: ids.len() as f64, ids, ..Sum::default() };
    sum.figure("buildings", "1", "Buildings with at least half of their footprint on the plot.")
}

/// Volume and heights.
pub(super) fn sizes(counted: &[Counted], rules: &RuleSet, figures: &mut Vec<Figure>) {
    let volume =
        Sum::over(counted.iter().filter(is_building), |one| one.subject.shape.volume_m3.map(|v| (v, false)));
    figures.push(volume.figure("volume", "m³", "Closed solids of buildings and their parts."));
    let highest = |value: fn([f64; 2]) -> f64| {
        let heights = counted.iter().filter(is_building).filter_map(|one| {
            one.subject.shape.heights_m.map(|heights_m| (value(heights_m), one.subject.id.clone()))
        });
        heights.max_by(|a, b| a.0.total_cmp(&b.0))
    };
    let figure = |highest: Option<(f64, String)>, key: &str, method: &str| {
        let value = highest.as_ref().map(|(value, _)| *value);
        let ids = highest.into_iter().map(|(_, id)| id).collect();
        let sum = Sum { ids, ..Sum::default() };
        Figure { value, ..sum.figure(key, "m", method) }
    };
    figures.push(figure(
        highest(|[_, top]| top),
        "topHeight",
        "Highest point of a building in the storage height system.",
    ));
    let height = figure(
        highest(|[low, top]| top - low),
        "height",
        "Highest point of a building above its own lowest.",
    );
    figures.push(height.within(rules.effective_limits().height_m));
}

/// Units and inhabitants.
pub(super) fn housing(counted: &[Counted], rules: &RuleSet, figures: &mut Vec<Figure>) {
    let homes = counted.iter().filter(is_main).filter(|one| one.housing_share > 0.0);
    let floor = Sum::over(homes, |one| {
        floor_area(one, rules).map(|(area, is_estimated)| (area * one.housing_share, is_estimated))
    });
    let floor = floor.figure("", "m²", "");
    let housing = &rules.housing;
    let units = floor.value.map(|area| area * housing.floor_area_factor / housing.area_per_unit_m2);
    let rounded = |key: &str, exact: Option<f64>, method: &str| Figure {
        key: key.to_owned(),
        value: exact.map(f64::round),
        exact,
        unit: "1".to_owned(),
        method: method.to_owned(),
        estimated: true,
        ..floor.clone()
    };
    figures.push(rounded(
        "units",
        units,
        "Floor area of housing by the floor area factor, by the area of a unit.",
    ));
    let persons = units.map(|units| units * housing.persons_per_unit);
    figures.push(rounded("inhabitants", persons, "Units before rounding by the persons of a unit."));
}
