//! XML Schemas of application domain extensions: a reader of what such schemas use, no validator. Knows no files: what
//! is included or imported is asked for by name.

mod declarations;
mod types;

use super::names::{self, Namespace, Origin};
use declarations::{Element, Name, Schema};
use stadtwin_model::{AdeClass, AdeProperty, AdeSchema, AdeType, Code, CodeList, class_by_name};
use std::collections::BTreeMap;
use thiserror::Error;

/// Substitution groups and types derive from one another at most this often.
const MAX_DEPTH: usize = 32;
/// Heads of substitution groups of properties that extend a class of CityGML 1.0 and 2.0.
const PROPERTY_HOOK: &str = "_GenericApplicationPropertyOf";
/// The same of version 3.0: data types that hold the properties.
const TYPE_HOOK: &str = "ADEOf";

/// Why bytes are no schema of an ADE.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum XsdError {
    #[error("`{0}` is no XML Schema")]
    NoSchema(String),
    #[error("`{0}` is not well-formed: {1}")]
    Malformed(String, String),
    #[error("`{0}` has no targetNamespace")]
    NoNamespace(String),
    #[error("`{0}` is a namespace of CityGML or GML itself")]
    Standard(String),
    #[error("the schemas include more than {0} files")]
    TooMany(usize),
}

/// Reads a schema and what it includes and imports, as far as `load` has it: the namespaces of ADEs in it, that of
/// `name` first.
pub fn read_ade(
    name: &str,
    bytes: &[u8],
    load: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Result<Vec<AdeSchema>, XsdError> {
    let mut schema = Schema::default();
    let main = schema.read(name, bytes, load)?;
    if is_standard(&main) {
        return Err(XsdError::Standard(main));
    }
    let own = schema.namespaces.keys().filter(|namespace| !is_standard(namespace));
    let mut found: Vec<_> = own.map(|namespace| ade(&schema, namespace)).collect();
    found.sort_by_key(|ade| ade.namespace != main);
    Ok(found)
}

fn is_standard(namespace: &str) -> bool {
    let known = names::namespace_of(namespace.as_bytes()).origin != Origin::Foreign;
    known || namespace.starts_with("http://www.w3.org/")
}

fn ade(schema: &Schema, namespace: &str) -> AdeSchema {
    let mut ade = AdeSchema { namespace: namespace.to_owned(), ..AdeSchema::default() };
    if let Some((version, description)) = schema.namespaces.get(namespace) {
        (ade.version, ade.description) = (version.clone(), description.clone());
    }
    for (name, element) in schema.elements.iter().filter(|(name, _)| name.namespace == namespace) {
        let chain = chain(schema, name);
        let is_hook = |prefix: &str| chain.iter().any(|head| head.local.starts_with(prefix));
        let is_class = name.local.starts_with(|sign: char| sign.is_uppercase());
        if is_hook(PROPERTY_HOOK) || !is_class {
            ade.properties.push(property(schema, "", &name.local, element));
        } else {
            ade.classes.push(class(&chain, element, is_hook(TYPE_HOOK)));
            own_properties(schema, name, element, &mut ade.properties);
        }
    }
    ade.properties.sort_by(|a, b| (&a.class, &a.name).cmp(&(&b.class, &b.name)));
    ade.properties.dedup_by(|later, first| (&later.class, &later.name) == (&first.class, &first.name));
    ade.code_lists = code_lists(schema, namespace);
    ade
}

/// The element and the heads of its substitution groups, outwards.
fn chain(schema: &Schema, name: &Name) -> Vec<Name> {
    let mut chain = vec![name.clone()];
    while let Some(head) = chain.last().and_then(|last| schema.elements.get(last)?.substitution.clone()) {
        if chain.len() >= MAX_DEPTH || chain.contains(&head) {
            break;
        }
        chain.push(head);
    }
    chain
}

fn class(chain: &[Name], element: &Element, is_hook: bool) -> AdeClass {
    let standard = chain.iter().skip(1).find_map(standard_class).filter(|_| !is_hook);
    let is_feature = standard.is_some() || chain.iter().any(|head| is_feature(head) && !is_hook);
    AdeClass {
        name: chain.first().map(|name| name.local.clone()).unwrap_or_default(),
        base: element.substitution.as_ref().map(Name::to_string),
        standard_class: standard.map(str::to_owned),
        is_feature,
        is_abstract: element.is_abstract,
        description: element.description.clone(),
    }
}

fn is_feature(head: &Name) -> bool {
    matches!(head.local.as_str(), "_Feature" | "AbstractFeature" | "_CityObject" | "AbstractCityObject")
}

/// The class of CityGML of that name; of abstract ones the one that stands for all.
fn standard_class(head: &Name) -> Option<&'static str> {
    let namespace: Namespace = names::namespace_of(head.namespace.as_bytes());
    if namespace.origin != Origin::Standard {
        return None;
    }
    if let Some(class) = names::class_of_element(namespace, head.local.as_bytes()) {
        return Some(class.name());
    }
    let general = head.local.trim_start_matches('_').trim_start_matches("Abstract");
    let name = match general {
        "BoundarySurface"
        | "ThematicSurface"
        | "SpaceBoundary"
        | "ConstructionSurface"
        | "WaterBoundarySurface" => "GenericThematicSurface",
        "Site" | "Space" | "CityObject" => "GenericCityObject",
        "VegetationObject" => "PlantCover",
        "TransportationObject" => "TransportationComplex",
        other if class_by_name(other).is_some() => other,
        other if other.ends_with("Space") => "GenericCityObject",
        _ => return None,
    };
    class_by_name(name).map(|class| class.name())
}

/// Those that the element's type declares itself and, where they stand in the same schemas, those of the types that it
/// extends.
fn own_properties(schema: &Schema, name: &Name, element: &Element, found: &mut Vec<AdeProperty>) {
    for declared in schema.types_of(element, MAX_DEPTH) {
        for (member, inner) in &declared.members {
            found.push(property(schema, &name.local, member, inner));
        }
    }
}

fn property(schema: &Schema, class: &str, name: &str, element: &Element) -> AdeProperty {
    let meaning = types::meaning(schema, element);
    AdeProperty {
        class: class.to_owned(),
        name: name.to_owned(),
        type_name: element.type_name.as_ref().map(|name| name.local.clone()).unwrap_or_default(),
        kind: meaning.kind,
        unit: meaning.unit,
        code_space: meaning.code_space.filter(|_| meaning.kind == AdeType::Code),
        min_occurs: element.min_occurs,
        max_occurs: element.max_occurs,
        description: element.description.clone(),
    }
}

/// What properties of an enumerated type name as their codeSpace.
fn enumeration_space(name: &Name) -> String {
    format!("{}#{}", name.namespace.trim_end_matches(['/', '#']), name.local)
}

fn code_lists(schema: &Schema, namespace: &str) -> Vec<(String, CodeList)> {
    let own = schema
        .types
        .iter()
        .filter(|(name, declared)| name.namespace == namespace && !declared.enumeration.is_empty());
    own.map(|(name, declared)| {
        let code = |(code, text): &(String, String)| {
            let texts = (!text.is_empty()).then(|| (String::new(), text.clone()));
            Code { code: code.clone(), texts: texts.into_iter().collect::<BTreeMap<_, _>>() }
        };
        let list = CodeList {
            title: name.local.clone(),
            description: declared.description.clone(),
            code_space: None,
            codes: declared.enumeration.iter().map(code).collect(),
        };
        (enumeration_space(name), list)
    })
    .collect()
}

#[cfg(test)]
mod tests;
