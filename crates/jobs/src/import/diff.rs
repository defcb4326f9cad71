//! What differs between an object as the store has it and as the input has it. Reads and writes nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use stadtwin_model::{Attributes, BoundarySurface, CityObject, Geometry};

/// Differences of one kind told of one object; more are counted only.
const TOLD: usize = 50;
/// Characters of a value that are told.
const VALUE_LENGTH: usize = 200;

/// What changed in one top-level object, its parts included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FeatureDiff {
    /// gml:id.
    pub id: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub geometry: Vec<GeometryDiff>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<AttributeDiff>,
    /// gml:ids.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts_added: Vec<String>,
    /// gml:ids.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts_removed: Vec<String>,
    /// Differences that are not listed above: past the bound, or in what is not compared (the class, appearances, …).
    pub others: u64,
}

/// One geometry that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GeometryDiff {
    /// gml:id of the part; absent for the object itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    pub lod: String,
    pub kind: String,
    pub change: Change,
    /// `[before, after]`.
    pub faces: [u64; 2],
    /// Farthest that a vertex moved [m]; absent when their number differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moved_m: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// One attribute that differs; a side that lacks it is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttributeDiff {
    /// gml:id of the part; absent for the object itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    pub name: String,
    pub old: Value,
    pub new: Value,
}

/// Compares an object with its successor of the same id.
pub fn diff(old: &CityObject, new: &CityObject) -> FeatureDiff {
    let mut found = FeatureDiff { id: new.id.clone(), ..FeatureDiff::default() };
    compare(old, new, None, &mut found);
    if !found.has_geometry() && !found.has_attributes() && !found.has_parts() && found.others == 0 {
        found.others = 1;
    }
    found
}

impl FeatureDiff {
    pub fn has_geometry(&self) -> bool {
        !self.geometry.is_empty()
    }

    pub fn has_attributes(&self) -> bool {
        !self.attributes.is_empty()
    }

    pub fn has_parts(&self) -> bool {
        !self.parts_added.is_empty() || !self.parts_removed.is_empty()
    }

    /// One line for people.
    pub fn to_text(&self) -> String {
        let mut parts = Vec::new();
        for geometry in self.geometry.iter().take(5) {
            let moved = geometry.moved_m.map(|m| format!(", moved by up to {m:.3} m")).unwrap_or_default();
            let [before, after] = geometry.faces;
            let faces = if before == after { String::new() } else { format!(", {before} → {after} faces") };
            let change = match geometry.change {
                Change::Added => "new",
                Change::Removed => "gone",
                Change::Changed => "changed",
            };
            parts.push(format!("LoD{} {} {change}{faces}{moved}", geometry.lod, geometry.kind));
        }
        for attribute in self.attributes.iter().take(5) {
            parts.push(format!("{} {} → {}", attribute.name, attribute.old, attribute.new));
        }
        for (ids, what) in [(&self.parts_added, "new"), (&self.parts_removed, "gone")] {
            parts.extend(ids.iter().take(5).map(|id| format!("part {id} {what}")));
        }
        let told = [&self.parts_added, &self.parts_removed].iter().map(|ids| ids.len().min(5)).sum::<usize>()
            + self.geometry.len().min(5)
            + self.attributes.len().min(5);
        let all = self.geometry.len()
            + self.attributes.len()
            + self.parts_added.len()
            + self.parts_removed.len()
            + self.others as usize;
        match all - told {
            0 => {}
            more if told > 0 => parts.push(format!("{more} more")),
            _ => parts.push("something else".to_owned()),
        }
        format!("{}: {}", self.id, parts.join("; "))
    }

    fn push_attribute(&mut self, part: Option<&str>, name: &str, old: Option<&Value>, new: Option<&Value>) {
        if self.attributes.len() >= TOLD {
            self.others += 1;
            return;
        }
        let told = |value: Option<&Value>| value.map_or(Value::Null, shortened);
        self.attributes.push(AttributeDiff {
            part: part.map(str::to_owned),
            name: name.to_owned(),
            old: told(old),
            new: told(new),
        });
    }

