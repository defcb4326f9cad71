//! What is wrong with planned objects before they are taken in: place, heights, shape. Each finding names object and rule.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use stadtwin_geometry::validate::{Checker, Tolerances};
use stadtwin_geometry::{Polygon, footprint};
use stadtwin_model::{CityObject, Issue, Severity};

use crate::plane::{area_m2, bounds, holds, meet, without};
use crate::transform::place_of;

/// Less of a footprint is outside by rounding only [m²].
const MIN_AREA_M2: f64 = 0.01;
/// Between base and terrain [m].
const FAR_FROM_TERRAIN_M: f64 = 20.0;
/// Between ellipsoid and geoid around Munich [m].
const GEOID_M: std::ops::RangeInclusive<f64> = 44.0..=47.0;
/// A base this near to 0 has no height, where the terrain is elsewhere [m].
const ZERO_M: f64 = 5.0;
/// Points of a footprint at which the terrain is asked.
const MOST_SAMPLES: usize = 64;

/// Where plans may be.
pub struct Site<'a> {
    /// Closed rings; empty: anywhere.
    pub municipality: &'a [Polygon],
    /// Closed rings; empty: anywhere.
    pub project_area: &'a [Polygon],
    /// Height of the ground in the storage height system at `[east, north]` [m].
    pub terrain: &'a dyn Fn([f64; 2]) -> Option<f64>,
    pub demand: Demand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Heights and shapes that look wrong are warned of.
    ToShow,
    /// They are errors.
    ToReckon,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Of the object in what was sent, from 0.
    pub index: usize,
    pub id: String,
    /// `outside_municipality`, `base_far_from_terrain`, … or the number of a geometry finding.
    pub rule: String,
    pub severity: Severity,
    /// One sentence with its values.
    pub message: String,
    /// `[east, north, up]`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub position: Option<[f64; 3]>,
    /// Index of the face concerned in its geometry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub face: Option<u32>,
    /// What was measured against the rule.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub measured: Option<Measured>,
}

/// A number with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub value: f64,
    pub unit: Unit,
}

impl Measured {
    /// To thousandths.
    pub fn rounded(self) -> Measured {
        Measured { value: (self.value * 1000.0).round() / 1000.0, ..self }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    #[serde(rename = "m")]
    Metres,
    #[serde(rename = "m²")]
    SquareMetres,
}

/// All objects of a batch, in order.
pub fn check_planned(objects: &[CityObject], site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut checker = Checker::new(Tolerances::default());
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (index, object) in objects.iter().enumerate() {
        let mut report = Report { index, id: &object.id, findings: &mut findings };
        if object.id.is_empty() {
            report.error("id_missing", "the object has no id".to_owned(), None);
        } else if let Some(first) = known.insert(&object.id, index) {
            report.error("id_repeated", format!("object {first} has the same id"), None);
            known.insert(&object.id, first);
        }
        check_one(object, site, &mut checker, &mut report);
    }
    findings
}

struct Report<'a> {
    index: usize,
    id: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Report<'_> {
    fn say(&mut self, rule: &str, severity: Severity, message: String, position: Option<[f64; 3]>) {
        self.findings.push(Finding {
            index: self.index,
            id: self.id.to_owned(),
            rule: rule.to_owned(),
            severity,
            message,
            position,
            face: None,
            measured: None,
        });
    }

    /// Adds a number to what was said last.
    fn measured(&mut self, value: f64, unit: Unit) {
        if let Some(last) = self.findings.last_mut() {
            last.measured = Some(Measured { value, unit });
        }
    }

    fn error(&mut self, rule: &str, message: String, position: Option<[f64; 3]>) {
        self.say(rule, Severity::Error, message, position);
    }
}

fn check_one(object: &CityObject, site: &Site, checker: &mut Checker, report: &mut Report) {
    let placed = object.placed();
    let mut points = placed.walk().into_iter().flat_map(|part| &part.geometries).flat_map(|one| &one.points);
    if let Some(point) = points.find(|point| point.iter().any(|value| !value.is_finite())) {
        report.error("coordinate_not_finite", format!("{point:?} is no point"), None);
        return;
    }
    let Some(place) = place_of(&placed) else {
        let message = "the object has no geometry: nobody sees it".to_owned();
        report.say("geometry_missing", Severity::Warning, message, None);
        return;
    };
    let ground = footprint(&placed);
    let at = Some(place);
    let [x, y, _] = place;
    let far = Outside { rule: "outside_municipality", of: "the municipality", severity: Severity::Error };
    far.check(site.municipality, &ground, [x, y], at, report);
    let far = Outside { rule: "outside_project_area", of: "the project area", severity: Severity::Warning };
    far.check(site.project_area, &ground, [x, y], at, report);
    check_height(&placed, &ground, place, site, report);
    check_shape(object, site.demand, checker, report);
}

struct Outside {
    rule: &'static str,
    of: &'static str,
    severity: Severity,
}

