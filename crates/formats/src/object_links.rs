//! Links to other objects among attributes. Costs next to nothing where nothing is qualified.

use serde_json::Value;
use stadtwin_model::{Attributes, CityObject, ObjectLink};
use std::collections::BTreeSet;

/// Of one top-level object; further ones stay attributes only.
const MAX_LINKS: usize = 100_000;

/// The links of an object, its surfaces and its parts, in their order.
pub fn object_links(object: &CityObject) -> Vec<ObjectLink> {
    let mut links = Vec::new();
    add_part(object, None, &mut links);
    links
}

fn add_part(object: &CityObject, part: Option<&str>, links: &mut Vec<ObjectLink>) {
    add(&object.attributes, &object.qualifiers, part, links);
    let mut known = BTreeSet::new();
    for surface in object.geometries.iter().flat_map(|geometry| &geometry.surfaces) {
        // A surface is listed in each geometry that it is of.
        if !surface.qualifiers.is_empty() && (surface.id.is_empty() || known.insert(&surface.id)) {
            add(&surface.attributes, &surface.qualifiers, Some(&surface.id), links);
        }
    }
    object.children.iter().for_each(|child| add_part(child, Some(&child.id), links));
}

fn add(attributes: &Attributes, qualifiers: &Attributes, part: Option<&str>, links: &mut Vec<ObjectLink>) {
    for (path, said) in qualifiers {
        let Some((holder, value)) = place(attributes, path) else { continue };
        let mut push = |value: &Value, said: &Value| {
            let is_link = said.get("href") == Some(&Value::Bool(true));
            let Some(href) = value.as_str().filter(|_| is_link && links.len() < MAX_LINKS) else { return };
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            links.push(ObjectLink {
                part: part.map(str::to_owned),
                relation: relation(path),
                role: text(said.get("role")).or_else(|| text(holder.get("relationType"))),
                href: href.to_owned(),
                target: target(href),
            });
        };
        match (value, said) {
            (Value::Array(items), Value::Array(all)) => {
                items.iter().zip(all).for_each(|(item, said)| push(item, said));
            }
            (Value::Array(items), said) => items.iter().for_each(|item| push(item, said)),
            (value, said) => push(value, said),
        }
    }
}

/// The value at a way such as `relatedTo/0/relatedTo`, and the object that it is a member of.
fn place<'a>(attributes: &'a Attributes, path: &str) -> Option<(&'a Attributes, &'a Value)> {
    if let Some(value) = attributes.get(path) {
        return Some((attributes, value));
    }
    let mut segments = path.split('/');
    let mut holder = attributes;
    let mut value = attributes.get(segments.next()?)?;
    for segment in segments {
        value = match value {
            Value::Array(items) => items.get(segment.parse::<usize>().ok()?)?,
            Value::Object(members) => {
                holder = members;
                members.get(segment)?
            }
            _ => return None,
        };
    }
    Some((holder, value))
}

/// Names along the way, each once in a row: `relatedTo` of `relatedTo/0/relatedTo`.
fn relation(path: &str) -> String {
    let mut names: Vec<&str> = path.split('/').filter(|name| name.parse::<usize>().is_err()).collect();
    names.dedup();
    names.join("/")
}

/// `a`, `#a` and `other.gml#a` lead to the id `a`; addresses and names lead out.
fn target(href: &str) -> Option<String> {
    let leads_out = |text: &str| text.contains("://") || text.starts_with("urn:");
    let id = match href.split_once('#') {
        Some((file, id)) if !leads_out(file) => id,
        None if !leads_out(href) && !href.contains('/') => href,
        _ => return None,
    };
    (!id.is_empty() && id.len() <= 4096).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use stadtwin_model::{BoundarySurface, Geometry, GeometryKind, Lod};

    fn map(value: Value) -> Attributes {
        value.as_object().cloned().unwrap()
    }

    fn link(
        part: Option<&str>,
        relation: &str,
        role: Option<&str>,
        href: &str,
        target: Option<&str>,
    ) -> ObjectLink {
        ObjectLink {
            part: part.map(Into::into),
            relation: relation.into(),
            role: role.map(Into::into),
            href: href.into(),
            target: target.map(Into::into),
        }
    }

    #[test]
    fn links_of_objects_surfaces_and_parts_are_found() {
        let href = json!({"href": true});
        let surface = BoundarySurface {
            id: "s".into(),
            attributes: map(json!({"relatedTo": {"relationType": "equal", "relatedTo": "../t/b.gml#x"}})),
            qualifiers: map(json!({"relatedTo/relatedTo": href})),
            ..BoundarySurface::default()
        };
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        geometry.surfaces.push(surface);
        let child = CityObject {
            id: "c".into(),
            attributes: map(json!({"generalizesTo": ["g"]})),
            qualifiers: map(json!({"generalizesTo": href})),
            ..CityObject::default()
        };
        let object = CityObject {
            id: "o".into(),
            attributes: map(json!({"groupMember": ["a", "b"], "function": "1", "other": "http://x/y#z"})),
            qualifiers: map(json!({
                "groupMember": [{"href": true, "role": "r"}, {"href": true}],
                "function": {"codeSpace": "c"},
                "other": href,
            })),
            // The same surface at two levels of detail is one.
            geometries: vec![geometry.clone(), geometry],
            children: vec![child],
            ..CityObject::default()
        };
        let expected = [
            link(None, "groupMember", Some("r"), "a", Some("a")),
            link(None, "groupMember", None, "b", Some("b")),
            link(None, "other", None, "http://x/y#z", None),
            link(Some("s"), "relatedTo", Some("equal"), "../t/b.gml#x", Some("x")),
            link(Some("c"), "generalizesTo", None, "g", Some("g")),
        ];
        assert_eq!(object_links(&object), expected);
        assert_eq!(object_links(&CityObject::default()), []);
    }

    #[test]
    fn links_out_have_no_target() {
        for (href, expected) in [
            ("a", Some("a")),
            ("b.gml#a", Some("a")),
            ("#", None),
            ("urn:x:y", None),
            ("https://x/y#a", None),
            ("folder/b.gml", None),
        ] {
            assert_eq!(target(href).as_deref(), expected, "{href}");
        }
    }
}
