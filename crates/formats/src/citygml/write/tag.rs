//! Names of elements, with the namespace that a foreign one brings along.

use super::super::names::{self, Origin};
use super::super::schema::prefix;
use super::xml::Xml;
use stadtwin_model::Attributes;

/// The name of an element.
#[derive(Debug, Clone)]
pub struct Tag<'a> {
    name: &'a str,
    /// What the prefix stands for, where the root does not say it.
    uri: Option<&'a str>,
}

impl<'a> Tag<'a> {
    /// One of the schema's.
    pub fn known(name: &'static str) -> Tag<'a> {
        Tag { name, uri: None }
    }

    /// A name that an object or surface remembers; `None` where it has none that XML can say.
    pub fn foreign(name: Option<&'a str>, qualifiers: &'a Attributes) -> Option<Tag<'a>> {
        let name = name?;
        let uri = qualifiers.get("@namespaces")?.get(prefix(name))?.as_str()?;
        Some(Tag { name, uri: Some(uri) }).filter(|_| is_name(name))
    }

    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Whether the name is none of CityGML's.
    pub fn is_foreign(&self) -> bool {
        self.uri.is_some_and(|uri| names::namespace_of(uri.as_bytes()).origin == Origin::Foreign)
    }

    /// `<name xmlns…`: attributes may follow.
    pub fn open(&self, xml: &mut Xml) {
        xml.open(self.name);
        if let Some(uri) = self.uri {
            match prefix(self.name) {
                "" => xml.attribute("xmlns", uri),
                prefix => xml.attribute(&format!("xmlns:{prefix}"), uri),
            }
        }
    }

    pub fn end(&self, xml: &mut Xml) {
        xml.end(self.name);
    }
}

/// Whether the text can be an element's name, with at most one prefix.
fn is_name(text: &str) -> bool {
    let part = |text: &str| {
        let mut letters = text.chars();
        let starts = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
        starts && letters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    match text.split_once(':') {
        Some((prefix, local)) => part(prefix) && part(local),
        None => part(text),
    }
}
