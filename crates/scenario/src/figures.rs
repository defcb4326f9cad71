//! The figures of a state: what stands on the plot, how densely, for how many.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use stadtwin_geometry::Polygon;
use stadtwin_model::CityObject;

use crate::plane::{self, common, united};
use crate::rule_set::{RuleSet, Use};
use crate::shape::{Body, Shape, number};
use crate::transform::place_of;

/// Less of a footprint is outside or inside by rounding only [m²].
const MIN_AREA_M2: f64 = 0.01;
/// Storeys higher than this are told by their cubic content (§ 21 (4) BauNVO) [m].
const HIGH_STOREY_M: f64 = 3.5;

/// What figures need to know of an object; measured once, counted in many tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Permanent name.
    pub id: String,
    pub class: &'static str,
    pub function: Option<String>,
    pub shape: Shape,
    /// Where it is, for what has no footprint `[east, north]`.
    pub place: Option<[f64; 2]>,
    pub tree: Tree,
    /// `sealedShare`: what is sealed of its footprint; else its use says it.
    pub sealed_share: Option<f64>,
}

/// Of a SolitaryVegetationObject or PlantCover, where its attributes tell [m].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Tree {
    pub crown_diameter_m: Option<f64>,
    pub height_m: Option<f64>,
}

/// The ground that figures relate to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plot {
    /// Closed rings; only what lies in them counts, in part where it lies there in part. Empty: everything counts whole.
    pub polygons: Vec<Polygon>,
    /// The plot's area after § 19 (3) BauNVO, where it is not that of the polygons [m²].
    pub area_m2: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// Of the plot; `None`: densities are not known [m²].
    #[serde(rename = "area")]
    pub area_m2: Option<f64>,
    pub figures: Vec<Figure>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figure {
    pub key: String,
    /// `None`: not known, or there is nothing of it.
    pub value: Option<f64>,
    /// `1`, `m`, `m²`, `m³`, `m³/m²`.
    pub unit: String,
    /// What was reckoned, one sentence.
    pub method: String,
    /// Id and version.
    pub rule_set: String,
    pub estimated: bool,
    /// Before rounding to whole units and persons.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub exact: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub limit: Option<Limit>,
    /// Of what was counted.
    pub feature_ids: Vec<String>,
    /// Of what should have been counted, but does not tell the value.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub unknown_ids: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    pub value: f64,
    /// `plan`, or the law.
    pub source: String,
    pub kept: bool,
}

impl Subject {
    pub fn of(id: &str, object: &CityObject) -> Subject {
        let function = object.attributes.get("function").and_then(|value| match value {
            serde_json::Value::Array(values) => values.first()?.as_str(),
            value => value.as_str(),
        });
        let height_m = ["height", "averageHeight"].iter().find_map(|name| number(object, name));
        Subject {
            id: id.to_owned(),
            class: object.class.name(),
            function: function.map(str::to_owned),
            shape: Shape::of(object),
            place: place_of(object).map(|[x, y, _]| [x, y]),
            tree: Tree { crown_diameter_m: number(object, "crownDiameter"), height_m },
            sealed_share: number(object, "sealedShare").filter(|share| (0.0..=1.0).contains(share)),
        }
    }

    /// A crown as an ellipsoid; of other green the solid, else its ground by its height [m³].
    fn green_m3(&self, rules: &RuleSet) -> Option<f64> {
        let height_m = self.tree.height_m.filter(|height| *height > 0.0);
        if let Some(diameter_m) = self.tree.crown_diameter_m.filter(|diameter| *diameter > 0.0) {
            let radius_m = diameter_m / 2.0;
            return height_m
                .map(|height_m| 4.0 / 3.0 * PI * radius_m * radius_m * height_m * rules.crown_share / 2.0);
        }
        let by_ground =
            height_m.map(|height_m| height_m * self.shape.footprint_m2).filter(|volume| *volume > 0.0);
        self.shape.volume_m3.or(by_ground)
    }
}

