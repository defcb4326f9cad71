//! Generic attributes in the spelling of each version.

use super::super::schema::Version;
use super::super::standard;
use super::pen::Pen;
use serde_json::{Map, Value};
use stadtwin_model::Attributes;

/// A generic attribute with what is said of it.
pub struct Generic<'j> {
    pub name: &'j str,
    pub value: &'j Value,
    pub said: Option<&'j Value>,
}

/// Whether an attribute is only the unit of a measure beside it.
pub fn is_unit(name: &str, value: &Value, attributes: &Attributes, qualifiers: &Attributes) -> bool {
    let Some(of) = name.strip_suffix("_uom") else { return false };
    let is_measure = |said: &Value| {
        let is_of = said.get("type").is_some_and(|kind| kind == "measure");
        let uom = said.get("uom").and_then(Value::as_str);
        is_of && uom.is_some_and(|uom| standard::metres(uom) != Some(1.0))
    };
    let units = |said: &Value| -> Vec<Value> {
        let list = said.as_array().map_or_else(|| std::slice::from_ref(said), Vec::as_slice);
        list.iter().filter(|said| is_measure(said)).filter_map(|said| said.get("uom").cloned()).collect()
    };
    let prefixed = format!("gen_{of}");
    let measured = [of, prefixed.as_str()].into_iter().find_map(|of| {
        let count = attributes.get(of)?.as_array().map_or(1, Vec::len);
        let mut units = units(qualifiers.get(of)?);
        // What is the same for all is said once.
        if units.len() == 1 && !qualifiers.get(of)?.is_array() {
            units = vec![units.first()?.clone(); count];
        }
        Some(units)
    });
    let own = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    !qualifiers.contains_key(name) && measured.is_some_and(|units| !units.is_empty() && units == own)
}

impl Pen {
    pub fn generics(&mut self, all: &[Generic], qualifiers: &Attributes) {
        for one in all {
            let items = one.value.as_array().map_or_else(|| std::slice::from_ref(one.value), Vec::as_slice);
            for (index, item) in items.iter().enumerate() {
                let said = match one.said {
                    Some(Value::Array(list)) => list.get(index),
                    said => said,
                };
                if said.is_some_and(|said| said.get("extension").is_some()) {
                    continue;
                }
                let path =
                    if one.value.is_array() { format!("{}/{index}", one.name) } else { one.name.to_owned() };
                let name = said.and_then(|said| said.get("name")).and_then(Value::as_str).unwrap_or(one.name);
                self.wrapped(name, item, said.and_then(Value::as_object), &path, qualifiers);
            }
        }
    }

    fn wrapped(
        &mut self,
        name: &str,
        value: &Value,
        said: Option<&Map<String, Value>>,
        path: &str,
        qualifiers: &Attributes,
    ) {
        if self.version() == Version::V3 {
            self.xml.start("core:genericAttribute");
        }
        self.generic(name, value, said, path, qualifiers);
        if self.version() == Version::V3 {
            self.xml.end("core:genericAttribute");
        }
    }

    fn generic(
        &mut self,
        name: &str,
        value: &Value,
        said: Option<&Map<String, Value>>,
        path: &str,
        qualifiers: &Attributes,
    ) {
        if let Value::Object(inner) = value {
            return self.set(name, inner, said, path, qualifiers);
        }
        let said_of = |what: &str| said.and_then(|said| said.get(what)).and_then(Value::as_str);
        let kind = self.kind(said_of("type").filter(|kind| *kind != "set"), value);
        let element = self.element(kind);
        self.open_named(element, name);
        self.xml.open("gen:value");
        if let Some(uom) = said_of("uom").filter(|_| kind == "measure") {
            self.xml.attribute("uom", uom);
        } else if kind == "measure" {
            self.xml.attribute("uom", "urn:adv:uom:m");
        }
        match said_of("codeSpace") {
            Some(space) if kind == "code" => self.xml.attribute("codeSpace", space),
            Some(_) => self.losses().count("code spaces"),
            None => {}
        }
        self.xml.close();
        self.value(value);
        self.xml.end("gen:value");
        self.xml.end(element);
    }

