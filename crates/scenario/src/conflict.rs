//! Where plans stand in each other's way, in the way of what stands, or beyond their border.

use std::cell::OnceCell;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use stadtwin_geometry::{Polygon, footprint};
use stadtwin_model::{CityObject, Envelope, Module, Span};

use crate::overlap::{Body, Effort, overlap};
use crate::plane::{Region, common, distance_m, without};
use crate::span::{self, as_texts};

/// Smaller ones are no conflict.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    pub area_m2: f64,
    pub volume_m3: f64,
    /// Neighbours up to this far are told [m].
    pub distance_m: f64,
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds { area_m2: 0.01, volume_m3: 0.01, distance_m: 200.0 }
    }
}

/// What a scenario does.
#[derive(Debug, Clone, Default)]
pub struct Plan<'a> {
    pub scenario: &'a str,
    pub planned: Vec<Standing<'a>>,
    pub touches: Vec<Touch<'a>>,
}

/// An object that stands for a time: planned, or of the stock.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// Permanent name.
    pub uid: &'a str,
    pub object: &'a CityObject,
    pub span: Span,
}

/// An operation on an object of the stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Touch<'a> {
    /// Permanent name.
    pub target: &'a str,
    pub action: Action,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    Remove,
    Replace,
    /// Attributes alone: the object stays where it is.
    Modify,
    Transform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Code {
    /// The same object touched by two plans.
    C1,
    /// Two planned objects in the same room.
    C2,
    /// A planned object in the room of one that stands and is not removed.
    C3,
    /// A planned object outside of its municipality.
    C4,
    /// A neighbour nearby.
    C6,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Gravity {
    Info,
    Medium,
    High,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// `None` for the stock and for neighbours.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scenario: Option<String>,
    /// Permanent name of an object, or the neighbour's; `None`: the plan as a whole.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub uid: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conflict {
    pub code: Code,
    #[serde(rename = "severity")]
    pub gravity: Gravity,
    pub first: Party,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub second: Option<Party>,
    /// Closed rings: common footprint, or what lies outside; empty where there is none to show.
    pub polygons: Vec<Polygon>,
    #[serde(rename = "area", skip_serializing_if = "Option::is_none", default)]
    pub area_m2: Option<f64>,
    #[serde(rename = "volume", skip_serializing_if = "Option::is_none", default)]
    pub volume_m3: Option<f64>,
    #[serde(rename = "distance", skip_serializing_if = "Option::is_none", default)]
    pub distance_m: Option<f64>,
    /// When; several where one side is away for a while.
    #[serde(with = "as_texts")]
    pub spans: Vec<Span>,
    /// Whether a block over the footprint stands for a solid that is not closed.
    pub estimated: bool,
}

impl Conflict {
    fn new(code: Code, gravity: Gravity, first: Party, second: Option<Party>) -> Conflict {
        Conflict {
            code,
            gravity,
            first,
            second,
            polygons: Vec::new(),
            area_m2: None,
            volume_m3: None,
            distance_m: None,
            spans: Vec::new(),
            estimated: false,
        }
    }

    /// Of all its spans; `None` where one is open [d].
    pub fn days(&self) -> Option<f64> {
        self.spans.iter().map(span::days).sum()
    }
}

/// Conflicts that one search looks for; who has so many has others to settle first.
const MOST_CONFLICTS: usize = 10_000;

/// C1 and C2 between two plans.
pub fn between(a: &Plan, b: &Plan, thresholds: &Thresholds) -> Vec<Conflict> {
    let mut conflicts = same_targets(a, b);
    let (ours, theirs) = (Placed::of_all(&a.planned), Placed::of_all(&b.planned));
    let effort = Effort::new();
    each_pair(&ours, &theirs, |one, two| {
        if conflicts.len() >= MOST_CONFLICTS {
            return;
        }
        let Some(span) = span::common(&one.standing.span, &two.standing.span) else { return };
        let found = shared_room((one, two), thresholds, &effort);
        conflicts.extend(found.map(|room| Conflict {
            spans: vec![span],
            ..room.conflict(Code::C2, planned_party(a, one), Some(planned_party(b, two)))
        }));
    });
    conflicts
}

/// C3: against what stands and is not removed or replaced at the time. An object in its own old room is no conflict.
pub fn with_stock(plan: &Plan, stock: &[Standing], thresholds: &Thresholds) -> Vec<Conflict> {
    let mut away: HashMap<&str, Vec<Span>> = HashMap::new();
    for touch in plan.touches.iter().filter(|touch| touch.action != Action::Modify) {
        away.entry(touch.target).or_default().push(touch.span);
    }
    let (planned, standing) = (Placed::of_all(&plan.planned), Placed::of_all(stock));
    let mut conflicts = Vec::new();
    let effort = Effort::new();
    each_pair(&planned, &standing, |one, two| {
        if one.standing.uid == two.standing.uid || conflicts.len() >= MOST_CONFLICTS {
            return;
        }
        let Some(both) = span::common(&one.standing.span, &two.standing.span) else { return };
        let spans = span::without(&both, away.get(two.standing.uid).map_or(&[][..], Vec::as_slice));
        if spans.is_empty() {
            return;
        }
        let second = Party { scenario: None, uid: Some(two.standing.uid.to_owned()) };
        let found = shared_room((one, two), thresholds, &effort);
        conflicts.extend(found.map(|room| Conflict {
            spans,
            ..room.conflict(Code::C3, planned_party(plan, one), Some(second))
        }));
    });
    conflicts
}

/// C4: what of the planned footprints lies outside of the municipality.
pub fn outside(plan: &Plan, boundary: &[Polygon], thresholds: &Thresholds) -> Vec<Conflict> {
    let beyond = |one: &Standing| {
        let region = without(&footprint(one.object), boundary);
        let party = Party { scenario: Some(plan.scenario.to_owned()), uid: Some(one.uid.to_owned()) };
        (region.area_m2 > thresholds.area_m2).then(|| Conflict {
            polygons: region.polygons,
            area_m2: Some(region.area_m2),
            spans: vec![one.span],
            ..Conflict::new(Code::C4, Gravity::High, party, None)
        })
    };
    plan.planned.iter().filter_map(beyond).collect()
}

/// Somebody next to a plan: a municipality, or another plan.
#[derive(Debug, Clone, Copy)]
pub struct Neighbour<'a> {
    pub scenario: Option<&'a str>,
    /// Of the municipality or the project.
    pub name: &'a str,
    pub polygons: &'a [Polygon],
}