/// Storeys of a body; the second says whether they are estimated.
pub fn storeys(body: &Body, rules: &RuleSet) -> Option<(f64, bool)> {
    if let Some(storeys) = body.storeys {
        return Some((storeys, false));
    }
    let height_m = body.eaves_m? - body.bottom_m;
    (height_m > 0.0).then(|| ((height_m / rules.storey_height_m).round().max(1.0), true))
}

/// An object on the plot, with the part of it that is there.
struct Counted<'a> {
    subject: &'a Subject,
    counts_as: Use,
    housing_share: f64,
    share: f64,
}

/// A sum over objects.
#[derive(Default)]
struct Sum {
    value: f64,
    is_estimated: bool,
    ids: Vec<String>,
    unknown: Vec<String>,
}

impl Sum {
    /// `value`: of the whole object, and whether it is estimated.
    fn add(&mut self, one: &Counted, value: Option<(f64, bool)>) {
        let Some((value, is_estimated)) = value else {
            self.unknown.push(one.subject.id.clone());
            return;
        };
        self.value += value * one.share;
        self.is_estimated |= is_estimated || one.share < 1.0;
        self.ids.push(one.subject.id.clone());
    }

    fn over<'a>(
        objects: impl Iterator<Item = &'a Counted<'a>>,
        value: impl Fn(&Counted) -> Option<(f64, bool)>,
    ) -> Sum {
        let mut sum = Sum::default();
        objects.for_each(|one| sum.add(one, value(one)));
        sum
    }

    fn figure(self, key: &str, unit: &str, method: &str) -> Figure {
        let is_known = !self.ids.is_empty() || self.unknown.is_empty();
        Figure {
            key: key.to_owned(),
            value: is_known.then_some(self.value),
            unit: unit.to_owned(),
            method: method.to_owned(),
            rule_set: String::new(),
            estimated: self.is_estimated || !self.unknown.is_empty(),
            exact: None,
            limit: None,
            feature_ids: self.ids,
            unknown_ids: self.unknown,
        }
    }
}

impl Figure {
    fn per(&self, area_m2: Option<f64>, key: &str, unit: &str, method: &str) -> Figure {
        let value = self.value.zip(area_m2).map(|(value, area_m2)| value / area_m2);
        Figure {
            key: key.to_owned(),
            value,
            unit: unit.to_owned(),
            method: method.to_owned(),
            ..self.clone()
        }
    }

    fn within(mut self, limit: Option<(f64, &str)>) -> Figure {
        self.limit = limit.zip(self.value).map(|((limit, source), value)| Limit {
            value: limit,
            source: source.to_owned(),
            // Ratios of exact numbers may miss by a rounding.
            kept: value <= limit + 1e-9,
        });
        self
    }
}

/// Every figure of `KEYS`, in its order.
pub fn figures(subjects: &[Subject], plot: &Plot, rules: &RuleSet) -> Figures {
    let area_m2 =
        plot.area_m2.or_else(|| (!plot.polygons.is_empty()).then(|| plane::area_m2(&plot.polygons)));
    let area_m2 = area_m2.filter(|area_m2| *area_m2 > 0.0);
    let counted: Vec<Counted> = subjects.iter().filter_map(|subject| place(subject, plot, rules)).collect();
    let mut figures = Vec::with_capacity(KEYS.len());
    figures.push(buildings(&counted));
    densities(&counted, plot, area_m2, rules, &mut figures);
    sizes(&counted, rules, &mut figures);
    housing(&counted, rules, &mut figures);
    surfaces(&counted, plot, area_m2, rules, &mut figures);
    figures.iter_mut().for_each(|figure| figure.rule_set = rules.name());
    Figures { area_m2, figures }
}

