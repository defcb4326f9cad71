//! What differs between two states of a set of objects. The difference from b to a is the inverse of that from a to b.

mod attributes;
mod placing;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stadtwin_model::CityObject;

use self::attributes::compare_attributes;
use self::placing::{Placing, half_open_deg, is_alike, placing};
use crate::shape::Shape;

/// An object in one of the states.
#[derive(Debug, Clone, Copy)]
pub struct Version<'a> {
    /// Permanent name.
    pub uid: &'a str,
    pub object: &'a CityObject,
    /// Permanent names of the objects in whose place it stands.
    pub predecessors: &'a [String],
}

/// Smaller differences are none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Of points and heights [m].
    pub length_m: f64,
    pub area_m2: f64,
    pub volume_m3: f64,
}

impl Default for Tolerances {
    fn default() -> Tolerances {
        Tolerances { length_m: 0.01, area_m2: 0.1, volume_m3: 0.1 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    Added,
    Removed,
    /// Objects of `before` by those of `after`.
    Replaced,
    /// Attributes, shape or both.
    Modified,
    /// The same shape at another place; attributes may differ too.
    Moved,
}

/// One object changed, or several that stand for one another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub kind: ChangeKind,
    /// Permanent names, sorted; empty for what was added.
    pub before: Vec<String>,
    /// Permanent names, sorted; empty for what was removed.
    pub after: Vec<String>,
    /// Where one object is compared with one.
    pub attributes: Vec<AttributeChange>,
    pub geometry_changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub movement: Option<Movement>,
    /// From the lowest to the highest point; of several objects the highest of them [m].
    #[serde(rename = "height")]
    pub height_m: Delta,
    #[serde(rename = "volume")]
    pub volume_m3: Delta,
    #[serde(rename = "footprint")]
    pub footprint_m2: Delta,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeChange {
    /// Id of the part concerned; empty for the object itself.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub part: String,
    /// `@class` for the class; a part that comes or goes has its class alone.
    pub name: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Movement {
    /// `[east, north, up]` of the middle of its points [m].
    pub translate: [f64; 3],
    /// Counter-clockwise seen from above [°].
    pub rotate: f64,
}

/// `None` before and after: no such object, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Delta {
    pub before: Option<f64>,
    pub after: Option<f64>,
    /// After less before; what was added or removed counts whole.
    pub delta: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Diff {
    /// By the first of their permanent names.
    pub changes: Vec<Change>,
}

impl Diff {
    /// What undoes it.
    pub fn inverse(&self) -> Diff {
        Diff { changes: self.changes.iter().map(Change::inverse).collect() }
    }
}

impl Change {
    pub fn inverse(&self) -> Change {
        let kind = match self.kind {
            ChangeKind::Added => ChangeKind::Removed,
            ChangeKind::Removed => ChangeKind::Added,
            kind => kind,
        };
        let turned = |change: &AttributeChange| AttributeChange {
            before: change.after.clone(),
            after: change.before.clone(),
            ..change.clone()
        };
        let back = |movement: Movement| Movement {
            translate: movement.translate.map(|value| -value),
            rotate: half_open_deg(-movement.rotate),
        };
        Change {
            kind,
            before: self.after.clone(),
            after: self.before.clone(),
            attributes: self.attributes.iter().map(turned).collect(),
            geometry_changed: self.geometry_changed,
            movement: self.movement.map(back),
            height_m: self.height_m.inverse(),
            volume_m3: self.volume_m3.inverse(),
            footprint_m2: self.footprint_m2.inverse(),
        }
    }
}

impl Delta {
    fn inverse(self) -> Delta {
        Delta { before: self.after, after: self.before, delta: self.delta.map(|delta| 0.0 - delta) }
    }

    fn between(before: Option<f64>, after: Option<f64>, tolerance: f64) -> Delta {
        let delta = before.zip(after).map(|(before, after)| after - before);
        let delta = delta.map(|delta| if delta.abs() <= tolerance { 0.0 } else { thousandths(delta) });
        Delta { before: before.map(thousandths), after: after.map(thousandths), delta }
    }
}

/// No city is measured closer than that, and no number needs more digits.
fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The objects of two states, each with those of its objects that may differ; what stands unchanged in both is no change.
pub fn diff(before: &[Version], after: &[Version], tolerances: &Tolerances) -> Diff {
    let by_uid = |versions: &[Version<'_>]| -> BTreeMap<String, usize> {
        versions.iter().enumerate().map(|(index, one)| (one.uid.to_owned(), index)).collect()
    };
    let (old, new) = (by_uid(before), by_uid(after));
    let mut changes = Vec::new();
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    for (uid, index) in &old {
        match new.get(uid) {
            Some(other) => changes.extend(compare(&before[*index], &after[*other], tolerances)),
            None => gone.push(&before[*index]),
        }
    }
    come.extend(new.iter().filter(|(uid, _)| !old.contains_key(*uid)).map(|(_, index)| &after[*index]));
    for (gone, come) in groups(&gone, &come) {
        changes.extend(exchanged(&gone, &come, tolerances));
    }
    changes.sort_by(|a, b| first_name(a).cmp(&first_name(b)));
    Diff { changes }
}

fn first_name(change: &Change) -> Option<&String> {
    change.before.first().into_iter().chain(change.after.first()).min()
}

/// One object in both states.
fn compare(before: &Version, after: &Version, tolerances: &Tolerances) -> Option<Change> {
    let mut attributes = Vec::new();
    compare_attributes("", Some(before.object), Some(after.object), &mut attributes);
    let placing = placing(before.object, after.object, tolerances);
    // Most of what two states have in common.
    if attributes.is_empty() && matches!(placing, Placing::Same) {
        return None;
    }
    let shapes = (Shape::of(before.object), Shape::of(after.object));
    let geometry_changed = match placing {
        Placing::Same => false,
        Placing::Moved(_) => true,
        Placing::Other => !is_alike(before.object, after.object, &shapes, tolerances),
    };
    if attributes.is_empty() && !geometry_changed {
        return None;
    }
    let movement = if let Placing::Moved(movement) = placing { Some(movement) } else { None };
    let kind = if movement.is_some() { ChangeKind::Moved } else { ChangeKind::Modified };
    Some(Change {
        kind,
        before: vec![before.uid.to_owned()],
        after: vec![after.uid.to_owned()],
        attributes,
        geometry_changed,
        movement,
        ..measured(&[shapes.0], &[shapes.1], tolerances)
    })
}

/// Objects that went and came in each other's place: replaced; all others one by one.
fn exchanged(gone: &[&Version], come: &[&Version], tolerances: &Tolerances) -> Vec<Change> {
    let names = |versions: &[&Version]| {
        let mut names: Vec<String> = versions.iter().map(|one| one.uid.to_owned()).collect();
        names.sort();
        names
    };
    let shapes = |versions: &[&Version]| versions.iter().map(|one| Shape::of(one.object)).collect::<Vec<_>>();
    let whole = |kind, gone: &[&Version], come: &[&Version]| Change {
        kind,
        before: names(gone),
        after: names(come),
        attributes: between_single(gone, come),
        ..measured(&shapes(gone), &shapes(come), tolerances)
    };
    match (gone.is_empty(), come.is_empty()) {
        (false, false) => vec![whole(ChangeKind::Replaced, gone, come)],
        (false, true) => gone.iter().map(|one| whole(ChangeKind::Removed, &[one], &[])).collect(),
        _ => come.iter().map(|one| whole(ChangeKind::Added, &[], &[one])).collect(),
    }
}

fn between_single(gone: &[&Version], come: &[&Version]) -> Vec<AttributeChange> {
    let mut attributes = Vec::new();
    match (gone, come) {
        ([one], [other]) => compare_attributes("", Some(one.object), Some(other.object), &mut attributes),
        _ => return attributes,
    }
    attributes
}

fn measured(before: &[Shape], after: &[Shape], tolerances: &Tolerances) -> Change {
    let sum = |shapes: &[Shape], of: fn(&Shape) -> Option<f64>| {
        if shapes.is_empty() { Some(0.0) } else { shapes.iter().map(of).sum() }
    };
    let highest = |shapes: &[Shape]| {
        if shapes.is_empty() { Some(0.0) } else { shapes.iter().filter_map(Shape::height_m).reduce(f64::max) }
    };
    let side = |shapes: &[Shape], value: Option<f64>| value.filter(|_| !shapes.is_empty());
    let delta = |old: Option<f64>, new: Option<f64>, tolerance| {
        let told = Delta::between(old, new, tolerance);
        Delta { before: side(before, told.before), after: side(after, told.after), ..told }
    };
    Change {
        kind: ChangeKind::Modified,
        before: Vec::new(),
        after: Vec::new(),
        attributes: Vec::new(),
        geometry_changed: true,
        movement: None,
        height_m: delta(highest(before), highest(after), tolerances.length_m),
        volume_m3: delta(
            sum(before, |shape| shape.volume_m3),
            sum(after, |shape| shape.volume_m3),
            tolerances.volume_m3,
        ),
        footprint_m2: delta(
            sum(before, |shape| Some(shape.footprint_m2)),
            sum(after, |shape| Some(shape.footprint_m2)),
            tolerances.area_m2,
        ),
    }
}

type Group<'a> = (Vec<&'a Version<'a>>, Vec<&'a Version<'a>>);

/// Those that name one another, or the same one, as predecessors go together.
fn groups<'a>(gone: &[&'a Version<'a>], come: &[&'a Version<'a>]) -> Vec<Group<'a>> {
    let mut leaders: BTreeMap<&str, &str> = BTreeMap::new();
    fn leader<'n>(leaders: &BTreeMap<&'n str, &'n str>, mut name: &'n str) -> &'n str {
        while let Some(next) = leaders.get(name).filter(|next| **next != name) {
            name = next;
        }
        name
    }
    for version in gone.iter().chain(come) {
        for predecessor in version.predecessors {
            let (a, b) = (leader(&leaders, version.uid), leader(&leaders, predecessor));
            // The lesser name leads: the same from both sides.
            leaders.insert(a.max(b), a.min(b));
        }
    }
    let mut groups: BTreeMap<&str, Group> = BTreeMap::new();
    for version in gone {
        groups.entry(leader(&leaders, version.uid)).or_default().0.push(version);
    }
    for version in come {
        groups.entry(leader(&leaders, version.uid)).or_default().1.push(version);
    }
    groups.into_values().collect()
}

#[cfg(test)]
mod tests;
