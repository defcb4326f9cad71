//! Unparsed objects as city objects.

use super::address;
use super::entries::Piece;
use super::findings::{Findings, reason_of};
use super::geometry::{self, Scope, Shape};
use super::scan::{elements, members, text};
use super::types::{self, GROUP};
use serde_json::{Map, Value};
use stadtwin_model::{Attributes, CityObject, Geometry, GeometryKind};
use std::borrow::Cow;
use std::ops::Range;

/// PLATEAU's marker for an unknown height [m].
const HEIGHT_UNKNOWN: f64 = -9999.0;

/// A top-level object with its parts, and the number of faces that the file has for them.
pub fn family(
    bytes: &[u8],
    family: &[Piece],
    scope: &Scope,
    findings: &mut Findings,
) -> Option<(CityObject, u64)> {
    let mut face_count = 0;
    let mut objects: Vec<CityObject> = Vec::with_capacity(family.len());
    for piece in family {
        findings.line = piece.line;
        findings.object = bytes.get(piece.id.clone()).and_then(text).unwrap_or_default().into_owned();
        let mut reader = Reader { bytes, scope, findings, face_count: 0 };
        objects.push(reader.object(piece));
        face_count += reader.face_count;
    }
    // From the last on, every object has all of its own parts when it goes into its parent.
    for piece in family.iter().rev() {
        let Some(parent) = piece.parent else { break };
        let Some(mut object) = objects.pop() else { break };
        object.children.reverse();
        objects.get_mut(parent)?.children.push(object);
    }
    let mut top = objects.pop()?;
    top.children.reverse();
    Some((top, face_count))
}

struct Reader<'a> {
    bytes: &'a [u8],
    scope: &'a Scope<'a>,
    findings: &'a mut Findings,
    face_count: u64,
}

/// The members of an object that are not plain attributes, as they lie in the file.
#[derive(Default)]
struct Parts {
    geometry: Option<Range<usize>>,
    address: Option<Range<usize>>,
    members: Option<Range<usize>>,
    roles: Option<Range<usize>>,
}

