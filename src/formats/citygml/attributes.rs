//! Properties as typed attributes: standard ones, generic ones and those of extensions.

use super::member::Reader;
use super::names::Origin;
use super::objects::Draft;
use super::standard::{self, Type};
use super::tree::Element;
use crate::model::{Attributes, Module, Severity};
use serde_json::{Map, Value, json};

/// PLATEAU's marker for an unknown height [m].
const HEIGHT_UNKNOWN: f64 = -9999.0;

/// A generic attribute, or a property of an extension: added after the standard's properties.
pub struct Extra {
    /// Index of the boundary surface that has it, or `NO_SURFACE`.
    pub surface: u32,
    pub name: String,
    /// Its name where the standard has a property of the same name.
    pub other_name: String,
    pub value: Value,
}

/// Adds a value; a second one of the same name makes an array.
pub fn add(attributes: &mut Attributes, name: &str, value: Value) {
    match attributes.get_mut(name) {
        None => {
            attributes.insert(name.to_owned(), value);
        }
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

fn extra(property: &Element, surface: u32, value: Value) -> Extra {
    let other_name = property.qualified_name().replacen(':', "_", 1);
    Extra { surface, name: property.local_name(), other_name, value }
}

/// Whether the property is a generic attribute or the wrapper that version 3 puts around it.
pub fn is_generic(property: &Element) -> bool {
    let local = property.local();
    match property.module() {
        Module::Generics => local.ends_with(b"Attribute") || local == b"genericAttributeSet",
        Module::Core => local == b"genericAttribute",
        _ => property.origin() == Origin::Bare && generic_kind(local).is_some(),
    }
}

#[derive(Clone, Copy)]
enum Generic {
    Text,
    Typed(Type),
    Measure,
    Set,
}

fn generic_kind(local: &[u8]) -> Option<Generic> {
    Some(match local {
        b"stringAttribute" | b"StringAttribute" | b"dateAttribute" | b"DateAttribute" => Generic::Text,
        b"uriAttribute" | b"UriAttribute" | b"codeAttribute" | b"CodeAttribute" => Generic::Text,
        b"intAttribute" | b"IntAttribute" => Generic::Typed(Type::Integer),
        b"doubleAttribute" | b"DoubleAttribute" => Generic::Typed(Type::Number),
        b"measureAttribute" | b"MeasureAttribute" => Generic::Measure,
        b"genericAttributeSet" | b"GenericAttributeSet" => Generic::Set,
        _ => return None,
    })
}

/// Name and value of a generic attribute of any version; measures in other units than metres bring their unit
/// along as `<name>_uom`.
pub fn generic(property: Element, out: &mut Vec<(String, Value)>) {
    if property.local() == b"genericAttribute" {
        property.children().for_each(|child| generic(child, out));
        return;
    }
    let Some(kind) = generic_kind(property.local()) else {
        return;
    };
    let name_element = || property.child(b"name").map(|name| name.text().into_owned());
    let name =
        property.attribute(b"name").map(|name| name.into_owned()).or_else(name_element).unwrap_or_default();
    if name.is_empty() {
        return;
    }
    if let Generic::Set = kind {
        let mut inner = Vec::new();
        property.children().for_each(|child| generic(child, &mut inner));
        let mut nested = Map::new();
        inner.into_iter().for_each(|(name, value)| add(&mut nested, &name, value));
        out.push((name, Value::Object(nested)));
        return;
    }
    let Some(value) = property.child(b"value") else {
        return;
    };
    let text = value.text();
    let parsed = match kind {
        Generic::Typed(kind) => standard::parse(kind, &text),
        Generic::Measure => standard::parse(Type::Number, &text),
        Generic::Text | Generic::Set => None,
    };
    let uom = value.attribute(b"uom").filter(|uom| standard::metres(uom) != Some(1.0));
    let unit = uom.map(|uom| (format!("{name}_uom"), Value::from(uom.as_ref())));
    out.push((name, parsed.unwrap_or_else(|| Value::from(text.as_ref()))));
    out.extend(unit);
}

/// `{informationSystem, name | uri}` of version 1 and 2, or of version 3's `ExternalReference`.
pub fn external_reference(property: Element) -> Option<Value> {
    let text = |name: &[u8]| {
        let found = property.descendants().find(|element| element.local() == name)?;
        Some(found.text().into_owned()).filter(|text| !text.is_empty())
    };
    let mut reference = Map::new();
    let fields: [(&str, &[u8]); 5] = [
        ("informationSystem", b"informationSystem"),
        ("name", b"name"),
        ("uri", b"uri"),
        ("uri", b"targetResource"),
        ("relationType", b"relationType"),
    ];
    for (key, element) in fields {
        if let Some(text) = text(element) {
            reference.insert(key.to_owned(), Value::from(text));
        }
    }
    (!reference.is_empty()).then_some(Value::Object(reference))
}

/// Any structure as nested JSON; the element's own name where it is a type becomes `@type`.
pub fn json(element: Element) -> Value {
    let mut children = element.children().peekable();
    if children.peek().is_none() {
        return leaf(element, false).unwrap_or(Value::Null);
    }
    let mut object = Map::new();
    for child in children {
        let is_type = child.local().first().is_some_and(u8::is_ascii_uppercase);
        match (is_type, json(child)) {
            (_, Value::Null) => {}
            (true, Value::Object(inner)) if object.is_empty() => {
                object.insert("@type".to_owned(), Value::from(child.qualified_name()));
                object.extend(inner);
            }
            (_, value) => add(&mut object, &child.local_name(), value),
        }
    }
    if object.is_empty() { Value::Null } else { Value::Object(object) }
}

/// Text by its type, or the target of a link; `None` when there is neither.
fn leaf(element: Element, standard: bool) -> Option<Value> {
    let text = element.text();
    if text.is_empty() {
        return element.href().map(|href| Value::from(href.strip_prefix('#').unwrap_or(&href)));
    }
    Some(standard::value(&element.local_name(), &text, standard, element.raw_attribute(b"uom").is_some()))
}

impl<'t, 'a> Reader<'t, 'a> {
    /// A property without child elements.
    pub fn leaf_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        if let Some(value) = leaf(property, property.origin() != Origin::Foreign) {
            self.keep(property, value, draft, surface);
        }
    }

    /// A property with child elements that are no objects.
    pub fn nested_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let value = json(property);
        if !value.is_null() {
            self.keep(property, value, draft, surface);
        }
    }

    fn keep(&mut self, property: Element<'t, 'a>, mut value: Value, draft: &mut Draft, surface: u32) {
        if property.origin() == Origin::Foreign {
            draft.extras.push(extra(&property, surface, value));
            return;
        }
        let name = property.local_name();
        if name == "measuredHeight" {
            if value.as_f64() == Some(HEIGHT_UNKNOWN) {
                let message = "measuredHeight is -9999, which stands for unknown, and is left out";
                self.tell(property, "height_unknown", Severity::Info, message.to_owned());
                return;
            }
            let factor = property.attribute(b"uom").and_then(|uom| standard::metres(&uom)).unwrap_or(1.0);
            if let Some(height) = value.as_f64().filter(|_| factor != 1.0) {
                value = json!(height * factor);
            }
        }
        add(draft.attributes_of(surface), &name, value);
    }

    pub fn generic_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let mut found = Vec::new();
        generic(property, &mut found);
        draft.extras.extend(found.into_iter().map(|(name, value)| {
            let other_name = format!("gen_{name}");
            Extra { surface, name, other_name, value }
        }));
    }

    /// Version 3's `con:height` also as `measuredHeight`, `con:dateOfConstruction` also as `yearOfConstruction`.
    pub fn version_3_twins(&mut self, attributes: &mut Attributes) {
        let heights = attributes.get("height").filter(|height| !height.is_number());
        let first = heights.and_then(|height| height.as_array().and_then(|all| all.first()).or(Some(height)));
        let measured =
            first.and_then(|height| height.get("value")?.as_f64().filter(|value| *value != HEIGHT_UNKNOWN));
        if let Some(height) = measured.filter(|_| !attributes.contains_key("measuredHeight")) {
            attributes.insert("measuredHeight".to_owned(), json!(height));
        }
        let year = attributes
            .get("dateOfConstruction")
            .and_then(Value::as_str)
            .and_then(|date| date.get(..4)?.parse::<i64>().ok());
        if let Some(year) = year.filter(|_| !attributes.contains_key("yearOfConstruction")) {
            attributes.insert("yearOfConstruction".to_owned(), json!(year));
        }
    }
}
