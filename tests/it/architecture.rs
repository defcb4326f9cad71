//! The floors: who may import whom, read off the `use crate::` and `crate::` paths in the sources.

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
    ("sample", &[]),
    ("store", &["model", "query"]),
    ("jobs", &["model", "geometry", "crs", "query", "access", "formats", "terrain", "tiles", "store"]),
    ("api", &["model", "crs", "query", "access", "formats", "terrain", "tiles", "store", "jobs"]),
    ("cli", &["model", "geometry", "crs", "access", "sample", "store", "jobs", "api"]),
];

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

/// The floors that a file names after `crate::`, also in `use crate::{a, b}`.
fn floors_named(text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (position, _) in code.match_indices("crate::") {
        let rest = &code[position + "crate::".len()..];
        let word =
            |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                for part in list.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        named.insert(word(part.trim_start()));
                    }
                    depth += part.matches('{').count() as i32 - part.matches('}').count() as i32;
                    if depth < 0 {
                        break;
                    }
                }
            }
            None => drop(named.insert(word(rest))),
        }
    }
    named
}

#[test]
fn floors_import_only_what_they_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let floors: Vec<_> = ALLOWED.iter().map(|(floor, _)| *floor).collect();
    let mut faults = Vec::new();
    for (floor, allowed) in ALLOWED {
        let mut files = Vec::new();
        sources(&root.join(floor), &mut files);
        assert!(!files.is_empty(), "floor `{floor}` has no sources");
        for file in files {
            for named in floors_named(&std::fs::read_to_string(&file).unwrap()) {
                if named != *floor && floors.contains(&named.as_str()) && !allowed.contains(&named.as_str()) {
                    faults.push(format!("{} imports `{named}`", file.display()));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn sql_stands_only_in_the_store() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let outside: Vec<_> = files
        .into_iter()
        .filter(|file| !file.starts_with(root.join("store")))
        .filter(|file| std::fs::read_to_string(file).unwrap().contains("sqlx::"))
        .collect();
    assert!(outside.is_empty(), "sqlx outside the store: {outside:?}");
}
