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

/// Functions of the store that write without noting a change (`file function`), by why there is none to note.
const UNNOTED: &[(&str, &[&str])] = &[
    ("they are the changes, and what is noted of them", &["acting change", "acting change_on"]),
    (
        "nobody sees it until a publication, which is noted",
        &[
            "batch ensure_planned_partition",
            "edit set_editor",
            "identity match_objects",
            "image keep_image",
            "import begin_import",
            "import reserve_ids",
            "import join_rows",
            "import end",
            "import seen",
            "import end_missing",
            "import add_issues",
            "import add_file",
            "object_link add_links",
            "object_link settle_links",
            "operation reserve_object_ids",
            "rollback stage_restore",
            "row_writer copy",
            "template write",
            "terrain_import begin_terrain",
            "terrain_import write_blocks",
            "terrain_import end_blocks",
            "terrain_import abandon",
            "settle settle_and_abandon",
            "settle keep_refused",
        ],
    ),
    (
        "it is reckoned from what is there already",
        &[
            "collection analyze_collection",
            "comparison finish_comparison",
            "contact begin_comparison",
            "contact keep_contacts",
            "map_pack write",
            "map_pack show",
            "measures write_measures",
            "measures settle_reach",
            "terrain_lattice replace_lattice",
            "terrain_modification keep_edit_figures",
            "tile keep_tile_blobs",
            "tile_mend mend_tile_plan",
            "tile_plan replace_tile_plan",
        ],
    ),
    (
        "what searches find is told to those alone who may see it",
        &[
            "conflict add_conflict",
            "conflict note_told_conflicts",
            "conflict renew_conflict",
            "conflict settle_found",
        ],
    ),
    (
        "how far work has come that was noted when it was asked for",
        &[
            "catalog_entry due_catalog_entry",
            "catalog_entry note_catalog_entry",
            "job claim_job",
            "job beat_job",
            "job log_job",
            "job finish_job",
            "job postpone_job",
            "job revive_jobs",
            "notification due_webhook",
            "notification note_delivery",
            "token note_token_use",
        ],
    ),
    ("what follows a change that is noted", &["edit add_receipt", "notification notify"]),
    ("what is looked at by itself", &["nightly begin_night", "nightly remind_of_requests"]),
    ("nothing is changed", &["revision bulk_connection", "twin connect", "twin ping"]),
];

/// What writes, or begins what may.
const WRITING: &[&str] =
    &[".execute(", ".begin()", ".acquire()", "INSERT INTO", "UPDATE ", "DELETE FROM", "copy_in_raw"];

/// Names and texts of the functions of a file, without its comments and tests.
fn functions(text: &str) -> Vec<(String, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        let is_before = |word: &&str| word.starts_with("pub") || *word == "async";
        let mut words = line.trim_start().split(' ').skip_while(is_before);
        if words.next() == Some("fn") {
            let rest = words.next().unwrap_or_default();
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            found.push((name.to_owned(), String::new()));
        }
        if let Some((_, body)) = found.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    found
}

/// Who writes takes the change of its caller, a connection, or begins one, which cannot end without being noted.
#[test]
fn every_write_of_the_store_is_noted() {
    let (mut files, mut unnoted) = (Vec::new(), BTreeSet::new());
    sources(&root().join("crates/store/src"), &mut files);
    for file in files.iter().filter(|file| !file.components().any(|part| part.as_os_str() == "embedded")) {
        let text = std::fs::read_to_string(file).unwrap();
        let stem = file.file_stem().unwrap().to_str().unwrap();
        for (name, body) in functions(&text) {
            let head = body.split('{').next().unwrap_or_default();
            let is_within = head.contains(": &mut ") && head.contains("PgConnection");
            let is_noted = body.contains(".change()") || body.contains(".change_on(");
            if !is_within && !is_noted && WRITING.iter().any(|word| body.contains(word)) {
                unnoted.insert(format!("{stem} {name}"));
            }
        }
    }
    let known: BTreeSet<String> =
        UNNOTED.iter().flat_map(|(_, names)| names.iter()).map(|name| (*name).to_owned()).collect();
    let new: Vec<_> = unnoted.difference(&known).collect();
    assert!(new.is_empty(), "these write without `Store::change`: {new:?}");
    let gone: Vec<_> = known.difference(&unnoted).collect();
    assert!(gone.is_empty(), "these write no longer, or note it: {gone:?}");
}
