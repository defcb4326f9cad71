//! Written files against the official schemas, where a site has them: `STADTWIN_CITYGML_SCHEMAS` names a folder with the
//! schemas of CityGML and all that they import as local files; `xmllint` checks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use stadtwin::formats::Input;
use stadtwin::formats::citygml::Version;

use super::{citygml_files, data, read, write};

/// Files that are no better than what they were made of, and why.
const EXCEPTIONS: &[(&str, &str)] = &[];

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
    let mut names = BTreeMap::new();
    for (name, path) in citygml_files(&data) {
        let Ok((objects, own)) = read(Input::file(&path)) else { continue };
        for version in Version::ALL {
            let text = write(&objects, version);
            if !is_foreign(&String::from_utf8_lossy(&text)) {
                let file = folder.path().join(format!("{}.gml", names.len()));
                std::fs::write(&file, text).unwrap();
                let name =
                    if version == own { name.clone() } else { format!("{name} as {}", version.name()) };
                names.insert(file.display().to_string(), name);
            }
        }
    }
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--schema"])
        .arg(&schema)
        .args(names.keys())
        .output()
        .expect("xmllint checks: install libxml2-utils");
    let told = String::from_utf8_lossy(&output.stderr);
    let mut wrong: BTreeMap<&str, &str> = BTreeMap::new();
    for line in told.lines() {
        let file = line.split(':').next().and_then(|file| names.get(file));
        if let Some(name) = file.filter(|_| line.contains("error")) {
            wrong.entry(name).or_insert(line);
        }
    }
    let valid = told.lines().filter(|line| line.ends_with(" validates")).count();
    assert_eq!(valid + wrong.len(), names.len(), "{told}");
    let expected: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    let found: BTreeSet<&str> = wrong.keys().copied().collect();
    let differs: Vec<_> = found.symmetric_difference(&expected).map(|name| (name, wrong.get(name))).collect();
    assert!(differs.is_empty(), "{} of {}: {differs:#?}", differs.len(), names.len());
}
