//! Properties as typed attributes: standard ones, generic ones and those of extensions.

use super::declared::{self, Typing};
use super::ids;
use super::member::Reader;
use super::names::Origin;
use super::objects::Draft;
use super::qualifiers;
use super::standard::{self, Type};
use super::tree::Element;
use serde_json::map::Entry;
use serde_json::{Map, Value, json};
use stadtwin_model::{AdeType, Attributes, Module, Severity};
use std::borrow::Cow;

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
    /// For `Draft::say`.
    pub said: Vec<(String, Attributes)>,
}

impl Extra {
    /// Notes the name that it has in the file.
    pub fn remember_name(&mut self) {
        let name = Value::from(self.name.as_str());
        match self.said.iter_mut().find(|(path, _)| path.is_empty()) {
            Some((_, what)) if what.contains_key("extension") => {}
            Some((_, what)) => drop(what.insert("name".to_owned(), name)),
            None => self.said.push((String::new(), Map::from_iter([("name".to_owned(), name)]))),
        }
    }
}

/// Says that a value is the readable side of an extension.
pub fn extension() -> Attributes {
    Map::from_iter([("extension".to_owned(), Value::Bool(true))])
}

/// The same of a value that says more beside itself.
fn mark_extension(said: &mut Vec<(String, Attributes)>) {
    match said.iter_mut().find(|(path, _)| path.is_empty()) {
        Some((_, what)) => drop(what.insert("extension".to_owned(), Value::Bool(true))),
        None => said.push((String::new(), extension())),
    }
}

/// A generic attribute with what is said of it.
type Named = (String, Value, Vec<(String, Attributes)>);

/// Adds a value; a second one of the same name makes an array.
pub fn add(attributes: &mut Attributes, name: &str, value: Value) {
    match attributes.entry(name) {
        Entry::Vacant(entry) => drop(entry.insert(value)),
        Entry::Occupied(mut entry) => match entry.get_mut() {
            Value::Array(values) => values.push(value),
            first => *first = Value::Array(vec![first.take(), value]),
        },
    }
}

fn extra(property: &Element, surface: u32, value: Value, said: Vec<(String, Attributes)>) -> Extra {
    let other_name = property.qualified_name().replacen(':', "_", 1);
    Extra { surface, name: property.local_name(), other_name, value, said }
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
pub fn generic(property: Element, out: &mut Vec<Named>) {
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
        return out.push(generic_set(property, name));
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
    let mut what = qualifiers::of_element(value);
    let kind_name = kind_name(property.local());
    let is_plain = matches!(kind_name, "string" | "int" | "double") && !standard::is_property(&name);
    if !is_plain || kind_name != "string" && parsed.is_none() {
        what.insert("type".to_owned(), Value::from(kind_name));
    }
    let said = if what.is_empty() { Vec::new() } else { vec![(String::new(), what)] };
    let uom = value.attribute(b"uom").filter(|uom| standard::metres(uom) != Some(1.0));
    let unit = uom.map(|uom| (format!("{name}_uom"), Value::from(uom.as_ref()), Vec::new()));
    out.push((name, parsed.unwrap_or_else(|| Value::from(text.as_ref())), said));
    out.extend(unit);
}

fn generic_set(set: Element, name: String) -> Named {
    let mut inner = Vec::new();
    set.children().for_each(|child| generic(child, &mut inner));
    let mut nested = Map::new();
    let mut what = qualifiers::of_element(set);
    // Version 3 has it as an element.
    if let Some(space) = set.child(b"codeSpace").map(|space| space.text()).filter(|space| !space.is_empty()) {
        what.insert("codeSpace".to_owned(), Value::from(space.into_owned()));
    }
    what.insert("type".to_owned(), Value::from("set"));
    let mut all = vec![(String::new(), what)];
    for (name, value, said) in inner {
        let item = qualifiers::count(&nested, &name);
        let place = if item > 0 { format!("{name}/{item}") } else { name.clone() };
        all.extend(said.into_iter().map(|(path, what)| (joined(&place, &path), what)));
        add(&mut nested, &name, value);
    }
    (name, Value::Object(nested), all)
}

/// `string`, `measure`, … of `measureAttribute` or `MeasureAttribute`.
fn kind_name(local: &[u8]) -> &'static str {
    const KINDS: [&str; 7] = ["string", "int", "double", "date", "uri", "measure", "code"];
    let is = |kind: &&str| {
        local.get(..kind.len()).is_some_and(|start| start.eq_ignore_ascii_case(kind.as_bytes()))
    };
    KINDS.into_iter().find(|kind| is(kind)).unwrap_or("string")
}