    fn push_geometry(&mut self, part: Option<&str>, old: Option<&Geometry>, new: Option<&Geometry>) {
        let Some(known) = new.or(old) else { return };
        if self.geometry.len() >= TOLD {
            self.others += 1;
            return;
        }
        let count = |side: Option<&Geometry>| side.map_or(0, |geometry| geometry.faces.len() as u64);
        self.geometry.push(GeometryDiff {
            part: part.map(str::to_owned),
            lod: known.lod.to_string(),
            kind: known.kind.name().to_owned(),
            change: match (old, new) {
                (None, _) => Change::Added,
                (_, None) => Change::Removed,
                _ => Change::Changed,
            },
            faces: [count(old), count(new)],
            moved_m: old.zip(new).and_then(|(old, new)| farthest_move_m(old, new)),
        });
    }
}

fn compare(old: &CityObject, new: &CityObject, part: Option<&str>, found: &mut FeatureDiff) {
    if old.class != new.class || old.source_class != new.source_class {
        found.others += 1;
    }
    for (name, value) in &new.attributes {
        let before = old.attributes.get(name);
        if !before.is_some_and(|before| is_same(before, value)) {
            found.push_attribute(part, name, before, Some(value));
        }
    }
    for (name, value) in old.attributes.iter().filter(|(name, _)| !new.attributes.contains_key(*name)) {
        found.push_attribute(part, name, Some(value), None);
    }
    for (old, new) in paired(&old.geometries, &new.geometries, |g| (g.lod, g.kind.name(), &g.role)) {
        match (old, new) {
            (Some(old), Some(new)) if is_same_geometry(old, new) => {}
            _ => found.push_geometry(part, old, new),
        }
    }
    for pair in paired(&old.children, &new.children, |child| &child.id) {
        match pair {
            (Some(old), Some(new)) => compare(old, new, Some(&new.id), found),
            (None, Some(added)) if found.parts_added.len() < TOLD => found.parts_added.push(added.id.clone()),
            (Some(gone), None) if found.parts_removed.len() < TOLD => {
                found.parts_removed.push(gone.id.clone())
            }
            _ => found.others += 1,
        }
    }
}

/// `(old, new)`; one side may lack it.
type Pair<'a, T> = (Option<&'a T>, Option<&'a T>);

/// Items of both sides by key, in the order of the keys; several with one key by their order.
fn paired<'a, T, K: Ord>(old: &'a [T], new: &'a [T], key: impl Fn(&'a T) -> K) -> Vec<Pair<'a, T>> {
    let mut pairs: BTreeMap<(K, usize), Pair<'a, T>> = BTreeMap::new();
    for (items, is_new) in [(old, false), (new, true)] {
        let mut times: BTreeMap<K, usize> = BTreeMap::new();
        for item in items {
            let time = times.entry(key(item)).or_default();
            let pair = pairs.entry((key(item), *time)).or_default();
            *(if is_new { &mut pair.1 } else { &mut pair.0 }) = Some(item);
            *time += 1;
        }
    }
    pairs.into_values().collect()
}

/// Equal up to how numbers are written: the store keeps 1e16 as a whole number.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => are_same(a, b),
        _ => a == b,
    }
}

fn are_same(a: &Attributes, b: &Attributes) -> bool {
    a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| is_same(a, b)))
}

fn is_same_geometry(a: &Geometry, b: &Geometry) -> bool {
    a.points == b.points
        && a.ring_ends == b.ring_ends
        && a.faces == b.faces
        && a.shells == b.shells
        && a.solids == b.solids
        && a.surfaces.len() == b.surfaces.len()
        && a.surfaces.iter().zip(&b.surfaces).all(|(a, b)| is_same_surface(a, b))
}