/// C6: neighbours of the plan's area up to the distance of the thresholds.
pub fn nearby(
    scenario: &str,
    area: &[Polygon],
    neighbours: &[Neighbour],
    thresholds: &Thresholds,
) -> Vec<Conflict> {
    let near = |neighbour: &Neighbour| {
        let distance_m = distance_m(area, neighbour.polygons)?;
        let first = Party { scenario: Some(scenario.to_owned()), uid: None };
        let second =
            Party { scenario: neighbour.scenario.map(str::to_owned), uid: Some(neighbour.name.to_owned()) };
        (distance_m <= thresholds.distance_m).then(|| Conflict {
            distance_m: Some(distance_m),
            spans: vec![Span::ALWAYS],
            ..Conflict::new(Code::C6, Gravity::Info, first, Some(second))
        })
    };
    neighbours.iter().filter_map(near).collect()
}

/// C1: two removals are worth a notice, all else is a conflict.
fn same_targets(a: &Plan, b: &Plan) -> Vec<Conflict> {
    let mut by_target: HashMap<&str, Vec<&Touch>> = HashMap::new();
    for touch in &b.touches {
        by_target.entry(touch.target).or_default().push(touch);
    }
    let mut conflicts = Vec::new();
    for one in &a.touches {
        for two in by_target.get(one.target).into_iter().flatten() {
            let Some(span) = span::common(&one.span, &two.span) else { continue };
            let both_remove = one.action == Action::Remove && two.action == Action::Remove;
            let gravity = if both_remove { Gravity::Info } else { Gravity::High };
            let party = |plan: &Plan| Party {
                scenario: Some(plan.scenario.to_owned()),
                uid: Some(one.target.to_owned()),
            };
            let conflict = Conflict::new(Code::C1, gravity, party(a), Some(party(b)));
            conflicts.push(Conflict { spans: vec![span], ..conflict });
        }
    }
    conflicts
}

fn planned_party(plan: &Plan, one: &Placed) -> Party {
    Party { scenario: Some(plan.scenario.to_owned()), uid: Some(one.standing.uid.to_owned()) }
}