/// In the order of the table.
pub const KEYS: [&str; 17] = [
    "buildings",
    "footprint",
    "floorArea",
    "grz",
    "grzTwo",
    "gfz",
    "bmz",
    "volume",
    "topHeight",
    "height",
    "units",
    "inhabitants",
    "greenVolume",
    "greenVolumeRatio",
    "sealedArea",
    "sealedShare",
    "roofArea",
];

/// `None` for what lies outside or counts as nothing.
fn place<'a>(subject: &'a Subject, plot: &Plot, rules: &RuleSet) -> Option<Counted<'a>> {
    let (counts_as, housing_share) = rules.use_of(subject.class, subject.function.as_deref());
    let is_counted = counts_as != Use::Nothing || subject.sealed_share.is_some();
    let share = if plot.polygons.is_empty() { 1.0 } else { share_within(subject, &plot.polygons) };
    (is_counted && share > 0.0).then_some(Counted { subject, counts_as, housing_share, share })
}

fn share_within(subject: &Subject, polygons: &[Polygon]) -> f64 {
    let whole_m2 = subject.shape.footprint_m2;
    if whole_m2 <= 0.0 {
        let is_inside = subject.place.is_some_and(|place| plane::holds(polygons, place));
        return f64::from(u8::from(is_inside));
    }
    let inside_m2 = common(&subject.shape.footprint, polygons).area_m2;
    match inside_m2 {
        _ if inside_m2 <= MIN_AREA_M2 => 0.0,
        _ if whole_m2 - inside_m2 <= MIN_AREA_M2 => 1.0,
        _ => inside_m2 / whole_m2,
    }
}

fn is_building(one: &&Counted) -> bool {
    one.subject.class == "Building" && matches!(one.counts_as, Use::Main | Use::Ancillary | Use::Underground)
}

fn is_main(one: &&Counted) -> bool {
    one.counts_as == Use::Main
}

fn buildings(counted: &[Counted]) -> Figure {
    let half_inside = counted.iter().filter(is_building).filter(|one| one.share >= 0.5);
    let ids: Vec<String> = half_inside.map(|one| one.subject.id.clone()).collect();
    let sum = Sum { value: ids.len() as f64, ids, ..Sum::default() };
    sum.figure("buildings", "1", "Buildings with at least half of their footprint on the plot.")
}