    /// What the version calls the type.
    fn kind(&mut self, said: Option<&str>, value: &Value) -> &'static str {
        const KINDS: [&str; 7] = ["string", "int", "double", "date", "uri", "measure", "code"];
        let own = match value {
            Value::Number(number) if number.is_f64() => "double",
            Value::Number(_) => "int",
            _ => "string",
        };
        let kind = said.and_then(|said| KINDS.into_iter().find(|kind| *kind == said)).unwrap_or(own);
        match (self.version(), kind) {
            (Version::V1, "measure") => {
                self.losses().count("generic measures, written as numbers");
                "double"
            }
            (Version::V1 | Version::V2, "code") => "string",
            _ => kind,
        }
    }

    fn element(&self, kind: &str) -> &'static str {
        let is_new = self.version() == Version::V3;
        match kind {
            "int" if is_new => "gen:IntAttribute",
            "double" if is_new => "gen:DoubleAttribute",
            "date" if is_new => "gen:DateAttribute",
            "uri" if is_new => "gen:UriAttribute",
            "measure" if is_new => "gen:MeasureAttribute",
            "code" if is_new => "gen:CodeAttribute",
            _ if is_new => "gen:StringAttribute",
            "int" => "gen:intAttribute",
            "double" => "gen:doubleAttribute",
            "date" => "gen:dateAttribute",
            "uri" => "gen:uriAttribute",
            "measure" => "gen:measureAttribute",
            _ => "gen:stringAttribute",
        }
    }

    fn open_named(&mut self, element: &str, name: &str) {
        self.xml.open(element);
        if self.version() == Version::V3 {
            self.xml.close();
            self.xml.leaf("gen:name", name);
        } else {
            self.xml.attribute("name", name);
            self.xml.close();
        }
    }

    fn set(
        &mut self,
        name: &str,
        inner: &Map<String, Value>,
        said: Option<&Map<String, Value>>,
        path: &str,
        qualifiers: &Attributes,
    ) {
        let code_space = said.and_then(|said| said.get("codeSpace")).and_then(Value::as_str);
        match self.version() {
            Version::V1 => self.losses().count("sets of generic attributes, written one by one"),
            Version::V2 => {
                self.xml.open("gen:genericAttributeSet");
                self.xml.attribute("name", name);
                if let Some(space) = code_space {
                    self.xml.attribute("codeSpace", space);
                }
                self.xml.close();
            }
            Version::V3 => {
                self.open_named("gen:GenericAttributeSet", name);
                if let Some(space) = code_space {
                    self.xml.leaf("gen:codeSpace", space);
                }
            }
        }
        self.members(name, inner, path, qualifiers);
        match self.version() {
            Version::V1 => {}
            Version::V2 => self.xml.end("gen:genericAttributeSet"),
            Version::V3 => self.xml.end("gen:GenericAttributeSet"),
        }
    }

    fn members(&mut self, set: &str, inner: &Map<String, Value>, path: &str, qualifiers: &Attributes) {
        let said_of: Attributes = inner
            .keys()
            .filter_map(|name| Some((name.clone(), qualifiers.get(&format!("{path}/{name}"))?.clone())))
            .collect();
        for (name, value) in inner.iter().filter(|(name, value)| !is_unit(name, value, inner, &said_of)) {
            let items = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
            for (index, item) in items.iter().enumerate() {
                // The first of several is noted without its number.
                let place =
                    if index > 0 { format!("{path}/{name}/{index}") } else { format!("{path}/{name}") };
                let said = qualifiers.get(&place).and_then(Value::as_object);
                let full = if self.version() == Version::V1 { format!("{set}.{name}") } else { name.clone() };
                if self.version() == Version::V3 {
                    self.xml.start("gen:genericAttribute");
                }
                self.generic(&full, item, said, &place, qualifiers);
                if self.version() == Version::V3 {
                    self.xml.end("gen:genericAttribute");
                }
            }
        }
    }
}
