//! Code lists as gml:Dictionary of any GML version.

use super::names::{self, Prefixes};
use super::scan::{self, Kind};
use super::tree::{Element, Tree};
use stadtwin_model::{Code, CodeList};
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// Longer lists are cut here.
const MAX_CODES: usize = 100_000;
/// Longer texts are cut here [characters].
const MAX_TEXT: usize = 4096;

/// Why bytes are no code list.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DictionaryError {
    #[error("it is no gml:Dictionary but `{0}`")]
    OtherRoot(String),
    #[error("it is not well-formed: {0}")]
    Malformed(String),
}

/// Reads a code list that stands in `bytes` (UTF-8) as a whole.
pub fn read_dictionary(bytes: &[u8]) -> Result<CodeList, DictionaryError> {
    let root = root(bytes)?;
    let tree =
        Tree::new(root, &[], &prefixes(root)).map_err(|error| DictionaryError::Malformed(error.reason))?;
    let Some(element) = tree.root() else { return Err(DictionaryError::OtherRoot(String::new())) };
    if !matches!(element.local(), b"Dictionary" | b"DefinitionCollection") {
        return Err(DictionaryError::OtherRoot(element.qualified_name()));
    }
    let mut list = CodeList {
        title: first(element, b"name").or_else(|| first(element, b"identifier")).unwrap_or_default(),
        description: first(element, b"description").unwrap_or_default(),
        ..CodeList::default()
    };
    let mut known = BTreeSet::new();
    let mut spaces = BTreeSet::new();
    for definition in element.descendants().filter(|below| below.local().ends_with(b"Definition")) {
        let Some((code, space)) = code(definition) else { continue };
        if list.codes.len() < MAX_CODES && known.insert(code.code.clone()) {
            spaces.insert(space);
            list.codes.push(code);
        }
    }
    list.code_space = spaces.pop_first().flatten().filter(|_| spaces.is_empty());
    Ok(list)
}

/// From the root element on: what comes before it is no part of the tree.
fn root(bytes: &[u8]) -> Result<&[u8], DictionaryError> {
    let mut at = 0;
    while let Ok(token) = scan::next_token(bytes, at) {
        at = token.end;
        if matches!(token.kind, Kind::Start | Kind::Empty) {
            return Ok(bytes.get(token.start..).unwrap_or(&[]).trim_ascii_end());
        }
    }
    Err(DictionaryError::Malformed("it holds no element".to_owned()))
}

fn prefixes(root: &[u8]) -> Prefixes {
    let Ok(token) = scan::next_token(root, 0) else { return Prefixes::new() };
    let declared = names::declared(token.attributes(root));
    declared.map(|(prefix, uri)| (prefix.into(), names::namespace_of(uri))).collect()
}

/// The code is the identifier (GML 3.2), else the name with a codeSpace, else the first name; its text is the
/// description, else another name.
fn code(definition: Element) -> Option<(Code, Option<String>)> {
    let all = |local: &'static [u8]| {
        definition.children().filter(move |child| child.local() == local && !child.text().is_empty())
    };
    let coded = all(b"identifier").next();
    let coded = coded.or_else(|| all(b"name").find(|name| name.raw_attribute(b"codeSpace").is_some()));
    let coded = coded.or_else(|| all(b"name").next())?;
    let mut texts = BTreeMap::new();
    let others = all(b"name").filter(|name| name.index != coded.index);
    for element in all(b"description").chain(others) {
        let language = element.attribute(b"lang").unwrap_or_default().to_ascii_lowercase();
        texts.entry(language).or_insert_with(|| cut(&element.text()));
    }
    let space =
        coded.attribute(b"codeSpace").map(|space| space.into_owned()).filter(|space| !space.is_empty());
    Some((Code { code: cut(&coded.text()), texts }, space))
}

fn first(element: Element, local: &[u8]) -> Option<String> {
    element.child(local).map(|child| cut(&child.text())).filter(|text| !text.is_empty())
}

fn cut(text: &str) -> String {
    text.chars().filter(|sign| *sign != '\0').take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(inside: &str, expected: &[(&str, &[(&str, &str)])], space: Option<&str>) {
        let text = format!(
            "\u{feff}<?xml version='1.0'?><!-- x --><gml:Dictionary xmlns:gml='http://www.opengis.net/gml'><gml:name>L</gml:name>{inside}</gml:Dictionary>\n"
        );
        let list = read_dictionary(text.as_bytes()).unwrap();
        let found: Vec<_> = list
            .codes
            .iter()
            .map(|code| {
                (code.code.as_str(), code.texts.iter().map(|(l, t)| (l.as_str(), t.as_str())).collect())
            })
            .collect::<Vec<(&str, Vec<(&str, &str)>)>>();
        let expected: Vec<_> = expected.iter().map(|(code, texts)| (*code, texts.to_vec())).collect();
        assert_eq!(
            (found, list.code_space.as_deref(), list.title.as_str()),
            (expected, space, "L"),
            "{inside}"
        );
    }

    #[test]
    fn every_way_to_write_a_definition_is_read() {
        let entry = |inside: &str| {
            format!(
                "<gml:dictionaryEntry><gml:Definition gml:id='a'>{inside}</gml:Definition></gml:dictionaryEntry>"
            )
        };
        // PLATEAU.
        let plain = entry("<gml:description>普通建物</gml:description><gml:name>3001</gml:name>");
        check(&plain, &[("3001", &[("", "普通建物")])], None);
        // CityGML 2.0's own lists: the code is the name with a codeSpace.
        let named = entry(
            "<gml:description></gml:description><gml:name>gabion</gml:name><gml:name codeSpace='urn:x'>4</gml:name>",
        );
        check(&named, &[("4", &[("", "gabion")])], Some("urn:x"));
        // GML 3.2.
        let identified = entry("<gml:identifier codeSpace='s'>block</gml:identifier>");
        check(&identified, &[("block", &[])], Some("s"));
        let languages = entry(
            "<gml:name>1</gml:name><gml:name xml:lang='de'>Haus &amp; Hof</gml:name><gml:name xml:lang='en'>house</gml:name>",
        );
        check(&languages, &[("1", &[("de", "Haus & Hof"), ("en", "house")])], None);
        // The first of equal codes counts; lists of several codeSpaces have none.
        check(
            &[plain.clone(), plain, named].concat(),
            &[("3001", &[("", "普通建物")]), ("4", &[("", "gabion")])],
            None,
        );
        check(&entry(""), &[], None);
    }

    #[test]
    fn what_is_no_list_is_told() {
        let other = |text: &str| read_dictionary(text.as_bytes()).unwrap_err();
        assert_eq!(other("<CityModel/>"), DictionaryError::OtherRoot("CityModel".to_owned()));
        assert!(matches!(other("nothing"), DictionaryError::Malformed(_)));
        assert!(matches!(other("<gml:Dictionary><a></gml:Dictionary>"), DictionaryError::Malformed(_)));
    }
}
