//! What differs between two states of a set of objects. The difference from b to a is the inverse of that from a to b.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use stadtwin_model::CityObject;

use crate::plane::apart;
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
        let delta = delta.map(|delta| if delta.abs() <= tolerance { 0.0 } else { delta });
        Delta { before, after, delta }
    }
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
    let delta = |old: Option<f64>, new: Option<f64>, tolerance| Delta {
        before: side(before, old),
        after: side(after, new),
        ..Delta::between(old, new, tolerance)
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

/// Attributes of an object and of all below it, matched by their ids.
fn compare_attributes(
    part: &str,
    before: Option<&CityObject>,
    after: Option<&CityObject>,
    changes: &mut Vec<AttributeChange>,
) {
    let mut change = |name: &str, before: Option<&Value>, after: Option<&Value>| {
        changes.push(AttributeChange {
            part: part.to_owned(),
            name: name.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        });
    };
    let class = |object: Option<&CityObject>| {
        object.map(|one| Value::from(one.source_class.as_deref().unwrap_or(one.class.name())))
    };
    if class(before) != class(after) {
        change("@class", class(before).as_ref(), class(after).as_ref());
    }
    let (Some(before), Some(after)) = (before, after) else { return };
    let names: BTreeSet<&String> = before.attributes.keys().chain(after.attributes.keys()).collect();
    for name in names {
        let (old, new) = (before.attributes.get(name), after.attributes.get(name));
        if !is_same(old, new) {
            change(name, old, new);
        }
    }
    let children = |object: &'_ CityObject| -> BTreeSet<String> {
        object.children.iter().map(|child| child.id.clone()).collect()
    };
    let find = |object: &'_ CityObject, id: &str| object.children.iter().position(|child| child.id == id);
    for id in children(before).union(&children(after)) {
        let old = find(before, id).map(|index| &before.children[index]);
        let new = find(after, id).map(|index| &after.children[index]);
        compare_attributes(id, old, new, changes);
    }
}

/// 3 is 3.0.
fn is_same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => a == b || a.as_f64() == b.as_f64(),
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(Some(a), Some(b)))
        }
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.len() == b.len() && a.iter().all(|(name, value)| is_same(Some(value), b.get(name)))
        }
        (a, b) => a == b,
    }
}

enum Placing {
    Same,
    Moved(Movement),
    /// Built otherwise: whether it is the same shape is to be measured.
    Other,
}

/// All points, if both are built of the same rings in the same order.
fn placing(before: &CityObject, after: &CityObject, tolerances: &Tolerances) -> Placing {
    let (before, after) = (before.placed(), after.placed());
    let of = |object: &'_ CityObject| -> Vec<[f64; 3]> {
        object.walk().iter().flat_map(|part| &part.geometries).flat_map(|one| one.points.clone()).collect()
    };
    let build = |object: &'_ CityObject| -> Vec<_> {
        let walk = object.walk();
        let geometries = walk.iter().flat_map(|part| &part.geometries);
        geometries.map(|one| (one.lod, one.kind, one.ring_ends.clone())).collect()
    };
    if build(&before) != build(&after) {
        return Placing::Other;
    }
    let (old, new) = (of(&before), of(&after));
    let apart =
        |(p, q): (&[f64; 3], &[f64; 3])| (0..3).all(|axis| (p[axis] - q[axis]).abs() <= tolerances.length_m);
    if old.iter().zip(&new).all(apart) {
        return Placing::Same;
    }
    movement(&old, &new, tolerances.length_m).map_or(Placing::Other, Placing::Moved)
}

/// The shift and turn about the vertical that bring the one onto the other, if any do.
fn movement(old: &[[f64; 3]], new: &[[f64; 3]], tolerance_m: f64) -> Option<Movement> {
    let (from, to) = (middle(old), middle(new));
    let (mut sin, mut cos) = (0.0, 0.0);
    for (p, q) in old.iter().zip(new) {
        let (a, b) = ([p[0] - from[0], p[1] - from[1]], [q[0] - to[0], q[1] - to[1]]);
        sin += a[0] * b[1] - a[1] * b[0];
        cos += a[0] * b[0] + a[1] * b[1];
    }
    let turn = sin.atan2(cos);
    let (sin, cos) = turn.sin_cos();
    let fits = |(p, q): (&[f64; 3], &[f64; 3])| {
        let [x, y, z] = [p[0] - from[0], p[1] - from[1], p[2] - from[2]];
        let turned = [x * cos - y * sin + to[0], x * sin + y * cos + to[1], z + to[2]];
        (0..3).all(|axis| (turned[axis] - q[axis]).abs() <= tolerance_m)
    };
    old.iter().zip(new).all(fits).then(|| Movement {
        translate: [0, 1, 2].map(|axis| to[axis] - from[axis]),
        rotate: half_open_deg(turn.to_degrees()),
    })
}

/// Half a turn is +180° either way round.
fn half_open_deg(turn_deg: f64) -> f64 {
    if turn_deg <= -180.0 { 180.0 } else { turn_deg }
}

fn middle(points: &[[f64; 3]]) -> [f64; 3] {
    let Some(origin) = points.first() else { return [0.0; 3] };
    let count = points.len() as f64;
    [0, 1, 2].map(|axis| origin[axis] + points.iter().map(|p| p[axis] - origin[axis]).sum::<f64>() / count)
}

/// Cut into other faces or told otherwise, but the same to measure and at the same place.
fn is_alike(
    before: &CityObject,
    after: &CityObject,
    (old, new): &(Shape, Shape),
    tolerances: &Tolerances,
) -> bool {
    let lods = |object: &'_ CityObject| -> BTreeSet<_> {
        object.walk().iter().flat_map(|part| &part.geometries).map(|one| one.lod).collect()
    };
    let near = |a: Option<f64>, b: Option<f64>, tolerance: f64| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance,
        (a, b) => a.is_none() && b.is_none(),
    };
    let height = |shape: &Shape, index: usize| shape.heights_m.map(|heights| heights[index]);
    lods(before) == lods(after)
        && (0..2).all(|index| near(height(old, index), height(new, index), tolerances.length_m))
        && near(old.volume_m3, new.volume_m3, tolerances.volume_m3)
        && near(old.roof_m2, new.roof_m2, tolerances.area_m2)
        && apart(&old.footprint, &new.footprint).area_m2 <= tolerances.area_m2
}

#[cfg(test)]
#[path = "diff_tests.rs"]
mod tests;
