//! Written files against the official schemas, where a site has them: `STADTWIN_CITYGML_SCHEMAS` names a folder with the
//! schemas of CityGML and all that they import as local files; `xmllint` checks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use stadtwin::formats::Input;
use stadtwin::formats::citygml::Version;

use super::{citygml_files, data, read, write};

/// Files that are no better than what they were made of, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "citygml4j-samples/datasets/invalid_building_v3.gml",
        "a height has the status `unknown`, which is none",
    ),
    (
        "plateau-all-modules/examples/citygml3-reader/xlink/citygml3reader/udx/tran/feature_xlink_definition.gml",
        "a traffic area has two surface materials",
    ),
    (
        "plateau-all-modules/examples/citygml3-reader/xlink/citygml3reader/udx/tran/feature_xlink_definition.gml as 2.0",
        "the same",
    ),
    (
        "plateau-all-modules/examples/citygml3-reader/xlink/citygml3reader/udx/tran/feature_xlink_definition.gml as 1.0",
        "the same",
    ),
];

/// The first thing that the official schemas find wrong; `None` where it is valid, or where they are not at hand.
pub fn first_fault(text: &[u8]) -> Option<String> {
    let schemas = PathBuf::from(std::env::var_os("STADTWIN_CITYGML_SCHEMAS")?);
    let folder = tempfile::tempdir().unwrap();
    let (schema, file) = (folder.path().join("all.xsd"), folder.path().join("one.gml"));
    std::fs::write(&schema, umbrella(&schemas)).unwrap();
    std::fs::write(&file, text).unwrap();
    let name = file.display().to_string();
    judged(&schema, &BTreeMap::from([(name.clone(), name)])).into_values().next().flatten()
}

/// A schema of nothing but imports of the CityGML schemas in a folder.
fn umbrella(folder: &Path) -> String {
    let mut imports = BTreeMap::new();
    for path in glob::glob(&folder.join("**/*.xsd").display().to_string()).unwrap().flatten() {
        let text = std::fs::read_to_string(&path).unwrap();
        let target = text.split("targetNamespace=\"").nth(1).and_then(|rest| rest.split('"').next());
        if let Some(uri) = target.filter(|uri| uri.starts_with("http://www.opengis.net/citygml/")) {
            imports.insert(uri.to_owned(), path.canonicalize().unwrap());
        }
    }
    let imports: String = imports
        .iter()
        .map(|(uri, path)| {
            format!("<xs:import namespace=\"{uri}\" schemaLocation=\"file://{}\"/>", path.display())
        })
        .collect();
    format!(
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" targetNamespace=\"urn:stadtwin:all\">{imports}</xs:schema>"
    )
}

/// Whether elements of other namespaces are inside, whose schemas nobody has here.
fn is_foreign(text: &str) -> bool {
    let uris = text.split("xmlns").skip(1).filter_map(|rest| rest.split('"').nth(1));
    let known = ["http://www.opengis.net/", "http://www.w3.org/", "urn:oasis:names:tc:ciq:"];
    uris.into_iter().any(|uri| !known.iter().any(|start| uri.starts_with(start)))
}

/// Of each file the first thing that the schema finds wrong; `None` where it is valid.
fn judged(schema: &Path, files: &BTreeMap<String, String>) -> BTreeMap<String, Option<String>> {
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(schema)
        .args(files.keys())
        .output()
        .expect("xmllint checks: install libxml2-utils");
    let told = String::from_utf8_lossy(&output.stderr);
    let mut judged = BTreeMap::new();
    for line in told.lines() {
        let Some(name) = line.split([':', ' ']).next().and_then(|file| files.get(file)) else { continue };
        if line.ends_with(" validates") {
            judged.insert(name.clone(), None);
        } else if line.contains("error") {
            judged.entry(name.clone()).or_insert_with(|| Some(line.to_owned()));
        }
    }
    assert_eq!(judged.len(), files.len(), "{told}");
    judged
}

/// As it lies there, unpacked.
fn unpacked(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    Input::file(path).open().unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn exports_are_valid_by_the_official_schemas() {
    let (Some(schemas), Some(data)) = (std::env::var_os("STADTWIN_CITYGML_SCHEMAS"), data()) else {
        eprintln!(
            "skipped: no schemas or no shared data (set STADTWIN_CITYGML_SCHEMAS and STADTWIN_SHARED_DATA)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let schema = folder.path().join("all.xsd");
    std::fs::write(&schema, umbrella(&PathBuf::from(schemas))).unwrap();
    let (mut inputs, mut outputs) = (BTreeMap::new(), BTreeMap::new());
    let put = |files: &mut BTreeMap<String, String>, name: String, kind: &str, text: &[u8]| {
        let file = folder.path().join(format!("{kind}{}.gml", files.len()));
        std::fs::write(&file, text).unwrap();
        files.insert(file.display().to_string(), name);
    };
    for (name, path) in citygml_files(&data) {
        let Ok((objects, own)) = read(Input::file(&path)) else { continue };
        put(&mut inputs, name.clone(), "in", &unpacked(&path));
        for version in Version::ALL {
            let text = write(&objects, version);
            if !is_foreign(&String::from_utf8_lossy(&text)) {
                let name =
                    if version == own { name.clone() } else { format!("{name} as {}", version.name()) };
                put(&mut outputs, name, "out", &text);
            }
        }
    }
    let (inputs, outputs) = (judged(&schema, &inputs), judged(&schema, &outputs));
    let wrong: BTreeMap<&str, &String> =
        outputs.iter().filter_map(|(name, fault)| Some((name.as_str(), fault.as_ref()?))).collect();
    println!("{} of {} are valid", outputs.len() - wrong.len(), outputs.len());
    let expected: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = wrong.keys().copied().collect();
    let differs: Vec<_> = found.symmetric_difference(&expected).map(|name| (name, wrong.get(name))).collect();
    assert!(differs.is_empty(), "{} of {}: {differs:#?}", differs.len(), outputs.len());
    // What comes of a valid file is valid.
    for name in expected {
        let input = name.split(" as ").next().and_then(|input| inputs.get(input)).unwrap();
        assert!(input.is_some(), "{name}: what it is made of is valid");
    }
}
