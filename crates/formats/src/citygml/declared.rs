//! What registered ADEs declare, made ready for reading: types of properties and classes of elements.

use super::extension::namespace_uri;
use super::header::Uris;
use super::names::Origin;
use super::standard::{self, Type};
use super::tree::Element;
use serde_json::Value;
use stadtwin_model::{AdeSchema, AdeType, ClassId, class_by_name};
use std::collections::HashMap;

/// Classes derive from one another at most this often.
const MAX_DEPTH: usize = 16;

/// All registered ADEs; empty where there are none, which costs nothing.
#[derive(Debug, Default)]
pub struct Declared {
    namespaces: HashMap<String, Declarations>,
    /// Over all that is declared; empty where nothing is.
    digest: Vec<u8>,
}

#[derive(Debug, Default)]
struct Declarations {
    classes: HashMap<String, Class>,
    /// By class and name; of properties that extend classes of CityGML the class is empty.
    properties: HashMap<(String, String), Property>,
    /// By name alone, where all classes agree.
    by_name: HashMap<String, Option<Property>>,
}

#[derive(Debug)]
struct Class {
    /// Class of the same namespace that it derives from.
    base: Option<String>,
    declared: DeclaredClass,
}

/// What is known of an element that is a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredClass {
    /// The class of CityGML that it is a kind of.
    pub standard: Option<ClassId>,
    pub is_feature: bool,
}

/// What is known of an element that is a property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub kind: AdeType,
    pub unit: Option<String>,
    pub code_space: Option<String>,
}

impl Declared {
    pub fn new(schemas: &[AdeSchema]) -> Declared {
        let all = schemas.iter().map(|schema| (schema.namespace.clone(), Declarations::new(schema)));
        let mut sorted: Vec<_> = schemas.iter().collect();
        sorted.sort_by(|a, b| a.namespace.cmp(&b.namespace));
        let mut hasher = blake3::Hasher::new();
        for schema in &sorted {
            hasher.update(
                format!("{} {:?} {:?}", schema.namespace, schema.classes, schema.properties).as_bytes(),
            );
        }
        let digest = if sorted.is_empty() { Vec::new() } else { hasher.finalize().as_bytes().to_vec() };
        Declared { namespaces: all.collect(), digest }
    }

    /// Changes whenever what is declared does.
    pub fn digest(&self) -> &[u8] {
        &self.digest
    }

    pub fn is_empty(&self) -> bool {
        self.namespaces.is_empty()
    }
}

impl Declarations {
    fn new(schema: &AdeSchema) -> Declarations {
        let mut declarations = Declarations::default();
        for class in &schema.classes {
            let own = format!("{{{}}}", schema.namespace);
            let base = class.base.as_deref().and_then(|base| base.strip_prefix(&own)).map(str::to_owned);
            let standard = class.standard_class.as_deref().and_then(class_by_name);
            let declared = DeclaredClass { standard, is_feature: class.is_feature };
            declarations.classes.insert(class.name.clone(), Class { base, declared });
        }
        for property in &schema.properties {
            let known = Property {
                kind: property.kind,
                unit: property.unit.clone(),
                code_space: property.code_space.clone(),
            };
            let same =
                declarations.by_name.entry(property.name.clone()).or_insert_with(|| Some(known.clone()));
            if same.as_ref().is_some_and(|same| *same != known) {
                *same = None;
            }
            declarations.properties.insert((property.class.clone(), property.name.clone()), known);
        }
        declarations
    }

    /// Of the class that holds it, of one that this derives from, else of whatever class has it.
    fn property(&self, holder: &str, name: &str) -> Option<&Property> {
        let mut class = holder;
        for _ in 0..MAX_DEPTH {
            // Tuples of text cannot be looked up by parts: names are short.
            if let Some(found) = self.properties.get(&(class.to_owned(), name.to_owned())) {
                return Some(found);
            }
            let Some(base) = self.classes.get(class).and_then(|class| class.base.as_deref()) else { break };
            class = base;
        }
        let extending = self.properties.get(&(String::new(), name.to_owned()));
        extending.or_else(|| self.by_name.get(name)?.as_ref())
    }
}