fn joined(place: &str, path: &str) -> String {
    if path.is_empty() { place.to_owned() } else { format!("{place}/{path}") }
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

/// Any structure as nested JSON; the element's own name where it is a type becomes `@type`. `said` gets what the
/// values inside say beside themselves, by their way from the element.
pub fn json(element: Element, said: &mut Vec<(String, Attributes)>, typing: Typing) -> Value {
    let mut children = element.children().peekable();
    let own = said_of(element, typing);
    if !own.is_empty() {
        said.push((String::new(), own));
    }
    if children.peek().is_none() {
        return leaf(element, element.origin() == Origin::Standard, typing).unwrap_or(Value::Null);
    }
    let mut object = Map::new();
    for child in children {
        let is_type = child.local().first().is_some_and(u8::is_ascii_uppercase);
        let first = said.len();
        match (is_type, json(child, said, typing)) {
            (_, Value::Null) => said.truncate(first),
            (true, Value::Object(inner)) if object.is_empty() => {
                object.insert("@type".to_owned(), Value::from(child.customary_name()));
                object.extend(inner);
            }
            (_, value) => {
                let name = child.local_name();
                if said.len() > first {
                    let place = place_of(element, child, &object, &name);
                    said.iter_mut().skip(first).for_each(|(path, _)| *path = joined(&place, path));
                }
                add(&mut object, &name, value);
            }
        }
    }
    if object.is_empty() { Value::Null } else { Value::Object(object) }
}

/// Whether something in a property is no CityGML: GML's own coverages, elements of unknown namespaces.
fn has_foreign_parts(property: Element) -> bool {
    property.descendants().skip(1).any(|below| {
        below.origin() == Origin::Foreign
            || matches!(below.module(), Module::Gml | Module::Xal | Module::Xlink)
    })
}

/// `name`, or `name/2` where the element has several of that name.
fn place_of(element: Element, child: Element, object: &Attributes, name: &str) -> String {
    let several = element.children().filter(|other| other.local() == child.local()).count() > 1;
    if several { format!("{name}/{}", qualifiers::count(object, name)) } else { name.to_owned() }
}

/// What an element says beside its value, and what its schema says where the element does not.
fn said_of(element: Element, typing: Typing) -> Attributes {
    let mut what = qualifiers::of_element(element);
    let Some(property) = typing.property(&element) else { return what };
    if element.first_child().is_none() && !element.text().is_empty() {
        for (name, value) in [("uom", &property.unit), ("codeSpace", &property.code_space)] {
            if let Some(value) = value {
                what.entry(name).or_insert_with(|| Value::from(value.as_str()));
            }
        }
    }
    what
}

/// Text by its type, or the target of a link; `None` when there is neither.
fn leaf(element: Element, standard: bool, typing: Typing) -> Option<Value> {
    let text = element.text();
    if text.is_empty() {
        return element.href().map(|href| match href.strip_prefix('#') {
            Some(id) => Value::from(ids::of_name(Cow::Borrowed(id))),
            None => Value::from(href.into_owned()),
        });
    }
    if element.origin() == Origin::Foreign {
        let declared = typing.property(&element).filter(|property| property.kind != AdeType::Any);
        let value = match declared {
            Some(property) => {
                declared::typed(property.kind, &text).or_else(|| Some(Value::from(text.as_ref())))
            }
            // Codes look like numbers and are none.
            None if element.raw_attribute(b"codeSpace").is_some() => Some(Value::from(text.as_ref())),
            None => declared::guessed_number(&text),
        };
        if value.is_some() {
            return value;
        }
    }
    Some(standard::value(&element.local_name(), &text, standard, element.raw_attribute(b"uom").is_some()))
}

impl<'t, 'a> Reader<'t, 'a> {
    /// A property without child elements.
    pub fn leaf_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let what = said_of(property, self.typing());
        let said = if what.is_empty() { Vec::new() } else { vec![(String::new(), what)] };
        match leaf(property, property.origin() != Origin::Foreign, self.typing()) {
            Some(value) => self.keep(property, value, said, draft, surface),
            // A reason why there is none.
            None if property.origin() != Origin::Foreign => draft.say(surface, &property.local_name(), said),
            None => {}
        }
    }

    /// A property with child elements that are no objects.
    pub fn nested_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let mut said = Vec::new();
        let value = json(property, &mut said, self.typing());
        if !value.is_null() {
            self.keep(property, value, said, draft, surface);
        }
    }

    fn keep(
        &mut self,
        property: Element<'t, 'a>,
        mut value: Value,
        mut said: Vec<(String, Attributes)>,
        draft: &mut Draft,
        surface: u32,
    ) {
        let is_known = property.origin() != Origin::Foreign && !property.local().starts_with(b"adeOf");
        if is_known && has_foreign_parts(property) {
            // The readable side alone would lose names and XML attributes.
            if let Some(snippet) = self.snippet(property) {
                draft.extensions_of(surface).push(snippet);
                said = vec![(String::new(), extension())];
            }
        }
        if !is_known {
            if let Some(snippet) = self.snippet(property) {
                draft.extensions_of(surface).push(snippet);
                mark_extension(&mut said);
            }
            draft.extras.push(extra(&property, surface, value, said));
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
        draft.say(surface, &name, said);
        add(draft.attributes_of(surface), &name, value);
    }

    pub fn generic_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let mut found = Vec::new();
        generic(property, &mut found);
        draft.extras.extend(found.into_iter().map(|(name, value, said)| {
            let other_name = format!("gen_{name}");
            Extra { surface, name, other_name, value, said }
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
