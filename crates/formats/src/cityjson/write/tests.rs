//! What is written is read again as it was; validators find nothing.

use super::super::{CityJsonFile, DocumentWriter, Head, SequenceWriter, Transform, WriteOptions};
use crate::Input;
use crate::Losses;
use stadtwin_model::CityObject;
use std::path::PathBuf;

fn read(input: Input) -> (CityJsonFile, Vec<CityObject>) {
    let mut file = CityJsonFile::open(input).unwrap();
    let mut objects = Vec::new();
    while let Some(batch) = file.next_batch().unwrap() {
        objects.extend(batch.parse().objects.into_iter().map(|parsed| parsed.object));
    }
    (file, objects)
}

fn write(is_sequence: bool, objects: &[CityObject], options: &WriteOptions) -> (Vec<u8>, Losses) {
    if is_sequence {
        let mut writer = SequenceWriter::new(Vec::new(), options);
        objects.iter().for_each(|object| writer.write(object).unwrap());
        return writer.finish().unwrap();
    }
    let mut writer = DocumentWriter::new(Vec::new(), options);
    objects.iter().for_each(|object| writer.write(object).unwrap());
    writer.finish().unwrap()
}

/// Debug text compares NaN as equal, and puts attributes in order.
fn text(object: &CityObject) -> String {
    let mut object = object.clone();
    fn sort(object: &mut CityObject) {
        object.attributes.sort_keys();
        object.children.iter_mut().for_each(sort);
        for surface in object.geometries.iter_mut().flat_map(|geometry| &mut geometry.surfaces) {
            surface.attributes.sort_keys();
        }
        // Addresses come first when read, wherever they stood.
        object.geometries.sort_by_key(|geometry| !geometry.role.starts_with("address"));
    }
    sort(&mut object);
    format!("{object:#?}")
}

fn shared_files() -> Vec<PathBuf> {
    let beside = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("STADTWIN_SHARED_DATA").map_or(beside, PathBuf::from);
    let Ok(text) = std::fs::read_to_string(folder.join("counts.json")) else {
        eprintln!("skipped: no shared data (set STADTWIN_SHARED_DATA)");
        return Vec::new();
    };
    let all: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
    let formats = ["CityJSON", "CityJSONSeq", "CityJSONFeature"];
    let known = all.iter().filter(|(_, file)| formats.contains(&file["format"].as_str().unwrap_or("")));
    known.map(|(name, _)| folder.join(name)).collect()
}

/// For validators: `STADTWIN_WRITTEN` names a folder that takes what the test writes.
fn keep(bytes: &[u8], count: usize, is_sequence: bool) {
    let Some(folder) = std::env::var_os("STADTWIN_WRITTEN").map(PathBuf::from) else { return };
    let ending = if is_sequence { "city.jsonl" } else { "city.json" };
    std::fs::write(folder.join(format!("{count:03}.{ending}")), bytes).unwrap();
}

#[test]
fn every_shared_file_comes_back_as_it_was() {
    let (mut read_count, mut lossy, mut differences) = (0, Vec::new(), Vec::new());
    for path in shared_files() {
        if CityJsonFile::open(Input::file(&path)).is_err() {
            continue;
        }
        let (file, mut objects) = read(Input::file(&path));
        // A document has an id once only; some sequences repeat theirs.
        let mut ids = std::collections::HashSet::new();
        objects.retain(|object| ids.insert(object.id.clone()));
        let plain = Transform { scale: [1e-6; 3], translate: [0.0; 3] };
        let options = WriteOptions {
            head: file.head().clone(),
            transform: Some(file.transform().unwrap_or(plain)),
            templates: file.templates().cloned().collect(),
            ..WriteOptions::default()
        };
        read_count += 1;
        for is_sequence in [false, true] {
            let (bytes, losses) = write(is_sequence, &objects, &options);
            let (_, again) = read(Input::memory("again", bytes));
            let name = format!("{} sequence {is_sequence}", path.display());
            let different = objects.iter().zip(&again).find(|(a, b)| text(a) != text(b));
            if objects.len() != again.len() || different.is_some() {
                if losses != Losses::default() {
                    lossy.push(name);
                } else {
                    let different = different.map(|(a, b)| first_difference(a, b));
                    differences.push(format!("{name} {} {}: {different:?}", objects.len(), again.len()));
                }
            }
            // Validators would fetch extensions from the web.
            let bare = WriteOptions { head: Head::default(), ..options.clone() };
            keep(&write(is_sequence, &objects, &bare).0, read_count, is_sequence);
        }
    }
    assert!(
        differences.is_empty(),
        "{read_count} read, {} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
    if read_count > 0 {
        assert!(read_count > 120 && lossy.len() < 10, "{read_count} read; lossy: {}", lossy.join("\n"));
    }
}

fn first_difference(a: &CityObject, b: &CityObject) -> String {
    let (a, b) = (text(a), text(b));
    let found = a.lines().zip(b.lines()).enumerate().find(|(_, (a, b))| a != b);
    found.map_or("one is longer".to_owned(), |(line, (left, right))| {
        let before: Vec<&str> = a.lines().skip(line.saturating_sub(6)).take(6).map(str::trim).collect();
        format!("{before:?}: {left} / {right}")
    })
}