/// Footprint, floor area, GRZ, GRZ II, GFZ, BMZ.
fn densities(
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
fn floor_area(one: &Counted, rules: &RuleSet) -> Option<(f64, bool)> {
    let bodies = &one.subject.shape.bodies;
    let each = |body: &Body| {
        storeys(body, rules).map(|(count, is_estimated)| (count * body.footprint_m2, is_estimated))
    };
    let parts: Option<Vec<(f64, bool)>> =
        bodies.iter().filter(|body| body.footprint_m2 > 0.0).map(each).collect();
    let parts = parts.filter(|parts| !parts.is_empty())?;
    Some((parts.iter().map(|part| part.0).sum(), parts.iter().any(|part| part.1)))
}

/// From the lowest floor to the ceiling of the highest storey: up to the eaves, else by storeys [m³].
fn building_mass(one: &Counted, rules: &RuleSet) -> Option<(f64, bool)> {
    let roofed = |body: &Body| {
        let by_eaves = body.eaves_m.map(|eaves_m| eaves_m - body.bottom_m).filter(|height_m| *height_m > 0.0);
        let by_storeys = || body.storeys.map(|storeys| storeys * rules.storey_height_m);
        let height_m = by_eaves.or_else(by_storeys)?;
        Some((height_m * body.footprint_m2, by_eaves.is_none()))
    };
    let bodies = one.subject.shape.bodies.iter().filter(|body| body.footprint_m2 > 0.0);
    let parts: Vec<(f64, bool)> = bodies.map(roofed).collect::<Option<_>>()?;
    let has_pitch =
        one.subject.shape.roof_m2.is_some_and(|roof_m2| roof_m2 > one.subject.shape.footprint_m2 * 1.01);
    let sum = parts.iter().map(|part| part.0).sum();
    (!parts.is_empty()).then(|| (sum, has_pitch || parts.iter().any(|part| part.1)))
}

/// Where neither a height nor a BMZ is fixed and storeys are high.
fn bmz_of_high_storeys(
    counted: &[Counted],
    limits: &crate::rule_set::EffectiveLimits,
    rules: &RuleSet,
) -> Option<(f64, &'static str)> {
    let is_high = |body: &Body| {
        let height_m = body.eaves_m.map(|eaves_m| eaves_m - body.bottom_m);
        let storeys = storeys(body, rules).filter(|(count, is_estimated)| *count > 0.0 && !is_estimated);
        height_m.zip(storeys).is_some_and(|(height_m, (count, _))| height_m / count > HIGH_STOREY_M)
    };
    let any = counted.iter().filter(is_main).flat_map(|one| &one.subject.shape.bodies).any(is_high);
    let (gfz, _) = limits.gfz.filter(|_| any && limits.height_m.is_none())?;
    Some((HIGH_STOREY_M * gfz, "§ 21 (4) BauNVO"))
}

/// Volume and heights.
fn sizes(counted: &[Counted], rules: &RuleSet, figures: &mut Vec<Figure>) {
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
fn housing(counted: &[Counted], rules: &RuleSet, figures: &mut Vec<Figure>) {
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

/// Green, sealed, roofs.
fn surfaces(
    counted: &[Counted],
    plot: &Plot,
    area_m2: Option<f64>,
    rules: &RuleSet,
    figures: &mut Vec<Figure>,
) {
    let green = counted.iter().filter(|one| one.counts_as == Use::Green);
    let green = Sum::over(green, |one| one.subject.green_m3(rules).map(|volume| (volume, true))).figure(
        "greenVolume",
        "m³",
        "Tree crowns as ellipsoids of their diameter and height, other green by its solid or its height.",
    );
    let ratio = green.per(area_m2, "greenVolumeRatio", "m³/m²", "Green volume by the plot's area.");
    let sealed = sealed(counted, plot);
    let share = sealed.per(area_m2, "sealedShare", "1", "Sealed area by the plot's area.");
    let roofs = Sum::over(counted.iter().filter(is_building), |one| {
        one.subject.shape.roof_m2.map(|area| (area, false))
    });
    let roofs = roofs.figure("roofArea", "m²", "Roof surfaces in space.");
    figures.extend([green, ratio, sealed, share, roofs]);
}

fn sealed(counted: &[Counted], plot: &Plot) -> Figure {
    let share = |one: &Counted| {
        let by_use = matches!(one.counts_as, Use::Main | Use::Ancillary | Use::Underground | Use::Paved);
        one.subject.sealed_share.unwrap_or(f64::from(u8::from(by_use)))
    };
    let method = "Ground under buildings and paved surfaces, once where they overlap.";
    Figure { key: "sealedArea".to_owned(), method: method.to_owned(), ..covered(counted, plot, share) }
}

/// Ground that several cover counts once; what counts in part counts by itself.
fn covered(counted: &[Counted], plot: &Plot, share: impl Fn(&Counted) -> f64) -> Figure {
    let (mut whole, mut ids, mut in_part) = (Vec::new(), Vec::new(), 0.0);
    for one in counted.iter().filter(|one| one.subject.shape.footprint_m2 > 0.0) {
        match share(one) {
            0.0 => continue,
            1.0 => whole.extend_from_slice(&one.subject.shape.footprint),
            share => in_part += share * one.share * one.subject.shape.footprint_m2,
        }
        ids.push(one.subject.id.clone());
    }
    let united = united(&whole);
    let is_bounded = !plot.polygons.is_empty();
    let inside_m2 =
        if is_bounded { common(&united.polygons, &plot.polygons).area_m2 } else { united.area_m2 };
    let sum = Sum { value: inside_m2 + in_part, ids, is_estimated: in_part > 0.0, ..Sum::default() };
    sum.figure("", "m²", "")
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
