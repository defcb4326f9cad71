//! What a property says beside its value: code space, unit, kind of generic attribute, that it is a link.

use super::objects::Draft;
use super::tree::Element;
use serde_json::{Value, json};
use stadtwin_model::Attributes;

/// The unit of lengths in official German models: it is what `CityObject::qualifiers` leaves out.
pub const PLAIN_UOM: &[u8] = b"urn:adv:uom:m";

/// XML attributes of a property that are kept.
const KEPT: [&[u8]; 6] = [b"codeSpace", b"uom", b"role", b"nilReason", b"indeterminatePosition", b"frame"];

/// What is said of one value.
pub struct Said {
    /// Index of the boundary surface, or `NO_SURFACE`.
    pub surface: u32,
    pub attribute: String,
    /// Place among the values of the attribute.
    pub item: usize,
    /// Way to a value inside a nested one; empty for the attribute itself.
    pub path: String,
    pub what: Attributes,
}

/// Of the element's own XML attributes; mostly nothing.
pub fn of_element(element: Element) -> Attributes {
    let mut what = Attributes::new();
    if !element.has_attributes() {
        return what;
    }
    for name in KEPT {
        let Some(raw) = element.raw_attribute(name) else { continue };
        if !(name == b"uom" && raw == PLAIN_UOM) {
            let text = super::text::decode(raw.trim_ascii()).into_owned();
            what.insert(super::text::lossy(name).into_owned(), Value::from(text));
        }
    }
    if element.text().is_empty() && element.first_child().is_none() && element.href().is_some() {
        what.insert("href".to_owned(), Value::Bool(true));
    }
    what
}

/// How many values an attribute has so far.
pub fn count(attributes: &Attributes, name: &str) -> usize {
    match attributes.get(name) {
        None => 0,
        Some(Value::Array(values)) => values.len(),
        Some(_) => 1,
    }
}

impl Draft {
    /// Notes what is said of the value that comes next under the name, by its way inside the value.
    pub fn say(&mut self, surface: u32, attribute: &str, said: Vec<(String, Attributes)>) {
        if said.is_empty() {
            return;
        }
        let item = count(self.attributes_of(surface), attribute);
        self.said.extend(said.into_iter().map(|(path, what)| Said {
            surface,
            attribute: attribute.to_owned(),
            item,
            path,
            what,
        }));
    }

    /// Puts all that was said where `CityObject::qualifiers` says.
    pub fn add_qualifiers(&mut self) {
        for said in std::mem::take(&mut self.said) {
            let values = count(self.attributes_of(said.surface), &said.attribute);
            let is_list =
                matches!(self.attributes_of(said.surface).get(&said.attribute), Some(Value::Array(_)));
            let qualifiers = self.qualifiers_of(said.surface);
            if said.path.is_empty() {
                put(qualifiers, said, if is_list { values } else { 1 });
            } else {
                let key = match is_list {
                    true => format!("{}/{}/{}", said.attribute, said.item, said.path),
                    false => format!("{}/{}", said.attribute, said.path),
                };
                qualifiers.insert(key, Value::Object(said.what));
            }
        }
        simplify(&mut self.qualifiers);
        self.surfaces.iter_mut().for_each(|surface| simplify(&mut surface.qualifiers));
    }
}

fn put(qualifiers: &mut Attributes, said: Said, values: usize) {
    if values <= 1 {
        qualifiers.insert(said.attribute, Value::Object(said.what));
        return;
    }
    let list = qualifiers.entry(said.attribute).or_insert_with(|| Value::Array(vec![json!({}); values]));
    if let Some(place) = list.get_mut(said.item) {
        *place = Value::Object(said.what);
    }
}

/// A list whose items say the same becomes that one.
fn simplify(qualifiers: &mut Attributes) {
    for value in qualifiers.values_mut() {
        let same = value.as_array().and_then(|all| {
            let first = all.first()?;
            all.iter().all(|item| item == first).then(|| first.clone())
        });
        if let Some(first) = same {
            *value = first;
        }
    }
}
