//! What schema documents declare, by qualified name.

use super::super::names::{self, Prefixes};
use super::super::scan::{self, Kind};
use super::super::tree::{Element as Node, Tree};
use super::XsdError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Documents read for one schema.
const MAX_FILES: usize = 200;
/// Declarations kept; more are left out.
const MAX_DECLARATIONS: usize = 100_000;
/// Longer documentation is cut here [characters].
const MAX_TEXT: usize = 4096;
const XML_SCHEMA: &str = "http://www.w3.org/2001/XMLSchema";

/// `{namespace}local`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    pub namespace: String,
    pub local: String,
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{{{}}}{}", self.namespace, self.local)
    }
}

#[derive(Debug, Clone, Default)]
pub struct Element {
    pub type_name: Option<Name>,
    /// A type without a name.
    pub inline: Option<Box<Type>>,
    pub substitution: Option<Name>,
    pub is_abstract: bool,
    pub min_occurs: u32,
    /// `None`: any number.
    pub max_occurs: Option<u32>,
    pub description: String,
    /// Of appinfo.
    pub code_space: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Type {
    pub base: Option<Name>,
    /// Items of a list.
    pub items: Option<Name>,
    /// Text only.
    pub is_simple: bool,
    /// Value and documentation.
    pub enumeration: Vec<(String, String)>,
    pub members: Vec<(String, Element)>,
    /// Elements that it refers to.
    pub refers: Vec<Name>,
    pub unit: Option<String>,
    pub description: String,
    pub code_space: Option<String>,
}

#[derive(Debug, Default)]
pub struct Schema {
    pub elements: BTreeMap<Name, Element>,
    pub types: BTreeMap<Name, Type>,
    /// targetNamespace → version and documentation.
    pub namespaces: BTreeMap<String, (String, String)>,
    read: BTreeSet<String>,
    count: usize,
}

impl Schema {
    /// Reads a document and all that it names; returns its targetNamespace.
    pub fn read(
        &mut self,
        name: &str,
        bytes: &[u8],
        load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<String, XsdError> {
        self.read.insert(name.to_owned());
        let (main, mut waiting) = self.document(name, bytes, None)?;
        while let Some((location, includer)) = waiting.pop() {
            if !self.read.insert(location.clone()) {
                continue;
            }
            if self.read.len() > MAX_FILES {
                return Err(XsdError::TooMany(MAX_FILES));
            }
            // What is not at hand stays unknown; what is broken and not asked for by name too.
            let Some(bytes) = load(&location) else { continue };
            if let Ok((_, more)) = self.document(&location, &bytes, Some(&includer)) {
                waiting.extend(more);
            }
        }
        Ok(main)
    }

    /// Returns the targetNamespace, and the locations named with the namespace of whoever names them.
    fn document(
        &mut self,
        name: &str,
        bytes: &[u8],
        includer: Option<&str>,
    ) -> Result<(String, Vec<(String, String)>), XsdError> {
        let bytes = root(bytes).ok_or_else(|| XsdError::NoSchema(name.to_owned()))?;
        let tree = Tree::new(bytes, &[], &Prefixes::new())
            .map_err(|error| XsdError::Malformed(name.to_owned(), error.reason))?;
        let node = tree.root().filter(|node| node.local() == b"schema");
        let node = node.ok_or_else(|| XsdError::NoSchema(name.to_owned()))?;
        let target = node.attribute(b"targetNamespace").map(|target| target.into_owned());
        let target = target.or_else(|| includer.map(str::to_owned)).filter(|target| !target.is_empty());
        let target = target.ok_or_else(|| XsdError::NoNamespace(name.to_owned()))?;
        let version = node.attribute(b"version").unwrap_or_default().into_owned();
        self.namespaces.entry(target.clone()).or_insert_with(|| (version, documentation(node)));
        let document = Document { target: target.clone(), prefixes: prefixes(bytes) };
        let mut named = Vec::new();
        for child in node.children() {
            self.count += 1;
            if self.count > MAX_DECLARATIONS {
                break;
            }
            let own = child.attribute(b"name").map(|local| document.own(&local));
            match (child.local(), own) {
                (b"element", Some(own)) => drop(self.elements.insert(own, document.element(child, 0))),
                (b"complexType" | b"simpleType", Some(own)) => {
                    self.types.insert(own, document.type_of(child, 0));
                }
                (b"include" | b"import" | b"redefine", _) => {
                    let location = child.attribute(b"schemaLocation");
                    named.extend(location.map(|location| (location.into_owned(), target.clone())));
                }
                _ => {}
            }
        }
        Ok((target, named))
    }

    /// The type of an element and those that it extends, as far as they are known.
    pub fn types_of<'s>(&'s self, element: &'s Element, most: usize) -> Vec<&'s Type> {
        let mut next = match &element.inline {
            Some(inline) => Some(&**inline),
            None => element.type_name.as_ref().and_then(|name| self.types.get(name)),
        };
        let mut found = Vec::new();
        while let Some(declared) = next.filter(|_| found.len() < most) {
            found.push(declared);
            next = declared.base.as_ref().and_then(|name| self.types.get(name));
        }
        found
    }
}

/// From the root element on.
fn root(bytes: &[u8]) -> Option<&[u8]> {
    let mut at = 0;
    while let Ok(token) = scan::next_token(bytes, at) {
        at = token.end;
        if matches!(token.kind, Kind::Start | Kind::Empty) {
            return bytes.get(token.start..).map(<[u8]>::trim_ascii_end);
        }
    }
    None
}

fn prefixes(root: &[u8]) -> BTreeMap<String, String> {
    let Ok(token) = scan::next_token(root, 0) else { return BTreeMap::new() };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    names::declared(token.attributes(root)).map(|(prefix, uri)| (text(prefix), text(uri))).collect()
}

/// What holds in one document.
struct Document {
    target: String,
    prefixes: BTreeMap<String, String>,
}

/// Types stand in types at most this deep.
const MAX_NESTING: usize = 16;

impl Document {
    fn own(&self, local: &str) -> Name {
        Name { namespace: self.target.clone(), local: local.to_owned() }
    }