impl Reader<'_> {
    fn object(&mut self, piece: &Piece) -> CityObject {
        let mut object = CityObject { id: self.findings.object.clone(), ..CityObject::default() };
        let mut kind = String::new();
        let mut parts = Parts::default();
        let mut further = Vec::new();
        for member in members(self.bytes, piece.value.clone()).into_iter().flatten() {
            let Ok((key, value)) = member else {
                self.findings.error(
                    "json_malformed",
                    "the object is no well-formed JSON; what comes before the fault is read",
                );
                break;
            };
            let Some(key) = self.bytes.get(key).and_then(text) else { continue };
            match key.as_ref() {
                "type" => kind = self.bytes.get(value).and_then(text).unwrap_or_default().into_owned(),
                "attributes" => object.attributes = self.attributes(value),
                "geometry" => parts.geometry = Some(value),
                "address" => parts.address = Some(value),
                "children" | "members" => parts.members = Some(value),
                "children_roles" | "children-roles" => parts.roles = Some(value),
                "parents"
                | "parent"
                | "geographicalExtent"
                | "bbox"
                | "Parts"
                | "Installations"
                | "ConsistsOfBuildingParts" => {}
                name => further.push((name.to_owned(), value)),
            }
        }
        self.classify(&mut object, kind);
        further.into_iter().for_each(|(name, value)| self.further(&mut object, name, value));
        if object.class.name() == GROUP {
            self.group(&mut object, &parts);
        }
        if let Some(range) = parts.address {
            self.addresses(&mut object, range);
        }
        if let Some(range) = parts.geometry {
            self.geometries(&mut object, range);
        }
        object
    }

    /// Text as the standard wants it: what is no UTF-8 is replaced, so that one letter does not cost the rest.
    fn utf8(&mut self, value: Range<usize>) -> Cow<'_, [u8]> {
        let slice = self.bytes.get(value).unwrap_or(&[]);
        match String::from_utf8_lossy(slice) {
            Cow::Borrowed(_) => Cow::Borrowed(slice),
            Cow::Owned(text) => {
                self.findings.warning(
                    "encoding_invalid",
                    "bytes that are no UTF-8, which JSON must be, are shown as `\u{fffd}`",
                );
                Cow::Owned(text.into_bytes())
            }
        }
    }

    /// Null says as little as no attribute at all.
    fn attributes(&mut self, value: Range<usize>) -> Attributes {
        match serde_json::from_slice::<Attributes>(&self.utf8(value)) {
            Ok(mut attributes) => {
                attributes.retain(|_, value| !value.is_null());
                self.settle_heights(&mut attributes);
                attributes
            }
            Err(error) => {
                self.findings.error(
                    "attributes_invalid",
                    format!("the attributes cannot be read and are left out: {}", reason_of(&error)),
                );
                Attributes::new()
            }
        }
    }

    /// As the CityGML reader does: unknown heights go, and the year of construction is one attribute in all versions.
    fn settle_heights(&mut self, attributes: &mut Attributes) {
        if attributes.get("measuredHeight").and_then(Value::as_f64) == Some(HEIGHT_UNKNOWN) {
            attributes.shift_remove("measuredHeight");
            self.findings
                .info("height_unknown", "measuredHeight is -9999, which stands for unknown, and is left out");
        }
        let date = attributes.get("dateOfConstruction").and_then(Value::as_str);
        let year = date.and_then(|date| date.get(..4)?.parse::<i64>().ok());
        if let Some(year) = year.filter(|_| !attributes.contains_key("yearOfConstruction")) {
            attributes.insert("yearOfConstruction".to_owned(), Value::from(year));
        }
    }

    fn classify(&mut self, object: &mut CityObject, kind: String) {
        let remembered = object.attributes.get("sourceClass").and_then(Value::as_str).map(str::to_owned);
        let is_generic = |class| class == types::generic_object();
        match (types::object_class(&kind), remembered) {
            (Some(class), Some(name)) => match types::own_class(&name) {
                // Written by us: a class that shares its type with others, or has none.
                Some(known)
                    if known.get().cityjson == kind
                        || known.get().cityjson.is_empty() && is_generic(class) =>
                {
                    object.attributes.shift_remove("sourceClass");
                    object.class = known;
                }
                _ if is_generic(class) => {
                    object.attributes.shift_remove("sourceClass");
                    (object.class, object.source_class) = (class, Some(name));
                }
                _ => object.class = class,
            },
            (Some(class), None) => object.class = class,
            (None, _) => {
                if !kind.starts_with('+') {
                    let message =
                        format!("`{kind}` is no CityJSON type; the object is taken as a generic one");
                    self.findings.warning("type_unknown", message);
                }
                object.class = types::generic_object();
                object.source_class = Some(kind);
            }
        }
    }

    /// A member of the object that the standard does not know.
    fn further(&mut self, object: &mut CityObject, name: String, value: Range<usize>) {
        let Ok(value) = serde_json::from_slice::<Value>(&self.utf8(value)) else { return };
        if name == "generic-attributes" {
            // Before 0.6.
            let known = &mut object.attributes;
            for (name, value) in value.as_object().into_iter().flatten() {
                known.entry(name.as_str()).or_insert_with(|| value.clone());
            }
        } else if !value.is_null() && !object.attributes.contains_key(&name) {
            object.qualifiers.insert(name.clone(), serde_json::json!({ "member": true }));
            object.attributes.insert(name, value);
        }
    }

    /// The members of a group as links, as the CityGML reader gives them.
    fn group(&mut self, object: &mut CityObject, parts: &Parts) {
        let names = |range: &Option<Range<usize>>| -> Vec<Value> {
            let range = range.clone().unwrap_or_default();
            let texts =
                elements(self.bytes, range).into_iter().map(|range| self.bytes.get(range).and_then(text));
            texts.map(|name| name.map_or(Value::Null, Value::from)).collect()
        };
        let mut ids = names(&parts.members);
        let mut roles = names(&parts.roles);
        if ids.is_empty() {
            // Where members are no parts of the file's own, they stand among the attributes.
            match object.attributes.get("groupMember") {
                Some(Value::Array(list)) => ids = list.clone(),
                Some(one) => ids = vec![one.clone()],
                None => return,
            }
            if ids.is_empty() {
                return;
            }
            if let Some(Value::Array(list)) = object.attributes.shift_remove("groupMemberRoles") {
                roles = list;
            }
        }
        let link = |role: Option<&Value>| match role.filter(|role| role.is_string()) {
            Some(role) => serde_json::json!({ "href": true, "role": role }),
            None => serde_json::json!({ "href": true }),
        };
        let mut links: Vec<Value> = (0..ids.len()).map(|index| link(roles.get(index))).collect();
        let is_one = ids.len() == 1;
        let uniform = links.windows(2).all(|pair| pair.first() == pair.last());
        let qualifier = if uniform { links.swap_remove(0) } else { Value::Array(links) };
        let value = if is_one { ids.swap_remove(0) } else { Value::Array(ids) };
        object.qualifiers.insert("groupMember".to_owned(), qualifier);
        object.attributes.insert("groupMember".to_owned(), value);
    }

    /// One address before 1.1, a list since; where they are becomes a geometry of its own.
    fn addresses(&mut self, object: &mut CityObject, value: Range<usize>) {
        let list = match serde_json::from_slice(&self.utf8(value)) {
            Ok(Value::Array(list)) => list,
            Ok(Value::Object(one)) => vec![Value::Object(one)],
            _ => {
                return self
                    .findings
                    .warning("address_invalid", "the address is no list of objects and is left out");
            }
        };
        let mut addresses = Vec::with_capacity(list.len());
        for address in list {
            let Value::Object(address) = address else { continue };
            self.location(object, &address, addresses.len());
            let address = address::from_cityjson(address);
            addresses.push(Value::Object(address));
        }
        if !addresses.is_empty() {
            object.attributes.insert("address".to_owned(), Value::Array(addresses));
        }
    }

    fn location(&mut self, object: &mut CityObject, address: &Map<String, Value>, index: usize) {
        let Some(location) = address.get("location") else { return };
        let json = location.to_string();
        if let Some((Shape::Own(geometry), _)) =
            geometry::read(json.as_bytes(), false, self.scope, self.findings)
            && geometry.kind == GeometryKind::MultiPoint
        {
            object.geometries.push(Geometry { role: format!("address{index}"), ..geometry });
        }
    }

    fn geometries(&mut self, object: &mut CityObject, value: Range<usize>) {
        let is_relief = object.class.name() == "TINRelief";
        for range in elements(self.bytes, value) {
            let json = self.bytes.get(range).unwrap_or(&[]);
            match geometry::read(json, is_relief, self.scope, self.findings) {
                Some((Shape::Own(geometry), count)) => {
                    self.face_count += count;
                    object.geometries.push(geometry);
                }
                Some((Shape::Implicit(implicit), _)) => object.implicit_geometries.push(implicit),
                None => {}
            }
        }
    }
}
