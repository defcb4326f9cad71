//! City objects as members of `CityObjects`.

use super::super::address;
use super::super::types::{self, GROUP};
use super::geometry::{Allowed, allowed, push_geometry};
use super::tables::{Corners, Looks, push_integer, push_json, push_list, push_number};
use super::top::WriteOptions;
use crate::Losses;
use serde_json::{Map, Value};
use stadtwin_model::{CityObject, GeometryKind, ImplicitGeometry};
use std::collections::HashMap;

/// What objects are written into.
pub struct Pen<'a> {
    pub out: Vec<u8>,
    pub options: &'a WriteOptions,
    pub corners: Corners,
    pub looks: Looks,
    /// Index of each template that may be shown, by id.
    pub templates: HashMap<String, u32>,
    pub losses: Losses,
}

/// Types that the schema wants below another object.
const BELOW: [&str; 3] = ["Building", "Bridge", "Tunnel"];

impl Pen<'_> {
    /// `"id":{…}` of the object and all below it; `ids` are taken and unique in the file or line.
    pub fn push_objects(&mut self, object: &CityObject, ids: &mut dyn FnMut(&str) -> String) {
        let id = ids(&object.id);
        self.push_object(object, &id, None, ids);
    }

    fn push_object(
        &mut self,
        object: &CityObject,
        id: &str,
        parent: Option<&str>,
        ids: &mut dyn FnMut(&str) -> String,
    ) {
        let (kind, remembered) = self.type_of(object);
        let children: Vec<String> = object.children.iter().map(|child| ids(&child.id)).collect();
        push_json(&mut self.out, id);
        self.out.extend_from_slice(br#":{"type":"#);
        push_json(&mut self.out, kind);
        if let Some(parent) = parent {
            self.push_member("parents", &[parent]);
        } else if BELOW.iter().any(|top| kind.starts_with(top) && kind != *top) {
            self.push_member("parents", &[] as &[&str]);
        }
        if !children.is_empty() || kind == GROUP {
            self.push_member("children", &children);
        }
        self.push_attributes(object, remembered);
        self.push_geometries(object, allowed(kind));
        self.out.push(b'}');
        if !object.extensions.is_empty() || !object.qualifiers.values().all(has_a_place) {
            self.losses.count("code spaces, units and XML extensions");
        }
        for (child, child_id) in object.children.iter().zip(&children) {
            self.out.push(b',');
            self.push_object(child, child_id, Some(id), ids);
        }
    }

    /// The type, and the class's or element's own name where the type does not say it.
    fn type_of<'o>(&self, object: &'o CityObject) -> (&'o str, Option<&'o str>) {
        let kind = object.class.get().cityjson;
        match &object.source_class {
            Some(name) if name.starts_with('+') && self.options.has_extensions() => (name, None),
            Some(name) => ("GenericCityObject", Some(name)),
            None if kind.is_empty() => ("GenericCityObject", Some(object.class.name())),
            None if types::object_class(kind) != Some(object.class) => (kind, Some(object.class.name())),
            None => (kind, None),
        }
    }

    fn push_member<T: serde::Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.out.push(b',');
        push_json(&mut self.out, name);
        self.out.push(b':');
        push_json(&mut self.out, value);
    }

    /// `attributes`, and what stands beside them: addresses and members of extensions.
    fn push_attributes(&mut self, object: &CityObject, remembered: Option<&str>) {
        let is_beside = |name: &str| {
            name == "address" && object.attributes.get(name).is_some_and(is_address_list)
                || object.qualifiers.get(name).is_some_and(|qualifier| qualifier.get("member").is_some())
        };
        let mut opened = false;
        let roles = group_roles(object);
        let extra = [("sourceClass", remembered.map(Value::from)), ("groupMemberRoles", roles)];
        let own = object.attributes.iter().filter(|(name, _)| !is_beside(name));
        let extra = extra.iter().filter_map(|(name, value)| Some((*name, value.as_ref()?)));
        for (name, value) in own.map(|(name, value)| (name.as_str(), value)).chain(extra) {
            self.out.extend_from_slice(if opened { b"," } else { br#","attributes":{"# });
            opened = true;
            // A plus without an extension that explains it is an error in the eyes of validators.
            let plain = if self.options.has_extensions() { name } else { name.trim_start_matches('+') };
            if plain.len() != name.len() {
                self.losses.count("the plus of names that no extension explains");
            }
            push_json(&mut self.out, plain);
            self.out.push(b':');
            push_json(&mut self.out, value);
        }
        if opened {
            self.out.push(b'}');
        }
        for (name, value) in object.attributes.iter().filter(|(name, _)| is_beside(name)) {
            if name == "address" {
                self.push_addresses(object, value);
            } else {
                self.push_member(name, value);
            }
        }
    }

    fn push_addresses(&mut self, object: &CityObject, addresses: &Value) {
        let addresses: Vec<&Map<String, Value>> =
            addresses.as_array().into_iter().flatten().filter_map(Value::as_object).collect();
        self.out.extend_from_slice(br#","address":["#);
        for (index, address) in addresses.into_iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            let mut json = Vec::new();
            push_json(&mut json, &address::to_cityjson(address));
            let role = format!("address{index}");
            let location = object.geometries.iter().find(|geometry| geometry.role == role);
            if let Some(location) = location.filter(|location| location.kind == GeometryKind::MultiPoint) {
                json.pop();
                json.extend_from_slice(if json.len() > 1 { br#","location":"# } else { br#""location":"# });
                let location = stadtwin_model::Geometry { role: String::new(), ..location.clone() };
                let all = allowed("GenericCityObject");
                push_geometry(
                    &mut json,
                    &location,
                    all,
                    false,
                    &mut self.corners,
                    &mut self.looks,
                    &mut self.losses,
                );
                json.push(b'}');
            }
            self.out.extend_from_slice(&json);
        }
        self.out.push(b']');
    }

    fn push_geometries(&mut self, object: &CityObject, allowed: Allowed) {
        let has_address = object.attributes.get("address").is_some_and(is_address_list);
        let start = self.out.len();
        self.out.extend_from_slice(br#","geometry":["#);
        let first = self.out.len();
        for geometry in
            object.geometries.iter().filter(|geometry| !(has_address && geometry.role.starts_with("address")))
        {
            self.push_one(first, allowed, geometry);
        }
        for implicit in &object.implicit_geometries {
            match self.templates.get(&implicit.template.id).copied().filter(|_| allowed.instances) {
                Some(template) => self.push_instance(first, template, implicit),
                None => {
                    let is_outside = implicit.template.geometry.is_none();
                    self.losses.count(match is_outside {
                        true => "library objects outside of the file",
                        false => "templates, shown in place instead",
                    });
                    self.push_one(first, allowed, &implicit.placed());
                }
            }
        }
        if self.out.len() == first {
            self.out.truncate(start);
        } else {
            self.out.push(b']');
        }
    }

    fn push_one(&mut self, first: usize, allowed: Allowed, geometry: &stadtwin_model::Geometry) {
        let before = self.out.len();
        if before > first {
            self.out.push(b',');
        }
        let extensions = self.options.has_extensions();
        let (corners, looks) = (&mut self.corners, &mut self.looks);
        if !push_geometry(&mut self.out, geometry, allowed, extensions, corners, looks, &mut self.losses) {
            self.out.truncate(before);
        }
    }

    fn push_instance(&mut self, first: usize, template: u32, implicit: &ImplicitGeometry) {
        if self.out.len() > first {
            self.out.push(b',');
        }
        self.out.extend_from_slice(br#"{"type":"GeometryInstance","template":"#);
        push_integer(&mut self.out, i64::from(template));
        self.out.extend_from_slice(br#","boundaries":["#);
        let corner = self.corners.index(implicit.reference_point);
        push_integer(&mut self.out, i64::from(corner));
        self.out.extend_from_slice(br#"],"transformationMatrix":"#);
        push_list(&mut self.out, &implicit.matrix, |out, value| push_number(out, *value));
        self.out.push(b'}');
    }
}

fn is_address_list(value: &Value) -> bool {
    value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(Value::is_object))
}

/// Qualifiers that CityJSON can say: members beside the attributes, links of groups.
fn has_a_place(qualifier: &Value) -> bool {
    let one = |value: &Value| {
        value
            .as_object()
            .is_some_and(|object| object.keys().all(|key| matches!(key.as_str(), "member" | "href" | "role")))
    };
    qualifier.as_array().map_or_else(|| one(qualifier), |list| list.iter().all(one))
}

/// The roles of a group's members, which stand for themselves in streams and so are named in attributes.
fn group_roles(object: &CityObject) -> Option<Value> {
    let qualifier = object.qualifiers.get("groupMember").filter(|_| object.class.name() == GROUP)?;
    let role = |value: &Value| value.get("role").cloned().unwrap_or(Value::Null);
    let roles: Vec<Value> = match qualifier {
        Value::Array(list) => list.iter().map(role).collect(),
        one => {
            let count = object.attributes.get("groupMember").and_then(Value::as_array).map_or(1, Vec::len);
            vec![role(one); count]
        }
    };
    roles.iter().any(Value::is_string).then_some(Value::Array(roles))
}
