//! The figures of a state: what stands on the plot, how densely, for how many.

mod densities;
mod sizes;
mod surfaces;

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};
use stadtwin_geometry::Polygon;
use stadtwin_model::CityObject;

use crate::plane::{self, common};
use crate::rule_set::{RuleSet, Use};
use crate::shape::{Part, Shape, number};
use crate::transform::place_of;

/// Less of a footprint is outside or inside by rounding only [m²].
const MIN_AREA_M2: f64 = 0.01;

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
pub fn storeys(body: &Part, rules: &RuleSet) -> Option<(f64, bool)> {
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
            // Areas come from a grid: what is just kept may miss by a rounding.
            kept: value <= limit * (1.0 + 1e-6),
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
    figures.push(sizes::buildings(&counted));
    densities::densities(&counted, plot, area_m2, rules, &mut figures);
    sizes::sizes(&counted, rules, &mut figures);
    sizes::housing(&counted, rules, &mut figures);
    surfaces::surfaces(&counted, plot, area_m2, rules, &mut figures);
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

#[cfg(test)]
mod tests;
