//! The names of the three versions' schemas against the tables; `docs/coverage.md` is written from both.

use super::names::{class_of_element, namespace_of, prefix_of};
use super::schema::{BESIDE, Kind, Schema, Version};
use super::{standard, write};
use stadtwin_model::{ClassId, classes};
use std::collections::BTreeMap;
use std::path::Path;

/// Module, element or property, versions, and types: taken from the schemas of CityGML 1.0, 2.0 and 3.0.
const CLASSES: &str = include_str!("../../../../tests/fixtures/citygml-names/classes.tsv");
const PROPERTIES: &str = include_str!("../../../../tests/fixtures/citygml-names/properties.tsv");

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
        let [module, name, _, types] = line[..] else { panic!("{line:?}") };
        // What code lists say of themselves: no part of a city model.
        if module == "codelistmetadata" {
            continue;
        }
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
        "# What is read and written of CityGML\n\n\
         Written by the test `the_page_tells_the_table` from the class table, the table of the schemas and the names in the\n\
         schemas of CityGML 1.0, 2.0 and 3.0 (`STADTWIN_WRITE_DOCS=1 cargo test --lib coverage` writes it anew).\n\n\
         Objects are rows of `city_object`, surfaces stand in `object_geometry.surface_ids`. All attributes, generic ones and\n\
         foreign content are kept with each. Elements of other namespaces become `GenericCityObject` or\n\
         `GenericThematicSurface`, remember their name and are written under it again. Queried: a *feature* is an item of its\n\
         own where it stands alone in the file, and comes with its parent where it is a part. Tiled: whatever has faces.\n\
         Written: the element in 1.0, 2.0 and 3.0; in *italics* that of another class, the nearest that the version has; a dash\n\
         where only the faces are written. Each such step is counted in the loss report of the export.\n\n\
         | class | CityGML | CityJSON | read and stored as | queried | written 1.0 | written 2.0 | written 3.0 | tiled |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (id, class) in classes() {
        let mut names = elements.remove(&id).unwrap_or_default();
        names.sort();
        let cityjson = if class.cityjson.is_empty() { "–" } else { class.cityjson };
        let (kind, queried) = match class.is_surface {
            true => ("surface", "with its object"),
            false => ("object", "feature"),
        };
        let written = Version::ALL.map(|version| written(version, id)).join(" | ");
        let tiled = if Version::ALL.iter().any(|version| has_faces(*version, id)) { "yes" } else { "–" };
        let names = names.join(", ");
        text.push_str(&format!(
            "| {} | {names} | {cityjson} | {kind} | {queried} | {written} | {tiled} |\n",
            class.name
        ));
    }
    for (name, kind) in ATTRIBUTES {
        let written = if name == "Address" { "`core:Address`" } else { "`core:CityModel`" };
        text.push_str(&format!("| {name} | | – | {kind} | – | {written} | {written} | {written} | – |\n"));
    }
    text
}

/// The element that the writer takes.
fn written(version: Version, class: ClassId) -> String {
    let own = Schema::of(version).elements(class, "").next();
    if let Some(layout) = own {
        return format!("`{}`", layout.element);
    }
    // Surfaces of constructions stood in the modules of buildings, bridges and tunnels until 2.0.
    if let Some(layout) = Schema::of(version).elements(class, "bldg").next() {
        return format!("`{}`", layout.element);
    }
    match write::substitute(version, class) {
        Some(element) => format!("*`{element}`*"),
        None => "–".to_owned(),
    }
}

fn has_faces(version: Version, class: ClassId) -> bool {
    const FACES: [&str; 7] = ["Solid", "MultiSolid", "MultiSurface", "Surface", "Polygon", "Geometry", "Tin"];
    let near = ["", "bldg"].into_iter().flat_map(|near| Schema::of(version).elements(class, near));
    near.flat_map(|layout| &layout.properties)
        .any(|property| matches!(property.kind, Kind::Geometry(kind) if FACES.contains(&kind)))
}

/// The table of the schemas is the list of names: what is in one is in the other.
#[test]
fn the_table_of_the_schemas_has_every_class_and_property() {
    let mut missing = Vec::new();
    for line in lines(CLASSES) {
        let [module, element, versions] = line[..] else { panic!("{line:?}") };
        for version in Version::ALL.into_iter().filter(|version| versions.contains(version.name())) {
            let uri = format!("http://www.opengis.net/citygml/{module}/{}", version.name());
            let prefix =
                if module == "core" { "core" } else { prefix_of(namespace_of(uri.as_bytes()).module) };
            if Schema::of(version).layout(&format!("{prefix}:{element}")).is_none() {
                missing.push(format!("{} {prefix}:{element}", version.name()));
            }
        }
    }
    for line in lines(PROPERTIES) {
        let [module, name, versions, _] = line[..] else { panic!("{line:?}") };
        if module == "codelistmetadata" || BESIDE.contains(&name) {
            continue;
        }
        for version in Version::ALL.into_iter().filter(|version| versions.contains(version.name())) {
            if Schema::of(version).any_property(name).is_none() {
                missing.push(format!("{} {module} {name}", version.name()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_page_tells_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/coverage.md");
    if std::env::var_os("STADTWIN_WRITE_DOCS").is_some() {
        std::fs::write(&path, coverage()).unwrap();
    }
    let page = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == coverage(), "docs/coverage.md differs: STADTWIN_WRITE_DOCS=1 cargo test --lib coverage");
}
