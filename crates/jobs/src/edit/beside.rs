//! Texts of codes and units, which answers put beside values and which are no attributes.

use std::collections::HashSet;

use serde_json::Value;

use stadtwin_formats::{geojson, with_texts, with_units};
use stadtwin_model::Attributes;

/// What answers may show for attributes: a text stands for every code, whatever the lists know.
pub(super) fn shown(attributes: &Attributes, qualifiers: &Attributes) -> Attributes {
    with_texts(with_units(attributes.clone(), qualifiers), qualifiers, &|_, _| Some(String::new()))
}

/// Names of properties that stand beside others.
pub(super) fn names(attributes: &Attributes, shown: &Attributes) -> HashSet<String> {
    let added = shown.keys().filter(|name| !attributes.contains_key(*name));
    let property = |name: &String| match name.strip_suffix("_text") {
        // The text of a code goes by the name that the code goes by.
        Some(code) => format!("{}_text", geojson::property_name(code)),
        None => name.clone(),
    };
    added.map(property).collect()
}

/// The value without what stands beside others within it; `own` is what the attribute is.
pub(super) fn bare(value: &Value, shown: Option<&Value>, own: Option<&Value>) -> Value {
    match (value, shown) {
        (Value::Object(members), Some(Value::Object(shown))) => {
            let is_own = |name: &String| own.is_some_and(|own| own.get(name).is_some());
            let kept = members.iter().filter(|(name, _)| is_own(name) || !shown.contains_key(*name));
            let inner = |(name, value): (&String, &Value)| {
                (name.clone(), bare(value, shown.get(name), own.and_then(|own| own.get(name))))
            };
            Value::Object(kept.map(inner).collect())
        }
        // Items that are new are like those that are there.
        (Value::Array(items), Some(Value::Array(shown))) => {
            let inner = |(at, item): (usize, &Value)| {
                let at = if at < shown.len() { at } else { 0 };
                bare(item, shown.get(at), own.and_then(|own| own.get(at)))
            };
            Value::Array(items.iter().enumerate().map(inner).collect())
        }
        _ => value.clone(),
    }
}

/// Takes away what answers put beside the attributes of a new feature; `qualifiers` are what others of the collection have.
pub(super) fn strip_new(attributes: &mut Attributes, qualifiers: &Attributes) {
    let mut plain = attributes.clone();
    plain.retain(|name, _| !["_text", "_uom"].iter().any(|ending| name.ends_with(ending)));
    let made = names(&plain, &shown(&plain, qualifiers));
    attributes.retain(|name, _| plain.contains_key(name) || !made.contains(name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Attributes {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn what_stands_beside_is_told_from_attributes() {
        let attributes = map(json!({
            "function": "1000", "class": "1", "note": "x", "note_text": "own", "area": 2.0,
            "height": [{ "status": "m", "value": 1.0, "status_text": "own" }, { "status": "n" }],
        }));
        let qualifiers = map(json!({
            "class": { "codeSpace": "a.xml" }, "area": { "uom": "m2" },
            "height/0/status": { "codeSpace": "b.xml" }, "height/1/status": { "codeSpace": "b.xml" },
        }));
        let shown = shown(&attributes, &qualifiers);
        let mut found: Vec<_> = names(&attributes, &shown).into_iter().collect();
        found.sort_unstable();
        assert_eq!(found, ["area_uom", "function_text", "gen_class_text"]);
        let sent = json!([
            { "status": "m", "value": 1.0, "status_text": "own" }, { "status": "n", "status_text": "Neu" },
        ]);
        let kept = bare(&sent, shown.get("height"), attributes.get("height"));
        assert_eq!(kept, attributes["height"]);
        let mut new = map(
            json!({ "function": "1", "function_text": "a", "note": "x", "note_text": "own", "usage": "2", "usage_text": "b" }),
        );
        strip_new(&mut new, &map(json!({ "usage": { "codeSpace": "c.xml" } })));
        assert_eq!(new.keys().collect::<Vec<_>>(), ["function", "note", "note_text", "usage"]);
    }
}