/// An object with its box; footprint and body are made when asked for.
struct Placed<'a> {
    standing: &'a Standing<'a>,
    envelope: Envelope,
    footprint: OnceCell<Vec<Polygon>>,
    body: OnceCell<Option<Body>>,
}

impl<'a> Placed<'a> {
    /// From west to east, without those that are nowhere.
    fn of_all(standing: &'a [Standing<'a>]) -> Vec<Placed<'a>> {
        let place = |standing: &'a Standing<'a>| {
            let placed = standing.object.placed();
            let mut envelope = Envelope::EMPTY;
            placed
                .walk()
                .iter()
                .flat_map(|part| &part.geometries)
                .for_each(|one| envelope.union(&one.envelope()));
            Placed { standing, envelope, footprint: OnceCell::new(), body: OnceCell::new() }
        };
        let mut all: Vec<Placed> =
            standing.iter().map(place).filter(|one| !one.envelope.is_empty()).collect();
        all.sort_by(|a, b| a.envelope.min[0].total_cmp(&b.envelope.min[0]));
        all
    }

    fn footprint(&self) -> &[Polygon] {
        self.footprint.get_or_init(|| footprint(self.standing.object))
    }

    fn body(&self) -> Option<&Body> {
        let object = self.standing.object;
        let may_be_block = takes_room(object)?;
        let body = self.body.get_or_init(|| Body::of(object)).as_ref();
        body.filter(|body| may_be_block || !body.is_estimated)
    }
}

/// Pairs whose boxes share room. A sweep from west to east over both.
fn each_pair<'a>(
    ours: &'a [Placed<'a>],
    theirs: &'a [Placed<'a>],
    mut visit: impl FnMut(&'a Placed<'a>, &'a Placed<'a>),
) {
    // How far west one may begin that reaches a place: no farther than the widest is wide.
    let widest = theirs.iter().map(|one| one.envelope.max[0] - one.envelope.min[0]).fold(0.0, f64::max);
    for one in ours {
        let from = theirs.partition_point(|two| two.envelope.min[0] < one.envelope.min[0] - widest);
        let reach = theirs.iter().skip(from).take_while(|two| two.envelope.min[0] <= one.envelope.max[0]);
        reach.filter(|two| overlap(&one.envelope, &two.envelope)).for_each(|two| visit(one, two));
    }
}

struct SharedRoom {
    plan: Region,
    volume_m3: f64,
    is_estimated: bool,
}

impl SharedRoom {
    fn conflict(self, code: Code, first: Party, second: Option<Party>) -> Conflict {
        Conflict {
            polygons: self.plan.polygons,
            area_m2: Some(self.plan.area_m2),
            volume_m3: Some(self.volume_m3),
            estimated: self.is_estimated,
            ..Conflict::new(code, Gravity::High, first, second)
        }
    }
}

/// What takes room with its solids, and whether a block over its footprint may stand for them. Ground, water, roads and
/// spaces that are only meant take none.
fn takes_room(object: &CityObject) -> Option<bool> {
    match object.class.get().module {
        Module::Building | Module::Bridge | Module::Tunnel | Module::Construction => Some(true),
        Module::CityFurniture | Module::Vegetation => Some(false),
        Module::Generics => {
            ["GenericCityObject", "GenericOccupiedSpace"].contains(&object.class.name()).then_some(false)
        }
        _ => None,
    }
}

/// More than a touch, in plan and in room.
fn shared_room(
    (one, two): (&Placed, &Placed),
    thresholds: &Thresholds,
    effort: &Effort,
) -> Option<SharedRoom> {
    let (a, b) = (one.body()?, two.body()?);
    let plan = common(one.footprint(), two.footprint());
    if plan.area_m2 <= thresholds.area_m2 {
        return None;
    }
    let block =
        |placed: &Placed| Body::block(placed.footprint(), [placed.envelope.min[2], placed.envelope.max[2]]);
    let (volume_m3, is_block) = match effort.spend_on(a, b) {
        true => (a.common_m3(b), false),
        false => (block(one)?.common_m3(&block(two)?), true),
    };
    let is_estimated = is_block || a.is_estimated || b.is_estimated;
    (volume_m3 > thresholds.volume_m3).then_some(SharedRoom { plan, volume_m3, is_estimated })
}

#[cfg(test)]
#[path = "conflict_tests.rs"]
mod tests;