impl Outside {
    fn check(
        &self,
        area: &[Polygon],
        ground: &[Polygon],
        place: [f64; 2],
        at: Option<[f64; 3]>,
        report: &mut Report,
    ) {
        if area.is_empty() {
            return;
        }
        let of = self.of;
        if ground.is_empty() {
            if !holds(area, place) {
                report.say(self.rule, self.severity, format!("the object lies outside of {of}"), at);
            }
            return;
        }
        let whole_m2 = area_m2(ground);
        let apart = !meet(bounds(ground), bounds(area));
        let outside_m2 = if apart { whole_m2 } else { without(ground, area).area_m2 };
        if outside_m2 > MIN_AREA_M2 {
            let message =
                format!("{outside_m2:.2} m² of the footprint of {whole_m2:.2} m² lie outside of {of}");
            report.say(self.rule, self.severity, message, at);
            report.measured(outside_m2, Unit::SquareMetres);
        }
    }
}

fn check_height(object: &CityObject, ground: &[Polygon], place: [f64; 3], site: &Site, report: &mut Report) {
    let [x, y, base_m] = place;
    let Some(terrain_m) = mean_terrain_m(ground, [x, y], site.terrain) else { return };
    let difference_m = base_m - terrain_m;
    if difference_m.abs() <= FAR_FROM_TERRAIN_M {
        return;
    }
    let severity = if site.demand == Demand::ToReckon { Severity::Error } else { Severity::Warning };
    let where_to = if difference_m > 0.0 { "above" } else { "below" };
    let fact = format!(
        "the base at {base_m:.2} m lies {:.2} m {where_to} the terrain at {terrain_m:.2} m",
        difference_m.abs()
    );
    let (rule, message) = match difference_m {
        _ if base_m.abs() <= ZERO_M => ("base_at_zero", format!("{fact}: missing height?")),
        _ if GEOID_M.contains(&difference_m) => {
            ("height_ellipsoidal", format!("{fact}: ellipsoidal heights?"))
        }
        _ => ("base_far_from_terrain", fact),
    };
    report.say(rule, severity, message, lowest_point(object));
    report.measured(difference_m, Unit::Metres);
}

/// Places `[east, north]` at which `check_planned` asks for the terrain below an object.
pub fn terrain_samples(object: &CityObject) -> Vec<[f64; 2]> {
    let placed = object.placed();
    match place_of(&placed) {
        Some([x, y, _]) => samples(&footprint(&placed), [x, y]),
        None => Vec::new(),
    }
}

/// Corners of the footprint and its middle.
fn samples(ground: &[Polygon], middle: [f64; 2]) -> Vec<[f64; 2]> {
    // Rings are closed: their first point comes once.
    let exteriors = ground.iter().filter_map(|polygon| polygon.first());
    let corners: Vec<[f64; 2]> = exteriors.flat_map(|ring| ring.iter().skip(1).copied()).collect();
    let step = corners.len().div_ceil(MOST_SAMPLES).max(1);
    corners.into_iter().step_by(step).chain([middle]).collect()
}

fn mean_terrain_m(
    ground: &[Polygon],
    middle: [f64; 2],
    terrain: &dyn Fn([f64; 2]) -> Option<f64>,
) -> Option<f64> {
    let heights: Vec<f64> =
        samples(ground, middle).into_iter().filter_map(terrain).filter(|height| height.is_finite()).collect();
    (!heights.is_empty()).then(|| heights.iter().sum::<f64>() / heights.len() as f64)
}

fn lowest_point(object: &CityObject) -> Option<[f64; 3]> {
    let walk = object.walk();
    let points = walk.iter().flat_map(|part| &part.geometries).flat_map(|one| &one.points);
    points.min_by(|a, b| a[2].total_cmp(&b[2])).copied()
}

/// Rules of shapes that have a name of their own here; the others keep val3dity's number.
const SHAPE_RULES: [(&str, &str); 9] = [
    ("104", "self_intersecting"),
    ("201", "self_intersecting"),
    ("302", "not_closed"),
    ("303", "not_manifold"),
    ("305", "in_pieces"),
    ("306", "self_intersecting"),
    ("307", "inside_out"),
    ("401", "self_intersecting"),
    ("405", "inside_out"),
];

/// Findings of geometry, and what attributes say against it: for that no plan is refused.
fn check_shape(object: &CityObject, demand: Demand, checker: &mut Checker, report: &mut Report) {
    let mut issues: Vec<Issue> = Vec::new();
    checker.check(object, &mut issues);
    for issue in issues {
        let is_shape = issue.code.parse::<u16>().is_ok();
        if !is_shape && issue.severity == Severity::Info {
            continue;
        }
        let named = SHAPE_RULES.iter().find(|(code, _)| *code == issue.code).map(|(_, rule)| *rule);
        let severity = match demand {
            Demand::ToReckon if is_shape => issue.severity,
            _ => issue.severity.min(Severity::Warning),
        };
        let part = if issue.object == object.id { String::new() } else { format!("`{}`: ", issue.object) };
        let value = issue.value.map_or(String::new(), |value| format!(" ({value})"));
        let message = format!("{part}{}{value}", issue.message);
        report.say(named.unwrap_or(&issue.code), severity, message, issue.position);
        if let Some(last) = report.findings.last_mut() {
            last.face = issue.face;
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
