//! The names of the three versions' schemas against the tables; `docs/coverage.md` is written from both.

use super::names::{class_of_element, namespace_of};
use super::standard;
use crate::model::{ClassId, classes};
use std::collections::BTreeMap;
use std::path::Path;

/// Module, element or property, versions, and types: taken from the schemas of CityGML 1.0, 2.0 and 3.0.
const CLASSES: &str = include_str!("../../../tests/fixtures/citygml-names/classes.tsv");
const PROPERTIES: &str = include_str!("../../../tests/fixtures/citygml-names/properties.tsv");

/// Features that are no objects of their own here.
const ATTRIBUTES: [(&str, &str); 2] = [("CityModel", "the file itself"), ("Address", "attribute `address`")];

fn lines(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect())
}

fn class(module: &str, element: &str, version: &str) -> Option<ClassId> {
    let module = if module == "core" { String::new() } else { format!("{module}/") };
    let uri = format!("http://www.opengis.net/citygml/{module}{version}");
    class_of_element(namespace_of(uri.as_bytes()), element.as_bytes())
}

#[test]
fn every_class_of_every_version_is_in_the_table() {
    let mut missing = Vec::new();
    let mut checked = 0;
    for line in lines(CLASSES) {
        let [module, element, versions] = line[..] else { panic!("{line:?}") };
        for version in versions.split(',') {
            checked += 1;
            let is_other = ATTRIBUTES.iter().any(|(name, _)| *name == element);
            if class(module, element, version).is_none() && !is_other {
                missing.push(format!("{module}/{version} {element}"));
            }
        }
    }
    assert!(checked > 180, "{checked}");
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_property_of_every_version_is_in_the_table() {
    let mut wrong = Vec::new();
    for line in lines(PROPERTIES) {
        let [_, name, _, types] = line[..] else { panic!("{line:?}") };
        if !standard::is_property(name) {
            wrong.push(format!("{name} is missing"));
        }
        // `value` is text in some classes and a measure in others: there its unit tells.
        if name == "value" {
            continue;
        }
        let is = |wanted: &[&str]| !types.is_empty() && types.split(',').all(|kind| wanted.contains(&kind));
        let is_number = is(&[
            "integer",
            "nonNegativeInteger",
            "double",
            "LengthType",
            "gYear",
            "AreaType",
            "VolumeType",
            "IntegerBetween0and3Type",
            "integerBetween0and4",
        ]);
        if is_number && !standard::value(name, "2", true, false).is_number() {
            wrong.push(format!("{name} is no number"));
        }
        if is(&["boolean"]) && !standard::value(name, "1", true, false).is_boolean() {
            wrong.push(format!("{name} is no boolean"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn coverage() -> String {
    let mut elements: BTreeMap<ClassId, Vec<String>> = BTreeMap::new();
    for line in lines(CLASSES) {
        let [module, element, versions] = line[..] else { continue };
        for version in versions.split(',') {
            if let Some(class) = class(module, element, version) {
                elements.entry(class).or_default().push(format!("{version} `{module}:{element}`"));
            }
        }
    }
    let mut text = String::from(
        "# What is read of CityGML\n\n\
         Written by the test `the_page_tells_the_table` from the class table and the names in the schemas of CityGML 1.0,\n\
         2.0 and 3.0 (`STADTWIN_WRITE_DOCS=1 cargo test --lib coverage` writes it anew).\n\n\
         Objects are rows of `city_object`, surfaces stand in `object_geometry.surface_ids`. All attributes, generic ones and\n\
         foreign content are kept with each. Tiles show whatever has faces. Elements of other namespaces become\n\
         `GenericCityObject` or `GenericThematicSurface` and remember their name.\n\n\
         | class | CityGML | CityJSON | read and stored as |\n|---|---|---|---|\n",
    );
    for (id, class) in classes() {
        let mut names = elements.remove(&id).unwrap_or_default();
        names.sort();
        let cityjson = if class.cityjson.is_empty() { "–" } else { class.cityjson };
        let kind = if class.is_surface { "surface" } else { "object" };
        text.push_str(&format!("| {} | {} | {cityjson} | {kind} |\n", class.name, names.join(", ")));
    }
    for (name, kind) in ATTRIBUTES {
        text.push_str(&format!("| {name} | | – | {kind} |\n"));
    }
    text
}

#[test]
fn the_page_tells_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/coverage.md");
    if std::env::var_os("STADTWIN_WRITE_DOCS").is_some() {
        std::fs::write(&path, coverage()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == coverage(), "docs/coverage.md differs: STADTWIN_WRITE_DOCS=1 cargo test --lib coverage");
}