/// The declarations with the prefixes of a file.
#[derive(Clone, Copy)]
pub struct Typing<'c> {
    pub declared: &'c Declared,
    pub uris: &'c Uris,
}

impl<'c> Typing<'c> {
    fn declarations(&self, element: &Element) -> Option<&'c Declarations> {
        if self.declared.is_empty() || element.origin() != Origin::Foreign {
            return None;
        }
        let name = element.qualified_name();
        let (prefix, _) = name.split_once(':').unwrap_or(("", &name));
        self.declared.namespaces.get(&namespace_uri(*element, prefix.as_bytes(), self.uris)?)
    }

    pub fn property(&self, element: &Element) -> Option<&'c Property> {
        let declarations = self.declarations(element)?;
        let holder = element.parent().map(|parent| parent.local_name()).unwrap_or_default();
        declarations.property(&holder, &element.local_name())
    }

    pub fn class(&self, element: &Element) -> Option<DeclaredClass> {
        self.declarations(element)?.classes.get(&element.local_name()).map(|class| class.declared)
    }
}

/// The text by its declared type; `None` where it is none of the type, or the type says nothing.
pub fn typed(kind: AdeType, text: &str) -> Option<Value> {
    match kind {
        AdeType::String | AdeType::Date | AdeType::Uri | AdeType::Code | AdeType::Reference => {
            Some(Value::from(text))
        }
        AdeType::Integer => standard::parse(Type::Integer, text),
        AdeType::Number | AdeType::Measure => standard::parse(Type::Number, text),
        AdeType::Numbers => standard::parse(Type::Numbers, text),
        AdeType::Boolean => standard::parse(Type::Boolean, text),
        AdeType::Geometry | AdeType::Object | AdeType::Any => None,
    }
}

/// The number that a text plainly is: no sign but a minus, no leading zeros, at most 15 digits. `007`, `+1` and `1e5` are
/// names for all that anybody knows.
pub fn guessed_number(text: &str) -> Option<Value> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_plain = are_digits(whole)
        && are_digits(fraction)
        && whole.len() + fraction.len() <= 15
        && (whole == "0" || !whole.starts_with('0'))
        && text != "-0";
    if !is_plain {
        return None;
    }
    if digits.contains('.') {
        return standard::parse(Type::Number, text);
    }
    text.parse::<i64>().ok().map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_plain_numbers_are_guessed() {
        let cases = [
            ("0", Some(json!(0))),
            ("-12", Some(json!(-12))),
            ("2.50", Some(json!(2.5))),
            ("0.5", Some(json!(0.5))),
            ("007", None),
            ("01.5", None),
            ("+1", None),
            ("1e5", None),
            ("-0", None),
            ("1.", None),
            (".5", None),
            ("1 2", None),
            ("12a", None),
            ("", None),
            ("1234567890123456", None),
        ];
        for (text, expected) in cases {
            assert_eq!(guessed_number(text), expected, "{text}");
        }
    }

    #[test]
    fn declared_types_win() {
        let cases = [
            (AdeType::String, "007", Some(json!("007"))),
            (AdeType::String, "true", Some(json!("true"))),
            (AdeType::Number, "7", Some(json!(7.0))),
            (AdeType::Measure, "1e3", Some(json!(1000.0))),
            (AdeType::Integer, "7", Some(json!(7))),
            (AdeType::Integer, "seven", None),
            (AdeType::Boolean, "1", Some(json!(true))),
            (AdeType::Numbers, "1 2.5", Some(json!([1.0, 2.5]))),
            (AdeType::Date, "2020-01-01", Some(json!("2020-01-01"))),
            (AdeType::Code, "12", Some(json!("12"))),
            (AdeType::Any, "12", None),
        ];
        for (kind, text, expected) in cases {
            assert_eq!(typed(kind, text), expected, "{kind:?} {text}");
        }
    }
}
