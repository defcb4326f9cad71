//! The floors: who may import whom. Those in `crates/` are packages, so what they import is what they depend on; the
//! upper two are read off their sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Floor → the floors it may import.
const ALLOWED: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("geometry", &["model"]),
    ("crs", &["model"]),
    ("query", &["model"]),
    ("access", &["model"]),
    ("formats", &["model", "geometry", "crs"]),
    ("terrain", &["model", "geometry", "crs"]),
    ("tiles", &["model", "geometry", "crs", "formats"]),
    ("scenario", &["model", "geometry"]),
    ("directory", &["model", "query"]),
    ("sample", &[]),
    ("store", &["model", "query", "directory"]),
    (
        "jobs",
        &["model", "geometry", "crs", "query", "access", "formats", "terrain", "tiles", "scenario", "store"],
    ),
    (
        "api",
        &[
            "model",
            "geometry",
            "crs",
            "query",
            "access",
            "formats",
            "terrain",
            "tiles",
            "scenario",
            "directory",
            "store",
            "jobs",
        ],
    ),
    ("cli", &["model", "geometry", "crs", "access", "sample", "store", "jobs", "api"]),
];

const UPPER: &[&str] = &["api", "cli"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// What stands behind a word in a text.
fn named_after(text: &str, word: &str) -> BTreeSet<String> {
    text.match_indices(word)
        .map(|(at, _)| text[at + word.len()..].chars().take_while(char::is_ascii_lowercase).collect())
        .collect()
}

/// The floors that a floor imports.
fn imported(floor: &str) -> BTreeSet<String> {
    if !UPPER.contains(&floor) {
        let manifest = std::fs::read_to_string(root().join("crates").join(floor).join("Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        return named_after(dependencies, "stadtwin-");
    }
    let mut files = Vec::new();
    sources(&root().join("src").join(floor), &mut files);
    assert!(!files.is_empty(), "floor `{floor}` has no sources");
    let mut named = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        named.extend(named_after(&text, "stadtwin_"));
        named.extend(named_after(&text, "crate::").into_iter().filter(|name| UPPER.contains(&name.as_str())));
    }
    named
}

#[test]
fn floors_import_only_what_they_may() {
    let floors: BTreeSet<_> = ALLOWED.iter().map(|(floor, _)| *floor).collect();
    let mut faults = Vec::new();
    for (floor, allowed) in ALLOWED {
        for named in imported(floor).iter().map(String::as_str) {
            if named != *floor && floors.contains(named) && !allowed.contains(&named) {
                faults.push(format!("`{floor}` imports `{named}`"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let packages = std::fs::read_dir(root().join("crates")).unwrap();
    let packages: BTreeSet<_> =
        packages.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let named: BTreeSet<_> =
        floors.iter().filter(|floor| !UPPER.contains(floor)).map(|f| f.to_string()).collect();
    assert_eq!(packages, named, "packages and floors");
}

#[test]
fn sql_stands_only_in_the_store() {
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    sources(&root().join("crates"), &mut files);
    let outside: Vec<_> = files
        .into_iter()
        .filter(|file| !file.starts_with(root().join("crates/store")))
        .filter(|file| std::fs::read_to_string(file).unwrap().contains("sqlx::"))
        .collect();
    assert!(outside.is_empty(), "sqlx outside the store: {outside:?}");
}