    /// `gml:CodeType` as the namespace that the prefix stands for and the name.
    fn name(&self, text: &str) -> Name {
        let (prefix, local) = text.trim().split_once(':').unwrap_or(("", text.trim()));
        let known = self.prefixes.get(prefix).cloned();
        let usual =
            || if matches!(prefix, "xs" | "xsd") { XML_SCHEMA.to_owned() } else { self.target.clone() };
        Name { namespace: known.unwrap_or_else(usual), local: local.to_owned() }
    }

    fn element(&self, node: Node, depth: usize) -> Element {
        let name = |attribute: &[u8]| node.attribute(attribute).map(|text| self.name(&text));
        let inline = node.children().find(|child| matches!(child.local(), b"complexType" | b"simpleType"));
        let occurs = |attribute: &[u8]| node.attribute(attribute).and_then(|text| text.parse::<u32>().ok());
        let is_unbounded = node.attribute(b"maxOccurs").is_some_and(|text| text == "unbounded");
        Element {
            type_name: name(b"type"),
            inline: inline
                .filter(|_| depth < MAX_NESTING)
                .map(|node| Box::new(self.type_of(node, depth + 1))),
            substitution: name(b"substitutionGroup"),
            is_abstract: node.attribute(b"abstract").is_some_and(|text| text == "true" || text == "1"),
            min_occurs: occurs(b"minOccurs").unwrap_or(1),
            max_occurs: (!is_unbounded).then(|| occurs(b"maxOccurs").unwrap_or(1)),
            description: documentation(node),
            code_space: default_code_space(node),
        }
    }

    fn type_of(&self, node: Node, depth: usize) -> Type {
        let mut declared = Type {
            is_simple: node.local() == b"simpleType",
            description: documentation(node),
            code_space: default_code_space(node),
            ..Type::default()
        };
        self.content(node, &mut declared, depth);
        declared
    }

    /// Everything below, but not what belongs to the elements in it.
    fn content(&self, node: Node, declared: &mut Type, depth: usize) {
        for child in node.children() {
            match child.local() {
                b"element" => self.member(child, declared, depth),
                b"extension" | b"restriction" => {
                    declared.base = child.attribute(b"base").map(|base| self.name(&base));
                    self.content(child, declared, depth);
                }
                b"simpleContent" => {
                    declared.is_simple = true;
                    self.content(child, declared, depth);
                }
                b"list" => declared.items = child.attribute(b"itemType").map(|items| self.name(&items)),
                b"enumeration" => {
                    let value = child.attribute(b"value").unwrap_or_default().into_owned();
                    declared.enumeration.push((value, documentation(child)));
                }
                b"attribute" if child.attribute(b"name").is_some_and(|name| name == "uom") => {
                    let fixed = child.attribute(b"fixed").or_else(|| child.attribute(b"default"));
                    declared.unit = fixed.map(|unit| unit.into_owned());
                }
                b"annotation" | b"attribute" => {}
                _ => self.content(child, declared, depth),
            }
        }
    }

    fn member(&self, node: Node, declared: &mut Type, depth: usize) {
        match (node.attribute(b"name"), node.attribute(b"ref")) {
            (Some(name), _) => declared.members.push((name.into_owned(), self.element(node, depth))),
            (None, Some(other)) => declared.refers.push(self.name(&other)),
            (None, None) => {}
        }
    }
}

fn documentation(node: Node) -> String {
    let texts = node
        .children()
        .filter(|child| child.local() == b"annotation")
        .flat_map(|annotation| annotation.children())
        .filter(|child| child.local() == b"documentation")
        .map(|child| child.text().split_whitespace().collect::<Vec<_>>().join(" "));
    let whole = texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    whole.chars().filter(|sign| *sign != '\0').take(MAX_TEXT).collect()
}

/// What GML 3.3 and ShapeChange write into appinfo.
fn default_code_space(node: Node) -> Option<String> {
    let annotation = node.child(b"annotation")?;
    let found = annotation.descendants().find(|below| below.local() == b"defaultCodeSpace")?;
    Some(found.text().into_owned()).filter(|text| !text.is_empty())
}