fn is_same_surface(a: &BoundarySurface, b: &BoundarySurface) -> bool {
    a.id == b.id && a.class == b.class && a.parent == b.parent && are_same(&a.attributes, &b.attributes)
}

/// Distance [m] between vertices of the same place in the list, the greatest.
fn farthest_move_m(old: &Geometry, new: &Geometry) -> Option<f64> {
    if old.points.len() != new.points.len() {
        return None;
    }
    let distance =
        |(a, b): (&[f64; 3], &[f64; 3])| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let farthest = old.points.iter().zip(&new.points).map(distance).fold(0.0, f64::max);
    Some((farthest * 1e6).round() / 1e6)
}

/// The value, or as much of its text as people read.
fn shortened(value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => value.to_string(),
        small => return small.clone(),
    };
    if text.chars().count() <= VALUE_LENGTH {
        return value.clone();
    }
    Value::String(text.chars().take(VALUE_LENGTH).chain(['…']).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE, class_by_name};

    fn part(id: &str, height: f64) -> CityObject {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        let ring = [[0.0, 0.0, height], [1.0, 0.0, height], [1.0, 1.0, height]];
        geometry.push_face([&ring[..]], NO_SURFACE);
        CityObject {
            id: id.into(),
            class: class_by_name("BuildingPart").unwrap(),
            attributes: json!({ "storeys": 3, "heights": { "eaves": 1e16 } }).as_object().unwrap().clone(),
            geometries: vec![geometry],
            ..CityObject::default()
        }
    }

    fn house() -> CityObject {
        CityObject { children: vec![part("p1", 1.0), part("p2", 1.0)], ..part("house", 5.0) }
    }

    /// A change and the difference it makes, as JSON without the id.
    fn check(change: fn(&mut CityObject), expected: Value) {
        let mut new = house();
        change(&mut new);
        let mut found = serde_json::to_value(diff(&house(), &new)).unwrap();
        found.as_object_mut().unwrap().shift_remove("id");
        assert_eq!(found, expected);
    }

    #[test]
    fn each_change_is_told_where_it_is() {
        check(
            |o| drop(o.attributes.insert("storeys".into(), 4.into())),
            json!({ "attributes": [{ "name": "storeys", "old": 3, "new": 4 }], "others": 0 }),
        );
        check(
            |o| drop(o.children[1].attributes.shift_remove("storeys")),
            json!({ "attributes": [{ "part": "p2", "name": "storeys", "old": 3, "new": null }], "others": 0 }),
        );
        check(
            |o| o.children[0].geometries[0].points[0][2] += 0.25,
            json!({ "geometry": [{ "part": "p1", "lod": "2", "kind": "MultiSurface", "change": "changed",
                "faces": [1, 1], "moved_m": 0.25 }], "others": 0 }),
        );
        check(
            |o| o.geometries.clear(),
            json!({ "geometry": [{ "lod": "2", "kind": "MultiSurface", "change": "removed", "faces": [1, 0] }],
                "others": 0 }),
        );
        check(
            |o| o.children[0] = part("p3", 1.0),
            json!({ "parts_added": ["p3"], "parts_removed": ["p1"], "others": 0 }),
        );
        check(|o| o.class = class_by_name("Building").unwrap(), json!({ "others": 1 }));
        // Equal as far as is compared: the fingerprints differ, so something does.
        check(
            |o| drop(o.attributes.insert("heights".into(), json!({ "eaves": 10_000_000_000_000_000_u64 }))),
            json!({ "others": 1 }),
        );
    }

    #[test]
    fn long_values_and_long_lists_are_bounded() {
        let mut new = house();
        for number in 0..60 {
            new.attributes.insert(format!("a{number}"), "x".repeat(300).into());
        }
        let found = diff(&house(), &new);
        assert_eq!((found.attributes.len(), found.others), (50, 10));
        assert_eq!(found.attributes[0].new.as_str().unwrap().chars().count(), 201);
        assert!(found.to_text().ends_with("; 55 more"), "{}", found.to_text());
    }
}
