//! What objects say of themselves, compared.

use std::collections::BTreeSet;

use serde_json::Value;
use stadtwin_model::CityObject;

use super::AttributeChange;

/// Attributes of an object and of all below it, matched by their ids.
pub(super) fn compare_attributes(
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
